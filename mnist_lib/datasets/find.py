"""Where MNIST is looked for: MNIST_LIB_DATA, the caches, the mirrors; one process downloads for all."""

import contextlib
import io
import os
import time
from pathlib import Path

import numpy as np

from mnist_lib.datasets import files, mirrors
from mnist_lib.datasets.files import DataError
from mnist_lib.datasets.mirrors import why
from mnist_lib.runtime import notify, write_whole


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


def find(tried):
    """The arrays and where they came from, or None; what was tried and why it failed goes into ``tried``."""
    if named := os.environ.get("MNIST_LIB_DATA"):
        return _named(named)
    tried.append("MNIST_LIB_DATA: not set")
    own, keras = caches()
    with contextlib.suppress(DataError, OSError):
        return files.read(own), "MNIST, from mnist_lib's cache"
    deadline = time.monotonic() + mirrors.TOTAL_SECONDS
    with _locked(own.parent, deadline) as hindrance:  # another process may have filled the cache meanwhile
        if arrays := _look(own, "mnist_lib's cache", tried, set_aside=not hindrance):
            return arrays, "MNIST, from mnist_lib's cache"
        if arrays := _look(keras, "Keras's cache", tried):
            return arrays, "MNIST, from Keras's cache"
        if hindrance:
            tried.append(f"mnist_lib's cache cannot be written: {hindrance}")
        arrays, host = mirrors.download(deadline, tried)
        if arrays is None:
            return None
        hindrance = hindrance or _keep(arrays, own)
    outcome = "It is kept in mnist_lib's cache."
    if hindrance:
        outcome = (
            f"It is in memory only: mnist_lib's cache cannot be written ({hindrance}).\n"
            "The next start downloads it again, unless MNIST_LIB_CACHE names a folder that can be written."
        )
    notify(f"MNIST was downloaded from {host}. {outcome}")
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
        return files.read(path), f"MNIST, from the {what} that MNIST_LIB_DATA names ({path.name})"
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
        return files.read(path)
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
        notify(f"{note}\nMNIST is looked for elsewhere.")
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
            notify("Another process is downloading MNIST: waiting for it.")
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
        write_whole(path, content.getvalue())
    except OSError as problem:
        return why(problem)
