"""A run, from outside: small notebooks that go well, fail and die, and what is left of each."""

import json
import os
import re
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_markdown_cell, new_output
from small_notebooks import PIXEL, code, command, parameters, records, write

from mnist_course.series import freshness
from mnist_course.series import run as runner
from mnist_course.series.run import find_notebooks, run
from mnist_lib.results import MIME


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
        code("memory = bytearray(200_000_000)\nimport time; time.sleep(2)", "memory"),
        code("import os, sys; os.write(2, b'noise of a library\\n'); print(source, steps)", "shows"),
        records("first", mlp={"test_accuracy": 0.98, "seconds": 2.5}),
        records("second", mlp={"parameters": 109386}, note="fine"),
        code("from IPython.display import Image, display; import base64\n"
             f"display(Image(base64.b64decode('{PIXEL}')), metadata={{'image/png': {{'alt': 'A dot <'}}}})",
             "ladder-figure"),
        code("assert True", "claim", "claim", jupyter={"source_hidden": True}),
    )  # fmt: skip
    late = records("late", cnn={"test_accuracy": 1.0})
    late.outputs = [new_output("display_data", {MIME: {"cnn": {"test_accuracy": 1.0}}})]
    write(
        notebooks,
        "01_fails",
        parameters(),
        records("early", early={"test_accuracy": 0.5}),
        code("1 / 0", "divides"),
        late,
    )
    write(notebooks, "02_dies", code("import os; os._exit(1)", "exits"))
    write(
        notebooks,
        "03_shows_an_error",
        code("raise ValueError('on purpose')", "on-purpose", "raises-exception"),
        records(reached=True),
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
    where = {line.split()[0]: place for place, line in enumerate(lines) if not line.startswith(" ")}
    assert {"00_well", "01_fails", "02_dies", "03_shows_an_error"} < set(where)
    assert re.fullmatch(r"00_well +ok +\d+\.\d s +\d+ MB", lines[where["00_well"]])
    assert lines[where["01_fails"] + 1] == "    cell divides: ZeroDivisionError: division by zero"
    assert lines[where["02_dies"] + 1].startswith("    cell exits: DeadKernelError: the kernel died")
    assert re.fullmatch(r"\d+ s in all\. Pages: out/index\.html", lines[-1])
    assert len(lines) == 7


def test_results_hold_what_was_promised(series):
    results = series.results
    assert results["data"] == "sample"
    assert set(results) == {"data", "seconds", "notebooks", "environment"}
    assert results["environment"]["numpy"] == np.__version__
    for entry in results["notebooks"]:
        keys = {"name", "status", "seconds", "cores", "peak_mb", "results"}
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


def test_results_merge_the_records_of_this_run_only(series):
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


def test_data_is_looked_for_once_and_its_name_passed_on(tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(runner, "load_mnist", lambda source: asked.append(source) or SimpleNamespace(name="mnist"))
    monkeypatch.setenv("MNIST_LIB_DATA", "here.npz")
    monkeypatch.chdir(tmp_path)
    tell = "from mnist_lib.results import record\nimport os\nhere = os.path.basename(os.getcwd())\n"
    tell += "record(source=source, data=os.environ['MNIST_LIB_DATA'], here=here)"
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
    for name in ("03_mlp", "00_data", "04_cnn"):
        write(tmp_path, name)
    chosen = find_notebooks(["04_cnn.ipynb", "00", "00_data"], tmp_path)
    assert [path.name for path in chosen] == ["00_data.ipynb", "04_cnn.ipynb"]
    assert len(find_notebooks((), tmp_path)) == 3
    with pytest.raises(ValueError, match=r"'02'.*00_data, 03_mlp, 04_cnn"):
        find_notebooks(["02", "04"], tmp_path)
    with pytest.raises(ValueError, match="No notebooks in"):
        find_notebooks(None, tmp_path / "nowhere")


def test_a_path_means_that_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ours, other, here = (write(tmp_path / folder, "00_data") for folder in ("notebooks", "elsewhere", "."))
    write(tmp_path / "elsewhere", "01_more")
    assert find_notebooks(["00_data"]) == find_notebooks(["notebooks/00_data.ipynb"]) == [ours]
    assert find_notebooks(["elsewhere/00_data.ipynb"]) == find_notebooks([str(other)]) == [other]
    assert find_notebooks(["00_data.ipynb"]) == [here]
    chosen = find_notebooks(["elsewhere/01_more.ipynb", "00"])
    assert [path.parent.name for path in chosen] == ["notebooks", "elsewhere"]
    with pytest.raises(ValueError, match=r"'elsewhere/03_mlp\.ipynb'. There are: 00_data, 01_more"):
        find_notebooks(["elsewhere/03_mlp.ipynb"])
    with pytest.raises(ValueError, match="have one name"):
        find_notebooks(["00", "elsewhere/00_data.ipynb"])


def test_a_notebook_elsewhere_runs_where_it_is(tmp_path):
    where = "import os\nfrom mnist_lib import record\nrecord(here=os.path.basename(os.getcwd()))"
    for folder in ("notebooks", "elsewhere"):
        write(tmp_path / folder, "00_a", code(where, "where"))
    results = run(
        [str(tmp_path / "elsewhere" / "00_a.ipynb")],
        source="sample",
        notebooks=tmp_path / "notebooks",
        out=tmp_path / "out",
    )
    assert results["notebooks"][0]["results"] == {"here": "elsewhere"}
    assert (tmp_path / "out" / "00_a.html").exists()


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


@pytest.mark.parametrize("out", ["taken", "taken/below", "closed"])
def test_an_unwritable_folder_is_noticed_before_anything_runs(tmp_path, out):
    write(tmp_path / "notebooks", "00_a", code("open('ran', 'w').close()", "runs"))
    (tmp_path / "taken").write_text("a file")
    (tmp_path / "closed").mkdir(mode=0o500)
    if out == "closed" and os.access(tmp_path / "closed", os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(ValueError, match=rf"{re.escape(out)} cannot be written to"):
        run(source="sample", out=tmp_path / out, notebooks=tmp_path / "notebooks")
    assert not (tmp_path / "notebooks" / "ran").exists()


def test_a_notebook_that_asks_for_it_runs_alone_and_its_copy_says_so(tmp_path):
    asks = {"mnist_lib": {"alone": True, "digest": "0", "source": "mnist"}}
    write(tmp_path / "notebooks", "00_a", records(), **asks)
    for name in ("01_b", "02_c"):
        write(tmp_path / "notebooks", name, code("1", "one"), mnist_lib={"digest": "0"})
    results = run(source="sample", out=tmp_path / "out", notebooks=tmp_path / "notebooks", workers=2)
    assert [entry["name"] for entry in results["notebooks"]] == ["00_a", "01_b", "02_c"]
    copies = [nbformat.read(tmp_path / "out" / f"{name}.ipynb", 4) for name in ("00_a", "01_b")]
    assert [copy.metadata.get("mnist_lib") for copy in copies] == [{"alone": True}, None]


@pytest.mark.parametrize(
    ("data", "arguments", "noted"),
    [("mnist", {}, {"00_well"}), ("sample", {}, set()), ("mnist", {"parameters": {"steps": 3}}, set())],
)
def test_what_passed_on_mnist_is_noted(tmp_path, monkeypatch, data, arguments, noted):
    monkeypatch.setattr(freshness, "CHECKOUT", tmp_path)
    monkeypatch.setattr(runner, "load_mnist", lambda source: SimpleNamespace(name=data))
    well = write(tmp_path / "notebooks", "00_well", parameters("steps = 2"))
    fails = write(tmp_path / "notebooks", "01_fails", code("1 / 0", "divides"))
    odd = write(tmp_path / "notebooks", "02_odd", code("def broken(:", "odd"))
    results = run(out=tmp_path / "out", notebooks=tmp_path / "notebooks", **arguments)
    assert [entry["status"] for entry in results["notebooks"]] == ["ok", "failed", "failed"]
    assert {path.stem for path in (well, fails) if freshness.passed(path)} == noted
    assert odd.name not in str(freshness._noted())
