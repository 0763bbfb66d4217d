"""Checks of the exercises of notebook 05_cnn."""

import numpy as np

from mnist_course.checks.engine import ELSE, ODD, RIGHT, array, exercise, numbers
from mnist_course.checks.networks import accuracy_of, largest, of_network


@numbers(
    "Fill in the shape, (height, width, channels), and the number of parameters.",
    shape={
        (12, 12, 16): RIGHT,
        (lambda shape: len(shape) != 3): "expected three numbers, (height, width, channels), without the batch axis.",
        (
            lambda shape: shape[2] != 16
        ): "the last number is the count of feature maps, one for each kernel. The three colours are summed over.",
        (24, 24, 16): "that is with stride 1. With stride 2 the window skips every second place.",
        (14, 14, 16): 'that is "SAME". "VALID" adds no zeros round the image.',
        (13, 13, 16): "that is for a kernel of 3. This one is 5 wide.",
        (11, 11, 16): "one place is missing: the window starts at 0 as well. Divide 28 - 5 by 2, round down, add 1.",
        (11.5, 11.5, 16): "half a place? Divide 28 - 5 by 2, round down, add 1.",
        (12.5, 12.5, 16): "half a place? Divide 28 - 5 by 2, round down, add 1.",
        (28, 28, 16): "without padding, a window of 5 cannot stand on every pixel; and its stride is 2.",
        ODD: "give three numbers in brackets, (height, width, channels).",
        ELSE: "not yet. Where does the window start, first and last, in steps of two?",
    },
    parameters={
        1216: RIGHT,
        1200: "the biases are missing: one for each of the 16 kernels.",
        416: "that is for a grey image. Each kernel is as deep as the image has channels.",
        400: "that is for a grey image, and without biases. Each kernel is three channels deep.",
        1248: "one bias for each kernel, not one for each kernel and channel.",
        1203: "one bias for each feature map that goes out, not for each channel that comes in.",
        448: "that is for a kernel of 3 by 3. This one is 5 by 5.",
        5 * 5 * 3 + 1: "that is one kernel. The layer has 16.",
        5 * 5 * 3: "that is one kernel without its bias. The layer has 16.",
        12
        * 12
        * 16: "those are the numbers that come out. The parameters are the weights and biases that are learned.",
        1216 * 144: "the same weights serve all 144 places: count them once.",
        ELSE: "not yet. Weights of one kernel (height, width, channels in), times kernels, plus biases.",
    },
    praise="12 by 12 by 16 from 1,216 parameters. The size of the image decides the shape and leaves the count alone: the same layer would read a photo of any size.",
)
def conv_shape(shape, parameters):
    """Exercise ``exercise-shape``: Conv2D(16, 5, strides=2, padding="valid") on an image of (28, 28, 3)."""


@exercise(
    "Fill in three rows of three numbers.",
    slips={
        ODD: "kernel: expected three rows of three numbers, such as [[0, 0, 0], [0, 1, 0], [0, 0, 0]].",
        "shape": "kernel: its shape is {}; expected (3, 3), three rows of three numbers.",
        "finite": "kernel: one of the nine is not a finite number.",
        "nothing": "All nine are nought: this kernel answers to nothing at all.",
        "sum": "It answers to plain ink with {:g}, the sum of its nine weights. Make the sum nought.",
        "turned": "This one finds horizontal lines and does not see vertical ones. Turn it on its side: .T",
        "rows": "A horizontal line still gets an answer. Along such a line nothing changes from left to right: let each of the three rows add up to nought.",
        "columns": "A vertical line gets no answer. What do the three columns add up to?",
        "negative": "Centred on the line its answer is negative, and ReLU would erase it. Swap all signs.",
        "beside": "With the window centred on the line its answer is nought: it answers beside the line, at the line's edges. Put the positive weights into the middle column.",
    },
    praise="Centred on the line its answer is positive, and what does not change from left to right vanishes. Training finds such kernels by itself; look for one among the feature maps.",
)
def vertical_kernel(kernel):
    """Exercise ``exercise-vertical``: positive with the window centred on a thin vertical line, else nought as asked."""
    kernel = array(kernel)
    yield "shape", kernel.shape != (3, 3), kernel.shape
    yield "finite", not np.isfinite(kernel).all()
    tiny = 1e-6 * max(1e-300, np.abs(kernel).max())
    columns, rows = kernel.sum(axis=0), kernel.sum(axis=1)  # answers to a vertical line, to a horizontal one
    yield "nothing", not kernel.any()
    yield "sum", abs(kernel.sum()) > tiny, kernel.sum()
    yield "turned", np.abs(rows).max() > tiny and np.abs(columns).max() <= tiny
    yield "rows", np.abs(rows).max() > tiny
    yield "columns", np.abs(columns).max() <= tiny
    yield "negative", columns[1] < -tiny
    yield "beside", columns[1] <= tiny


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
