"""A digest of the code behind a notebook's outputs: it tells when they may be out of date."""

import ast
import hashlib
import json
from pathlib import Path

import nbformat

BESIDE = {
    "plots": ["*.mplstyle"],
    "widgets": ["canvas.*"],
    "reader": ["reader.npz", "reader.json"],
    "recipes": ["long_runs.json"],
    "old_names": ["old_names.csv"],
}


def source_digest(path, package=None):
    """Digest the code behind a notebook's outputs; it changes when they may be out of date.

    It covers the code cells (id and source), the modules of mnist_lib that they use, and the modules that
    these use in turn, with the files beside them (``BESIDE``). Line ends do not matter. ``__init__`` does not
    count: it only says where names live.

    Parameters
    ----------
    path : str or path
        The notebook.
    package : path, optional
        Folder of the package, this one if left out.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.

    Raises
    ------
    ValueError
        If the file is no notebook, or a code cell does not parse.
    """
    package = Path(package or Path(__file__).parent)
    cells = [cell for cell in read_notebook(Path(path)).cells if cell.cell_type == "code"]
    files = {p.stem: p for p in package.glob("*.py") if p.stem not in ("__init__", "__main__")}
    files |= {f"{p.parent.name}.{p.stem}".removesuffix(".__init__"): p for p in package.glob("*/*.py")}
    names = {**{stem: stem for stem in files}, **_lazy_names(package / "__init__.py")}
    used, found = set(), _modules_in(ast.Module([parse_cell(cell) for cell in cells], []), names)
    while new := found - used:
        used |= new
        found = set().union(*(_modules_in(ast.parse(_text(files[stem])), names) for stem in new))
    texts = {stem: _text(files[stem]) for stem in used}
    for stem, patterns in BESIDE.items():
        for file in (f for pattern in patterns if stem in used for f in sorted(package.glob(pattern))):
            texts[file.name] = hashlib.sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    sources = [[cell.get("id"), cell.source.replace("\r\n", "\n")] for cell in cells]
    return hashlib.sha256(json.dumps([sources, texts], sort_keys=True).encode()).hexdigest()


def _text(path):
    return path.read_text(encoding="utf-8")  # reads every kind of line end as \n


def _lazy_names(init):
    """Return the names that the package's ``__getattr__`` finds in its modules: name -> module."""
    for node in ast.parse(_text(init)).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "_EXPORTS":
            return ast.literal_eval(node.value)
    return {}


def _modules_in(tree, names):
    """Return the modules that a parsed file or notebook uses; ``names`` leads names to modules."""
    found, aliases = set(), set()  # aliases: names under which the code knows the package itself
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                package, module = (*alias.name.split("."), "")[:2]
                if package == "mnist_lib":
                    found.add(module)
                    aliases.add(alias.asname if alias.asname and not module else package)
        elif isinstance(node, ast.ImportFrom):
            package, module = (*(node.module or "").split("."), "")[:2]
            if node.level:
                package, module = "mnist_lib", node.module
            if package == "mnist_lib":
                parts = {alias.name for alias in node.names}
                found |= {module, *(f"{module}.{part}" for part in parts)} if module else parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", None) in aliases:
            found.add(node.attr)
    return set(names.values()) if "*" in found else {names[name] for name in found if name in names}


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
        return ast.parse(TransformerManager().transform_cell(cell.source))
    except SyntaxError as error:
        raise ValueError(f"Cell {cell.get('id')} is not valid Python: {error}") from error
