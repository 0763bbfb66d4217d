"""The drawing canvas: its Python side by itself."""

import base64
import io
import json
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from drawings import drawn, stub_notebook
from PIL import Image

from mnist_course.series.pages import WIDGET, notebook_page
from mnist_course.series.run import run
from mnist_lib.live.canvas import ALT, DigitCanvas

HOUSE = Path(__file__).parents[2]

pytestmark = pytest.mark.filterwarnings("default")  # kernels and widgets warn about their own insides


def answer(digit=3, warnings=()):
    probabilities = np.full(10, 0.01, np.float32)
    probabilities[3] = 0.91
    return SimpleNamespace(digit=digit, probability=np.float32(0.91), probabilities=probabilities, warnings=warnings)


# ---- the Python side


def test_what_is_drawn_is_read_and_told_to_the_page():
    seen = []
    faint = answer(warnings=[ValueError("It is faint.")])  # any object: its str() is the sentence
    canvas = DigitCanvas(lambda picture: seen.append(picture) or faint)
    assert (canvas.picture, canvas.result, canvas.reading) == (None, None, {"serial": 0})
    canvas.strokes = drawn(3)
    (picture,) = seen
    assert picture.shape == (140, 140) and picture.dtype == np.uint8
    assert np.array_equal(picture, canvas.picture)
    assert canvas.result.digit == 3
    assert json.loads(json.dumps(canvas.reading)) == {
        "serial": 1,
        "digit": 3,
        "probability": pytest.approx(0.91),
        "probabilities": pytest.approx(answer().probabilities.tolist()),
        "warnings": ["It is faint."],
    }
    canvas.strokes = []
    assert len(seen) == 1
    assert (canvas.picture, canvas.result, canvas.reading) == (None, None, {"serial": 2})


def test_ink_is_black_on_white_round_and_where_it_was_drawn():
    canvas = DigitCanvas(lambda picture: answer())
    canvas.strokes = [{"width": 0.1, "points": [[0.25, 0.5], [0.5, 0.5], [0.75, 0.5]]}]
    rows, columns = np.nonzero(canvas.picture < 128)
    assert (rows.min(), rows.max()) == pytest.approx((63, 76), abs=1)
    assert (columns.min(), columns.max()) == pytest.approx((28, 111), abs=1)
    assert canvas.picture[70, 70] == 0 and canvas.picture[10, 10] == 255
    assert ((canvas.picture > 0) & (canvas.picture < 255)).any(), "its edges are soft"
    canvas.strokes = [{"width": 0.2, "points": [[0.5, 0.5]]}]  # a tap
    area = (255 - canvas.picture.astype(float)).sum() / 255
    assert area == pytest.approx(math.pi * 14**2, rel=0.03)


@pytest.mark.parametrize("points", [[[-0.5, 2.0], [1.5, -3.0]], [[0.5, 0.5], [0.5, 0.5]], [[9, 9]]])
def test_ink_outside_of_the_paper_is_cut_off(points):
    canvas = DigitCanvas(lambda picture: answer())
    canvas.strokes = [{"width": 0.07, "points": points}]
    assert canvas.picture.shape == (140, 140)
    assert "error" not in canvas.reading


def test_errors_of_the_reader_are_told_and_the_next_stroke_is_read():
    def read(picture):
        if picture.mean() > 250:
            raise ValueError("too little ink.")
        return answer()

    canvas = DigitCanvas(read)
    canvas.strokes = drawn(1, width=0.01)
    assert canvas.reading == {"serial": 1, "error": "Not read, ValueError: too little ink."}
    assert canvas.result is None and canvas.picture is not None
    canvas.strokes = drawn(1)
    assert canvas.reading["digit"] == 3


@pytest.mark.parametrize("wrong", [[0.1] * 9, [float("nan")] * 10, "many"])
def test_an_answer_that_cannot_be_shown_is_an_error(wrong):
    result = SimpleNamespace(digit=1, probability=1, probabilities=wrong, warnings=[])
    canvas = DigitCanvas(lambda picture: result)
    canvas.strokes = drawn(1)
    assert canvas.reading["error"].startswith("Not read, ValueError:")


def test_no_digit_has_no_probability():
    nothing = SimpleNamespace(digit=None, probability=None, probabilities=None, warnings=["No digit found."])
    canvas = DigitCanvas(lambda picture: nothing)
    canvas.strokes = drawn(1)
    assert (canvas.reading["digit"], canvas.reading["probability"]) == (None, None)
    assert canvas.reading["probabilities"] == [0] * 10
    assert canvas.reading["warnings"] == ["No digit found."]


def test_wrong_arguments_are_refused():
    with pytest.raises(TypeError, match="read is 3; expected a function"):
        DigitCanvas(3)
    with pytest.raises(ValueError, match="size is 20; expected 120 to 1000"):
        DigitCanvas(answer, size=20)


# ---- saving


@pytest.fixture
def canvas(tmp_path):
    canvas = DigitCanvas(lambda picture: answer(), save_to=tmp_path / "set" / "mine")
    canvas.strokes = drawn(3)
    return canvas


def saved(folder):
    return sorted(path.name for path in folder.rglob("*.*"))


def test_drawings_are_saved_one_after_the_other(canvas, tmp_path):
    for label in (3, 3, np.int64(7)):
        path = canvas.save(label)
    assert saved(tmp_path) == ["3-1.png", "3-2.png", "7-1.png"]
    assert canvas.note == "Saved as mine/7-1.png"
    assert np.array_equal(np.asarray(Image.open(path)), canvas.picture)


def test_nothing_is_overwritten_even_if_many_save_at_once(canvas, tmp_path):
    (tmp_path / "set" / "mine").mkdir(parents=True)
    (tmp_path / "set" / "mine" / "3-2.png").write_text("mine")
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(canvas.save, [3] * 40))
    assert len(set(paths)) == 40 and len(saved(tmp_path)) == 41
    assert (tmp_path / "set" / "mine" / "3-2.png").read_text() == "mine"


def test_a_save_that_fails_leaves_nothing_and_says_so(canvas, tmp_path, monkeypatch):
    def full(image, file, format):
        file.write(b"half")
        raise OSError(28, "No space left on device", str(tmp_path))

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(OSError, match="No space left"):
        canvas.save(3)
    canvas._on_save({"save": 3, "drawing": canvas.drawing})
    assert canvas.note == "Not saved: No space left on device"
    assert saved(tmp_path) == []


def test_what_cannot_be_saved_is_refused(canvas, tmp_path):
    for label in (10, "3", None):
        with pytest.raises(ValueError, match="The label is .*; expected a digit"):
            canvas.save(label)
    canvas.strokes = []
    with pytest.raises(ValueError, match="the paper is empty"):
        canvas.save(3)
    assert saved(tmp_path) == []


def test_the_page_saves_what_it_shows(canvas, tmp_path):
    canvas._on_save({"save": 1, "drawing": {"serial": 9, "strokes": drawn(1)}})
    assert canvas.note == "Saved as mine/1-1.png" and canvas.reading["serial"] == 9
    assert np.array_equal(np.asarray(Image.open(tmp_path / "set" / "mine" / "1-1.png")), canvas.picture)


# ---- where no widget can run


def test_a_still_picture_stands_in_for_the_widget(canvas):
    data, metadata = canvas._repr_mimebundle_()
    assert set(data) == {WIDGET, "image/png", "text/plain"}
    assert data["text/plain"] == ALT == metadata["image/png"]["alt"]
    assert "Open this notebook in JupyterLab to draw." in ALT
    still = base64.b64decode(data["image/png"])
    assert len(still) < 40_000
    shown = metadata["image/png"]["width"], metadata["image/png"]["height"]
    assert Image.open(io.BytesIO(still)).size == pytest.approx((2 * shown[0], 2 * shown[1]), abs=1)
    assert 500 < shown[0] < 700
    assert "0x" not in repr(canvas)


@pytest.mark.slow
def test_headless_runs_leave_the_still_picture(tmp_path):
    stub_notebook(tmp_path / "series")
    results = run(source="sample", notebooks=tmp_path / "series", out=tmp_path / "out")
    assert results["notebooks"][0]["status"] == "ok"
    nb = nbformat.read(tmp_path / "out" / "00_canvas.ipynb", as_version=4)
    (output,) = nb.cells[-1].outputs
    assert output.data["text/plain"] == ALT
    assert output.metadata["image/png"]["alt"] == ALT
    assert str(HOUSE) not in nbformat.writes(nb) and str(tmp_path) not in nbformat.writes(nb)
    del output.data[WIDGET]  # as in a notebook of the series: stored without it
    page = notebook_page(nb, "00_canvas")
    assert f'alt="{ALT}"' in page and "data:image/png;base64," in page
    assert "DigitCanvas object" not in page


# ---- fool the reader


def test_what_is_declared_no_digit_is_counted_once():
    said = [answer(), answer(None), answer(warnings=["It could be no digit."])]
    canvas = DigitCanvas(lambda picture: said.pop(0), fool=True)
    with pytest.raises(ValueError, match="Draw something that is no digit first"):
        canvas.no_digit()
    canvas.strokes = drawn("dash")
    assert canvas.no_digit() is True and (canvas.fooled, canvas.tried) == (1, 1)
    assert canvas.note == "Fooled: it takes this for a 3. Fooled by 1 of 1 drawings."
    with pytest.raises(ValueError, match="counted already"):
        canvas.no_digit()
    for digit in (0, 7):  # refused, and told with a warning
        canvas.strokes = drawn(digit)
        assert canvas.no_digit() is False
    assert (canvas.fooled, canvas.tried) == (1, 3) and canvas.note == "Not fooled. Fooled by 1 of 3 drawings."


def test_the_page_declares_a_drawing_no_digit():
    canvas = DigitCanvas(lambda picture: answer(), fool=True)
    drawing = {"serial": 4, "strokes": drawn("dash")}
    for expected in ("Fooled: it takes this for a 3. Fooled by 1 of 1 drawings.", "This drawing is counted already."):
        canvas._on_message({"fool": True, "drawing": drawing})
        assert canvas.note.startswith(expected)
    assert (canvas.fooled, canvas.tried) == (1, 1)
