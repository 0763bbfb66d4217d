"""The doctor: what it says on a fit machine, and on machines that lack something."""

import os
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from mnist_course.series import doctor
from mnist_lib.datasets import mirrors as download
from mnist_lib.runtime import version


def only(findings):
    """Return the level and the sentence of the one finding."""
    ((_, level, sentence),) = findings
    return level, sentence


def test_every_finding_is_a_sentence_and_this_machine_is_fit(monkeypatch):
    monkeypatch.setattr(download, "download", lambda *_: pytest.fail("the doctor must not download"))
    findings = doctor.check()
    assert {level for _, level, _ in findings} <= {"ok", "note"}
    looked_at = [what for what, _, _ in findings]
    for what in ("Python", "packages", "TensorFlow", "oneDNN", "memory", "cores", "disk", "data", "kernel"):
        assert what in looked_at
    (packages,) = [sentence for what, _, sentence in findings if what == "packages"]
    assert all(f"{name} {version(name)}" in packages for name in ("tensorflow", "keras", "numpy"))
    assert all(sentence.endswith((".", ")")) for _, _, sentence in findings)


@pytest.mark.parametrize(("level", "status"), [("ok", 0), ("note", 0), ("problem", 1)])
def test_exit_status(monkeypatch, capsys, level, status):
    monkeypatch.setattr(doctor, "check", lambda: [("thing", level, "A sentence. " * 12)])
    assert doctor.examine() == status
    text = capsys.readouterr().out
    assert ("1 to solve" in text) == (status == 1)
    assert max(map(len, text.splitlines())) < 100


def test_a_check_that_breaks_is_a_problem_not_a_traceback(monkeypatch):
    def _memory():
        raise ImportError("No module named 'psutil'")

    monkeypatch.setattr(doctor, "_memory", _memory)
    monkeypatch.setattr(doctor, "_packages", lambda: [])
    monkeypatch.setattr(doctor, "_tensorflow", lambda: [])
    ((what, level, sentence),) = [finding for finding in doctor.check() if finding[1] == "problem"]
    assert what == "memory"
    assert "No module named 'psutil'" in sentence
    assert "make lab" in sentence


@pytest.mark.parametrize(
    ("status", "said", "level", "words"),
    [
        (0, "No broken requirements found.", "ok", "nothing is missing"),
        (
            1,
            "mnist_lib 0.1.0 has requirement keras>=3.15.1, but you have keras 3.0.0.",
            "problem",
            "keras 3.0.0. Create",
        ),
        (
            1,
            "mnist_lib 0.1.0 requires papermill, which is not installed.",
            "problem",
            "papermill, which is not installed",
        ),
        (1, "python: No module named pip", "note", "without pip"),
    ],
)
def test_packages_that_are_old_or_missing(monkeypatch, status, said, level, words):
    done = SimpleNamespace(returncode=status, stdout=said, stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    found, sentence = only(doctor._packages())
    assert found == level and words in sentence


@pytest.mark.parametrize(
    ("is_on", "machine", "variable", "level", "words"),
    [
        (True, "x86_64", None, "ok", "On. Import TensorFlow within quiet_start()"),
        (False, "x86_64", "0", "note", "Off, since TF_ENABLE_ONEDNN_OPTS is 0: training takes twice as long. Unset"),
        (False, "x86_64", "1", "note", "this build of TensorFlow lacks it"),
        (False, "arm64", None, "ok", "Off, as TensorFlow has it on this kind of processor."),
    ],
)
def test_onednn(monkeypatch, is_on, machine, variable, level, words):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    if variable:
        monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", variable)
    monkeypatch.setattr(doctor.platform, "machine", lambda: machine)
    monkeypatch.setattr(doctor, "processor", lambda: ("A Chip", ["avx2", "avx512f"]))
    found, sentence = doctor._judge_onednn(is_on)
    assert found == level and words in sentence
    assert "A Chip: AVX2, AVX512F" in sentence


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_python_that_is_too_old_or_too_new(monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", (*version, 0))
    level, sentence = only(doctor._python())
    assert level == "problem"
    assert "Install Python 3.11, 3.12 or 3.13" in sentence


@pytest.mark.parametrize(
    ("status", "output", "errors", "level", "words"),
    [
        (0, "tensorflow 12.0 True\n", "", "ok", "computes"),
        (0, "torch 12.0 True\n", "", "problem", "KERAS_BACKEND"),
        (0, "tensorflow 11.0 True\n", "", "problem", "11.0 instead of 12.0"),
        (-4, "", "", "problem", "lacks AVX"),
        (0xC000001D, "", "", "problem", "lacks AVX"),
        (-6, "", "compiled to use AVX instructions", "problem", "lacks AVX"),
        (1, "", "ImportError: DLL load failed while importing x", "problem", "Redistributable"),
        (
            1,
            "",
            "Traceback\nModuleNotFoundError: No module named 'keras'\n",
            "problem",
            "No module named 'keras'",
        ),
        (-9, "", "", "problem", "exit status -9"),
    ],
)
def test_what_tensorflows_trial_means(status, output, errors, level, words):
    found, sentence = doctor._judge(status, output, errors)
    assert found == level
    assert words in sentence


def test_tensorflow_that_does_not_start(monkeypatch):
    def run(command, **_):
        raise subprocess.TimeoutExpired(command, 180)

    monkeypatch.setattr(subprocess, "run", run)
    assert only(doctor._tensorflow())[0] == "problem"


def test_too_little_memory_disk_or_cores(monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=1.2e9))
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=1e6))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    level, sentence = only(doctor._memory())
    assert (level, sentence[:7]) == ("problem", "1.2 GB ")
    level, sentence = only(doctor._disk())
    assert level == "problem"
    assert "MNIST_LIB_CACHE" in sentence
    assert only(doctor._cores())[0] == "note"


def test_data_that_is_missing_wrong_or_not_there_yet(monkeypatch, tmp_path):
    monkeypatch.setattr(download, "download", lambda *_: pytest.fail("the doctor must not download"))
    monkeypatch.setenv("MNIST_LIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("MNIST_LIB_DATA", raising=False)
    level, sentence = only(doctor._data())
    assert level == "note"
    assert "downloads it" in sentence
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "mnist.npz").write_bytes(b"damaged")
    assert only(doctor._data())[0] == "note"
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["mnist.npz"]
    monkeypatch.setenv("MNIST_LIB_DATA", str(tmp_path / "missing.npz"))
    level, sentence = only(doctor._data())
    assert level == "problem"
    assert "missing.npz, which does not exist" in sentence


def test_kernel_of_another_python_or_none(monkeypatch):
    def elsewhere(*_):
        return SimpleNamespace(argv=["/usr/local/other/bin/python3", "-m", "ipykernel_launcher"])

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", elsewhere)
    level, sentence = only(doctor._kernel())
    assert level == "problem"
    assert "ipykernel install --sys-prefix" in sentence

    def nowhere(*_):
        raise NoSuchKernel("python3")

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", nowhere)
    assert only(doctor._kernel())[0] == "problem"
