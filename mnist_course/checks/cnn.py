"""Checks of the exercises of lesson 06_cnn."""

import numpy as np

from mnist_course.checks.engine import ELSE, ODD, RIGHT, array, exercise, numbers
from mnist_course.checks.networks import accuracy_of, largest, of_network

CONVOLUTIONS = 320 + 18_496 + 36_928
DENSE = 64 * 64 + 64 + 64 * 10 + 10


@numbers(
    "Fill in how many numbers the first dense layer gets, and the parameters of the whole network.",
    numbers_in={
        64: RIGHT,
        576: "that is with the flatten, 3 by 3 places of 64 maps. The mean makes one number of each map.",
        9: "nine are the places of a map. Their mean is one number, and there are 64 maps.",
        1: "one number for each map, not one for all of them.",
        32: "that is the number of maps after the first convolution. The mean comes after the third.",
        ELSE: "not yet. How many maps come out of the third convolution? Each gives its mean.",
    },
    parameters={
        CONVOLUTIONS + DENSE: RIGHT,
        93_322: "that is with the flatten. The first dense layer gets fewer numbers now, so it has fewer weights.",
        CONVOLUTIONS: "those are the convolutions. The two dense layers are still there.",
        DENSE: "those are the two dense layers. The convolutions are still there.",
        CONVOLUTIONS + DENSE - 64: "the 64 biases of the first dense layer are missing.",
        CONVOLUTIONS + DENSE - 10: "the ten biases of the last layer are missing.",
        CONVOLUTIONS + DENSE - 74: "the biases of the dense layers are missing, 64 and 10.",
        CONVOLUTIONS + 64 * 64 + 64: "the last layer is missing: 64 numbers to 10 logits.",
        CONVOLUTIONS + 650: "the first dense layer is missing: 64 numbers to 64 units.",
        93_322 - 36_928: "you left the first dense layer away. It stays, with 64 numbers to read.",
        CONVOLUTIONS + 128 + 650: "that is for one number that comes in. There are 64, one for each map.",
        93_322 - 576: "576 numbers fewer? The 512 places that went had 64 weights each.",
        ELSE: "not yet. Only the first dense layer changes: numbers in, times 64, plus 64.",
    },
    praise="64 numbers and 60,554 parameters. Where in the map something was found is forgotten: that is what makes such a network less afraid of a shift.",
)
def averaged(numbers_in, parameters):
    """Exercise ``exercise-mean``: the CNN with the mean of each map in place of the flatten."""


PIXELS = np.arange(784).reshape(28, 28)


def _torn(where):
    """Count neighbours, to the right and below, that are no neighbours any more; ``where`` holds pixels' new places."""
    rows, columns = where // 28, where % 28
    apart = [sum(np.abs(np.diff(one, axis=axis)) for one in (rows, columns)) for axis in (0, 1)]
    return int(sum((one != 1).sum() for one in apart))


@exercise(
    "Fill in an array of 784 numbers: which old pixel comes to each new place.",
    slips={
        ODD: "order: expected 784 whole numbers, each of 0 to 783 once.",
        "size": "order: its shape is {}; expected 784 numbers.",
        "once": "order: {:,} of the numbers 0 to 783 are missing. Every pixel must come to one place.",
        "same": "That leaves every pixel where it is. Find another.",
        "rolled": "Close: the digits are only moved in a ring, and {} of 1,512 pairs of neighbours are torn, at the seam. There is one with no seam.",
        "torn": "{:,} of the 1,512 pairs of neighbours are no neighbours any more. Which changes keep all of them together?",
    },
    wrong={
        "size": np.arange(28),
        "once": np.zeros(784),
        "same": PIXELS,
        "rolled": np.roll(PIXELS, 3, axis=1),
        "torn": np.random.default_rng(0).permutation(784),
    },
    praise="All 1,512 pairs of neighbours stay together: the picture is turned or mirrored, and turned or mirrored kernels find in it what the old ones found. It is the neighbourhood that counts, not the place.",
)
def harmless_order(order):
    """Exercise ``exercise-order``: a rearrangement of the pixels that a CNN does not mind."""
    order = array(order)
    yield "size", order.size != 784, order.shape
    order = order.ravel()
    yield "once", not np.array_equal(np.sort(order), PIXELS.ravel()), len({*range(784)} - {*order.tolist()})
    yield "same", np.array_equal(order, PIXELS.ravel())
    where = np.argsort(order).reshape(28, 28)
    torn = _torn(where)
    rings = (np.roll(PIXELS, (down, right), axis=(0, 1)) for down in range(28) for right in range(28))
    yield "rolled", any(np.array_equal(where, one) for one in rings), torn
    yield "torn", torn > 0, torn


BARS = 0.985, 0.93  # on MNIST, on the sample


@of_network(
    "Build and train a CNN of at most 30,000 parameters; the bar is {:.1%} of the validation digits.",
    bars=BARS,
    slips={
        "large": "{:,} parameters, {:,} too many. The largest layer is {} with {:,}: fewer feature maps there, or more pooling before it.",
        "flat": "There is no convolution in it. Let it look at neighbours.",
        "low": "{:.2%} of the validation digits with {:,} parameters; the bar is {:.1%}. More feature maps, one more epoch, or a learning rate that decays?",
    },
    praise="{:.2%} of the validation digits with {:,} parameters, {:.0%} of the large one's. A small model is quicker to train, to load and to ask: how small can you go?",
)
def small_cnn(model, data):
    """Exercise ``exercise-small``: a CNN of at most 30,000 parameters above a bar on ``data.validation``."""
    parameters = model.count_params()
    yield "large", parameters > 30_000, parameters, parameters - 30_000, *largest(model)
    yield "flat", not any("Conv" in type(layer).__name__ for layer in model.layers)
    accuracy, bar = yield from accuracy_of(model, data, BARS)
    yield "low", accuracy < bar, accuracy, parameters, bar
    yield RIGHT, True, accuracy, parameters, parameters / 93_322
