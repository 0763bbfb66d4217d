"""Find the ink in a picture: how much each pixel differs from the paper, in the colour of the pen."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from mnist_lib.handwriting.paper import lines
from mnist_lib.handwriting.pixels import resize

_WIDEST = 0.45  # of the longer side: what is wider than this is no stroke, but light and shadow
_FAINTEST = 0.03  # of the way from black to white: less contrast than this is no ink


@dataclass(frozen=True)
class Ink:
    """What was found.

    Attributes
    ----------
    grey : array of float32, shape (height, width)
        The picture in the pen's colour: 0 to 1, ink is larger than paper.
    flat : array of float32, shape (height, width)
        The same without uneven light and ruled lines: paper is about 0, ink about ``level``.
    mask : array of bool, shape (height, width)
        Where there is ink, dirt included.
    level : float
        Contrast of the ink to the paper, 0 to about 1; 0 if there is none.
    noise : float
        Standard deviation of the paper's grain, on the same scale.
    """

    grey: np.ndarray
    flat: np.ndarray
    mask: np.ndarray
    level: float
    noise: float


def find_ink(picture, scale=1.0):
    """Find the ink.

    Parameters
    ----------
    picture : array of float32, shape (height, width, 3)
        0 to 1, as ``image_files.load`` gives it.
    scale : float
        How many times it was enlarged before, so that its grain is that much coarser.

    Returns
    -------
    Ink
    """
    grey, signal = _in_pen_colour(picture)
    size = _WIDEST * max(signal.shape)
    flat, mask, level, noise = _threshold(signal - _light(signal, size), scale)
    strokes = 6 * stroke_width(mask) if mask.any() else size
    if strokes < size:  # now that the strokes are known: sharper shadows too
        size = max(strokes, 0.06 * max(signal.shape))
        flat, mask, level, noise = _threshold(signal - _light(signal, size), scale)
    printed = lines(flat, mask | (flat > max(0.2 * level, 3 * noise)))
    if level and printed.any():
        flat = np.where(printed, np.minimum(flat, 0), flat)
        flat, mask, level, noise = _threshold(flat, scale, smooth=False)
    if mask.any():  # once more, now that the ink is known: the light is what the paper around it says
        flat = flat - _light_beside(flat, mask)
        flat, mask, level, noise = _threshold(flat, scale, smooth=False)
    return Ink(grey, flat, mask, level, noise)


def _in_pen_colour(picture):
    """Project colours on the line from the paper's colour to the pen's.

    Returns the projection (0 to 1, larger for ink), and the same without the paper's colour and its slow
    changes, and divided by the paper's brightness, so that ink in the shadow counts as much as in the light.
    """
    paper = _paper(picture)
    difference = picture - paper
    distance = np.linalg.norm(difference, axis=2)
    strong = distance > 0.5 * np.quantile(distance, 0.998)
    colours = difference[strong]
    if not len(colours) or not distance.any():
        return np.zeros(picture.shape[:2], np.float32), np.zeros(picture.shape[:2], np.float32)
    direction = np.linalg.eigh(colours.T @ colours)[1][:, -1].astype(np.float32)
    if (colours @ direction).mean() < 0:
        direction = -direction
    brightness = paper.mean(axis=2)
    if brightness.mean() > 0.35:
        difference = difference * (brightness.mean() / np.maximum(brightness, 0.15))[..., None]
    grey = picture @ direction
    grey = (grey - grey.min()) / max(float(np.ptp(grey)), 1e-6)
    return grey, difference @ direction / np.abs(direction).sum()


def _paper(picture):
    """Estimate the paper: a quadratic surface in each colour, near to most pixels and those at the edge.

    Least absolute deviations by reweighting, on a small copy.
    """
    height, width = picture.shape[:2]
    shape = [max(1, min(side, round(side * 48 / max(height, width)))) for side in (height, width)]
    small = resize(picture, shape, "BOX").reshape(-1, 3).astype(np.float64)
    y, x = (axis.ravel() for axis in np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j])
    weights = 1.0 + 2.0 * (np.maximum(np.abs(x), np.abs(y)) > 0.75)
    terms = _quadratic(x, y)
    surface = np.median(np.repeat(small, weights.astype(int), axis=0), axis=0)
    for _ in range(12):
        near = weights / (np.linalg.norm(small - surface, axis=1) + 0.02)
        weighted = terms * near[:, None]
        factors = np.linalg.lstsq(weighted.T @ terms + 1e-6 * np.eye(6), weighted.T @ small, rcond=None)[0]
        surface = terms @ factors
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None]
    surface = _quadratic(*np.broadcast_arrays(x, y)) @ factors
    return np.clip(surface, 0, 1).astype(np.float32)


def _quadratic(x, y):
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)


def stroke_width(mask):
    """Typical width of the strokes, in pixels: twice the skeleton's median distance to the paper."""
    from skimage.morphology import skeletonize

    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    mask = np.pad(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 1)
    middle = ndimage.distance_transform_edt(mask)[skeletonize(mask)]
    return float(max(1.0, 2 * np.median(middle) - 1)) if len(middle) else 1.0


def _light(signal, size):
    """Estimate what is left of light and shadow: an opening, with a square wider than any stroke."""
    size = round(size)
    calm = ndimage.uniform_filter(signal, 3)
    light = ndimage.gaussian_filter(ndimage.grey_opening(calm, size=(size, size), mode="nearest"), 1.5)
    return light + np.median(signal - light)


def _light_beside(flat, mask):
    """Estimate the light from the pixels that hold no ink: a Gaussian mean of those nearby."""
    far = max(flat.shape)
    paper = ~ndimage.binary_dilation(mask, iterations=max(1, far // 100))
    shape = [max(1, min(side, round(side * 96 / far))) for side in flat.shape]
    weights = resize(paper.astype(np.float32), shape, "BOX")
    values = resize(np.where(paper, flat, 0), shape, "BOX")
    sigma = 0.06 * max(shape)
    total = ndimage.gaussian_filter(weights, sigma)
    light = ndimage.gaussian_filter(values, sigma) * (total / (total**2 + 1e-3))  # 0 where no paper is near
    return resize(light, flat.shape, "BILINEAR")


def _threshold(flat, scale, smooth=True):
    """Tell ink from paper: an estimate of the grain, smoothing to match, and a threshold with hysteresis."""
    from skimage.filters import apply_hysteresis_threshold, threshold_otsu

    noise = _grain(flat, scale)
    level = _level(flat, noise, threshold_otsu)
    if smooth:
        ratio = level / max(noise, 1e-6)
        sigma = max(1.0, 0.5 * scale) * (0 if ratio > 12 else 0.8 if ratio > 6 else 1.6)
        if sigma:
            flat = ndimage.gaussian_filter(flat, sigma)
            noise = _grain(flat, scale)
            level = _level(flat, noise, threshold_otsu)
    if level < max(_FAINTEST, 4 * noise):
        return flat, np.zeros(flat.shape, bool), 0.0, noise
    low, high = max(0.35 * level, min(3 * noise, 0.5 * level)), max(0.6 * level, min(5 * noise, 0.8 * level))
    return flat, apply_hysteresis_threshold(flat, low, high), level, noise


def _grain(flat, scale):
    """Standard deviation of the paper's grain: the median deviation of the darker half of all pixels."""
    paper = flat[flat <= np.quantile(flat, 0.6)]
    return float(1.4826 * np.median(np.abs(paper - np.median(paper)))) * 1.3


def _level(flat, noise, otsu):
    """Contrast of the ink: the median of what Otsu's threshold takes for ink, clear paper put aside."""
    marked = flat[flat > max(4 * noise, 0.5 * _FAINTEST)]
    if len(marked) < 3:
        return 0.0
    if len(marked) > 10 and np.ptp(marked) > 1e-4:  # Otsu's histogram fails where all values are nearly the same
        return float(np.median(marked[marked >= otsu(marked)]))
    return float(np.median(marked))
