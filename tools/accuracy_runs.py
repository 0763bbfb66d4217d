"""Run the trainings that lesson 14 shows from a file: ``python -m tools.accuracy_runs``, five minutes on two cores.

The accurate CNN with and without batch normalisation, for several constant learning rates, three seeds each, one epoch
of the first 11,000 of MNIST's training digits. The file holds accuracies on the 5,000 validation digits, no times.
"""

from dataclasses import replace

from tools import stored_runs

RATES, SEEDS = (0.0003, 0.001, 0.003, 0.01), range(3)
RUNS = stored_runs.FIGURES / "accuracy_runs.json"


def one_epoch(data, rate, normalize, seed):
    from mnist_lib import models, set_seed, train

    set_seed(seed)
    model = models.accurate_cnn(normalize=normalize)
    return train(model, data, epochs=1, learning_rate=rate, seed=seed, verbose=False).validation_accuracy[-1]


def main(path=RUNS):
    data, found = stored_runs.mnist(), {}
    data = replace(data, train=data.train[:11_000])
    for normalize, name in ((True, "with"), (False, "without")):
        for rate in RATES:
            accuracies = [round(float(one_epoch(data, rate, normalize, seed)), 4) for seed in SEEDS]
            found[f"{name} batch normalisation, {rate}"] = accuracies
    stored_runs.write(path, "python -m tools.accuracy_runs", found)


if __name__ == "__main__":
    main()
