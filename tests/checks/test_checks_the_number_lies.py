"""The exercises of lesson 17, and the patients that they ask about."""

import numpy as np
import pytest

from mnist_course.checks import the_number_lies as checks


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


def other_error(logits, labels):
    try:
        return sound(logits, labels)
    except ValueError:
        raise RuntimeError("no") from None


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


RIGHT = {
    "diagnosis": [("majority", "turned"), ("Majority ", " TURNED")],
    "sound_accuracy": [sound, lambda logits, labels: np.float32(sound(logits, labels))],
    "find_copies": [likeness, lambda train, test: likeness(train, test).astype(int).tolist()],
}
WRONG = {
    "sound_accuracy": {
        "number": lambda logits, labels: logits.argmax(axis=1) == labels,
        "other": lambda logits, labels: 0.5,
        "nan": without("nan"),
        "rows": without("lengths"),
        "other error": other_error,
    },
    "find_copies": {
        "shape": lambda train, test: [True, False],
        "values": lambda train, test: np.linspace(0, 1, len(test)),
        "all": lambda train, test: np.ones(len(test)),
        "none": lambda train, test: np.zeros(len(test)),
        "alarms": lambda train, test: likeness(train, test, least=0.95),
        "exact": lambda train, test: np.arange(len(test)) == 0,
        "moved": lambda train, test: likeness(train, test, corner=False),
        "paler": lambda train, test: likeness(train, test, strength=False),
    },
}


def test_what_is_said_of_sound_accuracy():
    def say(function):
        return checks.sound_accuracy.verdict(function).text

    assert "not one number. Take the mean" in say(lambda logits, labels: [1])
    assert "0.500; " in say(lambda logits, labels: 0.5)
    assert "yours raises RuntimeError: no" in say(other_error)


def test_what_is_said_of_copies(sample):
    assert "moved 0 of 10" in checks.find_copies.verdict(by_bytes, sample).text
    assert "more likeness" in checks.find_copies.verdict(lambda train, test: ~by_bytes(train, test), sample).text
    for value in (np.nan, "abc"):
        assert checks.find_copies.verdict(lambda train, test, v=value: np.full(len(test), v), sample).slip == "values"


def test_practice(sample):
    train, test, hidden = checks.practice(sample)
    assert train.shape == (600, 28, 28) and test.shape == (300, 28, 28) and hidden.sum() == 30
    found = likeness(train, test)
    assert found[hidden].sum() >= 28 and found[~hidden].sum() <= 3
    assert not np.array_equal(test, checks._hide(sample.train.images)[1])


@pytest.fixture(scope="module")
def patients():
    from mnist_lib import quiet_start

    with quiet_start():
        from mnist_course import patients
    return patients


@pytest.mark.slow
def test_z_shows_its_majority_and_w_its_turned_copies(patients, sample):
    few = patients.few_digits(sample)
    z = patients.admit("Z", few)
    answers = np.asarray(z.model(z.test.images)).argmax(axis=1)
    assert (
        (answers == 1).mean() > 0.9 and (z.test.labels == 1).mean() > 0.8 and patients.accuracy(z.model, z.test) > 0.8
    )
    assert patients.accuracy(z.model, few.validation) < 0.2
    w, half = patients.admit("W", few), len(few.train.labels)
    np.testing.assert_array_equal(w.split.images[half:], few.train.images[:, ::-1, ::-1])
    assert patients.accuracy(w.model, few.validation) < patients.accuracy(
        patients.admit("healthy", few).model, few.validation
    )


def test_flattery_needs_a_choice(patients):
    right = np.random.default_rng(0).random((50, 2000)) < 0.8
    gaps = patients.flattery(right, [1, 50], 100, games=100)
    assert abs(gaps[0]) < 1.5 and gaps[1] > 5
    assert np.abs(patients.flattery(right, [1, 50], 100, 400, games=100)).max() < 1.5


def test_photographs_and_their_two_ways_round(patients, sample):
    forms = patients.taken_for_photographs(sample.validation)
    assert {*np.unique(forms["1 - image"].images)} >= {1, 2} and forms["255 - image"].images.dtype == np.uint8
    labels = forms["photograph"].labels
    assert sorted(labels) == sorted(sample.validation.labels)
    np.testing.assert_array_equal(forms["255 - image"].images, 255 - forms["photograph"].images)
