"""Checks of the exercises of notebook 12_ship_it."""

import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from mnist_course.checks.engine import ELSE, RIGHT, numbers, of_function, recognised


@numbers(
    "Fill in three numbers: the whole number for 0.1; what 0.033 becomes beside 2.54; the largest possible error then.",
    whole_number={
        50: RIGHT,
        49: "you cut the decimals off, or took a step that is too long. The step is 0.254 / 127.",
        100: "the step is 0.254 / 127, not half of it: from 0 to the largest weight there are 127 steps.",
        127: "127 is the largest weight in size. How many steps of 0.254 / 127 are 0.1?",
        0.002: "that is the step. How many of them are 0.1?",
        ELSE: "not yet. The step is 0.254 / 127; how many of them are 0.1?",
    },
    there_and_back={
        0.04: RIGHT,
        0.02: "you cut the decimals off: 1.65 steps are nearer to 2 than to 1.",
        0.034: "that is without the new weight, or nearly. The step is 2.54 / 127 now.",
        0.033: "that is what it was. Round it to whole steps of 2.54 / 127.",
        2: "that is the whole number. How much is it, times the step?",
        ELSE: "not yet. The step is 2.54 / 127 now. Divide, round, and multiply again.",
    },
    largest_error={
        0.01: RIGHT,
        0.02: "that is a whole step. Beyond half a step another whole number is nearer.",
        0.001: "that is half a step without the new weight.",
        0.007: "that is the error of 0.033. How large can one be at most?",
        ELSE: "not yet. Half a step, and the step is 2.54 / 127.",
    },
    praise="One large weight, and all others become ten times coarser. So each filter has a step of its own.",
)
def outlier(whole_number, there_and_back, largest_error):
    """Exercise ``exercise-outlier`` of 12: eight bits on paper, before and after a large weight joins."""


def _range(parts, zero=None, symmetric=False):
    """A function as the exercise asks for it, from how many parts a range has and what its zero point is."""

    def quantise_range(values):
        low, high = (-np.abs(values).max(), np.abs(values).max()) if symmetric else (values.min(), values.max())
        step = (high - low) / parts
        point = round(-128 - low / step) if zero is None else zero(low, step)
        return np.clip(np.round(values / step) + point, -128, 127).astype(np.int8), step, point

    return quantise_range


@of_function(
    "quantise_range",
    "Write the function: an array in; whole numbers of 8 bits, a step and a zero point out.",
    empty="Return three things: an array of int8, the step, and the zero point.",
    read=lambda answer: (lambda q, step, zero: (np.asarray(q), float(step), float(zero)))(*answer),
    takes="It gets one array and returns three things: an array of int8, the step, and the zero point.",
    slips={
        "shape": "The whole numbers have shape {}; the values have {}.",
        "kind": "The whole numbers are {}, which is not int8. Use .astype(np.int8), after rounding and adding the zero point.",
        "symmetric": "step: that is the way of weights, symmetric around 0. Here the range goes from the smallest value to the largest.",
        "256": "step: from -128 to 127 there are 256 numbers, but 255 steps.",
        "step": "step: not yet. The largest value minus the smallest, divided by 255.",
        "none": "zero point: 0.0 is not at 0 here: the smallest value must become -128.",
        "sign": "zero point: check the sign. The smallest value, in steps, plus the zero point must be -128.",
        "zero": "zero point: not yet. Which whole number plus the smallest value in steps gives -128?",
        "off": "Some whole numbers are more than half a step off. Divide by the step, round, add the zero point.",
    },
    wrong={
        "none": _range(255, zero=lambda low, step: 0),
        "sign": _range(255, zero=lambda low, step: round(-128 + low / step)),
        "symmetric": _range(255, symmetric=True),
        "256": _range(256),
    },
    praise="All 256 whole numbers are in use, and 0.0 is exactly one of them, as padding with zeros needs it.",
)
def quantise_range(function):
    """Exercise ``exercise-range`` of 12: floats to int8 from smallest to largest, with step and zero point."""
    values = np.random.default_rng(0).uniform(-1, 4.1, (5, 7))
    values[0, :3] = -1.0, 4.1, 0.0
    (q, step, zero), right = function(values), _range(255)(values)
    yield "shape", q.shape != values.shape, q.shape, values.shape
    yield "kind", q.dtype != np.int8, q.dtype
    if not np.isclose(step, right[1], rtol=1e-4):
        yield from recognised(
            quantise_range, step, values, same=lambda step, other: np.isclose(step, other[1], rtol=1e-4)
        )
        yield "step", True
    if zero != right[2]:
        yield from recognised(quantise_range, zero, values, same=lambda zero, other: zero == other[2])
        yield "zero", True
    yield "off", np.abs(q - (values / step + zero)).max() > 0.501


def _layer(class_name, **config):
    return {"module": "keras.layers", "class_name": class_name, "config": config}


def _model(*layers):
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "model", "layers": list(layers)}}


CODE, DENSE = _layer("Lambda", function={"class_name": "__lambda__"}), _layer("Dense", name="dense", units=10)
CONFIGS = {  # in words; as a config.json has it; whether it holds code
    "none": ("a model of dense layers", _model(DENSE, DENSE), False),
    "layers": ("a model with a Lambda among its layers", _model(DENSE, CODE), True),
    "nested": (
        "a model in a model in a model, with a Lambda in the last,",
        _model(DENSE, _model(DENSE, _model(CODE))),
        True,
    ),
    "wrapper": (
        "a Lambda inside the settings of a wrapper layer",
        _model(_layer("TimeDistributed", layer=CODE), DENSE),
        True,
    ),
    "activation": (
        "a lambda as the activation of a layer",
        _model(DENSE, _layer("Dense", units=10, activation={"class_name": "__lambda__", "config": {"code": "4wE="}})),
        True,
    ),
    "name": ('an innocent layer whose name is "Lambda"', _model(_layer("Dense", name="Lambda", units=10)), False),
}


@of_function(
    "is_suspicious",
    "Write the function: a path in, True or False out.",
    empty="Return True if the file holds code, False if not.",
    read=bool,
    takes="Return True or False, one answer for the whole file.",
    slips={key: f"For {what} your answer is {{}}." for key, (what, *_) in CONFIGS.items()},
    praise="Found at the top, in a model within the model, inside a wrapper, as an activation, and no false alarm. You read a program without running it.",
)
def is_suspicious(function):
    """Exercise ``exercise-suspicious`` of 12: does a .keras file hold code? Found without loading it."""
    with tempfile.TemporaryDirectory() as folder:
        for key, (what, config, expected) in CONFIGS.items():
            path = Path(folder) / f"{key}.keras"
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
                archive.writestr("config.json", json.dumps(config))
                archive.writestr("model.weights.h5", b"")
            answer = function(path, about=f"For {what} your function")
            yield key, answer != expected, answer
