"""The runner, from outside: small notebooks that go well, fail, die, hang, and what is left of each."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import nbformat
import numpy as np
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mnist_lib.__main__ import _parameter
from mnist_lib.series import run as runner
from mnist_lib.series.pages import notebook_page
from mnist_lib.series.results import MIME, merge, readme_table, report, stored_results
from mnist_lib.series.run import find_notebooks, refresh, run, source_digest

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTjZ7gAAAABJRU5ErkJggg=="
WIDGET = "application/vnd.jupyter.widget-view+json"


def code(source, name, *tags, **metadata):
    return new_code_cell(source, id=name, metadata={"tags": list(tags), **metadata} if tags else metadata)


def write(folder, name, *cells):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


def parameters(source='source = "auto"'):
    return code(source, "parameters", "parameters")


def reports(name="report", **results):
    return code(f"from mnist_lib.series.results import record\nrecord(**{results!r})", name)


def command(folder, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "mnist_lib", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=100,
    )


# ---- report


def test_report_prints_outside_of_a_notebook(capsys):
    report(softmax={"test_accuracy": 0.923, "parameters": 7850, "seconds": 1.13}, note="done")
    assert capsys.readouterr().out == (
        "reported: softmax test_accuracy 0.9230, parameters 7,850, seconds 1.1\nreported: note done\n"
    )


def test_report_accepts_numpy_scalars(capsys):
    report(cnn={"test_accuracy": np.float32(0.5), "parameters": np.int64(3), "good": np.bool_(True)})
    assert "test_accuracy 0.5000, parameters 3, good True" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ({"loss": float("nan")}, ValueError, r"mlp\.loss is nan"),
        (np.float32("inf"), ValueError, "mlp is inf"),
        ([1, [float("-inf")]], ValueError, r"mlp\[1\]\[0\] is -inf"),
        (np.ones(3), TypeError, "mlp is a ndarray.*tolist"),
        ({1: 2}, TypeError, "keys are not all strings"),
        ({"seen": {1, 2}}, TypeError, r"mlp\.seen is a set"),
    ],
)
def test_report_refuses_what_json_cannot_hold(value, error, words):
    with pytest.raises(error, match=words):
        report(mlp=value)


def test_report_refuses_nothing():
    with pytest.raises(ValueError, match="nothing to report"):
        report()


def test_reports_of_one_name_are_joined_and_other_values_replaced():
    merged = merge([{"mlp": {"a": 1, "b": 1}, "n": 1}, {"mlp": {"b": 2}, "n": {"c": 3}}])
    assert merged == {"mlp": {"a": 1, "b": 2}, "n": {"c": 3}}


def test_readme_table_has_one_row_for_each_rung():
    results = {
        "nearest_mean": {"test_accuracy": 0.8203, "parameters": 7840, "seconds": 0.04},
        "history": {"epochs": 3},
        "cnn": {"test_accuracy": 0.99126, "parameters": 93322, "seconds": 61.26},
        "note": "no rung",
        "odd_one": {"test_accuracy": 1},
    }
    assert readme_table(results).splitlines()[2:] == [
        "| nearest mean | 82.03 % | 7,840 | 0.04 |",
        "| CNN | 99.13 % | 93,322 | 61.3 |",
        "| odd one | 100.00 % | – | – |",
    ]


# ---- run


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    """A series of four notebooks, run once from the command line."""
    folder = tmp_path_factory.mktemp("a series {with} braces")
    notebooks = folder / "notebooks"
    write(
        notebooks,
        "00_well",
        new_markdown_cell("# All is well\n\n$x^2$, then [next](01_fails.ipynb#cell-id=divides)", id="title"),
        parameters('source = "auto"\nsteps = 10'),
        code("memory = bytearray(200_000_000)\nimport time; time.sleep(0.7)", "memory"),
        code("import os, sys; os.write(2, b'noise of a library\\n'); print(source, steps)", "shows"),
        reports("first", mlp={"test_accuracy": 0.98, "seconds": 2.5}),
        reports("second", mlp={"parameters": 109386}, note="fine"),
        code("from IPython.display import Image, display; import base64\n"
             f"display(Image(base64.b64decode('{PIXEL}')), metadata={{'image/png': {{'alt': 'A dot <'}}}})",
             "ladder-figure"),
        code("assert True", "claim", "claim", jupyter={"source_hidden": True}),
    )  # fmt: skip
    late = reports("late", cnn={"test_accuracy": 1.0})
    late.outputs = [new_output("display_data", {MIME: {"cnn": {"test_accuracy": 1.0}}})]
    write(
        notebooks,
        "01_fails",
        parameters(),
        reports("early", early={"test_accuracy": 0.5}),
        code("1 / 0", "divides"),
        late,
    )
    write(notebooks, "02_dies", code("import os; os._exit(1)", "exits"))
    write(
        notebooks,
        "03_shows_an_error",
        code("raise ValueError('on purpose')", "on-purpose", "raises-exception"),
        reports(reached=True),
    )
    done = command(folder, "run", "--source", "sample", "--out", "out", "-p", "steps=7")
    text = (folder / "out" / "results.json").read_text(encoding="utf-8")
    return SimpleNamespace(
        folder=folder,
        out=folder / "out",
        done=done,
        results=json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON")),
    )


def test_run_goes_on_after_failures_and_says_so_at_the_end(series):
    assert series.done.returncode == 1
    assert [entry["status"] for entry in series.results["notebooks"]] == ["ok", "failed", "failed", "ok"]
    assert series.done.stderr == ""


def test_run_prints_one_line_for_each_notebook_and_one_for_each_error(series):
    lines = series.done.stdout.splitlines()
    assert [line.split()[:2] for line in lines[:1]] == [["00_well", "ok"]]
    assert re.fullmatch(r"00_well +ok +\d+\.\d s +\d+ MB", lines[0])
    assert lines[2] == "    cell divides: ZeroDivisionError: division by zero"
    assert lines[4].startswith("    cell exits: DeadKernelError: the kernel died")
    assert len(lines) == 7


def test_results_hold_what_was_promised(series):
    results = series.results
    assert results["data"] == "sample"
    assert set(results) == {"data", "seconds", "notebooks", "environment"}
    assert results["environment"]["numpy"] == np.__version__
    for entry in results["notebooks"]:
        keys = {"name", "status", "seconds", "peak_mb", "results"}
        assert set(entry) == keys | ({"error"} if entry["status"] == "failed" else set())
        assert 0 < entry["seconds"] < results["seconds"]
    names = [entry["name"] for entry in results["notebooks"]]
    assert names == ["00_well", "01_fails", "02_dies", "03_shows_an_error"]
    assert results["notebooks"][1]["error"] == {
        "cell": "divides",
        "name": "ZeroDivisionError",
        "value": "division by zero",
    }
    assert results["notebooks"][2]["error"]["cell"] == "exits"


def test_results_merge_the_reports_of_this_run_only(series):
    well, fails, dies, shows = [entry["results"] for entry in series.results["notebooks"]]
    assert well == {"mlp": {"test_accuracy": 0.98, "seconds": 2.5, "parameters": 109386}, "note": "fine"}
    assert fails == {"early": {"test_accuracy": 0.5}}
    assert (dies, shows) == ({}, {"reached": True})


def test_peak_memory_is_that_of_the_kernel(series):
    peaks = [entry["peak_mb"] for entry in series.results["notebooks"]]
    assert 200 < peaks[0] < 1000
    assert peaks[3] < 200


def test_parameters_go_where_they_are_declared(series):
    cell = next(c for c in nbformat.read(series.out / "00_well.ipynb", 4).cells if c.id == "shows")
    assert [output.text for output in cell.outputs if output.name == "stdout"] == ["sample 7\n"]
    dies = nbformat.read(series.out / "02_dies.ipynb", 4)
    assert [cell.id for cell in dies.cells] == ["exits"]  # declares none, so no cell is added


def test_copies_hold_no_trace_of_the_runner(series):
    for path in series.out.glob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert "papermill" not in text
        assert str(series.folder) not in text
    assert not list(series.out.glob(".*"))


def test_pages_need_no_network(series):
    pages = sorted(path.name for path in series.out.glob("*.html"))
    assert pages == ["00_well.html", "01_fails.html", "02_dies.html", "03_shows_an_error.html", "index.html"]
    for page in pages:
        text = (series.out / page).read_text(encoding="utf-8")
        assert "<script" not in text
        assert "<link" not in text
        assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)
        assert not re.search(r"url\(['\"]?(https?:)?//|@import", text)


def test_index_shows_the_ladder_and_the_failures(series):
    text = (series.out / "index.html").read_text(encoding="utf-8")
    assert "<td>MLP</td>" in text
    assert "98.00 %" in text
    assert "109,386" in text
    assert 'alt="A dot &lt;"' in text
    assert '<a href="00_well.html">All is well</a>' in text
    assert '<a href="01_fails.html#cell-id=divides">divides</a>' in text
    assert "2 failed" in text
    assert "sample" in text
    for target in re.findall(r'href="([^"#]+)', text):
        assert (series.out / target).exists()
    assert 'id="cell-id=divides"' in (series.out / "01_fails.html").read_text(encoding="utf-8")


def test_page_of_a_notebook(series):
    text = (series.out / "00_well.html").read_text(encoding="utf-8")
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in text
    assert 'href="01_fails.html#cell-id=divides"' in text
    assert 'alt="A dot &lt;"' in text
    assert re.search(r"<details class=\"folded\">\s*<summary>claim</summary>", text)


def test_a_cell_that_hangs_is_a_failure(tmp_path):
    write(tmp_path / "notebooks", "00_hangs", code("import time\ntime.sleep(60)", "sleeps"))
    results = run(source="sample", out=tmp_path / "out", notebooks=tmp_path / "notebooks", timeout=1)
    entry = results["notebooks"][0]
    assert entry["status"] == "failed"
    assert entry["error"]["cell"] == "sleeps"
    assert entry["error"]["name"] == "CellTimeoutError"
    assert "1 seconds" in entry["error"]["value"]
    assert entry["seconds"] < 15


def test_data_is_looked_for_once_and_its_name_passed_on(tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(runner, "load_mnist", lambda source: asked.append(source) or SimpleNamespace(name="mnist"))
    monkeypatch.setenv("MNIST_LIB_DATA", "here.npz")
    monkeypatch.chdir(tmp_path)
    tell = "from mnist_lib.series.results import record\nimport os\nhere = os.path.basename(os.getcwd())\n"
    tell += "report(source=source, data=os.environ['MNIST_LIB_DATA'], here=here)"
    write(tmp_path / "notebooks", "00_a", parameters(), code(tell, "tell"))
    results = run()
    assert asked == ["auto"]
    assert results["data"] == "mnist"
    assert results["notebooks"][0]["results"] == {
        "source": "mnist",
        "data": str(tmp_path / "here.npz"),
        "here": "notebooks",
    }
    assert json.loads((tmp_path / "build" / "results.json").read_text(encoding="utf-8")) == results


# ---- what is refused before anything runs


def test_names_choose_notebooks_in_the_order_of_reading(tmp_path):
    for name in ("02_mlp", "00_data", "03_cnn"):
        write(tmp_path, name)
    chosen = find_notebooks(["notebooks/03_cnn.ipynb", "00", "00_data"], tmp_path)
    assert [path.name for path in chosen] == ["00_data.ipynb", "03_cnn.ipynb"]
    assert len(find_notebooks((), tmp_path)) == 3
    with pytest.raises(ValueError, match=r"'04'.*00_data, 02_mlp, 03_cnn"):
        find_notebooks(["02", "04"], tmp_path)
    with pytest.raises(ValueError, match="No notebooks in"):
        find_notebooks(None, tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"parameters": {"stepz": 1}}, r"'stepz'. There are: steps\."),
        ({"parameters": {"source": "mnist"}}, "--source"),
        ({"source": "mnst"}, "'mnst'; expected one of auto, mnist, sample"),
        ({"out": "notebooks"}, "holds the notebooks themselves"),
    ],
)
def test_wrong_calls_are_refused_before_anything_runs(tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "notebooks", "00_a", parameters('source = "auto"\nsteps: int = 3'))
    with pytest.raises(ValueError, match=words):
        run(**{"source": "sample", **arguments})
    assert not (tmp_path / "build").exists()


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    (tmp_path / "00_broken.ipynb").write_text("not JSON", encoding="utf-8")
    with pytest.raises(ValueError, match=r"00_broken\.ipynb is not a notebook"):
        run(source="sample", out=tmp_path / "out", notebooks=tmp_path)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-3", 0.001), ("7", 7), ("true", True), ("True", True), ("[1, 2]", [1, 2]), ("(64, 32)", (64, 32)),
     ("null", None), ("None", None), ("adam", "adam"), ("'7'", "7"), ("a=b", "a=b"), ("", "")],
)  # fmt: skip
def test_values_on_the_command_line(text, value):
    assert _parameter(f"name={text}") == ("name", value)


def test_wrong_calls_on_the_command_line_give_one_message_and_status_2(tmp_path):
    write(tmp_path / "notebooks", "00_a")
    done = command(tmp_path, "run", "07", "--source", "sample")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "mnist_lib: No notebook is called '07'. There are: 00_a.\n"
    assert command(tmp_path, "run", "-p", "steps").returncode == 2
    done = command(tmp_path, "refresh", MNIST_LIB_DATA="missing.npz")
    assert done.returncode == 2
    assert done.stderr.startswith("mnist_lib: refresh stores a run on MNIST, so it needs MNIST.")


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX signal")
def test_ctrl_c_ends_quietly_and_takes_the_kernel_along(tmp_path):
    write(
        tmp_path / "notebooks",
        "00_a",
        code("open('begun', 'w').close()\nimport time\ntime.sleep(60)", "sleeps"),
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "mnist_lib", "run", "--source", "sample"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not (tmp_path / "notebooks" / "begun").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    kernels = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=30)
    assert (process.returncode, out, errors) == (130, "", "")
    assert kernels
    psutil.wait_procs(kernels, timeout=5)
    assert not [kernel for kernel in kernels if kernel.is_running() and kernel.status() != "zombie"]
    assert not (tmp_path / "build" / "results.json").exists()


# ---- refresh


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A project with a notebook that goes well and one that fails, refreshed once."""
    folder = tmp_path_factory.mktemp("project")
    notebooks = folder / "notebooks"
    well = write(
        notebooks,
        "00_well",
        new_markdown_cell("# Well", id="title"),
        parameters(),
        code("import ipywidgets\nipywidgets.IntSlider()", "slider"),
        reports(mlp={"test_accuracy": 0.98123, "parameters": 109386, "seconds": 12.34}),
        code("from IPython.display import Image, display; import base64\n"
             f"display(Image(base64.b64decode('{PIXEL}')))", "ladder-figure"),
        code("raise ValueError('to show it')", "on-purpose", "raises-exception"),
    )  # fmt: skip
    nb = nbformat.read(well, 4)
    nb.metadata.update(papermill={"x": 1}, widgets={"y": 2}, title="kept")
    nb.cells[1].metadata.update(execution={"iopub.status.busy": "2024"}, papermill={"status": "z"})
    nbformat.write(nb, well)
    fails = write(notebooks, "01_fails", parameters(), code("1 / 0", "divides"))
    fails.write_bytes(fails.read_bytes().replace(b"\n", b"\r\n"))
    readme = folder / "README.md"
    readme.write_text("# Project\n<!-- ladder:begin -->\nold\n<!-- ladder:end -->\nrest\n", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in (well, fails)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "load_mnist", lambda source: SimpleNamespace(name=source))
        results = refresh(notebooks=notebooks)
        first = well.read_bytes()
        refresh(["00"], notebooks=notebooks)
    return SimpleNamespace(folder=folder, well=well, fails=fails, before=before, results=results, first=first)


def test_refresh_stores_outputs_and_nothing_else(stored):
    nb = nbformat.read(stored.well, 4)
    assert nb.metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "mnist_lib": {"digest": source_digest(stored.well), "source": "mnist"},
        "title": "kept",
    }
    assert [cell.id for cell in nb.cells] == [
        "title", "parameters", "slider", "report", "ladder-figure", "on-purpose"
    ]  # fmt: skip
    assert [cell.metadata for cell in nb.cells] == [
        {}, {"tags": ["parameters"]}, {}, {}, {}, {"tags": ["raises-exception"]}
    ]  # fmt: skip
    assert [cell.execution_count for cell in nb.cells[1:]] == [1, 2, 3, 4, 5]
    assert list(nb.cells[2].outputs[0].data) == ["text/plain"]
    assert WIDGET not in stored.well.read_text(encoding="utf-8")
    assert nb.cells[5].outputs[0].ename == "ValueError"
    assert stored_results(stored.well)["mlp"]["parameters"] == 109386


def test_refresh_gives_the_same_bytes_again(stored):
    assert stored.well.read_bytes() == stored.first
    assert b"\r" not in stored.first
    assert stored.first.endswith(b"}\n")


def test_refresh_leaves_a_failing_notebook_as_it_was(stored):
    assert [entry["status"] for entry in stored.results["notebooks"]] == ["ok", "failed"]
    assert stored.fails.read_bytes() == stored.before["01_fails.ipynb"]
    assert sorted(path.name for path in stored.well.parent.iterdir()) == ["00_well.ipynb", "01_fails.ipynb"]


def test_refresh_renews_the_readme_and_the_picture(stored):
    text = (stored.folder / "README.md").read_text(encoding="utf-8")
    table = readme_table({"mlp": {"test_accuracy": 0.98123, "parameters": 109386, "seconds": 12.34}})
    assert text == f"# Project\n<!-- ladder:begin -->\n{table}\n<!-- ladder:end -->\nrest\n"
    assert (stored.folder / "docs" / "ladder.png").read_bytes() == base64.b64decode(PIXEL)


def test_refresh_keeps_what_someone_saved_meanwhile(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "load_mnist", lambda source: SimpleNamespace(name=source))
    path = write(tmp_path / "notebooks", "00_a", code("open('00_a.ipynb', 'a').write(' ')", "writes"))
    before = path.read_bytes()
    results = refresh(notebooks=tmp_path / "notebooks")
    assert results["notebooks"][0]["status"] == "failed"
    assert path.read_bytes() == before + b" "


# ---- digest


@pytest.fixture
def package(tmp_path):
    """A package like ours in small: what it exports lazily, and who imports whom."""
    folder = tmp_path / "mnist_lib"
    folder.mkdir()
    files = {
        "__init__": '"""Doc."""\n_EXPORTS = {"load_mnist": "data", "train": "training"}\n',
        "data": "import numpy\n",
        "models": "def cnn():\n    from mnist_lib.start import set_seed\n",
        "start": "",
        "training": "from . import models\n",
        "plots": "from .data import Split\n",
        "runner": "import mnist_lib.data\n",
        "other": "",
    }
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    (folder / "house.mplstyle").write_text("figure.dpi: 100\n", encoding="utf-8")
    return folder


def changes(package, path):
    """Return the files of the package that a notebook's digest depends on."""
    before, found = source_digest(path, package), set()
    for file in package.iterdir():
        content = file.read_bytes()
        file.write_bytes(content + b"\n# changed\n")
        if source_digest(path, package) != before:
            found.add(file.stem)
        file.write_bytes(content)
    assert source_digest(path, package) == before
    return found


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import numpy as np", set()),
        ("from mnist_lib import load_mnist", {"data"}),
        ("from mnist_lib import load_mnist as load, train", {"data", "training", "models", "start"}),
        ("from mnist_lib import data, plots", {"data", "plots", "house"}),
        ("from mnist_lib.training import train", {"training", "models", "start"}),
        ("import mnist_lib\nmnist_lib.load_mnist()", {"data"}),
        ("import mnist_lib as ml\nif True:\n    ml.models.cnn()", {"models", "start"}),
        ("import mnist_lib.models as m", {"models", "start"}),
        ("%matplotlib inline\n!ls\nfrom mnist_lib.start import set_seed", {"start"}),
        ("from mnist_lib_other import data", set()),
        (
            "from mnist_lib import *",
            {"data", "models", "start", "training", "plots", "house", "runner", "other"},
        ),
    ],
)
def test_digest_covers_the_modules_that_are_used(tmp_path, package, source, modules):
    path = write(tmp_path, "00_a", code("1", "one"), code(source, "imports"))
    assert changes(package, path) == modules


def test_digest_knows_the_package_across_cells(tmp_path, package):
    path = write(tmp_path, "00_a", code("import mnist_lib as ml", "one"), code("ml.train(1)", "two"))
    assert changes(package, path) == {"training", "models", "start"}


def test_digest_follows_code_cells_not_prose_nor_outputs(tmp_path, package):
    def digest(text="# Title", source="x = 1", name="one", outputs=(), tags=()):
        cell = code(source, name, *tags)
        cell.outputs = list(outputs)
        path = write(tmp_path, "00_a", new_markdown_cell(text, id="title"), cell)
        return source_digest(path, package)

    before = digest()
    assert re.fullmatch("[0-9a-f]{64}", before)
    assert digest(text="# Another") == before
    assert digest(outputs=[new_output("stream", text="1")], tags=["claim"]) == before
    assert digest(source="x = 2") != before
    assert digest(name="uno") != before


def test_digest_is_the_same_with_windows_line_ends(tmp_path, package):
    path = write(tmp_path, "00_a", code("from mnist_lib import data, plots\nx = 1", "one"))
    before = source_digest(path, package)
    for file in (path, *package.iterdir()):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert source_digest(path, package) == before
    nb = nbformat.read(path, 4)
    nb.cells[0].source = nb.cells[0].source.replace("\n", "\r\n")
    nbformat.write(nb, path)
    assert source_digest(path, package) == before


def test_digest_works_on_the_package_itself(tmp_path):
    path = write(tmp_path, "00_a", code("from mnist_lib import load_mnist, plots", "one"))
    assert re.fullmatch("[0-9a-f]{64}", source_digest(path))
    path = write(tmp_path, "00_b", code("def broken(:", "odd"))
    with pytest.raises(ValueError, match="Cell odd is not valid Python"):
        source_digest(path)


# ---- pages


def page(text):
    return notebook_page(new_notebook(cells=[new_markdown_cell(text, id="text")]), "00_a")


@pytest.mark.parametrize(
    ("tex", "part"),
    [
        (r"$\frac{\partial L}{\partial W}$", "<mfrac><mrow><mo>∂</mo><mi>L</mi></mrow>"),
        (r"$$\sum_{k=0}^{9} \hat{p}_k$$", '<munderover><mo>∑</mo>'),
        (r"$x \in \mathbb{R}^N$", "<mi>ℝ</mi>"),
        (r"$X^\top$", "<mo>⊤</mo>"),
        (r"$x \text{ if } y$", "<mtext>\xa0if\xa0</mtext>"),
        ("$$\\begin{aligned} a &= b \\\\\n &= c \\end{aligned}$$", 'columnalign="right"><mi>a</mi></mtd>'),
        ("\\begin{align} a &= b \\\\ &= c \\end{align}", '<mtd columnalign="right"><mi>a</mi></mtd>'),
        (r"$\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}$", "<mtd><mn>3</mn></mtd>"),
        (r"$\arg\max_k z_k$", "max</mo>"),
        (r"$\ln p + \log(p)$", '<mi>ln</mi><mspace width="0.167em"'),
        (r"$a < b$", "<mo>&lt;</mo>"),
    ],
)  # fmt: skip
def test_formulas_become_mathml(tex, part):
    text = page(tex)
    assert part in text
    assert "$" not in text.partition("<main>")[2]


def test_dollars_in_code_stay_and_broken_formulas_show_their_source():
    text = page("`a $b$ c`\n\n```\nd $e$ $$f$$\n```\n\n\\$5 and $\\frac{1}{$.")
    for part in ("a $b$ c", "d $e$ $$f$$", "$5 and", r"<code>\frac{1}{</code>"):
        assert part in text
    assert "<math" not in text


def test_a_control_leaves_a_note_and_web_links_stay():
    cell = code("slider", "slider")
    cell.outputs = [new_output("display_data", {WIDGET: {"model_id": "1"}, "text/plain": "IntSlider()"})]
    link = new_markdown_cell("[there](https://example.org/a.ipynb)", id="link")
    text = notebook_page(new_notebook(cells=[cell, link], metadata={"widgets": {}}), "00_a")
    assert "open this notebook in JupyterLab" in text
    assert "IntSlider()" not in text
    assert "https://example.org/a.ipynb" in text


def test_the_command_line_starts_without_heavy_imports():
    heavy = {"tensorflow", "papermill", "matplotlib", "sklearn", "nbconvert"}
    script = f"import sys, mnist_lib, mnist_lib.__main__, mnist_lib.series.results; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "set()\n"
