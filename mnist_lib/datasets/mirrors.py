"""Download MNIST from its mirrors: in turn, within one time limit, whatever they do."""

import contextlib
import functools
import io
import math
import queue
import socket
import ssl
import sys
import threading
import time
import types
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from mnist_lib.datasets import files as formats
from mnist_lib.datasets.files import DataError
from mnist_lib.runtime import in_notebook

MIRRORS = (  # an address that ends in "/" is a folder of the four IDX files, any other one is an .npz
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
CONNECT_SECONDS = 10  # to connect, and the longest silence after that
TOTAL_SECONDS = 60  # for all mirrors together, waiting for another notebook's download included


def download(deadline, tried):
    """Ask the mirrors in turn; return the arrays and the host they came from, or None and None.

    Nobody waits longer than ``deadline``, a time of ``time.monotonic``. Why a mirror failed goes into the
    list ``tried``, in words.
    """
    progress = _progress_file()
    for mirror in MIRRORS:
        host = urlsplit(mirror).netloc
        try:
            if time.monotonic() > deadline:
                raise DataError(f"not asked, since the {TOTAL_SECONDS} seconds for all mirrors were over")
            return _from_mirror(mirror, host, deadline, progress), host
        except Exception as problem:  # whatever one mirror does, the next one gets its chance
            tried.append(f"{mirror}: {why(problem)}")
    return None, None


def _from_mirror(mirror, host, deadline, progress):
    from tqdm import tqdm

    look = {"unit": "B", "unit_scale": True, "ncols": 79, "leave": False}
    with tqdm(desc=f"MNIST from {host}", file=progress, **look) as bar:
        if not mirror.endswith("/"):
            return formats.read_npz(io.BytesIO(_fetch(mirror, deadline, bar)), "what it sent")
        arrays = {}
        for name, stem in formats.IDX.items():
            raw = _fetch(f"{mirror}{stem}.gz", deadline, bar)
            arrays[name] = formats.read_idx(io.BytesIO(raw), name, f"its {stem}.gz")
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
    limit = sum(math.prod(shape) for shape, _ in formats.EXPECTED.values()) + 2**20
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


def why(problem):
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


def _progress_file():
    """Where tqdm writes: stdout, or in a notebook one line that is empty again at the end."""
    if not in_notebook():
        return sys.stdout
    from IPython.display import display

    line = display({"text/plain": ""}, raw=True, display_id=True)

    def write(text):
        line.update({"text/plain": text.strip()}, raw=True)

    return types.SimpleNamespace(write=write, flush=lambda: None)
