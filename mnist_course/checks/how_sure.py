"""Checks of the exercises of lesson 09: an interval and a verdict, a threshold, several seeds."""

import numpy as np

from mnist_course.checks.engine import ELSE, ODD, RIGHT, array, exercise, numbers, of_function

LUCK = "ask the p-value: five coins fall as unevenly in three throws of eight. By the rule that is not shown."


@numbers(
    'Fill in the low end of the interval, the p-value, and "shown", "open" or "not shown".',
    low={
        0.86538: RIGHT,
        0.9057: "that is the short recipe, which takes the accuracy for the truth. Take Wilson's interval.",
        0.98896: "that is the high end.",
        0.96: "that is the accuracy itself.",
        0.78640: "that is the low end of the rival's interval.",
        86.538: "right in per cent. Give it as a share from 0 to 1.",
        ELSE: "not yet. Wilson's interval of 48 right answers of 50.",
    },
    p_of_luck={
        0.375: RIGHT,
        0.1875: "that counts one direction only. One to four would be as uneven as four to one.",
        0.0625: "that is five to nothing. It was four to one.",
        0.3125: "that counts four to one and one to four alone. Five to nothing is more uneven still: it counts too.",
        0.15625: "that is four to one exactly, in one direction. As uneven or more, in both directions, is asked.",
        ELSE: "not yet. Five plates count, each a fair coin: how often is it as uneven as four to one, or more?",
    },
    said={"not shown": RIGHT, "shown": LUCK, "open": LUCK, ODD: LUCK, ELSE: LUCK},
    praise="Three plates more of fifty, and nothing shown: with so few, only a landslide could be. Ask for more plates, not for a better app.",
)
def plates(low, p_of_luck, said):
    """Exercise ``exercise-plates`` of 09: 48 and 45 of 50, four to one: low end, p-value, verdict."""


THRESHOLDS = {  # confidence, right, error
    "simple": ([0.6, 0.7, 0.8, 0.9], [0, 1, 1, 1], 0.0),
    "order": ([0.9, 0.6, 0.8, 0.7], [1, 0, 1, 1], 0.0),
    "some": ([0.6, 0.7, 0.8, 0.9], [0, 1, 1, 1], 0.25),
    "exactly": ([0.5, 0.7, 0.7, 0.7, 0.9], [0, 1, 1, 1, 1], 0.2),
    "ties": ([0.7, 0.7, 0.9], [1, 0, 1], 0.0),
    "surest": ([0.5, 0.6, 0.7, 0.9, 0.95], [1, 1, 1, 0, 1], 0.2),
    "none": ([0.6, 0.9], [1, 0], 0.0),
}
NOT_YET = "Not yet: for confidence {}, right {} and allowed {} your function returns {}, and it should be {}. Note:"


@of_function(
    "lowest_threshold",
    "Write a function lowest_threshold(confidence, right, allowed).",
    empty="Let the function return a threshold: one of the confidences, or None.",
    blanks=(...,),
    read=lambda answer: None if answer is None else float(answer),
    takes="It gets two arrays and a share, and returns one number or None.",
    slips={
        "simple": f"{NOT_YET} the lowest threshold that leaves no wrong answer is 0.7 there.",
        "order": f"{NOT_YET} these answers come in no order; sort them, or try each one.",
        "some": f"{NOT_YET} one wrong answer in four is allowed there, so all may be given: 0.6.",
        "exactly": f"{NOT_YET} a promise of at most 0.2 is kept by exactly 0.2; all may be given: 0.5.",
        "ties": f"{NOT_YET} two answers have the confidence 0.7 and come in together, one of them wrong; so 0.9.",
        "surest": f"{NOT_YET} the surest answers are not always the right ones: the share of mistakes rises at 0.9 and falls again below it. Do not stop at the first that breaks the promise; 0.5 keeps it.",
        "none": f"{NOT_YET} the surest answer is wrong, so no threshold keeps the promise: return None.",
        "long": "Not yet: for a longer case your function returns {3}, and it should be {4}. Note: there are 500 answers with many ties.",
    },
    praise="It keeps the promise with as few refusals as can be. Choose the threshold on validation digits, as here, and judge it on digits that it has not seen: there it may break its promise a little.",
)
def lowest_threshold(function):
    """Exercise ``exercise-threshold`` of 09: ``function(confidence, right, allowed)`` -> lowest threshold, or None."""
    random = np.random.default_rng(0)
    many = np.round(random.uniform(0.3, 1, 500), 2)
    for key, case in {**THRESHOLDS, "long": (many, random.uniform(size=500) < many, 0.1)}.items():
        confidence, right, error = array(case[0]), np.asarray(case[1], bool), case[2]
        keeps = [t for t in np.unique(confidence) if (~right[confidence >= t]).mean() <= error]
        answer, expected = function(confidence, right, error), min(keeps) if keeps else None
        agrees = answer is expected or None not in (answer, expected) and np.isclose(answer, expected, rtol=1e-9)
        yield key, not agrees, confidence.tolist(), right.astype(int).tolist(), error, answer, expected


@exercise(
    "Hand over the validation accuracies of five runs, 0 to 1.",
    slips={
        ODD: "These are no accuracies: {} Hand over a list of five numbers from 0 to 1.",
        "few": "A list of at least five accuracies is asked; this has shape {}.",
        "range": "Accuracies are shares from 0 to 1; these go from {:.4g} to {:.4g}.",
        "alike": "All your runs have the same accuracy. Did each get another seed, for set_seed and for train?",
    },
    praise="{:+.2f} points, between {:+.2f} and {:+.2f}, p = {:.4f}: by the rule {}. Is that what you wrote down? Say it for these digits and settings, and no farther.",
)
def own_change(accuracies, reports):
    """Exercise ``exercise-change`` of 09: accuracies of five seeds, against the reports of another five."""
    from mnist_lib.inspection import compare_seeds

    runs, others = array(accuracies), array([report.accuracy for report in reports])
    yield "few", runs.ndim != 1 or len(runs) < 5, runs.shape
    yield "range", not ((runs >= 0) & (runs <= 1)).all(), runs.min(), runs.max()
    yield "alike", np.ptp(runs) == 0
    found = compare_seeds(others, runs)
    yield RIGHT, True, 100 * found.mean, 100 * found.low, 100 * found.high, found.p_value, found.verdict
