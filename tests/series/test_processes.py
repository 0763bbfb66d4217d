"""Whatever ends the runner: no process that a notebook started outlives it."""

import json
import os
import signal

import pytest
from small_notebooks import WAITS, code, parameters, records, start, wait_for_end, wait_until_begun, write

from mnist_course.series.processes import end

posix = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX signal")


@posix
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_after_an_interruption_results_hold_what_was_done(tmp_path, number):
    write(tmp_path / "notebooks", "00_well", records(mlp={"test_accuracy": 0.5}))
    write(tmp_path / "notebooks", "01_waits", parameters(), records("early", early=1), code(WAITS, "waits"))
    write(tmp_path / "notebooks", "02_later", code("1", "one"))
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "results.json").write_text("old")

    process = start(tmp_path, "run", "--source", "sample", "--workers", "1")
    begun = wait_until_begun(process, tmp_path / "notebooks")
    assert (tmp_path / "build" / "results.json").read_text() == "old"
    process.send_signal(getattr(signal, number))
    out, errors = process.communicate()

    assert process.returncode == 130
    assert errors == "mnist_lib: interrupted. 1 of 3 notebooks were done; build/results.json holds them.\n"
    assert [line.split()[:2] for line in out.splitlines()[:2]] == [["00_well", "ok"], ["01_waits", "interrupted"]]
    wait_for_end(begun)
    results = json.loads((tmp_path / "build" / "results.json").read_text(encoding="utf-8"))
    assert results["interrupted"]
    well, waits = results["notebooks"]
    assert (well["status"], well["results"]) == ("ok", {"mlp": {"test_accuracy": 0.5}})
    assert (waits["status"], waits["results"]) == ("interrupted", {"early": 1})
    assert waits["error"] == {"cell": "waits", "name": "Interrupted", "value": "stopped before its end"}
    page = (tmp_path / "build" / "index.html").read_text(encoding="utf-8")
    assert "interrupted" in page and (tmp_path / "build" / "01_waits.html").exists()
    assert not (tmp_path / "build" / "02_later.ipynb").exists()
    assert not list((tmp_path / "build").glob(".*"))


@posix
def test_two_at_a_time_are_both_interrupted(tmp_path):
    for name in ("a", "b"):
        write(tmp_path / name, f"00_{name}", code(WAITS, "waits"))
    files = [str(tmp_path / name / f"00_{name}.ipynb") for name in "ab"]
    process = start(tmp_path, "run", *files, "--source", "sample", "--workers", "2")
    begun = [*wait_until_begun(process, tmp_path / "a"), *wait_until_begun(process, tmp_path / "b")]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):  # the impatient lose nothing
        process.send_signal(number)
    assert "0 of 2 notebooks" in process.communicate()[1]
    wait_for_end(begun)
    results = json.loads((tmp_path / "build" / "results.json").read_text(encoding="utf-8"))
    assert [entry["status"] for entry in results["notebooks"]] == ["interrupted", "interrupted"]


def test_a_killed_runner_takes_along_what_notebooks_started(tmp_path):
    write(tmp_path / "notebooks", "00_waits", code(WAITS, "waits"))
    process = start(tmp_path, "run", "--source", "sample")
    begun = wait_until_begun(process, tmp_path / "notebooks")
    process.kill()
    process.communicate()
    wait_for_end(begun)


def test_without_a_mark_nothing_is_ended():
    with pytest.raises(ValueError, match="every process"):
        end("")
