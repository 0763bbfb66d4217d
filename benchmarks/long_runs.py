"""The long trainings behind notebook 08: each is run once, and its few numbers are kept in a small JSON file.

``python -m benchmarks.long_runs`` does what is missing in ``notebooks/long_runs.json`` and can be stopped at any
moment; delete the file to begin anew. All choices are made by validation; test accuracies are for the bands.
"""

import json
import time
from pathlib import Path

import numpy as np

from mnist_lib.files import write_whole

RESULTS = Path(__file__).parents[1] / "notebooks" / "long_runs.json"
LOGITS = Path(__file__).parents[1] / "build" / "long_runs"  # for the ensemble; too large to keep
SEEDS = range(10)
SHORT = 6  # epochs of an ablation
ABLATIONS = {
    "everything": {},
    "no variation": {"variation": None},
    "no bend": {"variation": {"bend": 0}},
    "no change of pen": {"variation": {"pen": 0}},
    "no batch normalisation": {"normalize": False},
    "no dropout": {"dropout": 0.0},
    "no one-cycle": {"one_cycle": False},
    "no averaging": {"average": False},
    "label smoothing": {"smoothing": 0.1},
}


def ladder(data, name, seed):
    """Train one rung of the ladder as notebooks 03 and 08 do."""
    import keras

    from mnist_lib import models, train
    from mnist_lib.optimizers import one_cycle
    from mnist_lib.recipes import train_accurately
    from mnist_lib.start import set_seed

    if name == "best":
        return train_accurately(data, seed=seed, verbose=False)
    build, epochs, rate = {
        "softmax": (models.softmax_regression, 10, 5e-3),
        "mlp": (models.mlp, 15, 2e-3),
        "cnn": (models.cnn, 3, 4e-3),
    }[name]
    steps = epochs * (len(data.train) // 128)
    schedule = (
        keras.optimizers.schedules.CosineDecay(rate, steps)
        if name != "cnn"
        else one_cycle(rate, steps, start=0.1, end=0)
    )
    set_seed(seed)
    model = build()
    return model, train(model, data, epochs=epochs, learning_rate=schedule, seed=seed, verbose=False)


def ablation(data, name, seed):
    """Train shortly with one part of the recipe left out, or put in."""
    from mnist_lib import models
    from mnist_lib.recipes import VARIATION, train_accurately
    from mnist_lib.start import set_seed

    options = dict(ABLATIONS[name])
    if isinstance(options.get("variation"), dict):
        options["variation"] = VARIATION | options["variation"]
    of_model = {key: options.pop(key) for key in ("normalize", "dropout") if key in options}
    set_seed(seed)
    model = models.normalized_cnn(**of_model)
    return train_accurately(data, epochs=SHORT, seed=seed, model=model, verbose=False, **options)


def plan():
    """List all runs in the order in which they are done: kind, name, seed."""
    yield from (("ladder", name, seed) for seed in SEEDS for name in ("softmax", "mlp"))
    yield from (("ablation", name, seed) for seed in range(3) for name in ABLATIONS)
    yield from (("ladder", name, seed) for seed in SEEDS for name in ("best", "cnn"))


def ensembles(data):
    """Average the probabilities of the first 1, 2, ... of the best models: accuracies by count."""
    from mnist_lib.evaluation import softmax

    for count in range(1, len(SEEDS) + 1):
        run = {"kind": "ensemble", "name": "best", "seed": count, "count": count}
        for part, split in (("validation", data.validation), ("test", data.test)):
            files = [np.load(LOGITS / f"{part}-{seed}.npz") for seed in SEEDS[:count]]
            for name, each in (("", softmax), ("_varied", np.asarray)):
                key = "varied" if name else "logits"
                mean = np.mean([each(file[key]) for file in files], axis=0)
                run[f"{part}_accuracy{name}"] = float((mean.argmax(axis=1) == split.labels).mean())
        yield run


def main():
    """Do what is missing, one run after another, and write the results after each."""
    from mnist_lib import evaluate, load_mnist
    from mnist_lib.recipes import predict_varied

    data = load_mnist("mnist")
    runs = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    done = {(run["kind"], run["name"], run["seed"]) for run in runs}
    LOGITS.mkdir(parents=True, exist_ok=True)
    for kind, name, seed in plan():
        if (kind, name, seed) in done:
            continue
        start = time.perf_counter()
        model, history = {"ladder": ladder, "ablation": ablation}[kind](data, name, seed)
        run = {
            "kind": kind,
            "name": name,
            "seed": seed,
            "epochs": len(history.loss),
            "training_seconds": round(sum(history.seconds), 1),
            "seconds": round(time.perf_counter() - start, 1),
            "validation_accuracy": evaluate(model, data.validation).accuracy,
            "validation_loss": round(evaluate(model, data.validation).loss, 5),
        }
        if kind == "ladder":
            run["test_accuracy"] = evaluate(model, data.test).accuracy
        if name == "best":
            for part, split in (("validation", data.validation), ("test", data.test)):
                probabilities = predict_varied(model, split.images)
                run[f"{part}_accuracy_varied"] = float((probabilities.argmax(axis=1) == split.labels).mean())
                logits = evaluate(model, split).logits
                np.savez_compressed(LOGITS / f"{part}-{seed}.npz", logits=logits, varied=probabilities)
        _keep(runs, run)
    for run in ensembles(data):
        if (run["kind"], run["name"], run["seed"]) not in done:
            _keep(runs, run)


def _keep(runs, run):
    runs.append(run)
    write_whole(RESULTS, "[\n" + ",\n".join(json.dumps(one) for one in runs) + "\n]\n")
    print(json.dumps(run), flush=True)


if __name__ == "__main__":
    main()
