"""Digests of what is behind a notebook's outputs: they tell when these may be out of date, and what ran well here."""

import ast
import hashlib
import json
import platform
import threading
from contextlib import suppress
from pathlib import Path

import nbformat

from mnist_lib.runtime import version, write_whole

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = "mnist_lib", "mnist_course"
PASSED = "build/passed_on_mnist.json"  # notebook -> key of its last run on MNIST that went well
_NOTING, _PARSING = threading.Lock(), threading.Lock()


def source_digest(path, root=None):
    """Digest the code behind a notebook's outputs; it changes when they may be out of date.

    It covers the code cells (id and source); the modules of our two packages that they import, and those that these
    import in turn, with the data files beside them; and the folders next to the notebook that a cell names, but for
    those that git ignores. Line ends do not matter. A package's own ``__init__`` does not count: it only says where
    names live.

    Parameters
    ----------
    path : str or path
        The notebook.
    root : path, optional
        Folder that holds the packages, this checkout if left out.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.

    Raises
    ------
    ValueError
        If the file is no notebook, or a code cell does not parse.
    """
    path, root = Path(path), Path(root or Path(__file__).resolve().parents[2])
    cells = [cell for cell in read_notebook(path).cells if cell.cell_type == "code"]
    code = ast.Module([parse_cell(cell) for cell in cells], [])
    modules = {_name(file, root): file for package in PACKAGES for file in (root / package).rglob("*.py")}
    exported = {name: module for module, name in _imports(_parsed(root / "mnist_lib" / "__init__.py"), {})}
    used, found = set(), _used(code, modules, exported)
    while new := found - used:
        used |= new
        found = set().union(*(_used(_parsed(modules[name]), modules, exported) for name in new))
    files = {modules[name] for name in used}
    for folder in {file.parent for file in files}:
        files |= _files(folder)
    files -= {file for name, file in modules.items() if name not in used}
    contents = {file.relative_to(root).as_posix(): _hash(file) for file in files}
    ignore = root / ".gitignore"
    ignored = ignore.read_text(encoding="utf-8").splitlines() if ignore.exists() else []
    for name in {node.value for node in ast.walk(code) if isinstance(node, ast.Constant) and node.value}:
        if isinstance(name, str) and name.isidentifier() and f"{name}/" not in ignored:
            contents |= {f"{name}/{file.name}": _hash(file) for file in _files(path.parent / name)}
    sources = [[cell.get("id"), cell.source.replace("\r\n", "\n")] for cell in cells]
    return hashlib.sha256(json.dumps([sources, contents], sort_keys=True).encode()).hexdigest()


def run_key(path):
    """Digest all that a run on MNIST depends on: ``source_digest``, versions, the processor.

    Raises
    ------
    ValueError
        As ``source_digest``.
    """
    locks = [_hash(file) for file in sorted(CHECKOUT.glob("requirements*.lock"))]
    installed = [version(name) for name in ("tensorflow", "keras", "numpy")]  # whatever is locked
    facts = [source_digest(path), locks, installed, platform.python_version(), _processor(), "mnist"]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def passed(path):
    """Whether a notebook of this checkout went well on MNIST, on this machine, as it and its code are now."""
    return _noted().get(_place(path)) == run_key(path)


def note_passed(path, key=None):
    """Note that a notebook went well on MNIST; ``key`` is its ``run_key`` before the run, today's if left out.

    Nothing is noted of a notebook elsewhere, nor where the checkout cannot be written to.
    """
    place, file = _place(path), CHECKOUT / PASSED
    if place is None:
        return
    with _NOTING, suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        write_whole(file, json.dumps({**_noted(), place: key or run_key(path)}, indent=1, sort_keys=True) + "\n")


def _noted():
    try:
        return dict(json.loads((CHECKOUT / PASSED).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # none yet, or damaged: then all run once more
        return {}


def _place(path):
    path = Path(path).resolve()
    return path.relative_to(CHECKOUT).as_posix() if path.is_relative_to(CHECKOUT) else None


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _files(folder):
    """Return the files in a folder, but for those that some program keeps there for itself."""
    if not folder.is_dir():
        return set()
    return {f for f in folder.iterdir() if f.is_file() and f.suffix != ".pyc" and not f.name.startswith(".")}


def _hash(file):
    return hashlib.sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _parsed(file):
    return _parse(file.read_text(encoding="utf-8"))


def _parse(text):
    with _PARSING:  # two threads at once upset Python 3.11: "AST constructor recursion depth mismatch"
        return ast.parse(text)


def _name(file, root):
    """Return a module's name: ``mnist_lib.data``, ``mnist_lib.saving`` (its __init__)."""
    return ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _imports(tree, aliases):
    """Yield (module of ours, name) for each import; note in ``aliases`` what a package is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                package, _, module = alias.name.partition(".")
                if package in PACKAGES:
                    yield alias.name, ""
                    if not (module and alias.asname):
                        aliases[alias.asname or package] = package
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in PACKAGES:
            yield from ((node.module, alias.name) for alias in node.names)


def _used(tree, modules, exported):
    """Return the modules that a parsed file or notebook imports, with the rooms that they are in."""
    aliases = {}
    found = list(_imports(tree, aliases))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", None) in aliases:
            found.append((aliases[node.value.id], node.attr))
    used = set()
    for module, name in found:
        if module == "mnist_lib":
            if name == "*":
                used |= {each for each in modules if each.startswith("mnist_lib.")}
            module = exported.get(name, module)
        parts = [*module.split("."), name]
        used |= {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
    return used & (set(modules) - {*PACKAGES, "mnist_lib.__main__"})


def read_notebook(path):
    """Read a notebook file; a ValueError says what is wrong with it."""
    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:
        raise ValueError(f"{path.name} is not a notebook that nbformat can read: {error}") from error


def parse_cell(cell):
    """Parse a code cell, magics included; a ValueError names the cell that is not Python."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return _parse(TransformerManager().transform_cell(cell.source))
    except SyntaxError as error:
        raise ValueError(f"Cell {cell.get('id')} is not valid Python: {error}") from error
