"""Instant checks for the exercises: one module a notebook, one function an exercise.

A check prints one line or two. It starts with "…" when nothing was filled in, "✗" when the answer is wrong
(and says what kind of mistake gives it), "✓" when it is right (and says why that matters). A check never
raises: a blank or odd answer must not stop a notebook.
"""

import numpy as np


def say(mark, text):
    print(f"{mark} {text}")


def number(answer):
    """Return the answer as a float, or None if it is blank or not one number."""
    try:
        return float(answer)
    except (TypeError, ValueError, OverflowError):
        return None


def close(answer, expected):
    return answer is not None and bool(np.isclose(answer, expected, rtol=0.01))


def short(problem):
    """An error in one line, for a message."""
    return f"{type(problem).__name__}: " + " ".join(str(problem).split())[:100]
