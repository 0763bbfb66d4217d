"""Which marks in a picture are the digit: not dirt, frames, fingers, nor other digits."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from mnist_lib.handwriting.ink import Ink, stroke_width

_DARK_AROUND = 0.2  # share of the pixels around a mark: of 1,200 digits on paper, the most was 0.18


@dataclass
class Found:
    """The ink, and which of it is the digit.

    Attributes
    ----------
    ink : Ink
    digit : array of bool, shape (height, width)
        All false if nothing may be one.
    width : float
        Of its strokes, in pixels.
    touches : bool
        Whether it touches the picture's edge.
    others : int
        Other marks of at least half its height.
    rivals : bool
        Whether one of them has about its height.
    parts : int
        Marks of its height that stand side by side.
    """

    ink: Ink
    digit: np.ndarray
    width: float = 0.0
    touches: bool = False
    others: int = 0
    rivals: bool = False
    parts: int = 0


def choose(ink):
    """Choose the marks that make up the digit among all ink: leave dirt, frames and other digits."""
    found = Found(ink, np.zeros_like(ink.mask))
    labels, count = ndimage.label(_without_bars(ink.mask), np.ones((3, 3)))
    if not count:
        return found
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    boxes = np.array([[[side.start, side.stop] for side in box] for box in ndimage.find_objects(labels)])
    level = np.ptp(boxes[:, 1], axis=1) > 6 * np.ptp(boxes[:, 0], axis=1)
    keep = _not_of_the_edge(labels, areas, boxes, level)
    if not keep.any():
        return found
    main = np.flatnonzero(keep & ~level if (keep & ~level).any() else keep)
    main = main[areas[main].argmax()]
    found.width = stroke_width(labels == main + 1)
    keep &= areas >= max(0.5 * found.width**2, 0.01 * areas[main])
    marks = np.isin(labels, np.flatnonzero(keep) + 1)
    return _group(found, marks, labels, main)


def _not_of_the_edge(labels, areas, boxes, level):
    """Tell marks from what reaches into the picture: frames, tables, fingers, neighbours.

    Parameters
    ----------
    labels : array of int, shape (height, width)
        0, and the number of each mark, from 1.
    areas : array of int, shape (N,)
    boxes : array of int, shape (N, 2, 2)
        First and last row, first and last column of each mark.
    level : array of bool, shape (N,)
        Dashes: part of a digit at most.

    Returns
    -------
    array of bool, shape (N,)
    """
    shape = np.array(labels.shape)
    at_edge = np.stack([boxes[..., 0] == 0, boxes[..., 1] == shape])  # start or end, mark, direction
    band = 0.08 * shape.max()
    in_band = ((boxes[..., 1] <= band) | (boxes[..., 0] >= shape - band)).any(axis=1)
    touching = at_edge.any(axis=(0, 2))
    inside = ~touching & ~level
    longest = np.ptp(boxes, axis=2).max(axis=1)
    inward = touching & ~in_band
    if longest[inside].max(initial=0) > 0.12 * shape.max():  # around a digit: what is thick, or frames it
        depth = ndimage.distance_transform_cdt(labels > 0)
        thickness = np.asarray(ndimage.maximum(depth, labels, np.arange(1, len(areas) + 1)))
        stroke = thickness[inside][longest[inside].argmax()]
        inward &= (at_edge.sum(axis=(0, 2)) < 3) & (thickness <= 1.7 * stroke + 1)
    if areas[inside].max(initial=0) < 0.15 * areas[inward].max(initial=0):
        return ~touching | inward
    return ~touching


def _without_bars(mask):
    """Clear rows and columns at the picture's edges that are nearly all ink: a border, a table."""
    mask = mask.copy()
    for side in range(4):
        turned = np.rot90(mask, side)  # a view
        for row in turned[: max(1, len(turned) // 8)]:
            if row.mean() < 0.85:
                break
            row[:] = False
    return mask


def _group(found, marks, labels, main):
    """Join marks that lie close together to one digit; count what else is as large."""
    distance = ndimage.distance_transform_edt(~marks, sampling=(0.45, 1))  # pieces above one another reach farther
    digit = labels == main + 1
    for _ in range(2):  # a digit in pieces reaches farther once its pieces are known
        long = max(side.stop - side.start for side in box_of(digit))
        groups, count = ndimage.label(distance <= max(0.2 * long, 2.2 * found.width) / 2)
        groups = np.where(marks, groups, 0)
        digit = groups == groups[labels == main + 1][0]
    areas = np.bincount(groups.ravel(), minlength=count + 1)[1:].astype(float)
    boxes = ndimage.find_objects(groups)
    centre = np.array(marks.shape) / 2
    middles = np.array([[(side.start + side.stop) / 2 for side in box] for box in boxes])
    off = np.abs((middles - centre) / centre).max(axis=1)
    chosen = int((areas * (1 - 0.5 * off)).argmax())
    found.digit = groups == chosen + 1
    size = [rows.stop - rows.start for rows, _ in boxes]
    flat = [(b[1].stop - b[1].start) > 5 * (b[0].stop - b[0].start) for b in boxes]
    others = [
        i for i in range(count)
        if i != chosen and not flat[i] and size[i] >= 0.5 * size[chosen] and areas[i] >= 0.1 * areas[chosen]
    ]  # fmt: skip
    found.others = len(others)
    found.rivals = any(size[i] >= 0.65 * size[chosen] for i in others)
    found.parts = _side_by_side(found.digit)
    rows, columns = box_of(found.digit)
    ends = rows.start, columns.start, marks.shape[0] - rows.stop, marks.shape[1] - columns.stop
    found.touches = min(ends) == 0
    return found


def box_of(mask):
    """Return the slices of rows and columns that hold a mask's pixels."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _side_by_side(digit):
    """Count the marks of a digit's height that do not overlap from left to right."""
    labels, _ = ndimage.label(digit, np.ones((3, 3)))
    boxes = ndimage.find_objects(labels)
    tallest = max(box[0].stop - box[0].start for box in boxes)
    spans = sorted((b[1].start, b[1].stop) for b in boxes if b[0].stop - b[0].start >= 0.65 * tallest)
    count, reached = 0, -1
    for start, stop in spans:
        count += start >= reached
        reached = max(reached, stop)
    return count


def borders_on_dark(found, zoom):
    """Whether much around the digit is as dark as its ink: no stroke, which has paper on both sides, but a rim.

    Parameters
    ----------
    found : Found
    zoom : float
        How many times the picture was enlarged before.

    Returns
    -------
    bool
    """
    grey = ndimage.gaussian_filter(found.ink.grey, 1)
    soft = max(2, round(1.5 * zoom))  # pixels that belong to its soft edge
    far = round(soft + max(3, 0.25 * found.width))
    distance = ndimage.distance_transform_edt(~found.digit)
    around = (distance > soft) & (distance <= far)
    if not around.any():
        return False
    # compared with the ink next to it, for paper in a deep shadow can be as dark as ink in the light
    ink = ndimage.maximum_filter(np.where(found.digit, grey, grey.min()), 2 * far + 1)[around]
    contrast = max(0.05, np.median(ink) - np.quantile(grey[around], 0.25))
    return bool((ink - grey[around] < 0.2 * contrast).mean() > _DARK_AROUND)
