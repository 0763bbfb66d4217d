"""Checks of the exercises of notebook 09_tensorflow_1_to_2."""

from types import CodeType

import numpy as np

from mnist_lib.checks import number, say, short
from mnist_lib.tensorflow1.old_program import run_old_program


def traces(numbers, tensors, shapes):
    """Exercise ``exercise-traces``: how often ``double`` is traced in each of three groups of calls."""
    answers = {"numbers": numbers, "tensors": tensors, "shapes": shapes}
    if any(answer is None for answer in answers.values()):
        return say("…", "Fill in three counts: how often is the function traced in each group of calls?")
    mistakes = {
        "numbers": {3: "a value that it has met before finds its graph again.",
                    1: "a Python number is part of the trace: each new value, a new graph.",
                    0: "the first call always traces."},
        "tensors": {3: "values of tensors are not part of the trace, only shape and type are.",
                    2: "values of tensors are not part of the trace, only shape and type are.",
                    0: "the first call always traces."},
        "shapes": {3: "two of the three arrays have the same shape and type.",
                   1: "without a signature, each new shape is traced.",
                   0: "the first call always traces."},
    }  # fmt: skip
    truth = {"numbers": 2, "tensors": 1, "shapes": 2}  # the tests count them live
    for name, answer in answers.items():
        count = number(answer)
        if count is None:
            return say("✗", f"{name}: that is not one number.")
        if count != truth[name]:
            return say(
                "✗",
                f"{name}: {mistakes[name].get(count, 'not yet. Which calls differ in shape, type or Python value?')}",
            )
    say("✓", "Right, all three. So hand a function tensors or arrays, and numbers as tensors if they change: a trace costs "
         "as much as many steps, and a loop that traces each time is slower than no graph at all.")  # fmt: skip


def ask(function):
    """Exercise ``exercise-ask``: ``function(graph, name, feeds)`` -> the node's value, from a session of its own."""
    if function is None:
        return say("…", "Write a function ask(graph, name, feeds) that returns the value of the node.")
    if not callable(function):
        return say("✗", f"ask is a {type(function).__name__}; hand over the function itself, without calling it.")
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
        except Exception as problem:
            return say("✗", _why_asking_fails(problem))
    if all(answer is None for answer in answers):
        return say("…", "Your function returns None: return what session.run gives.")
    if any(isinstance(answer, tf.Tensor | tf.Operation) for answer in answers):
        return say("✗", "That is the node, not its value. Only a session can say what flows there.")
    try:
        hidden, total, fed = (np.asarray(answer, dtype=float) for answer in answers)
    except (TypeError, ValueError):
        return say("✗", "What comes back is not an array of numbers. Return what session.run gives for this one name.")
    if hidden.shape != (4, 2):
        return say(
            "✗", f"hidden:0 has shape (4, 2); yours has {hidden.shape}. Run the name itself, not a list that holds it."
        )
    if not np.allclose(hidden, x @ start, atol=1e-5) or not np.allclose(total, (x @ start).sum(), atol=1e-4):
        return say("✗", "Those are not the values of these nodes. Run `name`, with `feeds`, in a session on `graph`.")
    if not np.allclose(fed, 8):
        return say("✗", "Fed in the middle of the graph, it gives another total: hand feeds on as they are.")
    say("✓", "Any node, by name, and fed anywhere: even in the middle, where x was not needed. That is how to look into "
         "an old program when all you have is its graph.")  # fmt: skip


def _why_asking_fails(problem):
    kind = type(problem).__name__
    if kind == "FailedPreconditionError":
        return "FailedPreconditionError: a variable has no value yet. Each new session begins empty: run the initialiser first."
    if kind == "InvalidArgumentError" and "must feed" in str(problem):
        return "InvalidArgumentError: a placeholder is empty. Hand the feeds to session.run, too."
    if (
        "graph is empty" in str(problem)
        or "not an element of this graph" in str(problem)
        or "does not exist" in str(problem)
    ):
        return f"{kind}: the session looks into another graph. Open it on this one: v1.Session(graph=graph)."
    return f"Your function stops: {short(problem)}"


def new_program(function, data):
    """Exercise ``exercise-translate``: the old program of twenty lines in today's TensorFlow.

    ``function(x, labels, x_validation, labels_validation, batches)`` returns W, b, accuracy. The old program
    itself runs beside it, in a graph of its own under ``tf.compat.v1``, on the same batches.
    """
    if function is None:
        return say(
            "…", "Write new_program(x, labels, x_validation, labels_validation, batches), which returns W, b, accuracy."
        )
    if not callable(function):
        return say(
            "✗", f"new_program is a {type(function).__name__}; hand over the function itself, without calling it."
        )
    x, labels, x_validation, labels_validation, batches = given = _exercise_data(data)
    try:
        answer, again = (function(*(array.copy() for array in given)) for _ in range(2))
    except Exception as problem:
        return say("✗", f"Your program stops: {short(problem)}")
    if answer is None:
        return say("…", "Your program returns nothing yet: W, b and the accuracy are asked for.")
    try:
        W, b, accuracy = (np.asarray(part, dtype=float) for part in answer)
        W_again = np.asarray(again[0], dtype=float)
    except (TypeError, ValueError):
        return say("✗", "Return three things: W and b as arrays or variables, and the accuracy as one number.")
    if W.shape != (784, 10) or b.shape != (10,) or accuracy.size != 1:
        return say("✗", f"Shapes {W.shape}, {b.shape} and {accuracy.shape}; expected (784, 10), (10,) and one number.")
    if not (np.isfinite(W).all() and np.isfinite(b).all()):
        return say(
            "✗",
            "The weights are nan: the step is too long. The old loss is a sum over the batch, and 0.0005 belongs to it.",
        )
    old_W, old_b, old_accuracy = run_old_program(*given)

    def same(one, other):
        return np.allclose(one, other, atol=2e-4)

    if not same(W, old_W) or not same(b, old_b):
        return say("✗", _what_differs(W, b, x, labels, batches, same))
    if not same(W, W_again):
        return say(
            "✗",
            "Called a second time, it goes on where it stopped. Make the variables and the optimiser inside of new_program.",
        )
    if not np.isclose(accuracy, old_accuracy, atol=2e-3):
        hint = "as a share, 0 to 1, not in per cent." if np.isclose(accuracy, 100 * old_accuracy, atol=0.2) else (
            "on the validation digits, after training, with argmax along axis 1.")  # fmt: skip
        return say(
            "✗",
            f"The weights are right; the accuracy is {float(accuracy.squeeze()):.4g}, the old one {old_accuracy:.4f}. Take it {hint}",
        )
    if left := _old_names_in(function):
        return say(
            "✗",
            f"The numbers are right, but {', '.join(left)} is still in it. Try it without tf.compat.v1: no session, no feeds.",
        )
    say("✓", f"Both programs ran on the same {len(batches)} batches: the largest difference between their weights is "
         f"{np.abs(W - old_W).max():.0e}, and both read {old_accuracy:.1%} of the validation digits. "
         "Same start, same batches, same numbers: that proves a translation; an accuracy that looks alike does not.")  # fmt: skip


def _exercise_data(data):
    def rows(images):
        return images.reshape(len(images), 784).astype(np.float32) / 255

    train, validation = data.train, data.validation
    x, labels = rows(train.images[:2000]), train.labels[:2000].astype(np.int32)
    batches = np.random.default_rng(9).integers(0, len(x), size=(200, 100))
    return x, labels, rows(validation.images), validation.labels.astype(np.int32), batches


def _train_by_hand(x, labels, batches, *, step=0.0005, momentum=0.9, mean=False, twice=False, nesterov=False):
    """The old program in NumPy, with one thing changed."""

    def softmax(z):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    W, b = np.zeros((784, 10), np.float32), np.zeros(10, np.float32)
    speeds = [np.zeros_like(W), np.zeros_like(b)]
    for batch in batches:
        p = softmax(x[batch] @ W + b)
        error = (softmax(p) if twice else p) - np.eye(10, dtype=np.float32)[labels[batch]]
        if twice:
            error = p * (error - (error * p).sum(axis=1, keepdims=True))
        if mean:
            error = error / len(batch)
        for variable, speed, slope in zip((W, b), speeds, (x[batch].T @ error, error.sum(axis=0)), strict=True):
            speed *= momentum
            speed -= step * slope
            variable += momentum * speed - step * slope if nesterov else speed
    return W, b


def _what_differs(W, b, x, labels, batches, same):
    if not W.any():
        return "The weights are still zero. Was the update run, and in the loop?"
    for change, why in (
        ({"mean": True}, "your loss is a mean, the old one a sum over 100 digits. Then the step is 100 times as long: 0.05."),
        ({"step": 0.05}, "your loss is a sum, and 0.05 is the step for a mean: it is a hundred times too long."),
        ({"momentum": 0.0}, "that is plain gradient descent. The old program has momentum, 0.9."),
        ({"momentum": 0.0, "mean": True}, "your loss is a mean, where the old one is a sum, and momentum, 0.9, is missing."),
        ({"momentum": 0.0, "step": 0.05, "mean": True}, "that is plain gradient descent. The old program has momentum, 0.9."),
        ({"nesterov": True}, "that is Nesterov's momentum; the old program has the plain one."),
        ({"twice": True}, "that is softmax twice: a loss from logits wants x @ W + b, without softmax."),
        ({"twice": True, "mean": True, "step": 0.05}, "that is softmax twice: a loss from logits wants x @ W + b, without softmax."),
    ):  # fmt: skip
        with np.errstate(all="ignore"):
            if same(W, _train_by_hand(x, labels, batches, **change)[0]):
                return f"The weights differ from the old program's: {why}"
    for count, why in ((1, "only the first batch was used."), (len(batches) - 1, "one batch is missing.")):
        if same(W, _train_by_hand(x, labels, batches[:count])[0]):
            return f"The weights differ from the old program's: {why}"
    if same(W, _train_by_hand(x, labels, batches)[0]) and not b.any():
        return "W is right, b is still zero: train it, too."
    return (f"The weights differ from the old program's, by up to {np.abs(W - _train_by_hand(x, labels, batches)[0]).max():.2g}. Check in this order: "
            "zeros at the start, the batches in their order, a sum over the batch, step 0.0005, momentum 0.9.")  # fmt: skip


def _old_names_in(function):
    """Names of TensorFlow 1 that a function's code uses."""
    found, todo = set(), [getattr(function, "__code__", None)]
    while todo:
        code = todo.pop()
        if isinstance(code, CodeType):
            found |= {"compat", "v1", "Session", "placeholder"} & {*code.co_names, *code.co_varnames, *code.co_freevars}
            todo += code.co_consts
    return sorted(found)
