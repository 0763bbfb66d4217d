"""What do seconds buy? Every rung of the ladder over many seeds, and what the parts of the best recipe are worth.

This takes an hour or more. So runs are kept in the package, in ``recipes/long_runs.json``, where notebook 14 finds
them, as soon as they are done, and a bench that was stopped goes on where it was. Delete the file to begin anew,
as on another machine. Nothing is chosen by the test digits: ablations do not look at them.
"""

import json
from pathlib import Path

import numpy as np

from benchmarks import showing, time_to_99, worker
from benchmarks.measuring import HOUSE, BenchError, Contestant, as_notebooks_do, by_name, environment, in_own_process
from mnist_lib import load_mnist
from mnist_lib.recipes.trainings import RUNGS, VARIATION
from mnist_lib.runtime import write_whole

RUNS = HOUSE / "mnist_lib" / "recipes" / "long_runs.json"
ANSWERS = HOUSE / "build" / "long_runs"  # probabilities, for the ensembles; too large to keep
LONG, LONG_EPOCHS, LONG_SEEDS, ABLATION_SEEDS = "accurate CNN, long", 17, 4, 3
SAME = ("data", "processor", "cores", "tensorflow", "keras")  # without which seconds do not compare
TOGETHER = 5  # runs in one process: fewer to wait for TensorFlow, few to lose when it is stopped
ABLATIONS = {
    "no variation": {"variation": None},
    "no bend": {"variation": VARIATION | {"bend": 0}},
    "variation twice as strong": {"variation": {name: 2 * value for name, value in VARIATION.items()}},
    "no batch normalisation": {"normalize": False},
    "no weight decay": {"weight_decay": 0.0},
    "no one-cycle": {"one_cycle": False},
    "no averaging": {"average": False},
    "no one-cycle, no averaging": {"one_cycle": False, "average": False},
    "with dropout": {"dropout": 0.3},
    "with label smoothing": {"smoothing": 0.1},
}
ALL = "all ablations at once"


def contestants():
    """Return what a quick bench tries: each kind of training, and all ablations in one."""
    runs = [run for run in plan(1) if run[0] != "ablation"]
    runs.insert(0, ("ablation", ALL, 0))
    given = ({"kind": kind, "name": name, "seed": seed, "folder": None} for kind, name, seed in runs)
    return [Contestant(each["name"], "accuracy:one_run", each, onednn=True) for each in given]


def measure(rounds, *, source="auto", tell=None):
    """Do the runs of ``plan`` that are missing, a few in one process. Return name -> all its runs."""
    tell = tell or (lambda text: None)
    here = environment(source)
    kept = _kept(here)
    missing = _missing(kept, rounds)
    if any(kind == "ensemble" for kind, *_ in missing):  # whose answers may have been cleaned away
        kept = [run for run in kept if run["kind"] != "long" or (ANSWERS / f"{run['seed']}.npz").exists()]
        missing = _missing(kept, rounds)
    options = {"quick": False, "source": source, "folder": str(ANSWERS)}
    calls = [
        ("accuracy:one_run", {"kind": kind, "name": name, "seed": seed, **options}) for kind, name, seed in missing
    ]
    for start in range(0, len(calls), TOGETHER):
        new = in_own_process(calls[start : start + TOGETHER], onednn=True)
        tell("\n".join(map(json.dumps, new)) + f"\n{start + len(new)} of {len(calls)}")
        kept += new
        runs = ",\n".join(map(json.dumps, kept))
        write_whole(RUNS, f'{{"environment": {json.dumps(here)}, "runs": [\n{runs}\n]}}\n')
    return by_name(kept)


def _kept(here):
    """Return the runs that were made before, if they were made in this environment."""
    if here["data"] != "mnist":
        raise BenchError("Long runs need MNIST, and this is the bundled sample. Set MNIST_LIB_DATA, or take --quick.")
    if not RUNS.exists():
        return []
    stored = json.loads(RUNS.read_text(encoding="utf-8"))
    there = stored["environment"]
    other = [f"{name} {there[name]} (here: {here[name]})" for name in SAME if there[name] != here[name]]
    if other:
        raise BenchError(f"The runs in {RUNS.name} were made with {', '.join(other)}. Delete that file to begin anew.")
    return stored["runs"]


def _missing(kept, rounds):
    done = {(run["kind"], run["name"], run["seed"]) for run in kept}
    return [run for run in plan(rounds) if run not in done]


def plan(rounds):
    """Return all runs in order: kind, name, seed. Those that are compared take turns."""
    for seed in range(rounds):
        yield from (("ladder", name, seed) for name in RUNGS)
        if seed < LONG_SEEDS:
            yield "long", LONG, seed
        if seed < ABLATION_SEEDS:
            yield from (("ablation", name, seed) for name in ABLATIONS)
            yield "long ablation", "no variation", seed
    for count in range(1, min(rounds, LONG_SEEDS) + 1):
        yield "ensemble", f"ensemble of {count}", count


def report(results, rows):
    """Rows of the table: the ladder, the long training, the largest ensemble; those two with varied copies as well."""
    shown = {}
    for name in [*RUNGS, LONG, [name for name in results if name.startswith("ensemble")][-1]]:
        shown[name] = results[name]
        if "test_accuracy_varied" in results[name][0]:
            varied = [run | {"test_accuracy": run["test_accuracy_varied"]} for run in results[name]]
            shown[f"{name}, varied copies"] = varied
    notes = [
        "Seconds are those of training alone; an ensemble's are the sum of its models'.",
        "Varied copies: each digit is asked nine times, eight of them varied a little, and the answers averaged.",
    ]
    return {"rows": showing.rows(shown), "notes": notes}


def one_run(kind, name, seed, quick, source, folder):
    """Train one model, or average the answers of several that were trained before, and measure it."""
    found, folder = {"kind": kind, "name": name, "seed": seed}, Path(folder or worker.SCRATCH)
    if kind == "ensemble":
        return found | _ensemble(load_mnist(source), seed, folder)
    as_notebooks_do()
    data = time_to_99.cut(load_mnist(source), quick)
    trainings = {"ladder": _rung, "ablation": _ablation, "long": _long, "long ablation": _long}
    model, history = trainings[kind](data, name, seed, quick)
    found |= {"epochs": len(history.loss), "seconds": round(sum(history.seconds), 2)}
    found["validation_accuracy"] = history.validation_accuracy[-1]
    found["validation_loss"] = round(history.validation_loss[-1], 5)
    if kind in ("ladder", "long"):
        from mnist_lib import evaluate

        found["test_accuracy"] = evaluate(model, data.test).accuracy
    if kind == "long":
        found |= _keep_answers(model, data, folder / f"{seed}.npz", found["seconds"])
    return found


def _rung(data, name, seed, quick):
    from mnist_lib.recipes.trainings import train_rung

    return train_rung(data, name, seed=seed)


def _long(data, name, seed, quick):
    return _ablation(data, name, seed, quick, epochs=1 if quick else LONG_EPOCHS)


def _ablation(data, name, seed, quick, **more):
    from mnist_lib import models, set_seed
    from mnist_lib.recipes.trainings import train_accurately

    every = {key: value for options in ABLATIONS.values() for key, value in options.items()}
    options = (ABLATIONS | {LONG: {}, ALL: every})[name] | more  # the long one is the whole recipe
    of_model = {key: options.pop(key) for key in ("normalize", "dropout") if key in options}
    set_seed(seed)
    model = models.accurate_cnn(**of_model)
    return train_accurately(data, seed=seed, model=model, verbose=False, **options)


def _keep_answers(model, data, path, seconds):
    """Write the probabilities of a model, for digits as they are and varied; return the accuracies of the latter."""
    from mnist_lib import predict
    from mnist_lib.recipes.trainings import predict_varied

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
