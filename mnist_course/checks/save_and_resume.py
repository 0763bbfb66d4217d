"""Checks of the exercises of notebook 11_save_and_resume."""

import numpy as np

from mnist_course.checks.engine import ELSE, RIGHT, numbers, of_function

COUNT = "that is a count of numbers, in billions. Each of them takes several bytes."


@numbers(
    "Fill in three numbers of gigabytes: the weights, a checkpoint with Adam, one with momentum.",
    weights={
        28: RIGHT,
        7: COUNT,
        224: "those are gigabits. A byte has eight bits.",
        56: "that is 64 bits each; here they have 32.",
        14: "that is 16 bits each; here they have 32.",
        28e9: "in gigabytes, please: billions of bytes.",
        ELSE: "not yet. How many bytes are 32 bits? Once for each parameter.",
    },
    with_adam={
        84: RIGHT,
        28: "those are the weights alone. Adam has a memory for each of them.",
        56: "Adam keeps two running means for each weight, not one; and the weights are there as well.",
        112: "the weights once, and two running means for each: three, not four.",
        21: COUNT,
        84e9: "in gigabytes, please: billions of bytes.",
        ELSE: "not yet. The weights, and two running means for each of them.",
    },
    with_momentum={
        56: RIGHT,
        28: "that is the mean alone, or the weights alone. A training needs both.",
        84: "that is Adam's. Momentum keeps one mean for each weight.",
        14: COUNT,
        56e9: "in gigabytes, please: billions of bytes.",
        ELSE: "not yet. The weights, and one running mean for each of them.",
    },
    praise="To use a model takes its weights; to go on with its training, three times as much with Adam. What a file is for decides what belongs in it.",
)
def gigabytes(weights, with_adam, with_momentum):
    """Exercise ``exercise-billions`` of 11: of 7 billion parameters, and of checkpoints with Adam and momentum."""


WRITING, FAILING = 30.0, 86_400.0  # seconds
EVERY = (2 * WRITING * FAILING) ** 0.5


@numbers(
    "Fill in two numbers: after how many seconds to write a checkpoint, and which share of the time is lost then.",
    every={
        EVERY: RIGHT,
        EVERY / 2**0.5: "a failure costs half of the time between two checkpoints, on average, not all of it.",
        EVERY / 60: "in seconds, please; those are minutes.",
        FAILING / 2: "then half of the days have no checkpoint at all. Writing more often costs little.",
        WRITING: "then you write half of the time. Write less often.",
        ELSE: "not yet. Lost are 30 of each T seconds by writing, and T/2 of each 86,400 by failing. Which T makes the sum smallest?",
    },
    lost={
        EVERY / FAILING: RIGHT,
        EVERY / FAILING / 2: "that is one of the two costs. Writing and failing both cost.",
        100 * EVERY / FAILING: "as a share from 0 to 1, please; that is in per cent.",
        ELSE: "not yet. Put your time into 30/T + (T/2)/86,400.",
    },
    praise="At the best place both cost the same, 1.3 % each. And the sum is flat there: half an hour or an hour is nearly as good.",
)
def how_often(every, lost):
    """Exercise ``exercise-often`` of 11: seconds between two checkpoints that lose least, and the share lost."""


def _mixed(seed, epoch, count):
    return np.random.default_rng([seed, epoch]).permutation(count)


@of_function(
    "order",
    "Write the function: a seed, an epoch and a count in, the numbers 0 to count - 1 in this epoch's order out.",
    empty="Return the order: count whole numbers, 0 to count - 1, each once.",
    read=lambda answer: np.asarray(answer).astype(int, casting="safe"),
    takes="It gets a seed, an epoch and a count, and returns count whole numbers.",
    slips={
        "shape": "For a count of {} your order has shape {}.",
        "twice": "Some digits come twice, and others never: use permutation, not random numbers with repeats.",
        "sorted": "The order is 0, 1, 2, …: nothing is shuffled.",
        "memory": "Asked for the same epoch again, your function gives another order. It must depend on nothing but its three numbers.",
        "epoch": "Two epochs have the same order. The epoch must decide, too.",
        "seed": "Two seeds have the same order in the same epoch. The seed must decide, too.",
        "shared": "Epoch {} of seed {} has the order of epoch {} of seed {}: two trainings share their orders. default_rng takes a list of numbers, which it mixes.",
    },
    wrong={
        "twice": lambda seed, epoch, count: np.random.default_rng([seed, epoch]).integers(0, count, count),
        "sorted": lambda seed, epoch, count: np.arange(count),
        "epoch": lambda seed, epoch, count: np.random.default_rng(seed).permutation(count),
        "seed": lambda seed, epoch, count: np.random.default_rng(epoch).permutation(count),
        "shared": lambda seed, epoch, count: np.random.default_rng(seed + epoch).permutation(count),
    },
    praise="A seed, an epoch, an order: a process that starts at epoch 40 has it at once, and nothing of it is on the disk.",
)
def order(function):
    """Exercise ``exercise-order`` of 11: (seed, epoch, count) -> a permutation that nothing else decides."""
    count = 50
    first = function(0, 0, count)
    yield "shape", first.shape != (count,), count, first.shape
    yield "twice", not np.array_equal(np.sort(first), np.arange(count))
    yield "sorted", np.array_equal(first, np.arange(count)) and np.array_equal(function(1, 2, count), np.arange(count))
    orders = {(seed, epoch): tuple(function(seed, epoch, count)) for seed in range(6) for epoch in range(6)}
    yield "memory", any(tuple(function(*both, count)) != orders[both] for both in reversed(orders))
    yield "epoch", orders[0, 0] == orders[0, 1]
    yield "seed", orders[0, 1] == orders[1, 1]
    met = {}
    for (seed, epoch), found in orders.items():
        if found in met:
            yield "shared", True, epoch, seed, *reversed(met[found])
        met[found] = seed, epoch
    yield "shape", (odd := function(3, 1, 7)).shape != (7,), 7, odd.shape
