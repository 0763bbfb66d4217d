"""Run the trainings that lesson 13 shows from a file: ``python -m tools.speed_runs``, ten minutes on two cores.

On MNIST. The file holds accuracies on the 5,000 validation digits after each epoch, no times:
times belong to a machine, and the lesson measures its own.
"""

from tools import stored_runs

RUNS = stored_runs.FIGURES / "speed_runs.json"


def article(data, seed):
    """The article's training: Keras's ``fit``, batches of 32, Adam as it comes, five epochs."""
    import keras
    import numpy as np

    from mnist_lib import models

    keras.utils.set_random_seed(seed)
    model = models.cnn()
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    images = [split.images.astype(np.float32) for split in (data.train, data.validation)]
    watched = {"validation_data": (images[1], data.validation.labels), "validation_batch_size": 500}
    history = model.fit(images[0], data.train.labels, batch_size=32, epochs=5, verbose=0, **watched)
    return history.history["val_accuracy"]


def one_epoch(data, seed, *, build="fast_cnn", rate, cycle, batch_size=128, forget=True):
    """Train for one epoch with a constant learning rate or with one cycle that peaks at it."""
    from mnist_lib import models, set_seed, train
    from mnist_lib.numerics.fused import FusedAdam
    from mnist_lib.training import one_cycle

    set_seed(seed)
    schedule = one_cycle(rate, len(data.train) // batch_size, rise=0.2) if cycle else rate
    optimizer = FusedAdam(schedule, **({"beta_1": 0.8, "beta_2": 0.95} if forget else {}))
    options = {"optimizer": optimizer, "batch_size": batch_size, "seed": seed, "verbose": False}
    return train(getattr(models, build)(), data, epochs=1, **options).validation_accuracy


def plan():
    """Yield name, number of seeds, function of data and seed."""
    from functools import partial

    for rate in (0.001, 0.003, 0.01, 0.03):
        for cycle in (False, True):
            yield f"fast_cnn, {'cycle' if cycle else 'constant'} {rate}", 5, partial(one_epoch, rate=rate, cycle=cycle)
    yield "cnn, cycle 0.01", 3, partial(one_epoch, build="cnn", rate=0.01, cycle=True)
    for size, rate in ((32, 0.001), (128, 0.001), (128, 0.004)):
        name = f"cnn, batches of {size}, constant {rate}"
        yield name, 3, partial(one_epoch, build="cnn", rate=rate, cycle=False, batch_size=size, forget=False)
    yield "article", 3, article


def main(path=RUNS):
    data = stored_runs.mnist()
    runs = {name: [run(data, seed) for seed in range(seeds)] for name, seeds, run in plan()}
    rounded = {name: [[round(float(a), 4) for a in run] for run in some] for name, some in runs.items()}
    stored_runs.write(path, "python -m tools.speed_runs", rounded)


if __name__ == "__main__":
    main()
