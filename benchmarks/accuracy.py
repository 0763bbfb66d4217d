"""What do seconds buy? Every rung of the ladder over many seeds, and what the parts of the best recipe are worth.

This takes an hour or more. So runs are kept in ``mnist_lib/long_runs.json``, where notebook 08 finds them, as soon as
they are done, and a bench that was stopped goes on where it was. Delete the file to begin anew. Nothing is chosen by
the test digits: ablations do not look at them.
"""

import json
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import time_to_99
from benchmarks.measuring import HOUSE, as_notebooks_do, in_own_process, mean_of, summary
from mnist_lib import load_mnist
from mnist_lib.files import write_whole
from mnist_lib.recipes import RUNGS, VARIATION

RUNS = HOUSE / "mnist_lib" / "long_runs.json"
ANSWERS = HOUSE / "build" / "long_runs"  # probabilities, for the ensembles; too large to keep
LONG, LONG_EPOCHS, LONG_SEEDS, ABLATION_SEEDS = "accurate CNN, long", 14, 3, 3
TOGETHER = 5  # runs in one process: fewer to wait for TensorFlow, few to lose when it is stopped
ABLATIONS = {
    "no variation": {"variation": None},
    "no bend": {"variation": VARIATION | {"bend": 0}},
    "variation twice as strong": {"variation": {name: 2 * value for name, value in VARIATION.items()}},
    "no batch normalisation": {"normalize": False},
    "no dropout": {"dropout": 0.0},
    "no one-cycle": {"one_cycle": False},
    "no averaging": {"average": False},
    "label smoothing": {"smoothing": 0.1},
}


def measure(rounds, *, quick=False, source="auto", tell=None):
    """Do the runs of ``plan`` that are missing, a few in one process; a quick bench does all in one.

    Returns
    -------
    list of dict
        One a run: kind, name, seed, and what ``one_run`` returned.
    """
    tell = tell or (lambda text: None)
    kept = json.loads(RUNS.read_text(encoding="utf-8"))["runs"] if RUNS.exists() and not quick else []
    done = {(run["kind"], run["name"], run["seed"]) for run in kept}
    missing = [run for run in plan(rounds) if run not in done]
    with tempfile.TemporaryDirectory() as scratch:
        options = {"quick": quick, "source": source, "folder": scratch if quick else str(ANSWERS)}
        calls = [
            ("accuracy:one_run", {"kind": kind, "name": name, "seed": seed, **options}) for kind, name, seed in missing
        ]
        if quick:
            return in_own_process(calls)
        for start in range(0, len(calls), TOGETHER):
            done = in_own_process(calls[start : start + TOGETHER])
            tell("\n".join(map(json.dumps, done)) + f"\n{start + len(done)} of {len(calls)}")
            kept += done
            write_whole(RUNS, '{"runs": [\n' + ",\n".join(map(json.dumps, kept)) + "\n]}\n")
    return kept


def plan(rounds):
    """Return all runs in order: kind, name, seed. Those that are compared take turns."""
    for seed in range(rounds):
        yield from (("ladder", name, seed) for name in RUNGS)
        if seed < LONG_SEEDS:
            yield "long", LONG, seed
        if seed < ABLATION_SEEDS:
            yield from (("ablation", name, seed) for name in ABLATIONS)
    for count in range(1, min(rounds, LONG_SEEDS) + 1):
        yield "ensemble", f"ensemble of {count}", count


def report(runs, quick):
    """Rows of the table: the ladder, the long training, and the largest ensemble."""
    names = [*RUNGS, LONG, next(run["name"] for run in reversed(runs) if run["kind"] == "ensemble")]
    rows = []
    for name in names:
        mine = [run for run in runs if run["name"] == name]
        rows.append(
            {
                "name": name,
                "seconds": summary(run["seconds"] for run in mine),
                "test_accuracy": mean_of(run["test_accuracy"] for run in mine),
            }
        )
    return {"rows": rows, "notes": ["Seconds are those of training alone; an ensemble's are the sum of its models'."]}


def one_run(kind, name, seed, quick, source, folder):
    """Train one model, or average the answers of several that were trained before, and measure it."""
    found = {"kind": kind, "name": name, "seed": seed}
    if kind == "ensemble":
        return found | _ensemble(load_mnist(source), seed, Path(folder))
    as_notebooks_do()
    data = time_to_99.cut(load_mnist(source), quick)
    model, history = {"ladder": _rung, "ablation": _ablation, "long": _long}[kind](data, name, seed, quick)
    found |= {"epochs": len(history.loss), "seconds": round(sum(history.seconds), 2)}
    found["validation_accuracy"] = history.validation_accuracy[-1]
    found["validation_loss"] = round(history.validation_loss[-1], 5)
    if kind != "ablation":
        from mnist_lib import evaluate

        found["test_accuracy"] = evaluate(model, data.test).accuracy
    if kind == "long":
        found |= _keep_answers(model, data, Path(folder) / f"{seed}.npz", found["seconds"])
    return found


def _rung(data, name, seed, quick):
    from mnist_lib.recipes import train_rung

    return train_rung(data, name, seed=seed)


def _long(data, name, seed, quick):
    from mnist_lib.recipes import train_accurately

    return train_accurately(data, epochs=1 if quick else LONG_EPOCHS, seed=seed, verbose=False)


def _ablation(data, name, seed, quick):
    from mnist_lib import models, set_seed
    from mnist_lib.recipes import train_accurately

    options = dict(ABLATIONS[name])
    of_model = {key: options.pop(key) for key in ("normalize", "dropout") if key in options}
    set_seed(seed)
    model = models.accurate_cnn(**of_model)
    return train_accurately(data, seed=seed, model=model, verbose=False, **options)


def _keep_answers(model, data, path, seconds):
    """Write the probabilities of a model, for digits as they are and varied; return the accuracies of the latter."""
    from mnist_lib import predict
    from mnist_lib.recipes import predict_varied

    answers, accuracies = {"seconds": seconds}, {}
    for part in ("validation", "test"):
        split = getattr(data, part)
        answers[part] = predict(model, split.images)
        answers[f"{part}_varied"] = predict_varied(model, split.images)
        accuracies[f"{part}_accuracy_varied"] = _right(answers[f"{part}_varied"], split)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **answers)
    return accuracies


def _ensemble(data, count, folder):
    """Average the probabilities of the long trainings with seeds 0 to ``count`` - 1."""
    answers = [np.load(folder / f"{seed}.npz") for seed in range(count)]
    found = {"seconds": float(sum(one["seconds"] for one in answers))}
    for part in ("validation", "test"):
        for varied in ("", "_varied"):
            mean = np.mean([one[part + varied] for one in answers], axis=0)
            found[f"{part}_accuracy{varied}"] = _right(mean, getattr(data, part))
    return found


def _right(probabilities, split):
    return float((probabilities.argmax(axis=1) == split.labels).mean())
