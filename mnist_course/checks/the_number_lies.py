"""Checks of the exercises of lesson 17_the_number_lies."""

import numpy as np

from mnist_course.checks.engine import ELSE, RIGHT, number, numbers, of_function, recognised, short


def _sound(logits, labels):
    """A function as the exercise asks for it."""
    if np.isnan(logits).any() or len(logits) != len(labels):
        raise ValueError("no accuracy of nonsense")
    if labels.ndim == 2:
        labels = labels[:, 0] if labels.shape[1] == 1 else labels.argmax(axis=1)
    return (logits.argmax(axis=1) == labels).mean()


@of_function(
    "sound_accuracy",
    "Write a function sound_accuracy(logits, labels) that returns one number.",
    slips={
        "number": "With labels as {} it returns {}, not one number. Take the mean over all digits.",
        "percent": "That is in percent. An accuracy here is from 0 to 1.",
        "count": "That is the number of right answers. Divide by how many there are: the mean.",
        "wrong": "That is the share of wrong answers.",
        "square": "A column makes a square: each prediction against each row, everyone with everyone. Flatten it first.",
        "axis": "With ten images it is wrong: argmax went down the columns. The digits lie along axis 1.",
        "other": "With {} images and labels as {} it says {:.3f}; {:.3f} are right. Bring the labels to shape (N,) first.",
        "nan": "When a logit is nan, yours returns {!s:.40}. It must raise a ValueError: an accuracy of nonsense must not be printed.",
        "rows": "When there are 20 rows of logits and 40 labels, yours returns {!s:.40}. It must raise a ValueError: an accuracy of nonsense must not be printed.",
        "other error": "When {}, it must raise a ValueError; yours raises {}",
    },
    wrong={
        "percent": lambda logits, labels: 100 * _sound(logits, labels),
        "count": lambda logits, labels: len(labels) * _sound(logits, labels),
        "wrong": lambda logits, labels: 1 - _sound(logits, labels),
        "square": lambda logits, labels: (logits.argmax(axis=1) == labels).mean(),
        "axis": lambda logits, labels: _sound(logits.T if len(labels) == 10 else logits, labels),
    },
    praise="All three forms of labels, the right axis even with ten images, and nonsense refused. Put it where you measure: what stops with a message costs a minute, what passes in silence costs a week.",
)
def sound_accuracy(function):
    """Exercise ``exercise-accuracy``: ``function(logits, labels)``, for three forms of labels, refusing nan."""
    random = np.random.default_rng(0)
    for count in (12, 10, 40):  # with ten rows, a wrong axis is silent
        logits = random.normal(size=(count, 10))
        labels = np.where(np.arange(count) % 4 == 0, logits.argmax(axis=1), random.integers(0, 10, count))
        forms = {"class numbers": labels, "a column": labels[:, None], "one-hot rows": np.eye(10)[labels]}
        for form, given in forms.items():
            answer = function(logits, given, about=f"With labels as {form}, {given.shape}, your function")
            value, right = number(answer), _sound(logits, labels)
            yield "number", value is None, form, type(answer).__name__
            if not np.isclose(value, right):
                yield from recognised(sound_accuracy, value, logits, given, same=np.isclose)
                yield "other", True, count, form, value, right
    logits[3, 5] = np.nan
    nonsense = {
        "nan": ("a logit is nan", logits),
        "rows": ("there are 20 rows of logits and 40 labels", np.zeros((20, 10))),
    }
    for key, (what, broken) in nonsense.items():
        try:
            yield key, True, function.plain(broken.copy(), labels.copy())
        except ValueError:
            continue
        except Exception as problem:
            yield "other error", True, what, short(problem)


KINDS = "exact", "moved", "paler"
FOUND = "exact {} of 10, moved {} of 10, paler {} of 10, false alarms {} of 270."


def practice(data):
    """Images to practise exercise ``exercise-copies`` on: 600, 300, and which of the 300 are copies."""
    train, test, kind = _hide(data.train.images, seed=11)
    return train, test, kind >= 0


@of_function(
    "find_copies",
    "Write find_copies(train_images, test_images): one True or False for each test image.",
    read=np.asarray,
    takes="It gets images (600, 28, 28) and (300, 28, 28), bytes.",
    slips={
        "shape": "Your function returns shape {}; expected (300,): one True or False for each test image.",
        "values": "Your function returns other values than True and False. Compare its likeness with a threshold.",
        "all": "It says copy of every image. Compare each with all training images.",
        "none": "It says no copy of every image. Compare each with all training images.",
        "alarms": f"{FOUND} Different digits resemble each other: ask for more likeness.",
        "exact": f"{FOUND} Start with the exact ones: equal images have equal bytes.",
        "moved": f"{FOUND} A moved copy has the same ink in another place: move all ink into one corner before you compare.",
        "paler": f"{FOUND} A paler copy has the same ink, weaker: divide each image by its own strength before you compare.",
    },
    praise=f"{FOUND} A search for copies is as good as its idea of what a copyist does. What would find copies that were turned by five degrees?",
)
def find_copies(function, data):
    """Exercise ``exercise-copies``: ``function(train_images, test_images)`` finds hidden copies, changed or not."""
    train, test, kind = _hide(data.train.images)
    answer = function(train, test)
    yield "shape", answer.shape != (len(test),), answer.shape
    yield "values", answer.dtype != bool and not np.isin(answer, (0, 1)).all()
    answer = answer.astype(bool)
    yield "all", answer.all()
    yield "none", not answer.any()
    found = [int(answer[kind == i].sum()) for i in (*range(len(KINDS)), -1)]
    yield "alarms", found[-1] > 3, *found
    for name, count in zip(KINDS, found, strict=False):
        yield name, count < 9, *found
    yield RIGHT, True, *found


@numbers(
    "Two words, one for each unknown patient: pixels, axis, mode, overfit, leak, seed, majority or turned.",
    z={
        "majority": RIGHT,
        "pixels": "its sets have the same range. Count its labels, and its answers.",
        "axis": "accuracy() names the axis. Count its labels, and its answers.",
        "mode": "asked twice and alone it says the same. Count its labels, and its answers.",
        "overfit": "its training loss is far from zero. Count its labels, and its answers.",
        "leak": "none of its test digits is among its training digits. Count its labels, and its answers.",
        "seed": "other seeds end in the same way. Count its labels, and its answers.",
        "turned": "its images stand upright. Count its labels, and its answers.",
        ELSE: "choose one of the eight words.",
    },
    w={
        "turned": RIGHT,
        "pixels": "its sets have the same range. Draw images of its .split with their labels, from the second half too.",
        "axis": "accuracy() names the axis. Draw images of its .split with their labels, from the second half too.",
        "mode": "asked twice and alone it says the same. Draw images of its .split, from the second half too.",
        "overfit": "its training loss is high as well. Draw images of its .split, from the second half too.",
        "leak": "a leak makes the test look too good; this one is worse. Draw images of its .split.",
        "seed": "other seeds end in the same way. Draw images of its .split, from the second half too.",
        "majority": "its digits are about equally frequent. Draw images of its .split, from the second half too.",
        ELSE: "choose one of the eight words.",
    },
    praise="Right, both. No number of theirs was wrong: the question was. Ask what the number is measured on before you ask how large it is.",
)
def diagnosis(z, w):
    """Exercise ``exercise-diagnosis``: what is wrong with the patients Z and W, a word for each."""


def _hide(images, seed=10):
    """Return 600 training images, 300 test images with 30 copies among them, and the copies' kinds (-1: none)."""
    random = np.random.default_rng(seed)
    train, test = images[:600].copy(), images[600:900].copy()
    kind = np.full(300, -1)
    places = random.permutation(300)[:30]
    frame = np.ones((28, 28), bool)
    frame[3:-3, 3:-3] = False
    movable = np.flatnonzero(~train[:, frame].any(axis=1))  # so that no ink is lost
    for i, (place, original) in enumerate(zip(places, random.permutation(movable)[:30], strict=True)):
        kind[place], copy = i % 3, train[original]
        if i % 3 == 1:
            copy = np.roll(copy, [(1, 0), (0, -2), (-1, 1), (2, 2), (0, 1)][i // 3 % 5], axis=(0, 1))
        elif i % 3 == 2:
            copy = np.rint(copy * random.uniform(0.6, 0.9)).astype(np.uint8)
        test[place] = copy
    return train, test, kind
