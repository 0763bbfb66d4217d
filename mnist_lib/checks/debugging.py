"""Checks of the exercises of notebook 10_when_training_breaks."""

import numpy as np

from mnist_lib.checks import close, number, say, short


def clues(batch_size, lowest_loss):
    """Exercise ``exercise-numbers``: a batch size from a summed first loss, and softmax twice with 26 classes."""
    if batch_size is None and lowest_loss is None:
        return say("…", "Two numbers: a batch size, and the lowest loss with 26 letters and softmax twice.")
    if batch_size is None or lowest_loss is None:
        return say(
            "…", f"One number is still missing: {'the batch size' if batch_size is None else 'the lowest loss'}."
        )
    size, lowest = number(batch_size), number(lowest_loss)
    if size is None or lowest is None:
        return say("✗", f"{'batch_size' if size is None else 'lowest_loss'} is not one number.")
    if not close(size, 64):
        mistakes = {
            147.37: "that is the loss itself. What does one digit cost when a model of ten classes guesses?",
            14.737: "you divided by ten, the number of classes. A guess costs the logarithm of ten.",
            147.37 / np.log2(10): "that is the logarithm to the base 2. The losses here are in nats: ln.",
            10: "ten is the number of classes. How many times ln 10 is 147.37?",
            147.37 * np.log(10): "you multiplied. How many times ln 10 is 147.37?",
        }
        hint = next(
            (why for value, why in mistakes.items() if close(size, value)),
            "not yet. A guess costs ln 10, and a batch of N digits, summed, costs N times that.",
        )
        return say("✗", f"batch_size: {hint}")
    n = 26
    right = np.log(1 + (n - 1) / np.e)
    if not close(lowest, right):
        mistakes = {
            np.log(1 + 9 / np.e): "that is for ten classes. Here one stands against twenty-five.",
            np.log(1 + n / np.e): "nearly: one letter is the right one, so the others are 25, not 26.",
            np.log(
                n
            ): "that is the loss of a guess. The best model says 1 for the right letter and 0 for the others, and then softmax is taken of these.",
            np.e / (np.e + n - 1): "that is the probability of the right letter. The loss is minus its logarithm.",
            -right: "the sign: the loss is minus the logarithm.",
            right / np.log(2): "that is in bits. The losses here are in nats: ln.",
        }
        hint = next((why for value, why in mistakes.items() if close(lowest, value)), None)
        if hint is None and abs(lowest) < 1e-6:
            hint = "0 is the floor of a sound model. Here softmax is taken of one 1 and twenty-five 0s."
        return say(
            "✗",
            f"lowest_loss: {hint or 'not yet. Take softmax of one 1 and twenty-five 0s, and minus the logarithm of the first.'}",
        )
    say(
        "✓",
        f"64, and {right:.3f}. A loss is a measurement, and you can read it like one: the first value tells what was averaged or summed, the floor what stands at the end of the model.",
    )


def sound_accuracy(function):
    """Exercise ``exercise-accuracy``: ``function(logits, labels)``, for three forms of labels, refusing nan."""
    if function is None:
        return say("…", "Write a function sound_accuracy(logits, labels) that returns one number.")
    if not callable(function):
        return say(
            "✗", f"sound_accuracy is a {type(function).__name__}; hand over the function itself, without calling it."
        )
    random = np.random.default_rng(0)
    for count in (12, 10, 40):  # with ten rows, a wrong axis is silent
        logits = random.normal(size=(count, 10))
        labels = np.where(np.arange(count) % 4 == 0, logits.argmax(axis=1), random.integers(0, 10, count))
        right = (logits.argmax(axis=1) == labels).mean()
        for form, given in (
            ("class numbers", labels),
            ("a column", labels[:, None]),
            ("one-hot rows", np.eye(10)[labels]),
        ):
            if problem := _wrong(function, logits, labels, given, right, form):
                return say("✗", problem)
    logits[3, 5] = np.nan
    for broken, given, what in (
        (logits, labels, "a logit is nan"),
        (np.zeros((20, 10)), labels, "there are 20 rows of logits and 40 labels"),
    ):
        try:
            answer = function(broken.copy(), given.copy())
        except ValueError:
            continue
        except Exception as problem:
            return say("✗", f"When {what}, it must raise a ValueError; yours raises {short(problem)}")
        return say(
            "✗",
            f"When {what}, yours returns {answer!s:.40}. It must raise a ValueError: an accuracy of nonsense must not be printed.",
        )
    say(
        "✓",
        "All three forms of labels, the right axis even with ten images, and nonsense refused. Put it where you measure: what stops with a message costs a minute, what passes in silence costs a week.",
    )


def _wrong(function, logits, labels, given, right, form):
    """Say what is wrong with the function's answer for one form of labels; None if nothing is."""
    try:
        answer = function(logits.copy(), given.copy())
    except Exception as problem:
        return f"With labels as {form}, {given.shape}, it stops: {short(problem)}"
    value = number(answer)
    if value is None or np.ndim(answer) != 0:
        return (
            f"With labels as {form} it returns {type(answer).__name__}, not one number. Take the mean over all digits."
        )
    if np.isclose(value, right):
        return None
    predictions = logits.argmax(axis=1)
    if np.isclose(value, 100 * right):
        return "That is in percent. An accuracy here is from 0 to 1."
    if np.isclose(value, right * len(labels)):
        return "That is the number of right answers. Divide by how many there are: the mean."
    if np.isclose(value, 1 - right):
        return "That is the share of wrong answers."
    if form == "a column" and np.isclose(value, (predictions == labels[:, None]).mean()):
        return f"A column makes a square: {len(labels)} predictions against {len(labels)} rows, everyone with everyone. Flatten it first."
    if len(labels) == 10 and np.isclose(value, (logits.argmax(axis=0) == labels).mean()):
        return "With ten images it is wrong: argmax went down the columns. The digits lie along axis 1."
    return f"With {len(labels)} images and labels as {form} it says {value:.3f}; {right:.3f} are right. Bring the labels to shape (N,) first."


KINDS = "exact", "moved", "darkened"


def practice(data):
    """Images to practise exercise ``exercise-copies`` on: 600, 300, and which of the 300 are copies."""
    train, test, kind = _hide(data.train.images, seed=11)
    return train, test, kind >= 0


def find_copies(function, data):
    """Exercise ``exercise-copies``: ``function(train_images, test_images)`` finds hidden copies, changed or not."""
    if function is None:
        return say("…", "Write find_copies(train_images, test_images): one True or False for each test image.")
    if not callable(function):
        return say(
            "✗", f"find_copies is a {type(function).__name__}; hand over the function itself, without calling it."
        )
    train, test, kind = _hide(data.train.images)
    try:
        answer = np.asarray(function(train.copy(), test.copy()))
    except Exception as problem:
        return say("✗", f"Your function stops: {short(problem)} It gets images (600, 28, 28) and (300, 28, 28), bytes.")
    if answer.shape != (len(test),):
        return say(
            "✗", f"Your function returns shape {answer.shape}; expected (300,): one True or False for each test image."
        )
    if answer.dtype != bool and not np.isin(answer, (0, 1)).all():
        return say(
            "✗", "Your function returns other values than True and False. Compare its likeness with a threshold."
        )
    answer = answer.astype(bool)
    found = {name: int(answer[kind == i].sum()) for i, name in enumerate(KINDS)}
    alarms = int(answer[kind == -1].sum())
    counts = ", ".join(f"{name} {found[name]} of 10" for name in KINDS) + f", false alarms {alarms} of 270"
    if answer.all() or not answer.any():
        return say(
            "✗",
            f"It says {'copy' if answer.all() else 'no copy'} of every image. Compare each with all training images.",
        )
    if alarms > 3:
        return say("✗", f"{counts}. Different digits resemble each other: ask for more likeness.")
    if found["exact"] < 9:
        return say("✗", f"{counts}. Start with the exact ones: equal images have equal bytes.")
    if found["moved"] < 9:
        return say(
            "✗",
            f"{counts}. A moved copy has the same ink in another place: move all ink into one corner before you compare.",
        )
    if found["darkened"] < 9:
        return say(
            "✗",
            f"{counts}. A darkened copy has the same ink, weaker: divide each image by its own strength before you compare.",
        )
    say(
        "✓",
        f"{counts}. A search for copies is as good as its idea of what a copyist does. What would find copies that were turned by five degrees?",
    )


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
