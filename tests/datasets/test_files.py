"""What others wrote is read in every packing, and refused with a reason if it is not MNIST.

A few random images, whose digests take the place of MNIST's, come in by the door of MNIST_LIB_DATA.
"""

import gzip
import os
import signal
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
import small_mnist
from small_mnist import ARRAYS, HTML, STEM, idx, idx_folder, npy, npz, put, same, zipped

from mnist_lib.data import load_mnist
from mnist_lib.datasets.files import DataError
from mnist_lib.datasets.find import find_local

home = small_mnist.home


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
    with pytest.raises(DataError, match=f"(?s){message}.*Point MNIST_LIB_DATA at the original .npz") as caught:
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


# ---- what is no file ----


@pytest.fixture
def fifo(tmp_path):
    """Return a function that makes a FIFO, which nobody writes to: who opens it to read waits for ever."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no FIFOs on this system")
    signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it waits for the FIFO"))
    signal.alarm(30)
    yield lambda path: [path.parent.mkdir(parents=True, exist_ok=True), os.mkfifo(path)]
    signal.alarm(0)


@pytest.mark.parametrize("look", [load_mnist, find_local], ids=["load_mnist", "find_local"])
def test_a_fifo_is_refused_at_once(home, monkeypatch, fifo, look):
    fifo(home / "pipe.npz")
    monkeypatch.setenv("MNIST_LIB_DATA", str(home / "pipe.npz"))
    with pytest.raises(
        DataError, match=r"(?s)pipe.npz, which cannot be read: it is a FIFO.*not a file\..*original .npz"
    ):
        look()


def test_a_device_is_refused_at_once(monkeypatch):
    monkeypatch.setenv("MNIST_LIB_DATA", os.devnull)
    with pytest.raises(DataError, match="it is a device, not a file"):
        load_mnist()


def test_a_fifo_in_the_cache_is_let_alone_and_named(home, capfd, fifo):
    fifo(home / "cache" / "mnist.npz")
    put(home / "keras" / "datasets" / "mnist.npz", npz())
    assert find_local()[1] == ["mnist_lib's cache: it is a FIFO (a named pipe), not a file"]
    assert load_mnist().origin == "MNIST, from Keras's cache"
    assert "mnist_lib's cache: it is a FIFO" in capfd.readouterr().out
    assert (home / "cache" / "mnist.npz").is_fifo()


def link(path, target):
    path.symlink_to(target)


NO_FILES = {
    "FIFO": (lambda path: os.mkfifo(path), "it is a FIFO"),
    "folder": (lambda path: path.mkdir(), "it is a folder, not a file"),
    "dangling link": (lambda path: link(path, "nowhere"), "the link leads nowhere"),
    "link to itself": (lambda path: link(path, path), "symbolic link"),
}


@pytest.mark.parametrize("kind", NO_FILES)
@pytest.mark.parametrize("look", [load_mnist, find_local], ids=["load_mnist", "find_local"])
def test_what_is_no_file_in_an_idx_folder_is_named(home, monkeypatch, fifo, kind, look):
    make, reason = NO_FILES[kind]
    file = idx_folder(home / "idx") / f"{STEM}.gz"
    file.unlink()
    make(file)
    monkeypatch.setenv("MNIST_LIB_DATA", str(home / "idx"))
    with pytest.raises(DataError, match=f"{STEM}.gz in the folder idx cannot be read: .*{reason}") as caught:
        look()
    assert "holds no" not in str(caught.value)
    put(home / "idx" / STEM, idx(ARRAYS["x_test"]))  # the other spelling serves
    assert look()
