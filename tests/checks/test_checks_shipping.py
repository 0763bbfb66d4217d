"""The exercises of notebook 07."""

import json
import zipfile

import numpy as np

from mnist_course.checks import shipping as checks


def quantise(w, turn=np.round, kind=np.int8, step=None):
    s = step or (np.abs(w).max() / 127 if w.any() else 1.0)
    return turn(w / s).astype(kind), s


def without_guard(w):
    with np.errstate(all="ignore"):
        s = np.abs(w).max() / 127
        return np.nan_to_num(np.round(w / s)).astype(np.int8), s


def config_of(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))


def at_the_top(path):
    return any(layer["class_name"] == "Lambda" for layer in config_of(path)["config"]["layers"])


def in_layers(path):
    def look(part):
        return part["class_name"] == "Lambda" or any(map(look, part["config"].get("layers", [])))

    return look(config_of(path))


def everywhere(path):
    def look(part):
        if isinstance(part, dict):
            return part.get("class_name") == "Lambda" or any(map(look, part.values()))
        return isinstance(part, list) and any(map(look, part))

    return look(config_of(path))


RIGHT = {"quantise": [quantise], "is_suspicious": [everywhere]}
WRONG = {
    "quantise": {
        "shape": lambda w: (np.zeros(3, np.int8), 1.0),
        "kind": lambda w: quantise(w, kind=np.uint8, turn=np.abs),
        "step": lambda w: quantise(w, step=3.0),
        "off": lambda w: quantise(w, turn=np.ceil),
        "zeros": without_guard,
    },
    "is_suspicious": {
        "none": lambda path: True,
        "layers": lambda path: False,
        "nested": at_the_top,
        "wrapper": in_layers,
        "name": lambda path: "Lambda" in json.dumps(config_of(path)),
    },
}


def test_what_is_said_of_quantise():
    def say(function):
        return checks.quantise.verdict(function).text

    assert "float32, which takes 32 bits" in say(lambda w: quantise(w, kind=np.float32))
    assert "s: not yet" in say(lambda w: (quantise(w)[0], float("nan")))
    assert "could not convert" in say(lambda w: ("abc", "1,5"))
    assert "returns a ndarray" in say(lambda w: w) and "returns a tuple" in say(lambda w: (*quantise(w), 1))


def test_what_is_said_of_is_suspicious():
    assert checks.is_suspicious.verdict(lambda path: 1 / 0).text.startswith("For a model of dense layers your function")
    assert "one answer" in checks.is_suspicious.verdict(lambda path: np.array([1, 2])).text
