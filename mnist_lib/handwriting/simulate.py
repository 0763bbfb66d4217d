"""Pictures of digits as people take them: written on coloured paper, in uneven light, with grain.

Made from digits that the project has, so that reading can be measured and shown without anyone's own photos.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

PENS = {"thin": 0.035, "medium": 0.08, "fat": 0.15}  # stroke width, as a share of the digit's height
_PAPERS = (
    (246, 244, 238),
    (250, 235, 150),
    (190, 215, 240),
    (205, 235, 195),
    (245, 205, 210),
    (225, 205, 175),
)
_INKS = ((25, 25, 30), (20, 40, 130), (150, 20, 30), (15, 90, 50), (85, 85, 90))
_CHALK = ((245, 245, 240), (250, 235, 140)), ((35, 50, 45), (30, 30, 35), (20, 40, 90))


@dataclass(frozen=True)
class Photograph:
    """A made picture.

    Attributes
    ----------
    picture : array of uint8, shape (height, width, 3)
    label : int
        The digit that it shows.
    pen : str
        "thin", "medium" or "fat".
    """

    picture: np.ndarray
    label: int
    pen: str


def sample_photographs(count=300, seed=0):
    """Render digits of scikit-learn's bundled sample as photographs.

    Parameters
    ----------
    count : int
        At most 1,797. The digits are drawn without repetition; the three pens take turns.
    seed : int
        The same seed gives the same pictures, on every machine.

    Returns
    -------
    list of Photograph
    """
    from sklearn.datasets import load_digits

    random = np.random.default_rng(seed)
    digits = load_digits()
    chosen = random.permutation(len(digits.images))[:count]
    pens = list(PENS)
    made = []
    for i, number in enumerate(chosen):
        pen = pens[i % len(pens)]
        shape = enlarge(digits.images[number] / 16)
        made.append(Photograph(photograph(rewrite(shape, pen), random), int(digits.target[number]), pen))
    return made


def enlarge(cells, size=200):
    """Enlarge a small digit to a smooth shape.

    Parameters
    ----------
    cells : array of float, shape (height, width)
        0 is paper, 1 is ink.
    size : int
        Pixels of the result's longer side.

    Returns
    -------
    array of bool, shape about (size, size)
    """
    cells = np.pad(np.asarray(cells, float), 1)
    large = ndimage.zoom(cells, size / max(cells.shape), order=3, mode="nearest", grid_mode=True)
    large = ndimage.gaussian_filter(large, 0.02 * size)
    around = ndimage.gaussian_filter(large, 0.1 * size)  # a small loop is darker inside than paper: hold it open
    return large > 0.25 + 0.5 * around


def rewrite(shape, pen="medium"):
    """Write a shape again, with another pen.

    A finer pen follows the middle line; where the shape is wider than a stroke, such as a small loop that
    ran together, it stays filled.

    Parameters
    ----------
    shape : array of bool, shape (height, width)
    pen : {"thin", "medium", "fat"}

    Returns
    -------
    array of float, shape (height, width)
        Ink from 0 to 1, with soft edges.
    """
    from skimage.morphology import skeletonize

    rows = np.flatnonzero(shape.any(axis=1))
    half = PENS[pen] * (rows[-1] - rows[0] + 1) / 2
    shape = np.pad(shape, 20)
    line = skeletonize(shape)
    depth = ndimage.distance_transform_edt(shape) - ndimage.distance_transform_edt(~shape)
    change = half - np.median(depth[line])
    return np.clip(np.maximum(depth + change, half - ndimage.distance_transform_edt(~line)) + 0.5, 0, 1)


def photograph(ink, random, *, size=None, shadow=None, grain=None, chalk=None, paper=None, pen=None):
    """Lay ink on paper, and take a picture of it.

    Parameters
    ----------
    ink : array of float, shape (height, width)
        0 is paper, 1 is ink.
    random : numpy Generator
        Decides what is left out below, and place, colours and the direction of the light.
    size : tuple of two int, optional
        Height and width of the picture in pixels.
    shadow : float, optional
        How dark the shadow is: 0 for none, 1 for black.
    grain : float, optional
        Standard deviation of the grain, of 255.
    chalk : bool, optional
        Light on dark.
    paper, pen : tuple of three int, optional
        Their colours: red, green, blue, 0 to 255.

    Returns
    -------
    array of uint8, shape (height, width, 3)
    """
    size = size or tuple(random.integers(240, 480, 2))
    shadow = random.uniform(0.1, 0.55) if shadow is None else shadow
    grain = random.uniform(2, 12) if grain is None else grain
    chalk = random.random() < 0.15 if chalk is None else chalk
    papers, inks = _CHALK[::-1] if chalk else (_PAPERS, _INKS)
    papers, inks = (paper,) if paper else papers, (pen,) if pen else inks
    paper, pen = (np.array(colours[random.integers(len(colours))], float) for colours in (papers, inks))
    placed = _placed(ink, size, random)[..., None]
    texture = ndimage.gaussian_filter(random.normal(size=size), 1.2)[..., None]
    pressure = 1 - 0.25 * np.clip(ndimage.gaussian_filter(random.normal(size=size), 4) * 6, 0, 1)[..., None]
    scene = paper * (1 + 0.02 * texture) * (1 - placed * pressure) + pen * placed * pressure
    scene = scene * _light(size, shadow, random)[..., None]
    scene = ndimage.gaussian_filter(scene, (0.7, 0.7, 0)) + random.normal(0, grain, (*size, 1))
    return np.rint(np.clip(scene + random.normal(0, grain / 2, (*size, 3)), 0, 255)).astype(np.uint8)


def _placed(ink, size, random):
    """Put the ink, a little turned, somewhere into a field of ``size``; it takes 25 to 65 % of its height."""
    turned = ndimage.rotate(ink, random.uniform(-8, 8), order=1)
    box = ndimage.find_objects((turned > 0.02).astype(int))[0]
    turned = turned[box]
    scale = min(random.uniform(0.3, 0.65) * size[0] / turned.shape[0], 0.8 * size[1] / turned.shape[1])
    turned = np.clip(ndimage.zoom(turned, scale, order=1), 0, 1)
    field = np.zeros(size)
    room = [side - used for side, used in zip(size, turned.shape, strict=True)]
    top, left = (int(random.uniform(0.08, 0.92) * free) for free in room)
    field[top : top + turned.shape[0], left : left + turned.shape[1]] = turned
    return field


def _light(size, shadow, random):
    """Light that falls off to one side, and the soft edge of a shadow."""
    y, x = np.mgrid[-1 : 1 : size[0] * 1j, -1 : 1 : size[1] * 1j]
    angle, edge_angle = random.uniform(0, 2 * np.pi, 2)
    falloff = 1 - 0.5 * shadow * (x * np.cos(angle) + y * np.sin(angle) + 1) / 2
    across = x * np.cos(edge_angle) + y * np.sin(edge_angle) - random.uniform(-0.6, 0.6)
    return falloff * (1 - 0.6 * shadow / (1 + np.exp(-across / random.uniform(0.04, 0.3))))
