"""Checks of the exercises of lesson 08: precision and recall, a rare class, a committee."""

import numpy as np

from mnist_course.checks.engine import ELSE, ODD, RIGHT, array, numbers, of_function


def _share(right, other, where):
    """Precision and recall of B, and what the slips give."""
    return {
        right: RIGHT,
        100 * right: "right in per cent. Give it as a share from 0 to 1.",
        other: f"that is the other one of the two. This one lives in a {where}.",
        6.0: "that is how many are right. Of how many?",
        20 / 30: "that is the accuracy, over all three letters, or C's precision. Look at B alone.",
        6 / 30: "you divided by all 30 letters. Only the column of B counts, or only its row.",
        6 / 20: "you divided by all right answers. Only the column of B counts, or only its row.",
        6 / 11: "that is F1, made of both.",
        8 / 9: "that is A's precision.",
        8 / 10: "that is A's recall.",
        4 / 10: "that is the share that was missed. Which share was found?",
        ODD: "that is not one number. Give a share such as 0.75.",
        ELSE: f"not yet. The six that are right, divided by the sum of B's {where}.",
    }


@numbers(
    "Fill in two shares from 0 to 1: precision of B, then its recall.",
    precision=_share(6 / 12, 6 / 10, "column"),
    recall=_share(6 / 10, 6 / 12, "row"),
    together={
        (
            6 / 10,
            6 / 12,
        ): "The two are swapped. Precision asks about all that was called a B: a column. Recall asks about all that is a B: a row.",
    },
    praise="Half of what it calls a B is one, and it finds six B in ten. Whether that is bad depends on what a false B costs you, and what a missed one. When it says A, it is right eight times in nine: believe that first.",
)
def precision_and_recall(precision, recall):
    """Exercise ``exercise-letters`` of 08: precision and recall of B in [[8, 2, 0], [1, 6, 3], [0, 4, 6]]."""


FORGED, FALSE = 0.99 * 0.001, 0.01 * 0.999  # shares of all cheques


@numbers(
    "Fill in two numbers: of the alarms, the share that is true; of a thousand cheques, how many are called wrongly by not looking.",
    forged_given_alarm={
        FORGED / (FORGED + FALSE): RIGHT,
        100 * FORGED / (FORGED + FALSE): "right in per cent. Give it as a share from 0 to 1.",
        0.99: "that is the recall: of the forged cheques, the share that raises an alarm. Asked is: of the alarms, the share that is forged.",
        0.5: "that would be so if half of all cheques were forged. One in a thousand is.",
        FALSE / (FORGED + FALSE): "that is the share of alarms that are false. Asked is the share that is true.",
        FORGED: "that is the share of all cheques that is forged (and, nearly always, found). Divide what is found by the share that raises an alarm.",
        FORGED + FALSE: "that is the share of all cheques that raise an alarm. Which part of it is forged?",
        ELSE: "not yet. Take a million cheques: how many are forged and found, and how many genuine ones raise an alarm too?",
    },
    wrong_without_looking={
        1: RIGHT,
        0.001: "right as a share. Asked is how many of a thousand.",
        999: "that is how many it gets right.",
        0: "there is one forged cheque among the thousand, and it calls that genuine too.",
        10: "about as many does the scanner that looks get wrong.",
        ELSE: "not yet. It is right on every genuine cheque, and on no other.",
    },
    praise="One alarm in eleven is true, though the scanner errs only ten times in a thousand; not looking errs once. Where a class is rare, ask for precision, and on what mix of cases it was measured.",
)
def rare(forged_given_alarm, wrong_without_looking):
    """Exercise ``exercise-rare`` of 08: a scanner of recall 0.99, false alarms 0.01, one forged cheque in 1,000."""


@of_function(
    "committee",
    "Write a function committee(probabilities) that returns an array of shape (N, 10).",
    empty="Let the function return the committee's probabilities, shape (N, 10).",
    read=array,
    takes="It gets an array of shape (3, N, 10).",
    slips={
        "shape": "The shape is {}; it must be {}.",
        "unmixed": "The shape is {}; it must be {}. Mix over the first axis, the three models.",
        "negative": "There are negative numbers or nan among the probabilities. The logarithm of 0 is one way to get there.",
        "sum": "The rows add up to {:.3f} to {:.3f}; probabilities add up to 1. Divide each row by its sum.",
        "member": "Loss {:.4f}; the best member, {}, has {:.4f}. That is one member alone. A good committee listens more to its better members, but not to them alone.",
        "loss": "Loss {:.4f}; the best member, {}, has {:.4f}. A good committee listens more to its better members, but not to them alone.",
    },
    praise="Loss {:.4f}, below the {:.4f} of {} alone. Against {} it gains {} digits and loses {}, {} (p = {:.2f}). Better confidence comes easier than better answers.",
)
def committee(function, reports):
    """Exercise ``exercise-committee`` of 08: mix the probabilities (3, N, 10) of three models into (N, 10)."""
    probabilities, labels = np.stack([report.probabilities for report in reports]).astype(float), reports[0].labels
    answer, shape = function(probabilities), probabilities.shape[1:]
    yield "unmixed", answer.shape != shape and answer.size < probabilities.size, answer.shape, shape
    yield "shape", answer.shape != shape, answer.shape, shape
    yield "negative", not np.isfinite(answer).all() or (answer < 0).any()
    sums = answer.sum(axis=1)
    yield "sum", not np.allclose(sums, 1, atol=1e-4), sums.min(), sums.max()
    loss = -np.log(np.maximum(answer[np.arange(len(labels)), labels], 1e-12)).mean()
    best = min(reports, key=lambda report: report.loss)
    alone = any(np.allclose(answer, member, atol=1e-6) for member in probabilities)
    yield "member" if alone else "loss", loss >= best.loss - 1e-6, loss, best.model_name, best.loss
    from mnist_lib.inspection.certainty import mcnemar

    rival = max(reports, key=lambda report: report.accuracy)
    test = mcnemar(labels, rival.predictions, answer.argmax(axis=1))
    luck = (
        "more than luck" if test.verdict == "shown" and test.only_second > test.only_first else "which may well be luck"
    )
    gains = test.only_second, test.only_first, luck, test.p_value
    yield RIGHT, True, loss, best.loss, best.model_name, rival.model_name, *gains
