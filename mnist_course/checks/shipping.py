"""Checks of the exercises of notebook 08_save_and_ship."""

import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from mnist_course.checks.engine import ELSE, RIGHT, numbers, of_function, recognised

PARAMETERS = 109_386
COUNT = "that is a count of numbers. Each of them takes several bytes."


@numbers(
    "Fill in three numbers of bytes: the weights, the checkpoint, the weights in 8 bits.",
    weights={
        4 * PARAMETERS: RIGHT,
        PARAMETERS: COUNT,
        32 * PARAMETERS: "those are bits. A byte has eight of them.",
        8 * PARAMETERS: "that is 64 bits each; here they have 32.",
        2 * PARAMETERS: "that is 16 bits each; here they have 32.",
        ELSE: "not yet. How many bytes are 32 bits? Once for each parameter.",
    },
    checkpoint={
        12 * PARAMETERS: RIGHT,
        4 * PARAMETERS: "those are the weights alone. Adam has a memory for each of them.",
        8 * PARAMETERS: "Adam keeps two running means for each weight, not one; and the weights are there as well.",
        16 * PARAMETERS: "the weights once, and two running means for each: three, not four.",
        3 * PARAMETERS: COUNT,
        ELSE: "not yet. The weights, and two running means for each of them.",
    },
    eight_bit={
        PARAMETERS: RIGHT,
        8 * PARAMETERS: "those are bits, or bytes of 64-bit numbers. Eight bits are one byte.",
        PARAMETERS // 2: "an eighth? 8 bits are a quarter of 32.",
        4 * PARAMETERS: "that is still 32 bits each.",
        256 * PARAMETERS: "256 is how many values 8 bits can take, not their size.",
        ELSE: "not yet. Eight bits are one byte.",
    },
    praise="To go on with a training takes three times the weights; to use its result on a telephone, a quarter of them. What a file is for decides what belongs in it.",
)
def bytes_on_disk(weights, checkpoint, eight_bit):
    """Exercise ``exercise-bytes`` of 06: bytes of 32-bit weights, of a checkpoint with Adam, of 8-bit weights."""


def _quantised(step, turn=np.round):
    """A function as the exercise asks for it, from its step and its way to whole numbers."""

    def quantise(w):
        s = float(step(w)) if w.any() else 1.0
        return turn(w / s).astype(np.int8), s

    return quantise


def _step(w):
    return np.abs(w).max() / 127


@of_function(
    "quantise",
    "Write the function: an array in, whole numbers of 8 bits and a step out.",
    empty="Return two things: q, an array of int8, and the step s.",
    read=lambda answer: (lambda q, s: (np.asarray(q), float(s)))(*answer),
    takes="It gets one array and returns two things: q, an array of int8, and the step s.",
    slips={
        "shape": "q has shape {}; it must have the shape of w, {}.",
        "kind": "q is {}, which takes {} bits a number or has no minus. Use .astype(np.int8), after rounding.",
        "largest": "s: the largest weight by size is a negative one. Take np.abs(w).max(), or it runs over.",
        "128": "s: 127, not 128: int8 ends at 127, and +128 would come out as -128.",
        "255": "s: 255 steps reach from -127 to 127. From 0 to the largest weight there are 127.",
        "256": "s: 256 steps reach from end to end. From 0 to the largest weight there are 127.",
        "range": "s: that maps the whole range to 0…255. Here 0 stays 0, and the largest size is 127.",
        "upside down": "s: the step is upside down: it is the largest weight divided by 127.",
        "weight": "s: that is the largest weight. The step is a 127th of it.",
        "step": "s: not yet. The largest weight by size, divided by 127.",
        "cut": "q: you cut the decimals off. np.round first; otherwise errors reach a whole step, not a half.",
        "floor": "q: you cut the decimals off. np.round first; otherwise errors reach a whole step, not a half.",
        "off": "q: some numbers are more than half a step off. Divide by the step, round, then .astype(np.int8).",
        "zeros": "Right, but for an array of zeros: its largest weight is 0, and you divide by the step. Give it any step, 1 for example.",
    },
    wrong={
        "largest": _quantised(lambda w: w.max() / 127),
        "128": _quantised(lambda w: np.abs(w).max() / 128),
        "255": _quantised(lambda w: np.abs(w).max() / 255),
        "256": _quantised(lambda w: np.abs(w).max() / 256),
        "range": _quantised(lambda w: (w.max() - w.min()) / 255),
        "upside down": _quantised(lambda w: 127 / np.abs(w).max()),
        "weight": _quantised(lambda w: np.abs(w).max()),
        "cut": _quantised(_step, np.trunc),
        "floor": _quantised(_step, np.floor),
    },
    praise="Each weight is now one byte, and never more than half a step from what it was. A filter of small weights beside one of large weights suffers most: hence a step for each filter.",
)
def quantise(function):
    """Exercise ``exercise-quantise`` of 06: an array of floats to int8, -127 to 127, and one step."""
    w = np.random.default_rng(0).normal(0, 0.1, (3, 3, 4)).astype(np.float32)
    w[1, 1, 1] = -0.5  # the largest weight is a negative one, on purpose
    (q, s), step = function(w), _step(w)
    with np.errstate(all="ignore"):
        zero_q, zero_s = function(np.zeros((2, 2), np.float32))
    yield "shape", q.shape != w.shape, q.shape, w.shape
    yield "kind", q.dtype != np.int8, q.dtype, 8 * q.dtype.itemsize
    if not np.isclose(s, step, rtol=1e-4):
        yield from recognised(quantise, s, w, same=lambda s, other: np.isclose(s, other[1], rtol=1e-4))
        yield "step", True
    yield from recognised(
        quantise, q, w, same=lambda q, other: np.isclose(other[1], step) and np.array_equal(q, other[0])
    )
    yield "off", np.abs(q - w / step).max() > 0.501
    yield "zeros", not np.isfinite(zero_s) or zero_s == 0 or zero_q.any()


def _layer(class_name, **config):
    return {"module": "keras.layers", "class_name": class_name, "config": config}


def _model(*layers):
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "model", "layers": list(layers)}}


CODE, DENSE = _layer("Lambda", function={"class_name": "__lambda__"}), _layer("Dense", name="dense", units=10)
CONFIGS = {  # in words; as a config.json has it; whether it holds a Lambda
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
    "name": ('an innocent layer whose name is "Lambda"', _model(_layer("Dense", name="Lambda", units=10)), False),
}


@of_function(
    "is_suspicious",
    "Write the function: a path in, True or False out.",
    empty="Return True if the file holds a Lambda, False if not.",
    read=bool,
    takes="Return True or False, one answer for the whole file.",
    slips={key: f"For {what} your answer is {{}}." for key, (what, *_) in CONFIGS.items()},
    praise="Found at the top, in a model within the model, inside a wrapper, and no false alarm. You read a program without running it.",
)
def is_suspicious(function):
    """Exercise ``exercise-suspicious`` of 06: does a .keras file hold a Lambda? Found without loading it."""
    with tempfile.TemporaryDirectory() as folder:
        for key, (what, config, expected) in CONFIGS.items():
            path = Path(folder) / f"{key}.keras"
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
                archive.writestr("config.json", json.dumps(config))
                archive.writestr("model.weights.h5", b"")
            answer = function(path, about=f"For {what} your function")
            yield key, answer != expected, answer
