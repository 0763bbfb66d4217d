"""What do seconds buy? Test accuracy against time of training, from softmax regression to an ensemble."""

import numpy as np

from benchmarks import time_to_99
from benchmarks.measuring import Contestant, mean_of, summary
from mnist_lib import load_mnist

# Epochs, batch size and highest learning rate, as the notebooks train them (01, 02, 03, 07, 08).
RUNGS = {
    "softmax": {"build": "softmax_regression", "epochs": 10, "batch_size": 128, "peak": 5e-3, "schedule": "cosine"},
    "mlp": {"build": "mlp", "epochs": 15, "batch_size": 128, "peak": 2e-3, "schedule": "cosine"},
    "cnn": {"build": "cnn", "epochs": 3, "batch_size": 128, "peak": 4e-3},
    "fast CNN": {"build": "fast_cnn", "epochs": 1, "batch_size": 128, "peak": 1e-2},
    "best CNN": {"build": "normalized_cnn", "epochs": 12, "batch_size": 256, "peak": 3e-3, "augment": True},
    "ensemble of 5": {
        "build": "normalized_cnn", "epochs": 12, "batch_size": 256, "peak": 3e-3, "augment": True, "models": 5,
    },
}  # fmt: skip


def contestants(quick):
    """Return one contestant a rung; the long ones take part in fewer rounds."""
    rounds = {"best CNN": 3, "ensemble of 5": 1}
    return [Contestant(name, "accuracy:rung", {"name": name}, rounds=rounds.get(name)) for name in RUNGS]


def report(results, quick):
    """Rows of the table."""
    rows = [
        {
            "name": name,
            "seconds": summary(run["seconds"] for run in runs),
            "test_accuracy": mean_of(run["test_accuracy"] for run in runs),
        }
        for name, runs in results.items()
    ]
    return {"rows": rows, "notes": ["Seconds are those of training alone; an ensemble's are the sum of its models'."]}


def rung(name, quick, seed, source):
    """Train one rung, or several models whose probabilities are averaged, and look at the test digits."""
    from mnist_lib import predict

    data = load_mnist(source)
    used = time_to_99.cut(data, quick)
    count = 1 if quick else RUNGS[name].get("models", 1)
    trained = [_trained(RUNGS[name], used, quick, 100 * seed + i) for i in range(count)]
    probabilities = np.mean([predict(model, data.test.images) for model, _ in trained], axis=0)
    right = float((probabilities.argmax(axis=1) == data.test.labels).mean())
    return {"seconds": sum(seconds for _, seconds in trained), "test_accuracy": right}


def _trained(facts, data, quick, seed):
    import keras

    from mnist_lib import models, set_seed, train
    from mnist_lib.augmentation import vary
    from mnist_lib.optimizers import FusedAdam, one_cycle

    epochs = 1 if quick else facts["epochs"]
    batch_size, steps = facts["batch_size"], epochs * (len(data.train) // facts["batch_size"])
    if facts.get("schedule") == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(facts["peak"], steps)
    else:
        rate = one_cycle(facts["peak"], steps)
    set_seed(seed)
    model = getattr(models, facts["build"])()
    history = train(
        model,
        data,
        epochs=epochs,
        batch_size=batch_size,
        optimizer=FusedAdam(rate),
        augment=vary if facts.get("augment") else None,
        seed=seed,
        verbose=False,
    )
    return model, sum(history.seconds)
