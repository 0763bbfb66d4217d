"""Trainings that are broken on purpose, for lessons 16 and 17: each patient comes first, its program afterwards.

``admit(name, few)`` trains a patient; ``program(name)`` returns what was done to it. Every program is a few lines, as
somebody might have written them in good faith. Importing this package imports TensorFlow.
"""

import inspect
import textwrap

from mnist_course.patients import lying, stuck
from mnist_course.patients.lying import WAYS, flattery, many_models, memoriser, scored, taken_for_photographs, twice
from mnist_course.patients.training import (
    accuracy,
    agreement,
    expects_logits,
    few_digits,
    fit,
    from_logits,
    gradient_sizes,
    mlp,
    network,
    one_hot,
    shares_on,
)
from mnist_lib import set_seed

__all__ = [
    "WAYS",
    "accuracy",
    "admit",
    "agreement",
    "expects_logits",
    "few_digits",
    "fit",
    "flattery",
    "from_logits",
    "gradient_sizes",
    "many_models",
    "memoriser",
    "mlp",
    "network",
    "one_hot",
    "program",
    "scored",
    "shares_on",
    "taken_for_photographs",
    "twice",
]

PATIENTS = {
    name.removeprefix("patient_"): function
    for module in (stuck, lying)
    for name, function in vars(module).items()
    if name.startswith("patient_")
}


def admit(name, few, seed=0):
    """Train the patient of this name on some digits; return a ``Patient``."""
    set_seed(seed)
    return _find(name)(few)


def program(name):
    """Return the program of a patient, or of one of the "two runs" of lesson 17, as text."""
    source = inspect.getsource(lying.one_run if name == "two runs" else _find(name)).split("\n", 1)[1]
    return textwrap.dedent(source).replace("return fit(", "fit(").rstrip()


def _find(name):
    found = PATIENTS.get(str(name).lower())
    if found is None:
        raise ValueError(f"There is no patient {name!r}, only {', '.join(PATIENTS)}.")
    return found
