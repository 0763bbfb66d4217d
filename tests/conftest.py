"""What several test files share."""

import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@pytest.fixture(scope="session")
def sample():
    """Return the bundled sample: real digits, always there."""
    from mnist_lib.data import load_mnist

    return load_mnist("sample")


@pytest.fixture
def random():
    return np.random.default_rng(0)
