"""Checks of the exercises of lesson 13."""

from mnist_course.checks.engine import ELSE, RIGHT, numbers
from mnist_course.checks.networks import accuracy_of, of_network
from mnist_lib.numerics.flops import forward_flops

FORWARD = 2 * 8 * 8 * 25 * 24 * 32


@numbers(
    "Fill in two counts: operations for one digit forwards, and in training.",
    forward={
        FORWARD: RIGHT,
        FORWARD + 8 * 8 * 32: RIGHT,  # with the biases
        FORWARD // 2: "those are the multiplications alone. Count the additions too.",
        2 * 12 * 12 * 25 * 24 * 32: "that is with padding. Without, how often does a window of 5 fit into a row of 12?",
        2 * 7 * 7 * 25 * 24 * 32: "one place a row is missing: 12 - 5, and the first place.",
        2 * 8 * 8 * 25 * 32: "that is for one map coming in. Each kernel reads all 24.",
        2 * 8 * 8 * 25 * 24: "that is one kernel. There are 32.",
        2 * 8 * 8 * 5 * 24 * 32: "the kernel is 5 high as well as 5 wide.",
        2 * 8 * 25 * 24 * 32: "that is one row of places. There are 8 rows.",
        2 * 25 * 24 * 32: "that is one place of the window.",
        25 * 24 * 32: "those are the weights. Each works at every place, and each time multiplies and adds.",
        25 * 24 * 32
        + 32: "those are the parameters. Each weight works at every place, and each time multiplies and adds.",
        ELSE: "not yet. Two, times places, times weights of one kernel, times kernels.",
    },
    in_training={
        3.0 * FORWARD: RIGHT,
        1.0 * FORWARD: "that is forwards alone. Two gradients follow.",
        2.0
        * FORWARD: "one gradient is missing: there is one of the weights and one of the inputs, which the first layer wants to know.",
        4.0 * FORWARD: "forwards, and two gradients: that makes three.",
        ELSE: "not yet. Forwards, the gradient of the weights, the gradient of the inputs: the same work each time.",
    },
    praise="{1:,.0f} operations in training: this one layer costs more than twice as much as our whole network does. You can now price a network before you build it.",
)
def conv_operations(forward, in_training):
    """Exercise ``exercise-flops``: 32 kernels of 5 by 5 on 24 maps of 12 by 12, not the first layer."""


@numbers(
    "Fill in two learning rates, for step 40 and for step 240.",
    at_40={
        0.00525: RIGHT,
        0.005: "that is the middle between nothing and the peak. The way up starts at a twentieth of the peak.",
        0.00475: "that is how far it has risen. Add where it started.",
        0.01: "that is the peak, which comes at step 80.",
        0.0005: "that is where it starts, at step 0.",
        0.001: "that is a tenth of the peak. Step 40 is a tenth of all steps, but half of the way up.",
        ELSE: "not yet. The way up takes 80 steps, along a straight line from 0.0005 to 0.01.",
    },
    at_240={
        0.005005: RIGHT,
        0.003461: "that is a cosine over all 400 steps. The way down has 320, and step 240 is number 160 of them.",
        0.004006: "that is a straight line over all 400 steps. The way down begins at step 80, and is half a cosine.",
        0.006: "step 240 is six tenths of all steps, but count from the peak, at step 80.",
        0.00001: "that is the end, at step 400. A whole cosine is back at its start there: this one stops half way.",
        0.01: "that is the peak. A cosine that is back there has made a whole wave; half a wave goes from top to bottom.",
        ELSE: "not yet. How much of the way down, from step 80 to step 400, is behind you?",
    },
    praise="Half way up, half way down. The cosine stays long near the top, where most of the way is made, and long near the bottom, where the network settles.",
)
def cycle_values(at_40, at_240):
    """Exercise ``exercise-cycle``: 400 steps, up for 80 from 0.0005 to 0.01, down to 0.00001 by half a cosine."""


BARS, MOST = (0.985, 0.9), 521_728  # on MNIST, on the sample


@of_network(
    "Build and train a network of at most 521,728 operations a digit; the bar is {:.1%} of the validation digits.",
    bars=BARS,
    slips={
        "uncounted": "There is a {} in it, whose operations are not counted here. Use Conv2D and Dense, one after the other.",
        "nothing": "There is neither a Conv2D nor a Dense layer in it: nothing could be learned.",
        "large": "{:,} operations, {:,} too many. Counted layer number {} has {:,} of them: begin there.",
        "low": "{:.2%} of the validation digits with {:,} operations; the bar is {:.1%}. Is the money in the right layers? And does the learning rate rise and settle?",
    },
    praise="{:.2%} of the validation digits with {:,} operations, {:.0%} of the fast network's. How few can you go before the digits notice?",
)
def half_the_operations(model, data):
    """Exercise ``exercise-half``: at most half of ``fast_cnn``'s operations, above a bar on ``data.validation``."""
    counts, kinds = forward_flops(model), {type(layer).__name__ for layer in model.layers}
    odd = {kind for kind in kinds if "Conv" in kind} - {"Conv2D"} | kinds & {"Sequential", "Functional", "Lambda"}
    yield "uncounted", odd, *sorted(odd)[:1]
    yield "nothing", not counts
    total, most = sum(counts), max(counts)
    yield "large", total > MOST, total, total - MOST, counts.index(most) + 1, most
    accuracy, bar = yield from accuracy_of(model, data, BARS)
    yield "low", accuracy < bar, accuracy, total, bar
    yield RIGHT, True, accuracy, total, total / (2 * MOST)
