"""The shipped reader keeps to its card, and the command tells what it reads."""

import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageFilter

from mnist_lib.handwriting import no_digits, reader
from mnist_lib.handwriting.command import predict
from mnist_lib.handwriting.digit import Prepared
from mnist_lib.handwriting.reader import judge, load_own_model, load_reader, read, read_all
from mnist_lib.handwriting.remarks import NO_DIGIT, Remark
from mnist_lib.handwriting.simulate import sample_photographs
from mnist_lib.numerics.scores import softmax
from mnist_lib.numerics.strokes import curve, draw_strokes
from mnist_lib.recipes.augmentation import vary
from tools import no_digit_lessons, train_reader
from tools.make_pictures import DIGITS
from tools.reader_lessons import training_set
from tools.train_reader import measure, naive


@pytest.fixture(scope="module")
def photographs():
    return sample_photographs(20, seed=1)


def test_size_and_shapes(random):
    model = load_reader()
    assert model(random.integers(0, 256, (3, 28, 28), dtype=np.uint8)).shape == (3, 11)
    assert model.count_params() == json.loads(reader.CARD.read_text(encoding="utf-8"))["parameters"]
    assert reader.WEIGHTS.stat().st_size < 1_500_000
    assert load_reader() is model


@pytest.mark.skipif(not os.environ.get("MNIST_LIB_DATA"), reason="MNIST_LIB_DATA names no MNIST")
def test_the_reader_keeps_to_its_card():
    from mnist_lib import load_mnist

    card = json.loads(reader.CARD.read_text(encoding="utf-8"))["scores"]
    scores = measure(load_reader(), load_mnist("mnist"), prepared=100, photographs=30)
    for name in ("mnist_test", "mnist_test_refused"):
        assert scores[name] == pytest.approx(card[name], abs=0.0005)
    for name in ("drawn_marks_refused", "letters_refused"):
        assert scores[name] == pytest.approx(card[name], abs=0.01)
    assert scores["mnist_test_prepared"] >= scores["mnist_test_same_without_preparing"] - 0.03
    assert card["photographs"] >= 0.96 and scores["photographs"] >= 0.9
    assert scores["photographs_naive"] < 0.7


def test_photographs_are_read(photographs):
    labels = [one.label for one in photographs]
    read = [reading.digit for reading in read_all(one.picture for one in photographs)]
    assert np.mean(np.equal(read, labels)) >= 0.9
    plain = softmax(load_reader()(naive([one.picture for one in photographs])))
    assert np.mean(plain[:, :10].argmax(axis=1) == labels) < 0.7


def test_a_reading(photographs):
    reading = read(photographs[0].picture)
    assert reading.digit == photographs[0].label == reading.probabilities.argmax()
    assert reading.probabilities.shape == (10,) and reading.probabilities.sum() == pytest.approx(1)
    assert reading.probability == pytest.approx(reading.probabilities.max())
    assert str(reading).startswith(f"{reading.digit}  ") and "centred" in reading.prepared.stages


def test_no_digit_from_a_picture_without_one(random):
    blank = read(np.full((90, 90), 255, np.uint8))
    assert blank.digit is None and [remark.code for remark in blank.warnings] == ["blank"]
    scribble = np.kron(no_digit_lessons.scribble(np.random.default_rng(5)), np.ones((6, 6), np.uint8))
    reading = read(np.pad(255 - scribble, 20, constant_values=255))
    assert reading.digit is None and reading.probability == 0 and reading.warnings


def judged(*probabilities, **options):
    return judge(Prepared(np.ones((28, 28), np.uint8), {}, **options), np.array(probabilities))


def test_unsure_names_the_two_likeliest():
    reading = judged(0, 0, 0, 0, 0.55, 0, 0, 0, 0, 0.45)
    assert reading.digit == 4 and reading.warnings[0].code == "unsure"
    assert "4 (55%) or a 9 (45%)" in str(reading.warnings[0])


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
@pytest.mark.parametrize("side", [80, 140, 280, 600])
def test_dots_that_stand_for_grey_are_no_ink(side, form):
    """Digits with soft edges in black and white alone, as a fax or a scanner makes them."""
    files = []
    for strokes in DIGITS.values():
        lines = [side * (0.2 + 0.6 * curve(points, 200)) for points in strokes]
        paper = Image.fromarray(255 - draw_strokes(lines, [0.07 * side] * len(lines), side))
        files.append(io.BytesIO())
        soft = paper.filter(ImageFilter.GaussianBlur(0.05 * side))
        soft.convert("1").save(files[-1], form, **({"compression": "group4"} if form == "TIFF" else {}))
    assert [reading.digit for reading in read_all(file.getvalue() for file in files)] == list(DIGITS)


@pytest.mark.parametrize("probability", [0.9949, 0.9951, 0.9996, 1 - 1e-9, 1.0])
def test_nobody_is_told_100_percent(probability, monkeypatch):
    reading = judged(probability, 1 - probability, *[0.0] * 8)
    assert reading.probability == probability
    monkeypatch.setattr(reader, "read_all", lambda files, model: iter([reading]))
    for text in (str(reading), told(["a.png"])[1]):
        assert "over 99%" in text and "100" not in text
    assert json.loads(told(["a.png"], as_json=True)[1])["probability"] == pytest.approx(probability)
    assert str(judged(0.964, 0.036, *[0.0] * 8)) == "0  96%"
    unsure = judged(0.5, *[0.0] * 9, 0.5)
    assert unsure.digit == 0 and "0  over 99%" in str(unsure) and "100%" not in str(unsure)
    assert "It could be a 0, or no digit at all (50%)." in str(unsure)


def test_a_digit_that_may_be_none_is_told_with_a_warning():
    reading = judged(*[0.0] * 3, 0.7, *[0.0] * 6, 0.3)
    assert reading.digit == 3 and [remark.code for remark in reading.warnings] == ["unsure"]
    assert "It could be a 3, or no digit at all (30%)." in str(reading)


def test_what_prepare_takes_for_no_digit_is_not_told_as_one():
    assert judged(1.0, *[0.0] * 9, warnings=(NO_DIGIT,)).digit is None
    half = read(np.repeat([[0, 255]], 280, 0).repeat(140, 1).astype(np.uint8))
    assert half.digit is None and "not-a-digit" in [remark.code for remark in half.warnings]


def test_refused():
    likely_none = (*[0.0] * 9, 0.1, 0.9)
    assert [remark.code for remark in judged(*likely_none).warnings] == ["not-a-digit"]
    assert [remark.code for remark in judged(*likely_none, parts=2).warnings] == ["several"]
    assert judged(*likely_none).digit is None
    several = Remark("several", "Two.", "One.")
    sure = judged(*[0.0] * 9, 1.0, rivals=True, warnings=(several,))
    assert sure.digit is None and sure.warnings == (several,)


def test_training_set_and_variation(sample):
    digits, labels = sample.train.images[:220], sample.train.labels[:220]
    images, classes = training_set(digits, labels, no_digits.fonts("training"), seed=3, workers=1)
    assert images.dtype == np.uint8 and len(images) == len(classes) == 220 + 44 + 36 + 18 + 11 + 110
    assert (classes == reader.NOT_A_DIGIT).sum() == 110 and (images[:220] == digits).all()
    assert (images.reshape(len(images), -1).max(axis=1) > 100).all(), "there is ink in each"
    again, _ = training_set(digits, labels, no_digits.fonts("training"), seed=3, workers=1)
    assert (again == images).all()
    varied = np.asarray(vary(images[:64], [0, 1]))
    assert varied.shape == (64, 28, 28) and 0 <= varied.min() and varied.max() <= 255
    assert np.corrcoef(varied.mean(axis=0).ravel(), images[:64].mean(axis=0).ravel())[0, 1] > 0.8


def test_weights_survive_the_file(tmp_path):
    model = reader.build()
    reader.save_weights(model, tmp_path / "weights.npz")
    again = load_reader(tmp_path / "weights.npz")
    for first, second in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-3)
    assert [path.name for path in tmp_path.iterdir()] == ["weights.npz"]


def saved(tmp_path, *layers):
    import keras

    keras.Sequential(layers).save(tmp_path / "own.keras")
    return tmp_path / "own.keras"


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras, as it saves
def test_ones_own_model(tmp_path, photographs):
    from keras import Input, layers

    good = saved(tmp_path, Input((28, 28)), layers.Flatten(), layers.Dense(10))
    assert read(photographs[0].picture, load_own_model(good)).probabilities.shape == (10,)
    bad = [
        ((Input((28, 28)), layers.Flatten(), layers.Dense(7)), r"returns shape \(None, 7\)"),
        ((Input((784,)), layers.Dense(10)), "does not take"),
        ((Input((28, 28)), layers.Flatten(), layers.Dense(10, "softmax")), "probabilities"),
        ((Input((28, 28)), layers.Flatten(), layers.Lambda(lambda x: x[:, :10])), "carries code"),
    ]
    for stack, match in bad:
        with pytest.raises(ValueError, match=match):
            load_own_model(saved(tmp_path, *stack))
    (tmp_path / "text.keras").write_text("no model")
    with pytest.raises(ValueError, match="is not a .keras file, or is damaged"):
        load_own_model(tmp_path / "text.keras")
    for name in ("none.keras", "model.h5"):
        with pytest.raises(FileNotFoundError, match=f"There is no .*{name}"):
            load_own_model(tmp_path / name)


def told(files, **options):
    out = io.StringIO()
    return predict(files, out=out, **options), out.getvalue()


@pytest.fixture
def files(tmp_path, photographs):
    Image.fromarray(photographs[0].picture).save(tmp_path / "digit.png")
    Image.new("L", (50, 50), 255).save(tmp_path / "blank.png")
    (tmp_path / "text.png").write_text("no picture")
    return [*(tmp_path / name for name in ("digit.png", "missing.png", "text.png", "blank.png")), tmp_path]


def test_command_as_json(files, photographs):
    call = [sys.executable, "-m", "mnist_lib", "predict", "--json", *map(str, files)]
    run = subprocess.run(call, capture_output=True, text=True)
    assert run.returncode == 1 and run.stderr == ""
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [line["file"] for line in lines] == [str(file) for file in files]
    assert set(lines[0]) == {"file", "digit", "probability", "probabilities", "warnings"}
    assert lines[0]["digit"] == photographs[0].label and len(lines[0]["probabilities"]) == 10
    assert [set(lines[i]) for i in (1, 2, 4)] == [{"file", "error"}] * 3
    assert lines[3]["digit"] is None and lines[3]["warnings"]


def test_command_for_people(files, photographs):
    status, text = told([files[0], files[3]])
    assert status == 0 and f"digit.png: {photographs[0].label}" in text
    assert "blank.png: no digit" in text and "no ink" in text
    status, text = told([files[1], files[0]])
    assert status == 1 and "missing.png: error:" in text and "digit.png: " in text
    with pytest.raises(ValueError, match="is not a .keras file"):
        told([files[0]], model_file=files[2])


def test_the_command_names_a_model_that_is_missing(files):
    call = [sys.executable, "-m", "mnist_lib", "predict", str(files[0]), "--model", "my_network.keras"]
    run = subprocess.run(call, capture_output=True, text=True)
    assert run.returncode == 2 and run.stdout == ""
    assert run.stderr == "mnist_lib: There is no my_network.keras. Is the name right, and the folder?\n"


WITHOUT_TENSORFLOW = """
import sys
from mnist_lib.__main__ import main
status = main(sys.argv[1:])
assert not {"tensorflow", "keras"} & set(sys.modules)
sys.exit(status)
"""


@pytest.mark.slow
def test_what_is_missing_or_blank_is_told_without_starting_tensorflow(files):
    def run(*arguments):
        call = [sys.executable, "-c", WITHOUT_TENSORFLOW, "predict", *map(str, arguments)]
        return subprocess.run(call, capture_output=True, text=True)

    assert run(files[0], "--model", "my_network.keras").returncode == 2
    pictures = run(files[1], files[2], files[3])
    assert pictures.returncode == 1 and pictures.stderr == "" and len(pictures.stdout.splitlines()) == 4, pictures


@pytest.mark.slow
def test_the_reader_can_be_trained_again(tmp_path, sample, monkeypatch):
    monkeypatch.setattr(train_reader, "load_mnist", lambda source: sample)
    monkeypatch.setattr(train_reader, "measure", lambda model, data: {"parameters": model.count_params()})
    monkeypatch.setattr(train_reader, "training_fonts", lambda folder: no_digits.fonts("training"))
    train_reader.main(["--out", str(tmp_path / "new"), "--epochs", "1"])
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["reader.json", "reader.npz"]
    card, shipped = (json.loads(path.read_text()) for path in (tmp_path / "new" / "reader.json", reader.CARD))
    assert set(card) == set(shipped) and card["options"] == {**shipped["options"], "epochs": 1}
    assert card["train_again"] == shipped["train_again"] == "python -m tools.train_reader"
    assert (
        card["scores"]["parameters"] == shipped["parameters"] == load_reader(tmp_path / "new/reader.npz").count_params()
    )
