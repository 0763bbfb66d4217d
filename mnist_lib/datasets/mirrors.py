"""Download MNIST from its mirrors: in turn, within one time limit, whatever they do."""

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

    Nobody waits longer than ``deadline``, a time of ``time.monotonic``. Why a mirror failed goes into the list
    ``tried``, in words.
    """
    import requests

    headers = {"User-Agent": "mnist_lib", "Accept-Encoding": "identity"}  # the files as they are
    get = functools.partial(requests.get, headers=headers, stream=True, timeout=CONNECT_SECONDS)
    progress = _progress_file()
    for mirror in MIRRORS:
        try:
            if time.monotonic() > deadline:
                raise DataError(f"not asked, since the {TOTAL_SECONDS} seconds for all mirrors were over")
            return _from_mirror(mirror, get, deadline, progress), urlsplit(mirror).netloc
        except Exception as problem:  # whatever one mirror does, the next one gets its chance
            tried.append(f"{mirror}: {why(problem)}")
    return None, None


def _from_mirror(mirror, get, deadline, progress):
    from tqdm import tqdm

    look = {"unit": "B", "unit_scale": True, "ncols": 79, "leave": False}
    with tqdm(desc=f"MNIST from {urlsplit(mirror).netloc}", file=progress, **look) as bar:
        if not mirror.endswith("/"):
            return formats.read_npz(_fetch(mirror, get, deadline, bar), "what it sent")
        arrays = {}
        for name, stem in formats.IDX.items():
            file = _fetch(f"{mirror}{stem}.gz", get, deadline, bar)
            arrays[name] = formats.read_idx(file, name, f"its {stem}.gz")
        return arrays


def _fetch(address, get, deadline, bar):
    """Fetch one file, in a thread: a name server that hangs, or headers that drip, know no time limit."""
    arriving, content = queue.SimpleQueue(), io.BytesIO()
    threading.Thread(target=_receive, args=(address, get, deadline, arriving), daemon=True).start()
    while True:
        patience = min(CONNECT_SECONDS, deadline - time.monotonic())
        try:
            item = arriving.get(timeout=max(0, patience))
        except queue.Empty:
            if patience == CONNECT_SECONDS:
                raise TimeoutError from None
            raise DataError(
                f"no full answer within {TOTAL_SECONDS} seconds, the limit for all mirrors together"
            ) from None
        if item is None:
            content.seek(0)
            return content
        if isinstance(item, Exception):
            raise item
        if isinstance(item, int):
            bar.total = (bar.total or 0) + item
        else:
            bar.update(content.write(item))


def _receive(address, get, deadline, arriving):
    """Put the size, if known, then the chunks, then None into the queue ``arriving``; or what went wrong."""
    limit = sum(math.prod(shape) for shape, _ in formats.EXPECTED.values()) + 2**20
    try:
        with get(address) as response:
            response.raise_for_status()
            response.raw.enforce_content_length = False  # what is missing is said below, in words
            size, received, start = int(response.headers.get("Content-Length", 0)), 0, time.monotonic()
            if size:
                arriving.put(size)
            while chunk := response.raw.read1(2**16):
                received += len(chunk)
                arriving.put(chunk)
                spent = time.monotonic() - start
                if max(received, size) > limit:
                    raise DataError(f"it sends more than {limit:,} bytes, which MNIST does not need")
                if size and spent > CONNECT_SECONDS and spent * size > received * (deadline - start):
                    raise DataError(f"too slow ({received / spent / 1000:,.0f} kB a second)")
                if time.monotonic() > deadline:
                    return
        if received < size:
            raise DataError(f"cut short after {received:,} of {size:,} bytes")
        arriving.put(None)
    except Exception as problem:  # handed to the thread that waits
        while problem.__context__:
            problem = problem.__context__  # requests wraps what the network said, several times
        arriving.put(problem)


def why(problem):
    """A reason in words, without paths of this machine."""
    if (response := getattr(problem, "response", None)) is not None:
        return f"the server answered {response.status_code} {response.reason}"
    if isinstance(problem, ssl.SSLCertVerificationError):
        return (
            "its certificate cannot be trusted: the sign-in page of this network, or a company's proxy? "
            "(REQUESTS_CA_BUNDLE may name a file with the proxy's certificates.)"
        )
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
