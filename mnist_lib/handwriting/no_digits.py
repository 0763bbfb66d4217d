"""Pictures of what is no digit: letters and signs of fonts, drawn shapes, noise. For training, choosing and testing.

What is learned, what is chosen by and what is tested share neither fonts nor kinds of shapes. The fonts of the last
two come with matplotlib.
"""

import string
from pathlib import Path

import numpy as np

from mnist_lib.numerics.strokes import curve, draw_on_page

# Without those that no one could tell from a digit: O I S Z B, l i o z s b q g, and the upright bar.
CAPITALS, SMALL = "ACDEFGHJKLMNPQRTUVWXY", "acdefhjkmnprtuvwxy"
SIGNS = string.punctuation.replace("|", "")
_LETTERS = {"capital letters": CAPITALS, "small letters": SMALL, "signs": SIGNS}
KINDS = (*_LETTERS, "shapes", "noise")
FONTS = {
    "training": ("cmr10", "cmss10", "cmtt10", "cmb10", "cmti10"),  # and more, see tools/fonts.py
    "validation": ("STIXGeneral", "STIXGeneralItalic", "STIXGeneralBol", "STIXGeneralBolIta"),
    "test": ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSerif", "DejaVuSerif-Italic",
             "DejaVuSansMono"),
}  # fmt: skip
# Shapes in a square of 1 x 1, y downwards, as strokes ("|" lifts the pen, "/" is a corner, a curve leads through
# the points between), rounds ("m": centre and radius; "df" filled), and filled corners ("f").
SHAPES = {
    "validation": {
        "cup": "0,.1/.1,1/.7,1/.8,.1/0,.1|.76,.3 1.05,.35 1,.7 .72,.75",
        "fish": "0,.5 .35,.2 .8,.55 1,.8/1,.2/.8,.5 .35,.8 0,.5|m.2,.45,.03",
        "key": "m.2,.5,.2|.4,.5/1,.5/1,.7|.8,.5/.8,.68",
        "flower": "m.5,.35,.1|m.5,.13,.11|m.72,.35,.11|m.28,.35,.11|m.5,.57,.11|.5,.68/.5,1",
        "umbrella": "0,.5 .15,.15 .5,0 .85,.15 1,.5/0,.5|.5,.5/.5,.9 .6,1 .7,.9",
        "boat": "0,.65/1,.65/.8,1/.2,1/0,.65|.5,.65/.5,0/.9,.55/.5,.55",
        "sun": (
            "m.5,.5,.25|.5,.15/.5,0|.5,.85/.5,1|.15,.5/0,.5|.85,.5/1,.5|.25,.25/.15,.15|.75,.75/.85,.85|"
            ".75,.25/.85,.15|.25,.75/.15,.85"
        ),
        "clock": "m.5,.5,.5|.5,.15/.5,.5/.8,.6",
        "face": "m.5,.5,.5|.25,.35/.4,.35|.6,.35/.75,.35|.5,.4/.45,.6/.55,.6|.3,.75/.7,.75",
        "table": "0,.3/1,.3|.1,.3/.1,1|.9,.3/.9,1",
        "parallelogram": ".3,.1/1,.1/.7,.9/0,.9/.3,.1",
        "filled triangle": "f.5,0 1,.9 0,.9",
    },
    "test": {
        "square": "0,0/1,0/1,1/0,1/0,0",
        "filled square": "f0,0 1,0 1,1 0,1",
        "smiley": "m.5,.5,.5|m.33,.37,.04|m.67,.37,.04|.25,.6 .38,.75 .5,.78 .62,.75 .75,.6",
        "house": "0,.45/0,1/1,1/1,.45/0,.45/.5,0/1,.45",
        "house with a door": ".1,.45/.1,1/.9,1/.9,.45|0,.45/.5,0/1,.45/0,.45|.4,1/.4,.7/.6,.7/.6,1",
        "triangle": ".5,0/1,.9/0,.9/.5,0",
        "star": ".5,0/.8,.95/.0,.36/1,.36/.2,.95/.5,0",
        "heart": ".5,.25 .35,0 .05,.08 .05,.4 .5,1/.95,.4 .95,.08 .65,0 .5,.25",
        "spiral": ".5,.5 .6,.5 .55,.62 .4,.6 .35,.42 .55,.3 .78,.45 .72,.75 .4,.83 .15,.6 .2,.25 .6,.05 .95,.3",
        "arrow": "0,.5/1,.5|.7,.25/1,.5/.7,.75",
        "envelope": "0,.2/1,.2/1,.85/0,.85/0,.2/.5,.6/1,.2",
        "hash": ".3,0/.3,1|.7,0/.7,1|0,.3/1,.3|0,.7/1,.7",
        "grid": "0,0/1,0/1,1/0,1/0,0|.33,0/.33,1|.67,0/.67,1|0,.33/1,.33|0,.67/1,.67",
        "cross": "0,0/1,1|1,0/0,1",
        "plus": ".5,0/.5,1|0,.5/1,.5",
        "check": "0,.6/.35,1/1,0",
        "disc": "df.5,.5,.5",
        "dots": "df.2,.3,.08|df.8,.2,.08|df.5,.8,.08|df.3,.6,.08",
        "stick figure": "m.5,.15,.15|.5,.3/.5,.65|.2,.42/.8,.42|.5,.65/.25,1|.5,.65/.75,1",
        "cat": "m.5,.6,.38|.2,.35/.2,0/.42,.23|.8,.35/.8,0/.58,.23|m.38,.55,.03|m.62,.55,.03",
    },
}


def fonts(split):
    """Return the files of the fonts that matplotlib ships, for "training", "validation" or "test"."""
    import matplotlib

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return [folder / f"{name}.ttf" for name in FONTS[split]]


def letter(text, font, size=160):
    """Draw a letter or sign of a font: ink from 0 to 255, uint8, shape (height, width); None if the font lacks it."""
    from PIL import Image, ImageDraw, ImageFont

    face = ImageFont.truetype(str(font), size)
    left, top, right, bottom = face.getbbox(text)
    if right <= left or bottom <= top:
        return None
    field = Image.new("L", (right - left + 4, bottom - top + 4))
    ImageDraw.Draw(field).text((2 - left, 2 - top), text, fill=255, font=face)
    return np.asarray(field)


def shape(text, random, size=160, width=None):
    """Draw a shape from text as ``SHAPES`` has it, by an unsteady hand: ink from 0 to 255, uint8."""
    from PIL import Image, ImageDraw

    width = width or random.uniform(0.03, 0.1)
    lean = np.eye(2) * np.exp(random.normal(0, 0.1, 2)) + random.normal(0, 0.06, (2, 2))
    lines, filled = [], []
    for piece in text.split("|"):
        if piece.startswith(("m", "df")):
            x, y, radius = (float(n) for n in piece.lstrip("mdf").split(","))
            angle = np.linspace(0, 2 * np.pi, 60) + random.uniform(0, 6)
            wobble = 1 + random.normal(0, 0.04) * np.cos(2 * angle) + random.normal(0, 0.03) * np.sin(3 * angle)
            places = np.stack([x + radius * wobble * np.cos(angle), y + radius * wobble * np.sin(angle)], axis=1)
            (filled if piece.startswith("df") else lines).append(places @ lean)
        elif piece.startswith("f"):
            corners = np.array([[float(n) for n in point.split(",")] for point in piece[1:].split()])
            filled.append((corners + random.normal(0, 0.02, corners.shape)) @ lean)
        else:
            lines += [places @ lean for places in strokes_of(piece, random, 0.02)]
    places = np.concatenate(lines + filled)
    low, scale = places.min(axis=0) - width, size / (np.ptp(places, axis=0).max() + 2 * width)
    ink = draw_on_page([scale * (line - low) for line in lines], [scale * width] * len(lines), size)
    field = Image.fromarray(ink)
    for corners in filled:
        ImageDraw.Draw(field).polygon([tuple(scale * (corner - low)) for corner in corners], fill=255)
    return np.asarray(field)


def strokes_of(text, random, unsteady=0.03):
    """Read strokes from text as the tables have it, each point a little beside its place.

    Parameters
    ----------
    text : str
        "|" lifts the pen, "/" is a corner; a curve leads through the points between.
    random : numpy Generator
    unsteady : float
        Standard deviation of the points.

    Returns
    -------
    list of array of float, shape (N, 2)
        Places (x, y) of each stroke.
    """
    strokes = []
    for stroke in text.split("|"):
        places, start = [], None
        for piece in stroke.split("/"):
            points = np.array([[float(n) for n in point.split(",")] for point in piece.split()])
            points = points + random.normal(0, unsteady, points.shape)
            if start is not None:
                points = np.concatenate([[start], points])
            start = points[-1]
            places.append(curve(points, 40) if len(points) > 1 else points)
        strokes.append(np.concatenate(places))
    return strokes


def on_paper(ink, random, side=280):
    """Lay ink on white paper, somewhere near the middle: uint8, shape (side, side), 0 is ink."""
    from PIL import Image

    long = round(side * random.uniform(0.4, 0.65))
    high, wide = (max(1, round(length * long / max(ink.shape))) for length in ink.shape)
    paper = np.full((side, side), 255, np.uint8)
    top, left = (int(random.uniform(0.35, 0.65) * (side - length)) for length in (high, wide))
    paper[top : top + high, left : left + wide] -= np.asarray(Image.fromarray(ink).resize((wide, high)))
    return paper


def pictures(kind, split, seed=0, times=12):
    """Make pictures without a digit, dark on white.

    Parameters
    ----------
    kind : {"capital letters", "small letters", "signs", "shapes", "noise"}
    split : {"validation", "test"}
        They share neither fonts nor kinds of shapes, and training has others again.
    seed : int
    times : int
        Of each kind of shape; 12 times as many pictures of noise. Each font has each letter once.

    Returns
    -------
    list of array of uint8, shape (280, 280)
    """
    random = np.random.default_rng([seed, list(SHAPES).index(split), KINDS.index(kind)])
    if kind == "noise":
        return [_noise(i, random) for i in range(12 * times)]
    if kind == "shapes":
        drawn = [shape(text, random) for text in SHAPES[split].values() for _ in range(times)]
    else:
        drawn = [letter(text, font) for font in fonts(split) for text in _LETTERS[kind]]
    return [on_paper(ink, random) for ink in drawn if ink is not None]


def _noise(i, random, side=280):
    """Grain, soft blots, or light that falls off; no ink that anyone wrote."""
    from scipy import ndimage

    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    if i % 3 == 0:
        return random.integers(0, 256, (side, side)).astype(np.uint8)
    if i % 3 == 1:
        soft = ndimage.gaussian_filter(random.normal(size=(side, side)), random.uniform(2, 30))
        return np.rint(255 * (soft - soft.min()) / np.ptp(soft)).astype(np.uint8)
    slope = x * random.normal() + y * random.normal() + random.normal() * (x**2 + y**2)
    return np.rint(255 * (slope - slope.min()) / np.ptp(slope)).astype(np.uint8)
