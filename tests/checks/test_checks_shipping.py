"""The checks of notebook 06: blank, each typical mistake, odd answers, and the right answer."""

import json
import zipfile

import numpy as np
import pytest

from mnist_lib.checks import shipping as checks

N = 109_386


def said_by(check, capsys, *answers):
    check(*answers)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "mark", "word"),
    [
        ((None, None, None), "…", "three numbers"),
        ((4 * N, None, N), "…", "three numbers"),
        (("abc", [], {}), "…", "three numbers"),
        ((N, 12 * N, N), "✗", "count of numbers"),
        ((32 * N, 12 * N, N), "✗", "bits"),
        ((8 * N, 12 * N, N), "✗", "64 bits"),
        ((2 * N, 12 * N, N), "✗", "16 bits"),
        ((float("nan"), 12 * N, N), "✗", "(a) not yet"),
        ((4 * N, 4 * N, N), "✗", "weights alone"),
        ((4 * N, 8 * N, N), "✗", "two running means"),
        ((4 * N, 16 * N, N), "✗", "three, not four"),
        ((4 * N, 3 * N, N), "✗", "count of numbers"),
        ((4 * N, 7, N), "✗", "(b) not yet"),
        ((4 * N, 12 * N, 8 * N), "✗", "one byte"),
        ((4 * N, 12 * N, N / 2), "✗", "quarter"),
        ((4 * N, 12 * N, 4 * N), "✗", "still 32"),
        ((4 * N, 12 * N, 256 * N), "✗", "values"),
        ((4 * N, 12 * N, float("inf")), "✗", "(c) not yet"),
        ((4 * N, 12 * N, N), "✓", "What a file is for"),
    ],
)
def test_bytes_on_disk(answer, mark, word, capsys):
    said = said_by(checks.bytes_on_disk, capsys, *answer)
    assert said.startswith(mark) and word in said


def with_step(step, turn=np.round, guard=True):
    def quantise(w):
        s = step(w) if np.any(w) or not guard else 1.0
        with np.errstate(all="ignore"):
            return turn(w / s).astype(np.int8), s

    return quantise


def size(w):
    return np.abs(w).max()


@pytest.mark.parametrize(
    ("function", "mark", "word"),
    [
        (None, "…", "Write the function"),
        (lambda w: None, "…", "two things"),
        (7, "✗", "not a function"),
        (lambda w: 1 / 0, "✗", "ZeroDivisionError"),
        (lambda w: w, "✗", "raises"),
        (lambda w: ("abc", 1), "✗", "could not convert"),
        (lambda w: (np.zeros(3, np.int8), 1.0), "✗", "shape (3,)"),
        (lambda w: (np.round(w / size(w) * 127) if np.any(w) else w, 1.0), "✗", "float32"),
        (lambda w: (np.zeros(w.shape, np.uint8), 1.0), "✗", "uint8"),
        (with_step(lambda w: w.max() / 127), "✗", "np.abs(w).max()"),
        (with_step(lambda w: size(w) / 128), "✗", "127, not 128"),
        (with_step(lambda w: size(w) / 255), "✗", "255 steps"),
        (with_step(lambda w: size(w) / 256), "✗", "256 steps"),
        (with_step(lambda w: (w.max() - w.min()) / 255), "✗", "whole range"),
        (with_step(lambda w: 127 / size(w)), "✗", "upside down"),
        (with_step(size), "✗", "127th"),
        (with_step(lambda w: 3.0), "✗", "s: not yet"),
        (with_step(lambda w: float("nan")), "✗", "s: not yet"),
        (with_step(lambda w: size(w) / 127, np.trunc), "✗", "cut the decimals"),
        (with_step(lambda w: size(w) / 127, np.floor), "✗", "cut the decimals"),
        (with_step(lambda w: size(w) / 127, np.ceil), "✗", "half a step"),
        (with_step(lambda w: size(w) / 127, guard=False), "✗", "array of zeros"),
        (with_step(lambda w: size(w) / 127), "✓", "one byte"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_quantise(function, mark, word, capsys):
    said = said_by(checks.quantise, capsys, function)
    assert said.startswith(mark) and word in said


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


@pytest.mark.parametrize(
    ("function", "mark", "word"),
    [
        (None, "…", "Write the function"),
        (lambda path: None, "…", "Return True"),
        ("abc", "✗", "not a function"),
        (lambda path: 1 / 0, "✗", "ZeroDivisionError"),
        (lambda path: np.array([1, 2]), "✗", "one answer"),
        (lambda path: True, "✗", "dense layers"),
        (lambda path: False, "✗", "among its layers"),
        (at_the_top, "✗", "model in a model"),
        (in_layers, "✗", "wrapper"),
        (lambda path: "Lambda" in json.dumps(config_of(path)), "✗", "innocent"),
        (everywhere, "✓", "without running"),
    ],
)
def test_is_suspicious(function, mark, word, capsys):
    said = said_by(checks.is_suspicious, capsys, function)
    assert said.startswith(mark) and word in said
