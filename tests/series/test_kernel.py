"""One notebook in its kernel: what it is told, how it is stopped, what is left of it."""

import os
import uuid

import psutil
import pytest
from small_notebooks import code, write

from mnist_course.series.kernel import execute


@pytest.fixture
def mark():
    return f"{uuid.uuid4().hex}/"


def test_a_cell_that_hangs_is_a_failure(tmp_path, mark):
    path = write(tmp_path / "notebooks", "00_hangs", code("import time\ntime.sleep(3600)", "sleeps"))
    entry, nb = execute(path, tmp_path / "copy.ipynb", {}, 1, mark)
    assert entry["status"] == "failed"
    assert entry["error"]["cell"] == "sleeps"
    assert entry["error"]["name"] == "CellTimeoutError"
    assert "1 seconds" in entry["error"]["value"]
    assert [cell.id for cell in nb.cells] == ["sleeps"]


def test_what_a_cell_started_is_ended_with_its_kernel(tmp_path, mark):
    start = "import os, subprocess, sys\nsleep = [sys.executable, '-c', 'import time; time.sleep(3600)']\n"
    start += "pids = [subprocess.Popen(sleep, start_new_session=new).pid for new in (False, True)]\n"
    start += "from mnist_lib import record\nrecord(pids=[os.getpid(), *pids])"
    path = write(tmp_path, "00_a", code(start, "starts"))
    entry, _ = execute(path, tmp_path / "copy.ipynb", {}, 600, mark)
    assert entry["status"] == "ok"
    for pid in entry["results"]["pids"]:
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_relative_paths_in_the_environment_hold_in_the_kernel(tmp_path, mark, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MNIST_LIB_CACHE", "cache")
    monkeypatch.delenv("KERAS_HOME", raising=False)
    tell = "import os\nfrom mnist_lib import record\nhere = os.environ\n"
    tell += "record(cache=here['MNIST_LIB_CACHE'], keras=here.get('KERAS_HOME'))"
    path = write(tmp_path / "notebooks", "00_a", code(tell, "tells"))
    entry, _ = execute(path, tmp_path / "copy.ipynb", {}, 600, mark)
    assert entry["results"] == {"cache": str(tmp_path / "cache"), "keras": None}
    assert entry["cores"] == (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
