"""Any picture becomes a 28x28 image in MNIST's form, a warning, or a clear error."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from scipy import ndimage

from mnist_lib.handwriting import HandwritingError, prepare
from mnist_lib.handwriting.simulate import PENS, enlarge, photograph, rewrite, sample_photographs

QUIET = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def stroke(height=200, width=160, pen=9, offset=(0, 0)):
    """A seven: ink from 0 to 1."""
    picture = Image.new("L", (width, height))
    from PIL import ImageDraw

    points = [(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]
    points = [(width * x + offset[0], height * y + offset[1]) for x, y in points]
    ImageDraw.Draw(picture).line(points, fill=255, width=pen, joint="curve")
    return np.asarray(picture) / 255


def on_paper(ink, paper=(250, 248, 240), pen=(20, 30, 120)):
    colours = np.array(paper) * (1 - ink[..., None]) + np.array(pen) * ink[..., None]
    return np.rint(colours).astype(np.uint8)


def encoded(picture, form="PNG", **options):
    file = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(file, form, **options)
    return file.getvalue()


def alike(first, second):
    """Correlation of two images."""
    return np.corrcoef(first.ravel(), second.ravel())[0, 1]


def codes(prepared):
    return {remark.code for remark in prepared.warnings}


EXPECTED = prepare(on_paper(stroke())).image


def test_form():
    prepared = prepare(on_paper(stroke()))
    image = prepared.image
    assert image.shape == (28, 28) and image.dtype == np.uint8 and image.max() == 255
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    middle = ndimage.center_of_mass(image.astype(float))
    assert np.abs(np.array(middle) - 14).max() <= 1
    assert prepared.warnings == ()


def test_every_stage_is_an_image_and_the_last_is_the_result():
    prepared = prepare(on_paper(stroke()))
    assert list(prepared.stages) == [
        "as loaded", "grey", "background removed", "ink mask", "cut out", "stroke width",
        "20x20 box", "centred",
    ]  # fmt: skip
    for stage in prepared.stages.values():
        assert stage.dtype == np.uint8 and stage.ndim in (2, 3) and stage.size
    assert prepared.stages["20x20 box"].shape[0] == 20
    np.testing.assert_array_equal(prepared.stages["centred"], prepared.image)


@pytest.mark.parametrize(
    ("paper", "pen"),
    [
        ((255, 255, 255), (0, 0, 0)), ((0, 0, 0), (255, 255, 255)), ((250, 225, 60), (200, 30, 30)),
        ((30, 50, 40), (230, 230, 220)), ((128, 128, 128), (128, 170, 60)), ((190, 60, 60), (60, 120, 120)),
        ((250, 250, 250), (205, 205, 205)),
    ],
)  # fmt: skip
def test_colours(paper, pen):
    assert alike(prepare(on_paper(stroke(), paper, pen)).image, EXPECTED) > 0.97


@pytest.mark.parametrize("pen", [2, 4, 18, 30])
def test_pens(pen):
    assert alike(prepare(on_paper(stroke(pen=pen))).image, EXPECTED) > 0.75


@pytest.mark.parametrize("scale", [0.2, 0.5, 3, 15])
def test_sizes(scale):
    ink = stroke(round(200 * scale), round(160 * scale), max(2, round(9 * scale)))
    assert alike(prepare(on_paper(ink)).image, EXPECTED) > 0.9


def test_uneven_light_shadow_and_grain(random):
    picture = on_paper(stroke()).astype(float)
    y, x = np.mgrid[0:1:200j, 0:1:160j]
    picture *= (1 - 0.4 * y)[..., None] * np.where(x + 0.3 * y > 0.8, 0.6, 1)[..., None]
    picture += random.normal(0, 8, (200, 160, 1))
    image = prepare(np.clip(picture, 0, 255).astype(np.uint8)).image
    assert alike(image, EXPECTED) > 0.9


@pytest.mark.parametrize("squares", [False, True])
def test_printed_lines_are_left_out(squares):
    picture = on_paper(stroke(300, 240))
    lines = np.zeros((300, 240), bool)
    lines[20::47] = lines[21::47] = True
    if squares:
        lines[:, 15::47] = True
    picture[lines & (stroke(300, 240) < 0.5)] = (150, 170, 220)
    assert alike(prepare(picture).image, EXPECTED) > 0.85


def test_a_sheet_on_a_table():
    picture = np.full((360, 330, 3), (110, 75, 45), np.uint8)
    picture[80:280, 90:250] = on_paper(stroke())
    assert alike(prepare(picture).image, EXPECTED) > 0.9


def test_a_frame_and_dirt_are_left_out(random):
    picture = on_paper(stroke())
    picture[:4] = picture[-4:] = 40
    picture[:, :4] = picture[:, -4:] = 40
    for y, x in random.integers(10, 150, (12, 2)):
        picture[y : y + 2, x : x + 2] = 60
    assert alike(prepare(picture).image, EXPECTED) > 0.93


def test_broken_strokes_are_joined():
    ink = stroke()
    for row in range(60, 160, 25):
        ink[row : row + 5] = 0
    assert alike(prepare(on_paper(ink)).image, EXPECTED) > 0.8


def test_all_kinds_of_arrays_of_one_picture():
    grey = on_paper(stroke()).mean(axis=2)
    alpha = np.full(grey.shape, 255.0)
    kinds = [
        grey.astype(np.uint8), grey / 255, (grey / 255).astype(np.float16),
        (grey * 257).astype(np.uint16), grey,
        grey[..., None], np.stack([grey] * 3, axis=-1), np.stack([grey, alpha], axis=-1).astype(np.uint8),
        stroke() > 0.5, stroke(), (stroke() > 0.5).astype(int), np.asfortranarray(grey), grey.tolist(),
    ]  # fmt: skip
    for kind in kinds:
        assert alike(prepare(kind).image, EXPECTED) > 0.95


def test_all_kinds_of_files_of_one_picture(tmp_path):
    picture = Image.fromarray(on_paper(stroke()))
    path = tmp_path / "seven.png"
    picture.save(path)
    kinds = [
        path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), picture, picture.convert("P"),
        picture.convert("L"), picture.convert("1", dither=0), picture.convert("CMYK"),
        picture.convert("I;16"),
        picture.convert("F"), picture.convert("LA"), picture.convert("RGBa"), encoded(picture,
        "JPEG", quality=60),
        encoded(picture, "GIF"), encoded(picture, "WEBP"), encoded(picture, "TIFF"), encoded(picture, "BMP"),
    ]  # fmt: skip
    for kind in kinds:
        assert alike(prepare(kind).image, EXPECTED) > 0.95
    assert picture.mode == "RGB" and picture.size == (160, 200)  # left as it was


def test_16_bit_png():
    values = (40000 - 30000 * stroke()).astype(np.uint16)
    assert alike(prepare(encoded(values)).image, EXPECTED) > 0.95


@pytest.mark.parametrize("colour", [0, 255])
def test_ink_on_nothing(colour):
    picture = np.full((200, 160, 4), colour, np.uint8)
    picture[..., 3] = np.rint(255 * stroke())
    assert alike(prepare(picture).image, EXPECTED) > 0.95


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation(orientation, form):
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the turn that the note will undo
    picture = Image.fromarray(on_paper(stroke()))
    if orientation in back:
        picture = picture.transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert alike(prepare(encoded(picture, form, exif=exif, quality=90)).image, EXPECTED) > 0.95


def test_warnings_with_remedies(random):
    two = np.concatenate([stroke(), stroke()], axis=1)
    assert codes(prepare(on_paper(two))) == {"several"} and prepare(on_paper(two)).rivals
    assert "edge" in codes(prepare(on_paper(stroke(offset=(-55, 0)))))
    assert "faint" in codes(prepare(on_paper(stroke(), (240, 240, 240), (222, 222, 222))))
    assert "small" in codes(prepare(on_paper(stroke(16, 13, 1))))
    for blank in (
        np.zeros((50, 50)),
        np.full((300, 200, 3), 200, np.uint8),
        random.normal(128, 8, (200, 200)),
    ):
        prepared = prepare(blank)
        assert prepared.image is None and codes(prepared) == {"blank"}
        assert "pen" in str(prepared.warnings[0])


@pytest.mark.parametrize("side", [60, 280, 900])
@pytest.mark.parametrize("shades", [(0, 255), (40, 220), (120, 200)])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_an_area_is_not_a_stroke(side, shades, share):
    """A picture half dark, half light: on the left, on top, below, or across."""
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j]
    for dark in (x < share, y < share, y > share, x + y < 2 * share):
        prepared = prepare(np.where(dark, *shades).astype(np.uint8))
        assert codes(prepared) & {"blank", "not-a-digit"}


def test_a_filled_square_is_no_zero_but_a_zero_is():
    y, x = np.mgrid[-1:1:280j, -1:1:280j]
    square, ring = np.maximum(abs(x), abs(y)) < 0.5, abs(np.hypot(x, y) - 0.5) < 0.06
    assert "not-a-digit" in codes(prepare(np.where(square, 0, 255)))
    assert codes(prepare(np.where(ring, 0, 255))) == set()


@pytest.mark.parametrize("shadow", [0.5, 0.7, 0.9])
def test_a_digit_in_a_deep_shadow_is_still_one(shadow):
    ink = rewrite(stroke() > 0.5, "medium")
    for seed in range(5):
        picture = photograph(ink, np.random.default_rng(seed), shadow=shadow, grain=3, chalk=False)
        assert not codes(prepare(picture)) & {"blank", "not-a-digit"}


def test_nearly_the_same_grey_everywhere():
    """Otsu's method counts in 256 steps, and numbers of 32 bits have no room for them here."""
    flat = np.full((200, 200), 0.5)
    flat[80:120, 90:110] += 1e-7
    survives(flat)
    y, x = np.mgrid[0:1:140j, 0:1:140j]
    for s in (0.3, 0.5, 0.7):
        for dark in (x < s, y < s, x > s, x + y < 2 * s, (x < s) & (y < s), (x < s) | (y < s), (x < 0.5) ^ (y < 0.5)):
            survives(np.where(dark, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        (np.array([[np.nan, 1.0]]), "NaN"), (np.array([[np.inf, 1.0]]), "infinite"), (np.zeros((0,
        5)), "empty"),
        (np.zeros((3, 9, 9)), "channels come first"), (np.zeros((2, 5, 5, 3)), "one picture at a time"),
        (np.array([["a"]]), "<U1"), (np.ones((3, 3), complex), "complex"), (np.full((3, 3), None), "object"),
        (np.full((3, 3), -7.0), "from -7 to -7"), (np.full((3, 3), 1e9), "65535"), (None, "object"),
        ([[1], [1, 2]], "list"), (b"", "empty"), (b"hello, this is text", "no picture"), (b"%PDF-1.7", "PDF"),
        (b"\0\0\0\x18ftypheic", "HEIC"), (io.StringIO("text"), "'rb'"), ("no_such_file.png",
        "does not exist"),
        (Path(__file__).parent, "folder"), ("a\0b", "null"), (os.devnull, "no ordinary file"),
        (Image.new("L", (0, 4)), "0 x 4"),
    ],
)  # fmt: skip
def test_clear_errors(bad, match):
    with pytest.raises(HandwritingError, match=match):
        prepare(bad)


def test_damaged_and_hostile_files(tmp_path):
    png = encoded(on_paper(stroke()))
    with pytest.raises(HandwritingError, match="damaged"):
        prepare(png[: len(png) // 2])
    text = tmp_path / "text.png"
    text.write_text("no picture")
    with pytest.raises(HandwritingError, match=r"text\.png is no picture"):
        prepare(text)
    with pytest.raises(HandwritingError, match="gigantic"):
        prepare(encoded(Image.new("1", (20_000, 20_000))))
    with pytest.raises(HandwritingError, match="too many to open"):
        prepare(encoded(Image.new("RGBA", (5_000, 5_000))))
    for size in ((30_000, 1), (1, 30_000), (1, 1)):
        assert prepare(encoded(Image.new("L", size))).image is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(HandwritingError, match="no ordinary file"):
        prepare(tmp_path / "pipe.png")


def survives(picture):
    """A picture gives a result in MNIST's form, a warning that it is blank, or one clear error."""
    try:
        prepared = prepare(picture)
    except HandwritingError as error:
        assert str(error)
        return
    if prepared.image is None:
        assert codes(prepared) == {"blank"}
    else:
        assert prepared.image.shape == (28, 28) and prepared.image.any()


@QUIET
@given(
    hnp.arrays(
        st.one_of(hnp.scalar_dtypes(), st.just(np.dtype(object))),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=40),
    )
)
def test_arrays_of_any_shape_type_and_content(array):
    survives(array)


@QUIET
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90)), elements=st.sampled_from([0, 90, 255])))
def test_blocks_of_ink(array):
    survives(array)


@QUIET
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"II*\0", b"BM"]),
)
def test_any_bytes(tail, head):
    survives(head + tail)


@QUIET
@given(
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=8),
    st.sampled_from(["PNG", "GIF", "TIFF"]),
)
def test_files_with_wrong_bytes(changes, form):
    content = bytearray(encoded(on_paper(stroke(60, 50, 4)), form))
    for place, value in changes:
        content[place % len(content)] = value
    survives(bytes(content))


def test_photographs_are_the_same_again():
    first, second = sample_photographs(3, seed=3), sample_photographs(3, seed=3)
    assert [one.pen for one in first] == list(PENS)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.picture, other.picture)
        assert one.label == other.label and one.picture.ndim == 3


def test_photograph_takes_what_it_is_given(random):
    ink = rewrite(enlarge(np.pad(np.ones((5, 1)), 1)), "thin")
    picture = photograph(ink, random, size=(100, 120), shadow=0, grain=0, chalk=False)
    assert picture.shape == (100, 120, 3)
    assert prepare(picture).image is not None
