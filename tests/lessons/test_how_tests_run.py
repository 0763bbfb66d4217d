"""What conftest.py at the root promises: whose cores a worker uses; what nbval compares, skips and notes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from mnist_lib.runtime import cores

HOUSE = Path(__file__).parents[2]
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}

# Stands in for the data at hand and for what is noted on this machine; the key of a run is its file's content.
STAND_IN = """
import json, os
from pathlib import Path
import conftest
from mnist_course.series import freshness

NOTED = Path("noted.json")
noted = lambda: json.loads(NOTED.read_text()) if NOTED.exists() else {}
conftest.on_mnist = lambda: os.environ["DATA"] == "mnist"
freshness.run_key = lambda path: path.read_text()
freshness.passed = lambda path: noted().get(path.name) == path.read_text()
freshness.note_passed = lambda path, key: NOTED.write_text(json.dumps({**noted(), path.name: key}))
"""

pytestmark = pytest.mark.slow


def cell(source, name, stored, *tags):
    printed = new_output("stream", text=stored)
    return new_code_cell(source, id=name, outputs=[printed], execution_count=1, metadata={"tags": list(tags)})


@pytest.fixture
def nbval(tmp_path):
    """Return what runs pytest on a notebook with this output stored, and returns (words, what is noted)."""
    (tmp_path / "stand_in.py").write_text(STAND_IN, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    notebook\n    mnist\n", encoding="utf-8")

    def run(stored, data="mnist", forced="0"):
        marked = cell("print(6 * 7)", "marked", stored, "nbval-check-output")
        cells = [marked, cell("print(6 * 8)", "not-marked", "another\n")]
        nbformat.write(new_notebook(cells=cells, metadata=KERNEL), tmp_path / "00_toy.ipynb")
        command = [sys.executable, "-m", "pytest", "00_toy.ipynb", "-p", "conftest", "-p", "stand_in", "-rs", "-q"]
        command += ["--nbval-lax", "--nbval-current-env", "-p", "no:cacheprovider", "-n", "0"]
        environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{HOUSE}", "DATA": data}
        done = subprocess.run(
            command, cwd=tmp_path, env={**environment, "MNIST_LIB_ALL": forced}, capture_output=True, text=True
        )
        noted = tmp_path / "noted.json"
        return done.stdout, json.loads(noted.read_text()) if noted.exists() else {}

    return run


def test_on_mnist_marked_outputs_are_compared_and_a_pass_is_noted_and_not_repeated(nbval):
    said, noted = nbval("43\n")
    assert "1 failed, 1 passed" in said and "Cell outputs differ" in said and not noted
    said, noted = nbval("42\n")
    assert "2 passed" in said and list(noted) == ["00_toy.ipynb"]
    said, _ = nbval("42\n")
    assert "2 skipped" in said and "00_toy passed on MNIST" in said and "MNIST_LIB_ALL=1" in said
    said, _ = nbval("42\n", forced="1")
    assert "2 passed" in said
    said, _ = nbval("42 \n")  # it has changed
    assert "1 failed, 1 passed" in said


def test_on_the_sample_nothing_is_compared_noted_or_skipped(nbval):
    for _ in range(2):
        said, noted = nbval("43\n", data="sample")
        assert "2 passed" in said and not noted


TELL = """
import json, os, pytest

@pytest.mark.parametrize("number", range(4))
def test_tell(number, worker_id):
    with open(f"{worker_id}.txt", "a") as file:
        print(json.dumps([__file__, sorted(os.sched_getaffinity(0))]), file=file)
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity") or cores() < 2, reason="cores cannot be shared here")
def test_two_workers_have_each_a_file_at_a_time_and_their_own_cores(tmp_path):
    for name in ("test_a.py", "test_b.py"):
        (tmp_path / name).write_text(TELL, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "conftest", "-p", "no:cacheprovider", "-q", "-n", "2"]
    environment = {**os.environ, "PYTHONPATH": str(HOUSE)}
    done = subprocess.run(
        [*command, "--dist", "loadscope"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert "8 passed" in done.stdout, done.stdout
    told = [set(file.read_text().splitlines()) for file in tmp_path.glob("gw*.txt")]
    (first, its_cores), (second, others) = (json.loads(line) for (line,) in told)  # each said the same four times
    assert first != second and not set(its_cores) & set(others)
    assert {*its_cores, *others} == os.sched_getaffinity(0)
