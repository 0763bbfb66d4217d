"""Instant checks for the exercises: one function each.

A check prints one line or two. It starts with "…" when nothing was filled in, "✗" when the answer is wrong
(and says what kind of mistake gives it), "✓" when it is right (and says why that matters). A check never
raises: a blank or odd answer must not stop a notebook.
"""

import numpy as np


def _say(mark, text):
    print(f"{mark} {text}")


def _number(answer):
    """Return the answer as a float, or None if it is blank or not one number."""
    try:
        return float(answer)
    except (TypeError, ValueError, OverflowError):
        return None


def _close(answer, expected):
    return answer is not None and bool(np.isclose(answer, expected, rtol=0.01))


# ---- 01_softmax_regression


def sure_or_modest(sure, modest):
    """Exercise ``exercise-sure``: the mean loss of a model that says 0.999 always, and of one that says 0.9."""
    right, wrong = 0.9, 0.1
    expected_sure = -right * np.log(0.999) - wrong * np.log(0.0001)
    expected_modest = -right * np.log(0.9) - wrong * np.log(0.01)
    sure, modest = _number(sure), _number(modest)
    if sure is None or modest is None:
        return _say("…", "Fill in two numbers: the mean loss of the sure model, then of the modest one.")
    if _close(sure, expected_sure) and _close(modest, expected_modest):
        return _say("✓", "Both are right nine times in ten, yet the sure model pays much more: one wrong answer "
                    "given with certainty costs as much as ninety doubts. The loss rewards honesty.")
    for name, answer, p_right, p_wrong in (("sure", sure, 0.999, 0.0001), ("modest", modest, 0.9, 0.01)):
        if _close(answer, -np.log(p_right)):
            return _say("✗", f"{name}: that is the loss of the right answers alone. One answer in ten is wrong, and dear.")
        if _close(answer, -np.log(p_wrong)):
            return _say("✗", f"{name}: that is the loss of a wrong answer alone. Nine answers in ten are right.")
        if _close(answer, -np.log(p_right) - np.log(p_wrong)):
            return _say("✗", f"{name}: you added the two losses. The mean weighs them: nine tenths and one tenth.")
        if _close(answer, right * np.log(p_right) + wrong * np.log(p_wrong)):
            return _say("✗", f"{name}: the sign. The loss is minus the logarithm.")
        if _close(answer, (-right * np.log(p_right) - wrong * np.log(p_wrong)) / np.log(10)):
            return _say("✗", f"{name}: you used the logarithm to base 10. The loss takes the natural one, np.log.")
    if _close(sure, expected_modest) and _close(modest, expected_sure):
        return _say("✗", "The two are swapped.")
    off = "sure" if not _close(sure, expected_sure) else "modest"
    _say("✗", f"{off}: not yet. Take 0.9 times the loss of a right answer plus 0.1 times the loss of a wrong one.")


def letters(parameters, untrained_loss):
    """Exercise ``exercise-letters``: softmax regression for 26 letters, its size and its loss before training."""
    parameters, untrained_loss = _number(parameters), _number(untrained_loss)
    if parameters is None or untrained_loss is None:
        return _say("…", "Fill in two numbers: how many parameters, and the loss before training.")
    mistakes = {
        784 * 26: "parameters: those are the weights. Each letter has a bias too.",
        784 * 10 + 10: "parameters: that is the model for ten digits. Letters are 26.",
        784 + 26: "parameters: every letter has a weight of its own for every pixel.",
        28 * 26 + 26: "parameters: an image has 28 rows of 28 pixels, not 28 pixels.",
    }
    if parameters != 784 * 26 + 26:
        return _say("✗", mistakes.get(parameters, "parameters: one weight for each pixel and letter, and one bias a letter."))
    if _close(untrained_loss, np.log(26)):
        return _say("✓", "Before training every letter gets 1/26, so the loss is ln 26. A model of K classes whose loss "
                    "stays at ln K has learned nothing.")
    for value, text in (
        (np.log(10), "loss: that is ln 10, for ten classes. Letters are 26."),
        (np.log10(26), "loss: the loss takes the natural logarithm, np.log, not the one to base 10."),
        (-np.log(26), "loss: the sign. The loss is minus the logarithm of 1/26, which is positive."),
        (1 / 26, "loss: that is the probability of each letter. The loss is minus its logarithm."),
    ):
        if _close(untrained_loss, value):
            return _say("✗", text)
    _say("✗", "loss: with zero weights all 26 letters get the same probability. What is minus its logarithm?")


def weight_decay(decayed_gradient):
    """Exercise ``exercise-decay``: the gradient of cross-entropy plus half the squared weights, times decay."""
    random = np.random.default_rng(0)
    x, labels = random.uniform(size=(5, 784)), random.integers(0, 10, 5)
    W, b, decay = random.normal(0, 0.1, (784, 10)), random.normal(size=10), 0.3
    try:
        answer = decayed_gradient(x, labels, W.copy(), b.copy(), decay)
        if answer is None:
            return _say("…", "Let the function return two arrays: grad_W, shape (784, 10), and grad_b, shape (10,).")
        grad_W, grad_b = (np.asarray(part, dtype=float) for part in answer)
    except Exception as error:  # whatever a learner's function raises is an answer to give, not a reason to stop
        return _say("✗", f"Your function stopped with {type(error).__name__}: {error}")
    exponentials = np.exp(x @ W + b - (x @ W + b).max(axis=1, keepdims=True))
    error = exponentials / exponentials.sum(axis=1, keepdims=True) - np.eye(10)[labels]
    plain_W, plain_b = x.T @ error / len(x), error.mean(axis=0)
    if grad_W.shape != W.shape or grad_b.shape != b.shape:
        return _say("✗", f"The shapes are {grad_W.shape} and {grad_b.shape}; they must be (784, 10) and (10,), as W and b.")
    if not np.allclose(grad_b, plain_b):
        if np.allclose(grad_b, plain_b + decay * b):
            return _say("✗", "grad_b: the bias is not decayed; only W stands in the new term.")
        return _say("✗", "grad_b: it should be what gradient() gives, unchanged.")
    for expected, text in (
        (plain_W, "grad_W: that is the gradient without decay."),
        (plain_W + 2 * decay * W, "grad_W: twice too much decay. The term has a half in front, so its derivative is decay * W."),
        (plain_W + decay / 2 * W, "grad_W: half the decay. The derivative of W squared is 2 W, and the half takes the 2 away."),
        (plain_W - decay * W, "grad_W: the sign. The term makes the loss grow with the weights, so it is added."),
        (plain_W + decay, "grad_W: decay alone was added; its derivative is decay times W."),
        (plain_W + decay * W**2 / 2, "grad_W: you added the term itself, not its derivative."),
    ):
        if np.allclose(grad_W, expected):
            return _say("✗", text)
    if np.allclose(grad_W, plain_W + decay * W):
        return _say("✓", "Each step now shrinks every weight by the same small share: W <- W - rate * (gradient + decay * W). "
                    "That is why it is called decay.")
    _say("✗", "grad_W: not yet. Derive the new term alone: what is the derivative of decay/2 times W squared?")


# ---- 00_data


def shapes_and_pixels(numbers, shape, place):
    """Exercise ``exercise-shapes``: a stack of 32 images, every second pixel, and one place in the flat image."""
    if numbers is None or shape is None or place is None:
        return _say("…", "Fill in all three: how many numbers, a shape such as (28, 28), and a place.")
    count = _number(numbers)
    slips = {
        784: "that is one image. The stack holds 32.",
        32 * 28: "28 rows of 32? Each image has 28 rows *and* 28 columns.",
        32 * 784 * 255: "255 is the largest value of a number, not how many there are.",
        60 * 784: "60 images? The stack holds 32.",
    }
    if count != 32 * 784:
        return _say("✗", "(a) " + slips.get(count, "not yet. Images times rows times columns: 32, 28 and 28."))
    try:
        shape = tuple(int(n) if n == int(n) else n for n in shape)
    except (TypeError, ValueError, OverflowError):
        return _say("✗", "(b) a shape is a tuple with one entry for each axis, such as (28, 28).")
    slips = {
        (28, 28): "that is the whole image. A step of 2 leaves out every other row and column.",
        (26, 26): "::2 is a step, it takes each second row. Leaving out the first two would be [2:, 2:].",
        (2, 2): "::2 is a step, it takes each second row. The first two would be [:2, :2].",
        (14, 28): "that is [::2]: rows only. The second ::2 does the same to the columns.",
        (28, 14): "that is [:, ::2]: columns only. The first ::2 does the same to the rows.",
        (15, 15): "rows 0, 2, 4, … 26: row 28 does not exist, so there is one less.",
        (13, 13): "rows 0, 2, 4, … 26: row 0 counts too, so there is one more.",
        (56, 56): "::2 leaves pixels out, it does not repeat them.",
        (196,): "slicing keeps both axes. 196 is how many pixels are left, in a grid.",
    }
    if shape != (14, 14):
        return _say("✗", "(b) " + slips.get(shape, "not yet. How many of 0, 2, 4, … are below 28?"))
    place = _number(place)
    slips = {
        28 * 3 + 14: "row and column are swapped: that is row 3, column 14. Rows come first.",
        28 * 14 + 4: "one too many. All is counted from 0: three pixels lie before column 3.",
        28 * 13 + 3: "one row short. Counted from 0, fourteen full rows (0 to 13) lie before row 14.",
        28 * 13 + 2: "that counts rows and columns from 1. Here all is counted from 0.",
        14 * 3: "a product of row and column. Count the pixels before it: full rows first, then the rest.",
        14 + 3: "a sum of row and column. Every full row before it has 28 pixels.",
    }
    if place != 28 * 14 + 3:
        return _say("✗", "(c) " + slips.get(place, "not yet. How many full rows lie before it, and how many pixels?"))
    _say("✓", "All three. 784 numbers an image is what every model here receives, and 28 * row + column is how to find "
         "a pixel again in a row of weights.")


def one_hot(function):
    """Exercise ``exercise-one-hot``: labels (N,) to (N, 10), without ``np.eye``."""
    if function is None:
        return _say("…", "Write the function: labels in, one row of ten for each label out.")
    if not callable(function):
        return _say("✗", "That is not a function. Hand over one_hot itself, without brackets: checks.one_hot(one_hot).")
    labels = np.array([3, 0, 7, 3, 1], dtype=np.uint8)  # no 9 among them, on purpose
    try:
        answer = function(labels.copy())
        if answer is None:
            return _say("…", "Return something: an array of shape (N, 10), one row for each label.")
        answer = np.asarray(answer, dtype=float)
    except Exception as problem:
        return _say("✗", f"For the labels {labels.tolist()} your function raises {_short(problem)}")
    right = np.eye(10)[labels]
    if answer.shape == (5, 11):
        return _say("✗", "Eleven entries a row. The digits 0 to 9 are ten; an eleventh switch would never be on.")
    if answer.shape == (5, 9):
        return _say("✗", "Nine entries a row. np.arange(9) ends at 8; the digits 0 to 9 are ten.")
    if answer.shape == (5, 8):
        return _say("✗", "As many entries as the largest label needs. Labels without a 9 need ten columns too.")
    if answer.shape == (10, 5):
        return _say("✗", "Shape (10, N): rows and columns are swapped. One row for each label: labels[:, np.newaxis].")
    if answer.shape != right.shape:
        return _say("✗", f"For five labels the shape is {answer.shape}; expected (5, 10): a row of ten for each label.")
    if np.array_equal(answer, right):
        return _say("✓", "Five rows, each with one 1. Comparing (N, 1) with (10,) is broadcasting at work. The loss in "
                    "notebook 01 uses such rows to pick the probability of the right digit.")
    if np.array_equal(answer, 1 - right):
        return _say("✗", "Inverted: the right place is 0 and the other nine are 1. Compare with ==, not with !=.")
    if np.array_equal(answer, np.roll(right, -1, axis=1)) or np.array_equal(answer, np.roll(right, 1, axis=1)):
        return _say("✗", "The 1 is one place off. Places are counted from 0: digit 3 has the fourth entry.")
    if np.array_equal(answer, right * labels[:, np.newaxis]):
        return _say("✗", "The switch holds the label itself, so that a 0 has none. It must be 1, whatever the digit.")
    if np.array_equal(answer > 0, right > 0):
        return _say("✗", "The right places, but a switch that is on is 1.")
    _say("✗", f"The shape is right. The row for the label 3 is {answer[0].tolist()}; it needs a single 1, at place 3.")


def better_baseline(function, data):
    """Exercise ``exercise-baseline``: a classifier of raw images, scored against the nearest mean on validation."""
    if function is None:
        return _say("…", "Write the function: images in, one digit for each image out.")
    if not callable(function):
        return _say("✗", "That is not a function. Hand over the function itself, without brackets.")
    images, labels = data.validation.images, data.validation.labels
    try:
        answer = function(images)
        if answer is None:
            return _say("…", "Return one digit for each image; the check scores them on the validation set.")
        answer = np.asarray(answer, dtype=float)
    except Exception as problem:
        return _say("✗", f"For the validation images your function raises {_short(problem)}")
    if answer.shape == (len(images), 10):
        return _say("✗", f"Shape {answer.shape} looks like ten scores for each image. Return the best digit: "
                    ".argmax(axis=1) of scores, .argmin(axis=1) of distances.")
    if answer.shape != labels.shape:
        return _say("✗", f"{len(images):,} images, but an answer of shape {answer.shape}; expected {labels.shape}, "
                    "one digit for each.")
    if not np.isin(answer, range(10)).all():
        return _say("✗", "Some answers are not digits from 0 to 9. Are they places among the training digits? Then "
                    "look up their labels.")
    score, baseline = (answer == labels).mean(), (_nearest_mean(data.train, images) == labels).mean()
    said = f"{score:.1%} of the validation digits; the nearest mean reads {baseline:.1%}."
    if score == 1:
        return _say("✗", "Every single digit right. Nothing reads these digits that well: has your function seen the "
                    "validation labels, or does it compare the validation images with themselves?")
    if score < 0.2:
        return _say("✗", f"{said} That is chance. Are the images scaled like what they are compared with, and is it "
                    "the smallest distance that wins?")
    if score == baseline:
        return _say("✗", f"{said} The same: is it still the nearest mean? Change what is compared, or how.")
    if score < baseline:
        return _say("✗", f"{said} Not yet above it. Are the images scaled like what they are compared with?")
    _say("✓", f"{said} Better, and still nothing was tuned step by step. Keep your score in mind: can notebook 01 "
         "beat it, with 7,850 numbers?")


def _nearest_mean(train, images):
    means = np.stack([train.images[train.labels == digit].mean(axis=0) for digit in range(10)]).reshape(10, 784)
    products = images.reshape(-1, 784) @ means.T  # in floats: twice a byte would wrap
    return ((means**2).sum(axis=1) - 2 * products).argmin(axis=1)


def _short(problem):
    """An error in one line, for a message."""
    return f"{type(problem).__name__}: " + " ".join(str(problem).split())[:100]


# ---- 03_cnn


def conv_shape(shape, parameters):
    """Exercise ``exercise-shape``: Conv2D(16, 5, strides=2, padding="valid") on an image of (28, 28, 3)."""
    if shape is None or parameters is None:
        return _say("…", "Fill in the shape, (height, width, channels), and the number of parameters.")
    try:
        shape = tuple(float(size) for size in shape)
    except (TypeError, ValueError, OverflowError):
        return _say("✗", "shape: give three numbers in brackets, (height, width, channels).")
    if len(shape) != 3:
        return _say("✗", f"shape: {len(shape)} numbers; expected three, (height, width, channels), without the batch axis.")
    if shape[2] != 16:
        return _say("✗", "shape: the last number is the count of feature maps, one for each kernel. The three colours are summed over.")
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
            return _say("✗", f"shape: {why}")
    if shape[:2] != (12, 12):
        return _say("✗", "shape: not yet. Where does the window start, first and last, in steps of two?")
    parameters = _number(parameters)
    for count, why in (
        (1200, "the biases are missing: one for each of the 16 kernels."),
        (416, "that is for a grey image. Each kernel is as deep as the image has channels."),
        (400, "that is for a grey image, and without biases. Each kernel is three channels deep."),
        (1248, "one bias for each kernel, not one for each kernel and channel."),
        (1203, "one bias for each feature map that goes out, not for each channel that comes in."),
        (448, "that is for a kernel of 3 by 3. This one is 5 by 5."),
        (5 * 5 * 3 + 1, "that is one kernel. The layer has 16."),
        (5 * 5 * 3, "that is one kernel without its bias. The layer has 16."),
        (12 * 12 * 16, "those are the numbers that come out. The parameters are the weights and biases that are learned."),
        (1216 * 144, "the same weights serve all 144 places: count them once."),
    ):
        if parameters == count:
            return _say("✗", f"parameters: {why}")
    if parameters != 1216:
        return _say("✗", "parameters: not yet. Weights of one kernel (height, width, channels in), times kernels, plus biases.")
    _say("✓", "12 by 12 by 16 from 1,216 parameters. The size of the image decides the shape and leaves the count alone: the same "
         "layer would read a photo of any size.")


def vertical_kernel(kernel):
    """Exercise ``exercise-vertical``: positive with the window centred on a thin vertical line, else nought as asked."""
    if kernel is None:
        return _say("…", "Fill in three rows of three numbers.")
    try:
        kernel = np.array(kernel, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return _say("✗", "kernel: expected three rows of three numbers, such as [[0, 0, 0], [0, 1, 0], [0, 0, 0]].")
    if kernel.shape != (3, 3):
        return _say("✗", f"kernel: its shape is {kernel.shape}; expected (3, 3), three rows of three numbers.")
    if not np.isfinite(kernel).all():
        return _say("✗", "kernel: one of the nine is not a finite number.")
    tiny = 1e-6 * max(1e-300, np.abs(kernel).max())
    columns, rows = kernel.sum(axis=0), kernel.sum(axis=1)  # answers to a vertical line, to a horizontal one
    if np.abs(kernel).max() == 0:
        return _say("✗", "All nine are nought: this kernel answers to nothing at all.")
    if abs(kernel.sum()) > tiny:
        return _say("✗", f"It answers to plain ink with {kernel.sum():g}, the sum of its nine weights. Make the sum nought.")
    if np.abs(rows).max() > tiny and np.abs(columns).max() <= tiny:
        return _say("✗", "This one finds horizontal lines and does not see vertical ones. Turn it on its side: .T")
    if np.abs(rows).max() > tiny:
        return _say("✗", "A horizontal line still gets an answer. Along such a line nothing changes from left to right: let each of "
                    "the three rows add up to nought.")
    if np.abs(columns).max() <= tiny:
        return _say("✗", "A vertical line gets no answer. What do the three columns add up to?")
    if columns[1] > tiny:
        return _say("✓", "Centred on the line its answer is positive, and what does not change from left to right vanishes. Training finds "
                    "such kernels by itself; look for one among the feature maps.")
    if columns[1] < -tiny:
        return _say("✗", "Centred on the line its answer is negative, and ReLU would erase it. Swap all signs.")
    _say("✗", "With the window centred on the line its answer is nought: it answers beside the line, at the line's edges. Put the "
         "positive weights into the middle column.")


def small_cnn(model, data, *, most=30_000):
    """Exercise ``exercise-small``: a CNN of at most 30,000 parameters above a bar on ``data.validation``."""
    bar = 0.985 if data.is_mnist else 0.93
    if model is None:
        return _say("…", f"Build and train a CNN of at most {most:,} parameters; the bar is {bar:.1%} of the validation digits.")
    try:
        parameters, layers = model.count_params(), list(model.layers)
    except Exception:
        return _say("✗", "That is not a Keras model that has been built. Hand over the model itself, starting with keras.Input((28, 28)).")
    if parameters > most:
        largest = max(layers, key=lambda layer: layer.count_params())
        return _say("✗", f"{parameters:,} parameters, {parameters - most:,} too many. The largest layer is {largest.name} with "
                    f"{largest.count_params():,}: fewer feature maps there, or more pooling before it.")
    if not any("Conv" in type(layer).__name__ for layer in layers):
        return _say("✗", "There is no convolution in it. Let it look at neighbours.")
    from mnist_lib.evaluation import evaluate

    try:
        accuracy = evaluate(model, data.validation).accuracy
    except Exception as problem:
        return _say("✗", f"It cannot read the validation digits: {_short(problem)} Pixels (N, 28, 28) in, logits (N, 10) out.")
    if accuracy < 0.2:
        return _say("✗", f"{accuracy:.1%} of the validation digits: that is guessing. Is the model trained, and are its pixels scaled?")
    if accuracy < bar:
        return _say("✗", f"{accuracy:.2%} of the validation digits with {parameters:,} parameters; the bar is {bar:.1%}. More feature "
                    "maps, one more epoch, or a learning rate that decays?")
    _say("✓", f"{accuracy:.2%} of the validation digits with {parameters:,} parameters, {parameters / 93_322:.0%} of the large one's. "
         "A small model is quicker to train, to load and to ask: how small can you go?")


# ---- 02_mlp


def count_parameters(parameters):
    """Exercise ``exercise-count``: the parameters of the network 784-32-10."""
    if parameters is None:
        return _say("…", "Fill in one number: all weights and all biases of the network 784-32-10.")
    count = _number(parameters)
    if count is None:
        return _say("✗", "That is not one number. Add up the weights and biases of both layers.")
    first, second = 784 * 32, 32 * 10
    mistakes = {
        first + second: "those are the weights alone. Each of the 32 hidden units and 10 logits has a bias as well.",
        first + 32: "that is the first layer alone. The second leads from 32 units to 10 logits.",
        second + 10: "that is the second layer alone. The first leads from 784 pixels to 32 units.",
        first + 32 + second: "the ten logits have a bias each, too.",
        first + second + 10: "the 32 hidden units have a bias each, too.",
        first + second + 784 + 32 + 10: "pixels have no bias: they are given, not computed.",
        784 * 32 * 10: "you multiplied the layers. Each has a matrix of its own; add them up.",
        784 + 32 + 10: "you added up the units. Between two layers every unit is connected with every other: multiply.",
        785 * 10: "that is softmax regression, without a hidden layer.",
        109_386: "that is the large network, 784-128-64-10.",
    }
    right = first + 32 + second + 10
    if count == right:
        return _say("✓", f"{right:,}, less than a quarter of the large network's 109,386, and the first matrix holds "
                    f"{first / right:.0%} of them: to make such a network small, begin where the pixels come in.")
    otherwise = "not yet. A layer from m to n units has m times n weights and n biases; add up two layers."
    _say("✗", mistakes.get(count, otherwise))


def leaky_backward(function):
    """Exercise ``exercise-leaky``: ``function(dH, X, Z, W) -> dX, dW, db``, back through leaky(X @ W + b)."""
    if function is None:
        return _say("…", "Write a function layer_backward(dH, X, Z, W) that returns dX, dW, db.")
    if not callable(function):
        kind = type(function).__name__
        return _say("✗", f"layer_backward is a {kind}; hand over the function itself, without calling it.")
    random = np.random.default_rng(0)
    X, W, dH = random.normal(size=(6, 5)), random.normal(size=(5, 3)), random.normal(size=(6, 3))
    Z = X @ W + random.normal(size=3)
    try:
        answer = [np.asarray(a, dtype=float) for a in function(dH.copy(), X.copy(), Z.copy(), W.copy())]
    except Exception as problem:
        return _say("✗", f"Your function stops: {_short(problem)} It gets four arrays and returns three.")
    if len(answer) != 3:
        return _say("✗", f"Your function returns {len(answer)} things; three are asked for: dX, dW, db.")

    def back(slope):
        dZ = dH * slope
        return dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)

    def same(a, b):
        return a.shape == b.shape and np.allclose(a, b)

    expected = back(np.where(Z > 0, 1, 0.1))
    dX, dW, db = answer
    if all(map(same, answer, expected)):
        return _say("✓", "All three, in every entry. You can now write the way back through any layer: the slope of "
                    "its bend, then two products and a sum. That is what a framework does when it says gradient.")
    if sorted(a.shape for a in answer) == sorted(e.shape for e in expected) and not all(
        a.shape == e.shape for a, e in zip(answer, expected, strict=True)
    ):
        return _say("✗", "The shapes are right, the order is not: dX, dW, db.")
    for slope, what in (
        (np.ones_like(Z), "you went round the bend: multiply dH by the slope first, 1 where Z > 0 and 0.1 elsewhere."),
        (np.where(Z > 0, 1, 0), "that is the plain ReLU. Where Z is not positive, the slope here is 0.1, not 0."),
        (np.where(Z > 0, 0.1, 1), "the slopes are swapped: 1 where Z > 0, 0.1 elsewhere."),
        (np.where(dH > 0, 1, 0.1), "you asked for the sign of dH. Whether the unit was on, Z says."),
        (np.where(Z > 0, Z, 0.1 * Z), "you multiplied by the activation. It is the slope that counts: 1 or 0.1."),
        (np.where(Z > 0, 1, -0.1), "the sign: the slope where Z is not positive is +0.1."),
    ):
        if any(map(same, answer, back(slope))) and not any(map(same, answer, expected)):
            return _say("✗", what[0].upper() + what[1:])
    if same(db, expected[2] / len(X)):
        return _say("✗", "db: you took the mean over the rows. dH holds the division by N already; take the sum.")
    for name, a, e in zip(("dX", "dW", "db"), answer, expected, strict=True):
        if a.shape != e.shape:
            return _say("✗", f"{name} has shape {a.shape}; it must have the shape of what it belongs to, {e.shape}.")
    if same(dX, dH @ W.T) or same(dW, X.T @ dH) or same(db, dH.sum(axis=0)):
        return _say("✗", "One of the three starts from dH. All three start from dZ, behind the bend.")
    off = next(name for name, a, e in zip(("dX", "dW", "db"), answer, expected, strict=True) if not same(a, e))
    _say("✗", f"{off} is not right yet. First dZ = dH times the slope; "
         "then dX = dZ Wᵀ, dW = Xᵀ dZ, db = column sums of dZ.")


def _is_linear(model, images):
    """Whether z(x) + z(1 - x) is the same for all images, as notebook 02 proves of every linear model."""
    logits = np.asarray(model(images, training=False), dtype=float)
    sums = logits + np.asarray(model(255 - images, training=False), dtype=float)
    return bool(np.ptp(sums, axis=0).max() < 1e-3 * max(np.ptp(logits), 1e-9))


def small_network(model, data, *, most=60_000):
    """Exercise ``exercise-small`` of 02: at most 60,000 parameters, above a bar on ``data.validation``."""
    bar = 0.975 if data.is_mnist else 0.95
    if model is None:
        return _say("…", f"Build and train a network of at most {most:,} parameters; "
                    f"the bar is {bar:.1%} of the validation digits.")
    try:
        parameters, layers = model.count_params(), list(model.layers)
    except Exception:
        return _say("✗", "That is not a Keras model that has been built. Hand over the model itself, "
                    "for example models.mlp(...).")
    if parameters > most:
        largest = max(layers, key=lambda layer: layer.count_params())
        return _say("✗", f"{parameters:,} parameters, {parameters - most:,} too many. The largest layer, "
                    f"{largest.name}, has {largest.count_params():,}: give it fewer units.")
    from mnist_lib.evaluation import evaluate

    try:
        accuracy = evaluate(model, data.validation).accuracy
    except Exception as problem:
        return _say("✗", f"It cannot read the validation digits: {_short(problem)} "
                    "Pixels (N, 28, 28) in, logits (N, 10) out.")
    if accuracy < 0.2:
        return _say("✗", f"{accuracy:.1%} of the validation digits: that is guessing. Is the model trained?")
    if _is_linear(model, data.validation.images[:100]):
        return _say("✗", "That model is linear: its logits for a picture and for the negative add up to the same "
                    "numbers for every picture. Give it a hidden layer with a bend.")
    if accuracy < bar:
        return _say("✗", f"{accuracy:.2%} of the validation digits with {parameters:,} parameters; the bar is "
                    f"{bar:.1%}. A few more epochs, a learning rate that decays, or less dropout? A small network "
                    "needs less of it.")
    _say("✓", f"{accuracy:.2%} of the validation digits with {parameters:,} parameters, {parameters / 109_386:.0%} of "
         "the large one's. You chose by validation, so the test digits played no part. How small can you go?")


# ---- 04_evaluation


def precision_and_recall(precision, recall):
    """Exercise ``exercise-letters`` of 04: precision and recall of B in [[8, 2, 0], [1, 6, 3], [0, 4, 6]]."""
    if precision is None or recall is None:
        return _say("…", "Fill in two shares from 0 to 1: precision of B, then its recall.")
    right = {"precision": 6 / 12, "recall": 6 / 10}
    answers = {"precision": _number(precision), "recall": _number(recall)}
    for name, answer in answers.items():
        if answer is None:
            return _say("✗", f"{name}: that is not one number. Give a share such as 0.75.")
    if _close(answers["precision"], right["recall"]) and _close(answers["recall"], right["precision"]):
        return _say("✗", "The two are swapped. Precision asks about all that was called a B: a column. Recall asks "
                    "about all that is a B: a row.")
    slips = (
        (6, "that is how many are right. Of how many?"),
        (20 / 30, "that is the accuracy, over all three letters. Look at B alone."),
        (6 / 30, "you divided by all 30 letters. Only the column of B counts, or only its row."),
        (6 / 20, "you divided by all right answers. Only the column of B counts, or only its row."),
        (6 / 11, "that is F1, made of both."),
        (8 / 9, "that is A's precision."),
        (8 / 10, "that is A's recall."),
        (6 / 9, "that is C's precision."),
        (4 / 10, "that is the share that was missed. Which share was found?"),
    )
    for name, answer in answers.items():
        if _close(answer, right[name]):
            continue
        if _close(answer, 100 * right[name]):
            return _say("✗", f"{name}: right in per cent. Give it as a share from 0 to 1.")
        if _close(answer, right["recall" if name == "precision" else "precision"]):
            where = "a column" if name == "precision" else "a row"
            return _say("✗", f"{name}: that is the other one of the two. This one lives in {where}.")
        for value, why in slips:
            if _close(answer, value):
                return _say("✗", f"{name}: {why}")
        return _say("✗", f"{name}: not yet. The six that are right, divided by the sum of B's "
                    f"{'column' if name == 'precision' else 'row'}.")
    _say("✓", "Half of what it calls a B is one, and it finds six B in ten. Whether that is bad depends on what a "
         "false B costs you, and what a missed one.")


def lowest_threshold(function):
    """Exercise ``exercise-threshold`` of 04: ``function(confidence, right, error)`` -> lowest threshold, or None."""
    if function is None:
        return _say("…", "Write a function lowest_threshold(confidence, right, error).")
    if not callable(function):
        return _say("✗", f"lowest_threshold is a {type(function).__name__}; hand over the function itself.")
    random = np.random.default_rng(0)
    confidence = np.round(random.uniform(0.3, 1, 500), 2)
    cases = [  # confidence, right, error, what a mistake here means
        ([0.6, 0.7, 0.8, 0.9], [0, 1, 1, 1], 0.0, "the lowest threshold that leaves no wrong answer is 0.7 there"),
        ([0.9, 0.6, 0.8, 0.7], [1, 0, 1, 1], 0.0, "these answers come in no order; sort them, or try each one"),
        ([0.6, 0.7, 0.8, 0.9], [0, 1, 1, 1], 0.25, "one wrong answer in four is allowed there, so all may be given: 0.6"),
        ([0.5, 0.7, 0.7, 0.7, 0.9], [0, 1, 1, 1, 1], 0.2, "a promise of at most 0.2 is kept by exactly 0.2; all may be given: 0.5"),
        ([0.7, 0.7, 0.9], [1, 0, 1], 0.0, "two answers have the confidence 0.7 and come in together, one of them wrong; so 0.9"),
        ([0.5, 0.6, 0.7, 0.9, 0.95], [1, 1, 1, 0, 1], 0.2, "the surest answers are not always the right ones: the share of mistakes "
         "rises at 0.9 and falls again below it. Do not stop at the first that breaks the promise; 0.5 keeps it"),
        ([0.6, 0.9], [1, 0], 0.0, "the surest answer is wrong, so no threshold keeps the promise: return None"),
        (confidence, random.uniform(size=500) < confidence, 0.1, "there are 500 answers with many ties"),
    ]
    for confidence, right, error, why in cases:
        confidence, right = np.asarray(confidence, float), np.asarray(right, bool)
        keeps = [t for t in np.unique(confidence) if (~right[confidence >= t]).mean() <= error]
        expected = min(keeps) if keeps else None
        try:
            answer = function(confidence.copy(), right.copy(), error)
            if answer is Ellipsis:
                return _say("…", "Let the function return a threshold: one of the confidences, or None.")
            answer = None if answer is None else float(answer)
        except Exception as problem:  # whatever a learner's function raises is an answer to give, not a reason to stop
            return _say("✗", f"Your function stops: {_short(problem)} It gets two arrays and a share, and returns one number or None.")
        shown = f"for confidence {confidence.tolist()}, right {right.astype(int).tolist()} and error {error}" if len(right) < 9 else "for a longer case"
        if (answer is None) != (expected is None) or (expected is not None and not np.isclose(answer, expected, rtol=1e-9)):
            return _say("✗", f"Not yet: {shown} your function returns {answer}, and it should be {expected}. Note: {why}.")
    _say("✓", "It keeps the promise with as few refusals as can be. Choose the threshold on validation digits, as here, "
         "and judge it on digits that it has not seen: there it may break its promise a little.")


def committee(function, reports):
    """Exercise ``exercise-committee`` of 04: mix the probabilities (3, N, 10) of three models into (N, 10)."""
    if function is None:
        return _say("…", "Write a function committee(probabilities) that returns an array of shape (N, 10).")
    if not callable(function):
        return _say("✗", f"committee is a {type(function).__name__}; hand over the function itself.")
    probabilities, labels = np.stack([report.probabilities for report in reports]).astype(float), reports[0].labels
    try:
        answer = function(probabilities.copy())
        if answer is Ellipsis or answer is None:
            return _say("…", "Let the function return the committee's probabilities, shape (N, 10).")
        answer = np.asarray(answer, float)
    except Exception as problem:  # whatever a learner's function raises is an answer to give, not a reason to stop
        return _say("✗", f"Your function stops: {_short(problem)} It gets an array of shape {probabilities.shape}.")
    if answer.shape != probabilities.shape[1:]:
        hint = " Mix over the first axis, the three models." if answer.size < probabilities.size else ""
        return _say("✗", f"The shape is {answer.shape}; it must be {probabilities.shape[1:]}.{hint}")
    if not np.isfinite(answer).all() or (answer < 0).any():
        return _say("✗", "There are negative numbers or nan among the probabilities. The logarithm of 0 is one way to get there.")
    if not np.allclose(answer.sum(axis=1), 1, atol=1e-4):
        return _say("✗", f"The rows add up to {answer.sum(axis=1).min():.3f} to {answer.sum(axis=1).max():.3f}; probabilities add up to 1. "
                    "Divide each row by its sum.")
    rows = np.arange(len(labels))
    loss = -np.log(np.maximum(answer[rows, labels], 1e-12)).mean()
    best = min(reports, key=lambda report: report.loss)
    if loss >= best.loss - 1e-6:
        same = " That is one member alone." if any(np.allclose(answer, p, atol=1e-6) for p in probabilities) else ""
        return _say("✗", f"Loss {loss:.4f}; the best member, {best.model_name}, has {best.loss:.4f}.{same} "
                    "A good committee listens more to its better members, but not to them alone.")
    from mnist_lib.evaluation import mcnemar

    members = max(reports, key=lambda report: report.accuracy)
    test = mcnemar(labels, members.predictions, answer.argmax(axis=1))
    luck = "more than luck" if test.p_value < 0.05 and test.only_second > test.only_first else "which may well be luck"
    _say("✓", f"Loss {loss:.4f}, below the {best.loss:.4f} of {best.model_name} alone. Against {members.model_name} it gains "
         f"{test.only_second} digits and loses {test.only_first}, {luck} (p = {test.p_value:.2f}). Better confidence comes easier than better answers.")


# ---- 06_save_and_ship


def bytes_on_disk(weights, checkpoint, eight_bit, *, parameters=109_386):
    """Exercise ``exercise-bytes`` of 06: bytes of 32-bit weights, of a checkpoint with Adam, of 8-bit weights."""
    answers = [_number(answer) for answer in (weights, checkpoint, eight_bit)]
    if None in answers:
        return _say("…", "Fill in three numbers of bytes: the weights, the checkpoint, the weights in 8 bits.")
    weights, checkpoint, eight_bit = answers
    four, said = 4 * parameters, "that is a count of numbers. Each of them takes several bytes."
    slips = {
        parameters: said,
        32 * parameters: "those are bits. A byte has eight of them.",
        8 * parameters: "that is 64 bits each; here they have 32.",
        2 * parameters: "that is 16 bits each; here they have 32.",
    }
    if weights != four:
        return _say("✗", "(a) " + slips.get(weights, "not yet. How many bytes are 32 bits? Once for each parameter."))
    slips = {
        four: "those are the weights alone. Adam has a memory for each of them.",
        2 * four: "Adam keeps two running means for each weight, not one; and the weights are there as well.",
        4 * four: "the weights once, and two running means for each: three, not four.",
        3 * parameters: said,
    }
    if checkpoint != 3 * four:
        return _say("✗", "(b) " + slips.get(checkpoint, "not yet. The weights, and two running means for each of them."))
    slips = {
        8 * parameters: "those are bits, or bytes of 64-bit numbers. Eight bits are one byte.",
        four // 8: "an eighth? 8 bits are a quarter of 32.",
        four: "that is still 32 bits each.",
        256 * parameters: "256 is how many values 8 bits can take, not their size.",
    }
    if eight_bit != parameters:
        return _say("✗", "(c) " + slips.get(eight_bit, "not yet. Eight bits are one byte."))
    _say("✓", "To go on with a training takes three times the weights; to use its result on a telephone, a quarter of them. "
         "What a file is for decides what belongs in it.")


def quantise(function):
    """Exercise ``exercise-quantise`` of 06: an array of floats to int8, -127 to 127, and one step."""
    if function is None:
        return _say("…", "Write the function: an array in, whole numbers of 8 bits and a step out.")
    if not callable(function):
        return _say("✗", "That is not a function. Hand over quantise itself, without brackets: checks.quantise(quantise).")
    w = np.random.default_rng(0).normal(0, 0.1, (3, 3, 4)).astype(np.float32)
    w[1, 1, 1] = -0.5  # the largest weight is a negative one, on purpose
    try:
        answer = function(w.copy())
        if answer is None:
            return _say("…", "Return two things: q, an array of int8, and the step s.")
        q, s = answer
        q, s = np.asarray(q), float(s)
        with np.errstate(all="ignore"):
            zero_q, zero_s = function(np.zeros((2, 2), np.float32))
            zeros = np.asarray(zero_q, dtype=float) * float(zero_s)
    except Exception as problem:
        return _say("✗", f"Your function raises {_short(problem)}")
    if q.shape != w.shape:
        return _say("✗", f"q has shape {q.shape}; it must have the shape of w, {w.shape}.")
    if q.dtype != np.int8:
        return _say("✗", f"q is {q.dtype}, which takes {8 * q.dtype.itemsize} bits a number or has no minus. Use "
                    ".astype(np.int8), after rounding.")
    step = 0.5 / 127
    for value, text in (
        (float(w.max()) / 127, "the largest weight by size is a negative one. Take np.abs(w).max(), or it runs over."),
        (0.5 / 128, "127, not 128: int8 ends at 127, and +128 would come out as -128."),
        (0.5 / 255, "255 steps reach from -127 to 127. From 0 to the largest weight there are 127."),
        (0.5 / 256, "256 steps reach from end to end. From 0 to the largest weight there are 127."),
        (float(w.max() - w.min()) / 255, "that maps the whole range to 0…255. Here 0 stays 0, and the largest size is 127."),
        (127 / 0.5, "the step is upside down: it is the largest weight divided by 127."),
        (0.5, "that is the largest weight. The step is a 127th of it."),
    ):
        if np.isclose(s, value, rtol=1e-4):
            return _say("✗", "s: " + text)
    if not np.isclose(s, step, rtol=1e-4):
        return _say("✗", "s: not yet. The largest weight by size, divided by 127.")
    exact = w / step
    if np.array_equal(q, exact.astype(np.int8)) or np.array_equal(q, np.floor(exact).astype(np.int8)):
        return _say("✗", "q: you cut the decimals off. np.round first; otherwise errors reach a whole step, not a half.")
    if np.abs(q - exact).max() > 0.501:
        return _say("✗", "q: some numbers are more than half a step off. Divide by the step, round, then .astype(np.int8).")
    if not np.isfinite(float(zero_s)) or zeros.any() or float(zero_s) == 0:
        return _say("✗", "Right, but for an array of zeros: its largest weight is 0, and you divide by the step. "
                    "Give it any step, 1 for example.")
    _say("✓", "Each weight is now one byte, and never more than half a step from what it was. A filter of small weights "
         "beside one of large weights suffers most: hence a step for each filter.")


def is_suspicious(function):
    """Exercise ``exercise-suspicious`` of 06: does a .keras file hold a Lambda? Found without loading it."""
    import tempfile
    from pathlib import Path

    if function is None:
        return _say("…", "Write the function: a path in, True or False out.")
    if not callable(function):
        return _say("✗", "That is not a function. Hand over is_suspicious itself, without brackets.")
    with tempfile.TemporaryDirectory() as folder:
        for number, (config, expected, what) in enumerate(_recipes()):
            path = _keras_file(Path(folder) / f"model{number}.keras", config)
            try:
                answer = function(path)
            except Exception as problem:
                return _say("✗", f"For {what} your function raises {_short(problem)}")
            if answer is None:
                return _say("…", "Return True if the file holds a Lambda, False if not.")
            try:
                answer = bool(answer)
            except Exception:
                return _say("✗", "Return True or False, one answer for the whole file.")
            if answer != expected:
                return _say("✗", f"For {what} your answer is {answer}.")
    _say("✓", "Found at the top, in a model within the model, inside a wrapper, and no false alarm. You read a program "
         "without running it.")


def _recipes():
    """Small recipes as config.json has them, whether they hold a Lambda, and in words what they are."""

    def layer(class_name, **config):
        return {"module": "keras.layers", "class_name": class_name, "config": config}

    def model(*layers):
        return {"module": "keras", "class_name": "Sequential", "config": {"name": "model", "layers": list(layers)}}

    code = layer("Lambda", function={"class_name": "__lambda__", "config": {"code": "4wAA"}})
    dense = layer("Dense", name="dense", units=10)
    return [
        (model(dense, dense), False, "a model of dense layers"),
        (model(dense, code), True, "a model with a Lambda among its layers"),
        (model(dense, model(dense, model(code))), True, "a model in a model in a model, with a Lambda in the last,"),
        (model(layer("TimeDistributed", layer=code), dense), True, "a Lambda inside the settings of a wrapper layer"),
        (model(layer("Dense", name="Lambda", units=10)), False, 'an innocent layer whose name is "Lambda"'),
    ]


def _keras_file(path, config):
    import json
    import zipfile

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", b"")
    return path
