"""Checks of the exercises of lesson 14."""

import numpy as np

from mnist_course.checks.engine import ELSE, ODD, RIGHT, numbers, of_function

OF_RIGHT, OF_WRONG = -0.82 * np.log(0.82), -0.18 * np.log(0.02)  # parts of the lowest loss


@numbers(
    "Fill in two numbers: the best probability of the right digit, and the loss there.",
    best={
        0.82: RIGHT,
        0.8: "the share that is taken away is spread over all ten digits, so the right one gets a tenth of it back.",
        1.0: "with a probability of 1 the nine others get 0, and the loss asks for a little of each.",
        0.91: "that is for the smoothing of a tenth, as in the text. Here it is 0.2.",
        0.02: "that is the label of each wrong digit. What does the label say for the right one?",
        ELSE: "not yet. Cross-entropy is lowest where the probabilities equal the soft label. What does it say for the right digit?",
    },
    lowest={
        OF_RIGHT + OF_WRONG: RIGHT,
        0.0: "zero is out of reach: to get there, ten probabilities would all have to be 1.",
        OF_RIGHT: "that is the right digit's part of the sum. Nine more follow.",
        OF_WRONG: "that is the part of the nine wrong digits. The right one is missing.",
        OF_RIGHT + OF_WRONG / 9: "that counts one wrong digit. There are nine.",
        -np.log(0.82): "that is the loss against a plain label. The softened one asks about all ten digits.",
        (OF_RIGHT + OF_WRONG) / np.log(2): "that is in bits. Use the natural logarithm.",
        ELSE: "not yet. Put the soft label for p into the sum over all ten digits.",
    },
    praise="{1:.3f}, and no network gets below it: a loss of smoothed training is not to be compared with one of plain training. Compare what both do on validation digits.",
)
def softest_loss(best, lowest):
    """Exercise ``exercise-bottom``: smoothing 0.2; the best probability of the right digit, and the loss there."""


OLD, NEW = np.array([25, 17, 18]).var(ddof=1), np.array([19, 14, 18]).var(ddof=1)  # of one training
ERROR = np.sqrt((OLD + NEW) / 3)
ONE = "that divides by the spread of one training. A mean of three is surer than that."
MEAN = "that divides by the standard error of one mean. Both are uncertain: their squares add up."
APART = {
    3 / ERROR: RIGHT,
    3 / np.sqrt(OLD): ONE,
    3 / np.sqrt(NEW): ONE,
    3 / np.sqrt(OLD / 3): MEAN,
    3 / np.sqrt(NEW / 3): MEAN,
    3 / (np.sqrt(OLD / 3) + np.sqrt(NEW / 3)): "standard errors do not add up, their squares do.",
    3
    / ERROR
    * np.sqrt(3 / 2): "the squares were divided by m. With so few runs it has to be m - 1 (np.std(..., ddof=1)).",
    3.0: "that is the difference in mistakes. Divide it by its standard error.",
    ERROR: "that is the standard error of the difference. How often does it fit into the difference?",
}
LUCK = "about one standard error. Two equal recipes differ by more than that in one comparison of three."
OPEN = "open is for two to three standard errors. This is about one."


@numbers(
    'Fill in how many standard errors the two means are apart, and "shown", "open" or "not shown".',
    apart={
        **APART,
        **{-value: why for value, why in APART.items()},
        ELSE: "not yet. Difference of the means, divided by the root of the sum of both squared standard errors.",
    },
    verdict={"not shown": RIGHT, "shown": LUCK, "open": OPEN, ODD: LUCK, ELSE: LUCK},
    praise="About one standard error: two equal recipes differ by more than that in one comparison of three. Before you believe in the second recipe, train more often; before you tell others, much more often.",
)
def shown_or_not(apart, verdict):
    """Exercise ``exercise-luck``: mistakes 25, 17, 18 against 19, 14, 18: standard errors between them, verdict."""


@of_function(
    "vary_my_way",
    "Write vary_my_way(images, seed) and hand it over: the check looks at its shape, its seed and its strength.",
    slips={
        ODD: "It does not run in a graph: {} Use TensorFlow's operations; images are uint8 (N, 28, 28), seed is int32 (2,).",
        "shape": "It returns shape {} for images of shape {}; both must be the same.",
        "range": "Its pixels go from {:.0f} to {:.0f}; they must stay within 0 and 255 (tf.clip_by_value).",
        "twice": "The same seed gives two results. Draw with tf.random.stateless_…(seed=seed), or a training cannot be repeated.",
        "nothing": "It leaves all images as they are.",
        "seed": "Another seed gives the same result: every epoch would see the same digits. Let it draw with the seed.",
        "alike": "All images of a batch are changed in the same way. Draw one number (or more) for each image: shape (N, …).",
        "strong": "The network reads {:.1%} of the digits as they are, and {:.1%} of yours. Would you read them? Look at a few, with plots.show_digits, and make the change weaker.",
    },
    praise="Right shape, repeatable, each image in its own way; the network reads {1:.1%} of your digits, and {0:.1%} of the originals. Now the only question that counts: train with it for several seeds, and compare on validation.",
)
def own_variation(function, model, data):
    """Exercise ``exercise-vary``: a function (images, seed) for ``augment``, tried on digits that ``model`` reads."""
    import tensorflow as tf

    from mnist_lib.evaluation import predict

    in_graph = tf.function(lambda images, seed: tf.cast(function.plain(images, seed), tf.float32))

    def varied(images, *seed):
        return in_graph(tf.constant(images), tf.constant(seed)).numpy()

    images, labels = data.validation.images[:300], data.validation.labels[:300]
    first, again, other = varied(images, 0, 1), varied(images, 0, 1), varied(images, 0, 2)
    yield "shape", first.shape != images.shape, first.shape, images.shape
    yield "range", not (np.isfinite(first) & (first >= 0) & (first <= 255)).all(), first.min(), first.max()
    yield "twice", (first != again).any()
    yield "nothing", np.array_equal(first, images)
    yield "seed", np.array_equal(first, other)
    yield "alike", len(np.unique(varied(np.repeat(images[:1], 20, axis=0), 0, 1), axis=0)) < 10
    read = [float((predict(model, some).argmax(axis=1) == labels).mean()) for some in (images, first)]
    yield "strong", read[1] < read[0] - 0.15, *read
    yield RIGHT, True, *read
