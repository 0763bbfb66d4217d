"""Instant checks for the exercises: one module a notebook, one function an exercise. May import the library.

A check prints one line. It starts with "…" when nothing was filled in, "✗" when the answer is wrong (and says what kind
of mistake gives it), "✓" when it is right (and says why that matters). A check never raises: a blank or odd answer must
not stop a notebook. An exercise of numbers is a table:

    @numbers(
        "Fill in one number: the loss of an untrained model of ten classes.",
        loss={
            np.log(10): RIGHT,
            np.log10(10): "that is the logarithm to base 10. The loss takes the natural one.",
            ELSE: "not yet. Ten equal probabilities are one tenth each.",
        },
        praise="ln 10: keep this number. A model whose loss stays there has learned nothing.",
    )
    def untrained(loss):
        \"""Exercise ``exercise-untrained``: the first loss.\"""

``engine`` says how other exercises are written. Whatever wrong answer a check does not hold itself, a file in
tests/checks does, and one test for all sees that every slip gets its own sentence.
"""
