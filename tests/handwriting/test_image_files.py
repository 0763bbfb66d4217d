"""Pictures that would take too much memory or time are refused by their size, before they are decoded."""

import io
import os
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from mnist_lib.handwriting import HandwritingError, find_pictures
from mnist_lib.handwriting.image_files import load


def png(width, height, bits=8, kind=0, channels=1):
    """A PNG of zeros, made without ever holding its pixels."""
    row = -(-width * bits * channels // 8) + 1
    squeeze = zlib.compressobj(1)
    parts = [squeeze.compress(bytes(min(row * height - start, 1 << 20))) for start in range(0, row * height, 1 << 20)]
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)),
        (b"IDAT", b"".join([*parts, squeeze.flush()])),
        (b"IEND", b""),
    ]
    packed = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def made(mode, side, form, **options):
    file = io.BytesIO()
    Image.new(mode, (side, side)).save(file, form, **options)
    return file.getvalue()


def turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


REFUSED = {  # name: how the file is made, and what the error says
    "a long column": (lambda: png(1, 100_000_000), "1 x 100,000,000 pixels; expected 50,000 at most on each side"),
    "a long row": (lambda: png(100_000_000, 1), "100,000,000 x 1 pixels"),
    "colours": (lambda: png(7000, 7000, 8, 2, 3), "7,000 x 7,000 pixels, too many"),
    "WebP": (lambda: made("RGB", 6000, "WEBP", lossless=True, method=0), "6,000 x 6,000 pixels, too many"),
    "a bomb": (lambda: png(100_000, 100_000, 1), "10000000000 pixels"),
    "text": (lambda: b"P3 4000 4000 255\n" + b"1 " * 48_000_000, "4,000 x 4,000 pixels; expected 2,000,000 in all"),
    "text, one bit": (lambda: b"P1 2000 2000\n" + b"1 " * 4_000_000, "2,000 x 2,000 pixels; expected 2,000,000"),
    "odd maximum": (lambda: b"P6 2000 2000 254\n" + bytes(12_000_000), "in this form of PPM"),
}
OPENED = {
    "a column": lambda: png(1, 50_000),
    "a high picture": lambda: png(3_200, 50_000),
    "a wide picture": lambda: png(50_000, 3_200),
    "one bit": lambda: png(12_600, 12_600, 1),
    "16 bits": lambda: png(4_400, 4_400, 16),
    "floats": lambda: made("F", 4_400, "TIFF", compression="tiff_lzw"),
    "turned": lambda: made("RGB", 6_300, "TIFF", compression="tiff_lzw", exif=turned()),
    "WebP": lambda: made("RGB", 3_900, "WEBP", lossless=True, method=0),
    "text": lambda: b"P3 1000 1000 255\n" + b"1 " * 3_000_000,
}

# A process of its own, since memory that was taken once is not given back. /proc knows the peak of this program alone;
# getrusage counts what the one that started it held.
PEAK = """
import sys
import numpy as np
from PIL import Image
from mnist_lib.handwriting import image_files

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

Image.init()
image_files.load(np.zeros((9, 9), np.uint8))
before = peak()
try:
    print(image_files.load(sys.argv[1]).shape, end=" ")
except image_files.HandwritingError as error:
    print(str(error).splitlines()[0], end=" ")
print("|", peak() - before)
"""
measurable = pytest.mark.skipif(
    not os.path.exists("/proc/self/status"), reason="only Linux tells the peak of a process"
)


def measured(content, folder):
    """Open a file in another process: what it said, and how many bytes it took."""
    path = folder / "picture"
    path.write_bytes(content)
    run = subprocess.run([sys.executable, "-c", PEAK, path], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    said, _, taken = run.stdout.rpartition("|")
    return said, int(taken)


@measurable
@pytest.mark.slow
@pytest.mark.parametrize("kind", REFUSED)
def test_what_would_take_too_much_is_refused_before_it_is_decoded(kind, tmp_path):
    make, told = REFUSED[kind]
    said, taken = measured(make(), tmp_path)
    assert told in said and taken < 20e6


@measurable
@pytest.mark.slow
@pytest.mark.parametrize("kind", OPENED)
def test_what_is_opened_takes_less_than_500_million_bytes(kind, tmp_path):
    said, taken = measured(OPENED[kind](), tmp_path)
    assert said.endswith(", 3) ") and taken < 500e6


def test_a_damaged_note_about_the_camera_does_not_matter():
    file = io.BytesIO()
    picture = Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4) * 20)
    picture.save(file, "PNG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff broken")
    assert load(file.getvalue()).shape == (3, 4, 3)


@pytest.mark.parametrize(("mode", "form"), [("RGB", "JPEG"), ("RGB", "PNG"), ("I;16", "PNG"), ("F", "TIFF")])
def test_a_picture_that_is_handed_over_is_turned_in_a_copy(mode, form):
    file = io.BytesIO()
    Image.new(mode, (30, 20)).save(file, form, exif=turned())
    with Image.open(file) as picture:
        picture.load()  # TIFF is turned by Pillow itself here
        size = picture.size
        assert load(picture).shape == (30, 20, 3) and picture.size == size


# ---- a folder of one's own pictures


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("mine/7_b.PNG", "mine/3_a.jpg", "mine/notes.txt", "mine/.hidden.png", "phone/1.heic", "empty/.x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()


def test_pictures_of_a_folder_in_the_order_of_their_names(here, tmp_path):
    assert [path.name for path in find_pictures("mine")] == ["3_a.jpg", "7_b.PNG"]
    assert find_pictures(tmp_path / "mine")[0].is_file()


def test_the_series_own_folders_are_found_from_everywhere(here):
    assert len(find_pictures("digits_on_paper")) == 12


def test_a_folder_that_is_missing_or_holds_no_picture(here, tmp_path):
    with pytest.raises(HandwritingError, match="There is no folder mein.*Folders here: empty, mine, phone") as missing:
        find_pictures("mein")
    assert str(tmp_path) not in str(missing.value)
    with pytest.raises(HandwritingError, match="There is no folder mine/3_a.jpg"):
        find_pictures("mine/3_a.jpg")
    with pytest.raises(HandwritingError, match=r"phone holds no picture .* but 1\.heic.\n.*JPEG, not HEIC"):
        find_pictures("phone")
    with pytest.raises(HandwritingError, match="empty holds no picture that can be read, but nothing"):
        find_pictures("empty")
