"""What the programs share that run trainings once, for a lesson to show from a file."""

import json
from pathlib import Path

FIGURES = Path(__file__).parents[1] / "mnist_course" / "figures"


def mnist():
    """Import TensorFlow quietly; return MNIST."""
    import mnist_lib

    with mnist_lib.quiet_start():
        import tensorflow  # noqa: F401

    return mnist_lib.load_mnist("mnist")


def write(path, program, accuracies):
    """Write accuracies, a line each, under the versions that made them.

    Parameters
    ----------
    path : path
    program : str
        As it is called again: "python -m tools.speed_runs".
    accuracies : dict of str to (nested) list of float
    """
    import keras
    import tensorflow as tf

    from mnist_lib.runtime import write_whole

    made = {"made by": program, "tensorflow": tf.__version__, "keras": keras.__version__}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(some)}" for name, some in accuracies.items())
    write_whole(path, f'{{"made": {json.dumps(made)},\n "validation_accuracy": {{\n{lines}\n}}}}\n')
