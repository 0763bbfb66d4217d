"""The paper around the writing: the sheet that lies on a table, and the lines that are printed on it."""

import numpy as np
from scipy import ndimage

from mnist_lib.handwriting.pixels import resize

_LEANING = np.tan(np.radians(np.arange(-5, 5.1, 0.25)))  # printed lines may lean by 5 degrees
_DARKER = 0.15  # at least: a table against the sheet that lies on it, of the way from black to white


def without_table(picture):
    """Paint over what lies around a bright sheet of paper, with the colour of the sheet next to it.

    A sheet is bright, nearly a rectangle, surrounded by something darker, and has ink inside of it.

    Parameters
    ----------
    picture : array of float32, shape (height, width, 3)

    Returns
    -------
    array of float32
        Cut to the sheet; the picture itself if there is no sheet in it.
    """
    from skimage.filters import threshold_otsu
    from skimage.morphology import convex_hull_image

    height, width = picture.shape[:2]
    if min(height, width) < 60:
        return picture
    scale = min(1, 96 / max(height, width))
    small = resize(picture.mean(axis=2), [max(2, round(side * scale)) for side in (height, width)], "BOX")
    if np.ptp(small) <= _DARKER:
        return picture
    bright = small > threshold_otsu(small)
    labels, count = ndimage.label(bright)
    if not count or bright.mean() < 0.1:
        return picture
    bright = labels == np.bincount(labels.ravel())[1:].argmax() + 1
    sheet = convex_hull_image(bright)  # with its ink, also where that touches the sheet's edge
    border = np.concatenate([sheet[0], sheet[-1], sheet[:, 0], sheet[:, -1]])
    inner = ndimage.binary_erosion(sheet, iterations=2)
    ink = (inner & ~bright).sum() / max(inner.sum(), 1)
    far_darker = small[bright].mean() - small[~sheet].mean() > _DARKER if (~sheet).any() else False
    if not (far_darker and border.mean() < 0.4 and 0.12 < sheet.mean() < 0.95 and 0 < ink < 0.3):
        return picture
    if _rectangular(sheet) < 0.86:
        return picture
    mask = resize(ndimage.binary_erosion(inner).astype(np.float32), (height, width), "BILINEAR") > 0.5
    box = tuple(slice(*(np.flatnonzero(mask.any(axis=axis))[[0, -1]] + [0, 1])) for axis in (1, 0))
    nearest = ndimage.distance_transform_edt(~mask[box], return_distances=False, return_indices=True)
    return picture[box][tuple(nearest)]


def _rectangular(mask):
    """Share of the smallest rectangle around a shape that it fills, over all directions."""
    points = np.argwhere(mask & ~ndimage.binary_erosion(mask)).astype(float)
    smallest = np.inf
    for angle in np.radians(np.arange(0, 90, 3)):
        turned = points @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        smallest = min(smallest, np.prod(np.ptp(turned, axis=0) + 1))
    return mask.sum() / smallest


def lines(flat, mask):
    """Find ruled and squared lines: thin, parallel, from one end of the picture to the other.

    Ink that crosses a line, or is much darker than it, is left out.

    Parameters
    ----------
    flat : array of float32, shape (height, width)
        Paper is about 0, ink larger.
    mask : array of bool, shape (height, width)
        Where there is ink or a line.

    Returns
    -------
    array of bool, shape (height, width)
        What can be taken away.
    """
    return _level_lines(flat, mask) | _level_lines(flat.T, mask.T).T


def _level_lines(flat, mask):
    height, width = mask.shape
    found = np.zeros(mask.shape, bool)
    y, x = np.nonzero(ndimage.binary_dilation(mask, np.ones((3, 1))))
    if min(height, width) < 40 or not len(y) or len(y) > 0.5 * mask.size:
        return found
    sums = []
    for lean in _LEANING:  # how much ink does each leaning row hold?
        rows = np.rint(y + lean * (x - width / 2)).astype(int) + height
        sums.append(np.bincount(rows, minlength=3 * height))
    best = int(np.argmax([(counts.astype(float) ** 2).sum() for counts in sums]))
    labels, count = ndimage.label(sums[best] > 0.7 * width)
    groups = [(s[0].start, s[0].stop) for s in ndimage.find_objects(labels)]
    groups = [(a, b) for a, b in groups if b - a <= 3 + 0.03 * height]
    if len(groups) < 2:
        return found
    rows = np.arange(height)[:, None] + _LEANING[best] * (np.arange(width) - width / 2)
    rows = np.rint(rows).astype(int) + height
    for start, stop in groups:
        line = (rows >= start - 1) & (rows < stop + 1)
        above = (rows >= start - 4) & (rows < start - 1) & mask
        below = (rows >= stop + 1) & (rows < stop + 4) & mask
        reach = stop - start + 3
        crossed = ndimage.binary_dilation(above, np.ones((2 * reach + 5, 3)))
        crossed &= ndimage.binary_dilation(below, np.ones((2 * reach + 5, 3)))
        level = np.median(flat[(rows >= start) & (rows < stop) & mask])
        found |= line & ~crossed & (flat < 1.6 * level)
    return found
