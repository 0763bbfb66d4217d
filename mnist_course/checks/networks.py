"""What the checks of exercises that ask for a trained network share."""

from mnist_course.checks.engine import ODD, exercise, short

SLIPS = {
    ODD: "That is not a Keras model that has been built. Hand over the model itself, starting with keras.Input((28, 28)).",
    "unread": "It cannot read the validation digits: {} Pixels (N, 28, 28) in, logits (N, 10) out.",
    "guessing": "{:.1%} of the validation digits: that is guessing. Is the model trained, and are its pixels scaled?",
}


def of_network(blank, *, bars, slips, praise):
    """Make the check of an exercise that asks for a network; ``blank`` shows the bar, on MNIST or on the sample."""
    return exercise(lambda data: blank.format(_bar(data, bars)), slips={**SLIPS, **slips}, praise=praise)


def accuracy_of(model, data, bars):
    """Yield whether the model cannot read digits, or only guesses; return its accuracy on validation, and the bar."""
    from mnist_lib.evaluation import evaluate

    try:
        accuracy = evaluate(model, data.validation).accuracy
    except Exception as problem:
        accuracy = 0
        yield "unread", True, short(problem)
    yield "guessing", accuracy < 0.2, accuracy
    return accuracy, _bar(data, bars)


def largest(model):
    """Return name and parameters of the largest layer."""
    return max(
        ((layer.name, layer.count_params()) for layer in model.layers), key=lambda layer: layer[1], default=("", 0)
    )


def _bar(data, bars):
    return bars[0] if data.is_mnist else bars[1]
