"""A digest of the code behind a notebook's outputs: it tells when they may be out of date."""

import ast
import hashlib
import json
from pathlib import Path

import nbformat


def source_digest(path, package=None):
    """Digest the code behind a notebook's outputs; it changes when they may be out of date.

    It covers the code cells (id and source); the modules of mnist_lib that they import, and those that these import
    in turn, with the data files beside them; and the folders next to the notebook that a cell names. Line ends do not
    matter. The package's own ``__init__`` does not count: it only says where names live.

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
    path, package = Path(path), Path(package or Path(__file__).parents[1])
    cells = [cell for cell in read_notebook(path).cells if cell.cell_type == "code"]
    code = ast.Module([parse_cell(cell) for cell in cells], [])
    modules = {_name(file, package): file for file in package.rglob("*.py")}
    exported = {name: module for module, name in _imports(_parsed(package / "__init__.py"), {})}
    used, found = set(), _used(code, modules, exported)
    while new := found - used:
        used |= new
        found = set().union(*(_used(_parsed(modules[name]), modules, exported) for name in new))
    files = {modules[name] for name in used}
    for folder in {file.parent for file in files}:
        files |= {file for file in folder.iterdir() if file.is_file() and file.suffix != ".pyc"}
    files -= {file for name, file in modules.items() if name not in used}
    contents = {file.relative_to(package).as_posix(): _hash(file) for file in files}
    for name in {node.value for node in ast.walk(code) if isinstance(node, ast.Constant) and node.value}:
        if isinstance(name, str) and name.isidentifier() and (path.parent / name).is_dir():
            contents |= {f"{name}/{file.name}": _hash(file) for file in (path.parent / name).iterdir()}
    sources = [[cell.get("id"), cell.source.replace("\r\n", "\n")] for cell in cells]
    return hashlib.sha256(json.dumps([sources, contents], sort_keys=True).encode()).hexdigest()


def _hash(file):
    return hashlib.sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _parsed(file):
    return ast.parse(file.read_text(encoding="utf-8"))


def _name(file, package):
    """Return a module's name inside the package: ``data``, ``saving`` (its __init__), ``saving.checkpoints``."""
    return ".".join(file.relative_to(package).with_suffix("").parts).removesuffix("__init__").rstrip(".")


def _imports(tree, aliases):
    """Yield (module inside the package, name) for each import; note in ``aliases`` what the package is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                package, _, module = alias.name.partition(".")
                if package == "mnist_lib":
                    yield module, ""
                    if not (module and alias.asname):
                        aliases[alias.asname or package] = True
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "mnist_lib":
            yield from ((node.module.partition(".")[2], alias.name) for alias in node.names)


def _used(tree, modules, exported):
    """Return the modules that a parsed file or notebook imports, with the rooms that they are in."""
    aliases = {}
    found = list(_imports(tree, aliases))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", None) in aliases:
            found.append(("", node.attr))
    used = set()
    for module, name in found:
        if not module and name == "*":
            return set(modules) - {"", "__main__"}
        module = module or exported.get(name, "")
        parts = [part for part in module.split(".") if part]
        used |= {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
        used.add(".".join([*parts, name]) if name else module)
    return used & (set(modules) - {"", "__main__"})


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
