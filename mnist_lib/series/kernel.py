"""Execute one notebook in a kernel of its own, and measure it."""

import logging
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
from jupyter_client import AsyncKernelManager

from mnist_lib.series.freshness import read_notebook
from mnist_lib.series.results import reports_in


def execute(path, copy, parameters, timeout):
    """Run one notebook in a kernel of its own, and write the executed copy.

    Parameters
    ----------
    path, copy : Path
        The notebook, and where its copy goes. The kernel works in the folder of the notebook.
    parameters : dict
        Passed in a cell after the one tagged ``parameters``. No cell is added if it is empty.
    timeout : int
        Seconds that one cell may take.

    Returns
    -------
    entry : dict
        What ``results.json`` says about it.
    nb : nbformat.NotebookNode
        The executed copy, without papermill's marks.
    """
    import papermill

    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    width = max(len(p.stem) for p in path.parent.glob("*.ipynb"))
    copy.unlink(missing_ok=True)
    stopped = None
    with _Meter(path.stem.ljust(width)) as meter:
        try:
            papermill.execute_notebook(
                *(str(p).replace("{", "{{").replace("}", "}}") for p in (path, copy)),
                parameters=parameters,
                resources={"metadata": {"path": str(path.parent)}},  # where the kernel works
                kernel_name="python3",
                language="python",
                kernel_manager_class=_QuietKernel,
                progress_bar=False,
                execution_timeout=timeout,
            )
        except Exception as error:  # a failing cell, a dead kernel, a timeout: the others shall still run
            stopped = error
    seconds = time.perf_counter() - meter.start
    nb = read_notebook(copy if copy.exists() else path)
    error = _failure(nb, stopped)
    print(meter.line("failed" if error else "ok"), flush=True)
    if error:
        where = f"cell {error['cell']}: " if error["cell"] else ""
        print(f"    {where}{error['name']}: {error['value']}", flush=True)
    remove_traces(nb)
    entry = {
        "name": path.stem,
        "status": "failed" if error else "ok",
        "seconds": round(seconds, 1),
        "peak_mb": round(meter.peak / 1e6),
        "results": reports_in(nb) if copy.exists() else {},
    }
    return {**entry, "error": error} if error else entry, nb


def _failure(nb, stopped):
    """Say where and why a notebook stopped, from papermill's marks in the copy; None if it ran to its end.

    An error in a cell tagged ``raises-exception`` is no failure, though papermill raises it.
    """
    from papermill.exceptions import PapermillExecutionError

    begun = [cell for cell in nb.cells if cell.metadata.get("papermill", {}).get("start_time")]
    for cell in begun:
        if cell.metadata.papermill.exception:
            errors = [output for output in cell.outputs if output.output_type == "error"]
            name, value = (errors[-1].ename, errors[-1].evalue) if errors else ("CellExecutionError", "")
            return {"cell": cell.id, "name": name, "value": short(value)}
    if stopped is None or isinstance(stopped, PapermillExecutionError):
        return None
    name, value = type(stopped).__name__, short(stopped)
    if name == "DeadKernelError":
        value = "the kernel died; if it was killed, the machine may be out of memory"
    return {"cell": begun[-1].id if begun else None, "name": name, "value": value}


def short(text, limit=200):
    """Return a text in one line, without colours, cut at ``limit`` characters."""
    text = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", str(text)).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def remove_traces(nb):
    """Remove what papermill and kernels leave in a notebook besides outputs."""
    nb.cells = [cell for cell in nb.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])]
    for part in (nb, *nb.cells):
        for key in ("papermill", "execution"):
            part.metadata.pop(key, None)
        if part.metadata.get("tags") == []:
            del part.metadata["tags"]


class _QuietKernel(AsyncKernelManager):
    """A kernel whose own messages stay off the terminal; the outputs of cells are captured all the same."""

    async def start_kernel(self, **kwargs):
        environment = {"TF_CPP_MIN_LOG_LEVEL": "2", **os.environ}
        for name in (
            "MNIST_LIB_DATA",
            "MNIST_LIB_CACHE",
            "KERAS_HOME",
        ):  # relative to here, not to the kernel's folder
            if environment.get(name):
                environment[name] = str(Path(environment[name]).expanduser().absolute())
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        await super().start_kernel(**{**kwargs, **quiet, "env": environment})


class _Meter:
    """Measures time, and memory of all processes started inside its block; shows both on a terminal."""

    def __init__(self, label):
        self.label, self.peak, self._stop = label, 0, threading.Event()

    def __enter__(self):
        self.start = time.perf_counter()
        self._others = {process.pid for process in psutil.Process().children(recursive=True)}
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        if sys.stdout.isatty():
            print("\r\033[K", end="", flush=True)

    def line(self, status):
        """Return one line of text: what runs, how it is, seconds, megabytes."""
        seconds = time.perf_counter() - self.start
        return f"{self.label}  {status:7s} {seconds:6.1f} s  {self.peak / 1e6:6,.0f} MB"

    def _watch(self):
        tick, processes = 0, []
        while not self._stop.wait(0.1):
            if tick % 5 == 0:  # looking for processes costs more than reading their memory
                children = psutil.Process().children(recursive=True)
                processes = [process for process in children if process.pid not in self._others]
                if sys.stdout.isatty():
                    print(f"\r{self.line('running')}", end="", flush=True)
            self.peak = max(self.peak, sum(map(_resident, processes)))
            tick += 1


def _resident(process):
    try:
        return process.memory_info().rss
    except psutil.Error:  # it has ended
        return 0
