"""What several test files share."""

import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


# Start processes or train for more than two seconds; beside these, tests say so themselves.
SLOW = (
    "tests/test_benchmarks.py",
    "tests/test_package.py::test_quiet_start",
    "tests/test_package.py::test_the_installed_packages_fit_together",
    "tests/checks/test_checks_tensorflow_1_and_2.py::test_new_program",
    "tests/core/test_data.py::test_true_mnist_as_idx_and_by_download",
    "tests/core/test_data.py::test_two_processes_at_once_download_once",
    "tests/handwriting/test_reader.py::test_command",
    "tests/handwriting/test_reader.py::test_the_command",
    "tests/handwriting/test_reader.py::test_the_reader_keeps_to_its_card",
    "tests/saving/test_checkpoints.py",
    "tests/saving/test_model_files.py",
    "tests/series/test_command.py::test_workers_are_a_number",
    "tests/series/test_command.py::test_wrong_calls",
    "tests/series/test_doctor.py::test_every_finding_is_a_sentence",
    "tests/series/test_kernel.py",
    "tests/series/test_processes.py",
    "tests/series/test_refresh.py",
    "tests/series/test_run.py",
    "tests/series/test_workers.py::test_tensorflow_sees",
)


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(items):
    for item in items:
        if item.nodeid.startswith(SLOW):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def sample():
    """Return the bundled sample: real digits, always there."""
    from mnist_lib.data import load_mnist

    return load_mnist("sample")


@pytest.fixture
def random():
    return np.random.default_rng(0)
