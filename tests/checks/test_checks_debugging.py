"""The checks of notebook 10: blank, each typical mistake, and the right answer."""

import numpy as np
import pytest

from mnist_lib.checks import debugging as checks


def said(capsys):
    out = capsys.readouterr().out
    assert len(out.strip().splitlines()) == 1
    return out


LOWEST = np.log(1 + 25 / np.e)


@pytest.mark.parametrize(
    ("size", "lowest", "mark", "word"),
    [
        (None, None, "…", "Two numbers"),
        (64, None, "…", "the lowest loss"),
        (None, 2.3, "…", "the batch size"),
        ("abc", 1, "✗", "batch_size is not one number"),
        (64, [], "✗", "lowest_loss is not one number"),
        ([1, 2], 1, "✗", "not one number"),
        (float("nan"), 1, "✗", "not yet"),
        (147.37, 1, "✗", "the loss itself"),
        (14.74, 1, "✗", "divided by ten"),
        (147.37 / np.log2(10), 1, "✗", "base 2"),
        (147.37, LOWEST, "✗", "batch_size"),
        (10, 1, "✗", "number of classes"),
        (339.3, 1, "✗", "multiplied"),
        (32, 1, "✗", "not yet"),
        (64, np.log(1 + 9 / np.e), "✗", "ten classes"),
        (64, np.log(1 + 26 / np.e), "✗", "25, not 26"),
        (64, np.log(26), "✗", "loss of a guess"),
        (64, np.e / (np.e + 25), "✗", "probability"),
        (64, -LOWEST, "✗", "sign"),
        (64, LOWEST / np.log(2), "✗", "bits"),
        (64, 0, "✗", "sound model"),
        (64, float("nan"), "✗", "not yet"),
        (64, 17, "✗", "not yet"),
        (64, LOWEST, "✓", "what was averaged"),
        (147.37 / np.log(10), 2.32, "✓", "what was averaged"),
        ("64", "2.32", "✓", "what was averaged"),
    ],
)
def test_clues(size, lowest, mark, word, capsys):
    checks.clues(size, lowest)
    text = said(capsys)
    assert text.startswith(mark) and word in text


def sound(logits, labels):
    logits, labels = np.asarray(logits), np.asarray(labels)
    if np.isnan(logits).any():
        raise ValueError("nan")
    if len(logits) != len(labels):
        raise ValueError("lengths")
    if labels.ndim == 2:
        labels = labels[:, 0] if labels.shape[1] == 1 else labels.argmax(axis=1)
    return float((logits.argmax(axis=1) == labels).mean())


def without(refusal):
    def function(logits, labels):
        try:
            return sound(logits, labels)
        except ValueError as problem:
            if str(problem) != refusal:
                raise
            return 0.098

    return function


def wrong_axis(logits, labels):
    if len(logits) != 10:
        return sound(logits, labels)
    return float((logits.argmax(axis=0) == labels).mean()) if labels.ndim == 1 else sound(logits, labels)


def other_error(logits, labels):
    try:
        return sound(logits, labels)
    except ValueError:
        raise RuntimeError("no") from None


@pytest.mark.parametrize(
    ("answer", "mark", "word"),
    [
        (None, "…", "sound_accuracy"),
        ("abc", "✗", "is a str"),
        (np.nan, "✗", "is a float"),
        ([], "✗", "is a list"),
        (lambda logits: 1, "✗", "TypeError"),
        (lambda logits, labels: None, "✗", "NoneType, not one number"),
        (lambda logits, labels: logits.argmax(axis=1) == labels, "✗", "Take the mean"),
        (lambda logits, labels: 100 * sound(logits, labels), "✗", "percent"),
        (lambda logits, labels: sound(logits, labels) * len(labels), "✗", "how many there are"),
        (lambda logits, labels: 1 - sound(logits, labels), "✗", "share of wrong"),
        (lambda logits, labels: (logits.argmax(axis=1) == labels).mean(), "✗", "makes a square"),
        (wrong_axis, "✗", "axis 1"),
        (lambda logits, labels: 0.5, "✗", "are right"),
        (without("nan"), "✗", "a logit is nan"),
        (without("lengths"), "✗", "20 rows"),
        (other_error, "✗", "RuntimeError"),
        (sound, "✓", "nonsense refused"),
        (lambda logits, labels: np.float32(sound(logits, labels)), "✓", "nonsense refused"),
    ],
)
def test_sound_accuracy(answer, mark, word, capsys):
    checks.sound_accuracy(answer)
    text = said(capsys)
    assert text.startswith(mark) and word in text


def by_bytes(train, test):
    known = {image.tobytes() for image in train}
    return np.array([image.tobytes() in known for image in test])


def likeness(train, test, corner=True, strength=True, least=0.995):
    def features(images):
        rows = []
        for image in images.astype(np.float32):
            top, left = image.max(axis=1).nonzero()[0][0], image.max(axis=0).nonzero()[0][0]
            rows.append(np.roll(image, (-top, -left), axis=(0, 1)).ravel() if corner else image.ravel())
        return np.array(rows) / (np.linalg.norm(rows, axis=1, keepdims=True) if strength else 1)

    if not strength:
        known = {row.tobytes() for row in features(train)}
        return np.array([row.tobytes() in known for row in features(test)])
    return (features(test) @ features(train).T).max(axis=1) > least


def fails(train, test):
    raise RuntimeError("not yet")


@pytest.mark.parametrize(
    ("answer", "mark", "word"),
    [
        (None, "…", "find_copies"),
        ("abc", "✗", "is a str"),
        ([], "✗", "is a list"),
        (fails, "✗", "RuntimeError: not yet"),
        (lambda train, test: None, "✗", "shape ()"),
        (lambda train, test: [True, False], "✗", "shape (2,)"),
        (lambda train, test: np.full(len(test), np.nan), "✗", "other values"),
        (lambda train, test: np.full(len(test), "abc"), "✗", "other values"),
        (lambda train, test: np.linspace(0, 1, len(test)), "✗", "other values"),
        (lambda train, test: np.zeros(len(test)), "✗", "no copy of every image"),
        (lambda train, test: np.ones(len(test)), "✗", "copy of every image"),
        (by_bytes, "✗", "moved 0 of 10"),
        (lambda train, test: ~by_bytes(train, test), "✗", "more likeness"),
        (lambda train, test: np.arange(len(test)) == 0, "✗", "exact ones"),
        (lambda train, test: likeness(train, test, corner=False), "✗", "one corner"),
        (lambda train, test: likeness(train, test, strength=False), "✗", "own strength"),
        (lambda train, test: likeness(train, test, least=0.95), "✗", "more likeness"),
        (likeness, "✓", "five degrees"),
        (lambda train, test: likeness(train, test).astype(int).tolist(), "✓", "five degrees"),
    ],
)
def test_find_copies(answer, mark, word, sample, capsys):
    checks.find_copies(answer, sample)
    text = said(capsys)
    assert text.startswith(mark) and word in text


def test_practice(sample):
    train, test, hidden = checks.practice(sample)
    assert train.shape == (600, 28, 28) and test.shape == (300, 28, 28) and hidden.sum() == 30
    found = likeness(train, test)
    assert found[hidden].sum() >= 28 and found[~hidden].sum() <= 3
    assert not np.array_equal(test, checks._hide(sample.train.images)[1])
