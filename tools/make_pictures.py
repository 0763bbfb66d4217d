"""Make the pictures of lesson 07, on paper and not a digit: drawn strokes, photographed.

    python -m tools.make_pictures

No one's own photos, and no digit of MNIST. Two digits come from scikit-learn's bundled sample.
"""

from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

from mnist_lib.handwriting.simulate import enlarge, photograph, rewrite
from mnist_lib.numerics.strokes import curve, draw_strokes

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
# The strokes of each digit: points in a square of 1 x 1, y downwards; a smooth curve is laid through them.
DIGITS = {
    0: [[(0.56, 0.06), (0.28, 0.2), (0.2, 0.55), (0.36, 0.9), (0.62, 0.9), (0.8, 0.55), (0.74, 0.2), (0.52, 0.06)]],
    1: [[(0.36, 0.26), (0.45, 0.18), (0.55, 0.05)], [(0.55, 0.05), (0.53, 0.5), (0.5, 0.95)]],
    2: [[(0.22, 0.26), (0.36, 0.08), (0.64, 0.08), (0.76, 0.28), (0.6, 0.56), (0.38, 0.76), (0.2, 0.93)],
        [(0.2, 0.93), (0.5, 0.91), (0.84, 0.92)]],
    3: [[(0.24, 0.14), (0.5, 0.04), (0.74, 0.16), (0.7, 0.36), (0.46, 0.47)],
        [(0.46, 0.47), (0.74, 0.54), (0.8, 0.76), (0.56, 0.95), (0.22, 0.88)]],
    4: [[(0.4, 0.06), (0.3, 0.35), (0.2, 0.6)], [(0.2, 0.6), (0.5, 0.58), (0.86, 0.56)],
        [(0.68, 0.3), (0.66, 0.6), (0.62, 0.96)]],
    5: [[(0.34, 0.08), (0.31, 0.26), (0.28, 0.44)],
        [(0.28, 0.44), (0.54, 0.38), (0.76, 0.54), (0.72, 0.82), (0.48, 0.95), (0.2, 0.87)],
        [(0.34, 0.08), (0.55, 0.08), (0.8, 0.06)]],
    6: [[(0.68, 0.05), (0.42, 0.26), (0.26, 0.6), (0.34, 0.9), (0.62, 0.93), (0.74, 0.7), (0.56, 0.52), (0.3, 0.64)]],
    7: [[(0.2, 0.1), (0.5, 0.1), (0.8, 0.08)], [(0.8, 0.08), (0.6, 0.48), (0.44, 0.96)]],
    8: [[(0.72, 0.16), (0.5, 0.05), (0.3, 0.18), (0.4, 0.4), (0.64, 0.56), (0.74, 0.78), (0.52, 0.95), (0.28, 0.8),
         (0.38, 0.56), (0.62, 0.4), (0.72, 0.16)]],
    9: [[(0.72, 0.2), (0.5, 0.06), (0.28, 0.24), (0.4, 0.48), (0.66, 0.42), (0.73, 0.18)],
        [(0.73, 0.18), (0.7, 0.55), (0.6, 0.95)]],
}  # fmt: skip
SCRIBBLE = [[(0.1, 0.5), (0.3, 0.1), (0.4, 0.9), (0.55, 0.15), (0.2, 0.7), (0.85, 0.3), (0.5, 0.95), (0.9, 0.75),
             (0.15, 0.25), (0.75, 0.1), (0.65, 0.85), (0.25, 0.9), (0.9, 0.5)]]  # fmt: skip


def draw(strokes, pen="medium"):
    """Draw strokes as ink from 0 to 1, about 200 pixels high."""
    dots = [[place] for points in strokes for place in 30 + 200 * curve(points, 300)]
    return rewrite(draw_strokes(dots, [16] * len(dots), 260) > 0, pen)


def sample(number, pen):
    """Write a digit of the bundled sample again: digit 0 to 1,796 of load_digits()."""
    return rewrite(enlarge(load_digits().images[number] / 16), pen)


def on_paper(ink, paper, pen, seed, *, size=(280, 240), **light):
    """Photograph ink on paper, in colours of one's own."""
    return photograph(ink, np.random.default_rng(seed), size=size, chalk=False, paper=paper, pen=pen, **light)


def turned_phone(picture):
    """Store a picture lying on its side, with a note that says so, as phones do: (image, exif)."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return Image.fromarray(np.rot90(picture)), exif


def digits():
    """Yield name and picture of each digit on paper."""
    white, blue, black = (246, 244, 238), (20, 40, 130), (25, 25, 30)
    calm = {"shadow": 0.1, "grain": 2}
    yield "0_dark_pen", on_paper(draw(DIGITS[0]), white, black, 1, **calm)
    yield "1_pencil", on_paper(draw(DIGITS[1], "thin"), white, (120, 120, 124), 2, shadow=0.2, grain=3)
    yield "2_blue_pen", on_paper(draw(DIGITS[2], "thin"), white, blue, 3, shadow=0.15, grain=3)
    yield "3_fat_marker", on_paper(draw(DIGITS[3], "fat"), white, (150, 20, 30), 4, **calm)
    yield "4_shadow", on_paper(draw(DIGITS[4]), white, black, 5, shadow=0.9, grain=4)
    yield "5_yellow_note", on_paper(draw(DIGITS[5]), (250, 225, 110), blue, 6, **calm)
    chalk = np.random.default_rng(7)
    yield "6_chalk", photograph(draw(DIGITS[6]), chalk, size=(280, 240), shadow=0.3, grain=4, chalk=True)
    yield "7_off_centre", on_paper(draw(DIGITS[7]), white, black, 12, size=(240, 420), **calm)
    yield "8_brown_paper", on_paper(draw(DIGITS[8]), (196, 160, 120), (60, 35, 25), 9, shadow=0.3, grain=3)
    yield "9_phone", turned_phone(on_paper(draw(DIGITS[9]), white, blue, 10, shadow=0.4, grain=4))
    yield "3_dim_light", on_paper(sample(3, "medium"), (110, 105, 95), (30, 25, 25), 11, shadow=0.5, grain=5)
    blue_paper = {"size": (300, 380), "shadow": 0.3, "grain": 3}
    yield "5_thin_pen", on_paper(sample(15, "thin"), (190, 215, 240), black, 13, **blue_paper)


def problems():
    """Yield name and picture of each problem."""
    white, black = (246, 244, 238), (25, 25, 30)
    calm = {"shadow": 0.2, "grain": 3}
    yield "blank", on_paper(np.pad(np.ones((1, 1)), 20), white, white, 1, **calm)
    two = np.concatenate([draw(DIGITS[4]), np.zeros((300, 20)), draw(DIGITS[2])], axis=1)
    yield "two_digits", on_paper(two, white, black, 2, size=(240, 420), **calm)
    yield "scribble", on_paper(draw(SCRIBBLE), white, black, 3, **calm)
    whole = on_paper(draw(DIGITS[3]), white, black, 4, **calm)
    dark = np.flatnonzero((whole.mean(axis=2) < 100).any(axis=0))
    yield "cut_off", whole[:, : dark[-1] - 25]
    yield "faint", on_paper(draw(DIGITS[7], "thin"), white, (232, 230, 225), 5, shadow=0.05, grain=1)


def save(folder, pictures):
    """Save pictures as JPEG, each under 25 kB."""
    folder.mkdir(exist_ok=True)
    for name, picture in pictures:
        image, exif = picture if isinstance(picture, tuple) else (Image.fromarray(picture), Image.Exif())
        image.save(folder / f"{name}.jpg", quality=80, exif=exif)


if __name__ == "__main__":
    save(NOTEBOOKS / "digits_on_paper", digits())
    save(NOTEBOOKS / "not_a_digit", problems())
