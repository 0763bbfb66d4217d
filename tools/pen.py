"""Digits as people write them with the pen of the drawing canvas: flagged ones, barred sevens, open fours.

Made from tables of strokes, and from real digits whose middle lines are followed. For the reader's training, and to
measure reading; no one's own drawings are needed.
"""

import numpy as np
from scipy import ndimage

from mnist_lib.handwriting.no_digits import strokes_of
from mnist_lib.numerics.strokes import draw_on_page

SIDE = 140  # pixels of a picture, each way: that of the canvas
WIDTHS = 0.03, 0.12  # of a stroke, as a share of the paper: what the canvas offers
# Ways to write each digit, in the order of writing: "|" lifts the pen, "/" is a corner; a curve leads through the
# points between. In a square of 1 x 1, y downwards. Before the colon: the digit's width, as a share of its height.
_WAYS = {
    0: (".65:.5,0 .15,.12 0,.5 .15,.88 .5,1 .85,.88 1,.5 .85,.12 .5,0",
        ".7:.7,.08 .3,.03 0,.5 .2,.93 .6,1 1,.5 .75,.1 .4,.03",
        ".6:.6,.05 .2,.1 0,.5 .2,.9 .5,1 .85,.85 1,.5 .85,.15 .7,.1",
        ".6:.45,0 .8,.1 1,.5 .8,.95 .4,1 0,.6 .1,.15 .55,-.02"),
    1: (".1:.5,0 .5,.5 .5,1", ".1:.5,0 .4,.5 .5,1", ".3:0,.22/1,0/1,1", ".45:0,.35/1,0/.95,1", ".5:0,.5/1,0/1,1",
        ".45:0,.3 .6,.15/1,0/1,1", ".5:.1,.25/.55,0/.55,1|0,1 1,1", ".5:.0,.35/.5,0/.5,1|0,1 1,1",
        ".4:.3,.15/.6,0/.5,1|0,1 1,.98", ".35:0,.2/.9,0/.95,.5 1,1"),
    2: (".65:0,.25 .15,.05 .5,0 .85,.1 .9,.32 .5,.7 0,1/1,1",
        ".7:0,.2 .3,0 .8,.1 .8,.4 .35,.8 .05,.97 .1,.8 .35,.85 .6,1 1,.93", ".6:.05,.1 .5,0 .95,.15 .8,.5 .1,1/1,.98",
        ".7:0,.15 .4,0 .9,.15 .7,.55 0,1 .5,.9 1,1", ".6:0,.05 .9,.03 .8,.4 0,1/1,1"),
    3: (".6:0,.1 .5,0 .9,.2 .7,.42 .35,.48/.7,.52 1,.75 .6,1 0,.92", ".6:0,0 .9,0/.4,.4/.8,.5 1,.75 .6,1 0,.9",
        ".55:.05,.1 .5,0 .85,.2 .5,.47 .9,.65 .85,.9 .45,1 0,.88",
        ".6:0,.15 .35,0 .85,.12 .8,.35 .3,.5/.85,.55 1,.8 .5,1 .05,.85"),
    4: (".7:.2,0 .0,.58/1,.55|.75,.25 .68,1", ".7:0,0 .02,.35 .3,.5 .8,.45|.9,0 .82,1",
        ".7:.7,0/0,.65/1,.65|.72,0 .7,1", ".65:.1,0/0,.5/.8,.5/.85,.05/.8,1", ".6:.15,.05 0,.5/.9,.48|.8,0 .75,1",
        ".7:.75,1/.8,0/0,.62/1,.6", ".7:.1,.0/.0,.5/1,.5|.6,.0/.6,1"),
    5: (".65:.2,0/.1,.42 .5,.38 .95,.6 .8,.92 .4,1 0,.9|.2,0 .95,.02",
        ".65:1,0/.2,.02/.12,.45 .5,.38 .95,.6 .8,.92 .4,1 0,.9",
        ".65:.95,.02 .4,.02 .1,.25 .5,.45 .9,.65 .75,.95 .3,1 0,.88",
        ".6:.15,.05/.1,.5 .6,.42 1,.7 .6,1 0,.95|.15,.03 1,0",
        ".6:.1,0/.05,.45/.5,.4 .9,.55 .95,.8 .6,1 .05,.95|.1,.02 .9,0"),
    6: (".6:.75,0 .3,.25 .02,.65 .2,.97 .65,.98 .9,.75 .6,.52 .1,.65",
        ".55:.5,0 .15,.4 0,.75 .35,1 .85,.9 .85,.6 .4,.52 .03,.75",
        ".55:.9,.02 .3,.2 0,.65 .3,1 .9,.85 .75,.55 .3,.6 .1,.8", ".5:.2,0 0,.5 .1,.95 .7,1 1,.75 .6,.55 .05,.75"),
    7: (".7:0,.02 1,0/.35,1", ".7:0,.02 1,0/.4,1|.2,.5 .95,.48", ".65:0,.05 .95,0/.6,.4 .4,1",
        ".7:0,.2/.05,0 1,0/.4,1", ".7:0,.15/.05,0 1,0/.45,1|.15,.5 .9,.5",
        ".75:0,.05 .5,.08 1,0/.5,.5 .3,1|.1,.55 .85,.45", ".5:0,.03 1,0/.8,.5 .6,1"),
    8: (".6:.85,.15 .5,0 .15,.2 .4,.42 .8,.65 .75,.95 .4,1 .1,.8 .35,.52 .75,.33 .85,.15",
        ".6:.5,.47 .15,.2 .5,0 .85,.2 .5,.47 .05,.75 .5,1 .95,.75 .5,.47",
        ".55:.5,0 .2,.1 .2,.35 .5,.46 .8,.35 .8,.1 .5,0|.5,.46 .05,.65 .1,.92 .5,1 .9,.92 .95,.65 .5,.46",
        ".6:.95,.1 .5,0 .1,.2 .5,.47 .9,.75 .5,1 .05,.8 .4,.5 1,.05"),
    9: (".6:.85,.15 .5,0 .1,.15 .15,.42 .5,.5 .8,.3 .88,.1/.85,1",
        ".6:.85,.15 .5,0 .1,.15 .15,.42 .5,.5 .8,.3 .88,.1/.85,.6 .55,.95 .1,.92",
        ".6:.8,.08 .4,.02 .05,.25 .3,.5 .85,.35|.9,.05 .85,1", ".6:.95,.05 .3,.05 .0,.3 .4,.48 .9,.2/.8,1",
        ".55:.9,.2 .5,0 .05,.2 .3,.5 .85,.3 .95,.1 .9,.5 .4,1"),
}  # fmt: skip


def write(digit, random):
    """Write a digit in one of its ways, with a hand of its own: leaning, stretched, bent, unsteady.

    Parameters
    ----------
    digit : int
        0 to 9.
    random : numpy Generator

    Returns
    -------
    list of array of float, shape (N, 2)
        Places (x, y) of each stroke, closely spaced; about 1 high, y downwards.
    """
    ways = _WAYS[digit]
    width, strokes = ways[random.integers(len(ways))].split(":")
    return _by_a_hand(strokes_of(strokes, random), float(width), random)


def _by_a_hand(strokes, width, random):
    lean, turn = random.normal(-0.12, 0.16), random.normal(0, 0.08)
    stretch = np.diag([width * np.exp(random.normal(0, 0.18)), 1.0])
    hand = stretch @ [[1, 0], [lean, 1]] @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
    bend, phase, waves = random.normal(0, 0.03, 2), random.uniform(0, 2 * np.pi, 2), random.normal(0, 1, (2, 2))
    moved = []
    for places in strokes:
        places = places @ hand
        moved.append(places + np.sin(2.5 * places @ waves + phase) * bend)
    return moved


def join(strokes, points=8, square=False):
    """Keep a few places of all strokes, evenly spaced along the way, and join them as if the pen was never lifted.

    Parameters
    ----------
    strokes : list of array of float, shape (N, 2)
    points : int
    square : bool
        Stretch the result to a square, as some collections of pen strokes do.

    Returns
    -------
    list of one array of float, shape (points, 2)
    """
    way = np.concatenate(strokes)
    walked = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(way, axis=0), axis=1))])
    at = np.linspace(0, walked[-1], points)
    few = np.stack([np.interp(at, walked, way[:, axis]) for axis in (0, 1)], axis=1)
    if square:
        if np.ptp(few[:, 0]) < 0.2 * np.ptp(few[:, 1]) and few[-1, 0] > few[0, 0]:
            few[:, 0] *= -1  # a plain one leans to the right
        few = (few - few.min(axis=0)) / np.maximum(np.ptp(few, axis=0), 1e-6)
    return [few]


def trace(image, random, every=None):
    """Follow the middle lines of a digit, as strokes that keep few places.

    Parameters
    ----------
    image : array of uint8, shape (28, 28)
        0 is paper.
    random : numpy Generator
    every : int, optional
        Of how many pixels one place is kept; 2 to 8 if left out.

    Returns
    -------
    list of array of float, shape (N, 2)
        About 1 high, y downwards.
    """
    from skimage.morphology import skeletonize

    every = every or random.integers(2, 9)
    line = skeletonize(np.pad(ndimage.zoom(image / 255, 2, order=1) > 0.4, 1))
    neighbours = ndimage.convolve(line.astype(int), np.ones((3, 3), int), mode="constant") - 1
    crossings = line & (neighbours > 2)
    branches, count = ndimage.label(line & ~crossings, np.ones((3, 3)))
    centres = np.argwhere(crossings)
    strokes = []
    for branch in range(1, count + 1):
        places = _in_order(np.argwhere(branches == branch))
        kept = [places[0], *places[every // 2 : -1 : every], places[-1]]
        joints = [centre for end in kept[:: len(kept) - 1] if (centre := _crossing_at(end, centres)) is not None]
        if len(places) < 5 and len(joints) == 1:
            continue  # a spur
        if (first := _crossing_at(kept[0], centres)) is not None:
            kept.insert(0, first)
        if (last := _crossing_at(kept[-1], centres)) is not None:
            kept.append(last)
        strokes.append(np.array(kept, float)[:, ::-1])
    if not strokes:
        strokes = [np.argwhere(line)[:, ::-1].astype(float)]
    high = max(np.ptp(np.concatenate(strokes), axis=0).max(), 1)
    return [stroke / high for stroke in strokes]


def _crossing_at(place, centres):
    """Return the crossing that a branch's end touches, if any."""
    distance = np.abs(centres - place).max(axis=1) if len(centres) else np.array([9])
    return centres[distance.argmin()] if distance.min() <= 2 else None


def _in_order(pixels):
    """Walk along a branch, from one of its ends."""
    near = (np.abs(pixels[:, None] - pixels[None]).max(axis=2) <= 1).sum(axis=1)
    left = list(map(tuple, pixels))
    way = [left.pop(int(near.argmin()))]
    while left:
        distance = [abs(y - way[-1][0]) + abs(x - way[-1][1]) for y, x in left]
        nearest = int(np.argmin(distance))
        if distance[nearest] > 3:
            break
        way.append(left.pop(nearest))
    if len(way) > 12 and abs(way[0][0] - way[-1][0]) + abs(way[0][1] - way[-1][1]) <= 2:
        way.append(way[0])  # a round
    return np.array(way)


def picture(strokes, random, *, side=SIDE, width=None):
    """Draw strokes somewhere on the canvas, as dark ink on white paper.

    Parameters
    ----------
    strokes : list of array of float, shape (N, 2)
        In any unit; the longer side becomes 45 to 80 % of the paper.
    random : numpy Generator
    side : int
        Of the picture, in pixels.
    width : float, optional
        Of the pen, as a share of the paper; one that the canvas offers, if left out.

    Returns
    -------
    array of uint8, shape (side, side)
    """
    width = width or random.uniform(*WIDTHS)
    places = np.concatenate(strokes)
    size = random.uniform(0.45, 0.8)
    scale = size / max(np.ptp(places, axis=0).max(), 1e-6)
    low, extent = places.min(axis=0), scale * np.ptp(places, axis=0)
    corner = width / 2 + random.uniform(0.1, 0.9, 2) * np.maximum(1 - width - extent, 0)
    lines = [side * ((stroke - low) * scale + corner) for stroke in strokes]
    return 255 - draw_on_page(lines, [side * width] * len(lines), side)


def pen_digits(count, images, labels, random):
    """Draw digits as strangers do on the canvas: half from the tables of strokes, half from real digits.

    Parameters
    ----------
    count : int
    images : array of uint8, shape (N, 28, 28)
        Real digits to follow: MNIST's.
    labels : array of int, shape (N,)
    random : numpy Generator

    Returns
    -------
    pictures : list of array of uint8, shape (140, 140)
    labels : array of int, shape (count,)
    """
    made = [pen_strokes(i, images, labels, random) for i in range(count)]
    return [picture(strokes, random) for strokes, _ in made], np.array([label for _, label in made])


def pen_strokes(i, images, labels, random):
    """Return strokes and label of the i-th digit: from the tables, the tables with few places, or a real digit."""
    if i % 4 >= 2:
        chosen = random.integers(len(images))
        return trace(images[chosen], random), int(labels[chosen])
    digit = int(random.integers(10))
    strokes = write(digit, random)
    if i % 4 == 1:
        strokes = join(strokes, random.integers(8, 13), square=random.random() < 0.5)
    return strokes, digit
