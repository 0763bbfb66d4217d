"""The exercises of lesson 00."""

from pathlib import Path

import nbformat
import numpy as np
import pytest
from checks.stubs import sample

from mnist_course.checks import data as checks

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "00_data.ipynb"


def neighbour(images):
    known, x = (some.reshape(-1, 784) / 255 for some in (sample().train.images, images))
    return sample().train.labels[((known**2).sum(axis=1) - 2 * x @ known.T).argmin(axis=1)]


def labels(images):
    return sample().validation.labels


RIGHT = {
    "shapes_and_pixels": [(25_088.0, [14, 14], np.int64(395))],
    "blend": [
        lambda one, two: ((one.astype(np.uint16) + two) // 2).astype(np.uint8),
        lambda one, two: (one / 2 + two / 2).astype(np.uint8),
    ],
    "better_baseline": [neighbour],
}
WRONG = {
    "blend": {
        "shape": lambda one, two: one[0],
        "other": lambda one, two: np.maximum(one, two),
    },
    "better_baseline": {
        "scores": lambda images: np.zeros((len(images), 10)),
        "shape": lambda images: np.zeros((10, len(images))),
        "places": lambda images: np.arange(len(images)),
        "copied": labels,
        "chance": lambda images: np.ones(len(images)),
        "same": lambda images: checks._nearest_mean(sample().train, images),
        "below": lambda images: labels(images) * (np.arange(len(images)) % 2),
    },
}


@pytest.mark.parametrize(
    ("answers", "word"),
    [
        (("25088", (14, 14), 395), "numbers: that is text"),
        ((25_088, (14, 14), "395"), "place: that is text"),
        ((25_088, (14.5, 14), 395), "shape: not yet"),
        ((25_088, (float("nan"), 14), 395), "shape: not yet"),
        ((25_088, (), 395), "shape: not yet"),
        ((25_088, 14, 395), "tuple"),
        ((25_088, [[14, 14]], 395), "tuple"),
        ((25_088, (14, 14), [1, 2]), "place: that is not one number"),
    ],
    ids=["text", "text-at-the-end", "half", "nan", "empty", "number", "nested", "list"],
)
def test_shapes_and_pixels(answers, word):
    mark, text, _ = checks.shapes_and_pixels.verdict(*answers)
    assert mark == "✗" and word in text


def test_the_bar_is_the_nearest_mean_of_the_notebook(data):
    x, labels = data.train.images.reshape(-1, 784) / 255, data.train.labels
    means = np.stack([x[labels == digit].mean(axis=0) for digit in range(10)])

    def plain(images):
        differences = images.reshape(-1, 1, 784) / 255 - means
        return (differences**2).sum(axis=2).argmin(axis=1)

    assert (checks._nearest_mean(data.train, data.validation.images) == plain(data.validation.images)).all()
    assert checks.better_baseline.verdict(plain, data).slip == "same"


def test_the_solutions_pass_and_blank_answers_do_not_fail(capsys, sample):
    cells = {cell.id: cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells}
    names = {"np": np, "checks": checks, "data": sample, "train": sample.train}
    exec(cells["prepare"].split("\n\n\n")[0], names)
    exec(cells["nearest-mean"].split("\n\n\nnp.testing")[0], names)
    for name in ("shapes", "blend", "baseline"):
        exec(cells[f"exercise-{name}-answer"], names)
        assert capsys.readouterr().out.startswith("…")
        exec(cells[f"exercise-{name}-solution"].split("```python\n")[1].split("```")[0], names)
        assert capsys.readouterr().out.startswith("✓")
