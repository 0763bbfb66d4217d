"""Train the reader again, measure it, and write its weights and its card.

    python -m tools.train_reader [--out DIR]

It takes MNIST, fonts that pip downloads, and about five minutes on two free cores.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from mnist_lib.data import Split, load_mnist, to_mnist_form
from mnist_lib.handwriting import no_digits, reader
from mnist_lib.handwriting.simulate import sample_photographs
from mnist_lib.numerics.scores import softmax
from mnist_lib.runtime import set_seed, write_whole
from mnist_lib.training import one_cycle, train
from tools import compare_refusals, no_digit_lessons, trials
from tools.fonts import training_fonts
from tools.reader_lessons import training_set

UNSEEN_SEEDS = (301, 302, 303)  # of photographs that nobody looked at while the reader was made
# Letters of fonts, which training never saw; those that can be taken for a digit are left out.
_LETTERS = "AEFHKMNPRTVWXYaefhkmnrvwx&#@%+=$?"
_FONTS = ("DejaVuSans.ttf", "DejaVuSerif-Italic.ttf", "STIXGeneralItalic.ttf", "DejaVuSansMono-Bold.ttf")


def main(arguments=None):
    """Train, measure, and write ``reader.npz`` and ``reader.json``: into the package, if no folder is given."""
    parser = argparse.ArgumentParser(prog="python -m tools.train_reader", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=reader.WEIGHTS.parent, metavar="DIR", help="folder for both files")
    parser.add_argument("--epochs", type=int, default=9, help="rounds through the training digits (9)")
    fonts = reader.WEIGHTS.parents[2] / "build" / "fonts"
    parser.add_argument("--fonts", type=Path, default=fonts, metavar="DIR", help="fonts to learn from (build/fonts)")
    given = parser.parse_args(arguments)
    options = {"epochs": given.epochs, "batch_size": 256, "seed": 0}
    data = load_mnist("mnist")
    for folder in (given.out, given.fonts.parent):
        folder.mkdir(parents=True, exist_ok=True)
    fonts = training_fonts(given.fonts)
    start = time.perf_counter()
    model = train_reader(data, fonts, **options)
    seconds = round(time.perf_counter() - start)
    weights = given.out / reader.WEIGHTS.name
    reader.save_weights(model, weights)
    write_card(reader.load_reader(weights), data, weights.with_suffix(".json"), seconds, options)


def train_reader(data, fonts, *, epochs=9, batch_size=256, seed=0, verbose=True):
    """Train the reader's network on digits, MNIST's and others, and on what is no digit.

    Parameters
    ----------
    data : Data
        From ``load_mnist``: ``train`` is learned; the test digits are not touched.
    fonts : sequence of path
        From ``training_fonts``.
    epochs, batch_size : int
        One epoch takes about 21 s on two free cores.
    seed : int
        Decides weights, order, variation and the drawn marks.

    Returns
    -------
    keras.Model
        (N, 28, 28) pixels, 0 to 255 -> (N, 11) logits.
    """
    from mnist_lib.numerics.fused import FusedAdam
    from mnist_lib.recipes.augmentation import vary

    set_seed(seed)
    learned = Split(*training_set(data.train.images, data.train.labels, fonts, seed))
    rate = one_cycle(3e-3, epochs * (len(learned) // batch_size))
    model = reader.build()
    train(
        model,
        replace(data, train=learned),
        epochs=epochs,
        batch_size=batch_size,
        optimizer=FusedAdam(rate, weight_decay=0.02),
        augment=vary,
        seed=seed,
        verbose=verbose,
    )
    return model


def write_card(model, data, path, seconds, options):
    """Measure a model and write its card, a JSON file."""
    card = {
        "model": "reader",
        "what": "Reads one handwritten digit from 28x28 pixels in MNIST's form, or says that it is none.",
        "parameters": model.count_params(),
        "output": "11 logits: the digits 0 to 9, and 10 for 'not a digit'",
        "digits": "MNIST, the first 55,000 training images, and no other handwriting",
        "other_digits": "drawn from tables of strokes, printed by fonts",
        "not_digits": "letters and signs of fonts and of strokes, composed shapes, scribbles, blots; MNIST digits side "
        "by side, mirrored and turned; all made by the code",
        "variation": "slant, rotation, size, proportions, shift, smooth bends, stroke width, blur, grain; bars through "
        "sevens, flags and feet of ones; middle lines followed by another pen, few points joined, few pixels",
        "train_again": "python -m tools.train_reader",
        "seconds_to_train": seconds,
        "options": options,
        "limits": "Upright digits alone. Shapes that can be a digit are read as one: O as 0, l and / as 1, S as 5.",
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
    images, labels = data.test.images, data.test.labels
    raw = _answers(model, images)
    made = sample_photographs(photographs) if photographs else []
    marks = no_digit_lessons.draw(1200, images, labels, no_digits.fonts("validation"), np.random.default_rng(1))
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
        scores |= _tried(model, data)
    return scores


def _tried(model, data):
    """Try what is no digit and what is hard to read, as ``python -m benchmarks robustness`` does, and compare ways."""
    scores = {}
    for kind in trials.KINDS:
        pictures, labels = trials.make(kind, "test", data.test)
        counted = trials.count(pictures, labels, model)
        if labels is None:
            scores[f"{kind}, called a digit"] = round(counted["failures"] / counted["trials"], 4)
        else:
            scores[f"{kind}, right"] = round(1 - counted["failures"] / counted["trials"], 4)
            scores[f"{kind}, wrong without a warning"] = round(counted["unwarned"] / counted["trials"], 4)
    refused = compare_refusals.compare(model, data)
    return scores | {f"refused in validation by {way}": share for way, share in refused.items()}


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


if __name__ == "__main__":
    main()
