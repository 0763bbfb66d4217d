"""What the notebooks share: MNIST, the models of the ladder, training, evaluation and figures.

The names below are loaded when they are first used, so that ``import mnist_lib`` stays quick
and does not import TensorFlow.
"""

from importlib import import_module

_EXPORTS = {
    "DataError": "formats",
    "load_mnist": "data",
    "quiet_start": "start",
    "set_seed": "start",
    "train": "training",
    "evaluate": "evaluation",
    "predict": "evaluation",
    "report": "reports",
    "diagnose": "diagnosis",
}
_MODULES = (
    "augmentation",
    "checkpoints",
    "checks",
    "data",
    "diagnosis",
    "evaluation",
    "graphs",
    "handwriting",
    "layers",
    "models",
    "old_names",
    "optimizers",
    "photographs",
    "plots",
    "reader",
    "recipes",
    "reports",
    "runner",
    "ship",
    "start",
    "training",
    "widgets",
)

__all__ = [*_EXPORTS, *_MODULES]


def __getattr__(name):
    if name in _EXPORTS:
        return getattr(import_module(f"mnist_lib.{_EXPORTS[name]}"), name)
    if name in _MODULES:
        return import_module(f"mnist_lib.{name}")
    raise AttributeError(f"module 'mnist_lib' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
