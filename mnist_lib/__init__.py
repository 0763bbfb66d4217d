"""What the notebooks share: MNIST, the models of the ladder, training, evaluation and figures.

Read these five first, in this order: data, models, training, evaluation, plots. The folders beside them are rooms;
the first line of each says what it is for; what only the lessons need is in mnist_course. Importing
the package does not import TensorFlow.
"""

from mnist_lib import data, evaluation, models, plots, training
from mnist_lib.data import load_mnist
from mnist_lib.datasets.files import DataError
from mnist_lib.debugging import diagnose
from mnist_lib.evaluation import evaluate, predict
from mnist_lib.results import record
from mnist_lib.runtime import quiet_start, set_seed
from mnist_lib.training import train

__all__ = [
    "DataError",
    "data",
    "diagnose",
    "evaluate",
    "evaluation",
    "load_mnist",
    "models",
    "plots",
    "predict",
    "quiet_start",
    "record",
    "set_seed",
    "train",
    "training",
]
