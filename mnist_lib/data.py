"""Find, download, check and split MNIST: plain NumPy, uint8, read-only.

``load_mnist`` is all that most readers need. The reading of files is in ``formats``, the network in
``download``.
"""

import contextlib
import html
import io
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_lib import download, formats
from mnist_lib.download import why
from mnist_lib.files import write_whole
from mnist_lib.formats import DataError
from mnist_lib.start import in_notebook

VALIDATION = 5000  # the last of x_train
SAMPLE_VALIDATION, SAMPLE_TEST = 300, 400  # the last of the sample's 1,797 digits


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """One part of the data: ``images`` (N, 28, 28) and ``labels`` (N,), both uint8 and read-only."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.labels)

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
        rows = "".join(f"<tr><th>{part}</th><td>{size}</td></tr>" for part, size in self._sizes())
        caption = f"<caption style='white-space: nowrap'>{html.escape(self.origin)}</caption>"
        return f"<table>{caption}<tr><th>part</th><th>images</th></tr>{rows}</table>"


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
    found = _find(tried)
    if found is not None:
        arrays, origin = found
        return _data(*(arrays[name] for name in formats.EXPECTED), VALIDATION, "mnist", origin)
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
    _say(f"{tried}\nExpect lower accuracies. For MNIST, {advice}.", title)
    return _sample()


def find_local():
    """Say which MNIST of this machine ``load_mnist`` would take now; download, change and print nothing.

    Returns
    -------
    origin : str or None
        Where MNIST is, in the words of ``Data.origin``; None if it would have to be downloaded.
    problems : list of str
        Why the places before it, or all of them, do not serve: one entry each, empty if the first serves.

    Raises
    ------
    DataError
        If ``MNIST_LIB_DATA`` names something that is not MNIST: ``load_mnist`` would refuse it too.
    """
    if named := os.environ.get("MNIST_LIB_DATA"):
        return _named(named)[1], []
    problems = []
    for path, place in zip(caches(), ("mnist_lib's cache", "Keras's cache"), strict=True):
        if _look(path, place, problems, tell=False):
            return f"MNIST, from {place}", problems
    return None, problems


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


def _say(text, title=""):
    """Tell the reader: in a notebook as a box, elsewhere as plain text on stdout. With a title, loudly."""
    plain = f"{'=' * 79}\n{title}\n{text}\n{'=' * 79}" if title else text
    if not in_notebook():
        print(plain, flush=True)
        return
    from IPython.display import display

    look = "background:#ffe8cc; border:3px solid #d9480f" if title else "background:#f1f3f5"
    head = f'<strong style="font-size:130%">{html.escape(title)}</strong>\n' if title else ""
    style = f"{look}; color:#212529; padding:0.8em; white-space:pre-wrap"
    box = f'<div role="note" style="{style}">{head}{html.escape(text)}</div>'
    display({"text/html": box, "text/plain": plain}, raw=True)


# ---- where MNIST is looked for ----


def _find(tried):
    """The arrays and where they came from, or None; what was tried and why it failed goes into ``tried``."""
    if named := os.environ.get("MNIST_LIB_DATA"):
        return _named(named)
    tried.append("MNIST_LIB_DATA: not set")
    own, keras = caches()
    with contextlib.suppress(DataError, OSError):
        return formats.read(own), "MNIST, from mnist_lib's cache"
    deadline = time.monotonic() + download.TOTAL_SECONDS
    with _locked(own.parent, deadline) as hindrance:  # another process may have filled the cache meanwhile
        if arrays := _look(own, "mnist_lib's cache", tried, set_aside=not hindrance):
            return arrays, "MNIST, from mnist_lib's cache"
        if arrays := _look(keras, "Keras's cache", tried):
            return arrays, "MNIST, from Keras's cache"
        if hindrance:
            tried.append(f"mnist_lib's cache cannot be written: {hindrance}")
        arrays, host = download.download(deadline, tried)
        if arrays is None:
            return None
        hindrance = hindrance or _keep(arrays, own)
    outcome = "It is kept in mnist_lib's cache."
    if hindrance:
        outcome = (
            f"It is in memory only: mnist_lib's cache cannot be written ({hindrance}).\n"
            "The next start downloads it again, unless MNIST_LIB_CACHE names a folder that can be written."
        )
    _say(f"MNIST was downloaded from {host}. {outcome}")
    return arrays, f"MNIST, downloaded from {host}"


def caches():
    """Return the files, there or not, in which mnist_lib and Keras keep MNIST: two absolute paths."""
    from platformdirs import user_cache_dir

    own = _expand(os.environ.get("MNIST_LIB_CACHE") or user_cache_dir("mnist_lib"))
    keras = _expand(os.environ.get("KERAS_HOME") or "~/.keras") / "datasets"
    return own / "mnist.npz", keras / "mnist.npz"


def _expand(path):
    return Path(os.path.abspath(os.path.expanduser(path)))


def _named(value):
    path = _expand(value)
    try:
        what = "folder" if path.is_dir() else "file"
        return formats.read(path), f"MNIST, from the {what} that MNIST_LIB_DATA names ({path.name})"
    except (FileNotFoundError, NotADirectoryError):
        problem = f"MNIST_LIB_DATA names {value}, which does not exist."
    except OSError as reason:
        problem = f"MNIST_LIB_DATA names {value}, which cannot be read: {why(reason)}."
    except DataError as reason:
        problem = reason
    raise DataError(
        f"{problem}\nPoint MNIST_LIB_DATA at the original .npz, or at the folder with the four IDX files,\n"
        "or unset it to let load_mnist() download MNIST."
    )


def _look(path, place, tried, set_aside=False, tell=True):
    """The arrays of a cached file, or None. What is damaged is let alone, unless it shall be set aside."""
    try:
        return formats.read(path)
    except (FileNotFoundError, NotADirectoryError):
        tried.append(f"{place}: no {path.name} there")
        return None
    except (DataError, OSError) as problem:
        note = f"{place}: {why(problem)}"
        damaged = isinstance(problem, DataError)
    if damaged and set_aside:
        try:
            os.replace(path, f"{path}.damaged")
            note += f"\n    The file was set aside as {path.name}.damaged."
        except OSError as problem:
            note += f"\n    It could not be set aside ({why(problem)})."
    tried.append(note)
    if tell:
        _say(f"{note}\nMNIST is looked for elsewhere.")
    return None


@contextlib.contextmanager
def _locked(folder, deadline):
    """Hold the cache's lock, so that only one process downloads; yields None, or why it cannot be had."""
    from filelock import FileLock, Timeout

    lock, hindrance = FileLock(folder / "mnist.lock"), None
    probe = folder / f"probe-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink(missing_ok=True)
        try:
            lock.acquire(timeout=0.5)
        except Timeout:
            _say("Another process is downloading MNIST: waiting for it.")
            lock.acquire(timeout=max(0, deadline - time.monotonic()))
    except Timeout:
        hindrance = "another process has held its lock for too long"
    except (OSError, NotImplementedError) as problem:
        hindrance = why(problem)
    try:
        yield hindrance
    finally:
        lock.release()


def _keep(arrays, path):
    """Save as .npz by temporary file and atomic rename; return None, or why not. The lock must be held."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    try:
        write_whole(path, content.getbuffer())
    except OSError as problem:
        return why(problem)
