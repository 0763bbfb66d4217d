"""Read MNIST as others wrote it: an .npz, or the four IDX files, gzipped or not.

What counts as MNIST is decided by the SHA-256 of its four arrays, so any packing serves. No pickle is ever loaded,
nothing is unpacked further than MNIST's own size, and only regular files are opened.
"""

import contextlib
import gzip
import hashlib
import io
import math
import os
import struct
import zipfile

import numpy as np

from mnist_lib.runtime import open_regular

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
HEADER_BYTES = 4096  # more than the header of any of these files


class DataError(ValueError):
    """MNIST could not be found, or what was found is not MNIST."""


def read(path):
    """Read the four arrays from an .npz file, or from a folder with the four IDX files: a Path.

    Returns
    -------
    dict of str to array of uint8
        MNIST's arrays by the names of ``EXPECTED``, in their shapes.

    Raises
    ------
    DataError
        If what is there is not MNIST, or is damaged.
    OSError
        If it is not there, cannot be read, or is no regular file.
    """
    if path.is_dir():
        return _read_folder(path)
    with open_regular(path) as file:
        return read_npz(file, path.name)


def _read_folder(folder):
    arrays = {}
    for name, stem in IDX.items():
        other = stem.replace("-idx", ".idx")  # as some unpackers name them
        spellings = [folder / spelling for spelling in (stem, f"{stem}.gz", other, f"{other}.gz")]
        found = [spelling for spelling in spellings if os.path.lexists(spelling)]
        if not found:
            there = ", ".join(sorted(entry.name for entry in folder.iterdir())[:6]) or "nothing"
            raise DataError(f"The folder {folder.name} holds no {stem} (or {stem}.gz). It holds: {there}.")
        file = next(filter(os.path.isfile, found), found[0])
        try:
            with open_regular(file) as stream:
                arrays[name] = read_idx(stream, name, file.name)
        except OSError as problem:
            reason = "the link leads nowhere" if isinstance(problem, FileNotFoundError) else problem.strerror
            raise DataError(f"{file.name} in the folder {folder.name} cannot be read: {reason}.") from None
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


def read_npz(file, label):
    """Read the four arrays from an .npz, a binary file object that ``label`` names in errors."""
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
    np.lib.format.read_magic(stream)
    shape, columns_first, dtype = np.lib.format.read_array_header_1_0(stream)
    if dtype.hasobject:
        raise DataError(f"{label} holds {name} as pickled objects, which can run code: never loaded.")
    if dtype != np.uint8:
        raise DataError(f"{label} holds {name} of type {dtype}; MNIST's is uint8. A converted copy?")
    return _accept(raw, stream.tell(), shape, "F" if columns_first else "C", name, label)


def read_idx(file, name, label):
    """Read the array ``name`` from an IDX file, gzipped or not, a binary file object."""
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
