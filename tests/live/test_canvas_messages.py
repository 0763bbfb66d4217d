"""What the page sends to the canvas is checked before any work is done with it."""

from types import SimpleNamespace

import numpy as np
import pytest

from mnist_lib.live import canvas as module
from mnist_lib.live.canvas import POINTS, STROKES, WIDEST, DigitCanvas

pytestmark = pytest.mark.filterwarnings("default")  # widgets warn about their own insides

LINE = [[0.1, 0.1], [0.9, 0.9]]


def answer(picture):
    return SimpleNamespace(digit=3, probability=0.9, probabilities=np.full(10, 0.1), warnings=[])


@pytest.fixture
def canvas(tmp_path, monkeypatch):
    """Yield a canvas on which whatever is refused must not have been drawn."""
    canvas = DigitCanvas(answer, save_to=tmp_path / "mine")
    drawn = []
    monkeypatch.setattr(module, "draw_on_page", lambda *given: drawn.append(given) or np.zeros((140, 140), np.uint8))
    canvas.drawn = drawn
    return canvas


@pytest.mark.parametrize(
    ("strokes", "told"),
    [
        ([{"width": 1e6, "points": LINE}], "1000000.0 wide; expected 0 to 0.25"),
        ([{"width": 0, "points": LINE}], "0 wide"),
        ([{"width": float("nan"), "points": LINE}], "nan wide"),
        ([{"width": "0.1", "points": LINE}], "'0.1' wide"),
        ([{"points": LINE}], "None wide"),
        ([{"width": 0.1, "points": [[0.1, 0.1]] * (POINTS + 1)}], "1 strokes and 10,001 points"),
        ([{"width": 0.1, "points": LINE * 3000}] * 2, "2 strokes and 12,000 points"),
        ([{"width": 0.1, "points": LINE}] * (STROKES + 1), "201 strokes"),
        ([{"width": 0.1, "points": [[0.1, float("nan")]]}], "[[0.1, nan]]; expected pairs"),
        ([{"width": 0.1, "points": [[0.1, float("inf")]]}], "inf"),
        ([{"width": 0.1, "points": [[1e308, 0]]}], "1e+308"),
        ([{"width": 0.1, "points": [["0.1", "0.1"]]}], "'0.1'"),
        ([{"width": 0.1, "points": [[0.1], [0.1, 0.2]]}], "expected pairs"),
        ([{"width": 0.1, "points": []}], "[]; expected pairs"),
        ([{"width": 0.1, "points": {"a": 1}}], "{'a': 1}; expected pairs"),
        ([{"width": 0.1, "points": [[[0] * 1000] * 1000]}], "expected pairs"),
        ([{"width": 0.1, "points": 5}], "expected strokes with width and points"),
        ([None], "[None]; expected strokes"),
        ("drawing", "'drawing'; expected strokes"),
        ({"0": []}, "expected strokes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_no_hand_draws_is_refused_with_a_sentence(canvas, strokes, told):
    canvas.drawing = {"serial": 7, "strokes": strokes}
    error = canvas.reading["error"]
    assert canvas.reading["serial"] == 7 and error.startswith("Not read: ") and told in error
    assert len(error) < 400 and canvas.drawn == [] and canvas.picture is None
    with pytest.raises(ValueError, match="There is nothing to save: Not read: "):
        canvas.save(3)
    canvas.drawing = {"serial": 8, "strokes": [{"width": 0.07, "points": LINE}]}
    assert canvas.reading["digit"] == 3 and len(canvas.drawn) == 1, "the next drawing is read"


def test_the_largest_drawing_that_is_taken_is_read(random):
    canvas = DigitCanvas(answer)
    points = random.uniform(-100, 100, (POINTS // STROKES, 2)).tolist()
    canvas.strokes = [{"width": WIDEST, "points": points}] * STROKES
    assert canvas.picture.shape == (140, 140) and "error" not in canvas.reading


@pytest.mark.parametrize(
    "drawing", [{}, {"strokes": []}, {"serial": "x", "strokes": []}, {"serial": [1], "strokes": 1}]
)
def test_a_drawing_without_number_or_strokes_does_no_harm(canvas, drawing):
    canvas.drawing = drawing
    assert canvas.reading["serial"] == 0 and canvas.drawn == []
    canvas.strokes = [{"width": 0.07, "points": LINE}]
    assert canvas.reading["digit"] == 3


@pytest.mark.parametrize("label", [True, 3.0, "3", -1, 10, None, [3], {"a": 1}, "../x" * 1000])
def test_a_label_is_a_digit(canvas, tmp_path, label):
    canvas.strokes = [{"width": 0.07, "points": LINE}]
    canvas._on_save({"save": label, "drawing": canvas.drawing})
    assert canvas.note.startswith("Not saved: The label is ") and len(canvas.note) < 200
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [None, 5, [], {}, {"save": 3}, {"save": 3, "drawing": "x"}])
def test_a_message_that_no_page_of_ours_sends_is_answered(canvas, tmp_path, content):
    canvas._on_save(content)
    assert canvas.note.startswith("Not saved: the page sent ")
    assert list(tmp_path.iterdir()) == []
