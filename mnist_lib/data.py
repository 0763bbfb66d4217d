"""Find, download, check and split MNIST: plain NumPy, uint8, read-only.

``load_mnist`` is all that most learners need. Files, caches and mirrors are in the room ``datasets``.
"""

from dataclasses import dataclass

import numpy as np

from mnist_lib.datasets import files
from mnist_lib.datasets.files import DataError
from mnist_lib.datasets.find import find
from mnist_lib.runtime import html_table, notify

VALIDATION = 5000  # the last of x_train
SAMPLE_VALIDATION, SAMPLE_TEST = 300, 400  # the last of the sample's 1,797 digits


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """One part of the data: ``images`` (N, 28, 28) and ``labels`` (N,), both uint8 and read-only."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, which):
        """Return a part: ``split[:1000]``, ``split[split.labels == 7]``."""
        return Split(self.images[which], self.labels[which])

    def __repr__(self):
        return f"Split({len(self):,} images)"


@dataclass(frozen=True, eq=False, repr=False)
class Data:
    """Train, validation and test, with ``name`` ("mnist" or "sample") and ``origin``, in words."""

    train: Split
    validation: Split
    test: Split
    name: str
    origin: str

    @property
    def is_mnist(self):
        """Whether this is MNIST; False for the bundled sample."""
        return self.name == "mnist"

    def _sizes(self):
        return [(part, f"{len(getattr(self, part)):,}") for part in ("train", "validation", "test")]

    def __repr__(self):
        return "\n".join([self.origin] + [f"  {part:<11}{size:>7} images" for part, size in self._sizes()])

    def _repr_html_(self):
        return html_table(("part", "images"), self._sizes(), self.origin)


def load_mnist(source="auto"):
    """Load MNIST, or the bundled sample where MNIST cannot be had.

    Looks in this order: the file or folder that ``MNIST_LIB_DATA`` names (an .npz, or the four IDX files,
    gzipped or not); mnist_lib's cache (``MNIST_LIB_CACHE`` moves it) and Keras's; the mirrors, for one
    minute in all. What was downloaded is kept in the cache.

    Parameters
    ----------
    source : {"auto", "mnist", "sample"}
        "auto" falls back to the sample, with a notice; "mnist" refuses it; "sample" asks for it.

    Returns
    -------
    Data
        Images uint8, 0 (paper) to 255 (ink), shape (N, 28, 28); labels uint8, 0 to 9, shape (N,).
        MNIST has 55,000 / 5,000 / 10,000 images, the sample 1,097 / 300 / 400. All arrays are read-only.

    Raises
    ------
    DataError
        If ``MNIST_LIB_DATA`` names something that is not MNIST, or ``source="mnist"`` finds none.
    ValueError
        If ``source`` is none of the three.
    """
    if source not in ("auto", "mnist", "sample"):
        raise ValueError(f'source is {source!r}; it must be "auto", "mnist" or "sample".')
    if source == "sample":
        return _sample()
    tried = []
    found = find(tried)
    if found is not None:
        arrays, origin = found
        return _data(*(arrays[name] for name in files.EXPECTED), VALIDATION, "mnist", origin)
    tried = "Tried:\n" + "\n".join(f"  - {line}" for line in tried)
    advice = (
        "connect to a network and run this again,\n"
        "or set MNIST_LIB_DATA to a copy of MNIST (an .npz, or a folder with the four IDX files)"
    )
    if source == "mnist":
        raise DataError(
            f'MNIST was not found, and source="mnist" refuses the sample. {tried}\n'
            f'What to do: {advice},\nor take the bundled sample: load_mnist(source="sample").'
        )
    title = "This is NOT MNIST but a small sample: 1,797 digits that come with scikit-learn."
    notify(f"{tried}\nExpect lower accuracies. For MNIST, {advice}.", title)
    return _sample()


def to_mnist_form(ink):
    """Bring a picture of one digit into MNIST's form: in a 20x20 box, centred by its mass in 28x28 [1]_.

    The ink is cut out, scaled with its proportions until its longer side is 20 pixels, anti-aliased, and
    moved by whole pixels until its centre of mass is at row 14, column 14, as in MNIST. (Where a very
    lopsided picture would leave the 28x28 field, it is made smaller until it fits.)

    Parameters
    ----------
    ink : array of float or uint8, shape (height, width)
        0 is paper, larger is more ink, on any scale: the strongest ink becomes 255, and what is weaker than
        1/255 of it counts as paper.

    Returns
    -------
    array of uint8, shape (28, 28)

    Raises
    ------
    ValueError
        If ``ink`` is not a 2-D array of numbers, holds NaN, infinite or negative values, or no ink at all.

    References
    ----------
    .. [1] LeCun, Cortes, Burges: The MNIST database of handwritten digits, section "Details".
    """
    from PIL import Image

    ink = np.asarray(ink)
    if ink.ndim != 2 or ink.dtype.kind not in "buif":
        raise ValueError(
            f"The picture has shape {ink.shape} and type {ink.dtype}; expected a 2-D array of numbers\n"
            "(height, width). Make a colour picture grey first; take one image at a time out of a batch."
        )
    ink = ink.astype(np.float64)
    if not np.isfinite(ink).all() or (ink < 0).any():
        raise ValueError(
            "The picture holds NaN, infinite or negative values; expected 0 for paper and more for ink.\n"
            "np.nan_to_num and np.clip mend such an array, if the picture is right otherwise."
        )
    if not ink.any():
        raise ValueError("The picture is blank: all its values are 0. Ink must be larger than 0.")
    ink /= ink.max()
    rows, columns = (np.flatnonzero((ink >= 1 / 255).any(axis)) for axis in (1, 0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    for side in range(20, 13, -1):  # 20, but for very lopsided pictures; 14 always fits
        height, width = (max(1, round(n * side / max(ink.shape))) for n in ink.shape)
        box = np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.BICUBIC))
        box = np.rint(255 * np.clip(box / min(1, box.max()), 0, 1)).astype(np.uint8)
        top = round(14 - np.average(np.arange(height), weights=box.sum(1)))
        left = round(14 - np.average(np.arange(width), weights=box.sum(0)))
        if 0 <= top <= 28 - height and 0 <= left <= 28 - width:
            break
    image = np.zeros((28, 28), np.uint8)
    image[top : top + height, left : left + width] = box
    return image


def _sample():
    """scikit-learn's 1,797 digits, in their order (so that writers stay apart), in MNIST's form.

    Their 8x8 values count the ink in 4x4 cells of a scan: a smooth enlargement, cut at half ink, gives
    the stroke back with edges as soft as MNIST's.
    """
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = []
    for cells in digits.images:
        cells = Image.fromarray(np.pad(cells / 16, 1).astype(np.float32))
        smooth = np.asarray(cells.resize((80, 80), Image.Resampling.BICUBIC))
        images.append(to_mnist_form(np.clip(3 * smooth - 1, 0, 1)))
    images, labels = np.stack(images), digits.target.astype(np.uint8)
    origin = "The bundled sample, not MNIST: 1,797 handwritten digits of scikit-learn, in MNIST's form"
    parts = images[:-SAMPLE_TEST], labels[:-SAMPLE_TEST], images[-SAMPLE_TEST:], labels[-SAMPLE_TEST:]
    return _data(*parts, SAMPLE_VALIDATION, "sample", origin)


def _data(x_train, y_train, x_test, y_test, validation, name, origin):
    for array in (x_train, y_train, x_test, y_test):
        array.setflags(write=False)
    cut = len(y_train) - validation
    train, held_out = Split(x_train[:cut], y_train[:cut]), Split(x_train[cut:], y_train[cut:])
    return Data(train, held_out, Split(x_test, y_test), name, origin)
