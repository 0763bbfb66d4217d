"""Checks of the exercises of notebook 08_accuracy."""

import numpy as np

from mnist_lib.checks import close, number, say, short


def softest_loss(best, lowest):
    """Exercise ``exercise-bottom``: smoothing 0.2; the probability of the right digit with the lowest loss, and that."""
    if best is None or lowest is None:
        return say("…", "Fill in two numbers: the best probability of the right digit, and the loss there.")
    best, lowest = number(best), number(lowest)
    for value, why in (
        (0.8, "the share that is taken away is spread over all ten digits, so the right one gets a tenth of it back."),
        (1.0, "with a probability of 1 the nine others get 0, and the loss asks for a little of each."),
        (0.91, "that is for the smoothing of a tenth, as in the text. Here it is 0.2."),
        (0.02, "that is the label of each wrong digit. What does the label say for the right one?"),
    ):
        if close(best, value):
            return say("✗", f"best: {why}")
    if not close(best, 0.82):
        return say(
            "✗",
            "best: not yet. Cross-entropy is lowest where the probabilities equal the label, q. What does q say for the right digit?",
        )
    right, wrong = -0.82 * np.log(0.82), -0.18 * np.log(0.02)
    for value, why in (
        (0.0, "zero is out of reach: to get there, ten probabilities would all have to be 1."),
        (right, "that is the right digit's part of the sum. Nine more follow."),
        (wrong, "that is the part of the nine wrong digits. The right one is missing."),
        (right + wrong / 9, "that counts one wrong digit. There are nine."),
        (-np.log(0.82), "that is the loss against a plain label. The softened one asks about all ten digits."),
        ((right + wrong) / np.log(2), "that is in bits. Use the natural logarithm."),
    ):
        if lowest == value or value and close(lowest, value):
            return say("✗", f"lowest: {why}")
    if not close(lowest, right + wrong):
        return say("✗", "lowest: not yet. Put p = q into the sum over all ten digits.")
    say(
        "✓",
        f"{lowest:.3f}, and no network gets below it: a loss of smoothed training is not to be compared with one of plain training. "
        "Compare what both do on validation digits.",
    )


def shown_or_not(apart, verdict):
    """Exercise ``exercise-luck``: mistakes 25, 17, 18 against 19, 14, 18: standard errors between the means, verdict."""
    if apart is None or verdict is None:
        return say("…", 'Fill in how many standard errors the two means are apart, and "shown" or "not shown".')
    apart, squares = number(apart), np.array([19, 7])  # squared standard deviations of one training
    right = 3 / np.sqrt((squares / 3).sum())
    for value, why in (
        *(
            (3 / np.sqrt(square), "that divides by the spread of one training. A mean of three is surer than that.")
            for square in squares
        ),
        *(
            (
                3 / np.sqrt(square / 3),
                "that divides by the standard error of one mean. Both are uncertain: their squares add up.",
            )
            for square in squares
        ),
        (3 / np.sqrt(squares / 3).sum(), "standard errors do not add up, their squares do."),
        (
            3 / np.sqrt((squares * 2 / 9).sum()),
            "the squares were divided by m. With so few runs it has to be m - 1 (np.std(..., ddof=1)).",
        ),
        (3.0, "that is the difference in mistakes. Divide it by its standard error."),
        (3 / right, "that is the standard error of the difference. How often does it fit into the difference?"),
    ):
        if apart is not None and close(abs(apart), value):
            return say("✗", f"apart: {why}")
    if apart is None or not close(abs(apart), right):
        return say(
            "✗",
            "apart: not yet. Difference of the means, divided by the root of the sum of both squared standard errors.",
        )
    if not isinstance(verdict, str) or verdict.strip().lower() != "not shown":
        return say(
            "✗",
            "verdict: about one standard error. Two equal recipes differ by more than that in one comparison of three.",
        )
    say(
        "✓",
        "About one standard error: two equal recipes differ by more than that in one comparison of three. Before you believe in the "
        "second recipe, train more often; before you tell others, much more often.",
    )


def own_variation(function, model, data):
    """Exercise ``exercise-vary``: a function (images, seed) for ``augment``, tried on digits that ``model`` reads."""
    if function is None:
        return say(
            "…",
            "Write vary_my_way(images, seed) and hand it over: the check looks at its shape, its seed and its strength.",
        )
    import tensorflow as tf

    from mnist_lib.evaluation import predict

    images, labels = data.validation.images[:300], data.validation.labels[:300]
    try:
        in_graph = tf.function(lambda some, seed: tf.cast(function(some, seed), tf.float32))
        first, again, other = (
            in_graph(tf.constant(images), tf.constant(seed)).numpy() for seed in ((0, 1), (0, 1), (0, 2))
        )
    except Exception as problem:
        return say(
            "✗",
            f"It does not run in a graph: {short(problem)} Use TensorFlow's operations; images are uint8 (N, 28, 28), seed is int32 (2,).",
        )
    if first.shape != images.shape:
        return say("✗", f"It returns shape {first.shape} for images of shape {images.shape}; both must be the same.")
    if not np.isfinite(first).all() or first.min() < 0 or first.max() > 255:
        return say(
            "✗",
            f"Its pixels go from {first.min():.0f} to {first.max():.0f}; they must stay within 0 and 255 (tf.clip_by_value).",
        )
    if (first != again).any():
        return say(
            "✗",
            "The same seed gives two results. Draw with tf.random.stateless_…(seed=seed), or a training cannot be repeated.",
        )
    if np.array_equal(first, images):
        return say("✗", "It leaves all images as they are.")
    if np.array_equal(first, other):
        return say(
            "✗", "Another seed gives the same result: every epoch would see the same digits. Let it draw with the seed."
        )
    one = np.repeat(images[:1], 20, axis=0)
    if len(np.unique(in_graph(tf.constant(one), tf.constant((0, 1))).numpy(), axis=0)) < 10:
        return say(
            "✗",
            "All images of a batch are changed in the same way. Draw one number (or more) for each image: shape (N, …).",
        )
    plain, varied = (float((predict(model, some).argmax(axis=1) == labels).mean()) for some in (images, first))
    if varied < plain - 0.15:
        return say(
            "✗",
            f"The network reads {plain:.1%} of the digits as they are, and {varied:.1%} of yours. Would you read them? Look at a few, "
            "with plots.show_digits, and make the change weaker.",
        )
    say(
        "✓",
        f"Right shape, repeatable, each image in its own way; the network reads {varied:.1%} of your digits, and {plain:.1%} of the originals. "
        "Now the only question that counts: train with it for several seeds, and compare on validation.",
    )
