"""Pixels of any kind as colours, 0 to 1: arrays are checked and scaled, transparent parts get a backdrop."""

import numpy as np

from mnist_lib.handwriting.remarks import HandwritingError

LONGEST = 1200  # pixels: what is larger is made smaller when it is opened


def from_array(array):
    """Turn an array as ``load`` takes it into colours: float32, shape (height, width, 3), 0 to 1."""
    try:
        array = np.asarray(array)
    except Exception as error:
        raise HandwritingError(f"A {type(array).__name__} is no picture: {error}.") from error
    if array.dtype.kind not in "buif":
        raise HandwritingError(
            f"The array holds {array.dtype} values; expected numbers: bool, integers or floats.\n"
            "A picture can also be a path, bytes, an open file or a PIL image."
        )
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] > 4):
        raise HandwritingError(f"The array has shape {array.shape}; {_expected(array.shape)}")
    if not array.size:
        raise HandwritingError(f"The array is empty: its shape is {array.shape}. Expected a picture.")
    skip = [max(1, side // (2 * LONGEST)) for side in array.shape[:2]]
    low, high = float(array.min()), float(array.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise HandwritingError("The array holds NaN or infinite values. np.nan_to_num mends it, if the rest is right.")
    full = _full(low, high, array.dtype.kind == "f")
    array = array[:: skip[0], :: skip[1]].astype(np.float32)
    array /= full
    np.clip(array, 0, 1, out=array)
    if array.ndim == 2:
        return np.repeat(smaller(array)[..., None], 3, axis=2)
    if array.shape[2] == 2:
        array = array[..., [0, 0, 0, 1]]
    return smaller(on_backdrop(array))


def _expected(shape):
    text = "expected (height, width), or with 1 to 4 channels last."
    if len(shape) == 3 and shape[0] in (1, 3, 4):
        return text + " If the channels come first, np.moveaxis(array, 0, -1) mends it."
    return text + " Give one picture at a time." if len(shape) > 2 else text


def _full(low, high, is_float):
    """Return the value that stands for white: 1, 255, or that of more bits."""
    if low < -0.02 * max(high, 1e-9) or high > 2**16:
        raise HandwritingError(
            f"The array's values go from {low:g} to {high:g}; expected 0 to 1, 0 to 255 or 0 to 65535."
        )
    if high <= (1.05 if is_float else 1):
        return 1
    return 255 if high <= 260 else 2 ** int(np.ceil(np.log2(high + 1))) - 1


def smaller(picture):
    """Scale grey values or colours, float32, so that the longer side has at most LONGEST pixels."""
    height, width = picture.shape[:2]
    if max(height, width) <= LONGEST:
        return picture
    return resize(picture, [max(1, round(side * LONGEST / max(height, width))) for side in (height, width)])


def resize(picture, shape, resample="BICUBIC"):
    """Resize an array of float, shape (height, width) or with channels last: anti-aliased, with Pillow."""
    from PIL import Image

    def one(plane):
        plane = Image.fromarray(np.ascontiguousarray(plane, np.float32))
        return np.asarray(plane.resize(shape[::-1], Image.Resampling[resample]))

    if picture.ndim == 2:
        return one(picture)
    return np.stack([one(picture[..., i]) for i in range(picture.shape[2])], axis=-1)


def on_backdrop(picture):
    """Lay a picture with transparent parts on white, or on black if what can be seen is light all over."""
    if picture.shape[2] == 3:
        return picture
    colours, alpha = picture[..., :3], picture[..., 3:]
    backdrop = 1.0
    if alpha.mean() < 0.8:
        seen = colours.mean(axis=2)[alpha[..., 0] > 0.5]
        if seen.size and np.quantile(seen, 0.1) > 0.6:
            backdrop = 0.0
    return colours * alpha + backdrop * (1 - alpha)
