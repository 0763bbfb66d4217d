"""What the reader learns as "not a digit": letters of fonts, signs and shapes, scribbles, blots, turned digits.

No kind of shape and no font of ``no_digits.pictures`` is among them.
"""

from functools import partial

import numpy as np

from mnist_lib.data import to_mnist_form
from mnist_lib.handwriting import no_digits
from mnist_lib.handwriting.digit import mnist_width
from mnist_lib.numerics.strokes import curve, draw_strokes

_LETTERS = no_digits.CAPITALS + no_digits.SMALL
_MIRRORED, _TURNED = (3, 4, 6, 7, 9), (2, 3, 4, 5, 7)  # digits that are none, seen in a mirror or from the side

# Strokes of letters and signs in a unit square, y downwards. Those that may be meant as a digit
# (B, D, G, I, O, Q, S, Z, b, g, l, o, q, y, ...) are left out.
_SIGNS = (
    "0,1 .5,0 1,1|.2,.6 .8,.6", "1,0 0,0 0,1 1,1|0,.5 .8,.5", "1,0 0,0 0,1|0,.5 .8,.5",
    "0,0 0,1|1,0 1,1|0,.5 1,.5", "0,0 0,1|1,0 0,.55 1,1", "0,1 0,0 .5,.6 1,0 1,1", "0,1 0,0 1,1 1,0",
    "0,1 0,0 .8,.1 .9,.3 .7,.5 0,.5 1,1", "0,0 1,0|.5,0 .5,1", "0,0 .25,1 .5,.3 .75,1 1,0",
    "0,0 .5,.5 1,0|.5,.5 .5,1", "0,0 0,1 .8,1", "0,0 .5,1 1,0",
    "0,.4 0,1|0,.6 .4,.4 .7,.6 .7,1|.7,.6 1.1,.4 1.4,.6 1.4,1", "0,0 0,1|0,.65 .4,.45 .7,.65 .7,1",
    "0,0 0,1|.7,.35 0,.7 .8,1", "0,.35 .4,1 .8,.35", "0,.3 1,.3|0,.7 1,.7",
    ".5,0 .5,1|0,.25 1,.75|1,.25 0,.75",
    "0,.5 .2,.1 .45,.3 .5,.5 .55,.7 .8,.9 1,.5 .8,.1 .55,.3 .45,.7 .2,.9 0,.5", "0,.5 1,.45",
    "1,0 0,1|.1,.05 .3,.05 .3,.25 .1,.25 .1,.05|.7,.75 .9,.75 .9,.95 .7,.95 .7,.75",
    "0,.5 .2,.3 .4,.5 .6,.7 .8,.5 1,.3", "0,0 1,.15 0,.3 1,.45 0,.6 1,.75 0,1", "0,0 1,0|0,.5 1,.5|0,1 1,1",
    ".1,0 .1,.2|.9,0 .9,.2|0,.6 .5,1 1,.6", "0,1 0,0 .8,.1 .9,.35 .7,.5 0,.5|.2,1.1 1,1.1",
    "0,0 0,.9 .5,1 .9,.9 .9,0|.9,.5 1.2,1",
)  # fmt: skip


def draw(count, digits, labels, fonts, random):
    """Draw what is no digit, in MNIST's form.

    Parameters
    ----------
    count : int
    digits : array of uint8, shape (N, 28, 28)
        MNIST digits, which are put side by side, mirrored and turned.
    labels : array of int, shape (N,)
    fonts : sequence of path
        Their letters and signs are drawn.
    random : numpy Generator

    Returns
    -------
    array of uint8, shape (count, 28, 28)
    """
    letter, sign = partial(_letter, fonts, _LETTERS), partial(_letter, fonts, no_digits.SIGNS)
    turned, beside = partial(_turned, digits, labels), partial(_side_by_side, digits)
    kinds = (letter, _shape, _sign, sign, turned, beside, letter, _shape, scribble, sign, _sign, beside,
             letter, _shape, turned, _blot, letter, _shape, _bar, sign)  # fmt: skip
    return np.stack([kinds[i % len(kinds)](random) for i in range(count)])


def in_form(ink, width=True):
    """Bring ink, 0 to 255, of any size into MNIST's form, as ``prepare`` does with what it cut out."""
    from PIL import Image

    ink = Image.fromarray(ink)
    zoom = 90 / max(ink.size)
    small = np.asarray(ink.resize([max(3, round(zoom * side)) for side in ink.size])) / 255
    return to_mnist_form(mnist_width(small) if width else small)


def _letter(fonts, letters, random):
    if all(font.name.startswith("cm") for font in fonts):
        letters = _LETTERS
    while True:
        font, text = fonts[random.integers(len(fonts))], letters[random.integers(len(letters))]
        if font.name.startswith("cm") and not text.isalnum():
            continue  # these fonts have other signs in the places of ASCII
        ink = no_digits.letter(text, font, 90)
        if ink is not None:
            return in_form(ink)


def _bar(random):
    """Draw a straight stroke that leans as no one does: level, to the left, or far to the right."""
    angle = np.radians(random.choice([random.uniform(5, 70), random.uniform(140, 175)]))
    end = 0.5 * np.array([np.cos(angle), np.sin(angle)])
    return to_mnist_form(drawn([np.stack([0.5 - end, 0.5 + end])], random.uniform(3, 8)))


def _turned(digits, labels, random):
    while True:
        i = random.integers(len(digits))
        if random.random() < 0.5 and labels[i] in _MIRRORED:
            return digits[i][:, ::-1]
        if labels[i] in _TURNED:
            return np.rot90(digits[i], random.choice([1, 3]))


def _shape(random):
    """Compose a shape: a round or corners, something within, something at its side; sometimes filled."""
    if random.random() < 0.1:  # a box, alone
        low = random.uniform(0.5, 0.75)
        box = (
            f"0,0/1,0/1,{low:.2f}/0,{low:.2f}/0,0" if random.random() < 0.5 else f"0,0/{low:.2f},0/{low:.2f},1/0,1/0,0"
        )
        return in_form(no_digits.shape(box, random, 100))
    corners = random.integers(3, 7)
    is_round = random.random() < 0.5
    if is_round:
        pieces = [f"m.5,.5,{random.uniform(0.3, 0.5):.2f}"]
    else:
        angle = np.sort(random.uniform(0, 2 * np.pi, corners)) if random.random() < 0.4 else (
            2 * np.pi * (np.arange(corners) + random.random()) / corners)  # fmt: skip
        stretch = np.exp(random.choice([-1, 1]) * random.uniform(0.15, 0.6))
        places = 0.5 + 0.5 * np.stack([np.cos(angle) * stretch, np.sin(angle)], axis=1)
        places = np.concatenate([places, places[:1]])
        if random.random() < 0.12:
            return in_form(no_digits.shape("f" + " ".join(f"{x:.2f},{y:.2f}" for x, y in places), random, 100))
        pieces = ["/".join(f"{x:.2f},{y:.2f}" for x, y in places)]
    inside = [_dots, _chords, _small_round, _crossed, _zigzag, _tiny]
    outside = [_rays, _legs, _ears, _second]
    within = random.random() < 0.75
    if within or is_round:
        pieces += inside[random.integers(len(inside))](random)
    if random.random() < (0.5 if within else 0.8) and not (corners == 4 and not is_round and not within):
        pieces += outside[random.integers(len(outside))](random)
    return in_form(no_digits.shape("|".join(pieces), random, 100, random.uniform(0.03, 0.1)))


def _dots(random):
    return [f"m{x:.2f},{y:.2f},.03" for x, y in random.uniform(0.3, 0.7, (random.integers(1, 5), 2))]


def _chords(random):
    places = np.sort(random.uniform(0.2, 0.8, random.integers(1, 4)))
    level = random.random() < 0.5
    return [f"{a:.2f},{v:.2f}/{b:.2f},{v:.2f}" if level else f"{v:.2f},{a:.2f}/{v:.2f},{b:.2f}"
            for v in places for a, b in [random.choice([[0.05, 0.95], [0.25, 0.75]])]]  # fmt: skip


def _small_round(random):
    return [f"m.5,.5,{random.uniform(0.08, 0.22):.2f}"]


def _crossed(random):
    return [".2,.2/.8,.8|.8,.2/.2,.8"] if random.random() < 0.5 else [".5,.05/.5,.95|.05,.5/.95,.5"]


def _zigzag(random):
    x = np.linspace(0.2, 0.8, random.integers(4, 7))
    return ["/".join(f"{a:.2f},{b:.2f}" for a, b in zip(x, random.uniform(0.3, 0.7, len(x)), strict=True))]


def _tiny(random):
    return [f"{x:.2f},{y:.2f}/{x + 0.15:.2f},{y + random.uniform(-0.1, 0.1):.2f}"
            for x, y in random.uniform(0.25, 0.6, (random.integers(2, 5), 2))]  # fmt: skip


def _rays(random):
    angles = 2 * np.pi * (np.arange(random.integers(3, 9)) + random.random()) / 6
    return [f"{0.5 + 0.5 * np.cos(a):.2f},{0.5 + 0.5 * np.sin(a):.2f}/{0.5 + 0.8 * np.cos(a):.2f},"
            f"{0.5 + 0.8 * np.sin(a):.2f}" for a in angles]  # fmt: skip


def _legs(random):
    low = random.uniform(1.1, 1.5)
    return [f"{x:.2f},.9/{x + random.normal(0, 0.05):.2f},{low:.2f}" for x in (0.25, 0.75)]


def _ears(random):
    return [".15,.2/.0,-.2/.4,.05", ".85,.2/1,-.2/.6,.05"]


def _second(random):
    return [f"m{random.choice([-0.25, 1.25]):.2f},.5,{random.uniform(0.15, 0.4):.2f}"]


def drawn(strokes, width, size=112):
    """Draw strokes in a unit square, y downwards, with a margin of a quarter of the size around it."""
    places = [size * (0.25 + 0.5 * np.asarray(points)) for points in strokes]
    return draw_strokes(places, [width] * len(places), size)


def scribble(random):
    """Draw lines that turn at random places, in MNIST's form."""
    strokes = []
    for _ in range(random.choice([1, 1, 2, 3, 4])):
        corners = random.uniform(0, 1, (random.integers(4, 13), 2))
        strokes.append(curve(corners, 60) if random.random() < 0.7 else corners)
    return to_mnist_form(drawn(strokes, random.uniform(3, 11)))


def _sign(random):
    strokes = []
    smooth = random.random() < 0.5
    tilt = np.eye(2) + random.normal(0, 0.12, (2, 2))
    for text in _SIGNS[random.integers(len(_SIGNS))].split("|"):
        points = np.array([[float(n) for n in point.split(",")] for point in text.split()])
        closed = (points[0] == points[-1]).all()
        points = (points + random.normal(0, 0.05, points.shape)) @ tilt * [random.uniform(0.6, 1), 1]
        strokes.append(curve(points, 40) if smooth and len(points) > 2 and not closed else points)
    return to_mnist_form(drawn(strokes, random.uniform(3, 10)))


def _side_by_side(digits, random):
    parts = []
    for digit in random.choice(digits, random.choice([2, 2, 2, 3])):
        columns = np.flatnonzero(digit.any(axis=0))
        parts.append(np.pad(digit[:, columns[0] : columns[-1] + 1], ((0, 0), (0, random.integers(0, 8)))))
    return to_mnist_form(np.concatenate(parts, axis=1))


def _blot(random):
    from scipy.ndimage import gaussian_filter

    kind = random.integers(3)
    noise = gaussian_filter(random.normal(size=(56, 56)), random.uniform(1, 6))
    ink = noise > np.quantile(noise, random.uniform(0.6, 0.97))
    if kind == 0:  # a filled shape
        y, x = np.mgrid[-1:1:56j, -1:1:56j]
        power, lean = random.uniform(1, 6), random.uniform(0.5, 1.0)
        ink = (np.abs(x / lean) ** power + np.abs(y) ** power + gaussian_filter(noise, 2) * random.uniform(0, 4)) < 0.5
    if kind == 1:  # lines of paper
        ink = np.zeros((56, 56), bool)
        step = random.integers(6, 20)
        ink[random.integers(step) :: step] = True
        if random.random() < 0.6:
            ink[:, random.integers(step) :: step] = True
    ink = gaussian_filter(ink.astype(np.float32), 0.8)
    return to_mnist_form(ink) if ink.any() else np.zeros((28, 28), np.uint8)
