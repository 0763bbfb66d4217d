"""MNIST is found, downloaded, checked and split as promised, from good sources and from bad ones.

No test uses the network: mirrors are a server on this machine that misbehaves on demand, and MNIST is, but
for the last tests, a few random images whose digests take the place of MNIST's.
"""

import contextlib
import errno
import gzip
import hashlib
import io
import json
import os
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
import tracemalloc
import types
import warnings
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mnist_lib import data as module
from mnist_lib.data import DataError, load_mnist, to_mnist_form

TRUE_MNIST = os.environ.get("MNIST_LIB_DATA")
TRUE_EXPECTED = module.EXPECTED
needs_mnist = pytest.mark.skipif(not TRUE_MNIST, reason="needs the true MNIST: set MNIST_LIB_DATA to a copy")

RANDOM = np.random.default_rng(0)
ARRAYS = {
    "x_train": RANDOM.integers(0, 256, (60, 28, 28), np.uint8),
    "y_train": RANDOM.integers(0, 10, 60, np.uint8),
    "x_test": RANDOM.integers(0, 256, (10, 28, 28), np.uint8),
    "y_test": RANDOM.integers(0, 10, 10, np.uint8),
}
EXPECTED = {name: (array.shape, hashlib.sha256(array).hexdigest()) for name, array in ARRAYS.items()}
HTML = b"\n<!DOCTYPE html><html><body>Please sign in to use this network.</body></html>"


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """Caches in a folder of the test, no mirrors, short limits, tiny data in MNIST's place."""
    monkeypatch.setenv("MNIST_LIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("MNIST_LIB_DATA", raising=False)
    monkeypatch.setattr(module, "MIRRORS", ())
    monkeypatch.setattr(module, "EXPECTED", EXPECTED)
    monkeypatch.setattr(module, "VALIDATION", 5)
    monkeypatch.setattr(module, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(module, "TOTAL_SECONDS", 10)
    return tmp_path


def npz(arrays=ARRAYS, save=np.savez_compressed, **changed):
    file = io.BytesIO()
    save(file, **{**arrays, **changed})
    return file.getvalue()


def idx(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def idx_folder(folder, pack=gzip.compress, end=".gz", arrays=ARRAYS):
    folder.mkdir(parents=True, exist_ok=True)
    for name, stem in module.IDX.items():
        (folder / f"{stem}{end}").write_bytes(pack(idx(arrays[name])))
    return folder


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def same(data):
    """Assert that these are the arrays of this test, split as promised."""
    assert data.name == "mnist" and data.is_mnist
    assert (len(data.train), len(data.validation), len(data.test)) == (55, 5, 10)
    np.testing.assert_array_equal(data.train.images, ARRAYS["x_train"][:55])
    np.testing.assert_array_equal(data.validation.images, ARRAYS["x_train"][55:])
    np.testing.assert_array_equal(data.train.labels, ARRAYS["y_train"][:55])
    np.testing.assert_array_equal(data.validation.labels, ARRAYS["y_train"][55:])
    np.testing.assert_array_equal(data.test.images, ARRAYS["x_test"])
    np.testing.assert_array_equal(data.test.labels, ARRAYS["y_test"])
    return True


# ---- MNIST_LIB_DATA ----


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_named_npz_in_any_packing(home, monkeypatch, capfd, save):
    monkeypatch.setenv("MNIST_LIB_DATA", str(put(home / "own.npz", npz(save=save, extra=np.arange(3)))))
    data = load_mnist()
    assert same(data)
    assert data.origin == "MNIST, from the file that MNIST_LIB_DATA names (own.npz)"
    assert capfd.readouterr() == ("", "")
    assert not (home / "cache").exists()


def test_named_npz_stored_by_columns(home, monkeypatch):
    content = npz(x_train=np.asfortranarray(ARRAYS["x_train"]))
    monkeypatch.setenv("MNIST_LIB_DATA", str(put(home / "own.npz", content)))
    data = load_mnist("mnist")
    assert same(data) and data.train.images.flags.c_contiguous


@pytest.mark.parametrize(
    ("pack", "end"),
    [(gzip.compress, ".gz"), (bytes, ""), (gzip.compress, "")],
    ids=["gz", "plain", "gz in disguise"],
)
def test_named_folder_of_idx_files(home, monkeypatch, pack, end):
    monkeypatch.setenv("MNIST_LIB_DATA", str(idx_folder(home / "idx", pack, end)) + os.sep)
    data = load_mnist("mnist")
    assert same(data)
    assert data.origin == "MNIST, from the folder that MNIST_LIB_DATA names (idx)"


def test_named_folder_with_dots_in_the_names(home, monkeypatch):
    for file in idx_folder(home / "idx", bytes, "").iterdir():
        file.rename(file.with_name(file.name.replace("-idx", ".idx")))
    monkeypatch.setenv("MNIST_LIB_DATA", str(home / "idx"))
    assert same(load_mnist())


def test_named_path_may_start_with_a_tilde(home, monkeypatch):
    put(home / "own.npz", npz())
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("MNIST_LIB_DATA", os.path.join("~", "own.npz"))
    assert same(load_mnist())


def test_arrays_are_read_only(home, monkeypatch):
    monkeypatch.setenv("MNIST_LIB_DATA", str(put(home / "own.npz", npz())))
    data = load_mnist()
    for part in (data.train, data.validation, data.test):
        for array in (part.images, part.labels):
            assert array.dtype == np.uint8 and array.flags.c_contiguous
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


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


def npy_header(text, version=b"\x01\x00"):
    length = struct.pack("<H" if version == b"\x01\x00" else "<I", len(text))
    return b"\x93NUMPY" + version + length + text.encode()


BAD_NPZ = {
    "empty": (b"", "is empty"),
    "HTML": (HTML, r"web page \(HTML"),
    "text": (b"hello there", "starts with b'hello th'"),
    "LFS pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "Git LFS"),
    "one IDX file": (gzip.compress(idx(ARRAYS["x_train"])), "name the folder that holds all four"),
    "cut short": (npz()[:20000], "damaged or cut short"),
    "cut at the start": (npz()[:3], "damaged or cut short"),
    "bits turned": (npz()[:9000] + b"\xff\x00\xff\x00" * 9 + npz()[9036:], "damaged or cut short"),
    "wrong names": (
        npz({"train_images": ARRAYS["x_train"]}),
        "holds no x_train, y_train.* It holds: train_images",
    ),
    "one missing": (npz({k: v for k, v in ARRAYS.items() if k != "y_test"}), "holds no y_test"),
    "flattened": (
        npz(x_train=ARRAYS["x_train"].reshape(60, 784)),
        r"bad.npz holds x_train of shape \(60, 784\); MNIST's is \(60, 28, 28\).* a reshaped copy",
    ),
    "other size": (npz(x_test=ARRAYS["x_test"][:9]), r"x_test of shape \(9, 28, 28\).*another data set"),
    "floats": (npz(x_train=ARRAYS["x_train"] / 255), "x_train of type float64; MNIST's is uint8"),
    "signed labels": (npz(y_test=ARRAYS["y_test"].astype("i8")), "y_test of type int64"),
    "other values": (npz(x_test=ARRAYS["x_test"] ^ 1), "x_test with SHA-256 .*Fashion-MNIST"),
    "other labels": (npz(y_train=ARRAYS["y_train"][::-1]), "y_train with SHA-256"),
    "pickle": (zipped(y_test=npy(np.array([print] * 10))), "y_test as pickled objects, .*never loaded"),
    "not an npy": (zipped(x_train=b"hello"), "damaged or cut short"),
    "short npy": (zipped(x_train=npy(ARRAYS["x_train"])[:-7]), "x_train has fewer than its 47,040 bytes"),
    "bomb": (zipped(x_train=npy(ARRAYS["x_train"]) + bytes(10**6)), "more than its 47,040 bytes"),
    "header bomb": (
        zipped(x_train=npy_header("{'descr': '|u1', 'fortran_order': False, 'shape': (9999999999999,)}\n")),
        r"shape \(9999999999999,\)",
    ),
    "long header": (zipped(x_train=npy_header(" " * 10**7, b"\x02\x00")), "damaged or cut short"),
    "header with code": (zipped(x_train=npy_header("__import__('os').abort()\n")), "damaged or cut short"),
    "unbounded packing": (zipped(packing=zipfile.ZIP_LZMA), "packs x_train in a way that NumPy does not use"),
}


@pytest.mark.parametrize("case", BAD_NPZ)
def test_bad_npz_is_refused_with_a_reason(home, monkeypatch, case):
    content, message = BAD_NPZ[case]
    monkeypatch.setenv("MNIST_LIB_DATA", str(put(home / "bad.npz", content)))
    with pytest.raises(
        DataError, match=f"(?s){message}.*Point MNIST_LIB_DATA at the original .npz"
    ) as caught:
        load_mnist()
    assert str(caught.value).startswith("bad.npz ")


def test_a_bomb_is_not_unpacked(home, monkeypatch):
    """Sixty megabytes of zeros, packed into sixty kilobytes, cost neither memory nor time."""
    content = zipped(x_train=npy(ARRAYS["x_train"]) + bytes(6 * 10**7))
    assert len(content) < 2e5
    monkeypatch.setenv("MNIST_LIB_DATA", str(put(home / "bomb.npz", content)))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="more than its 47,040 bytes"):
            load_mnist()
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()


STEM = module.IDX["x_test"]
BAD_IDX = {
    "missing": (None, f"idx holds no {STEM} .*It holds: notes.txt"),
    "empty": (b"", f"{STEM}.gz is empty"),
    "HTML": (HTML, f"{STEM}.gz is a web page"),
    "cut short": (gzip.compress(idx(ARRAYS["x_test"]))[:-100], "damaged or cut short"),
    "bits turned": (gzip.compress(idx(ARRAYS["x_test"]))[:200] + bytes(5000), "damaged or cut short"),
    "plain, cut short": (
        idx(ARRAYS["x_test"])[:-100],
        "damaged or cut short: x_test has fewer than its 7,840 bytes",
    ),
    "header only": (b"\0\0\x08\x03\0\0", "damaged or cut short"),
    "magic only": (b"\0\0\x08", "damaged or cut short"),
    "floats": (b"\0\0\x0d\x03" + bytes(99), "not an IDX file of bytes"),
    "too long": (idx(ARRAYS["x_test"]) + b"\0", "more than its 7,840 bytes"),
    "bomb": (gzip.compress(idx(ARRAYS["x_test"]) + bytes(10**7)), "more than its 7,840 bytes"),
    "training set": (gzip.compress(idx(ARRAYS["x_train"])), r"x_test of shape \(60, 28, 28\)"),
    "labels": (gzip.compress(idx(ARRAYS["y_test"])), r"x_test of shape \(10,\)"),
    "other values": (gzip.compress(idx(ARRAYS["x_test"] ^ 1)), "SHA-256"),
}


@pytest.mark.parametrize("case", BAD_IDX)
def test_bad_idx_folder_is_refused_with_a_reason(home, monkeypatch, case):
    content, message = BAD_IDX[case]
    folder = idx_folder(home / "idx")
    (folder / "notes.txt").touch()
    (folder / f"{STEM}.gz").unlink()
    if content is None:
        for file in folder.glob("*.gz"):
            if file.name.startswith("train"):
                continue
            file.unlink()
        message = f"idx holds no {STEM} .*It holds: notes.txt, train-images"
    else:
        put(folder / f"{STEM}.gz", content)
    monkeypatch.setenv("MNIST_LIB_DATA", str(folder))
    with pytest.raises(DataError, match=f"(?s){message}.*folder with the four IDX files"):
        load_mnist()


@pytest.mark.parametrize("source", ["auto", "mnist"])
def test_named_path_that_is_missing(home, monkeypatch, source):
    put(home / "cache" / "mnist.npz", npz())  # the reader named another: not used
    for path in (home / "nowhere.npz", put(home / "file", b"") / "mnist.npz"):
        monkeypatch.setenv("MNIST_LIB_DATA", str(path))
        with pytest.raises(DataError, match="mnist|nowhere") as caught:
            load_mnist(source)
        assert f"MNIST_LIB_DATA names {path}, which does not exist" in str(caught.value)


def test_named_file_that_cannot_be_read(home, monkeypatch):
    path = put(home / "own.npz", npz())
    monkeypatch.setenv("MNIST_LIB_DATA", str(path))
    refuse(monkeypatch, errno.EACCES, lambda name, mode: name == "own.npz")
    with pytest.raises(DataError, match=r"own.npz, which cannot be read: .*ermission"):
        load_mnist()


# ---- the caches ----


def test_own_cache_before_keras(home, capfd):
    put(home / "cache" / "mnist.npz", npz())
    put(home / "keras" / "datasets" / "mnist.npz", b"not looked at")
    data = load_mnist()
    assert same(data) and data.origin == "MNIST, from mnist_lib's cache"
    assert capfd.readouterr() == ("", "")


def test_keras_cache(home, capfd):
    file = put(home / "keras" / "datasets" / "mnist.npz", npz())
    data = load_mnist()
    assert same(data) and data.origin == "MNIST, from Keras's cache"
    assert capfd.readouterr() == ("", "")
    assert file.read_bytes() == npz()


def test_default_places_of_the_caches(home, monkeypatch):
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    put(home / ".keras" / "datasets" / "mnist.npz", npz())
    assert load_mnist().origin == "MNIST, from Keras's cache"
    monkeypatch.delenv("MNIST_LIB_CACHE")
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(home / "user" / name))
    put(home / "user" / "mnist_lib" / "mnist.npz", npz())
    assert load_mnist().origin == "MNIST, from mnist_lib's cache"


def test_damaged_cache_is_set_aside_and_fetched_anew(home, capfd, mirror):
    cached = put(home / "cache" / "mnist.npz", npz()[:5000])
    data = load_mnist()
    assert same(data) and data.origin.startswith("MNIST, downloaded from 127.0.0.1")
    out, _ = capfd.readouterr()
    assert "mnist.npz is damaged or cut short" in out and "set aside as mnist.npz.damaged" in out
    assert (home / "cache" / "mnist.npz.damaged").read_bytes() == npz()[:5000]
    assert load_mnist().origin == "MNIST, from mnist_lib's cache"
    assert len(mirror.asked) == 1
    cached.write_bytes(HTML)  # and again, with a damaged one there already
    assert same(load_mnist())
    assert (home / "cache" / "mnist.npz.damaged").read_bytes() == HTML


def test_damaged_cache_with_keras_at_hand(home, capfd):
    put(home / "cache" / "mnist.npz", b"")
    put(home / "keras" / "datasets" / "mnist.npz", npz())
    assert load_mnist().origin == "MNIST, from Keras's cache"
    assert "set aside" in capfd.readouterr().out
    load_mnist()
    assert capfd.readouterr().out == ""


def test_damaged_cache_that_cannot_be_set_aside(home, monkeypatch, capfd, mirror):
    cached = put(home / "cache" / "mnist.npz", b"")
    monkeypatch.setattr(os, "replace", raising(OSError(errno.EROFS, "Read-only file system", str(home))))
    assert same(load_mnist())
    assert "could not be set aside" in capfd.readouterr().out
    assert cached.read_bytes() == b""


def test_damaged_keras_cache_is_not_touched(home, capfd, mirror):
    file = put(home / "keras" / "datasets" / "mnist.npz", b"PK\3\4 broken")
    data = load_mnist()
    assert same(data) and data.origin.startswith("MNIST, downloaded")
    out = capfd.readouterr().out
    assert "Keras's cache: mnist.npz is damaged" in out and "set aside" not in out
    assert file.read_bytes() == b"PK\3\4 broken" and len(list(file.parent.iterdir())) == 1


# ---- download ----


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
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def serve_idx(self, folder="/idx/", arrays=ARRAYS, pack=gzip.compress):
        for name, stem in module.IDX.items():
            self.pages[f"{folder}{stem}.gz"] = pack(idx(arrays[name]))


def answer(handler, body, status=200, size=None, **headers):
    handler.send_response(status)
    if size != "none":
        handler.send_header("Content-Length", str(len(body) if size is None else size))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def drip(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "40000")
    handler.end_headers()
    for _ in range(400):
        handler.wfile.write(b"P")
        time.sleep(0.02)


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(2**16))


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
    monkeypatch.setattr(module, "MIRRORS", (f"{server.url}/mnist.npz",))
    return server


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

    monkeypatch.setattr(module, "open", fake, raising=False)


def files(folder):
    """What is in the cache but the lock file."""
    return sorted(path.name for path in folder.iterdir() if path.name != "mnist.lock")


def test_the_three_mirrors():
    """The Keras .npz and two folders of IDX files, on https."""
    mirrors = subprocess.run(
        [sys.executable, "-c", "from mnist_lib.data import MIRRORS; print(*MIRRORS)"],
        capture_output=True,
        text=True,
    ).stdout.split()
    assert len(mirrors) >= 3 and all(mirror.startswith("https://") for mirror in mirrors)
    assert mirrors[0].endswith(".npz") and sum(mirror.endswith("/") for mirror in mirrors) >= 2


def test_download_npz_is_kept(home, capfd, mirror):
    data = load_mnist("mnist")
    host = mirror.url.removeprefix("http://")
    assert same(data) and data.origin == f"MNIST, downloaded from {host}"
    out, err = capfd.readouterr()
    assert f"MNIST was downloaded from {host}. It is kept in mnist_lib's cache." in out and err == ""
    assert "MNIST from 127.0.0.1" in out and "B/s]" in out  # the progress bar
    assert files(home / "cache") == ["mnist.npz"]
    module.MIRRORS = ()
    assert same(load_mnist("mnist")) and len(mirror.asked) == 1
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("pack", [gzip.compress, bytes], ids=["gzipped", "unpacked on the way"])
def test_download_idx_is_kept(home, monkeypatch, server, pack):
    server.serve_idx(pack=pack)
    monkeypatch.setattr(module, "MIRRORS", (f"{server.url}/idx/",))
    assert same(load_mnist("mnist")) and len(server.asked) == 4
    assert same(load_mnist("mnist")) and len(server.asked) == 4
    assert files(home / "cache") == ["mnist.npz"]


def test_download_without_a_size(mirror):
    mirror.pages["/mnist.npz"] = lambda handler: answer(handler, npz(), size="none")
    assert same(load_mnist())


def test_download_by_redirect(mirror):
    mirror.pages["/there.npz"] = npz()
    mirror.pages["/mnist.npz"] = lambda handler: answer(handler, b"", 302, Location="/there.npz")
    assert same(load_mnist())


MISBEHAVIOUR = {
    "not found": (None, "the server answered 404"),
    "server error": (lambda handler: answer(handler, b"sorry", 503), "the server answered 503"),
    "HTML instead of data": (HTML, r"what it sent is a web page \(HTML: .* sign-in page of this network"),
    "redirect to a sign-in page": (
        lambda handler: answer(handler, b"", 302, Location="/sign-in"),
        "what it sent is a web page",
    ),
    "endless redirect": (
        lambda handler: answer(handler, b"", 302, Location="/mnist.npz"),
        "302|infinite loop",
    ),
    "empty": (b"", "what it sent is empty"),
    "cut short": (lambda handler: answer(handler, npz()[:9000], size=len(npz())), "cut short after 9,000 of"),
    "cut short, size unknown": (
        lambda handler: answer(handler, npz()[:9000], size="none"),
        "damaged or cut short",
    ),
    "corrupt": (b"PK\3\4" + bytes(9999), "damaged or cut short"),
    "wrong digest": (npz(x_test=ARRAYS["x_test"] ^ 1), "x_test with SHA-256"),
    "pickle": (zipped(y_test=npy(np.array([print] * 10))), "pickled objects"),
    "huge, and says so": (lambda handler: answer(handler, bytes(9), size=10**12), "more than .* bytes"),
    "endless": (endless, "sends more than .* bytes"),
    "hangs up": (lambda handler: handler.connection.shutdown(socket.SHUT_RDWR), "closed|reset|aborted"),
    "not HTTP": (lambda handler: handler.wfile.write(b"SSH-2.0\r\n\r\n"), "SSH"),
    "silent at once": (lambda handler: time.sleep(2), "no connection within 0.6 seconds|no answer in time"),
    "silent in the middle": (
        lambda handler: [answer(handler, b"PK", size=9999), handler.wfile.flush(), time.sleep(2)],
        "no more data within 0.6 seconds|no answer in time",
    ),
    "drips": (drip, "too slow"),
}


@pytest.mark.parametrize("case", MISBEHAVIOUR)
def test_misbehaving_mirror_is_named_and_the_next_one_asked(home, monkeypatch, server, case):
    page, reason = MISBEHAVIOUR[case]  # the mirror is asked twice: alone, then with a good one after it
    server.pages.update({"/mnist.npz": page, "/sign-in": HTML})
    if case.startswith(("silent", "drips")):
        monkeypatch.setattr(module, "CONNECT_SECONDS", 0.6)
    monkeypatch.setattr(module, "MIRRORS", (f"{server.url}/mnist.npz",))
    with pytest.raises(DataError, match=f"(?s)refuses the sample.*mnist.npz: .*({reason}).*What to do"):
        load_mnist("mnist")
    assert files(home / "cache") == []
    server.serve_idx()
    module.MIRRORS += (f"{server.url}/idx/",)
    assert same(load_mnist("mnist"))
    assert files(home / "cache") == ["mnist.npz"]


IDX_MISBEHAVIOUR = {
    "one missing": (None, "the server answered 404"),
    "HTML instead of data": (HTML, "its t10k-images-idx3-ubyte.gz is a web page"),
    "cut short": (gzip.compress(idx(ARRAYS["x_test"]))[:-99], "damaged or cut short"),
    "wrong digest": (gzip.compress(idx(ARRAYS["x_test"] ^ 1)), "SHA-256"),
}


@pytest.mark.parametrize("case", IDX_MISBEHAVIOUR)
def test_misbehaving_idx_mirror(home, monkeypatch, server, case):
    page, reason = IDX_MISBEHAVIOUR[case]
    server.serve_idx("/bad/")
    server.pages[f"/bad/{STEM}.gz"] = page
    server.serve_idx("/good/")
    monkeypatch.setattr(module, "MIRRORS", (f"{server.url}/bad/",))
    with pytest.raises(DataError, match=f"/bad/: .*{reason}"):
        load_mnist("mnist")
    module.MIRRORS += (f"{server.url}/good/",)
    assert same(load_mnist("mnist"))


def test_mirrors_are_asked_in_turn(monkeypatch, server):
    server.pages.update({"/1.npz": HTML, "/3.npz": npz(), "/4.npz": npz()})
    monkeypatch.setattr(module, "MIRRORS", tuple(f"{server.url}/{i}.npz" for i in range(1, 5)))
    assert same(load_mnist())
    assert server.asked == ["/1.npz", "/2.npz", "/3.npz"]


def test_refused_connection(monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setattr(module, "MIRRORS", (f"http://127.0.0.1:{port}/mnist.npz",))
    with pytest.raises(DataError, match="refused"):
        load_mnist("mnist")


def test_no_network(monkeypatch):
    monkeypatch.setattr(
        socket, "getaddrinfo", raising(socket.gaierror(-3, "Temporary failure in name resolution"))
    )
    monkeypatch.setattr(module, "MIRRORS", ("http://mirror.invalid/mnist.npz", "http://other.invalid/"))
    with pytest.raises(DataError) as caught:
        load_mnist("mnist")
    message = str(caught.value)
    assert message.count("its name cannot be looked up: is there a network?") == 2
    for words in (
        "MNIST_LIB_DATA: not set",
        "mnist_lib's cache: no mnist.npz there",
        "Keras's cache: no mnist.npz there",
        "http://mirror.invalid/mnist.npz: ",
        "http://other.invalid/: ",
        "connect to a network",
        "set MNIST_LIB_DATA",
        'load_mnist(source="sample")',
    ):
        assert words in message


def test_untrusted_certificate(monkeypatch):
    import ssl

    problem = ssl.SSLCertVerificationError(1, "certificate verify failed")
    monkeypatch.setattr(socket, "create_connection", raising(problem))
    monkeypatch.setattr(module, "MIRRORS", ("https://mirror.invalid/mnist.npz",))
    with pytest.raises(DataError, match="certificate cannot be trusted"):
        load_mnist("mnist")


def test_a_name_server_that_hangs_keeps_nobody(monkeypatch, mirror):
    """Neither time limit of a socket covers the looking up of its name."""
    true_lookup, started = socket.getaddrinfo, time.monotonic()

    def slow(host, *arguments, **keywords):
        if host == "mirror.invalid":
            time.sleep(9)
        return true_lookup(host, *arguments, **keywords)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.8)
    monkeypatch.setattr(module, "MIRRORS", ("http://mirror.invalid/mnist.npz", *module.MIRRORS))
    assert same(load_mnist())
    assert time.monotonic() - started < 6


@pytest.mark.parametrize("page", [drip, lambda handler: time.sleep(5)], ids=["drips", "is silent"])
def test_the_limit_for_all_mirrors_holds(monkeypatch, server, page):
    server.pages.update({f"/{i}.npz": page for i in range(9)})
    monkeypatch.setattr(module, "TOTAL_SECONDS", 0.8)
    monkeypatch.setattr(module, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(module, "MIRRORS", tuple(f"{server.url}/{i}.npz" for i in range(9)))
    started = time.monotonic()
    with pytest.raises(DataError, match="(?s)0.npz: no .* within 0.8 seconds, .*8.npz: not asked"):
        load_mnist("mnist")
    assert 0.7 < time.monotonic() - started < 4
    assert len(server.asked) == 1


# ---- two at once ----

CLIENT = """
import json, sys
from mnist_lib import data
settings = json.loads(sys.argv[1])
data.MIRRORS, data.VALIDATION = settings["mirrors"], 5
data.EXPECTED = {name: (tuple(shape), digest) for name, (shape, digest) in settings["expected"].items()}
print(data.load_mnist("mnist").origin)
"""


def test_two_processes_at_once_download_once(home, server):
    def slow(handler):
        time.sleep(1.5)
        answer(handler, npz())

    server.pages["/mnist.npz"] = slow
    arguments = json.dumps({"mirrors": [f"{server.url}/mnist.npz"], "expected": EXPECTED})
    command = [sys.executable, "-c", CLIENT, arguments]
    clients = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    outputs = [client.communicate(timeout=60) for client in clients]
    assert [client.returncode for client in clients] == [0, 0], outputs
    origins = sorted(out.splitlines()[-1] for out, _ in outputs)
    assert origins[0].startswith("MNIST, downloaded") and origins[1] == "MNIST, from mnist_lib's cache"
    assert "Another process is downloading MNIST: waiting for it." in "".join(out for out, _ in outputs)
    assert server.asked == ["/mnist.npz"]
    assert files(home / "cache") == ["mnist.npz"]


def test_a_lock_that_is_held_for_ever(home, monkeypatch, mirror):
    from filelock import FileLock

    monkeypatch.setattr(module, "TOTAL_SECONDS", 0.8)
    (home / "cache").mkdir()
    started = time.monotonic()
    with (
        FileLock(home / "cache" / "mnist.lock"),
        pytest.raises(DataError, match="held its lock for too long"),
    ):
        load_mnist("mnist")
    assert time.monotonic() - started < 3


# ---- a cache that cannot be written ----


def check_works_from_memory(mirror, capfd, reason):
    data = load_mnist()
    assert same(data) and data.origin.startswith("MNIST, downloaded")
    out, err = capfd.readouterr()
    assert "It is in memory only: mnist_lib's cache cannot be written" in out and reason in out and err == ""
    assert "MNIST_LIB_CACHE names a folder that can be written" in out
    assert same(load_mnist()) and len(mirror.asked) == 2


def test_cache_path_is_a_file(home, capfd, mirror):
    (home / "cache").touch()
    check_works_from_memory(mirror, capfd, "exist")


def test_read_only_cache(home, monkeypatch, capfd, mirror):
    monkeypatch.setattr(Path, "touch", raising(OSError(errno.EROFS, "Read-only file system", str(home))))
    check_works_from_memory(mirror, capfd, "Read-only file system")
    assert files(home / "cache") == []


@pytest.mark.skipif(
    os.name == "nt" or getattr(os, "geteuid", int)() == 0, reason="modes do not bind this user"
)
def test_read_only_folder(home, capfd, mirror):
    (home / "cache").mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    check_works_from_memory(mirror, capfd, "Permission denied")


def test_read_only_cache_that_is_filled(home, monkeypatch, capfd):
    put(home / "cache" / "mnist.npz", npz())
    monkeypatch.setattr(Path, "touch", raising(PermissionError(errno.EACCES, "Permission denied")))
    refuse(monkeypatch, errno.EACCES, lambda name, mode: "w" in mode)
    assert same(load_mnist()) and capfd.readouterr() == ("", "")


def test_unreadable_cache(home, monkeypatch, capfd, mirror):
    cached = put(home / "cache" / "mnist.npz", npz())
    refuse(monkeypatch, errno.EACCES, lambda name, mode: name == "mnist.npz")
    assert load_mnist().origin.startswith("MNIST, downloaded")
    assert "mnist_lib's cache: Permission denied" in capfd.readouterr().out
    assert not cached.with_name("mnist.npz.damaged").exists()


@pytest.mark.parametrize("when", ["open", "write", "rename"])
def test_full_disk_leaves_nothing_half_written(home, monkeypatch, capfd, mirror, when):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(home))
    if when == "open":
        refuse(monkeypatch, errno.ENOSPC, lambda name, mode: "w" in mode)
    elif when == "write":

        def write_some(file, **arrays):
            file.write(b"PK")
            raise full

        monkeypatch.setattr(np, "savez_compressed", write_some)
    else:
        monkeypatch.setattr(os, "replace", raising(full))
    check_works_from_memory(mirror, capfd, os.strerror(errno.ENOSPC))
    assert files(home / "cache") == []


def test_interruption_leaves_nothing_half_written(home, monkeypatch, mirror):
    monkeypatch.setattr(os, "replace", raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        load_mnist()
    monkeypatch.undo()
    assert files(home / "cache") == []


# ---- what the reader sees ----


@pytest.mark.parametrize("source", ["MNIST", "", None, "samples", ["auto"]])
def test_unknown_source(source):
    with pytest.raises(ValueError, match='it must be "auto", "mnist" or "sample"'):
        load_mnist(source)


def test_fallback_notice_in_a_terminal(home, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = load_mnist()
    assert data.name == "sample" and not data.is_mnist
    out, err = capfd.readouterr()
    assert "This is NOT MNIST" in out and "=" * 79 in out and err == ""
    assert "Keras's cache: no mnist.npz there" in out and "set MNIST_LIB_DATA" in out
    assert str(home) not in out


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


def test_fallback_notice_in_a_notebook(home, capfd, notebook):
    put(home / "keras" / "datasets" / "mnist.npz", b"<script>")
    assert load_mnist().name == "sample"
    damaged, progress, fallback = notebook
    assert "Keras&#x27;s cache: mnist.npz is a web page" in damaged["text/html"]
    assert progress == {"text/plain": ""}
    assert "This is NOT MNIST" in fallback["text/html"] and "background" in fallback["text/html"]
    assert "This is NOT MNIST" in fallback["text/plain"] and "<div" not in fallback["text/plain"]
    assert str(home) not in str(notebook)
    assert capfd.readouterr() == ("", "")


def test_progress_in_a_notebook_leaves_no_noise(capfd, notebook, mirror):
    lines = []
    mirror.pages["/mnist.npz"] = lambda handler: [
        lines.append(notebook[0]["text/plain"]),
        answer(handler, npz()),
    ]
    assert same(load_mnist())
    assert lines[0].startswith("MNIST from 127.0.0.1")
    progress, outcome = notebook
    assert progress == {"text/plain": ""} and "It is kept in mnist_lib's cache." in outcome["text/plain"]
    assert capfd.readouterr() == ("", "")


def test_source_mnist_refuses_the_sample():
    with pytest.raises(DataError, match="(?s)MNIST was not found.*Tried:.*What to do") as caught:
        load_mnist("mnist")
    assert isinstance(caught.value, ValueError)


def test_data_shows_sizes_and_origin(home, monkeypatch):
    monkeypatch.setenv("MNIST_LIB_DATA", str(put(home / "a&b.npz", npz())))
    data = load_mnist()
    for text in (str(data), repr(data)):
        assert data.origin in text and "validation" in text and "55" in text
    page = data._repr_html_()
    assert "a&amp;b.npz" in page and "<td>55</td>" in page
    assert repr(data.train) == "Split(55 images)"
    assert str(home) not in str(data) + page
    with pytest.raises(AttributeError):
        data.name = "other"


def test_import_is_light():
    heavy = {"tensorflow", "keras", "sklearn", "matplotlib", "papermill", "tqdm", "PIL"}
    code = f"import sys, mnist_lib.data; print(*{heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "" and done.stderr == ""


# ---- the sample and MNIST's form ----


@pytest.fixture(scope="module")
def sample():
    return load_mnist("sample")


def test_sample_sizes_and_types(sample, capfd):
    assert (len(sample.train), len(sample.validation), len(sample.test)) == (1097, 300, 400)
    assert sample.name == "sample" and "not MNIST" in sample.origin and "scikit-learn" in str(sample)
    for part in (sample.train, sample.validation, sample.test):
        assert part.images.dtype == part.labels.dtype == np.uint8
        assert part.images.shape == (len(part), 28, 28) and part.labels.shape == (len(part),)
        assert not part.images.flags.writeable and not part.labels.flags.writeable
        assert set(part.labels) == set(range(10))


def test_sample_is_in_the_order_of_scikit_learn(sample):
    from sklearn.datasets import load_digits

    parts = (sample.train, sample.validation, sample.test)
    np.testing.assert_array_equal(np.concatenate([part.labels for part in parts]), load_digits().target)


def test_sample_asked_for_looks_nowhere_else(home, monkeypatch, capfd):
    monkeypatch.setenv("MNIST_LIB_DATA", str(home / "nowhere"))
    assert load_mnist("sample").name == "sample"
    assert capfd.readouterr() == ("", "")


def centre(images):
    weights = images.astype(float)
    total, steps = weights.sum((-2, -1)), np.arange(28)
    return (weights.sum(-1) * steps).sum(-1) / total, (weights.sum(-2) * steps).sum(-1) / total


def extent(image):
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    return rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


def test_sample_looks_like_mnist(sample):
    """Box, centre and grey values are MNIST's: 81 % paper; of the ink, 39 % saturated, 174 on average."""
    images = sample.train.images
    assert all(max(extent(image)) == 20 for image in images)
    for position in centre(images):
        assert np.abs(position - 14).max() <= 0.51
    ink = images[images > 0]
    assert 0.76 < (images == 0).mean() < 0.84
    assert 0.34 < (ink >= 250).mean() < 0.44 and 165 < ink.mean() < 185


SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=12)
INK = st.one_of(
    hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=60)),
    hnp.arrays(np.float32, SHAPES, elements=st.floats(0, 1, width=32)),
    hnp.arrays(np.float64, SHAPES, elements=st.floats(0, 1e300)),
)


@settings(deadline=None, max_examples=150)
@given(INK)
def test_any_ink_comes_into_mnist_form(ink):
    assume(ink.any())
    before = ink.copy()
    image = to_mnist_form(ink)
    np.testing.assert_array_equal(ink, before)
    assert image.shape == (28, 28) and image.dtype == np.uint8 and image.max() == 255
    height, width = extent(image)
    assert max(height, width) <= 20
    for position in centre(image):
        assert abs(position - 14) <= 0.51


@pytest.mark.parametrize("shape", [(200, 100), (100, 200), (37, 37), (5, 1000), (3, 2)])
def test_proportions_stay(shape):
    image = to_mnist_form(np.pad(np.ones(shape), 9))
    longer = max(shape)
    assert extent(image) == tuple(max(1, round(side * 20 / longer)) for side in shape)


def test_scale_of_the_values_does_not_matter():
    ink = np.zeros((40, 30))
    ink[5:30, 10:14] = 1
    ink[28:34, 8:22] = 0.5
    image = to_mnist_form(ink)
    np.testing.assert_array_equal(to_mnist_form(ink * 1e9), image)
    np.testing.assert_array_equal(to_mnist_form((ink * 16).astype(np.uint8)), image)
    np.testing.assert_array_equal(to_mnist_form(np.pad(ink, ((0, 70), (3, 0)))), image)


def test_edges_are_soft():
    rows, columns = np.mgrid[:100, :100]
    values = np.unique(to_mnist_form(np.hypot(rows - 50, columns - 50) < 40))
    assert len(values) > 8


def test_two_dots_far_apart_do_not_vanish():
    ink = np.zeros((3000, 2000), np.uint8)
    ink[0, 0] = ink[-1, -1] = 1
    assert to_mnist_form(ink).max() == 255


def test_a_lopsided_picture_keeps_all_its_ink():
    ink = np.zeros((200, 200))
    ink[:20, :20] = 1
    ink[-6:, -6:] = 0.5
    image = to_mnist_form(ink)
    assert 14 <= max(extent(image)) < 20
    assert all(abs(position - 14) <= 0.51 for position in centre(image))


@pytest.mark.parametrize(
    ("ink", "message"),
    [
        (np.zeros((9, 9)), "blank"),
        (np.zeros((28, 28), np.uint8), "blank"),
        (np.full((9, 9), np.nan), "NaN"),
        (np.full((9, 9), np.inf), "infinite"),
        (np.eye(9) - 0.5, "negative"),
        (np.ones(9), r"shape \(9,\)"),
        (np.ones((0, 9)), "blank"),
        (np.ones((9, 9, 3)), r"shape \(9, 9, 3\).*grey"),
        (np.ones((1, 28, 28)), "one image at a time"),
        (np.full((9, 9), "ink"), "type <U3"),
        (np.ones((9, 9), complex), "complex"),
        (None, "2-D array"),
    ],
)
def test_pictures_that_are_none(ink, message):
    with pytest.raises(ValueError, match=f"(?s){message}"):
        to_mnist_form(ink)


# ---- the true MNIST ----


@pytest.fixture
def true_mnist(monkeypatch):
    monkeypatch.setattr(module, "EXPECTED", TRUE_EXPECTED)
    monkeypatch.setattr(module, "VALIDATION", 5000)
    monkeypatch.setenv("MNIST_LIB_DATA", TRUE_MNIST)


@needs_mnist
def test_true_mnist(true_mnist):
    data = load_mnist("mnist")
    assert [part.images.shape for part in (data.train, data.validation, data.test)] == [
        (55000, 28, 28),
        (5000, 28, 28),
        (10000, 28, 28),
    ]
    assert list(data.train.labels[:10]) == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(data.test.labels)[0] == 980
    assert data.origin.startswith("MNIST, from the f")
    again = np.concatenate([data.train.images, data.validation.images])
    assert hashlib.sha256(again).hexdigest() == TRUE_EXPECTED["x_train"][1]


@needs_mnist
def test_true_mnist_as_idx_and_by_download(true_mnist, home, monkeypatch, server):
    data = load_mnist("mnist")
    arrays = {
        "x_train": np.concatenate([data.train.images, data.validation.images]),
        "y_train": np.concatenate([data.train.labels, data.validation.labels]),
        "x_test": data.test.images,
        "y_test": data.test.labels,
    }
    monkeypatch.setenv("MNIST_LIB_DATA", str(idx_folder(home / "idx", bytes, "", arrays)))
    np.testing.assert_array_equal(load_mnist("mnist").test.images, data.test.images)
    monkeypatch.delenv("MNIST_LIB_DATA")
    server.pages["/mnist.npz"] = npz(arrays, np.savez)
    monkeypatch.setattr(module, "MIRRORS", (f"{server.url}/mnist.npz",))
    assert load_mnist("mnist").origin.startswith("MNIST, downloaded")
    cached = load_mnist("mnist")
    assert cached.origin == "MNIST, from mnist_lib's cache"
    np.testing.assert_array_equal(cached.train.labels, data.train.labels)
    assert (home / "cache" / "mnist.npz").stat().st_size < 13e6


@needs_mnist
def test_mnist_is_in_mnist_form_already(true_mnist):
    """to_mnist_form leaves nine in ten of MNIST's own digits as they are."""
    images = load_mnist("mnist").test.images[:300]
    unchanged = [np.array_equal(to_mnist_form(image), image) for image in images]
    assert np.mean(unchanged) > 0.85
