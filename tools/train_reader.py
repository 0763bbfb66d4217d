"""The reader's card: train it again, measure it, and write down both beside its weights."""

import inspect
import json
import time
from pathlib import Path

import numpy as np

from mnist_lib.data import load_mnist, to_mnist_form
from mnist_lib.handwriting import reader
from mnist_lib.numerics.scores import softmax
from mnist_lib.runtime import write_whole

UNSEEN_SEEDS = (301, 302, 303)  # of photographs that nobody looked at while the reader was made
# Letters of fonts, which training never saw; those that can be taken for a digit are left out.
_LETTERS = "AEFHKMNPRTVWXYaefhkmnrvwx&#@%+=$?"
_FONTS = ("DejaVuSans.ttf", "DejaVuSerif-Italic.ttf", "STIXGeneralItalic.ttf", "DejaVuSansMono-Bold.ttf")


def train_and_measure(out=None, **options):
    """Train the reader on MNIST, measure it, and write ``reader.npz`` and ``reader.json``.

    Parameters
    ----------
    out : path, optional
        A folder; the package's own, if left out.
    **options
        For ``reader_training.train_reader``.

    Returns
    -------
    int
        Exit status: 0.

    Raises
    ------
    DataError
        If there is no MNIST.
    """
    from tools.reader_training import train_reader

    data = load_mnist("mnist")
    weights = Path(out) / reader.WEIGHTS.name if out else reader.WEIGHTS
    weights.parent.mkdir(parents=True, exist_ok=True)
    call = inspect.signature(train_reader).bind(data, **options)
    call.apply_defaults()
    options = {name: value for name, value in call.arguments.items() if name not in ("data", "verbose")}
    start = time.perf_counter()
    model = train_reader(data, **options)
    seconds = round(time.perf_counter() - start)
    reader.save_weights(model, weights)
    write_card(reader.load_reader(weights), data, weights.with_suffix(".json"), seconds, options)
    return 0


def write_card(model, data, path, seconds, options):
    """Measure a model and write its card, a JSON file."""
    card = {
        "model": "reader",
        "what": "Reads one handwritten digit from 28x28 pixels in MNIST's form, or says that it is none.",
        "parameters": model.count_params(),
        "output": "11 logits: the digits 0 to 9, and 10 for 'not a digit'",
        "digits": "MNIST, the first 55,000 training images, and no other digits",
        "not_digits": "scribbles, letters and signs of strokes, blots, MNIST digits side by side; all made by the code",
        "variation": "slant, rotation, size, proportions, shift, smooth bends, stroke width, blur, grain; "
        "bars through sevens, upstrokes and feet of ones",
        "train_again": "python -m mnist_lib train-reader",
        "seconds_to_train": seconds,
        "options": options,
        "limits": "Upright digits alone. Shapes that can be a digit are read as one: O as 0, l as 1, S as 5.",
        "scores": measure(model, data),
    }
    write_whole(path, json.dumps(card, indent=2) + "\n")
    print(json.dumps(card["scores"], indent=2))


def measure(model, data, prepared=1000, photographs=300):
    """Measure a reader.

    Parameters
    ----------
    model : keras.Model
        (N, 28, 28) pixels -> (N, 11) logits.
    data : Data
        MNIST; its test digits are used.
    prepared, photographs : int
        How many test digits go through ``prepare``, and how many pictures are made of the bundled sample.

    Returns
    -------
    dict of str to float
        Shares, 0 to 1. A digit that is refused counts as wrong.
    """
    from mnist_lib.handwriting.simulate import sample_photographs
    from tools.reader_training import no_digits

    images, labels = data.test.images, data.test.labels
    raw = _answers(model, images)
    made = sample_photographs(photographs) if photographs else []
    marks = no_digits(1200, images, np.random.default_rng(1))
    scores = {
        "mnist_test": _share(raw == labels),
        "mnist_test_refused": _share(raw == -1),
        "drawn_marks_refused": _share(_answers(model, marks) == -1),
        "letters_refused": _share(_answers(model, letters()) == -1),
    }
    if prepared:
        read = [reading.digit for reading in reader.read_all(images[:prepared], model)]
        scores["mnist_test_prepared"] = _share(np.array(read) == labels[:prepared])
        scores["mnist_test_same_without_preparing"] = _share((raw == labels)[:prepared])
    if made:
        truth = np.array([one.label for one in made])
        read = [reading.digit for reading in reader.read_all([one.picture for one in made], model)]
        scores["photographs"] = _share(np.array(read) == truth)
        scores["photographs_naive"] = _share(
            _answers(model, naive([one.picture for one in made]), refuse=False) == truth
        )
    if photographs >= 300:  # those of seed 0 were looked at
        made = [one for seed in UNSEEN_SEEDS for one in sample_photographs(photographs, seed)]
        read = [reading.digit for reading in reader.read_all([one.picture for one in made], model)]
        scores["photographs_unseen"] = _share(np.array(read) == np.array([one.label for one in made]))
    return scores


def naive(pictures):
    """Do what tutorials do with a picture: make it grey, resize it to 28x28, invert it.

    Parameters
    ----------
    pictures : sequence of array of uint8, shape (height, width, 3)

    Returns
    -------
    array of uint8, shape (N, 28, 28)
    """
    from PIL import Image

    return np.stack([255 - np.asarray(Image.fromarray(one).convert("L").resize((28, 28))) for one in pictures])


def letters():
    """Return letters and signs of four fonts that come with matplotlib, in MNIST's form.

    Returns
    -------
    array of uint8, shape (N, 28, 28)
    """
    import matplotlib
    from PIL import Image, ImageDraw, ImageFont

    images = []
    for name in _FONTS:
        font = ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name), 80)
        for letter in _LETTERS:
            field = Image.new("L", (160, 160))
            ImageDraw.Draw(field).text((30, 30), letter, fill=255, font=font)
            images.append(to_mnist_form(np.asarray(field)))
    return np.stack(images)


def _answers(model, images, refuse=True):
    """The likeliest digit of each image; -1 where the model says that it is none."""
    parts = [np.asarray(model(images[i : i + 500], training=False)) for i in range(0, len(images), 500)]
    probabilities = softmax(np.concatenate(parts))
    digits = probabilities[:, :10].argmax(axis=1)
    if refuse:
        digits[probabilities[:, reader.NOT_A_DIGIT] > reader.REFUSED_ABOVE] = -1
    return digits


def _share(right):
    return round(float(np.mean(right)), 4)
