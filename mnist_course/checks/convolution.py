"""Checks of the exercises of lesson 05_convolution."""

import numpy as np

from mnist_course.checks.engine import ELSE, ODD, RIGHT, array, exercise, numbers, of_function, recognised, same


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
    """Exercise ``exercise-shape``: 16 kernels of 5 by 5, stride 2, "VALID", on an image of (28, 28, 3)."""


def _windows(levels):
    return np.lib.stride_tricks.sliding_window_view(levels, 3)


def _of_river(gradient):
    """A function as the exercise asks for it, from what it makes of the windows, shape (N - 2, 3), and gradients."""

    def river_gradient(levels, d_forecasts):
        return gradient(_windows(np.asarray(levels, dtype=float)), d_forecasts)

    return river_gradient


SOLUTION = _of_river(lambda windows, d_forecasts: d_forecasts @ windows)


@of_function(
    "river_gradient",
    "Write the function: N levels and N - 2 gradients in, three numbers out.",
    empty="Return something: three numbers, one for each weight.",
    takes="It gets two arrays, shapes (N,) and (N - 2,).",
    read=array,
    slips={
        "apart": "Its shape is {}: that is what each forecast says on its own. The weights are shared, so add up over the forecasts.",
        "shape": "Its shape is {}; expected (3,), one number for each weight.",
        "mean": "That is the mean over the forecasts. Each forecast's share counts in full: take the sum. (d_forecasts holds the division by N already.)",
        "largest": "You kept the largest contribution. That is max pooling's way; a shared weight adds them up.",
        "plain": "You added up the levels that each weight met, and left d_forecasts out: how much does each forecast matter?",
        "unmoved": "All three weights got the same number. Weight r met other levels than weight 0: levels[i + r].",
        "reversed": "The three are in reverse order. Weight 0 met the oldest level of each window.",
        "first": "That is the share of the first forecast alone. The same weights made all the others, too.",
        "last": "That is the share of the last forecast alone. The same weights made all the others, too.",
        "other": "Not yet. For levels 1, 2, 3, 4 and gradients 1, 10 expected 21, 32, 43; you give {}. What did each weight meet?",
    },
    wrong={
        "apart": _of_river(lambda windows, d_forecasts: d_forecasts[:, None] * windows),
        "mean": _of_river(lambda windows, d_forecasts: d_forecasts @ windows / len(windows)),
        "largest": _of_river(lambda windows, d_forecasts: (d_forecasts[:, None] * windows).max(axis=0)),
        "plain": _of_river(lambda windows, d_forecasts: windows.sum(axis=0)),
        "unmoved": _of_river(lambda windows, d_forecasts: np.repeat(d_forecasts @ windows[:, 0], 3)),
        "reversed": _of_river(lambda windows, d_forecasts: (d_forecasts @ windows)[::-1]),
        "first": _of_river(lambda windows, d_forecasts: d_forecasts[0] * windows[0]),
        "last": _of_river(lambda windows, d_forecasts: d_forecasts[-1] * windows[-1]),
    },
    praise="A convolution in one dimension, and its gradient is a convolution again. Whatever a weight is shared over, places or hours, its gradient is the sum over them.",
)
def river(river_gradient):
    """Exercise ``exercise-river``: the gradient of three weights that make every forecast of a series."""
    random = np.random.default_rng(0)
    for levels, d_forecasts in (
        (random.normal(size=50), random.normal(size=48)),
        (np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 10.0])),
    ):
        case = levels, d_forecasts
        answer = river_gradient(*case)
        if not same(answer, SOLUTION(*case)):
            yield "apart", same(answer, river.wrong["apart"](*case)), answer.shape
            yield "shape", answer.shape != (3,), answer.shape
            yield from recognised(river, answer, *case)
            yield "other", True, river_gradient(np.arange(1.0, 5.0), np.array([1.0, 10.0])).round(2)


@exercise(
    "Fill in three rows of three numbers.",
    slips={
        ODD: "stroke_kernel: expected three rows of three numbers, such as [[0, 0, 0], [0, 1, 0], [0, 0, 0]].",
        "shape": "stroke_kernel: its shape is {}; expected (3, 3), three rows of three numbers.",
        "finite": "stroke_kernel: one of the nine is not a finite number.",
        "nothing": "All nine are nought: this kernel answers to nothing at all.",
        "sum": "It answers to plain ink with {:g}, the sum of its nine weights. Make the sum nought.",
        "turned": "This one finds horizontal lines and does not see vertical ones. Turn it on its side: .T",
        "rows": "A horizontal line still gets an answer. Along such a line nothing changes from left to right: let each of the three rows add up to nought.",
        "columns": "A vertical line gets no answer. What do the three columns add up to?",
        "negative": "Centred on the line its answer is negative, and ReLU would erase it. Swap all signs.",
        "beside": "With the window centred on the line its answer is nought: it answers beside the line, at the line's edges. Put the positive weights into the middle column.",
    },
    praise="Centred on the line its answer is positive, and what does not change from left to right vanishes. Training finds kernels of its own: lesson 06 draws them.",
)
def vertical_kernel(stroke_kernel):
    """Exercise ``exercise-vertical``: positive with the window centred on a thin vertical line, else nought as asked."""
    kernel = array(stroke_kernel)
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
