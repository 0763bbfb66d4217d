"""How the tests are run: two at a time, and each notebook no more often than it can tell something new.

``notebooks/`` is a test folder: nbval executes each notebook as it is stored, on MNIST if it is at hand, else on the
bundled sample. tests/lessons executes each once more, on the sample, with the solutions of its exercises.

On MNIST, cells tagged ``nbval-check-output`` must give the stored output again. A notebook that has passed so on this
machine is not executed again until its cells, the modules and files that they use, the locked versions or Python
change. ``MNIST_LIB_ALL=1`` executes all the same (``make test-all``).

Each worker of pytest-xdist keeps to cores of its own, and so do the kernels and processes that it starts: two
trainings do not fight for the same core.
"""

import functools
import os
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent
FORCED = "MNIST_LIB_ALL"

# These share cores out themselves, or ask how many there are.
ALL_CORES = "tests/lessons/test_how_tests_run.py", "tests/series/", "tests/test_package.py"

# What takes long begins first, so that no worker is left alone with it at the end.
LONG = "notebook", "browser", "slow"


def pytest_configure(config):
    worker = getattr(config, "workerinput", None)
    if worker and hasattr(os, "sched_setaffinity"):
        config.pluginmanager.register(OwnCores(int(worker["workerid"].removeprefix("gw")), worker["workercount"]))


class OwnCores:
    """Gives a worker its share of the cores before each test, and all of them before those that need them."""

    def __init__(self, number, count):
        self.all = os.sched_getaffinity(0)
        cores = sorted(self.all)
        self.own = set(cores[number % count :: count]) or {cores[number % len(cores)]}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        os.sched_setaffinity(0, self.all if item.nodeid.startswith(ALL_CORES) else self.own)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Let a worker take a whole group at a time: it needs the group's kernel, or its fixtures."""
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return group(nodeid)

    return Groups(config, log)


def group(nodeid):
    """Return what a test belongs to: the cells of a notebook, the tests of a file; each run of a lesson is alone."""
    return nodeid if "::test_runs_on_the_sample" in nodeid else nodeid.partition("::")[0]


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(items):
    """Mark the cells of notebooks, and bring what takes long to the front. The order within a group stays."""
    groups = {}
    for item in items:
        if is_cell(item):
            item.add_marker("notebook")
            item.add_marker("mnist")
        groups.setdefault(group(item.nodeid), []).append(item)

    def place(tests):
        marks = {mark.name for item in tests for mark in item.iter_markers()}
        return next((number for number, mark in enumerate(LONG) if mark in marks), len(LONG))

    items[:] = [item for tests in sorted(groups.values(), key=place) for item in tests]


# ---- the cells of notebooks


def is_cell(item):
    """Whether this is a cell of a notebook, collected by nbval."""
    return item.path.suffix == ".ipynb"


@functools.cache
def on_mnist():
    """Whether MNIST is at hand for the notebooks; it is looked for once."""
    from mnist_lib.data import load_mnist

    return load_mnist("auto").is_mnist


@functools.cache
def key_before(path):
    """Return the key of a run on MNIST that begins now; None if there need be none, since one passed already."""
    from mnist_course.series.freshness import passed, run_key

    forced = os.environ.get(FORCED, "0") != "0"
    return run_key(path) if forced or not passed(path) else None


@pytest.hookimpl(tryfirst=True)  # before nbval starts the kernel
def pytest_runtest_setup(item):
    if not is_cell(item):
        return
    if not on_mnist():
        item.options["check"] = False  # the stored outputs are those of a run on MNIST
    elif key_before(item.path) is None:
        name, why = item.path.stem, "on MNIST on this machine, and nothing that it uses has changed since"
        pytest.skip(f"{name} passed {why}; {FORCED}=1 runs it all the same")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Note a notebook all of whose cells passed on MNIST."""
    report = yield
    if is_cell(item) and call.when == "call" and report.passed and on_mnist():
        from mnist_course.series.freshness import note_passed

        notebook = item.parent
        notebook.passed = getattr(notebook, "passed", 0) + 1
        if notebook.passed == sum(cell.cell_type == "code" for cell in notebook.nb.cells):
            note_passed(item.path, key_before(item.path))
    return report
