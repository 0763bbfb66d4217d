"""Keep a model and take it elsewhere: safe loading, and files that other programs can run.

Built in notebook 11, cell ``checkpoints-restore-code``, and notebook 12, cells ``export`` and ``run-litert``.
"""

import logging
import tempfile
import textwrap
import warnings
import zipfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from mnist_lib.numerics.scores import as_images, softmax
from mnist_lib.runtime import cores, whole
from mnist_lib.saving import limits
from mnist_lib.saving.limits import ModelFileError

FORMATS = {"": "tf_saved_model", ".tflite": "litert", ".onnx": "onnx"}  # a name's ending: what Keras calls it


def save_model(model, path):
    """Write a model to a file, whole or not at all; a ModelFileError if its name does not end in ``.keras``."""
    path = Path(path)
    if path.suffix != ".keras":
        raise ModelFileError(f"{path.name} does not end in .keras, the format that save_model writes.")
    with whole(path) as unfinished:
        model.save(unfinished)


def load_model(path):
    """Load a ``.keras`` file without running code from it.

    A model file can carry a program. ``safe_mode`` is always on here, also after a call of
    ``keras.config.enable_unsafe_deserialization``, and there is no way to turn it off. Older formats and SavedModel
    folders have no such protection, and are refused. So is what asks for more memory than a model for MNIST ever
    needs, before it gets any; the limits are in ``saving.limits``.

    Parameters
    ----------
    path : path
        A ``.keras`` file.

    Returns
    -------
    keras.Model
        Without the loss and optimiser that ``compile`` gave it: those may be code of one's own.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModelFileError
        If it is no ``.keras`` file, is damaged, carries code, or is too large.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no {path}. Is the name right, and the folder?")
    if path.suffix != ".keras" or not path.is_file() or not zipfile.is_zipfile(path):
        raise ModelFileError(
            f"{path.name} is not a .keras file, or is damaged. load_model opens .keras alone, since older formats can "
            "run code when they are loaded. Ask for the model saved with model.save('name.keras')."
        )
    try:
        config = limits.look_through(path)

        from keras.models import load_model
        from keras.src.saving.serialization_lib import SafeModeScope  # has no public name

        import mnist_lib.numerics.fused  # noqa: F401  the library's own layer, by name; Keras does not look for it

        with SafeModeScope(True):  # safe_mode=True alone gives way to enable_unsafe_deserialization
            limits.try_out(config)
            return load_model(path, compile=False, safe_mode=True)
    except ModelFileError as problem:
        raise ModelFileError(f"{path.name} {problem}") from None
    except Exception as problem:  # Keras raises many kinds, from many depths
        if any(word in str(problem) for word in ("Lambda", "safe_mode", "arbitrary code")):
            raise ModelFileError(
                f"{path.name} carries code that would run with your rights (a Lambda layer, or the like). It was not "
                "loaded. Ask for the weights alone (.weights.h5) and build the layers yourself."
            ) from None
        words = str(problem).split("Exception encountered: ")[-1]  # Keras's own come first, and are long
        reason = textwrap.shorten(f"{type(problem).__name__}: {words}", 250, placeholder=" …")
        raise ModelFileError(
            f"{path.name} cannot be loaded ({reason}). Is the file whole, and are all its layers Keras's own?"
        ) from problem


def export(model, path, *, examples=None):
    """Write a trained model in a form that runs without Keras; the name's ending decides which.

    All take float32 pixels, 0 to 255, shape (N, 28, 28), and return logits, shape (N, 10).

    =============== ================================================================================
    ``name.tflite`` LiteRT, for telephones and small computers; 8-bit if ``examples`` are given
    ``name.onnx``   ONNX, for onnxruntime and many others; needs the extra ``mnist_lib[export]``
    ``name``        SavedModel, a folder, for TensorFlow's own servers
    =============== ================================================================================

    Parameters
    ----------
    model : keras.Model
        Takes pixels, 0 to 255, shape (N, 28, 28).
    path : path
        A file of that name is replaced; a folder is not.
    examples : array, shape (N, 28, 28), optional
        A few hundred typical images, from the training digits. Each layer's range of values is measured on
        them, to be divided into 256 steps [1]_.

    Raises
    ------
    ModelFileError
        If the ending is another, or a package is missing.
    FileExistsError
        If the folder of a SavedModel exists.

    References
    ----------
    .. [1] B. Jacob and others, "Quantization and training of neural networks for efficient
       integer-arithmetic-only inference", CVPR 2018.
    """
    path = Path(path)
    if path.suffix not in FORMATS:
        raise ModelFileError(
            f"No format ends in {path.suffix}. Use .tflite (LiteRT), .onnx, or no ending (SavedModel); "
            "save_model writes .keras."
        )
    if examples is not None and path.suffix != ".tflite":
        raise ModelFileError(f"examples are for 8-bit LiteRT alone, and {path.name} does not end in .tflite.")
    if path.suffix == "" and path.exists():
        raise FileExistsError(f"{path} exists. Delete it first, or choose another name.")
    with whole(path) as unfinished, _quiet():
        _export(model, str(unfinished), examples)


def compiled(model):
    """Freeze a trained model into a function that answers within a fraction of a millisecond.

    ``model.predict`` sets up a data pipeline for each call, and even a ``tf.function`` goes through a graph
    made for training. This is LiteRT's interpreter, in memory: measured in notebook 13, cell ``one-answer``.

    Parameters
    ----------
    model : keras.Model
        Takes pixels, 0 to 255, shape (N, 28, 28); returns logits, shape (N, 10). Trained on, it has to be compiled
        again: the function keeps the weights of now.

    Returns
    -------
    function
        Images, uint8 or float, shape (N, 28, 28) or (28, 28) -> probabilities, float32, shape (N, 10). Not for use by
        several threads at once.

    Raises
    ------
    ModelFileError
        If the extra ``mnist_lib[export]`` is missing, or LiteRT has no form of one of the layers.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        raise ModelFileError('A compiled model needs LiteRT: pip install "mnist_lib[export]"') from None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        export(model, path)
        interpreter = Interpreter(model_content=path.read_bytes(), num_threads=cores())
    entry, exit = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def logits(images):
        if tuple(interpreter.get_input_details()[0]["shape"]) != images.shape:
            interpreter.resize_tensor_input(entry, images.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(entry, images)
        interpreter.invoke()
        return interpreter.get_tensor(exit)

    def probabilities(images, batch_size=500):
        images = as_images(images).astype(np.float32)
        starts = range(0, len(images), batch_size)
        parts = [logits(images[i : i + batch_size]) for i in starts]
        return softmax(np.concatenate(parts)) if parts else np.empty((0, 10), np.float32)

    return probabilities


def _export(model, path, examples):
    ending, options = Path(path).suffix, {}
    if examples is not None:
        import tensorflow as tf

        images = np.asarray(examples, dtype=np.float32)
        if images.ndim != 3 or images.shape[1:] != (28, 28) or len(images) == 0:
            raise ModelFileError(f"examples has shape {images.shape}; expected (N, 28, 28), with a few hundred images.")
        options = {"optimizations": [tf.lite.Optimize.DEFAULT]}
        options["representative_dataset"] = lambda: ([image[None]] for image in images)
    if ending == ".onnx":
        try:
            import onnx  # noqa: F401
            import tf2onnx  # noqa: F401
        except ImportError as missing:
            raise ModelFileError(f'ONNX needs the package {missing.name}: pip install "mnist_lib[export]"') from None
    model.export(path, format=FORMATS[ending], verbose=False, **options)


@contextmanager
def _quiet():
    """Hold back what the converters say about themselves; errors show it after all."""
    from mnist_lib.runtime import quiet_start

    logger = logging.getLogger("tensorflow")  # which tells, in a notebook, where each file was written
    level = logger.level
    with quiet_start(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)
