"""Measure things side by side: each in a process of its own, in turn, several times."""

import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mnist_lib.runtime import version, x86_64

HOUSE = Path(__file__).parent.parent
MARK = "result: "  # the worker's last line
RATE = "matrix products"  # the contestant that measures how fast the machine multiplies
TORCH_EXTRA, EXPORT_EXTRA = 'pip install "mnist_lib[bench]"', 'pip install "mnist_lib[export]"'


class BenchError(RuntimeError):
    """A measurement that broke; the message ends with what the process said."""


@dataclass(frozen=True)
class Contestant:
    """One of the things that are compared.

    Attributes
    ----------
    name : str
        As the table shows it.
    work : str
        ``module:function`` in this package. The function is called with ``quick``, ``seed``, ``source`` and
        ``options``, and returns a dict of numbers.
    options : dict
        JSON values.
    needs : str, optional
        A package without which it cannot run.
    install : str
        How to get that package.
    onednn : bool, optional
        Whether TensorFlow shall use oneDNN; what TensorFlow does by itself, if left out.
    rounds : int, optional
        For what takes long: take part in these many rounds, spread over the run; all, if left out.
    """

    name: str
    work: str
    options: dict = field(default_factory=dict)
    needs: str = ""
    install: str = ""
    onednn: bool | None = None
    rounds: int | None = None

    @property
    def missing(self):
        """Whether the package that it needs is not installed."""
        return bool(self.needs) and importlib.util.find_spec(self.needs) is None

    def call(self, seed, source, quick=False):
        """Return what ``in_own_process`` takes."""
        return self.work, {"quick": quick, "seed": seed, "source": source, **self.options}

    def takes_part(self, number, rounds):
        """Whether it runs in round ``number`` of ``rounds``."""
        mine = min(self.rounds or rounds, rounds)
        return (number + 1) * mine // rounds > number * mine // rounds


def in_turn(contestants, rounds, *, source="auto", tell=None):
    """Run all contestants once a round, each time beginning with another one.

    A machine's speed drifts. Neighbours in time meet the same machine, and no place in the order is
    always the same one's.

    Parameters
    ----------
    contestants : sequence of Contestant
    rounds : int
        At least 1. The round's number is the seed.
    source : str
        For ``load_mnist``.
    tell : function, optional
        Gets a line of text before and after each run.

    Returns
    -------
    dict of str to list of dict
        Name -> what each of its runs returned, in order. Those that cannot run are left out.
    """
    tell = tell or (lambda text: None)
    ready = [contestant for contestant in contestants if not contestant.missing]
    runs = [
        (contestant, number)
        for number in range(rounds)
        for contestant in np.roll(np.array(ready, dtype=object), -number)
        if contestant.takes_part(number, rounds)
    ]
    results = {contestant.name: [] for contestant in ready}
    for count, (contestant, number) in enumerate(runs, 1):
        tell(f"{count} of {len(runs)}: {contestant.name}")
        (result,) = in_own_process([contestant.call(number, source)], contestant.onednn)
        results[contestant.name].append(result)
        tell("    " + brief(result))
    return results


def at_once(benches, source):
    """Take a few steps of everything: name of a bench -> contestants; name -> what ``in_turn`` returns.

    One process for each setting of oneDNN is enough, since numbers do not matter here.
    """
    ready = {name: [each for each in contestants if not each.missing] for name, contestants in benches.items()}
    results = {name: {each.name: [] for each in contestants} for name, contestants in ready.items()}
    for off in (False, True):
        some = [(name, each) for name in ready for each in ready[name] if (each.onednn is False) == off]
        calls = [each.call(0, source, quick=True) for _, each in some]
        for (name, each), result in zip(some, in_own_process(calls, not off) if calls else [], strict=True):
            results[name][each.name].append(result)
    return results


def by_name(runs):
    """Group runs, dicts that tell their name, as ``in_turn`` does."""
    names = dict.fromkeys(run["name"] for run in runs)
    return {name: [run for run in runs if run["name"] == name] for name in names}


def in_own_process(calls, onednn=None):
    """Make calls, (``module:function``, its arguments), in a new Python; return the dicts that they return.

    ``onednn`` sets whether TensorFlow uses it there; None leaves that to TensorFlow, whatever the environment says.
    """
    environment = {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",  # this is about CPUs
        "PYTHONPATH": os.pathsep.join(filter(None, [str(HOUSE), os.environ.get("PYTHONPATH")])),
    }
    environment.pop("TF_ENABLE_ONEDNN_OPTS", None)
    if onednn is not None and x86_64():
        environment["TF_ENABLE_ONEDNN_OPTS"] = str(int(onednn))
    command = [sys.executable, "-m", "benchmarks.worker", json.dumps({"started": time.time(), "calls": calls})]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines or not lines[-1].startswith(MARK):
        last = "\n".join(done.stderr.strip().splitlines()[-5:])
        works = ", ".join(dict.fromkeys(work for work, _ in calls))
        raise BenchError(f"{works} ended with status {done.returncode} and no result. The last words:\n{last}")
    return json.loads(lines[-1].removeprefix(MARK))


def as_notebooks_do():
    """Import TensorFlow with the library's setting of threads. What is not the library's keeps TensorFlow's own."""
    from mnist_lib import quiet_start

    with quiet_start():
        import tensorflow  # noqa: F401


def summary(values):
    """Median, lowest and highest of some numbers, and the numbers."""
    values = [float(value) for value in values]
    return {"median": float(np.median(values)), "low": min(values), "high": max(values), "values": values}


def mean_of(values):
    """Mean and standard error of some numbers, and the numbers; the error is null for a single one."""
    values = [float(value) for value in values]
    error = float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None
    return {"mean": float(np.mean(values)), "standard_error": error, "values": values}


def floor(results, gflop):
    """What the arithmetic alone would take, at the rate of matrix products in the same run."""
    rate = summary(run["gflops_per_second"] for run in results[RATE])
    return {"gflop": gflop, "gflops_per_second": rate, "seconds": gflop / rate["median"]}


def brief(result):
    """One run's numbers in a line."""
    return ", ".join(f"{key} {value:.4g}" for key, value in result.items() if isinstance(value, float))


def environment(source):
    """What the numbers depend on. Nothing that names the machine, its user or its folders."""
    import psutil

    from mnist_lib import load_mnist
    from mnist_lib.runtime import cores, processor

    packages = ("tensorflow", "keras", "numpy", "torch", "ai-edge-litert", "onnxruntime")
    name, instructions = processor()
    kinds = {"avx512f": "avx512", "avx2": "avx2"}  # results of another kind do not replace each other
    return {
        "date": time.strftime("%Y-%m-%d"),
        "data": load_mnist(source).name,
        "processor": name,
        "instructions": instructions,
        "kind": next((kind for has, kind in kinds.items() if has in instructions), platform.machine().lower()),
        "onednn_by_itself": in_own_process([("measuring:import_tensorflow", {})])[0].get("onednn"),
        "cores": cores(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load_before": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def import_tensorflow():
    """Nothing more: the worker says whether TensorFlow then uses oneDNN."""
    import tensorflow  # noqa: F401

    return {}
