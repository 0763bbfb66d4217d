"""Checks of the exercises of lesson 15_tensorflow_1_and_2."""

from types import CodeType

import numpy as np
from scipy.special import softmax

from mnist_course.checks.engine import ELSE, ODD, RIGHT, Stop, array, arrays, numbers, of_function, recognised
from mnist_lib.tensorflow1.old_program import run_old_program

FIRST = "the first call always traces."
VALUES = "values of tensors are not part of the trace, only shape and type are."
NOT_YET = "not yet. Which calls differ in shape, type or Python value?"


@numbers(
    "Fill in three counts: how often is the function traced in each group of calls?",
    lists={
        3: RIGHT,
        4: "the fourth list is equal to the first, and finds its graph again.",
        2: "the order counts as well: [1, 2] and [2, 1] are two lists.",
        1: "a Python number is part of the trace, in a list too: other numbers, another graph.",
        0: FIRST,
        ELSE: NOT_YET,
    },
    types={
        2: RIGHT,
        4: VALUES,
        1: "1 and 1.0 differ in type: int32 and float32.",
        3: VALUES,
        0: FIRST,
        ELSE: NOT_YET,
    },
    shapes={
        3: RIGHT,
        4: "two of the four arrays have the same shape and type.",
        2: "(3,) and (3, 1) are two shapes, though both hold three numbers.",
        1: "without a signature, each new shape is traced.",
        0: FIRST,
        ELSE: NOT_YET,
    },
    praise="Right, all three. So hand a function tensors or arrays, and numbers as tensors if they change: a trace costs as much as many steps, and a loop that traces each time is slower than no graph at all.",
)
def traces(lists, types, shapes):
    """Exercise ``exercise-traces``: how often ``total`` is traced in each of three groups of calls."""


@of_function(
    "ask",
    "Write a function ask(graph, name, feeds) that returns the value of the node.",
    empty="Your function returns None: return what session.run gives.",
    slips={
        "initialise": "FailedPreconditionError: a variable has no value yet. Each new session begins empty: run the initialiser first.",
        "feed": "InvalidArgumentError: a placeholder is empty. Hand the feeds to session.run, too.",
        "graph": "{}: the session looks into another graph. Open it on this one: v1.Session(graph=graph).",
        "node": "That is the node, not its value. Only a session can say what flows there.",
        ODD: "What comes back is not an array of numbers. Return what session.run gives for this one name.",
        "list": "hidden:0 has shape (4, 2); yours has {}. Run the name itself, not a list that holds it.",
        "values": "Those are not the values of these nodes. Run `name`, with `feeds`, in a session on `graph`.",
        "fed": "Fed in the middle of the graph, it gives another total: hand feeds on as they are.",
    },
    praise="Any node, by name, and fed anywhere: even in the middle, where x was not needed. That is how to look into an old program when all you have is its graph.",
)
def ask(function):
    """Exercise ``exercise-ask``: ``function(graph, name, feeds)`` -> the node's value, from a session of its own."""
    import tensorflow as tf

    v1, random = tf.compat.v1, np.random.default_rng(0)
    start, x = random.normal(size=(3, 2)).astype("float32"), random.normal(size=(4, 3)).astype("float32")
    graph = tf.Graph()
    with graph.as_default():
        W = v1.get_variable("W", initializer=start)
        hidden = tf.matmul(v1.placeholder(tf.float32, (None, 3), name="x"), W, name="hidden")
        tf.reduce_sum(hidden, name="total")
    answers = []
    for name, feeds in (("hidden:0", {"x:0": x}), ("total:0", {"x:0": x}), ("total:0", {"hidden:0": np.ones((4, 2))})):
        try:
            answers.append(function(graph, name, feeds))
        except Stop as stop:
            kind, text = type(stop.__cause__).__name__, str(stop.__cause__)
            yield "initialise", kind == "FailedPreconditionError"
            yield "feed", kind == "InvalidArgumentError" and "must feed" in text
            elsewhere = "graph is empty", "not an element of this graph", "does not exist"
            yield "graph", any(words in text for words in elsewhere), kind
            raise
    yield "node", any(isinstance(answer, tf.Tensor | tf.Operation) for answer in answers)
    hidden, total, fed = map(array, answers)
    yield "list", hidden.shape != (4, 2), hidden.shape
    right = x @ start
    yield "values", not np.allclose(hidden, right, atol=1e-5) or not np.allclose(total, right.sum(), atol=1e-4)
    yield "fed", not np.allclose(fed, 8)


def _trained(x, labels, batches, *, step=0.0005, momentum=0.9, mean=False, twice=False, nesterov=False):
    """The old program in NumPy, with one thing changed."""
    W, b = np.zeros((784, 10), np.float32), np.zeros(10, np.float32)
    speeds = [np.zeros_like(W), np.zeros_like(b)]
    for batch in batches:
        p = softmax(x[batch] @ W + b, axis=1)
        error = (softmax(p, axis=1) if twice else p) - np.eye(10, dtype=np.float32)[labels[batch]]
        if twice:
            error = p * (error - (error * p).sum(axis=1, keepdims=True))
        if mean:
            error = error / len(batch)
        for variable, speed, slope in zip((W, b), speeds, (x[batch].T @ error, error.sum(axis=0)), strict=True):
            speed *= momentum
            speed -= step * slope
            variable += momentum * speed - step * slope if nesterov else speed
    return W, b


def _program(used=None, **changes):
    """A function as the exercise asks for it, which uses so many batches."""

    def new_program(x, labels, x_validation, labels_validation, batches):
        with np.errstate(all="ignore"):
            W, b = _trained(x, labels, batches[:used], **changes)
        return W, b, ((x_validation @ W + b).argmax(axis=1) == labels_validation).mean()

    return new_program


def _same(one, other):
    return np.allclose(one, other, atol=2e-4)


DIFFERENT = "The weights differ from the old program's:"


@of_function(
    "new_program",
    "Write new_program(X, labels, X_validation, labels_validation, batches), which returns W, b, accuracy.",
    empty="Your program returns nothing yet: W, b and the accuracy are asked for.",
    slips={
        ODD: "Return three things: W and b as arrays or variables, and the accuracy as one number.",
        "shapes": "Shapes {}, {} and {}; expected (784, 10), (10,) and one number.",
        "nan": "The weights are nan: the steps are too long. The old loss is a sum over the batch, and 0.0005 belongs to it.",
        "zero": "The weights are still zero. Was the update run, and in the loop?",
        "mean": f"{DIFFERENT} your loss is a mean, the old one a sum over 100 digits. Then the learning rate is 100 times as large: 0.05.",
        "step": f"{DIFFERENT} your loss is a sum, and 0.05 is the learning rate for a mean: it is a hundred times too large.",
        "plain": f"{DIFFERENT} that is plain gradient descent. The old program has momentum, 0.9.",
        "plain mean": f"{DIFFERENT} your loss is a mean, where the old one is a sum, and momentum, 0.9, is missing.",
        "nesterov": f"{DIFFERENT} that is Nesterov's momentum; the old program has the plain one.",
        "twice": f"{DIFFERENT} that is softmax twice: a loss from logits wants X @ W + b, without softmax.",
        "first batch": f"{DIFFERENT} only the first batch was used.",
        "last batch": f"{DIFFERENT} one batch is missing.",
        "bias": "W is right, b is still zero: train it, too.",
        "other": "The weights differ from the old program's, by up to {:.2g}. Check in this order: zeros at the start, the batches in their order, a sum over the batch, learning rate 0.0005, momentum 0.9.",
        "again": "Called a second time, it goes on where it stopped. Make the variables and the optimiser inside of new_program.",
        "percent": "The weights are right; the accuracy is {:.4g}, the old one {:.4f}. Take it as a share, 0 to 1, not in per cent.",
        "accuracy": "The weights are right; the accuracy is {:.4g}, the old one {:.4f}. Take it on the validation digits, after training, with argmax along axis 1.",
        "old names": "The numbers are right, but {} is still in it. Try it without tf.compat.v1: no session, no feeds.",
    },
    wrong={
        "mean": _program(mean=True),
        "step": _program(step=0.05),
        "plain": _program(momentum=0.0),
        "plain mean": _program(momentum=0.0, mean=True),
        "nesterov": _program(nesterov=True),
        "twice": _program(twice=True),
        "first batch": _program(1),
        "last batch": _program(-1),
    },
    praise="Both programs ran on the same {} batches: the largest difference between their weights is {:.0e}, and both read {:.1%} of the validation digits. Same start, same batches, same numbers: that proves a translation; an accuracy that looks alike does not.",
)
def new_program(function, data):
    """Exercise ``exercise-translate``: the old program of twenty lines in today's TensorFlow.

    ``function(X, labels, X_validation, labels_validation, batches)`` returns W, b, accuracy. The old program
    itself runs beside it, in a graph of its own under ``tf.compat.v1``, on the same batches.
    """
    given = _exercise_data(data)
    (W, b, accuracy), (W_again, *_) = (arrays(function(*given)) for _ in range(2))
    yield "shapes", (W.shape, b.shape, accuracy.size) != ((784, 10), (10,), 1), W.shape, b.shape, accuracy.shape
    yield "nan", not (np.isfinite(W).all() and np.isfinite(b).all())
    yield "zero", not W.any()
    old_W, old_b, old_accuracy = run_old_program(*given)
    if not _same(W, old_W):
        yield from recognised(new_program, W, *given, same=lambda W, other: _same(W, other[0]))
    yield "bias", _same(W, old_W) and not b.any()
    yield "other", not _same(W, old_W) or not _same(b, old_b), np.abs(W - old_W).max()
    yield "again", not _same(W, W_again)
    accuracy = float(accuracy.squeeze())
    yield "percent", np.isclose(accuracy, 100 * old_accuracy, atol=0.2), accuracy, old_accuracy
    yield "accuracy", not np.isclose(accuracy, old_accuracy, atol=2e-3), accuracy, old_accuracy
    left = _old_names_in(function.plain)
    yield "old names", left, ", ".join(left)
    yield RIGHT, True, len(given[-1]), np.abs(W - old_W).max(), old_accuracy


def _exercise_data(data):
    def rows(images):
        return images.reshape(len(images), 784).astype(np.float32) / 255

    train, validation = data.train, data.validation
    x, labels = rows(train.images[:2000]), train.labels[:2000].astype(np.int32)
    batches = np.random.default_rng(9).integers(0, len(x), size=(200, 100))
    return x, labels, rows(validation.images), validation.labels.astype(np.int32), batches


def _old_names_in(function):
    """Names of TensorFlow 1 that a function's code uses."""
    found, todo = set(), [getattr(function, "__code__", None)]
    while todo:
        code = todo.pop()
        if isinstance(code, CodeType):
            found |= {"compat", "v1", "Session", "placeholder"} & {*code.co_names, *code.co_varnames, *code.co_freevars}
            todo += code.co_consts
    return sorted(found)
