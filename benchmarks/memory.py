"""How much memory does it take? The peak of a whole process: TensorFlow itself, MNIST, and the work."""

import sys

from benchmarks import articles, time_to_99
from benchmarks.measuring import EXPORT_EXTRA, TORCH_EXTRA, Contestant, as_notebooks_do
from mnist_lib import load_mnist


def contestants():
    """Return what is trained, and what is asked; the first only imports."""
    litert = {"needs": "ai_edge_litert", "install": EXPORT_EXTRA}
    trained = ("softmax_regression", "mlp", "cnn", "normalized_cnn", "fast_cnn", "accurate_cnn")
    return [
        Contestant("imports and data", "memory:nothing", onednn=True),
        *(Contestant(f"train, {name}", "memory:training", {"build": name}, onednn=True) for name in trained),
        Contestant("fit, fast_cnn", "memory:of", {"work": "plain_fit"}),
        Contestant("fit, recipe D", "memory:of_recipe_d"),
        Contestant("PyTorch recipe", "memory:of", {"work": "torch_recipe"}, needs="torch", install=TORCH_EXTRA),
        Contestant("predict 10,000, model.predict", "memory:asking", {"door": "model.predict"}, onednn=True),
        Contestant("predict 10,000, ship.compiled", "memory:asking", {"door": "ship.compiled"}, **litert, onednn=True),
    ]


def report(results, rows):
    """What the numbers are."""
    return {
        "notes": ["One epoch each, or 10,000 answers; ship.compiled with its export. A megabyte is a million bytes."]
    }


def nothing(quick, seed, source):
    """Import TensorFlow and read the data."""
    import tensorflow as tf

    tf.constant(load_mnist(source).train.images)
    return _peak()


def training(build, quick, seed, source):
    """One epoch of a model of the library through ``train``."""
    as_notebooks_do()
    from mnist_lib import models, set_seed, train
    from mnist_lib.handwriting import reader

    data = time_to_99.cut(load_mnist(source), quick)
    set_seed(seed)
    model = reader.build() if build == "normalized_cnn" else getattr(models, build)()
    train(model, data, epochs=1, verbose=False)
    return _peak()


def of(work, quick, seed, source):
    """One of the trainings of ``time_to_99``."""
    getattr(time_to_99, work)(quick, seed, source)
    return _peak()


def of_recipe_d(quick, seed, source):
    """Recipe D with as many steps as one epoch has."""
    articles.RECIPES["D"]["epochs"] = 1  # in this process alone
    articles.published("D", quick, seed, source)
    return _peak()


def asking(door, quick, seed, source):
    """10,000 images through one door of ``predict``."""
    from benchmarks.predict import answer

    answer(door, quick, seed, source)
    return _peak()


def _peak():
    """Peak resident memory of this process, in millions of bytes."""
    if sys.platform == "win32":
        import psutil

        return {"peak_mb": psutil.Process().memory_info().peak_wset / 1e6}
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6}
