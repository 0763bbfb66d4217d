"""Checks of the exercises of notebook 07_speed, and the count of operations that they need."""

from mnist_lib.checks import close, number, say, short
from mnist_lib.numerics.flops import forward_flops


def conv_operations(forward, in_training):
    """Exercise ``exercise-flops``: 32 kernels of 5 by 5 on 24 maps of 12 by 12, not the first layer."""
    if forward is None or in_training is None:
        return say("…", "Fill in two counts: operations for one digit forwards, and in training.")
    forward, in_training = number(forward), number(in_training)
    right = 2 * 8 * 8 * 25 * 24 * 32
    for count, why in (
        (right / 2, "those are the multiplications alone. Count the additions too."),
        (
            2 * 12 * 12 * 25 * 24 * 32,
            "that is with padding. Without, how often does a window of 5 fit into a row of 12?",
        ),
        (2 * 7 * 7 * 25 * 24 * 32, "one place a row is missing: 12 - 5, and the first place."),
        (2 * 8 * 8 * 25 * 32, "that is for one map coming in. Each kernel reads all 24."),
        (2 * 8 * 8 * 25 * 24, "that is one kernel. There are 32."),
        (2 * 8 * 8 * 5 * 24 * 32, "the kernel is 5 high as well as 5 wide."),
        (2 * 8 * 25 * 24 * 32, "that is one row of places. There are 8 rows."),
        (2 * 25 * 24 * 32, "that is one place of the window."),
        (25 * 24 * 32, "those are the weights. Each works at every place, and each time multiplies and adds."),
        (
            25 * 24 * 32 + 32,
            "those are the parameters. Each weight works at every place, and each time multiplies and adds.",
        ),
    ):
        if forward == count:
            return say("✗", f"forward: {why}")
    if forward is None or not abs(forward - right) <= 8 * 8 * 32:  # with or without the biases
        return say("✗", "forward: not yet. Two, times places, times weights of one kernel, times kernels.")
    for count, why in (
        (forward, "that is forwards alone. Two gradients follow."),
        (
            2 * forward,
            "one gradient is missing: there is one of the weights and one of the inputs, which the first layer wants to know.",
        ),
        (4 * forward, "forwards, and two gradients: that makes three."),
    ):
        if in_training == count:
            return say("✗", f"in_training: {why}")
    if not close(in_training, 3 * forward):
        return say(
            "✗",
            "in_training: not yet. Forwards, the gradient of the weights, the gradient of the inputs: the same work each time.",
        )
    say(
        "✓",
        f"{in_training:,.0f} operations in training: this one layer costs more than twice as much as our whole network does. You can now price a "
        "network before you build it.",
    )


def cycle_values(at_40, at_240):
    """Exercise ``exercise-cycle``: 400 steps, up for 80 from 0.0005 to 0.01, down to 0.00001 by half a cosine."""
    if at_40 is None or at_240 is None:
        return say("…", "Fill in two learning rates, for step 40 and for step 240.")
    at_40, at_240 = number(at_40), number(at_240)
    for value, why in (
        (0.005, "that is the middle between nothing and the peak. The way up starts at a twentieth of the peak."),
        (0.00475, "that is how far it has risen. Add where it started."),
        (0.01, "that is the peak, which comes at step 80."),
        (0.0005, "that is where it starts, at step 0."),
        (0.001, "that is a tenth of the peak. Step 40 is a tenth of all steps, but half of the way up."),
    ):
        if close(at_40, value):
            return say("✗", f"at_40: {why}")
    if not close(at_40, 0.00525):
        return say("✗", "at_40: not yet. The way up takes 80 steps, along a straight line from 0.0005 to 0.01.")
    for value, why in (
        (0.0034610, "that is a cosine over all 400 steps. The way down has 320, and step 240 is number 160 of them."),
        (
            0.0040060,
            "that is a straight line over all 400 steps. The way down begins at step 80, and is half a cosine.",
        ),
        (0.006, "step 240 is six tenths of all steps, but count from the peak, at step 80."),
        (0.00001, "that is the end, at step 400. A whole cosine is back at its start there: this one stops half way."),
        (
            0.01,
            "that is the peak. A cosine that is back there has made a whole wave; half a wave goes from top to bottom.",
        ),
    ):
        if close(at_240, value):
            return say("✗", f"at_240: {why}")
    if not close(at_240, 0.005005):
        return say("✗", "at_240: not yet. How much of the way down, from step 80 to step 400, is behind you?")
    say(
        "✓",
        "Half way up, half way down. The cosine stays long near the top, where most of the way is made, and long near the "
        "bottom, where the network settles.",
    )


def half_the_operations(model, data):
    """Exercise ``exercise-half``: at most half of ``fast_cnn``'s operations, above a bar on ``data.validation``."""
    bar, most = (0.98 if data.is_mnist else 0.9), 521_728
    if model is None:
        return say(
            "…",
            f"Build and train a network of at most {most:,} operations a digit; the bar is {bar:.0%} of the validation digits.",
        )
    try:
        counts = forward_flops(model)
        kinds = {type(layer).__name__ for layer in model.layers}
    except Exception:
        return say(
            "✗",
            "That is not a Keras model that has been built. Hand over the model itself, starting with keras.Input((28, 28)).",
        )
    odd = sorted(
        kind for kind in kinds if "Conv" in kind and kind != "Conv2D" or kind in ("Sequential", "Functional", "Lambda")
    )
    if odd:
        return say(
            "✗",
            f"There is a {odd[0]} in it, whose operations are not counted here. Use Conv2D and Dense, one after the other.",
        )
    if not counts:
        return say("✗", "There is neither a Conv2D nor a Dense layer in it: nothing could be learned.")
    if sum(counts) > most:
        return say(
            "✗",
            f"{sum(counts):,} operations, {sum(counts) - most:,} too many. Counted layer number {counts.index(max(counts)) + 1} "
            f"has {max(counts):,} of them: begin there.",
        )
    from mnist_lib.evaluation import evaluate

    try:
        accuracy = evaluate(model, data.validation).accuracy
    except Exception as problem:
        return say(
            "✗", f"It cannot read the validation digits: {short(problem)} Pixels (N, 28, 28) in, logits (N, 10) out."
        )
    if accuracy < 0.2:
        return say("✗", f"{accuracy:.1%} of the validation digits: that is guessing. Is the model trained?")
    if accuracy < bar:
        return say(
            "✗",
            f"{accuracy:.2%} of the validation digits with {sum(counts):,} operations; the bar is {bar:.0%}. Is the money in "
            "the right layers? And does the learning rate rise and settle?",
        )
    say(
        "✓",
        f"{accuracy:.2%} of the validation digits with {sum(counts):,} operations, {sum(counts) / 1_043_456:.0%} of the fast network's. "
        "How few can you go before the digits notice?",
    )
