"""Model files: saved, loaded safely, exported, and read again by a process that knows nothing of mnist_lib."""

import json
import os
import re
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest

import mnist_lib
from mnist_lib import models, train
from mnist_lib.saving import model_files as ship

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras, when saving

# Reads files in the way of one who has only them. Importing TensorFlow takes longer than all else, so it is done once;
# each file is then read by a process of its own, where the system can copy one.
READER = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import numpy as np
images, out, *paths = sys.argv[1:]
pixels = np.load(images).astype(np.float32)
heavy = [path for path in paths if not path.endswith((".tflite", ".onnx"))]

def read(path):
    if "@" in os.path.basename(path):
        path, door = path.rsplit("@", 1)
        module, function = door.rsplit(".", 1)
        load = getattr(__import__(f"mnist_lib.{module}", fromlist=[function]), function)
        return np.array(load(path).name)
    if path.endswith(".keras"):
        return np.asarray(keras.models.load_model(path)(pixels))
    if path.endswith(".weights.h5"):
        from mnist_lib import models
        model = models.cnn()
        model.load_weights(path)
        return np.asarray(model(pixels))
    if path.endswith(".tflite"):
        from ai_edge_litert.interpreter import Interpreter
        run = Interpreter(model_path=path).get_signature_runner()
        (name,), (output,) = run.get_input_details(), run.get_output_details()
        return run(**{name: pixels})[output]
    if path.endswith(".onnx"):
        import onnxruntime
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        return session.run(None, {session.get_inputs()[0].name: pixels})[0]
    module = tf.saved_model.load(path)
    return module.serve(tf.constant(pixels)).numpy()

def work(path):
    np.save(os.path.join(out, os.path.basename(path) + ".npy"), read(path))

for path in paths:
    if path not in heavy:
        work(path)
assert "keras" not in sys.modules and "tensorflow" not in sys.modules
import keras
import tensorflow as tf
for path in heavy:
    process = os.fork() if hasattr(os, "fork") else work(path)
    if process == 0:
        work(path)
        os._exit(0)
    if process:
        assert os.waitpid(process, 0)[1] == 0, path
"""


@pytest.fixture(scope="module")
def model(sample):
    mnist_lib.set_seed(0)
    model = models.cnn()
    train(model, sample, epochs=8, verbose=False)
    return model


@pytest.fixture(scope="module")
def files(model, sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    ship.save_model(model, folder / "cnn.keras")
    model.save_weights(folder / "cnn.weights.h5")
    for name in ("saved_model", "cnn.tflite", "cnn.onnx"):
        ship.export(model, folder / name)
    ship.export(model, folder / "cnn8.tflite", examples=sample.train.images[:100])
    return folder


KINDS = ["cnn.keras", "cnn.weights.h5", "saved_model", "cnn.tflite", "cnn8.tflite", "cnn.onnx"]
LOADERS = ["saving.model_files.load_model", "handwriting.reader.load_own_model"]


@pytest.fixture(scope="module")
def read_again(files, sample, tmp_path_factory):
    """Let another process read all files, and the library's own layer by each door: the folder of its answers."""
    folder = tmp_path_factory.mktemp("read again")
    np.save(folder / "images.npy", sample.test.images[:50])
    ship.save_model(models.accurate_cnn(), folder / "accurate.keras")
    paths = [files / name for name in KINDS] + [f"{folder / 'accurate.keras'}@{door}" for door in LOADERS]
    command = [sys.executable, "-c", READER, folder / "images.npy", folder, *paths]
    run = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_read_again_in_a_fresh_process(read_again, name, model, sample):
    logits, expected = np.load(read_again / f"{name}.npy"), model(sample.test.images[:50]).numpy()
    assert logits.shape == (50, 10) and logits.dtype == np.float32
    if name == "cnn8.tflite":
        assert 1e-3 < np.abs(logits - expected).max() < 0.1 * np.abs(expected).max() + 0.5
        assert (logits.argmax(axis=1) == expected.argmax(axis=1)).mean() >= 0.94
    elif name in ("cnn.keras", "cnn.weights.h5"):
        np.testing.assert_array_equal(logits, expected)
    else:
        np.testing.assert_allclose(logits, expected, atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("door", LOADERS)
def test_the_library_s_own_layer_is_known_to_a_fresh_process(read_again, door):
    assert np.load(read_again / f"accurate.keras@{door}.npy") == "accurate_cnn"


def test_nothing_but_the_files_is_left(files):
    names = ["cnn.keras", "cnn.onnx", "cnn.tflite", "cnn.weights.h5", "cnn8.tflite", "saved_model"]
    assert sorted(file.name for file in files.iterdir()) == names
    sizes = {name: (files / name).stat().st_size for name in names[:-1]}
    assert sizes["cnn8.tflite"] < 0.33 * sizes["cnn.tflite"]


def test_loaded_gives_the_same_bits(files, model, sample):
    loaded = ship.load_model(files / "cnn.keras")
    np.testing.assert_array_equal(loaded(sample.test.images), model(sample.test.images))


@keras.saving.register_keras_serializable("tests")
class Scaled(keras.layers.Layer):
    """A layer of the learner's own, known to Keras."""

    def build(self, shape):
        self.scale = self.add_weight(shape=shape[-1:], initializer="random_uniform")

    def call(self, inputs):
        return inputs * self.scale


def two_paths(layers):
    pixels = keras.Input((28, 28))
    left = layers.Conv1D(8, 3, padding="same", kernel_initializer="orthogonal")(pixels)
    right = layers.Dense(8)(pixels)
    mixed = layers.MultiHeadAttention(2, 4)(left, right) + 2.0 * left
    return keras.Model(pixels, [layers.Dense(10)(layers.Flatten()(mixed)), layers.GlobalMaxPooling1D()(right)])


def images_of_their_own(layers):
    normalization = layers.Normalization()
    normalization.adapt(np.random.default_rng(0).random((20, 28, 28, 1)))
    return [normalization, layers.RandomRotation(0.1), layers.SeparableConv2D(8, 3), layers.PReLU(), layers.Flatten()]


ORDINARY = {
    "recurrent, stateful": ((4, 28, 28), lambda layers: [layers.LSTM(8, stateful=True)]),
    "recurrent, unrolled": ((None, 28, 28), lambda layers: [layers.Bidirectional(layers.GRU(8, unroll=True))]),
    "recurrent, stacked": ((None, 28, 28), lambda layers: [layers.RNN([layers.LSTMCell(8), layers.GRUCell(4)])]),
    "step by step": ((None, 28, 28), lambda layers: [layers.TimeDistributed(layers.Dense(3)), layers.Flatten()]),
    "images": ((None, 28, 28, 1), images_of_their_own),
    "two paths": (None, two_paths),
    "a model inside": ((None, 28, 28), lambda layers: [models.cnn(), layers.Dropout(0.5)]),
    "half precision": ((None, 784), lambda layers: [layers.Dense(9, dtype="mixed_float16"), layers.ReLU()]),
    "bfloat16": ((None, 784), lambda layers: [layers.Dense(9, dtype="bfloat16")]),
    "own layer": ((None, 784), lambda layers: [Scaled(), layers.UnitNormalization()]),
    "fused": (None, lambda layers: models.accurate_cnn()),
    "without a shape at first": (None, lambda layers: keras.Sequential([layers.Flatten(), layers.Dense(10)])),
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_what_a_learner_makes_is_loaded(tmp_path, kind):
    shape, build = ORDINARY[kind]
    parts = build(keras.layers)
    made = keras.Sequential([keras.Input(batch_shape=shape), *parts, keras.layers.Dense(10)]) if shape else parts
    if kind == "without a shape at first":
        made(np.zeros((1, 28, 28)))
    made.compile("adam", "mse")
    ship.save_model(made, tmp_path / "made.keras")
    loaded = ship.load_model(tmp_path / "made.keras")
    assert len(loaded.weights) == len(made.weights)
    for got, expected in zip(loaded.weights, made.weights, strict=True):
        np.testing.assert_array_equal(got.numpy(), expected.numpy())
    again = models.mlp()  # the try-out has left nothing behind that would be made together with the next model
    assert all(np.isfinite(variable.numpy()).all() for variable in again.variables)


def test_export_says_nothing(files, model, tmp_path, capfd):
    ship.export(model, tmp_path / "again.onnx")
    ship.export(model, tmp_path / "again")
    said = capfd.readouterr()
    assert said.out == "" and said.err == ""


def test_a_failed_export_leaves_the_old_file_and_nothing_else(model, tmp_path, monkeypatch):
    (tmp_path / "cnn.onnx").write_text("the old one")

    def half(model, path, _):
        with open(path, "w") as file:
            file.write("half")
        raise OSError("disk full")

    monkeypatch.setattr(ship, "_export", half)
    with pytest.raises(OSError, match="disk full"):
        ship.export(model, tmp_path / "cnn.onnx")
    assert [file.name for file in tmp_path.iterdir()] == ["cnn.onnx"]
    assert (tmp_path / "cnn.onnx").read_text() == "the old one"


@pytest.mark.parametrize(
    ("name", "options", "error", "words"),
    [
        ("cnn.pb", {}, ship.ModelFileError, "No format ends in .pb"),
        ("cnn.keras", {}, ship.ModelFileError, "save_model writes .keras"),
        ("cnn.onnx", {"examples": np.zeros((3, 28, 28))}, ship.ModelFileError, "8-bit LiteRT alone"),
        ("cnn.tflite", {"examples": np.zeros((3, 784))}, ship.ModelFileError, r"\(3, 784\)"),
        ("cnn.tflite", {"examples": np.zeros((0, 28, 28))}, ship.ModelFileError, r"\(0, 28, 28\)"),
    ],
)
def test_export_refuses(model, tmp_path, name, options, error, words):
    with pytest.raises(error, match=words):
        ship.export(model, tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_never_replaced(model, tmp_path):
    (tmp_path / "cnn").mkdir()
    with pytest.raises(FileExistsError, match="Delete it first"):
        ship.export(model, tmp_path / "cnn")


def test_a_missing_package_is_named(model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(ship.ModelFileError, match=r"tf2onnx.*mnist_lib\[export\]"):
        ship.export(model, tmp_path / "cnn.onnx")


def test_save_model_wants_its_ending(model, tmp_path):
    with pytest.raises(ship.ModelFileError, match=r"cnn.h5 does not end in .keras"):
        ship.save_model(model, tmp_path / "cnn.h5")


@pytest.fixture
def dangerous(tmp_path, monkeypatch):
    """Return a .keras file whose Lambda leaves a note in the environment when it is loaded."""
    monkeypatch.delenv("NOTE", raising=False)
    leave_a_note = keras.layers.Lambda(lambda x: (__import__("os").environ.update(NOTE="ran"), x)[1])
    inner = keras.Sequential([keras.Input((28, 28)), leave_a_note])
    outer = keras.Sequential([keras.Input((28, 28)), inner, keras.layers.Flatten(), keras.layers.Dense(10)])
    outer.save(tmp_path / "gift.keras")
    del os.environ["NOTE"]
    yield tmp_path / "gift.keras"
    os.environ.pop("NOTE", None)


def test_the_danger_is_real(dangerous):
    keras.models.load_model(dangerous, safe_mode=False)
    assert os.environ.get("NOTE") == "ran"


def test_code_is_refused_and_does_not_run(dangerous):
    with pytest.raises(ship.ModelFileError, match="carries code.*weights alone"):
        ship.load_model(dangerous)
    assert "NOTE" not in os.environ


def test_code_is_refused_even_when_safe_mode_is_off_everywhere(dangerous):
    from keras.src.backend.common import global_state

    keras.config.enable_unsafe_deserialization()
    try:
        with pytest.raises(ship.ModelFileError, match="carries code"):
            ship.load_model(dangerous)
    finally:
        global_state.set_global_attribute("safe_mode_saving", None)
    assert "NOTE" not in os.environ


def test_a_function_of_another_module_is_refused(files, tmp_path):
    """A recipe may name any class; os.system is none of Keras's."""
    path = tmp_path / "cnn.keras"
    with zipfile.ZipFile(files / "cnn.keras") as source, zipfile.ZipFile(path, "w") as target:
        for item in source.infolist():
            content = source.read(item)
            if item.filename == "config.json":
                config = json.loads(content)
                config["config"]["layers"][3].update(module="os", class_name="system", registered_name=None)
                content = json.dumps(config)
            target.writestr(item, content)
    with pytest.raises(ship.ModelFileError, match="cnn.keras") as caught:
        ship.load_model(path)
    words = str(caught.value)
    assert re.search(r"Could not locate class 'system'\. .* …\)\. Is the file whole", words), "cut after a word"


def test_what_is_no_keras_file_is_refused(files, model, tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no"):
        ship.load_model(tmp_path / "nothing.keras")
    (tmp_path / "text.keras").write_text("hello")
    (tmp_path / "half.keras").write_bytes((files / "cnn.keras").read_bytes()[:50_000])
    for path in (tmp_path / "text.keras", tmp_path / "half.keras", files / "cnn.weights.h5", files / "saved_model"):
        with pytest.raises(ship.ModelFileError, match="is not a .keras file, or is damaged"):
            ship.load_model(path)


def test_a_damaged_archive_is_refused(files, tmp_path):
    content = bytearray((files / "cnn.keras").read_bytes())
    content[200_000:200_100] = bytes(100)
    (tmp_path / "cnn.keras").write_bytes(content)
    with pytest.raises(ship.ModelFileError, match="cannot be loaded"):
        ship.load_model(tmp_path / "cnn.keras")


@pytest.mark.parametrize("build", [models.softmax_regression, models.mlp, models.cnn])
def test_compiled_answers_as_predict_does(sample, build):
    mnist_lib.set_seed(0)
    model = build()
    answer = ship.compiled(model)
    for count in (1, 3, 1097, 2, 0):
        images = sample.train.images[:count]
        np.testing.assert_allclose(answer(images), mnist_lib.predict(model, images), atol=1e-5)
    np.testing.assert_allclose(answer(images := sample.test.images[5]), mnist_lib.predict(model, images), atol=1e-5)
    with pytest.raises(ValueError, match=r"\(2, 784\).*\(N, 28, 28\)"):
        answer(np.zeros((2, 784)))


def test_compiled_keeps_the_weights_it_was_made_with(sample):
    mnist_lib.set_seed(0)
    model = models.mlp()
    answer, before = ship.compiled(model), mnist_lib.predict(model, sample.test.images)
    model.set_weights([0 * weights for weights in model.get_weights()])
    np.testing.assert_allclose(answer(sample.test.images), before, atol=1e-5)


def test_compiled_without_litert_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(ship.ModelFileError, match=r"mnist_lib\[export\]"):
        ship.compiled(models.softmax_regression())
