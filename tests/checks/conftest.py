"""What the checks are given beside the learner's answer."""

from dataclasses import replace

import numpy as np
import pytest
from checks.stubs import inked


@pytest.fixture(scope="session")
def data(sample):
    """Return the sample with validation images whose first pixel gives the digit away, for the stubs."""
    images = sample.validation.images.copy()
    images[:, 0, 0] = sample.validation.labels
    return replace(sample, validation=replace(sample.validation, images=images))


@pytest.fixture(scope="session")
def images(sample):
    return sample.validation.images


@pytest.fixture(scope="session")
def model(sample):
    from mnist_lib import models, set_seed, train

    set_seed(0)
    trained = models.softmax_regression()
    train(trained, sample, epochs=20, verbose=False)
    return trained


@pytest.fixture(scope="session")
def reports():
    """Three models that err on different digits."""
    from mnist_lib.evaluation import Report

    random = np.random.default_rng(0)
    labels = random.integers(0, 10, 600).astype(np.uint8)
    reports = []
    for name, scale in (("softmax", 2.0), ("mlp", 3.0), ("cnn", 3.5)):
        logits = random.normal(size=(600, 10))
        logits[np.arange(600), labels] += scale
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        reports.append(Report(name, labels, p, float(-np.log(p[np.arange(600), labels]).mean())))
    return reports


@pytest.fixture(scope="session")
def ink():
    return inked()[0]


@pytest.fixture(scope="session")
def Y():
    return inked()[1]
