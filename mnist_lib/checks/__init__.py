"""Instant checks for the exercises: one module a notebook, one function an exercise.

A check prints one line. It starts with "…" when nothing was filled in, "✗" when the answer is wrong
(and says what kind of mistake gives it), "✓" when it is right (and says why that matters). A check never
raises: a blank or odd answer must not stop a notebook. ``engine`` says how one is written.
"""
