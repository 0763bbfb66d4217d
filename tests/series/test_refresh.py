"""Refreshing the stored outputs, from outside."""

import base64
import os
import signal
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell
from small_notebooks import (
    PIXEL,
    WAITS,
    WIDGET,
    code,
    parameters,
    records,
    start,
    wait_for_end,
    wait_until_begun,
    write,
)

from mnist_course.series import freshness
from mnist_course.series import refresh as refreshing
from mnist_course.series.freshness import source_digest
from mnist_course.series.refresh import refresh
from mnist_lib.results import readme_table, stored_results
from mnist_lib.runtime import cores


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
        records(mlp={"test_accuracy": 0.98123, "parameters": 109386, "seconds": 12.34}),
        code("from IPython.display import Image, display; import base64\n"
             f"display(Image(base64.b64decode('{PIXEL}')))", "ladder-figure"),
        code("raise ValueError('to show it')", "on-purpose", "raises-exception"),
    )  # fmt: skip
    nb = nbformat.read(well, 4)
    nb.metadata.update(papermill={"x": 1}, widgets={"y": 2}, title="kept", mnist_lib={"alone": True, "digest": "0"})
    nb.cells[1].metadata.update(execution={"iopub.status.busy": "2024"}, papermill={"status": "z"})
    nbformat.write(nb, well)
    fails = write(notebooks, "01_fails", parameters(), code("1 / 0", "divides"))
    fails.write_bytes(fails.read_bytes().replace(b"\n", b"\r\n"))
    readme = folder / "README.md"
    readme.write_text("# Project\n<!-- ladder:begin -->\nold\n<!-- ladder:end -->\nrest\n", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in (well, fails)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refreshing, "load_mnist", lambda source: SimpleNamespace(name=source))
        results = refresh(notebooks=notebooks)
        first = well.read_bytes()
        refresh(["00"], notebooks=notebooks)
    return SimpleNamespace(folder=folder, well=well, fails=fails, before=before, results=results, first=first)


def test_refresh_stores_outputs_and_nothing_else(stored):
    nb = nbformat.read(stored.well, 4)
    assert nb.metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "mnist_lib": {"alone": True, "digest": source_digest(stored.well), "source": "mnist"},
        "title": "kept",
    }
    assert [cell.id for cell in nb.cells] == [
        "title", "parameters", "slider", "record", "ladder-figure", "on-purpose"
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


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project in the checkout's place, with MNIST at hand."""
    monkeypatch.setattr(freshness, "CHECKOUT", tmp_path)
    monkeypatch.setattr(refreshing, "load_mnist", lambda source: SimpleNamespace(name=source))
    return tmp_path


def test_refresh_keeps_what_someone_saved_meanwhile(project):
    path = write(project / "notebooks", "00_a", code("open('00_a.ipynb', 'a').write(' ')", "writes"))
    before = path.read_bytes()
    results = refresh(notebooks=project / "notebooks")
    assert results["notebooks"][0]["status"] == "failed"
    assert path.read_bytes() == before + b" "
    assert not freshness.passed(path)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity") or cores() < 2, reason="cores cannot be shared here")
def test_refresh_lets_notebooks_that_measure_time_run_alone(project):
    clock = "from time import perf_counter\nseconds = perf_counter()"
    write(project / "notebooks", "00_clock", code(clock, "clock"))
    write(project / "notebooks", "01_asks", code("1", "one"), mnist_lib={"alone": True})
    for name in ("02_a", "03_b"):
        write(project / "notebooks", name, new_markdown_cell("Some seconds of it.", id="text"), code("1", "one"))
    used = [entry["cores"] for entry in refresh(notebooks=project / "notebooks", workers=2)["notebooks"]]
    assert used[:2] == [cores(), cores()]
    assert sum(used[2:]) == cores()


def test_refresh_notes_what_passed_and_tells_of_stderr(project, capsys):
    noisy = "import sys\nprint('careful', file=sys.stderr)"
    well = write(project / "notebooks", "00_well", code(noisy, "noisy"))
    fails = write(project / "notebooks", "01_fails", code("1 / 0", "divides"))
    refresh(notebooks=project / "notebooks")
    assert freshness.passed(well) and not freshness.passed(fails)
    lines = capsys.readouterr().out.splitlines()
    (place,) = [place for place, line in enumerate(lines) if line.startswith("00_well")]
    assert lines[place + 1] == "    note: cell noisy writes to stderr: careful"


def test_refresh_refuses_a_cell_that_is_not_python_before_anything_runs(project):
    write(project / "notebooks", "00_a", code("open('ran', 'w').close()", "runs"))
    write(project / "notebooks", "01_b", code("def broken(:", "odd"))
    with pytest.raises(ValueError, match="Cell odd is not valid Python"):
        refresh(notebooks=project / "notebooks")
    assert not (project / "notebooks" / "ran").exists()


def test_refresh_of_a_file_elsewhere_leaves_the_ladder(project):
    readme = "<!-- ladder:begin -->\nkept\n<!-- ladder:end -->\n"
    for folder in (project, project / "elsewhere"):
        folder.mkdir(exist_ok=True)
        (folder / "README.md").write_text(readme, encoding="utf-8")
    path = write(project / "elsewhere" / "notebooks", "00_a", records(mlp={"test_accuracy": 0.5}))
    refresh([str(path)], notebooks=project / "notebooks")
    assert stored_results(path) == {"mlp": {"test_accuracy": 0.5}}
    for folder in (project, project / "elsewhere"):
        assert (folder / "README.md").read_text(encoding="utf-8") == readme


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX signal")
def test_an_interrupted_refresh_keeps_what_was_stored(project):
    well = write(project / "notebooks", "00_well", records(mlp={"test_accuracy": 0.5}))
    waits = write(project / "notebooks", "01_waits", code(WAITS, "waits"))
    before = waits.read_bytes()
    (project / "README.md").write_text("<!-- ladder:begin -->\nold\n<!-- ladder:end -->\n", encoding="utf-8")
    script = "from types import SimpleNamespace\nfrom mnist_course.series import refresh\n"
    script += "refresh.load_mnist = lambda source: SimpleNamespace(name=source)\nrefresh.refresh(workers=1)"
    process = start(project, script=script)
    begun = wait_until_begun(process, project / "notebooks")
    process.send_signal(signal.SIGINT)
    assert process.communicate()[1].endswith("KeyboardInterrupt: 1 of 2 notebooks are stored.\n")
    wait_for_end(begun)
    assert stored_results(well) == {"mlp": {"test_accuracy": 0.5}}
    assert waits.read_bytes() == before
    assert "50.00 %" in (project / "README.md").read_text(encoding="utf-8")
