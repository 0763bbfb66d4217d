"""Run the trainings that lesson 14 shows from a file: ``python -m tools.accuracy_runs``, five minutes on two cores.

The accurate CNN with and without batch normalisation, for several constant learning rates, three seeds each, one epoch
of the first 11,000 of MNIST's training digits. The file holds accuracies on the 5,000 validation digits, no times.
"""

import json
from dataclasses import replace
from pathlib import Path

RATES, SEEDS = (0.0003, 0.001, 0.003, 0.01), range(3)
RUNS = Path(__file__).parents[1] / "mnist_course" / "figures" / "accuracy_runs.json"


def one_epoch(data, rate, normalize, seed):
    from mnist_lib import models, set_seed, train

    set_seed(seed)
    model = models.accurate_cnn(normalize=normalize)
    return train(model, data, epochs=1, learning_rate=rate, seed=seed, verbose=False).validation_accuracy[-1]


def main(path=RUNS):
    import mnist_lib
    from mnist_lib.runtime import write_whole

    with mnist_lib.quiet_start():
        import keras
        import tensorflow as tf

    data = mnist_lib.load_mnist("mnist")
    few = mnist_lib.data.Split(data.train.images[:11_000], data.train.labels[:11_000])
    data, found = replace(data, train=few), {}
    for normalize, name in ((True, "with"), (False, "without")):
        for rate in RATES:
            accuracies = [round(float(one_epoch(data, rate, normalize, seed)), 4) for seed in SEEDS]
            found[f"{name} batch normalisation, {rate}"] = accuracies
    made = {"made by": "python -m tools.accuracy_runs", "tensorflow": tf.__version__, "keras": keras.__version__}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(some)}" for name, some in found.items())
    write_whole(path, f'{{"made": {json.dumps(made)},\n "validation_accuracy": {{\n{lines}\n}}}}\n')


if __name__ == "__main__":
    main()
