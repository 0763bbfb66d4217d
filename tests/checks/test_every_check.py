"""Every check of every exercise: blank, right, each slip, and answers that make no sense.

A slip shows itself by the wrong answer that the check holds, or by one in ``WRONG`` of the subject's test file
(``test_checks_SUBJECT.py``), check by check and key by key. ``RIGHT`` there holds right answers. Answers to exercises
of numbers are tuples; what is a ``partial`` is called first.
"""

import importlib
import pkgutil
from functools import partial
from inspect import signature
from pathlib import Path

import numpy as np
import pytest
from checks.stubs import fails
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, scalar_dtypes

import mnist_course.checks
from mnist_course.checks.engine import ELSE, ODD

CHECKS = {
    f"{subject}.{name}": check
    for _, subject, _ in pkgutil.iter_modules(mnist_course.checks.__path__)
    for name, check in vars(importlib.import_module(f"mnist_course.checks.{subject}")).items()
    if hasattr(check, "verdict")
}
SHEETS = {
    subject: importlib.import_module(f"checks.test_checks_{subject}")
    for subject in {name.split(".")[0] for name in CHECKS}
    if (Path(__file__).parent / f"test_checks_{subject}.py").exists()
}
NUMBERS = {name: check.right for name, check in CHECKS.items() if hasattr(check, "right")}
QUESTIONS = [pytest.param(name, i, id=f"{name}-{i}") for name, right in NUMBERS.items() for i in range(len(right))]
OTHERS = {name: list(signature(check).parameters)[check.asked :] for name, check in CHECKS.items()}
FUNCTIONS = [name for name, check in CHECKS.items() if "not a function" in check.verdict(7, *OTHERS[name]).text]
SLOW = {"tensorflow_1_and_2.new_program", "tensorflow_1_and_2.ask", "accuracy.own_variation"}
NO_SENSE = {
    "word": "abc", "bytes": b"1", "strings": np.array(["a", "b"]), "type": int, "object": object(), "complex": 1j,
    "nan": np.nan, "infinite": -np.inf, "huge": 10**400, "time": np.datetime64("2020-01-01"), "dict": {}, "set": {1, 2},
    "empty": [], "none inside": [None, None], "nested": [[1, 2], [3]], "cube": np.zeros((2, 2, 2)),
    "broken": type("Broken", (), {"__float__": fails})(),
}  # fmt: skip
SHAPES = [(), (0,), (3,), (5, 10), (28, 28), (300,), (600, 10), (3, 3, 4)]
ARRAYS = st.sampled_from(SHAPES).flatmap(lambda shape: arrays(scalar_dtypes(), shape))
ANYTHING = st.floats() | st.integers() | st.text(max_size=5) | st.lists(st.floats() | st.none(), max_size=4) | ARRAYS


def held(name, what):
    """Return what the test file of a check's subject holds for it."""
    subject, check = name.split(".")
    return getattr(SHEETS.get(subject), what, {}).get(check, {})


def named(name, i):
    return list(signature(CHECKS[name]).parameters)[i]


def changed(name, i, answer):
    """Return right answers to an exercise of numbers, but for one."""
    return *NUMBERS[name][:i], answer, *NUMBERS[name][i + 1 :]


@pytest.fixture(scope="session")
def context(data, images, reports):
    return {"data": data, "images": images, "reports": reports}


@pytest.fixture
def tell(context, request):
    """Return a function that returns what a check says to answers."""

    def tell(name, *answers):
        given = [context[one] if one in context else request.getfixturevalue(one) for one in OTHERS[name]]
        answers = [answer() if isinstance(answer, partial) else answer for answer in answers]
        verdict = CHECKS[name].verdict(*answers, *given)
        assert verdict.mark in "…✗✓" and verdict.text and "\n" not in verdict.text
        assert not verdict.text.startswith("The check cannot read")
        return verdict

    return tell


def slips():
    for name, check in CHECKS.items():
        for i, key in enumerate(check.slips):
            if name not in NUMBERS or key.split(" ", 1)[1] not in ("text", ODD, ELSE):
                yield pytest.param(name, key, id=f"{name}-{i}-{key}"[:50])


@pytest.mark.parametrize(("name", "key"), [*slips()])
def test_every_slip_gets_its_own_sentence(name, key, tell):
    answers = {**CHECKS[name].wrong, **held(name, "WRONG")}
    assert key in answers, f"nobody holds a wrong answer for {key!r}: put one into WRONG of the subject's tests"
    verdict = tell(name, *answers[key]) if name in NUMBERS else tell(name, answers[key])
    assert (verdict.mark, verdict.slip) == ("✗", key), verdict


def test_no_wrong_answer_is_left_over():
    for name, check in CHECKS.items():
        assert {*check.wrong, *held(name, "WRONG")} <= {*check.slips}, name


@pytest.mark.parametrize("name", CHECKS)
def test_right_and_blank(name, tell):
    rights = [NUMBERS[name]] if name in NUMBERS else []
    rights += [answer if name in NUMBERS else (answer,) for answer in held(name, "RIGHT")]
    assert rights, "nobody holds a right answer: put one into RIGHT of the subject's tests"
    for answers in rights:
        assert tell(name, *answers).mark == "✓", answers
        for i in range(len(answers)):
            for blank in (None, ...):
                verdict = tell(name, *answers[:i], blank, *answers[i + 1 :])
                assert verdict.mark == "…" and (
                    len(answers) == 1 or f"Still missing: {named(name, i)}." in verdict.text
                )
    assert tell(name, *[None] * len(rights[0])).text.endswith((".", "?", '"'))


@pytest.mark.parametrize(("name", "i"), QUESTIONS)
def test_numbers(name, i, tell):
    right, key = NUMBERS[name][i], f"{named(name, i)} {{}}".format
    if not isinstance(right, str):
        assert tell(name, *changed(name, i, str(right))).slip == key("text")
    unlike = (9_876.5, *right[1:]) if isinstance(right, tuple) else "unlike" if isinstance(right, str) else 9_876.5
    assert tell(name, *changed(name, i, unlike)).slip == key(ELSE)
    assert tell(name, *changed(name, i, object())).slip == key(ODD)
    for answer in NO_SENSE.values():
        assert tell(name, *changed(name, i, answer)).mark == "✗"
    if not isinstance(right, str):
        for answer in (np.array(right), list(right) if isinstance(right, tuple) else np.float64(right)):
            assert tell(name, *changed(name, i, answer)).mark == "✓"


@pytest.mark.parametrize(("name", "i"), QUESTIONS)
@given(answer=ANYTHING)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_for_a_number(name, i, answer, tell):
    verdict = tell(name, *changed(name, i, answer))
    assert verdict.mark == "✗" or np.allclose(answer, NUMBERS[name][i], rtol=0.01) or isinstance(answer, str)


@pytest.mark.parametrize("name", [name for name in CHECKS if name not in NUMBERS])
@pytest.mark.parametrize("answer", NO_SENSE)
def test_no_sense(name, answer, tell):
    verdict = tell(name, NO_SENSE[answer])
    assert verdict.mark == "✗" and ("not a function" in verdict.text) == (name in FUNCTIONS and answer != "type")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_that_are_not_written_yet(name, tell):
    empty = tell(name, lambda *given: ...)
    assert empty.mark == ("…" if name != "accuracy.own_variation" else "✗")
    assert "RuntimeError: no such idea" in tell(name, fails).text
    assert "TypeError" in tell(name, lambda: 1).text


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in SLOW])
@given(answer=ANYTHING)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_functions_that_return_anything(name, answer, tell):
    assert tell(name, lambda *given: answer).mark == "✗"


def test_a_check_prints_its_verdict_in_one_line(capsys):
    check = CHECKS["data.shapes_and_pixels"]
    for answers in ((None, None, None), (784, (14, 14), 395), check.right):
        assert check(*answers) is None
        assert capsys.readouterr() == ("{} {}\n".format(*check.verdict(*answers)), "")
    check(1)
    assert capsys.readouterr().out.startswith("✗ The check cannot read this answer: TypeError: missing")


def test_arrays_are_handed_over_as_copies(tell):
    def greedy(one, two):
        mean = ((one.astype(int) + two) // 2).astype(np.uint8)
        one[:] = 0
        return mean

    assert tell("data.blend", greedy).mark == "✓"
