"""Instant checks for the exercises: one function each.

A check prints one line or two. It starts with "…" when nothing was filled in, "✗" when the answer is wrong
(and says what kind of mistake gives it), "✓" when it is right (and says why that matters). A check never
raises: a blank or odd answer must not stop a notebook.
"""

import numpy as np


def _say(mark, text):
    print(f"{mark} {text}")


def _number(answer):
    """Return the answer as a float, or None if it is blank or not one number."""
    try:
        return float(answer)
    except (TypeError, ValueError):
        return None


def _close(answer, expected):
    return answer is not None and bool(np.isclose(answer, expected, rtol=0.01))


# ---- 01_softmax_regression


def sure_or_modest(sure, modest):
    """Exercise ``exercise-sure``: the mean loss of a model that says 0.999 always, and of one that says 0.9."""
    right, wrong = 0.9, 0.1
    expected_sure = -right * np.log(0.999) - wrong * np.log(0.0001)
    expected_modest = -right * np.log(0.9) - wrong * np.log(0.01)
    sure, modest = _number(sure), _number(modest)
    if sure is None or modest is None:
        return _say("…", "Fill in two numbers: the mean loss of the sure model, then of the modest one.")
    if _close(sure, expected_sure) and _close(modest, expected_modest):
        return _say("✓", "Both are right nine times in ten, yet the sure model pays much more: one wrong answer "
                    "given with certainty costs as much as ninety doubts. The loss rewards honesty.")
    for name, answer, p_right, p_wrong in (("sure", sure, 0.999, 0.0001), ("modest", modest, 0.9, 0.01)):
        if _close(answer, -np.log(p_right)):
            return _say("✗", f"{name}: that is the loss of the right answers alone. One answer in ten is wrong, and dear.")
        if _close(answer, -np.log(p_wrong)):
            return _say("✗", f"{name}: that is the loss of a wrong answer alone. Nine answers in ten are right.")
        if _close(answer, -np.log(p_right) - np.log(p_wrong)):
            return _say("✗", f"{name}: you added the two losses. The mean weighs them: nine tenths and one tenth.")
        if _close(answer, right * np.log(p_right) + wrong * np.log(p_wrong)):
            return _say("✗", f"{name}: the sign. The loss is minus the logarithm.")
        if _close(answer, (-right * np.log(p_right) - wrong * np.log(p_wrong)) / np.log(10)):
            return _say("✗", f"{name}: you used the logarithm to base 10. The loss takes the natural one, np.log.")
    if _close(sure, expected_modest) and _close(modest, expected_sure):
        return _say("✗", "The two are swapped.")
    off = "sure" if not _close(sure, expected_sure) else "modest"
    _say("✗", f"{off}: not yet. Take 0.9 times the loss of a right answer plus 0.1 times the loss of a wrong one.")
