"""Execute one notebook in a kernel of its own."""

import logging
import os
import re
import subprocess
import time
from pathlib import Path

from jupyter_client import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop

from mnist_course.series.freshness import read_notebook
from mnist_course.series.processes import MARK, end
from mnist_lib.results import reports_in
from mnist_lib.runtime import cores

PATHS = ("MNIST_LIB_DATA", "MNIST_LIB_CACHE", "KERAS_HOME")  # relative to here, not to the kernel's folder


def execute(path, copy, parameters, timeout, mark):
    """Run one notebook in a kernel of its own, and write the executed copy. May be called in a thread.

    Parameters
    ----------
    path, copy : Path
        The notebook, and where its copy goes. The kernel works in the folder of the notebook.
    parameters : dict
        Passed in a cell after the one tagged ``parameters``. No cell is added if it is empty.
    timeout : int
        Seconds that one cell may take.
    mark : str
        What the kernel is marked with. All processes of this mark are ended with it.

    Returns
    -------
    entry : dict
        What ``results.json`` says about it, but for the memory that others measure.
    nb : nbformat.NotebookNode
        The executed copy, without papermill's marks.
    """
    import papermill

    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    copy.unlink(missing_ok=True)
    start, stopped = time.perf_counter(), None
    try:
        papermill.execute_notebook(
            *(str(p).replace("{", "{{").replace("}", "}}") for p in (path, copy)),
            parameters=parameters,
            resources={"metadata": {"path": str(path.parent)}},  # where the kernel works
            kernel_name="python3",
            language="python",
            kernel_manager_class=_kernel(mark),
            progress_bar=False,
            execution_timeout=timeout,
        )
    except Exception as error:  # a failing cell, a dead kernel, a timeout: the others shall still run
        stopped = error
    finally:
        end(mark)
        ensure_event_loop().close()  # papermill's, of this thread
    seconds = time.perf_counter() - start
    nb = read_notebook(copy if copy.exists() else path)
    error = _failure(nb, stopped)
    remove_traces(nb)
    entry = {
        "name": path.stem,
        "status": "failed" if error else "ok",
        "seconds": round(seconds, 1),
        "cores": cores(),
        "peak_mb": 0,
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


def _kernel(mark):
    """Make the class of a marked kernel whose own messages stay off the terminal; outputs of cells are captured."""
    environment = {"TF_CPP_MIN_LOG_LEVEL": "2", **os.environ, MARK: mark}
    for name in filter(environment.get, PATHS):
        environment[name] = str(Path(environment[name]).expanduser().absolute())
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}

    class Kernel(AsyncKernelManager):
        async def start_kernel(self, **kwargs):
            await super().start_kernel(**{**kwargs, **options})

    return Kernel
