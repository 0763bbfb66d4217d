"""The checks of notebook 00: blank, right, and each typical mistake named."""

from pathlib import Path

import nbformat
import numpy as np
import pytest

from mnist_lib import load_mnist
from mnist_lib.checks import data as checks

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "00_data.ipynb"
RIGHT = (25_088, (14, 14), 395)


@pytest.fixture(scope="module")
def data():
    return load_mnist("sample")


def said(capsys, check, *answers):
    assert check(*answers) is None
    out, err = capsys.readouterr()
    assert err == "" and out[0] in "…✗✓" and out[1] == " " and len(out.strip().splitlines()) == 1
    return out


@pytest.mark.parametrize(
    ("answers", "mark", "word"),
    [
        ((None, None, None), "…", "all three"),
        ((25_088, None, 395), "…", "all three"),
        (RIGHT, "✓", "784"),
        ((25_088.0, [14, 14], np.int64(395)), "✓", "784"),
        ((25_088, np.array([14, 14]), "395"), "✓", "784"),
        ((784, (14, 14), 395), "✗", "one image"),
        ((896, (14, 14), 395), "✗", "columns"),
        ((1, (14, 14), 395), "✗", "(a)"),
        (("abc", (14, 14), 395), "✗", "(a)"),
        ((float("nan"), (14, 14), 395), "✗", "(a)"),
        (([], (14, 14), 395), "✗", "(a)"),
        ((25_088, (28, 28), 395), "✗", "whole image"),
        ((25_088, (14, 28), 395), "✗", "rows only"),
        ((25_088, (28, 14), 395), "✗", "columns only"),
        ((25_088, (26, 26), 395), "✗", "step"),
        ((25_088, (196,), 395), "✗", "both axes"),
        ((25_088, (14.5, 14), 395), "✗", "(b)"),
        ((25_088, 14, 395), "✗", "tuple"),
        ((25_088, "abc", 395), "✗", "tuple"),
        ((25_088, (float("nan"), 14), 395), "✗", "(b)"),
        ((25_088, (float("inf"), 14), 395), "✗", "tuple"),
        ((25_088, [[14, 14]], 395), "✗", "tuple"),
        ((25_088, (), 395), "✗", "(b)"),
        ((25_088, (14, 14), 98), "✗", "swapped"),
        ((25_088, (14, 14), 396), "✗", "one too many"),
        ((25_088, (14, 14), 367), "✗", "one row short"),
        ((25_088, (14, 14), 366), "✗", "from 1"),
        ((25_088, (14, 14), "abc"), "✗", "(c)"),
        ((25_088, (14, 14), [1, 2]), "✗", "(c)"),
    ],
)
def test_shapes_and_pixels(capsys, answers, mark, word):
    out = said(capsys, checks.shapes_and_pixels, *answers)
    assert out.startswith(mark) and word in out


def eye(labels, size=10):
    return np.eye(size)[labels]


def fails(_):
    raise RuntimeError("no\nidea")


@pytest.mark.parametrize(
    ("function", "mark", "word"),
    [
        (None, "…", "function"),
        (lambda labels: None, "…", "Return"),
        (lambda labels: (labels[:, np.newaxis] == np.arange(10)).astype(float), "✓", "broadcasting"),
        (lambda labels: labels[:, np.newaxis] == np.arange(10), "✓", "broadcasting"),
        (lambda labels: eye(labels).astype(int).tolist(), "✓", "broadcasting"),
        (np.eye(10), "✗", "not a function"),
        ("abc", "✗", "not a function"),
        (fails, "✗", "RuntimeError: no idea"),
        (lambda labels: "abc", "✗", "ValueError"),
        (lambda labels: [[1], [1, 2]], "✗", "ValueError"),
        (lambda labels: eye(labels, 11), "✗", "Eleven"),
        (lambda labels: eye(labels, 9), "✗", "Nine"),
        (lambda labels: eye(labels, labels.max() + 1), "✗", "largest label"),
        (lambda labels: eye(labels).T, "✗", "swapped"),
        (lambda labels: labels, "✗", "(5,)"),
        (lambda labels: [], "✗", "(0,)"),
        (lambda labels: eye(labels)[:1], "✗", "(1, 10)"),
        (lambda labels: 1 - eye(labels), "✗", "Inverted"),
        (lambda labels: eye(labels + 1), "✗", "one place off"),
        (lambda labels: eye(labels) * labels[:, np.newaxis], "✗", "label itself"),
        (lambda labels: eye(labels) * 255, "✗", "is 1"),
        (lambda labels: np.zeros((5, 10)), "✗", "single 1"),
        (lambda labels: eye(labels) * np.nan, "✗", "single 1"),
    ],
)
def test_one_hot(capsys, function, mark, word):
    out = said(capsys, checks.one_hot, function)
    assert out.startswith(mark) and word in out


def neighbour(data):
    known = data.train.images.reshape(-1, 784) / 255

    def better(images):
        x = images.reshape(-1, 784) / 255
        return data.train.labels[((known**2).sum(axis=1) - 2 * x @ known.T).argmin(axis=1)]

    return better


@pytest.mark.parametrize(
    ("make", "mark", "word"),
    [
        (lambda data: None, "…", "function"),
        (lambda data: lambda images: None, "…", "Return"),
        (neighbour, "✓", "nearest mean reads"),
        (lambda data: 7, "✗", "not a function"),
        (lambda data: fails, "✗", "RuntimeError: no idea"),
        (lambda data: lambda images: "abc", "✗", "ValueError"),
        (lambda data: lambda images: [], "✗", "(0,)"),
        (lambda data: lambda images: np.zeros((len(images), 10)), "✗", "argmax"),
        (lambda data: lambda images: np.zeros((10, len(images))), "✗", "one digit for each"),
        (lambda data: lambda images: np.arange(len(images)), "✗", "look up their labels"),
        (lambda data: lambda images: np.full(len(images), np.nan), "✗", "not digits"),
        (lambda data: lambda images: np.ones(len(images)), "✗", "chance"),
        (lambda data: lambda images: data.validation.labels, "✗", "validation labels"),
        (lambda data: lambda images: checks._nearest_mean(data.train, images), "✗", "The same"),
        (lambda data: lambda images: data.validation.labels * (np.arange(len(images)) % 2), "✗", "Not yet"),
    ],
)
def test_better_baseline(capsys, data, make, mark, word):
    out = said(capsys, checks.better_baseline, make(data), data)
    assert out.startswith(mark) and word in out


def test_the_bar_is_the_nearest_mean_of_the_notebook(capsys, data):
    x, labels = data.train.images.reshape(-1, 784) / 255, data.train.labels
    means = np.stack([x[labels == digit].mean(axis=0) for digit in range(10)])

    def plain(images):
        differences = images.reshape(-1, 1, 784) / 255 - means
        return (differences**2).sum(axis=2).argmin(axis=1)

    assert (checks._nearest_mean(data.train, data.validation.images) == plain(data.validation.images)).all()
    assert "The same" in said(capsys, checks.better_baseline, plain, data)


def test_a_function_that_changes_its_labels_does_not_change_the_check(capsys):
    def greedy(labels):
        result = eye(labels)
        labels[:] = 0
        return result

    assert said(capsys, checks.one_hot, greedy).startswith("✓")


def test_the_solutions_pass_and_blank_answers_do_not_fail(capsys, data):
    cells = {cell.id: cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells}
    names = {"np": np, "checks": checks, "data": data, "train": data.train}
    exec(cells["prepare"].split("\n\n\n")[0], names)
    exec(cells["nearest-mean"], names)
    for name in ("shapes", "one-hot", "baseline"):
        exec(cells[f"exercise-{name}-answer"], names)
        assert capsys.readouterr().out.startswith("…")
        exec(cells[f"exercise-{name}-solution"].split("```python\n")[1].split("```")[0], names)
        assert capsys.readouterr().out.startswith("✓")
