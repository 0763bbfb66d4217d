"""The engine of the checks: what an exercise asks, the slips it knows, and what is said to each, as data.

``numbers``, ``of_function`` and ``exercise`` make a check. Each stands above a function that gives the check its name,
parameters and docstring, and whose body, if tables are not enough, looks at the answer and yields lines of the form

    "key of a slip", whether it is this slip, *values that its sentence shows

The first that holds ends it; so does ``RIGHT``, and the end of the body means right. ``check(...)`` prints the verdict,
``check.verdict(...)`` returns it, ``check.slips`` holds all sentences by their keys and ``check.wrong`` wrong answers by
the same keys. The tests see that every slip, by this wrong answer or one of theirs, gets its own sentence and no other.
"""

import functools
import inspect
import re
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

RIGHT, ELSE, ODD = "right", "else", "odd"  # keys: the right answer; a wrong one without a name; one that cannot be read
NOTHING = MappingProxyType({})


class Verdict(NamedTuple):
    mark: str  # "…" blank, "✗" wrong, "✓" right
    text: str
    slip: str | None = None


class Stop(Exception):
    """Ends a judgement with a verdict of its own."""


def exercise(blank, *, slips, praise, wrong=NOTHING, asked=1, prepare=lambda answer: answer):
    """Make the check of an exercise whose first parameter is (or first ``asked`` parameters are) the learner's answer.

    ``slips`` maps keys to sentences, ``wrong`` some of the keys to a wrong answer (see ``recognised``). ``ODD``, if it
    is among them, is said of an answer that the body cannot read. ``praise`` shows what was yielded with ``RIGHT``.
    """

    def decorate(judge):
        signature = inspect.signature(judge)

        def judged(first, *others):
            answers = dict(zip(signature.parameters, (first, *others)[:asked], strict=False))
            missing = [name for name, answer in answers.items() if answer is None or answer is ...]
            if missing:
                still = f" Still missing: {', '.join(missing)}." if len(missing) < asked else ""
                return "…", (blank(*others) if callable(blank) else blank) + still
            try:
                found = (line for line in judge(prepare(first), *others) if line[1])
                key, _, *shown = next(found, (RIGHT, True))
            except Exception as problem:
                if isinstance(problem, Stop) or ODD not in slips:
                    raise
                key, shown = ODD, [short(problem)]
            return ("✓", praise.format(*shown)) if key == RIGHT else ("✗", slips[key].format(*shown), key)

        def verdict(*answers, **named):
            try:
                return Verdict(*judged(*signature.bind(*answers, **named).args))
            except Stop as stop:
                return Verdict(*stop.args)
            except Exception as problem:  # whatever a learner hands over is an answer to give, not a reason to stop
                return Verdict("✗", f"The check cannot read this answer: {short(problem)}")

        @functools.wraps(judge)
        def check(*answers, **named):
            print(*verdict(*answers, **named)[:2])

        check.verdict, check.slips, check.wrong, check.asked = verdict, slips, wrong, asked
        return check

    return decorate


def same(one, other):
    return np.shape(one) == np.shape(other) and np.allclose(one, other)


def recognised(check, answer, *case, same=same):
    """Yield for each of the check's wrong functions whether it gives the same answer for this case."""
    for key, function in check.wrong.items():
        try:
            with np.errstate(all="ignore"):
                yield key, same(answer, function(*case))
        except Exception:  # what a wrong function cannot do, the learner's has not done in the same way
            continue


def of_function(name, blank, *, empty="", takes="", blanks=(None, ...), read=lambda answer: answer, **tables):
    """Make the check of an exercise that asks for a function.

    The body gets the function in a coat: it hands over copies of arrays and returns what ``read`` makes of the answer;
    it ends the judgement if the function raises (``takes`` is said then) or returns nothing yet (``empty``).
    """

    def prepare(function):
        if not callable(function):
            kind = type(function).__name__
            raise Stop("✗", f"{name} is a {kind}, not a function. Hand over the function itself, without brackets.")

        def ask(*given, about="Your function"):
            does = "stops"
            try:
                answer = function(*(one.copy() if isinstance(one, np.ndarray) else one for one in given))
                does = f"returns a {type(answer).__name__}"
                if not any(answer is one for one in blanks):
                    return read(answer)
            except Exception as problem:
                raise Stop("✗", f"{about} {does}: {short(problem)} {takes}".strip()) from problem
            raise Stop("…", empty or blank)

        ask.plain = function
        return ask

    return exercise(blank, prepare=prepare, **tables)


def numbers(blank, *, praise, together=NOTHING, **asked):
    """Make the check of an exercise that asks for numbers.

    For each parameter a table: values (or tests of a value) to sentences, the right value to ``RIGHT``, ``ELSE`` to what
    is said of any other, perhaps ``ODD``. The type of a value says how it is met: int and tuple exactly, float within
    one in a hundred, str as a word. ``together`` maps values of all answers to sentences; ``praise`` may show answers.
    """
    rights = {name: next(value for value in table if table[value] == RIGHT) for name, table in asked.items()}
    slips, wrong = {str(values): why for values, why in together.items()}, {str(values): values for values in together}
    for name, table in asked.items():
        slips[f"{name} text"] = f"{name}: that is text, not a number. Leave the quotation marks away."
        slips[f"{name} {ODD}"] = f"{name}: that is not one number."
        for value, why in table.items():
            key = f"{name} {why if callable(value) else value}"
            if why != RIGHT:
                slips[key] = f"{name}: {why}"
            if why != RIGHT and value not in (ELSE, ODD) and not callable(value):
                wrong[key] = tuple({**rights, name: value}.values())

    def judge(*answers):
        given = [_read(answer, right) for answer, right in zip(answers, rights.values(), strict=True)]
        yield from ((str(values), all(map(_meets, given, values))) for values in together)
        for (name, table), answer, value in zip(asked.items(), answers, given, strict=True):
            yield f"{name} text", value is None and isinstance(answer, str)
            yield f"{name} {ODD}", value is None
            met = next((known for known in table if known not in (ELSE, ODD) and _meets(value, known)), ELSE)
            yield f"{name} {table[met] if callable(met) else met}", table[met] != RIGHT
        yield RIGHT, True, *given

    def decorate(named):
        make = exercise(blank, slips=slips, praise=praise, wrong=wrong, asked=len(asked))
        check = make(functools.wraps(named)(judge))
        check.right = tuple(rights.values())
        return check

    return decorate


def _read(answer, right):
    if isinstance(right, str):
        return answer.strip().lower() if isinstance(answer, str) else None
    if isinstance(right, tuple):
        sizes = tuple(map(number, answer)) if np.iterable(answer) else (None,)
        return None if None in sizes else sizes
    return number(answer)


def _meets(value, known):
    if callable(known) or isinstance(known, str) or value is None:
        return known(value) if callable(known) else value == known
    return np.shape(value) == np.shape(known) and np.allclose(value, known, rtol=0.01 * isinstance(known, float))


def number(answer):
    """Return the answer as a float, or None if it is not one number. Text is none, even if a number is written there."""
    try:
        return float(answer) if np.ndim(answer) == 0 and np.asarray(answer).dtype.kind in "biufO" else None
    except OverflowError:
        return np.inf  # a whole number beyond all floats
    except Exception:
        return None


def array(answer):
    return np.asarray(answer, dtype=float)


def arrays(answer):
    return [array(part) for part in answer]


def short(problem):
    """An error in one line, for a message: without colours, and out of a graph without the way through it."""
    text = re.sub(r"\x1b\[\d*m", "", str(problem)).strip()
    where, _, text = text.rpartition("\n\n") if text.startswith("in user code:") else ("", "", text)
    return " ".join((text if where else f"{type(problem).__name__}: {text}").split())[:120]
