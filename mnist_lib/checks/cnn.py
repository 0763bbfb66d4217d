"""Checks of the exercises of notebook 03_cnn."""

import numpy as np

from mnist_lib.checks import number, say, short


def conv_shape(shape, parameters):
    """Exercise ``exercise-shape``: Conv2D(16, 5, strides=2, padding="valid") on an image of (28, 28, 3)."""
    if shape is None or parameters is None:
        return say("…", "Fill in the shape, (height, width, channels), and the number of parameters.")
    try:
        shape = tuple(float(size) for size in shape)
    except (TypeError, ValueError, OverflowError):
        return say("✗", "shape: give three numbers in brackets, (height, width, channels).")
    if len(shape) != 3:
        return say(
            "✗", f"shape: {len(shape)} numbers; expected three, (height, width, channels), without the batch axis."
        )
    if shape[2] != 16:
        return say(
            "✗",
            "shape: the last number is the count of feature maps, one for each kernel. The three colours are summed over.",
        )
    for size, why in (
        (24, "that is with stride 1. With stride 2 the window skips every second place."),
        (14, 'that is "SAME". "VALID" adds no zeros round the image.'),
        (13, "that is for a kernel of 3. This one is 5 wide."),
        (11, "one place is missing: the window starts at 0 as well. Divide 28 - 5 by 2, round down, add 1."),
        (11.5, "half a place? Divide 28 - 5 by 2, round down, add 1."),
        (12.5, "half a place? Divide 28 - 5 by 2, round down, add 1."),
        (28, "without padding, a window of 5 cannot stand on every pixel; and its stride is 2."),
    ):
        if shape[:2] == (size, size):
            return say("✗", f"shape: {why}")
    if shape[:2] != (12, 12):
        return say("✗", "shape: not yet. Where does the window start, first and last, in steps of two?")
    parameters = number(parameters)
    for count, why in (
        (1200, "the biases are missing: one for each of the 16 kernels."),
        (416, "that is for a grey image. Each kernel is as deep as the image has channels."),
        (400, "that is for a grey image, and without biases. Each kernel is three channels deep."),
        (1248, "one bias for each kernel, not one for each kernel and channel."),
        (1203, "one bias for each feature map that goes out, not for each channel that comes in."),
        (448, "that is for a kernel of 3 by 3. This one is 5 by 5."),
        (5 * 5 * 3 + 1, "that is one kernel. The layer has 16."),
        (5 * 5 * 3, "that is one kernel without its bias. The layer has 16."),
        (
            12 * 12 * 16,
            "those are the numbers that come out. The parameters are the weights and biases that are learned.",
        ),
        (1216 * 144, "the same weights serve all 144 places: count them once."),
    ):
        if parameters == count:
            return say("✗", f"parameters: {why}")
    if parameters != 1216:
        return say(
            "✗", "parameters: not yet. Weights of one kernel (height, width, channels in), times kernels, plus biases."
        )
    say(
        "✓",
        "12 by 12 by 16 from 1,216 parameters. The size of the image decides the shape and leaves the count alone: the same "
        "layer would read a photo of any size.",
    )


def vertical_kernel(kernel):
    """Exercise ``exercise-vertical``: positive with the window centred on a thin vertical line, else nought as asked."""
    if kernel is None:
        return say("…", "Fill in three rows of three numbers.")
    try:
        kernel = np.array(kernel, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return say("✗", "kernel: expected three rows of three numbers, such as [[0, 0, 0], [0, 1, 0], [0, 0, 0]].")
    if kernel.shape != (3, 3):
        return say("✗", f"kernel: its shape is {kernel.shape}; expected (3, 3), three rows of three numbers.")
    if not np.isfinite(kernel).all():
        return say("✗", "kernel: one of the nine is not a finite number.")
    tiny = 1e-6 * max(1e-300, np.abs(kernel).max())
    columns, rows = kernel.sum(axis=0), kernel.sum(axis=1)  # answers to a vertical line, to a horizontal one
    if np.abs(kernel).max() == 0:
        return say("✗", "All nine are nought: this kernel answers to nothing at all.")
    if abs(kernel.sum()) > tiny:
        return say(
            "✗", f"It answers to plain ink with {kernel.sum():g}, the sum of its nine weights. Make the sum nought."
        )
    if np.abs(rows).max() > tiny and np.abs(columns).max() <= tiny:
        return say("✗", "This one finds horizontal lines and does not see vertical ones. Turn it on its side: .T")
    if np.abs(rows).max() > tiny:
        return say(
            "✗",
            "A horizontal line still gets an answer. Along such a line nothing changes from left to right: let each of "
            "the three rows add up to nought.",
        )
    if np.abs(columns).max() <= tiny:
        return say("✗", "A vertical line gets no answer. What do the three columns add up to?")
    if columns[1] > tiny:
        return say(
            "✓",
            "Centred on the line its answer is positive, and what does not change from left to right vanishes. Training finds "
            "such kernels by itself; look for one among the feature maps.",
        )
    if columns[1] < -tiny:
        return say("✗", "Centred on the line its answer is negative, and ReLU would erase it. Swap all signs.")
    say(
        "✗",
        "With the window centred on the line its answer is nought: it answers beside the line, at the line's edges. Put the "
        "positive weights into the middle column.",
    )


def small_cnn(model, data, *, most=30_000):
    """Exercise ``exercise-small``: a CNN of at most 30,000 parameters above a bar on ``data.validation``."""
    bar = 0.985 if data.is_mnist else 0.93
    if model is None:
        return say(
            "…", f"Build and train a CNN of at most {most:,} parameters; the bar is {bar:.1%} of the validation digits."
        )
    try:
        parameters, layers = model.count_params(), list(model.layers)
    except Exception:
        return say(
            "✗",
            "That is not a Keras model that has been built. Hand over the model itself, starting with keras.Input((28, 28)).",
        )
    if parameters > most:
        largest = max(layers, key=lambda layer: layer.count_params())
        return say(
            "✗",
            f"{parameters:,} parameters, {parameters - most:,} too many. The largest layer is {largest.name} with "
            f"{largest.count_params():,}: fewer feature maps there, or more pooling before it.",
        )
    if not any("Conv" in type(layer).__name__ for layer in layers):
        return say("✗", "There is no convolution in it. Let it look at neighbours.")
    from mnist_lib.evaluation import evaluate

    try:
        accuracy = evaluate(model, data.validation).accuracy
    except Exception as problem:
        return say(
            "✗", f"It cannot read the validation digits: {short(problem)} Pixels (N, 28, 28) in, logits (N, 10) out."
        )
    if accuracy < 0.2:
        return say(
            "✗",
            f"{accuracy:.1%} of the validation digits: that is guessing. Is the model trained, and are its pixels scaled?",
        )
    if accuracy < bar:
        return say(
            "✗",
            f"{accuracy:.2%} of the validation digits with {parameters:,} parameters; the bar is {bar:.1%}. More feature "
            "maps, one more epoch, or a learning rate that decays?",
        )
    say(
        "✓",
        f"{accuracy:.2%} of the validation digits with {parameters:,} parameters, {parameters / 93_322:.0%} of the large one's. "
        "A small model is quicker to train, to load and to ask: how small can you go?",
    )
