"""Find, download, check and split MNIST: plain NumPy, uint8, read-only.

``load_mnist`` is all that most readers need. What counts as MNIST is decided by the SHA-256 of its four
arrays, so any mirror and any packing serves. No pickle is ever loaded, and nothing is unpacked further
than MNIST's own size.
"""

import contextlib
import functools
import gzip
import hashlib
import html
import io
import math
import os
import queue
import socket
import ssl
import struct
import sys
import threading
import time
import types
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

MIRRORS = (  # an address that ends in "/" is a folder of the four IDX files, any other one is an .npz
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
EXPECTED = {  # name: shape, SHA-256 of the bytes in C order; all are uint8
    "x_train": ((60000, 28, 28), "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757"),
    "y_train": ((60000,), "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13"),
    "x_test": ((10000, 28, 28), "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161"),
    "y_test": ((10000,), "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5"),
}
IDX = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
VALIDATION = 5000  # the last of x_train
SAMPLE_VALIDATION, SAMPLE_TEST = 300, 400  # the last of the sample's 1,797 digits
CONNECT_SECONDS = 10  # to connect, and the longest silence after that
TOTAL_SECONDS = 60  # for all mirrors together, waiting for another notebook's download included
HEADER_BYTES = 4096  # more than the header of any of these files


class DataError(ValueError):
    """MNIST could not be found, or what was found is not MNIST."""


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
        return _data(*(arrays[name] for name in EXPECTED), VALIDATION, "mnist", origin)
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


def _in_notebook():
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None


def _say(text, title=""):
    """Tell the reader: in a notebook as a box, elsewhere as plain text on stdout. With a title, loudly."""
    plain = f"{'=' * 79}\n{title}\n{text}\n{'=' * 79}" if title else text
    if not _in_notebook():
        print(plain, flush=True)
        return
    from IPython.display import display

    look = "background:#ffe8cc; border:3px solid #d9480f" if title else "background:#f1f3f5"
    head = f'<strong style="font-size:130%">{html.escape(title)}</strong>\n' if title else ""
    style = f"{look}; color:#212529; padding:0.8em; white-space:pre-wrap"
    box = f'<div role="note" style="{style}">{head}{html.escape(text)}</div>'
    display({"text/html": box, "text/plain": plain}, raw=True)


def _progress_file():
    """Where tqdm writes: stdout, or in a notebook one line that is empty again at the end."""
    if not _in_notebook():
        return sys.stdout
    from IPython.display import display

    line = display({"text/plain": ""}, raw=True, display_id=True)

    def write(text):
        line.update({"text/plain": text.strip()}, raw=True)

    return types.SimpleNamespace(write=write, flush=lambda: None)


# ---- where MNIST is looked for ----


def _find(tried):
    """The arrays and where they came from, or None; what was tried and why it failed goes into ``tried``."""
    if named := os.environ.get("MNIST_LIB_DATA"):
        return _named(named)
    tried.append("MNIST_LIB_DATA: not set")
    from platformdirs import user_cache_dir

    own = _expand(os.environ.get("MNIST_LIB_CACHE") or user_cache_dir("mnist_lib")) / "mnist.npz"
    keras = _expand(os.environ.get("KERAS_HOME") or "~/.keras") / "datasets" / "mnist.npz"
    with contextlib.suppress(DataError, OSError):
        return _read(own), "MNIST, from mnist_lib's cache"
    deadline = time.monotonic() + TOTAL_SECONDS
    with _locked(own.parent, deadline) as hindrance:  # another process may have filled the cache meanwhile
        if arrays := _look(own, "mnist_lib's cache", tried, set_aside=not hindrance):
            return arrays, "MNIST, from mnist_lib's cache"
        if arrays := _look(keras, "Keras's cache", tried):
            return arrays, "MNIST, from Keras's cache"
        if hindrance:
            tried.append(f"mnist_lib's cache cannot be written: {hindrance}")
        arrays, host = _download(deadline, tried)
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


def _expand(path):
    return Path(os.path.abspath(os.path.expanduser(path)))


def _named(value):
    path = _expand(value)
    try:
        what = "folder" if path.is_dir() else "file"
        return _read(path), f"MNIST, from the {what} that MNIST_LIB_DATA names ({path.name})"
    except (FileNotFoundError, NotADirectoryError):
        problem = f"MNIST_LIB_DATA names {value}, which does not exist."
    except OSError as reason:
        problem = f"MNIST_LIB_DATA names {value}, which cannot be read: {_why(reason)}."
    except DataError as reason:
        problem = reason
    raise DataError(
        f"{problem}\nPoint MNIST_LIB_DATA at the original .npz, or at the folder with the four IDX files,\n"
        "or unset it to let load_mnist() download MNIST."
    )


def _look(path, place, tried, set_aside=False):
    """The arrays of a cached file, or None. A damaged file of our own is set aside, others are let alone."""
    try:
        return _read(path)
    except (FileNotFoundError, NotADirectoryError):
        tried.append(f"{place}: no {path.name} there")
        return None
    except (DataError, OSError) as problem:
        note = f"{place}: {_why(problem)}"
        damaged = isinstance(problem, DataError)
    if damaged and set_aside:
        try:
            os.replace(path, f"{path}.damaged")
            note += f"\n    The file was set aside as {path.name}.damaged."
        except OSError as problem:
            note += f"\n    It could not be set aside ({_why(problem)})."
    tried.append(note)
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
        hindrance = _why(problem)
    try:
        yield hindrance
    finally:
        lock.release()


def _keep(arrays, path):
    """Save as .npz by temporary file and atomic rename; return None, or why not. The lock must be held."""
    part = path.with_name(f"{path.name}.part")
    try:
        with open(part, "wb") as file:
            np.savez_compressed(file, **arrays)
        os.replace(part, path)
    except OSError as problem:
        return _why(problem)
    finally:  # after the rename there is none
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


# ---- reading what others wrote: bounded, no pickles, accepted by digest ----


def _read(path):
    if path.is_dir():
        return _read_folder(path)
    with open(path, "rb") as file:
        return _read_npz(file, path.name)


def _read_folder(folder):
    arrays = {}
    for name, stem in IDX.items():
        other = stem.replace("-idx", ".idx")  # as some unpackers name them
        spellings = [folder / spelling for spelling in (stem, f"{stem}.gz", other, f"{other}.gz")]
        file = next((spelling for spelling in spellings if spelling.is_file()), None)
        if file is None:
            there = ", ".join(sorted(entry.name for entry in folder.iterdir())[:6]) or "nothing"
            raise DataError(f"The folder {folder.name} holds no {stem} (or {stem}.gz). It holds: {there}.")
        with open(file, "rb") as stream:
            arrays[name] = _read_idx(stream, name, file.name)
    return arrays


@contextlib.contextmanager
def _damage_told(label):
    """Turn whatever the unpacking of damaged or hostile bytes raises into a DataError."""
    try:
        yield
    except Exception as problem:
        if isinstance(problem, DataError) or getattr(problem, "errno", None):
            raise  # the second: the disk failed, not what is on it
        raise DataError(f"{label} is damaged or cut short ({problem or type(problem).__name__}).") from None


def _read_npz(file, label):
    """Read the four arrays from a binary file object."""
    head = file.read(64)
    if not head.startswith(b"PK"):
        raise DataError(f"{label} is {_kind(head)}, not an .npz file.")
    with _damage_told(label), zipfile.ZipFile(file) as archive:
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        if missing := [name for name in EXPECTED if name not in members]:
            there = ", ".join(sorted(members)[:6]) or "nothing"
            raise DataError(f"{label} holds no {', '.join(missing)}. It holds: {there}.")
        return {name: _read_npy(archive, members[name], name, label) for name in EXPECTED}


def _read_npy(archive, info, name, label):
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others unpack unbounded
        raise DataError(f"{label} packs {name} in a way that NumPy does not use.")
    with archive.open(info) as entry:
        raw = entry.read(math.prod(EXPECTED[name][0]) + HEADER_BYTES)
    stream = io.BytesIO(raw)
    version = np.lib.format.read_magic(stream)
    headers = np.lib.format
    read_header = headers.read_array_header_1_0 if version == (1, 0) else headers.read_array_header_2_0
    shape, columns_first, dtype = read_header(stream)
    if dtype.hasobject:
        raise DataError(f"{label} holds {name} as pickled objects, which can run code: never loaded.")
    if dtype != np.uint8:
        raise DataError(f"{label} holds {name} of type {dtype}; MNIST's is uint8. A converted copy?")
    return _accept(raw, stream.tell(), shape, "F" if columns_first else "C", name, label)


def _read_idx(file, name, label):
    """Read one IDX file, gzipped or not, from a binary file object."""
    head = file.read(64)
    file.seek(0)
    with _damage_told(label):
        if head.startswith(b"\x1f\x8b"):
            file = gzip.GzipFile(fileobj=file)
        raw = file.read(math.prod(EXPECTED[name][0]) + HEADER_BYTES)
        if not raw.startswith(b"\0\0\x08"):  # two zeros, then the type: unsigned bytes
            raise DataError(f"{label} is {_kind(raw[:64])}, not an IDX file of bytes.")
        start = 4 + 4 * raw[3]
        shape = struct.unpack(f">{raw[3]}I", raw[4:start])
        return _accept(raw, start, shape, "C", name, label)


def _kind(head):
    """Say what the first bytes of a file look like."""
    if not head:
        return "empty"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "a web page (HTML: perhaps an error page, or the sign-in page of this network)"
    if head.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer (git lfs pull fetches the data)"
    if head.startswith((b"\x1f\x8b", b"\0\0\x08")):
        return "a single gzipped or IDX file (name the folder that holds all four)"
    return f"something else (it starts with {head[:8]!r})"


def _accept(raw, start, shape, order, name, label):
    """The array in these bytes, read-only, if it is MNIST's."""
    wanted, digest = EXPECTED[name]
    if shape != wanted:
        same_size = math.prod(shape) == math.prod(wanted)
        guess = "This looks like a reshaped copy." if same_size else "This looks like another data set."
        raise DataError(f"{label} holds {name} of shape {shape}; MNIST's is {wanted}. {guess}")
    count, size = len(raw) - start, math.prod(wanted)
    if count != size:
        amount = "more" if count > size else "fewer"
        raise DataError(f"{label} is damaged or cut short: {name} has {amount} than its {size:,} bytes.")
    array = np.ascontiguousarray(np.frombuffer(raw, np.uint8, offset=start).reshape(shape, order=order))
    found = hashlib.sha256(array).hexdigest()
    if found != digest:
        raise DataError(
            f"{label} holds {name} with SHA-256 {found[:12]}...; MNIST's is {digest[:12]}....\n"
            "Its shape is right, its values are not: a changed copy, or another set such as Fashion-MNIST?"
        )
    return array


# ---- download ----


def _download(deadline, tried):
    """Ask the mirrors in turn; return the arrays and the host they came from, or None and None."""
    progress = _progress_file()
    for mirror in MIRRORS:
        host = urlsplit(mirror).netloc
        try:
            if time.monotonic() > deadline:
                raise DataError(f"not asked, since the {TOTAL_SECONDS} seconds for all mirrors were over")
            return _from_mirror(mirror, host, deadline, progress), host
        except Exception as problem:  # whatever one mirror does, the next one gets its chance
            tried.append(f"{mirror}: {_why(problem)}")
    return None, None


def _from_mirror(mirror, host, deadline, progress):
    from tqdm import tqdm

    look = {"unit": "B", "unit_scale": True, "ncols": 79, "leave": False}
    with tqdm(desc=f"MNIST from {host}", file=progress, **look) as bar:
        if not mirror.endswith("/"):
            return _read_npz(io.BytesIO(_fetch(mirror, deadline, bar)), "what it sent")
        arrays = {}
        for name, stem in IDX.items():
            raw = _fetch(f"{mirror}{stem}.gz", deadline, bar)
            arrays[name] = _read_idx(io.BytesIO(raw), name, f"its {stem}.gz")
        return arrays


def _fetch(address, deadline, bar):
    """Fetch one file. The network is used in a thread, so that nothing there keeps the caller for long."""
    arriving, chunks = queue.SimpleQueue(), []
    threading.Thread(target=_receive, args=(address, deadline, arriving), daemon=True).start()
    while True:
        patience = min(CONNECT_SECONDS, deadline - time.monotonic())
        try:
            item = arriving.get(timeout=max(0, patience))
        except queue.Empty:
            what, limit = "more data" if chunks else "connection", f"{CONNECT_SECONDS} seconds"
            if patience < CONNECT_SECONDS:
                what, limit = "full answer", f"{TOTAL_SECONDS} seconds, the limit for all mirrors together"
            raise DataError(f"no {what} within {limit}") from None
        if item is None:
            return b"".join(chunks)
        if isinstance(item, Exception):
            raise item
        if isinstance(item, int):
            bar.total = (bar.total or 0) + item
        else:
            chunks.append(item)
            bar.update(len(item))


def _receive(address, deadline, arriving):
    """Put the size if known, then the chunks, then None into the queue ``arriving``; or what went wrong."""
    limit = sum(math.prod(shape) for shape, _ in EXPECTED.values()) + 2**20
    try:
        request = urllib.request.Request(address, headers={"User-Agent": "mnist_lib"})
        trust = _certificates() if address.startswith("https") else None
        with urllib.request.urlopen(request, timeout=CONNECT_SECONDS, context=trust) as response:
            size, received, start = response.length, 0, time.monotonic()
            if size is not None:
                arriving.put(size)
            while size is None or received < size:
                chunk = response.read1(2**16)
                if not chunk:
                    break
                received += len(chunk)
                arriving.put(chunk)
                spent = time.monotonic() - start
                if max(received, size or 0) > limit:
                    raise DataError(f"it sends more than {limit:,} bytes, which MNIST does not need")
                if size and spent > CONNECT_SECONDS and spent * size > received * (deadline - start):
                    raise DataError(f"too slow ({received / spent / 1000:,.0f} kB a second)")
                if time.monotonic() > deadline:
                    return
        if received < (size or 0):
            raise DataError(f"cut short after {received:,} of {size:,} bytes")
        arriving.put(None)
    except Exception as problem:  # handed to the thread that waits
        if isinstance(problem, urllib.error.HTTPError):
            problem.close()
        arriving.put(problem)


@functools.cache
def _certificates():
    """The system's certificates and certifi's: Python on a Mac may come with none."""
    context = ssl.create_default_context()
    with contextlib.suppress(ImportError):
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _why(problem):
    """A reason in words, without paths of this machine."""
    if isinstance(problem, urllib.error.HTTPError):
        return f"the server answered {problem.code} {problem.reason}"
    if isinstance(problem, urllib.error.URLError):
        problem = problem.reason
    if isinstance(problem, ssl.SSLCertVerificationError):
        return "its certificate cannot be trusted: the sign-in page of this network, or a company's proxy?"
    if isinstance(problem, socket.gaierror):
        return "its name cannot be looked up: is there a network?"
    if isinstance(problem, TimeoutError):
        return "no answer in time"
    if isinstance(problem, OSError) and problem.strerror:
        return problem.strerror
    return str(problem) or type(problem).__name__
