"""From any picture of a digit to the form that MNIST has, with every stage on the way, and a diagnosis."""

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from mnist_lib.data import to_mnist_form
from mnist_lib.handwriting.image_files import HandwritingError, load, resize
from mnist_lib.handwriting.ink import find_ink, stroke_width
from mnist_lib.handwriting.paper import without_table

__all__ = ["Finding", "HandwritingError", "Prepared", "prepare"]

_WORKING = 240  # pixels of the longer side, in which the digit is looked for
_SMALLEST = 12  # pixels of the digit's longer side, below which it is too small to be sure of
_FAINT = 0.12  # contrast below which ink is called faint
_THIN, _FAT = 1.9, 4.4  # stroke width in pixels of the 20x20 box; MNIST's are mostly between
_MNIST_WIDTH = 2.8


@dataclass(frozen=True)
class Finding:
    """Something that a person should know about a picture.

    Attributes
    ----------
    code : str
        "blank", "several", "edge", "faint", "small", "not-a-digit" or "unsure": for programs.
    sentence, remedy : str
        What was found, and what to do about it: for people.
    """

    code: str
    sentence: str
    remedy: str

    def __str__(self):
        return f"{self.sentence} {self.remedy}"


@dataclass(frozen=True)
class Prepared:
    """A picture on its way to MNIST's form.

    Attributes
    ----------
    image : array of uint8, shape (28, 28), or None
        As MNIST has it, 0 for paper; None if no ink was found.
    stages : dict of str to array of uint8
        The picture after each step, in order; shape (height, width), or with 3 colours last.
    warnings : tuple of Finding
    parts : int
        Separate marks of a digit's height that stand side by side: 2 may be an open four, or two digits.
    rivals : bool
        Whether other digits are about as large as the one that was cut out.
    """

    image: np.ndarray | None
    stages: dict = field(repr=False)
    warnings: tuple = ()
    parts: int = 0
    rivals: bool = False


BLANK = Finding("blank", "There is no ink to be seen.", "Write one digit with a pen that stands out from the paper.")
SEVERAL = Finding("several", "There seem to be several digits.", "Cut the picture so that it shows one digit alone.")
EDGE = Finding("edge", "The writing touches the edge of the picture.", "Leave some empty paper around the digit.")
FAINT = Finding("faint", "The ink is very faint.", "Use a darker pen, or more light.")
SMALL = Finding("small", "The digit is only a few pixels large.", "Take the picture from closer by.")


def prepare(picture):
    """Bring a picture of one digit into the form that MNIST has.

    Parameters
    ----------
    picture : path, bytes, binary file, PIL image, or array
        See ``pictures.load``. Dark on light or light on dark, in any colours.

    Returns
    -------
    Prepared

    Raises
    ------
    HandwritingError
        If the picture cannot be opened.
    """
    full = load(picture)
    stages = {"as loaded": _bytes(full)}
    full = without_table(full)
    found, zoom = _look(full)
    if not found.digit.any():
        stages.update(_seen(found))
        return Prepared(None, stages, (BLANK,))
    crop = _crop_worth_a_closer_look(full, found.digit, zoom)
    if crop is not None:
        closer, closer_zoom = _look(crop)
        if closer.digit.any():
            closer.touches, closer.others, closer.rivals = found.touches, found.others, found.rivals
            found, zoom = closer, closer_zoom
    stages.update(_seen(found))
    ink = _cut_out(found)
    stages["cut out"] = _bytes(ink)
    ink = _mnist_width(ink)
    stages["stroke width"] = _bytes(ink)
    image = to_mnist_form(ink)
    stages["20x20 box"] = image[_box(image)]
    stages["centred"] = image
    return Prepared(image, stages, tuple(_diagnose(found, zoom)), found.parts, found.rivals)


@dataclass
class _Found:
    """The ink, and which of it is the digit."""

    ink: object
    digit: np.ndarray
    width: float = 0.0
    touches: bool = False
    others: int = 0
    rivals: bool = False
    parts: int = 0


def _look(picture):
    """Find ink and digit at a working size; returns what was found, and the scale that was used."""
    longer = max(picture.shape[:2])
    zoom = min(1.0, _WORKING / longer) if longer >= 140 else float(np.ceil(140 / longer))
    shape = [max(1, round(side * zoom)) for side in picture.shape[:2]]
    working = picture if zoom == 1 else np.clip(resize(picture, shape), 0, 1)
    ink = find_ink(working, max(1.0, zoom))
    return _choose(ink), zoom


def _choose(ink):
    """Choose the marks that make up the digit among all ink: leave dirt, frames and other digits."""
    found = _Found(ink, np.zeros_like(ink.mask))
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
        long = max(side.stop - side.start for side in _box(digit))
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
    rows, columns = _box(found.digit)
    ends = rows.start, columns.start, marks.shape[0] - rows.stop, marks.shape[1] - columns.stop
    found.touches = min(ends) == 0
    return found


def _box(mask):
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


def _crop_worth_a_closer_look(full, digit, zoom):
    """Return the digit's surroundings, if the picture holds more detail of it than was looked at."""
    if zoom >= 1:
        return None
    box = _box(digit)
    long = max(side.stop - side.start for side in box)
    if long > 0.45 * _WORKING:
        return None
    margin = 0.35 * long
    rows, columns = (
        slice(max(0, int((side.start - margin) / zoom)), int((side.stop + margin) / zoom) + 1) for side in box
    )
    return full[rows, columns]


def _cut_out(found):
    """Cut out the digit: ink from 0 to 1 with soft edges, nothing else."""
    ink = found.ink
    near = ndimage.binary_dilation(found.digit, iterations=max(1, round(0.35 * found.width)))
    soft = np.clip((ink.flat / ink.level - 0.25) / 0.5, 0, 1) * near
    return soft[_box(soft > 0.02)]


def _mnist_width(ink):
    """Make strokes that are far thinner or fatter than MNIST's more like them."""
    from skimage.morphology import skeletonize

    mask = ink > 0.5
    if not mask.any():
        return ink
    unit = max(ink.shape) / 20  # pixels here for one pixel of MNIST
    width = stroke_width(mask) / unit
    if _THIN <= width <= _FAT:
        return ink
    margin = int(np.ceil(2 * unit))
    mask = np.pad(mask, margin)
    if width < _THIN:
        # the box is scaled to 20 again, with the wider stroke in it
        grow = (_MNIST_WIDTH - 0.4 - width) / 2 * unit
        wide = np.clip(grow + 0.5 - ndimage.distance_transform_edt(~mask) + 0.5, 0, 1)
        return wide
    shrink = (width - _FAT + 0.6) / 2 * unit
    inner = np.clip(ndimage.distance_transform_edt(mask) - shrink + 0.5, 0, 1)
    spine = ndimage.distance_transform_edt(~skeletonize(mask))
    return np.maximum(inner, np.clip(0.5 * _MNIST_WIDTH * unit - spine + 0.5, 0, 1) * mask)


def _diagnose(found, zoom):
    box = _box(found.digit)
    if found.others:
        yield SEVERAL
    if found.touches:
        yield EDGE
    if found.ink.level < _FAINT:
        yield FAINT
    if max(side.stop - side.start for side in box) / zoom < _SMALLEST:
        yield SMALL


def _seen(found):
    level = found.ink.level or max(float(np.abs(found.ink.flat).max()), 1e-6)
    return {
        "grey": _bytes(found.ink.grey),
        "background removed": _bytes(found.ink.flat / level * 0.8),
        "ink mask": _bytes(found.ink.mask),
    }


def _bytes(picture):
    return np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)
