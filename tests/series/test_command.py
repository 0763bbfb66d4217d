"""The command line: what it takes, what it refuses, how it says so."""

import subprocess
import sys

import pytest
from small_notebooks import code, command, write

from mnist_lib.__main__ import _parameter


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


@pytest.mark.parametrize("value", [5000 * "[", 100_000 * "-" + "1"])
def test_a_value_nested_too_deeply_is_refused(tmp_path, value):
    write(tmp_path / "notebooks", "00_a", code("steps = 1", "parameters", "parameters"))
    done = command(tmp_path, "run", "00", "--source", "sample", "-p", f"steps={value}")
    assert done.returncode == 2
    assert f"steps={value[:20]}... is nested too deeply" in done.stderr
    assert len(done.stderr) < 1000


@pytest.mark.parametrize("name", ["run", "refresh", "predict", "doctor"])
def test_help_says_what_it_does_and_shows_an_example(tmp_path, name):
    done = command(tmp_path, name, "--help", COLUMNS="200")
    assert done.returncode == 0
    assert f"example: python -m mnist_lib {name}" in done.stdout
    assert done.stdout.split("\n\n")[1].endswith(".")  # a sentence


def test_workers_are_a_number_from_1(tmp_path):
    write(tmp_path / "notebooks", "00_a")
    done = command(tmp_path, "run", "--source", "sample", "--workers", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "mnist_lib: workers is 0; expected 1 or more notebooks at a time.\n"


def test_the_command_line_starts_without_heavy_imports():
    heavy = {"tensorflow", "papermill", "matplotlib", "sklearn", "nbconvert"}
    script = f"import sys, mnist_lib, mnist_lib.__main__, mnist_lib.results; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "set()\n"
