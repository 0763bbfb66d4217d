"""Several notebooks at a time: who runs when, on which cores, in which order they are named."""

import os
import threading

import pytest

from mnist_course.series.workers import work_through
from mnist_lib.runtime import cores

needs_affinity = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity") or cores() < 2, reason="needs two cores and a system that shares them"
)


@pytest.fixture
def paths(tmp_path):
    return [tmp_path / f"0{number}_{name}.ipynb" for number, name in enumerate("abcd")]


class Work:
    """Stands in for executing a notebook; notes what runs at the same time."""

    def __init__(self):
        self.running, self.together, self.order, self.lock = set(), {}, [], threading.Lock()

    def __call__(self, path, mark):
        with self.lock:
            self.running.add(path)
            self.order.append(path)
            for each in self.running:
                self.together.setdefault(each, set()).update(self.running)
        self.meet(path)
        with self.lock:
            self.running.remove(path)
        return {"name": path.stem, "status": "ok", "seconds": 0, "cores": cores(), "peak_mb": 0, "results": {}}

    def meet(self, path):
        pass


class Meeting(Work):
    """Each waits for one other, so that it hangs unless two run at a time."""

    def __init__(self):
        super().__init__()
        self.barrier = threading.Barrier(2)

    def meet(self, path):
        self.barrier.wait()


def test_two_run_at_a_time_and_come_back_in_the_order_of_reading(paths, capsys):
    entries, interrupted = work_through(paths, Meeting(), workers=2)
    assert [entry["name"] for entry in entries] == [path.stem for path in paths]
    assert not interrupted
    assert sorted(line.split()[0] for line in capsys.readouterr().out.splitlines()) == [path.stem for path in paths]


def test_those_that_measure_time_run_alone_after_the_others(paths):
    work = Work()
    work_through(paths, work, alone={paths[0], paths[2]}, workers=2)
    assert work.order[2:] == [paths[0], paths[2]]
    assert work.together[paths[0]] == {paths[0]} and work.together[paths[2]] == {paths[2]}


def test_one_at_a_time_keeps_the_order(paths):
    work = Work()
    entries, _ = work_through(paths, work, alone={paths[0]}, workers=1)
    assert work.order == paths
    assert {entry["cores"] for entry in entries} == {cores()}


@needs_affinity
def test_cores_are_shared_and_given_back(paths):
    before = os.sched_getaffinity(0)
    entries, _ = work_through(paths[:3], Work(), alone={paths[2]}, workers=2)
    shares = [entry["cores"] for entry in entries]
    assert shares[2] == cores() and max(shares[:2]) == (cores() + 1) // 2
    (entry,), _ = work_through(paths[:1], Work(), workers=2)
    assert entry["cores"] == cores()
    entries, _ = work_through(paths, Work(), workers=4 * cores())
    assert {entry["cores"] for entry in entries} <= {1, cores()}
    assert os.sched_getaffinity(0) == before


@needs_affinity
def test_tensorflow_sees_the_cores_of_its_kernel(tmp_path):
    from small_notebooks import code, write

    from mnist_course.series.run import run

    tell = "import os\nfrom mnist_lib import quiet_start, record\nwith quiet_start():\n    import tensorflow as tf\n"
    tell += "tf.linalg.matmul(tf.ones((512, 512)), tf.ones((512, 512)))\n"
    tell += "threads = os.listdir('/proc/self/task') if os.path.exists('/proc/self/task') else [0]\n"
    tell += "record(cores=sorted({core for thread in threads for core in os.sched_getaffinity(int(thread))}))"
    for name in ("00_a", "01_b"):
        write(tmp_path / "notebooks", name, code(tell, "tells"))
    results = run(source="sample", out=tmp_path / "out", notebooks=tmp_path / "notebooks", workers=cores())
    used = [entry["results"]["cores"] for entry in results["notebooks"]]
    assert all(len(of_one) == cores() // 2 or len(of_one) == (cores() + 1) // 2 for of_one in used)
    assert not set(used[0]) & set(used[1])


def test_an_error_that_is_not_the_notebooks_ends_all(paths):
    def work(path, mark):
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        work_through(paths, work, workers=2)


def test_no_worker_is_refused(paths):
    with pytest.raises(ValueError, match="workers is 0"):
        work_through(paths, Work(), workers=0)
