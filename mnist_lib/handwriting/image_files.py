"""Open any picture: a file, its bytes, a PIL image or an array. What would take too much is refused before."""

import io
import os
import stat
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from mnist_lib.handwriting.pixels import LONGEST, from_array, on_backdrop, smaller
from mnist_lib.handwriting.remarks import HandwritingError

_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "DIB", "TIFF", "WEBP", "PPM", "AVIF", "ICO", "TGA")
_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm", ".avif")
_FILE_BYTES = 200_000_000
_MEMORY_BYTES = 160_000_000
_SIDE = 50_000  # pixels: Pillow keeps some bytes for each row, which add up where rows are short
_SLOW_PIXELS = 2_000_000  # where Pillow decodes in Python: numbers as text, run lengths of BMP
_MODE_BYTES = {"1": 1, "L": 1, "LA": 8, "P": 9, "PA": 9, "RGBA": 8, "I;16": 6, "I;16B": 6, "I": 8, "F": 8}
_OTHER_KINDS = {b"%PDF": "a PDF", b"<svg": "an SVG drawing", b"<?xm": "an SVG drawing or other XML"}


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
    return from_array(picture)


def find_pictures(folder):
    """List the pictures in a folder, in the order of their names; files with other endings are left out.

    Parameters
    ----------
    folder : path
        As it stands, or else one of the folders beside the notebooks of this series.

    Returns
    -------
    list of Path

    Raises
    ------
    HandwritingError
        If there is no such folder, or no picture in it.
    """
    path = Path(folder)
    if not path.is_dir():
        path = Path(__file__).parents[2] / "notebooks" / folder
    if not path.is_dir():
        here = sorted(one.name for one in Path().iterdir() if one.is_dir() and one.name[0] not in "._")
        raise HandwritingError(f"There is no folder {folder}. Is the name right? Folders here: {', '.join(here)}.")
    names = sorted(one.name for one in path.iterdir() if one.name[0] != ".")
    pictures = [path / name for name in names if name.lower().endswith(_ENDINGS)]
    if not pictures:
        raise HandwritingError(
            f"The folder {folder} holds no picture that can be read, but {', '.join(names[:5]) or 'nothing'}.\n"
            "Put pictures into it; let your phone save JPEG, not HEIC."
        )
    return pictures


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
    except Image.DecompressionBombError as error:
        size = str(error).partition(",")[0]
        raise HandwritingError(f"{name} would unfold to a gigantic picture: {size}. Nothing was opened.") from None
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
    if own and image.format in ("JPEG", "MPO"):
        image.draft(None, (LONGEST, LONGEST))  # decodes at 1/2, 1/4 or 1/8, if the picture is that large
    _check_size(image, name)
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        image = image if own else image.copy()
        _turn_upright(image)
        return from_array(np.asarray(image))
    if image.mode in ("P", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
    factor = [max(1, side // LONGEST) for side in image.size]
    if image.mode == "1":
        image = image.convert("L")
    if max(factor) > 1:
        image = image.reduce(tuple(factor))
    if image.mode in ("La", "RGBa"):  # alpha already multiplied in
        image = image.convert(image.mode.upper())
    image = image.convert("RGBA" if image.mode in ("LA", "RGBA") else "RGB")  # always a copy
    _turn_upright(image)
    return smaller(on_backdrop(np.asarray(image, np.float32) / 255))


def _check_size(image, name):
    """Refuse what would take too much memory or time, before anything is decoded."""
    from PIL import Image

    width, height = image.size
    pixels = f"{name} has {width:,} x {height:,} pixels"
    if not width or not height:
        raise HandwritingError(f"{pixels}: there is nothing in it.")
    smaller = "Make it smaller: 1,000 pixels across are plenty for a digit."
    if max(width, height) > _SIDE:
        raise HandwritingError(f"{pixels}; expected {_SIDE:,} at most on each side.\n{smaller}")
    bytes_each = 10 if image.format == "WEBP" else _MODE_BYTES.get(image.mode, 4)
    if width * height * bytes_each > _MEMORY_BYTES:
        raise HandwritingError(f"{pixels}, too many to open in reasonable memory.\n{smaller}")
    in_python = any(tile[0] in Image.DECODERS for tile in getattr(image, "tile", ()))
    if in_python and width * height > _SLOW_PIXELS:
        raise HandwritingError(
            f"{pixels}; expected {_SLOW_PIXELS:,} in all at most in this form of {image.format}, "
            "which takes long to read.\nSave it as PNG."
        )


def _turn_upright(image):
    """Turn a PIL image as its note about the camera, EXIF, says."""
    from PIL import ImageOps

    with suppress(Exception):  # a damaged note is no reason to refuse the picture
        ImageOps.exif_transpose(image, in_place=True)
