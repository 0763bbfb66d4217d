"""MNIST is looked for, kept, split and shown as promised; so is the sample, and pictures take MNIST's form.

No test uses the network: the mirror is a server on this machine, and MNIST is, but for the last tests, a few
random images whose digests take the place of MNIST's.
"""

import errno
import hashlib
import io
import json
import os
import stat
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
import small_mnist
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from small_mnist import EXPECTED, HTML, answer, files, idx_folder, npz, put, raising, refuse, same

from mnist_lib import data as module
from mnist_lib import runtime as whole_files
from mnist_lib.data import DataError, load_mnist, to_mnist_form
from mnist_lib.datasets import files as formats
from mnist_lib.datasets import mirrors as download
from mnist_lib.datasets.find import find_local

home, notebook = small_mnist.home, small_mnist.notebook
server, mirror = small_mnist.server, small_mnist.mirror

TRUE_MNIST = os.environ.get("MNIST_LIB_DATA")
TRUE_EXPECTED = formats.EXPECTED
needs_mnist = pytest.mark.skipif(not TRUE_MNIST, reason="needs the true MNIST: set MNIST_LIB_DATA to a copy")


# ---- MNIST_LIB_DATA ----


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


# ---- looking without downloading ----


@pytest.fixture
def untouched(home, monkeypatch, capfd):
    """The mirrors are not asked, nothing is printed, and the folders stay as they are at each check."""
    monkeypatch.setattr(download, "download", lambda *_: pytest.fail("find_local must not download"))

    def check():
        before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
        outcome = find_local()
        assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == before
        assert capfd.readouterr() == ("", "")
        return outcome

    return check


def test_find_local_names_what_load_mnist_then_takes(home, monkeypatch, untouched):
    nowhere = ["mnist_lib's cache: no mnist.npz there", "Keras's cache: no mnist.npz there"]
    assert untouched() == (None, nowhere)
    put(home / "keras" / "datasets" / "mnist.npz", npz())
    origin, problems = untouched()
    assert origin == load_mnist().origin == "MNIST, from Keras's cache"
    assert problems == nowhere[:1]
    put(home / "cache" / "mnist.npz", npz())
    assert untouched() == (load_mnist().origin, []) == ("MNIST, from mnist_lib's cache", [])
    monkeypatch.setenv("MNIST_LIB_DATA", str(put(home / "own.npz", npz())))
    assert untouched() == (load_mnist().origin, [])


def test_find_local_leaves_a_damaged_cache_alone(home, untouched):
    put(home / "cache" / "mnist.npz", HTML)
    put(home / "keras" / "datasets" / "mnist.npz", npz()[:5000])
    origin, (own, keras) = untouched()
    assert origin is None
    assert own.startswith("mnist_lib's cache: mnist.npz is a web page")
    assert keras.startswith("Keras's cache: mnist.npz is damaged or cut short")


def test_find_local_refuses_what_load_mnist_refuses(home, monkeypatch):
    monkeypatch.setenv("MNIST_LIB_DATA", str(put(home / "own.npz", HTML)))
    put(home / "cache" / "mnist.npz", npz())
    with pytest.raises(DataError, match="own.npz is a web page") as caught:
        find_local()
    with pytest.raises(DataError) as refused:
        load_mnist()
    assert str(caught.value) == str(refused.value)


# ---- two at once ----

CLIENT = """
import json, sys
from mnist_lib import data
from mnist_lib.datasets import mirrors as download, files as formats
settings = json.loads(sys.argv[1])
download.MIRRORS, data.VALIDATION = settings["mirrors"], 5
formats.EXPECTED = {name: (tuple(shape), digest) for name, (shape, digest) in settings["expected"].items()}
print(data.load_mnist("mnist").origin)
"""


def test_two_processes_at_once_download_once(home, server):
    def slow(handler):
        time.sleep(1.5)
        answer(handler, npz())

    server.pages["/mnist.npz"] = slow
    arguments = json.dumps({"mirrors": [f"{server.url}/mnist.npz"], "expected": EXPECTED})
    command = [sys.executable, "-c", CLIENT, arguments]
    clients = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [client.communicate(timeout=60) for client in clients]
    assert [client.returncode for client in clients] == [0, 0], outputs
    origins = sorted(out.splitlines()[-1] for out, _ in outputs)
    assert origins[0].startswith("MNIST, downloaded") and origins[1] == "MNIST, from mnist_lib's cache"
    assert "Another process is downloading MNIST: waiting for it." in "".join(out for out, _ in outputs)
    assert server.asked == ["/mnist.npz"]
    assert files(home / "cache") == ["mnist.npz"]


def test_a_lock_that_is_held_for_ever(home, monkeypatch, mirror):
    from filelock import FileLock

    monkeypatch.setattr(download, "TOTAL_SECONDS", 0.8)
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


@pytest.mark.skipif(os.name == "nt" or getattr(os, "geteuid", int)() == 0, reason="modes do not bind this user")
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

        class Disk(io.FileIO):
            def write(self, content):
                super().write(bytes(content[:100]))
                raise full

        monkeypatch.setattr(whole_files, "open", Disk, raising=False)
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
    monkeypatch.setattr(formats, "EXPECTED", TRUE_EXPECTED)
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
    monkeypatch.setattr(download, "MIRRORS", (f"{server.url}/mnist.npz",))
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


def test_a_part_of_a_split(sample):
    sevens = sample.train[sample.train.labels == 7]
    assert len(sevens) == (sample.train.labels == 7).sum() and set(sevens.labels) == {7}
    np.testing.assert_array_equal(sample.train[:5].images, sample.train.images[:5])
