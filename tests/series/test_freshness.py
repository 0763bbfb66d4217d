"""Digests of what is behind stored outputs: what changes them, what does not, and what is noted as passed."""

import ast
import gc
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_output
from small_notebooks import code, write

import mnist_lib
from mnist_course.series import freshness
from mnist_course.series.freshness import note_passed, passed, run_key, source_digest


@pytest.fixture
def root(tmp_path):
    """Packages like ours in small: what one exports, a core, rooms with data files, and who imports whom."""
    files = {
        "__init__.py": "from mnist_lib import data\nfrom mnist_lib.data import load_mnist\n"
        "from mnist_lib.results import record\nfrom mnist_lib.training import train\n",
        "__main__.py": "from mnist_course.series.run import run\n",
        "data.py": "import numpy\n",
        "models.py": "def cnn():\n    from mnist_lib.runtime import set_seed\n",
        "runtime.py": "",
        "training.py": "from mnist_lib import models\n",
        "plots.py": "from mnist_lib.data import Split\n",
        "house.mplstyle": "figure.dpi: 100\n",
        ".DS_Store": "of some program",
        "saving/__init__.py": "",
        "saving/checkpoints.py": "import mnist_lib.runtime\n",
        "saving/files.py": "",
        "saving/table.csv": "1,2\n",
        "results.py": "",
        "../mnist_course/figures/__init__.py": "",
        "../mnist_course/figures/data.py": "from mnist_lib import plots\n",
        "../mnist_course/series/run.py": "import mnist_lib.data\n",
    }
    for name, text in files.items():
        file = tmp_path / "mnist_lib" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def changes(root, path):
    """Return the files that a notebook's digest depends on, of the packages and next to the notebook."""
    before, found = source_digest(path, root), set()
    for file in set(root.rglob("*")) - {path}:
        if file.is_file():
            content = file.read_bytes()
            file.write_bytes(content + b"\n# changed\n")
            if source_digest(path, root) != before:
                found.add(file.relative_to(root).as_posix())
            file.write_bytes(content)
    assert source_digest(path, root) == before
    for start in ("mnist_lib/", "notebooks/"):
        found = {name.removeprefix(start) for name in found}
    return {name.removesuffix(".py").replace("house.mplstyle", "house") for name in found}


CORE = {"data", "models", "training", "plots", "runtime", "house"}
SAVING = {"saving/__init__", "saving/checkpoints", "saving/files", "saving/table.csv"}
FIGURES = {"mnist_course/figures/__init__", "mnist_course/figures/data"}


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import numpy as np", set()),
        ("from mnist_lib import load_mnist", {"data", "house"}),
        ("from mnist_lib import load_mnist as load, train", CORE - {"plots"}),
        ("from mnist_lib import data, plots", {"data", "plots", "house"}),
        ("from mnist_lib.training import train", {"training", "models", "runtime", "house"}),
        ("import mnist_lib\nmnist_lib.load_mnist()", {"data", "house"}),
        ("import mnist_lib as ml\nif True:\n    ml.models.cnn()", {"models", "runtime", "house"}),
        ("import mnist_lib.models as m", {"models", "runtime", "house"}),
        ("%matplotlib inline\n!ls\nfrom mnist_lib.runtime import set_seed", {"runtime", "house"}),
        ("from mnist_lib_other import data", set()),
        ("from mnist_lib import record", {"results", "house"}),
        ("from mnist_lib.saving import checkpoints", SAVING - {"saving/files"} | {"runtime", "house"}),
        ("from mnist_lib.saving.checkpoints import read", SAVING - {"saving/files"} | {"runtime", "house"}),
        ("from mnist_lib import saving", {"saving/__init__", "saving/table.csv"}),
        ("from mnist_lib import *", CORE | SAVING | {"results"}),
        ("from mnist_course.figures import data", FIGURES | {"plots", "data", "house"}),
        ("from mnist_course.figures.data import show_six", FIGURES | {"plots", "data", "house"}),
    ],
)
def test_digest_covers_the_modules_that_are_used(tmp_path, root, source, modules):
    path = write(tmp_path / "notebooks", "00_a", code("1", "one"), code(source, "imports"))
    assert changes(root, path) == modules


def test_digest_knows_the_package_across_cells(tmp_path, root):
    path = write(tmp_path / "notebooks", "00_a", code("import mnist_lib as ml", "one"), code("ml.train(1)", "two"))
    assert changes(root, path) == {"training", "models", "runtime", "house"}


def test_digest_covers_the_folders_that_a_cell_names(tmp_path, root):
    for name in ("digits/a.png", "digits/.hidden", "digits/deeper/b.png", "my_digits/c.png", "unnamed/d.png"):
        (tmp_path / "notebooks" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "notebooks" / name).write_text("ink")
    (tmp_path / ".gitignore").write_text("# the learner's own\nmy_digits/\n")
    source = "from pathlib import Path\nours, mine, none = Path('digits'), Path('my_digits'), Path('missing')"
    path = write(tmp_path / "notebooks", "00_a", code(source, "names"))
    assert changes(root, path) == {"digits/a.png"}
    before = source_digest(path, root)
    (tmp_path / "notebooks" / "digits" / "e.png").write_text("ink")
    assert source_digest(path, root) != before


def test_no_module_imports_relatively_which_the_digest_would_not_follow():
    for file in Path(mnist_lib.__file__).parent.rglob("*.py"):
        nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        assert not [node for node in nodes if isinstance(node, ast.ImportFrom) and node.level], file


def test_digest_follows_code_cells_not_prose_nor_outputs(tmp_path, root):
    def digest(text="# Title", source="x = 1", name="one", outputs=(), tags=()):
        cell = code(source, name, *tags)
        cell.outputs = list(outputs)
        path = write(tmp_path, "00_a", new_markdown_cell(text, id="title"), cell)
        return source_digest(path, root)

    before = digest()
    assert re.fullmatch("[0-9a-f]{64}", before)
    assert digest(text="# Another") == before
    assert digest(outputs=[new_output("stream", text="1")], tags=["claim"]) == before
    assert digest(source="x = 2") != before
    assert digest(name="uno") != before


def test_digest_is_the_same_with_windows_line_ends(tmp_path, root):
    path = write(tmp_path, "00_a", code("from mnist_lib import data, plots, saving\nx = 1", "one"))
    before = source_digest(path, root)
    for file in (path, *root.rglob("*.*")):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert source_digest(path, root) == before
    nb = nbformat.read(path, 4)
    nb.cells[0].source = nb.cells[0].source.replace("\n", "\r\n")
    nbformat.write(nb, path)
    assert source_digest(path, root) == before


def test_digests_in_several_threads_are_those_of_one(tmp_path):
    path = write(tmp_path, "00_a", code("from mnist_lib import load_mnist, train", "imports"))

    def turn(phase, info):  # lets another thread go on whenever garbage is collected
        time.sleep(0)

    gc.callbacks.append(turn)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(source_digest, 12 * [path])) == {source_digest(path)}
    finally:
        gc.callbacks.remove(turn)


def test_digest_works_on_the_packages_themselves(tmp_path):
    path = write(tmp_path, "00_a", code("from mnist_lib import load_mnist, plots", "one"))
    assert re.fullmatch("[0-9a-f]{64}", source_digest(path))
    path = write(tmp_path, "00_b", code("def broken(:", "odd"))
    with pytest.raises(ValueError, match="Cell odd is not valid Python"):
        source_digest(path)


# ---- what passed on MNIST


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(freshness, "CHECKOUT", tmp_path / "checkout")
    (tmp_path / "checkout").mkdir()
    for name in ("requirements.lock", "requirements-test.lock"):
        (tmp_path / "checkout" / name).write_text("numpy==2.4.6\n")
    return tmp_path / "checkout"


def test_the_key_of_a_run_follows_code_locks_python_and_processor(checkout, monkeypatch):
    path = write(checkout / "notebooks", "00_a", code("x = 1", "one"))
    before = run_key(path)
    assert re.fullmatch("[0-9a-f]{64}", before)
    write(checkout / "notebooks", "00_a", code("x = 1", "one"), new_markdown_cell("prose", id="prose"))
    assert run_key(path) == before
    keys = {before}
    for name in ("requirements.lock", "requirements-test.lock"):
        (checkout / name).write_text("numpy==2.4.7\n")
        keys.add(run_key(path))
    monkeypatch.setattr("platform.python_version", lambda: "3.99.0")
    keys.add(run_key(path))
    monkeypatch.setattr(freshness, "_processor", lambda: "another")
    keys.add(run_key(path))
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.1")
    keys.add(run_key(path))
    write(checkout / "notebooks", "00_a", code("x = 2", "one"))
    keys.add(run_key(path))
    assert len(keys) == 7


def test_what_passed_is_remembered_until_its_code_changes(checkout):
    path, other = (write(checkout / "notebooks", name, code("x = 1", "one")) for name in ("00_a", "01_b"))
    assert not passed(path)
    note_passed(path)
    assert passed(path) and not passed(other)
    note_passed(other)
    assert passed(path) and passed(other)
    write(checkout / "notebooks", "00_a", code("x = 2", "one"))
    assert not passed(path) and passed(other)
    assert [file.name for file in (checkout / "build").iterdir()] == ["passed_on_mnist.json"]


def test_a_key_from_before_the_run_does_not_vouch_for_code_that_changed_meanwhile(checkout):
    path = write(checkout / "notebooks", "00_a", code("x = 1", "one"))
    before = run_key(path)
    write(checkout / "notebooks", "00_a", code("x = 2", "one"))
    note_passed(path, before)
    assert not passed(path)


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "null", '"text"', "\x00"])
def test_a_damaged_store_means_that_all_run_again(checkout, text):
    path = write(checkout / "notebooks", "00_a", code("x = 1", "one"))
    (checkout / "build").mkdir()
    (checkout / "build" / "passed_on_mnist.json").write_text(text)
    assert not passed(path)
    note_passed(path)
    assert passed(path)


def test_nothing_is_noted_of_a_notebook_elsewhere_or_without_a_place_to_write(checkout, tmp_path):
    elsewhere = write(tmp_path / "elsewhere", "00_a", code("x = 1", "one"))
    note_passed(elsewhere)
    assert not passed(elsewhere) and not (checkout / "build").exists()
    (checkout / "build").write_text("a file")
    path = write(checkout / "notebooks", "00_a", code("x = 1", "one"))
    note_passed(path)
    assert not passed(path)


def test_git_ignores_the_store():
    ignored = (freshness.CHECKOUT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert f"{Path(freshness.PASSED).parent}/" in ignored
