"""Ninety-nine digits in a hundred: one short training, and how long others take to come near."""

import time
from dataclasses import replace

import numpy as np

from benchmarks.articles import QUICK_STEPS, Clock, fitted, outcome
from benchmarks.measuring import RATE, Contestant, as_notebooks_do, mean_of, summary
from benchmarks.worker import since_start
from mnist_lib import load_mnist
from mnist_lib.data import Split

OURS, FIT, TORCH, ARTICLE = "mnist_lib.train", "Keras fit, same network", "PyTorch recipe", "recipe D, fit"
BATCH = 128


def contestants(quick):
    """Return our training, three others, and the rate of matrix products, from which the floor follows."""
    torch = {"needs": "torch", "install": 'pip install "mnist_lib[bench]"'}
    return [
        Contestant(OURS, "time_to_99:ours"),
        Contestant(FIT, "time_to_99:plain_fit"),
        Contestant(TORCH, "time_to_99:torch_recipe", **torch),
        Contestant(ARTICLE, "articles:published", {"recipe": "D"}, rounds=3),
        Contestant(RATE, "time_to_99:matrix_products"),
    ]


def report(results, quick):
    """Rows of the table, the floor, and how many times slower the others are."""
    ours = float(np.median([run["seconds"] for run in results[OURS]]))
    rows = [
        {
            "name": name,
            "seconds": summary(run["seconds"] for run in runs),
            "with_imports_seconds": summary(run["with_imports"] for run in runs),
            "test_accuracy": mean_of(run["test_accuracy"] for run in runs),
            "times_ours": float(np.median([run["seconds"] for run in runs])) / ours,
        }
        for name, runs in results.items()
        if name != RATE
    ]
    rate = summary(run["gflops_per_second"] for run in results[RATE])
    gflop = results[OURS][0]["gflop"]
    floor = {"gflop": gflop, "gflops_per_second": rate, "seconds": gflop / rate["median"]}
    floor["times_floor"] = ours / floor["seconds"]
    notes = [
        f"Floor: {gflop:.1f} GFLOP for our training, at {rate['median']:.0f} GFLOP/s of matrix products "
        f"({rate['low']:.0f} to {rate['high']:.0f}): {floor['seconds']:.2f} s. Ours takes "
        f"{floor['times_floor']:.1f} times that."
    ]
    return {"rows": rows, "floor": floor, "notes": notes}


def ours(quick, seed, source):
    """The network of notebook 07, one epoch through ``mnist_lib.train``."""
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
    return {"seconds": seconds, "with_imports": whole, "test_accuracy": right}


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
