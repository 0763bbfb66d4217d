"""Measure things side by side: each in a process of its own, in turn, several times."""

import importlib.metadata
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

HOUSE = Path(__file__).parent.parent
MARK = "result: "  # the worker's last line
RATE = "matrix products"  # the contestant that measures how fast the machine multiplies


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
    rounds : int, optional
        For what takes long: take part in these many rounds, spread over the run; all, if left out.
    """

    name: str
    work: str
    options: dict = field(default_factory=dict)
    needs: str = ""
    install: str = ""
    rounds: int | None = None

    @property
    def missing(self):
        """Whether the package that it needs is not installed."""
        return bool(self.needs) and importlib.util.find_spec(self.needs) is None

    def takes_part(self, number, rounds):
        """Whether it runs in round ``number`` of ``rounds``."""
        mine = min(self.rounds or rounds, rounds)
        return (number + 1) * mine // rounds > number * mine // rounds


def in_turn(contestants, rounds, *, quick=False, source="auto", tell=None):
    """Run all contestants once a round, each time beginning with another one.

    A machine's speed drifts. Neighbours in time meet the same machine, and no place in the order is
    always the same one's.

    Parameters
    ----------
    contestants : sequence of Contestant
    rounds : int
        At least 1. The round's number is the seed.
    quick : bool
        A few steps only, and all in one process.
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
        (contestant.name, contestant.work, {"quick": quick, "seed": number, "source": source, **contestant.options})
        for number in range(rounds)
        for contestant in np.roll(np.array(ready, dtype=object), -number)
        if contestant.takes_part(number, rounds)
    ]
    results = {contestant.name: [] for contestant in ready}
    step = max(1, len(runs)) if quick else 1  # a quick run imports TensorFlow once
    for start in range(0, len(runs), step):
        together = runs[start : start + step]
        tell(f"{start + len(together)} of {len(runs)}: {together[-1][0]}")
        for (name, _, _), result in zip(together, in_own_process([run[1:] for run in together]), strict=True):
            results[name].append(result)
            tell("    " + brief(result))
    return results


def in_own_process(calls):
    """Make calls, (``module:function``, its arguments), in a new Python; return the dicts that they return."""
    environment = {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",  # this is about CPUs
        "PYTHONPATH": os.pathsep.join(filter(None, [str(HOUSE), os.environ.get("PYTHONPATH")])),
    }
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


def brief(result):
    """One run's numbers in a line."""
    return ", ".join(f"{key} {value:.4g}" for key, value in result.items() if isinstance(value, float))


def environment(source):
    """What the numbers depend on. Nothing that names the machine, its user or its folders."""
    import psutil

    from mnist_lib import load_mnist
    from mnist_lib.runtime import cores

    packages = ("tensorflow", "keras", "numpy", "torch", "ai-edge-litert", "onnxruntime")
    return {
        "date": time.strftime("%Y-%m-%d"),
        "data": load_mnist(source).name,
        "processor": _processor(),
        "cores": cores(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load_before": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: _version(name) for name in packages},
    }


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
