"""How long does an answer take? One image, and 10,000 of them, through every door of the same network."""

import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.measuring import EXPORT_EXTRA, Contestant
from mnist_lib import load_mnist

DOORS = ("model.predict", "model(images)", "tf.function", "SavedModel", "mnist_lib.predict", "ship.compiled", "ONNX")
OURS = "ship.compiled"


def contestants():
    """Return one contestant a door."""
    needs = {"ship.compiled": "ai_edge_litert", "ONNX": "onnxruntime"}
    extra = {door: {"needs": package, "install": EXPORT_EXTRA} for door, package in needs.items()}
    return [Contestant(door, "predict:answer", {"door": door}, onednn=True, **extra.get(door, {})) for door in DOORS]


def report(results, rows):
    """How many times longer each takes for one image than the compiled call."""
    ours = next((row["one_ms"]["median"] for row in rows if row["name"] == OURS), None)
    for row in rows:
        row["times_ours"] = None if ours is None else row["one_ms"]["median"] / ours
    return {"notes": ["The network is that of lesson 06 (93,322 parameters); many are 10,000 digits."]}


def answer(door, quick, seed, source):
    """Time one door: the median of many single images, and the best of three times 10,000."""
    from mnist_lib import models, predict, set_seed

    set_seed(seed)
    model = models.cnn()
    images = load_mnist(source).train.images
    images = np.resize(images, (100 if quick else 10_000, 28, 28))
    expected = predict(model, images[:100])  # Keras exports to ONNX only what was called once
    with tempfile.TemporaryDirectory() as folder:
        ask = _DOORS[door](model, Path(folder))
        difference = float(np.abs(ask(images[:100]) - expected).max())
        one = [_timed(ask, images[i : i + 1]) for i in range(5 if quick else 300)]
        many = [_timed(ask, images) for _ in range(2 if quick else 4)]
    return {
        "one_ms": 1000 * float(np.median(one[len(one) // 3 :])),  # the first third warms up
        "many_seconds": min(many[1:]),
        "largest_difference": difference,
    }


def _timed(ask, images):
    start = time.perf_counter()
    ask(images)
    return time.perf_counter() - start


def _keras_predict(model, folder):
    return lambda images: _softmax(model.predict(images, batch_size=500, verbose=0))


def _call(model, folder):
    return lambda images: np.concatenate([_softmax(model(part)) for part in _parts(images)])


def _function(model, folder):
    import tensorflow as tf

    call = tf.function(model, input_signature=[tf.TensorSpec((None, 28, 28), tf.float32)])
    return _in_parts(call)


def _saved_model(model, folder):
    import tensorflow as tf

    from mnist_lib.saving import model_files as ship

    ship.export(model, folder / "saved")
    loaded = tf.saved_model.load(folder / "saved")
    return _in_parts(lambda part: loaded.serve(part))  # which keeps hold of the weights


def _in_parts(call):
    def ask(images):
        return np.concatenate([_softmax(call(part.astype(np.float32))) for part in _parts(images)])

    return ask


def _library(model, folder):
    from mnist_lib import predict

    return lambda images: predict(model, images)


def _compiled(model, folder):
    from mnist_lib.saving import model_files as ship

    return ship.compiled(model)


def _onnx(model, folder):
    import onnxruntime

    from mnist_lib.saving import model_files as ship

    ship.export(model, folder / "cnn.onnx")
    session = onnxruntime.InferenceSession(folder / "cnn.onnx", providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return _in_parts(lambda part: session.run(None, {name: part})[0])


def _parts(images):
    return [images[i : i + 500] for i in range(0, len(images), 500)]


def _softmax(logits):
    from mnist_lib.numerics.scores import softmax

    return softmax(np.asarray(logits))


_DOORS = dict(zip(DOORS, (_keras_predict, _call, _function, _saved_model, _library, _compiled, _onnx), strict=True))
