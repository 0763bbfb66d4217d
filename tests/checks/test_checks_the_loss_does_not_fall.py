"""The exercises of lesson 16, and the patients that they ask about."""

import numpy as np
import pytest


def right(labels):
    shares = np.bincount(labels) / len(labels)
    shares = shares[shares > 0]
    return shares.max(), -(shares * np.log(shares)).sum()


def with_gaps(labels):
    shares = np.bincount(labels) / len(labels)
    with np.errstate(all="ignore"):
        return shares.max(), -(shares * np.log(shares)).sum()


RIGHT = {
    "clues": [(round(147.37 / np.log(10)), 2.32), (147.37 / np.log(10), np.log(1 + 25 / np.e))],
    "guess": [right, lambda labels: [np.float32(value) for value in right(labels)]],
    "diagnosis": [("order", "vanishing"), (" Order", "VANISHING ")],
}
WRONG = {
    "guess": {
        "shape": lambda labels: 0.95,
        "nan": with_gaps,
        "accuracy": lambda labels: (0.5, right(labels)[1]),
        "other": lambda labels: (right(labels)[0], 0.3),
    },
}


@pytest.fixture(scope="module")
def patients():
    from mnist_lib import quiet_start

    with quiet_start():
        from mnist_course import patients
    return patients


@pytest.fixture(scope="module")
def few(patients, sample):
    return patients.few_digits(sample)


@pytest.mark.slow
def test_x_shows_its_order_and_y_its_vanishing_gradients(patients, few):
    x, y = patients.admit("X", few), patients.admit("Y", few)
    assert (np.diff(x.split.labels.astype(int)) >= 0).all()
    assert patients.agreement(few.train[:1000]) > 0.7  # the labels are right
    assert np.isfinite(x.batch_losses).all() and max(x.batch_losses) > 2
    sizes = patients.gradient_sizes(y.model, few)[::2]
    assert sizes[-1] > 1000 * sizes[0] > 0 and abs(y.history["loss"][-1] - np.log(10)) < 0.05
    assert len(np.unique(y.model.get_weights()[0].round(3), axis=1).T) > 1


def test_programs_are_shown_without_their_names(patients):
    assert patients.program("D").startswith("random = np.random") and "patient_d" not in patients.program("D")
    with pytest.raises(ValueError, match="no patient 'Q'"):
        patients.admit("Q", None)


def test_the_first_loss_and_the_rounds_of_a_training(patients, few):
    patient = patients.admit("healthy", few)
    assert len(patient.batch_losses) == 250 and len(patient.history["loss"]) == 5
    assert patient.history["loss"][-1] == pytest.approx(np.mean(patient.batch_losses[-50:]))
    short = patients.fit(patients.mlp(), few.train, batches=3, watch=few.validation)
    assert len(short.batch_losses) == 3 and len(short.history["val_loss"]) == 1
    assert patients.accuracy(patient.model, few.validation) > 0.7
