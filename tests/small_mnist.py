"""A few random images in MNIST's place, a server in the mirrors' place, and a disk that refuses.

A test file takes the fixtures that it needs over by name: ``home = small_mnist.home``.
"""

import contextlib
import gzip
import hashlib
import io
import os
import struct
import threading
import types
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from mnist_lib import data
from mnist_lib import runtime as whole_files
from mnist_lib.datasets import files as formats
from mnist_lib.datasets import mirrors as download

RANDOM = np.random.default_rng(0)
ARRAYS = {
    "x_train": RANDOM.integers(0, 256, (60, 28, 28), np.uint8),
    "y_train": RANDOM.integers(0, 10, 60, np.uint8),
    "x_test": RANDOM.integers(0, 256, (10, 28, 28), np.uint8),
    "y_test": RANDOM.integers(0, 10, 10, np.uint8),
}
EXPECTED = {name: (array.shape, hashlib.sha256(array).hexdigest()) for name, array in ARRAYS.items()}
HTML = b"\n<!DOCTYPE html><html><body>Please sign in to use this network.</body></html>"
STEM = formats.IDX["x_test"]


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """Caches in a folder of the test, no mirrors, short limits, tiny data in MNIST's place."""
    monkeypatch.setenv("MNIST_LIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("MNIST_LIB_DATA", raising=False)
    monkeypatch.setattr(download, "MIRRORS", ())
    monkeypatch.setattr(formats, "EXPECTED", EXPECTED)
    monkeypatch.setattr(data, "VALIDATION", 5)
    monkeypatch.setattr(download, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(download, "TOTAL_SECONDS", 10)
    return tmp_path


def npz(arrays=ARRAYS, save=np.savez_compressed, **changed):
    file = io.BytesIO()
    save(file, **{**arrays, **changed})
    return file.getvalue()


def idx(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def idx_folder(folder, pack=gzip.compress, end=".gz", arrays=ARRAYS):
    folder.mkdir(parents=True, exist_ok=True)
    for name, stem in formats.IDX.items():
        (folder / f"{stem}{end}").write_bytes(pack(idx(arrays[name])))
    return folder


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def same(found):
    """Assert that these are the arrays of this test, split as promised."""
    assert found.name == "mnist" and found.is_mnist
    assert (len(found.train), len(found.validation), len(found.test)) == (55, 5, 10)
    np.testing.assert_array_equal(found.train.images, ARRAYS["x_train"][:55])
    np.testing.assert_array_equal(found.validation.images, ARRAYS["x_train"][55:])
    np.testing.assert_array_equal(found.train.labels, ARRAYS["y_train"][:55])
    np.testing.assert_array_equal(found.validation.labels, ARRAYS["y_train"][55:])
    np.testing.assert_array_equal(found.test.images, ARRAYS["x_test"])
    np.testing.assert_array_equal(found.test.labels, ARRAYS["y_test"])
    return True


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", members.pop("packing", zipfile.ZIP_DEFLATED)) as archive:
        for name, content in {**{name: npy(array) for name, array in ARRAYS.items()}, **members}.items():
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


class Mirror:
    """A web server on this machine; ``pages`` maps a path to bytes or to a function of the handler."""

    def __init__(self):
        self.pages, self.asked, self.lock = {}, [], threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                with outer.lock:
                    outer.asked.append(self.path)
                page = outer.pages.get(self.path)
                with contextlib.suppress(OSError):  # the client may leave early
                    if page is None:
                        self.send_error(404)
                    elif callable(page):
                        page(self)
                    else:
                        answer(self, page)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def serve_idx(self, folder="/idx/", arrays=ARRAYS, pack=gzip.compress):
        for name, stem in formats.IDX.items():
            self.pages[f"{folder}{stem}.gz"] = pack(idx(arrays[name]))


def answer(handler, body, status=200, size=None, **headers):
    handler.send_response(status)
    if size != "none":
        handler.send_header("Content-Length", str(len(body) if size is None else size))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def server():
    mirror = Mirror()
    yield mirror
    mirror.server.shutdown()
    mirror.server.server_close()


@pytest.fixture
def mirror(server, monkeypatch):
    """A server whose /mnist.npz is good, as the only mirror."""
    server.pages["/mnist.npz"] = npz()
    monkeypatch.setattr(download, "MIRRORS", (f"{server.url}/mnist.npz",))
    return server


@pytest.fixture
def notebook(monkeypatch):
    """What a notebook would show: a list of bundles, each updated in place if the library does so."""
    import IPython

    shown = []

    def display(bundle, raw, display_id=None):
        shown.append(dict(bundle))
        place = shown[-1]
        return types.SimpleNamespace(update=lambda bundle, raw: place.update(bundle))

    monkeypatch.setattr(IPython, "get_ipython", lambda: types.SimpleNamespace(kernel=object()))
    monkeypatch.setattr("IPython.display.display", display)
    return shown


def raising(problem):
    def function(*arguments, **keywords):
        raise problem

    return function


def refuse(monkeypatch, code, which):
    """Let open() fail with this errno for the files that ``which(name, mode)`` picks."""
    true_open = open

    def fake(path, mode="r", *arguments, **keywords):
        if isinstance(path, (str, Path)) and which(Path(path).name, mode):
            raise OSError(code, os.strerror(code), str(path))
        return true_open(path, mode, *arguments, **keywords)

    for module in (data, whole_files, formats):
        monkeypatch.setattr(module, "open", fake, raising=False)


def files(folder):
    """What is in the cache but the lock file."""
    return sorted(path.name for path in folder.iterdir() if path.name != "mnist.lock")
