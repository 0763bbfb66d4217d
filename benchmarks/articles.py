"""Recipes as they were published, and the same through ``mnist_lib.train``. Each runs in a process of its own.

A to E are the five articles that this series replaces; see README.md. "As published" means their network, steps,
batch size and optimiser, written in their way: Keras's ``fit`` on arrays of floats (A, B, D), graphs, placeholders
and sessions of TensorFlow 1 (C, E). None looks at validation digits while it trains.
"""

import math
import time
from dataclasses import replace

import numpy as np

from benchmarks.measuring import RATE, Contestant, as_notebooks_do, floor
from benchmarks.worker import since_start
from mnist_lib import load_mnist
from mnist_lib.data import Split

QUICK_STEPS = 3
# For each recipe: training digits, batch size, steps in all (or epochs), and what to build.
RECIPES = {
    "A": {"digits": 55_000, "batch_size": 128, "epochs": 10, "what": "CNN, two convolutions"},
    "B": {"digits": 54_000, "batch_size": 32, "epochs": 10, "what": "MLP with dropout"},
    "C softmax": {"digits": 55_000, "batch_size": 100, "steps": 1_000, "what": "softmax regression"},
    "C CNN": {"digits": 55_000, "batch_size": 250, "steps": 2_000, "what": "CNN, dense 1,024"},
    "D": {"digits": 60_000, "batch_size": 32, "epochs": 5, "what": "CNN, three convolutions"},
    "E 1,000": {"digits": 55_000, "batch_size": 64, "steps": 1_000, "what": "MLP"},
    "E 10,000": {"digits": 55_000, "batch_size": 64, "steps": 10_000, "what": "MLP"},
}


def contestants():
    """Return each recipe twice, as published and through ``train``, and the rate of matrix products."""
    pairs = (
        (Contestant(f"{name}, as published", "articles:published", {"recipe": name}),
         Contestant(f"{name}, through train", "articles:through_train", {"recipe": name}, onednn=True))
        for name in RECIPES
    )  # fmt: skip
    rate = Contestant(RATE, "time_to_99:matrix_products", onednn=True)
    return [*(contestant for pair in pairs for contestant in pair), rate]


def report(results, rows):
    """For each recipe: how many times faster ``train`` is, and what the arithmetic takes."""
    seconds = {row["name"]: row["seconds"]["median"] for row in rows}
    ratios = {name: seconds[f"{name}, as published"] / seconds[f"{name}, through train"] for name in RECIPES}
    floors = {name: floor(results, results[f"{name}, through train"][0]["gflop"]) for name in RECIPES}
    least = {name: one["seconds"] for name, one in floors.items()}
    notes = [
        f"{name}: {ratio:.1f} times faster through train; the arithmetic alone would take {least[name]:.1f} s"
        for name, ratio in ratios.items()
    ]
    rate = floors["A"]["gflops_per_second"]
    notes.append(
        f"Arithmetic at {rate['median']:.0f} GFLOP/s of matrix products ({rate['low']:.0f} to {rate['high']:.0f})."
    )
    return {"times_faster": ratios, "floor_seconds": least, "gflops_per_second": rate, "notes": notes}


def published(recipe, quick, seed, source):
    """Train one article's recipe in its own way."""
    if recipe in ("A", "B", "D"):
        return _fit(recipe, quick, seed, source)
    return _session(recipe, quick, seed, source)


def through_train(recipe, quick, seed, source):
    """Train the same network on as many batches of the same size, with the same optimiser, through ``train``."""
    as_notebooks_do()
    import keras

    from mnist_lib import set_seed, train
    from mnist_lib.numerics.flops import training_flops

    facts, (images, labels), data = _facts(recipe, source)
    steps, epochs = _steps(facts, len(images), quick), 1
    if not quick:
        epochs = max(1, steps * facts["batch_size"] // len(images))
        steps = math.ceil(steps / epochs)
    rows = _shuffled_rows(len(images), steps * facts["batch_size"], np.random.default_rng(seed))
    data = replace(data, train=Split(images[rows], labels[rows]))
    set_seed(seed)
    layers = [keras.Input((28, 28)), keras.layers.Rescaling(1 / 255), *_layers(recipe)]
    model = keras.Sequential(layers, name="recipe")
    options = {"learning_rate": 1e-4 if recipe == "C CNN" else 1e-3}
    if recipe == "C softmax":
        options = {"optimizer": keras.optimizers.SGD(0.01 * facts["batch_size"])}  # train's loss is a mean, not a sum
    history = train(model, data, epochs=epochs, batch_size=facts["batch_size"], seed=seed, verbose=False, **options)
    gflop = epochs * len(rows) * training_flops(model) / 1e9  # the batches divide the rows
    return {**outcome(model, data, sum(history.seconds)), "gflop": gflop}


def outcome(model, data, seconds):
    """What a training reports: its seconds, those from the start of the process, and test accuracy."""
    from mnist_lib import evaluate

    whole = since_start()
    return {"seconds": seconds, "with_imports_seconds": whole, "test_accuracy": evaluate(model, data.test).accuracy}


def _facts(recipe, source):
    """Return the recipe's facts, its training digits (images, labels), and the whole data."""
    facts, data = RECIPES[recipe], load_mnist(source)
    images = np.concatenate([data.train.images, data.validation.images])[: facts["digits"]]
    labels = np.concatenate([data.train.labels, data.validation.labels])[: facts["digits"]]
    return facts, (images, labels), data


def _steps(facts, digits, quick):
    if quick:
        return QUICK_STEPS
    return facts.get("steps") or facts["epochs"] * math.ceil(digits / facts["batch_size"])


def _shuffled_rows(digits, count, random):
    """Numbers of ``count`` digits, one shuffle after another."""
    return np.concatenate([random.permutation(digits) for _ in range(math.ceil(count / digits))])[:count]


def _layers(recipe):
    """Return the network after its input, up to the logits."""
    from keras import initializers, layers

    relu = {"activation": "relu"}
    if recipe in ("A", "D"):
        third = [layers.Conv2D(64, 3, **relu)] if recipe == "D" else []
        convolutions = [layers.Conv2D(32, 3, **relu), layers.MaxPooling2D(2), layers.Conv2D(64, 3, **relu)]
        dense = [layers.Flatten(), layers.Dense(64, **relu), layers.Dense(10)]
        return [layers.Reshape((28, 28, 1)), *convolutions, layers.MaxPooling2D(2), *third, *dense]
    if recipe == "C softmax":
        return [layers.Flatten(), layers.Dense(10, kernel_initializer="zeros")]
    if recipe == "C CNN":
        start = {
            "kernel_initializer": initializers.TruncatedNormal(stddev=0.1),
            "bias_initializer": initializers.Constant(0.1),
        }
        convolutions = [layers.Conv2D(n, 3, padding="same", **relu, **start) for n in (32, 64)]
        pooled = [layer for convolution in convolutions for layer in (convolution, layers.MaxPooling2D(2))]
        dense = [layers.Dense(1024, **relu, **start), layers.Dropout(0.5), layers.Dense(10, **start)]
        return [layers.Reshape((28, 28, 1)), *pooled, layers.Flatten(), *dense]
    dropout = [0.2] if recipe == "B" else []
    hidden = [layer for n in (128, 64) for layer in (layers.Dense(n, **relu), *map(layers.Dropout, dropout))]
    return [layers.Flatten(), *hidden, layers.Dense(10)]


def _fit(recipe, quick, seed, source):
    """A, B, D: ``fit`` on floats from 0 to 1, a softmax at the end, Adam as it comes."""
    import keras

    from mnist_lib import set_seed

    facts, (images, labels), data = _facts(recipe, source)
    if quick:
        images, labels = images[: QUICK_STEPS * facts["batch_size"]], labels[: QUICK_STEPS * facts["batch_size"]]
    set_seed(seed)
    model = keras.Sequential([keras.Input((28, 28)), *_layers(recipe), keras.layers.Softmax()])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    clock = Clock()
    pixels = images.astype(np.float32) / 255
    epochs = 1 if quick else facts["epochs"]
    model.fit(pixels, labels, batch_size=facts["batch_size"], epochs=epochs, verbose=0, callbacks=[clock.callback()])
    return fitted(model, data, clock, divide=255)


def fitted(model, data, clock, divide=1):
    """What a training through ``fit`` reports."""
    whole = since_start()
    answers = model.predict(data.test.images.astype(np.float32) / divide, batch_size=1000, verbose=0)
    right = answers.argmax(axis=1) == data.test.labels
    return {"seconds": clock.seconds(), "with_imports_seconds": whole, "test_accuracy": float(right.mean())}


class Clock:
    """Time of a training through ``fit`` without its tracing: the first batch is counted as long as a later one."""

    def callback(self):
        import keras

        self.ends = []
        end = lambda batch, logs=None: self.ends.append(time.perf_counter())  # noqa: E731
        return keras.callbacks.LambdaCallback(on_train_batch_end=end)

    def seconds(self):
        steps = len(self.ends)
        return (self.ends[-1] - self.ends[0]) * steps / (steps - 1)


def _session(recipe, quick, seed, source):
    """C, E: a graph, placeholders, a session, one ``run`` a step."""
    import tensorflow as tf

    facts, (images, labels), data = _facts(recipe, source)
    steps, random = _steps(facts, len(images), quick), np.random.default_rng(seed)
    rows = _shuffled_rows(len(images), steps * facts["batch_size"], random).reshape(steps, -1)
    pixels, one_hot = images.reshape(-1, 784).astype(np.float32) / 255, np.eye(10, dtype=np.float32)[labels]
    test = data.test.images.reshape(-1, 784).astype(np.float32) / 255
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        v1.set_random_seed(seed)
        x, y = v1.placeholder(tf.float32, [None, 784]), v1.placeholder(tf.float32, [None, 10])
        keep = v1.placeholder(tf.float32)
        logits = {"C softmax": _softmax_graph, "C CNN": _cnn_graph}.get(recipe, _mlp_graph)(v1, x, keep)
        losses = tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=logits)
        if recipe == "C softmax":
            step = v1.train.GradientDescentOptimizer(0.01).minimize(tf.reduce_sum(losses))  # its own 0.5 ends in NaN
        else:
            step = v1.train.AdamOptimizer(1e-4 if recipe == "C CNN" else 1e-3).minimize(tf.reduce_mean(losses))
        answers = tf.argmax(logits, axis=1)
        session.run(v1.global_variables_initializer())
        ends = []
        for batch in rows:
            session.run(step, {x: pixels[batch], y: one_hot[batch], keep: 0.5})
            ends.append(time.perf_counter())
        whole = since_start()
        parts = [session.run(answers, {x: test[i : i + 1000], keep: 1.0}) for i in range(0, len(test), 1000)]
    right = float((np.concatenate(parts) == data.test.labels).mean())
    return {
        "seconds": (ends[-1] - ends[0]) * steps / (steps - 1),
        "with_imports_seconds": whole,
        "test_accuracy": right,
    }


def _softmax_graph(v1, x, keep):
    return v1.matmul(x, v1.Variable(v1.zeros([784, 10]))) + v1.Variable(v1.zeros([10]))


def _cnn_graph(v1, x, keep):
    def weights(*shape):
        return v1.Variable(v1.truncated_normal(shape, stddev=0.1))

    def bias(count):
        return v1.Variable(v1.constant(0.1, shape=[count]))

    values = v1.reshape(x, [-1, 28, 28, 1])
    for before, count in ((1, 32), (32, 64)):
        convolved = v1.nn.conv2d(values, weights(3, 3, before, count), strides=[1, 1, 1, 1], padding="SAME")
        values = v1.nn.max_pool(v1.nn.relu(convolved + bias(count)), [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    flat = v1.reshape(values, [-1, 7 * 7 * 64])
    hidden = v1.nn.relu(v1.matmul(flat, weights(7 * 7 * 64, 1024)) + bias(1024))
    return v1.matmul(v1.nn.dropout(hidden, rate=1 - keep), weights(1024, 10)) + bias(10)


def _mlp_graph(v1, x, keep):
    def dense(values, before, count):
        limit = math.sqrt(6 / (before + count))  # Xavier Glorot's
        return v1.matmul(values, v1.Variable(v1.random_uniform([before, count], -limit, limit))) + v1.Variable(
            v1.zeros([count])
        )

    hidden = v1.nn.relu(dense(x, 784, 128))
    return dense(v1.nn.relu(dense(hidden, 128, 64)), 64, 10)
