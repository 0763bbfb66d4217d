"""Execute the series: into copies, pages and results (run), or to renew the stored outputs (refresh)."""

import ast
import base64
import importlib.metadata
import json
import platform
import tempfile
import time
from pathlib import Path

import nbformat

from mnist_lib.data import DataError, load_mnist
from mnist_lib.runtime import cores, write_whole
from mnist_lib.series.freshness import parse_cell, read_notebook, source_digest
from mnist_lib.series.kernel import execute, remove_traces, short
from mnist_lib.series.results import merge, readme_table, reports_in

SOURCES = ("auto", "mnist", "sample")
LADDER_BEGIN, LADDER_END = "<!-- ladder:begin -->", "<!-- ladder:end -->"


def run(names=None, source="auto", out="build", parameters=None, notebooks="notebooks", timeout=600):
    """Execute notebooks, each in its own kernel, and write copies, pages and ``results.json``.

    A notebook that fails is reported; the others still run.

    Parameters
    ----------
    names : sequence of str, optional
        Which ones: ``"02"``, ``"02_mlp"`` or ``"02_mlp.ipynb"``. All, if left out.
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

    Returns
    -------
    dict
        What ``results.json`` holds. ``seconds`` is wall time; ``peak_mb`` is the largest resident memory of a
        kernel and its child processes, in units of 10^6 bytes.

    Raises
    ------
    ValueError
        If a name, a parameter or a folder is unknown.
    DataError
        If MNIST is asked for and cannot be had, or ``MNIST_LIB_DATA`` names something else.
    """
    paths = find_notebooks(names, notebooks)
    out = Path(out).resolve()
    if out == paths[0].parent:
        raise ValueError(f"{out.name}/ holds the notebooks themselves. Choose another folder for the copies.")
    if source not in SOURCES:
        raise ValueError(f"source is {source!r}; expected one of {', '.join(SOURCES)}.")
    declared = _declared(paths, parameters or {})
    out.mkdir(parents=True, exist_ok=True)
    for stale in ("results.json", "index.html"):
        (out / stale).unlink(missing_ok=True)

    start = time.perf_counter()
    data = "sample" if source == "sample" else load_mnist(source).name
    given = {**(parameters or {}), "source": data}
    entries, executed = [], {}
    for path in paths:
        passed = {name: value for name, value in given.items() if name in declared[path]}
        entry, nb = execute(path, out / path.name, passed, timeout)
        nb.metadata.pop("mnist_lib", None)  # it describes the stored outputs, not these
        write_whole(out / path.name, nbformat.writes(nb) + "\n")
        entries.append(entry)
        executed[path.stem] = nb
    results = {
        "data": data,
        "seconds": round(time.perf_counter() - start, 1),
        "notebooks": entries,
        "environment": _environment(),
    }
    text = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(out / "results.json", text + "\n")
    _write_pages(results, executed, out, paths[0].parent)
    return results


def refresh(names=None, notebooks="notebooks", timeout=600):
    """Execute notebooks on MNIST and store their outputs in place; then renew the README's ladder.

    A notebook that fails keeps its stored outputs. The table between the README's ladder marks and
    ``docs/ladder.png`` (the picture of cell ``ladder-figure``) follow the stored outputs of all notebooks.

    Parameters
    ----------
    names, notebooks, timeout
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
    """
    paths = find_notebooks(names, notebooks)
    start = time.perf_counter()
    try:
        load_mnist("mnist")
    except DataError as error:
        raise DataError(f"refresh stores a run on MNIST, so it needs MNIST.\n{error}") from error
    entries = []
    with tempfile.TemporaryDirectory() as scratch:
        for path in paths:
            before, digest = path.read_bytes(), source_digest(path)
            entry, nb = execute(path, Path(scratch) / path.name, {}, timeout)
            entries.append(entry)
            if entry["status"] != "ok":
                continue
            if path.read_bytes() != before:
                value = "the file was saved by someone else during the run; refresh it again"
                entry.update(status="failed", error={"cell": None, "name": "Changed", "value": value})
                print(f"    {value}")
                continue
            write_whole(path, nbformat.writes(_stored(path, nb, digest)) + "\n")
    _renew_ladder(paths[0].parent)
    return {"data": "mnist", "seconds": round(time.perf_counter() - start, 1), "notebooks": entries}


def find_notebooks(names=None, folder="notebooks"):
    """Return the paths of the notebooks called ``names`` (all, if None or empty), in the order of reading.

    Raises
    ------
    ValueError
        If the folder holds no notebook, or a name is unknown.
    """
    folder = Path(folder).resolve()
    known = sorted(folder.glob("*.ipynb"))
    if not known:
        raise ValueError(f"No notebooks in {folder}. Run this from the folder of the project, above notebooks/.")
    wanted = set()
    for name in names or [path.name for path in known]:
        file = Path(name).name
        matches = {path for path in known if file in (path.name, path.stem, path.stem.partition("_")[0])}
        if not matches:
            there = ", ".join(path.stem for path in known)
            raise ValueError(f"No notebook is called {name!r}. There are: {there}.")
        wanted |= matches
    return [path for path in known if path in wanted]


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


def _stored(path, executed, digest):
    """Return the notebook at ``path`` with the outputs of ``executed``, as it is to be stored."""
    from mnist_lib.series.pages import WIDGET

    nb = read_notebook(path)
    remove_traces(nb)
    for cell, done in zip(nb.cells, executed.cells, strict=True):
        if cell.cell_type != "code":
            continue
        cell.execution_count, cell.outputs = done.execution_count, done.outputs
        for output in cell.outputs:
            output.get("data", {}).pop(WIDGET, None)
            if output.get("name") == "stderr":
                print(f"    note: cell {cell.id} writes to stderr: {short(output.text, 80)}")
        cell.outputs = [output for output in cell.outputs if output.get("data") != {}]
    nb.metadata.pop("widgets", None)
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    nb.metadata["kernelspec"] = kernel
    nb.metadata["language_info"] = {"name": "python"}
    nb.metadata["mnist_lib"] = {"digest": digest, "source": "mnist"}
    return nb


def _renew_ladder(folder):
    """Bring the README's table and docs/ladder.png up to the stored outputs of all notebooks."""
    from mnist_lib.series.pages import picture

    notebooks = [read_notebook(path) for path in sorted(folder.glob("*.ipynb"))]
    readme = folder.parent / "README.md"
    if readme.exists():
        before, begin, rest = readme.read_text(encoding="utf-8").partition(LADDER_BEGIN)
        _, end, after = rest.partition(LADDER_END)
        if begin and end:
            table = readme_table(merge(map(reports_in, notebooks)))
            write_whole(readme, f"{before}{begin}\n{table}\n{end}{after}")
    for figure in filter(None, (picture(nb, "ladder-figure") for nb in notebooks)):
        (folder.parent / "docs").mkdir(exist_ok=True)
        write_whole(folder.parent / "docs" / "ladder.png", base64.b64decode(figure["png"]))


def _write_pages(results, executed, out, folder):
    from mnist_lib.series.pages import index_page, notebook_page

    for name, nb in executed.items():
        write_whole(out / f"{name}.html", notebook_page(nb, name, folder))
    write_whole(out / "index.html", index_page(results, executed))


def _environment():
    versions = {name: importlib.metadata.version(name) for name in ("tensorflow", "keras", "numpy")}
    machine = {"cores": cores(), "system": platform.system()}
    return {"python": platform.python_version(), **versions, **machine}
