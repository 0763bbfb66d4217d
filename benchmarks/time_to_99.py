"""Ninety-nine digits in a hundred: one short training, and how long others take to come near."""

import time
from dataclasses import replace

import numpy as np

from benchmarks.articles import QUICK_STEPS, Clock, fitted, outcome
from benchmarks.measuring import RATE, TORCH_EXTRA, Contestant, as_notebooks_do, floor
from benchmarks.worker import since_start
from mnist_lib import load_mnist
from mnist_lib.data import Split
from mnist_lib.runtime import x86_64

OURS, FIT, ARTICLE, TORCH = "mnist_lib.train", "Keras fit, same network", "recipe D, fit", "PyTorch recipe"
BATCH = 128


def contestants(onednn="both"):
    """Return our training, three others, and the rate of matrix products, from which the floor follows.

    All that is TensorFlow takes part with oneDNN, without it, or both ways. Elsewhere than on x86-64 there is one way.
    """
    ways = [(", oneDNN on", True), (", oneDNN off", False)]
    ways = [way for way in ways if onednn in ("both", str(int(way[1])))] if x86_64() else [("", None)]
    return [
        *(Contestant(OURS + said, "time_to_99:ours", onednn=on) for said, on in ways),
        *(Contestant(FIT + said, "time_to_99:plain_fit", onednn=on) for said, on in ways),
        Contestant(TORCH, "time_to_99:torch_recipe", needs="torch", install=TORCH_EXTRA),
        *(Contestant(ARTICLE + said, "articles:published", {"recipe": "D"}, rounds=3, onednn=on) for said, on in ways),
        Contestant(RATE, "time_to_99:matrix_products", onednn=True),
    ]


def report(results, rows):
    """How many times slower than the first the others are, and the floor."""
    for row in rows:
        row["times_ours"] = row["seconds"]["median"] / rows[0]["seconds"]["median"]
    least = floor(results, results[rows[0]["name"]][0]["gflop"])
    times = {row["name"]: row["seconds"]["median"] / least["seconds"] for row in rows if row["name"].startswith(OURS)}
    rate = least["gflops_per_second"]
    notes = [
        f"Floor: {least['gflop']:.1f} GFLOP for our training, at {rate['median']:.0f} GFLOP/s of matrix products "
        f"({rate['low']:.0f} to {rate['high']:.0f}): {least['seconds']:.2f} s. "
        + ", ".join(f"{name} takes {ratio:.1f} times that" for name, ratio in times.items())
        + "."
    ]
    return {"floor": {**least, "times_floor": times}, "notes": notes}


def ours(quick, seed, source):
    """The network of notebook 13, one epoch through ``mnist_lib.train``."""
    as_notebooks_do()
    from mnist_lib.numerics.flops import training_flops
    from mnist_lib.recipes.trainings import train_rung

    data = cut(load_mnist(source), quick)
    model, history = train_rung(data, "fast CNN", seed=seed)
    used = len(data.train) // BATCH * BATCH
    return {**outcome(model, data, history.seconds[0]), "gflop": used * training_flops(model) / 1e9}


def plain_fit(quick, seed, source):
    """The same network, optimiser and batches through Keras's ``fit``."""
    import keras

    from mnist_lib import models, set_seed
    from mnist_lib.recipes.trainings import FAST
    from mnist_lib.training import one_cycle

    data = cut(load_mnist(source), quick)
    order = np.random.default_rng(seed).permutation(len(data.train))[: len(data.train) // BATCH * BATCH]
    set_seed(seed)
    model = models.fast_cnn()
    steps = len(data.train) // BATCH
    rate = one_cycle(FAST["peak"], steps, rise=FAST["rise"])
    adam = keras.optimizers.Adam(rate, beta_1=FAST["beta_1"], beta_2=FAST["beta_2"])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=FAST["smoothing"])
    model.compile(optimizer=adam, loss=loss, metrics=["accuracy"])
    clock = Clock()
    images, labels = data.train.images[order], keras.utils.to_categorical(data.train.labels[order])
    model.fit(images, labels, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[clock.callback()])
    return fitted(model, data, clock)


def torch_recipe(quick, seed, source):
    """A published recipe for speed in PyTorch: one epoch of all 60,000 digits, one-cycle Adam."""
    import torch
    from torch import nn

    data, batch_size = load_mnist(source), 256
    torch.manual_seed(seed)
    images = torch.tensor(np.concatenate([data.train.images, data.validation.images])).float()[:, None] / 255
    labels = torch.tensor(np.concatenate([data.train.labels, data.validation.labels])).long()
    convolutions = (nn.Conv2d(1, 24, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(24, 32, 5), nn.MaxPool2d(2), nn.ReLU())
    model = nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.7, 0.9))
    batches = torch.randperm(len(images)).split(batch_size)[: QUICK_STEPS if quick else None]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=len(batches))
    start = time.perf_counter()
    for batch in batches:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
        schedule.step()
    seconds, whole = time.perf_counter() - start, since_start()
    model.eval()
    with torch.no_grad():
        test = torch.tensor(data.test.images).float()[:, None] / 255
        answers = torch.cat([model(part).argmax(1) for part in test.split(1000)]).numpy()
    right = float((answers == data.test.labels).mean())
    return {"seconds": seconds, "with_imports_seconds": whole, "test_accuracy": right}


def matrix_products(quick, seed, source):
    """The rate at which TensorFlow multiplies large matrices here: the best of many products."""
    import tensorflow as tf

    n = 512 if quick else 2048
    a, b = tf.random.normal((n, n), seed=seed), tf.random.normal((n, n), seed=seed + 1)
    multiply, times = tf.function(lambda: tf.reduce_sum(tf.matmul(a, b))), []
    for _ in range(3 if quick else 30):
        start = time.perf_counter()
        multiply().numpy()
        times.append(time.perf_counter() - start)
    return {"gflops_per_second": 2 * n**3 / min(times) / 1e9}


def cut(data, quick):
    """Return the data, in a quick run with training digits for a few steps only."""
    if not quick:
        return data
    count = QUICK_STEPS * BATCH
    return replace(data, train=Split(data.train.images[:count], data.train.labels[:count]))
