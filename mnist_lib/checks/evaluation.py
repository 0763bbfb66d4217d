"""Checks of the exercises of notebook 04_evaluation."""

import numpy as np

from mnist_lib.checks import close, number, say, short


def precision_and_recall(precision, recall):
    """Exercise ``exercise-letters`` of 04: precision and recall of B in [[8, 2, 0], [1, 6, 3], [0, 4, 6]]."""
    if precision is None or recall is None:
        return say("…", "Fill in two shares from 0 to 1: precision of B, then its recall.")
    right = {"precision": 6 / 12, "recall": 6 / 10}
    answers = {"precision": number(precision), "recall": number(recall)}
    for name, answer in answers.items():
        if answer is None:
            return say("✗", f"{name}: that is not one number. Give a share such as 0.75.")
    if close(answers["precision"], right["recall"]) and close(answers["recall"], right["precision"]):
        return say(
            "✗",
            "The two are swapped. Precision asks about all that was called a B: a column. Recall asks "
            "about all that is a B: a row.",
        )
    slips = (
        (6, "that is how many are right. Of how many?"),
        (20 / 30, "that is the accuracy, over all three letters. Look at B alone."),
        (6 / 30, "you divided by all 30 letters. Only the column of B counts, or only its row."),
        (6 / 20, "you divided by all right answers. Only the column of B counts, or only its row."),
        (6 / 11, "that is F1, made of both."),
        (8 / 9, "that is A's precision."),
        (8 / 10, "that is A's recall."),
        (6 / 9, "that is C's precision."),
        (4 / 10, "that is the share that was missed. Which share was found?"),
    )
    for name, answer in answers.items():
        if close(answer, right[name]):
            continue
        if close(answer, 100 * right[name]):
            return say("✗", f"{name}: right in per cent. Give it as a share from 0 to 1.")
        if close(answer, right["recall" if name == "precision" else "precision"]):
            where = "a column" if name == "precision" else "a row"
            return say("✗", f"{name}: that is the other one of the two. This one lives in {where}.")
        for value, why in slips:
            if close(answer, value):
                return say("✗", f"{name}: {why}")
        return say(
            "✗",
            f"{name}: not yet. The six that are right, divided by the sum of B's "
            f"{'column' if name == 'precision' else 'row'}.",
        )
    say(
        "✓",
        "Half of what it calls a B is one, and it finds six B in ten. Whether that is bad depends on what a "
        "false B costs you, and what a missed one.",
    )


def lowest_threshold(function):
    """Exercise ``exercise-threshold`` of 04: ``function(confidence, right, error)`` -> lowest threshold, or None."""
    if function is None:
        return say("…", "Write a function lowest_threshold(confidence, right, error).")
    if not callable(function):
        return say("✗", f"lowest_threshold is a {type(function).__name__}; hand over the function itself.")
    random = np.random.default_rng(0)
    confidence = np.round(random.uniform(0.3, 1, 500), 2)
    cases = [  # confidence, right, error, what a mistake here means
        ([0.6, 0.7, 0.8, 0.9], [0, 1, 1, 1], 0.0, "the lowest threshold that leaves no wrong answer is 0.7 there"),
        ([0.9, 0.6, 0.8, 0.7], [1, 0, 1, 1], 0.0, "these answers come in no order; sort them, or try each one"),
        (
            [0.6, 0.7, 0.8, 0.9],
            [0, 1, 1, 1],
            0.25,
            "one wrong answer in four is allowed there, so all may be given: 0.6",
        ),
        (
            [0.5, 0.7, 0.7, 0.7, 0.9],
            [0, 1, 1, 1, 1],
            0.2,
            "a promise of at most 0.2 is kept by exactly 0.2; all may be given: 0.5",
        ),
        (
            [0.7, 0.7, 0.9],
            [1, 0, 1],
            0.0,
            "two answers have the confidence 0.7 and come in together, one of them wrong; so 0.9",
        ),
        (
            [0.5, 0.6, 0.7, 0.9, 0.95],
            [1, 1, 1, 0, 1],
            0.2,
            "the surest answers are not always the right ones: the share of mistakes "
            "rises at 0.9 and falls again below it. Do not stop at the first that breaks the promise; 0.5 keeps it",
        ),
        ([0.6, 0.9], [1, 0], 0.0, "the surest answer is wrong, so no threshold keeps the promise: return None"),
        (confidence, random.uniform(size=500) < confidence, 0.1, "there are 500 answers with many ties"),
    ]
    for confidence, right, error, why in cases:
        confidence, right = np.asarray(confidence, float), np.asarray(right, bool)
        keeps = [t for t in np.unique(confidence) if (~right[confidence >= t]).mean() <= error]
        expected = min(keeps) if keeps else None
        try:
            answer = function(confidence.copy(), right.copy(), error)
            if answer is Ellipsis:
                return say("…", "Let the function return a threshold: one of the confidences, or None.")
            answer = None if answer is None else float(answer)
        except Exception as problem:  # whatever a learner's function raises is an answer to give, not a reason to stop
            return say(
                "✗",
                f"Your function stops: {short(problem)} It gets two arrays and a share, and returns one number or None.",
            )
        shown = (
            f"for confidence {confidence.tolist()}, right {right.astype(int).tolist()} and error {error}"
            if len(right) < 9
            else "for a longer case"
        )
        if (answer is None) != (expected is None) or (
            expected is not None and not np.isclose(answer, expected, rtol=1e-9)
        ):
            return say(
                "✗", f"Not yet: {shown} your function returns {answer}, and it should be {expected}. Note: {why}."
            )
    say(
        "✓",
        "It keeps the promise with as few refusals as can be. Choose the threshold on validation digits, as here, "
        "and judge it on digits that it has not seen: there it may break its promise a little.",
    )


def committee(function, reports):
    """Exercise ``exercise-committee`` of 04: mix the probabilities (3, N, 10) of three models into (N, 10)."""
    if function is None:
        return say("…", "Write a function committee(probabilities) that returns an array of shape (N, 10).")
    if not callable(function):
        return say("✗", f"committee is a {type(function).__name__}; hand over the function itself.")
    probabilities, labels = np.stack([report.probabilities for report in reports]).astype(float), reports[0].labels
    try:
        answer = function(probabilities.copy())
        if answer is Ellipsis or answer is None:
            return say("…", "Let the function return the committee's probabilities, shape (N, 10).")
        answer = np.asarray(answer, float)
    except Exception as problem:  # whatever a learner's function raises is an answer to give, not a reason to stop
        return say("✗", f"Your function stops: {short(problem)} It gets an array of shape {probabilities.shape}.")
    if answer.shape != probabilities.shape[1:]:
        hint = " Mix over the first axis, the three models." if answer.size < probabilities.size else ""
        return say("✗", f"The shape is {answer.shape}; it must be {probabilities.shape[1:]}.{hint}")
    if not np.isfinite(answer).all() or (answer < 0).any():
        return say(
            "✗",
            "There are negative numbers or nan among the probabilities. The logarithm of 0 is one way to get there.",
        )
    if not np.allclose(answer.sum(axis=1), 1, atol=1e-4):
        return say(
            "✗",
            f"The rows add up to {answer.sum(axis=1).min():.3f} to {answer.sum(axis=1).max():.3f}; probabilities add up to 1. "
            "Divide each row by its sum.",
        )
    rows = np.arange(len(labels))
    loss = -np.log(np.maximum(answer[rows, labels], 1e-12)).mean()
    best = min(reports, key=lambda report: report.loss)
    if loss >= best.loss - 1e-6:
        same = " That is one member alone." if any(np.allclose(answer, p, atol=1e-6) for p in probabilities) else ""
        return say(
            "✗",
            f"Loss {loss:.4f}; the best member, {best.model_name}, has {best.loss:.4f}.{same} "
            "A good committee listens more to its better members, but not to them alone.",
        )
    from mnist_lib.inspection.certainty import mcnemar

    members = max(reports, key=lambda report: report.accuracy)
    test = mcnemar(labels, members.predictions, answer.argmax(axis=1))
    luck = "more than luck" if test.p_value < 0.05 and test.only_second > test.only_first else "which may well be luck"
    say(
        "✓",
        f"Loss {loss:.4f}, below the {best.loss:.4f} of {best.model_name} alone. Against {members.model_name} it gains "
        f"{test.only_second} digits and loses {test.only_first}, {luck} (p = {test.p_value:.2f}). Better confidence comes easier than better answers.",
    )
