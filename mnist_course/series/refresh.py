"""Renew the stored outputs of the notebooks, and the README's ladder with them."""

import base64
import tempfile
import time
from pathlib import Path

import nbformat

from mnist_course.series.freshness import note_passed, read_notebook, run_key, source_digest
from mnist_course.series.kernel import execute, remove_traces, short
from mnist_course.series.run import find_notebooks, runs_alone
from mnist_course.series.workers import work_through
from mnist_lib.data import DataError, load_mnist
from mnist_lib.results import merge, readme_table, reports_in
from mnist_lib.runtime import write_whole

LADDER_BEGIN, LADDER_END = "<!-- ladder:begin -->", "<!-- ladder:end -->"


def refresh(names=None, notebooks="notebooks", timeout=600, workers=None):
    """Execute notebooks on MNIST and store their outputs in place; then renew the README's ladder.

    A notebook that fails keeps its stored outputs. The table between the README's ladder marks and
    ``docs/ladder.png`` (the picture of cell ``ladder-figure``) follow the stored outputs of all notebooks.
    Notebooks whose code speaks of seconds run alone, with all cores: what they store are times.

    Parameters
    ----------
    names, notebooks, timeout, workers
        As for ``run``. README.md and docs/ are looked for next to the folder of the notebooks.

    Returns
    -------
    dict
        Like that of ``run``, without ``environment``.

    Raises
    ------
    ValueError
        If a name or a folder is unknown.
    DataError
        If MNIST cannot be had.
    KeyboardInterrupt
        After Ctrl-C. What was done is stored.
    """
    paths = find_notebooks(names, notebooks)
    start = time.perf_counter()
    try:
        load_mnist("mnist")
    except DataError as error:
        raise DataError(f"refresh stores a run on MNIST, so it needs MNIST.\n{error}") from error
    for path in paths:
        source_digest(path)  # refuses a cell that is not Python
    with tempfile.TemporaryDirectory() as scratch:

        def work(path, mark):
            before, digest, key = path.read_bytes(), source_digest(path), run_key(path)
            entry, nb = execute(path, Path(scratch) / path.name, {}, timeout, mark)
            if entry["status"] == "ok" and path.read_bytes() != before:
                value = "the file was saved by someone else during the run; refresh it again"
                entry.update(status="failed", error={"cell": None, "name": "Changed", "value": value})
            if entry["status"] == "ok":
                stored, entry["notes"] = _stored(path, nb, digest)
                write_whole(path, nbformat.writes(stored) + "\n")
                note_passed(path, key)
            return entry

        alone = {path for path in paths if runs_alone(path) or _tells_time(path)}
        entries, interrupted = work_through(paths, work, alone, workers)
    _renew_ladder(Path(notebooks).resolve())
    if interrupted:
        done = sum(entry["status"] == "ok" for entry in entries)
        raise KeyboardInterrupt(f"{done} of {len(paths)} notebooks are stored.")
    return {"data": "mnist", "seconds": round(time.perf_counter() - start, 1), "notebooks": entries}


def _tells_time(path):
    """Whether a notebook measures time, by the words of its code."""
    return any("seconds" in cell.source for cell in read_notebook(path).cells if cell.cell_type == "code")


def _stored(path, executed, digest):
    """Return the notebook at ``path`` with the outputs of ``executed``, as it is to be stored, and notes on them."""
    from mnist_course.series.pages import WIDGET

    nb, notes = read_notebook(path), []
    remove_traces(nb)
    for cell, done in zip(nb.cells, executed.cells, strict=True):
        if cell.cell_type != "code":
            continue
        cell.execution_count, cell.outputs = done.execution_count, done.outputs
        for output in cell.outputs:
            output.get("data", {}).pop(WIDGET, None)
            if output.get("name") == "stderr":
                notes.append(f"note: cell {cell.id} writes to stderr: {short(output.text, 80)}")
        cell.outputs = [output for output in cell.outputs if output.get("data") != {}]
    nb.metadata.pop("widgets", None)
    nb.metadata["kernelspec"] = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    nb.metadata["language_info"] = {"name": "python"}
    nb.metadata["mnist_lib"] = {**nb.metadata.get("mnist_lib", {}), "digest": digest, "source": "mnist"}
    return nb, notes


def _renew_ladder(folder):
    """Bring the README's table and docs/ladder.png up to the stored outputs of all notebooks."""
    from mnist_course.series.pages import picture

    notebooks = [read_notebook(path) for path in sorted(folder.glob("*.ipynb"))]
    readme = folder.parent / "README.md"
    if notebooks and readme.exists():
        before, begin, rest = readme.read_text(encoding="utf-8").partition(LADDER_BEGIN)
        _, end, after = rest.partition(LADDER_END)
        if begin and end:
            table = readme_table(merge(map(reports_in, notebooks)))
            write_whole(readme, f"{before}{begin}\n{table}\n{end}{after}")
    for figure in filter(None, (picture(nb, "ladder-figure") for nb in notebooks)):
        (folder.parent / "docs").mkdir(exist_ok=True)
        write_whole(folder.parent / "docs" / "ladder.png", base64.b64decode(figure["png"]))
