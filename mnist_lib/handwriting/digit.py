"""From any picture of a digit to the form that MNIST has, with every stage on the way, and remarks on it."""

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from mnist_lib.data import to_mnist_form
from mnist_lib.handwriting.image_files import load
from mnist_lib.handwriting.ink import find_ink, stroke_width
from mnist_lib.handwriting.marks import borders_on_dark, box_of, choose
from mnist_lib.handwriting.paper import without_table
from mnist_lib.handwriting.pixels import resize
from mnist_lib.handwriting.remarks import BLANK, EDGE, FAINT, NO_DIGIT, SEVERAL, SMALL

_WORKING = 240  # pixels of the longer side, in which the digit is looked for
_SMALLEST = 12  # pixels of the digit's longer side, below which it is too small to be sure of
_FAINT = 0.12  # contrast below which ink is called faint
_THIN, _FAT = 1.9, 4.4  # stroke width in pixels of the 20x20 box; MNIST's are mostly between
_MNIST_WIDTH = 2.8


@dataclass(frozen=True)
class Prepared:
    """A picture on its way to MNIST's form.

    Attributes
    ----------
    image : array of uint8, shape (28, 28), or None
        As MNIST has it, 0 for paper; None if no ink was found.
    stages : dict of str to array of uint8
        The picture after each step, in order; shape (height, width), or with 3 colours last.
    warnings : tuple of Remark
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


def prepare(picture):
    """Bring a picture of one digit into the form that MNIST has.

    Parameters
    ----------
    picture : path, bytes, binary file, PIL image, or array
        See ``image_files.load``. Dark on light or light on dark, in any colours.

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
    full = without_table(_without_dither(full))
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
    ink = mnist_width(ink)
    stages["stroke width"] = _bytes(ink)
    image = to_mnist_form(ink)
    stages["20x20 box"] = image[box_of(image)]
    stages["centred"] = image
    return Prepared(image, stages, tuple(_remarks(found, zoom)), found.parts, found.rivals)


def _without_dither(picture):
    """Smooth a picture of two values, whose soft edges may have become a pattern of dots."""
    if not ((picture == picture.min()) | (picture == picture.max())).all():
        return picture
    sigma = min(1.5, max(picture.shape) / 100)
    return ndimage.gaussian_filter(picture, (sigma, sigma, 0))


def _look(picture):
    """Find ink and digit at a working size; returns what was found, and the scale that was used."""
    longer = max(picture.shape[:2])
    zoom = min(1.0, _WORKING / longer) if longer >= 140 else float(np.ceil(140 / longer))
    shape = [max(1, round(side * zoom)) for side in picture.shape[:2]]
    working = picture if zoom == 1 else np.clip(resize(picture, shape), 0, 1)
    ink = find_ink(working, max(1.0, zoom))
    return choose(ink), zoom


def _crop_worth_a_closer_look(full, digit, zoom):
    """Return the digit's surroundings, if the picture holds more detail of it than was looked at."""
    if zoom >= 1:
        return None
    box = box_of(digit)
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
    return soft[box_of(soft > 0.02)]


def mnist_width(ink):
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


def _remarks(found, zoom):
    box = box_of(found.digit)
    if found.others:
        yield SEVERAL
    if found.touches:
        yield EDGE
    if found.ink.level < _FAINT:
        yield FAINT
    if max(side.stop - side.start for side in box) / zoom < _SMALLEST:
        yield SMALL
    if borders_on_dark(found, zoom):
        yield NO_DIGIT


def _seen(found):
    level = found.ink.level or max(float(np.abs(found.ink.flat).max()), 1e-6)
    return {
        "grey": _bytes(found.ink.grey),
        "background removed": _bytes(found.ink.flat / level * 0.8),
        "ink mask": _bytes(found.ink.mask),
    }


def _bytes(picture):
    return np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)
