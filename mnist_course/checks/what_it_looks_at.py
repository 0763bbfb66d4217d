"""Checks of the exercises of lesson 10_what_it_looks_at."""

import numpy as np

from mnist_course.checks.engine import ELSE, RIGHT, array, numbers, of_function, recognised


def _log_ratio(before, after, meaning):
    """A place of an occlusion map, and what the slips give."""
    return {
        np.log(before / after): RIGHT,
        np.log(after / before): "the sign. The map is the logarithm before, minus the logarithm with the patch.",
        np.log10(before / after): "you used the logarithm to base 10. Take the natural one, np.log.",
        before - after: "that is a difference of probabilities. The map takes their logarithms.",
        before / after: "that is the ratio. Take its logarithm.",
        ELSE: f"not yet. {meaning}",
    }


BAR, DOT = (
    _log_ratio(0.48, 0.06, "The logarithm of 0.48, minus that of 0.06."),
    _log_ratio(0.48, 0.96, "The logarithm of 0.48, minus that of 0.96."),
)


@numbers(
    "Fill in two numbers: the occlusion map at the bar, then at the dot.",
    bar=BAR,
    dot=DOT,
    together={(next(iter(DOT)), next(iter(BAR))): "The two are swapped: covering the bar hurts, so it is above 0."},
    praise="An eighth of the probability is three times as far as twice of it, and to the other side: logarithms make factors comparable. Red on the bar, blue on the dot.",
)
def occlusion(bar, dot):
    """Exercise ``exercise-map``: an occlusion map where 0.48 becomes 0.06, and where it becomes 0.96."""


def _lost(change):
    """An answer to the exercise, for a way to change a column: (table, column, random) -> table."""

    def importance(answer, table, labels, random):
        before = np.mean(answer(table) == labels)
        return np.array([before - np.mean(answer(change(table, k, random)) == labels) for k in range(table.shape[1])])

    return importance


def _shuffled(table, column, random):
    table = table.copy()
    table[:, column] = random.permutation(table[:, column])
    return table


def _zero(table, column, random):
    table = table.copy()
    table[:, column] = 0
    return table


def _in_place(table, column, random):
    table[:, column] = random.permutation(table[:, column])
    return table


SOLUTION = _lost(_shuffled)


@of_function(
    "importance",
    "Write the function: a model, a table and its labels in, the accuracy lost with each column out.",
    empty="Return an array: the accuracy lost, one number a column.",
    read=array,
    takes="It gets answer(table), table, labels and a generator.",
    slips={
        "shape": "You return shape {} for a table of three columns; expected (3,).",
        "gained": "The sign: a column that the model needs has a positive number. Accuracy before, minus accuracy after.",
        "after": "You return the accuracy that is left. How much is lost?",
        "rows": "You lose {:.2f} with a column that the model does not use: did you shuffle whole rows, or the labels?",
        "zero": "You return {} there: as if you had set the column to one value. Shuffle the values that are there.",
        "in_place": "You return {} there: each column was shuffled, and stayed so for the next. Copy the table first.",
        "nothing": "Nothing is lost anywhere. random.permutation returns a shuffled copy, and leaves its argument alone.",
        "other": "You return {} there; expected about {}.",
    },
    wrong={
        "gained": lambda *given: -SOLUTION(*given),
        "after": lambda answer, table, labels, random: (
            np.mean(answer(table) == labels) - SOLUTION(answer, table, labels, random)
        ),
        "rows": _lost(lambda table, column, random: random.permutation(table)),
        "zero": _lost(_zero),
        "in_place": lambda answer, table, labels, random: _lost(_in_place)(answer, table.copy(), labels, random),
        "nothing": _lost(lambda table, column, random: table),
    },
    praise="The third column could be left out of the form. Beware of columns that hang together: shuffled apart, they make customers that do not exist.",
)
def importance(function):
    """Exercise ``exercise-columns``: permutation importance of a table with three columns."""
    table = np.random.default_rng(0).normal(1.5, 1.0, (4000, 3))

    def answer(table):
        return (table[:, 0] + 0.6 * table[:, 1] > 2.4).astype(int)

    labels = answer(table)
    lost, expected = (
        function(answer, table, labels, np.random.default_rng(1)),
        SOLUTION(answer, table, labels, np.random.default_rng(1)),
    )
    shown, right = ", ".join(f"{one:.2f}" for one in np.ravel(lost)[:4]), ", ".join(f"{one:.2f}" for one in expected)
    yield "shape", lost.shape != (3,), lost.shape

    def near(one, other):
        return np.shape(one) == np.shape(other) and np.allclose(one, other, atol=0.03)

    if not near(lost, expected):
        yield "nothing", near(lost, np.zeros(3))
        for key, same in recognised(importance, lost, answer, table, labels, np.random.default_rng(2), same=near):
            yield key, same, lost[2] if key == "rows" else shown
        yield "other", True, shown, right


@of_function(
    "own_vary",
    "Write the function: a digit and a generator in, a varied digit out.",
    empty="Return a digit: (28, 28) of uint8.",
    read=np.asarray,
    slips={
        "form": "You return shape {} of {}; a digit is (28, 28) of uint8.",
        "nothing": "Nothing changes: every digit comes back as it was.",
        "chance": "The same digit always becomes the same variation. Ask the generator: random.integers, random.uniform.",
        "inverted": "The paper has become ink: MNIST's paper is 0. Did you invert?",
        "lost": "Much of the ink is lost, in at least one digit of ten: worn away, or pushed out of the image.",
        "thick": "Three times as much ink as before: a loop that runs full makes an 8 of a 0. Thicken less.",
        "turned": "Many digits come back {}. That changes the answer: a mirrored 2 is none, and a 6 on its head is a 9.",
        "unlike": "Hardly any digit resembles what it was. A person should still read each of them.",
    },
    praise="Form, chance and answer are kept. Whether a model gains by it, its own validation digits will not say, for they are tidy: ask pictures that vary in that way.",
)
def vary(function, images):
    """Exercise ``exercise-vary``: a random variation of a digit that keeps what digit it is."""
    images, random, varied = np.asarray(images)[:60], np.random.default_rng(1), []
    for image in images:
        varied.append(function(image, random))
        yield "form", varied[-1].shape != (28, 28) or varied[-1].dtype != np.uint8, varied[-1].shape, varied[-1].dtype
    varied = np.stack(varied)
    yield "nothing", np.array_equal(images, varied)
    again = [function(images[0], np.random.default_rng(seed)) for seed in range(20)]
    yield "chance", all(np.array_equal(one, again[0]) for one in again)
    share = varied.astype(float).sum(axis=(1, 2)) / images.astype(float).sum(axis=(1, 2))
    yield "inverted", np.median(varied[:, [0, 0, 27, 27], [0, 27, 0, 27]]) > 127
    yield "lost", np.quantile(share, 0.1) < 0.35
    yield "thick", np.median(share) > 3
    straight = _alike(varied, images)
    turns = {"upside down": np.s_[:, ::-1, ::-1], "left for right": np.s_[:, :, ::-1], "top for bottom": np.s_[:, ::-1]}
    for how, turn in turns.items():
        yield "turned", (_alike(varied, images[turn]) > straight + 0.05).mean() > 0.2, how
    yield "unlike", np.median(straight) < 0.4


def _alike(first, second):
    """The best correlation of each pair of images, over shifts by up to four pixels."""
    first = first.reshape(len(first), -1).astype(float)
    first = (first - first.mean(axis=1, keepdims=True)) / (first.std(axis=1, keepdims=True) + 1e-9)
    best = np.full(len(first), -1.0)
    for shift in np.ndindex(5, 5):
        other = (
            np.roll(second, (2 * shift[0] - 4, 2 * shift[1] - 4), axis=(1, 2)).reshape(len(second), -1).astype(float)
        )
        other = (other - other.mean(axis=1, keepdims=True)) / (other.std(axis=1, keepdims=True) + 1e-9)
        best = np.maximum(best, (first * other).mean(axis=1))
    return best
