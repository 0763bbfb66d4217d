"""The exercises of notebook 11."""

from functools import partial

import numpy as np

from mnist_course.checks import save_and_resume as checks


def mixed(seed, epoch, count):
    return np.random.default_rng([seed, epoch]).permutation(count)


def one_generator():
    """A generator that is made once, and goes on from call to call."""
    generator = np.random.default_rng(0)
    return lambda seed, epoch, count: generator.permutation(count)


RIGHT = {"order": [mixed, lambda seed, epoch, count: mixed(seed, epoch, count).tolist()]}
WRONG = {
    "order": {
        "shape": lambda seed, epoch, count: mixed(seed, epoch, 60_000),
        "memory": partial(one_generator),
    }
}


def test_what_is_said_of_order():
    def say(function):
        return checks.order.verdict(function).text

    assert "epoch 1 of seed 0" in say(lambda seed, epoch, count: mixed(0, seed + epoch, count)).lower()
    assert "Cannot cast" in say(lambda seed, epoch, count: mixed(seed, epoch, count) / 1)
    assert "For a count of 7" in say(lambda seed, epoch, count: mixed(seed, epoch, 50))


def test_minutes_and_seconds_between_checkpoints():
    assert "minutes" in checks.how_often.verdict(37.9, 0.0264).text
    assert checks.how_often.verdict(2277, 0.0264).mark == "✓"
