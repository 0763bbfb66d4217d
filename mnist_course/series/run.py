"""Execute the series into copies, pages and results."""

import ast
import itertools
import json
import platform
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import nbformat

from mnist_course.series.freshness import note_passed, parse_cell, read_notebook, run_key
from mnist_course.series.kernel import execute
from mnist_course.series.workers import work_through
from mnist_lib.data import load_mnist
from mnist_lib.runtime import cores, version, write_whole

SOURCES = ("auto", "mnist", "sample")


def run(names=None, source="auto", out="build", parameters=None, notebooks="notebooks", timeout=600, workers=None):
    """Execute notebooks, each in its own kernel, and write copies, pages and ``results.json``.

    A notebook that fails is reported; the others still run. Several run at a time and share the cores; one whose
    metadata says ``{"mnist_lib": {"alone": true}}`` measures time, and runs alone with all of them.

    Parameters
    ----------
    names : sequence of str, optional
        Which ones: ``"02"``, ``"06_cnn"`` or ``"06_cnn.ipynb"`` of the series, or a file anywhere, such as
        ``"elsewhere/06_cnn.ipynb"``. The whole series, if left out.
    source : {"auto", "mnist", "sample"}
        The data, as ``load_mnist`` takes it. They are looked for (or downloaded) once, before all else.
    out : str or path
        Folder for ``NAME.ipynb``, ``NAME.html``, ``index.html`` and ``results.json``.
    parameters : dict, optional
        More parameters. Each goes to every notebook whose cell tagged ``parameters`` sets it.
    notebooks : str or path
        Folder of the series; the order of the names is the order of reading.
    timeout : int
        Seconds that one cell may take.
    workers : int, optional
        How many notebooks run at a time: see ``work_through``.

    Returns
    -------
    dict
        What ``results.json`` holds. ``seconds`` is wall time, of a notebook on so many ``cores``; ``peak_mb`` is the
        largest resident memory of a kernel and its child processes, in units of 10^6 bytes.

    Raises
    ------
    ValueError
        If a name, a parameter or a folder is unknown, or ``out`` cannot be written to.
    DataError
        If MNIST is asked for and cannot be had, or ``MNIST_LIB_DATA`` names something else.
    KeyboardInterrupt
        After Ctrl-C, with words about what was done. The results of that are written, marked ``interrupted``.
    """
    paths = find_notebooks(names, notebooks)
    out = Path(out).resolve()
    if out in {path.parent for path in paths}:
        raise ValueError(f"{out.name}/ holds the notebooks themselves. Choose another folder for the copies.")
    if source not in SOURCES:
        raise ValueError(f"source is {source!r}; expected one of {', '.join(SOURCES)}.")
    declared = _declared(paths, parameters or {})
    _make_writable(out)

    start = time.perf_counter()
    data = "sample" if source == "sample" else load_mnist(source).name
    given = {**(parameters or {}), "source": data}
    executed = {}

    def work(path, mark):
        key = None
        with suppress(ValueError):  # a cell that is not Python fails when its turn comes
            key = run_key(path)
        passed = {name: value for name, value in given.items() if name in declared[path]}
        entry, nb = execute(path, out / path.name, passed, timeout, mark)
        about = nb.metadata.pop("mnist_lib", {})
        if "alone" in about:  # the rest describes the stored outputs, not these
            nb.metadata["mnist_lib"] = {"alone": about["alone"]}
        write_whole(out / path.name, nbformat.writes(nb) + "\n")
        executed[path] = nb
        if entry["status"] == "ok" and data == "mnist" and not parameters:
            note_passed(path, key)
        return entry

    entries, interrupted = work_through(paths, work, set(filter(runs_alone, paths)), workers)
    results = {
        "data": data,
        "seconds": round(time.perf_counter() - start, 1),
        "notebooks": entries,
        "environment": _environment(),
        **({"interrupted": True} if interrupted else {}),
    }
    text = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(out / "results.json", text + "\n")
    _write_pages(results, {path: executed[path] for path in paths if path in executed}, out)
    if interrupted:
        done = sum(entry["status"] != "interrupted" for entry in entries)
        raise KeyboardInterrupt(f"{done} of {len(paths)} notebooks were done; {out.name}/results.json holds them.")
    return results


def find_notebooks(names=None, folder="notebooks"):
    """Return the paths of notebooks in the order of reading.

    Parameters
    ----------
    names : sequence of str, optional
        As for ``run``; a name with a folder, or of a file in the working directory, means that file.
    folder : str or path
        Of the series.

    Raises
    ------
    ValueError
        If the folder holds no notebook, a name is unknown, or two files have one name.
    """
    wanted = set()
    for name in names or ["*"]:
        file = Path(name)
        elsewhere = file.name != name or (file.suffix == ".ipynb" and file.is_file())
        place = (file.parent if elsewhere else Path(folder)).resolve()
        known = sorted(place.glob("*.ipynb"))
        if not known:
            raise ValueError(f"No notebooks in {place}. Run this from the folder of the project, above notebooks/.")
        matches = {path for path in known if file.name in ("*", path.name, path.stem, path.stem.partition("_")[0])}
        if not matches:
            there = ", ".join(path.stem for path in known)
            raise ValueError(f"No notebook is called {name!r}. There are: {there}.")
        wanted |= matches
    found = sorted(wanted, key=lambda path: path.name)
    for one, two in itertools.pairwise(found):
        if one.stem == two.stem:
            raise ValueError(f"{one} and {two} have one name, so their results would, too. Run one after the other.")
    return found


def runs_alone(path):
    """Whether a notebook's metadata ask for all cores, since it measures time."""
    return bool(read_notebook(path).metadata.get("mnist_lib", {}).get("alone"))


def _make_writable(out):
    """Make the folder of the results; find out before anything runs if that cannot be."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out).close()
    except OSError as error:
        why = f"{out} cannot be written to: {error.strerror}. Choose another folder for the results."
        raise ValueError(why) from error


def _declared(paths, parameters):
    """Return the names that each notebook's parameters cell sets; all ``parameters`` must be among them."""
    if "source" in parameters:
        raise ValueError("The parameter 'source' is set with --source (in Python: run(source=...)).")
    declared = {}
    for path in paths:
        cells = [cell for cell in read_notebook(path).cells if "parameters" in cell.metadata.get("tags", [])]
        nodes = ast.walk(ast.Module([parse_cell(cell) for cell in cells], []))
        declared[path] = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    known = sorted(set().union(*declared.values()) - {"source"})
    for name in parameters:
        if name not in known:
            raise ValueError(
                f"No selected notebook has a parameter {name!r}. "
                + (f"There are: {', '.join(known)}." if known else "They have none but 'source'.")
            )
    return declared


def _write_pages(results, executed, out):
    from mnist_course.series.pages import index_page, notebook_page

    for path, nb in executed.items():
        write_whole(out / f"{path.stem}.html", notebook_page(nb, path.stem, path.parent))
    write_whole(out / "index.html", index_page(results, {path.stem: nb for path, nb in executed.items()}))


def _environment():
    versions = {name: version(name) for name in ("tensorflow", "keras", "numpy")}
    machine = {"cores": cores(), "system": platform.system()}
    return {"python": platform.python_version(), **versions, **machine}
