"""The exercises of notebook 12."""

import json
import zipfile

import numpy as np

from mnist_course.checks import ship_it as checks


def quantise_range(values, turn=np.round, kind=np.int8, scale=1.0, shift=0):
    step = (values.max() - values.min()) / 255
    zero_point = round(-128 - values.min() / step)
    q = np.clip(turn(values / step) + zero_point, -128, 127)
    return q.astype(kind), scale * step, zero_point + shift


def config_of(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))


def at_the_top(path):
    return any(layer["class_name"] == "Lambda" for layer in config_of(path)["config"]["layers"])


def in_layers(path):
    def look(part):
        return part["class_name"] == "Lambda" or any(map(look, part["config"].get("layers", [])))

    return look(config_of(path))


def everywhere(path, classes=("Lambda", "__lambda__")):
    def look(part):
        if isinstance(part, dict):
            return part.get("class_name") in classes or any(map(look, part.values()))
        return isinstance(part, list) and any(map(look, part))

    return look(config_of(path))


RIGHT = {"quantise_range": [quantise_range], "is_suspicious": [everywhere]}
WRONG = {
    "quantise_range": {
        "shape": lambda values: (np.zeros(3, np.int8), 1.0, 0),
        "kind": lambda values: quantise_range(values, kind=np.float32),
        "step": lambda values: quantise_range(values, scale=3.0),
        "zero": lambda values: quantise_range(values, shift=1),
        "off": lambda values: quantise_range(values, turn=np.ceil),
    },
    "is_suspicious": {
        "none": lambda path: True,
        "layers": lambda path: False,
        "nested": at_the_top,
        "wrapper": in_layers,
        "activation": lambda path: everywhere(path, classes=("Lambda",)),
        "name": lambda path: "ambda" in json.dumps(config_of(path)),
    },
}


def test_what_is_said_of_quantise_range():
    def say(function):
        return checks.quantise_range.verdict(function).text

    assert "float64, which is not int8" in say(lambda values: (values, 0.02, -78))
    assert "step: not yet" in say(lambda values: (quantise_range(values)[0], float("nan"), -78))
    assert "could not convert" in say(lambda values: ("abc", "1,5", 0))
    assert "returns a ndarray" in say(lambda values: values)


def test_what_is_said_of_is_suspicious():
    assert checks.is_suspicious.verdict(lambda path: 1 / 0).text.startswith("For a model of dense layers your function")
    assert "one answer" in checks.is_suspicious.verdict(lambda path: np.array([1, 2])).text
