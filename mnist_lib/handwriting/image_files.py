"""Open any picture: a file, its bytes, a PIL image or an array; big ones are made smaller on the way."""

import io
import os
import stat
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np

LONGEST = 1200  # pixels: what is larger is made smaller when it is opened
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "DIB", "TIFF", "WEBP", "PPM", "AVIF", "ICO", "TGA")
_FILE_BYTES = 200_000_000
_MEMORY_BYTES = 160_000_000
_MODE_BYTES = {"1": 1, "L": 1, "LA": 8, "P": 9, "PA": 9, "RGBA": 8, "I;16": 6, "I;16B": 6, "I": 8, "F": 8}
# EXIF's orientation -> what turns the picture upright (names of PIL's Transpose)
_UPRIGHT = {
    2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_270",
    7: "TRANSVERSE", 8: "ROTATE_90",
}  # fmt: skip
_OTHER_KINDS = {b"%PDF": "a PDF", b"<svg": "an SVG drawing", b"<?xm": "an SVG drawing or other XML"}


class HandwritingError(ValueError):
    """A picture that cannot be opened or understood; the message says why, and what to do."""


def load(picture):
    """Open a picture as colours, upright, on an opaque backdrop.

    Parameters
    ----------
    picture : path, bytes, binary file, PIL image, or array
        Arrays: shape (height, width), or with 1 to 4 channels last (grey, grey and alpha, RGB, RGBA); bool,
        integer or float, 0 to 1, 0 to 255 or up to 16 bits: which of these, the largest value tells.

    Returns
    -------
    array of float32, shape (height, width, 3)
        Red, green, blue, 0 to 1. The longer side has at most 1,200 pixels.

    Raises
    ------
    HandwritingError
        If it is no picture, is damaged, too large to open in 500 MB, or holds values that no picture has.
    """
    from PIL import Image

    if isinstance(picture, Image.Image):
        with _damage_told("The image"):
            return _opened(picture, "The image", own=False)
    if isinstance(picture, (bytes, bytearray, memoryview)):
        return _file(io.BytesIO(picture), "The picture")
    if isinstance(picture, (str, os.PathLike)):
        return _path(Path(picture))
    if hasattr(picture, "read"):
        return _file(_bytes_of(picture), "The picture")
    return _array(picture)


def _path(path):
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise HandwritingError(f"{path} is a folder. Name the pictures in it: {path.name}/*.png, for example.")
        if not stat.S_ISREG(status.st_mode):
            raise HandwritingError(f"{path} is no ordinary file. Give a picture: a PNG or JPEG file, for example.")
        if status.st_size > _FILE_BYTES:
            raise HandwritingError(
                f"{path} has {status.st_size / 1e6:,.0f} MB; expected {_FILE_BYTES / 1e6:.0f} MB at most."
            )
        with open(path, "rb") as file:
            return _file(file, str(path))
    except FileNotFoundError:
        raise HandwritingError(f"{path} does not exist. Is the name spelled right, and the folder?") from None
    except (OSError, ValueError) as error:  # no permission; a name with a null character
        if isinstance(error, HandwritingError):
            raise
        raise HandwritingError(f"{path} cannot be opened: {error}.") from error


def _bytes_of(file):
    content = file.read(_FILE_BYTES + 1)
    if not isinstance(content, bytes):
        raise HandwritingError("The file was opened as text; open it with mode 'rb'.")
    if len(content) > _FILE_BYTES:
        raise HandwritingError(f"The file has more than {_FILE_BYTES / 1e6:.0f} MB; expected a picture.")
    return io.BytesIO(content)


def _file(file, name):
    from PIL import Image, UnidentifiedImageError

    head = file.read(16)
    file.seek(0)
    with _damage_told(name):
        try:
            image = Image.open(file, formats=_FORMATS)
        except UnidentifiedImageError:
            raise HandwritingError(f"{name} {_no_picture(head)}") from None
        with image:
            return _opened(image, name, own=True)


@contextmanager
def _damage_told(name):
    """Turn whatever Pillow raises inside this block into one clear error."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large or slightly odd files; what matters is checked below
            yield
    except HandwritingError:
        raise
    except Image.DecompressionBombError:
        raise HandwritingError(
            f"{name} would unfold to a gigantic picture, as files made to do harm do. Nothing was opened."
        ) from None
    except MemoryError:
        raise HandwritingError(f"{name} needs more memory than there is. Make it smaller first.") from None
    except Exception as error:  # damaged files make Pillow raise nearly anything
        raise HandwritingError(
            f"{name} is damaged: {str(error) or type(error).__name__}.\nSave or copy the picture anew."
        ) from error


def _no_picture(head):
    if not head:
        return "is empty: 0 bytes. Save or copy the picture anew."
    if head[4:8] == b"ftyp":
        return "looks like HEIC, the form in which some phones keep photos. Export it as JPEG or PNG."
    kind = next((kind for start, kind in _OTHER_KINDS.items() if head.startswith(start)), None)
    if kind:
        return f"is {kind}. Export it as PNG."
    return f"is no picture that can be read (it starts with {head[:8]!r}). Save it as PNG or JPEG."


def _opened(image, name, own):
    """Decode a PIL image small and upright."""
    from PIL import Image

    if own and image.format in ("JPEG", "MPO"):
        image.draft(None, (LONGEST, LONGEST))  # decodes at 1/2, 1/4 or 1/8, if the picture is that large
    width, height = image.size
    if not width or not height:
        raise HandwritingError(f"{name} has {width} x {height} pixels: there is nothing in it.")
    if width * height * _MODE_BYTES.get(image.mode, 4) > _MEMORY_BYTES:
        raise HandwritingError(
            f"{name} has {width:,} x {height:,} pixels, too many to open in reasonable memory.\n"
            "Make it smaller: 1,000 pixels across are plenty for a digit."
        )
    try:
        upright = _UPRIGHT.get(image.getexif().get(0x0112))
    except Exception:
        upright = None  # a damaged note about the camera is no reason to refuse the picture
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        image.load()
        picture = _array(np.asarray(image))
    else:
        if image.mode in ("P", "PA") or "transparency" in image.info:
            image = image.convert("RGBA")
        factor = [max(1, side // LONGEST) for side in image.size]
        if image.mode == "1":
            image = image.convert("L")
        if max(factor) > 1:
            image = image.reduce(tuple(factor))
        if image.mode in ("La", "RGBa"):  # alpha already multiplied in
            image = image.convert(image.mode.upper())
        image = image.convert("RGBA" if image.mode in ("LA", "RGBA") else "RGB")
        picture = _smaller(_on_backdrop(np.asarray(image, np.float32) / 255))
    if upright:
        turned = Image.fromarray(np.rint(255 * picture).astype(np.uint8)).transpose(Image.Transpose[upright])
        picture = np.asarray(turned, np.float32) / 255
    return picture


def _smaller(picture):
    """Scale colours, float32, so that the longer side has at most LONGEST pixels."""
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


def _on_backdrop(picture):
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


def _array(array):
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
    array = np.clip(array[:: skip[0], :: skip[1]].astype(np.float32) / np.float32(full), 0, 1)
    if array.ndim == 2:
        array = np.repeat(array[..., None], 3, axis=2)
    elif array.shape[2] == 2:
        array = array[..., [0, 0, 0, 1]]
    return _smaller(_on_backdrop(array))


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
