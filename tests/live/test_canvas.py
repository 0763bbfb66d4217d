"""The drawing canvas: its Python side by itself, and all of it in JupyterLab in a real browser.

``MNIST_LIB_SHOTS=FOLDER python -m pytest tests/test_canvas.py`` keeps the browser's screenshots in a folder.
"""

import base64
import contextlib
import io
import json
import math
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from browser import chromium, find_chromium, jupyter_lab
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

from mnist_lib.live.canvas import ALT, DigitCanvas
from mnist_lib.series.pages import WIDGET, notebook_page
from mnist_lib.series.run import run

HOUSE = Path(__file__).parents[2]
HANDWRITING = HOUSE / "notebooks" / "05_your_handwriting.ipynb"

pytestmark = pytest.mark.filterwarnings("default")  # kernels and widgets warn about their own insides


def arc(x, y, radius, begin, end, steps=24):
    angles = np.radians(np.linspace(begin, end, steps))
    return [[x + radius * math.cos(a), y + radius * math.sin(a)] for a in angles]


def line(*corners):
    parts = [np.linspace(a, b, 12) for a, b in zip(corners, corners[1:], strict=False)]
    return np.concatenate(parts).tolist()


# How a hand draws them, in a square of 1 x 1, y downwards; one list of places a stroke.
DIGITS = {
    0: [[[0.5 + 0.7 * (x - 0.5), y] for x, y in arc(0.5, 0.5, 0.32, -90, 280, 40)]],
    1: [line((0.52, 0.18), (0.49, 0.82))],
    3: [arc(0.47, 0.34, 0.16, -150, 90) + arc(0.47, 0.66, 0.17, -90, 150)],
    4: [line((0.42, 0.2), (0.3, 0.55), (0.7, 0.55)), line((0.58, 0.22), (0.56, 0.85))],
    7: [line((0.28, 0.2), (0.7, 0.2), (0.45, 0.84))],
    "dash": [line((0.2, 0.5), (0.8, 0.5))],
    "edge": [line((0.5, 0), (0.5, 0.8))],
}

# A reader that answers by the shape of the ink: with a hole 0, high and thin 1, a dash is an error, else 3.
STUB = """
import types
import numpy as np
from skimage.measure import label, regionprops

def read(picture):
    ink = regionprops((picture < 128).astype(int))[0]
    height, width = ink.image.shape
    if width > 2 * height:
        raise ValueError("this is a dash.")
    digit = 0 if ink.euler_number < 1 else 1 if height > 3 * width else 3
    probabilities = np.full(10, 0.002)
    probabilities[[digit, 8]] = 0.93, 0.054
    warnings = ["The ink touches the edge: draw it further inside."] if ink.bbox[0] == 0 else []
    probability = probabilities[digit]
    return types.SimpleNamespace(
        digit=np.int64(digit), probability=probability, probabilities=probabilities, warnings=warnings
    )
"""


def drawn(digit, width=0.07):
    return [{"width": width, "points": points} for points in DIGITS[digit]]


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


def stub_notebook(folder, **options):
    """Write a small notebook with a canvas, and return its path."""
    arguments = ", ".join(["read", *(f"{name}={value!r}" for name, value in options.items())])
    show = f"from mnist_lib.live import DigitCanvas\n\nDigitCanvas({arguments})"
    cells = [
        new_markdown_cell("# Draw a digit", id="title"),
        new_code_cell(STUB.strip(), id="reader"),
        new_code_cell(show, id="canvas"),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path = folder / "00_canvas.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata=kernel), path)
    return path


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


# ---- in JupyterLab


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory):
    """Start JupyterLab on a folder, and a browser; yields the folder, and what opens a notebook of it."""
    if find_chromium() is None:
        pytest.skip("no Chromium or Chrome is installed (on Debian: apt-get install chromium)")
    folder, scratch = tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("scratch")
    with jupyter_lab(folder, scratch) as address, chromium(scratch) as new_tab:
        yield SimpleNamespace(folder=folder, open=lambda path: new_tab(address(path.relative_to(folder).as_posix())))


@contextlib.contextmanager
def opened(jupyter, path, seconds=60):
    """Open a notebook in a tab, run all its cells, wait for its canvas; yields the page."""
    with contextlib.closing(jupyter.open(path)) as page:
        kernel = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
        page.wait(f"{kernel}?.status === 'idle'", 60)
        assert page.run("jupyterapp.commands.execute('notebook:run-all-cells')", seconds)
        page.wait("document.querySelector('.digit-canvas[data-drawn]') !== null")
        page.run(WATCH)
        yield page
        assert page.errors == []


# The time from the end of a stroke until its reading is on the page, as the page itself measures it.
WATCH = """(root => {
    window.delays = [];
    document.addEventListener("pointerup", () => { window.lifted = performance.now(); }, true);
    new MutationObserver(() => {
        if (root.dataset.read !== root.dataset.drawn || !window.lifted) return;
        window.delays.push(Math.round(performance.now() - window.lifted));
        window.lifted = 0;
    }).observe(root, {attributes: true});
})(document.querySelector(".digit-canvas"))"""


@pytest.fixture(scope="module")
def shared(jupyter):
    with opened(jupyter, stub_notebook(jupyter.folder / "stub", save_to="mine")) as page:
        yield page
        print("\nMilliseconds from the end of a stroke to its reading:", page.run("delays.join(' ')"))


@pytest.fixture
def page(shared):
    """Yield the notebook with the stub reader, its canvas empty."""
    press(shared, "clear")
    return shared


def text(page, role):
    return page.run(f"document.querySelector('[data-role={role}]').textContent")


def strokes(page):
    return page.run("document.querySelector('[data-role=paper]').childElementCount")


def settle(page):
    """Wait until Python has read what is drawn."""
    page.wait("(d => d.read === d.drawn)(document.querySelector('.digit-canvas').dataset)")


def press(page, role):
    page.click(f"[data-role={role}]")
    settle(page)


def draw(page, digit):
    """Draw with the mouse."""
    left, top, width, height = page.box("[data-role=paper]")
    for stroke in DIGITS[digit]:
        places = [(left + x * width, top + y * height) for x, y in stroke]
        page.mouse("mousePressed", *places[0])
        for place in places[1:]:
            page.mouse("mouseMoved", *place)
        page.mouse("mouseReleased", *places[-1])
    settle(page)


def shoot(page, folder, name, selector=".digit-canvas"):
    page.screenshot(folder / name, selector)
    if shots := os.environ.get("MNIST_LIB_SHOTS"):
        Path(shots).mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / name, shots)


def shoot_still(page, folder):
    """Take the picture that stands in for the canvas (mnist_lib/canvas.png)."""
    note = "Open this notebook in JupyterLab to draw."
    page.run("document.activeElement.blur()")
    page.run(f"document.querySelector('[data-role=note]').textContent = '{note}'")
    shoot(page, folder, "canvas.png")
    if shots := os.environ.get("MNIST_LIB_SHOTS"):
        few = Image.open(folder / "canvas.png").convert("RGB").quantize(48)
        few.save(Path(shots) / "canvas.png", optimize=True)


def test_empty_paper_invites(page, tmp_path):
    assert page.run("document.querySelector('.digit-canvas').classList.contains('dc-blank')")
    assert text(page, "digit") == text(page, "sure") == text(page, "warnings") == ""
    shoot(page, tmp_path, "empty.png")


@pytest.mark.parametrize("digit", [0, 1, 3])
def test_a_digit_drawn_with_the_mouse_is_read(page, tmp_path, digit):
    draw(page, digit)
    assert text(page, "digit") == str(digit)
    assert text(page, "sure") == "93 % sure"
    assert page.run("document.querySelector('.dc-first').dataset.digit") == str(digit)
    assert text(page, "spoken") == f"Read as {digit}, 93 % sure. "
    assert page.run("document.querySelector('[data-role=bars]').ariaLabel").count("%") == 10
    shoot(page, tmp_path, f"stub-{digit}.png")


def test_undo_takes_back_a_stroke_and_a_clear(page):
    draw(page, 0)
    draw(page, 1)
    assert strokes(page) == 2
    press(page, "undo")
    assert strokes(page) == 1
    press(page, "clear")
    assert strokes(page) == 0 and text(page, "digit") == ""
    press(page, "undo")
    assert strokes(page) == 1 and text(page, "digit") == "0"


def test_keys_on_the_canvas_are_not_for_the_notebook(page):
    count = "jupyterapp.shell.currentWidget.content.widgets.length"
    cells = page.run(count)
    draw(page, 1)
    page.key("z", "KeyZ", 90, control=True)
    settle(page)
    assert strokes(page) == 0
    for _ in range(2):  # D D deletes a cell in JupyterLab
        page.key("d", "KeyD", 68, "d")
    assert page.run(count) == cells


def test_buttons_obey_the_keyboard(page):
    draw(page, 1)
    page.run("document.querySelector('[data-role=clear]').focus()")
    page.key("Enter", "Enter", 13, "\r")
    settle(page)
    assert strokes(page) == 0


def test_errors_and_warnings_are_sentences(page, tmp_path):
    draw(page, "dash")
    assert text(page, "warnings") == "Not read, ValueError: this is a dash."
    assert text(page, "digit") == "?"
    shoot(page, tmp_path, "error.png")
    press(page, "clear")
    assert text(page, "warnings") == ""
    draw(page, "edge")
    assert text(page, "warnings") == "The ink touches the edge: draw it further inside."


def test_drawings_are_saved_with_a_label(page, jupyter, tmp_path):
    press(page, "save")
    assert text(page, "note") == "Draw a digit first."
    draw(page, 3)
    press(page, "save")
    assert text(page, "note") == "Choose first which digit it is."
    page.run("document.querySelector('[data-role=label]').focus()")
    page.key("3", "Digit3", 51, "3")
    press(page, "save")
    page.wait("document.querySelector('[data-role=note]').textContent === 'Saved as mine/3-1.png'")
    picture = np.asarray(Image.open(jupyter.folder / "stub" / "mine" / "3-1.png"))
    assert picture.shape == (140, 140) and 0.03 < (picture < 128).mean() < 0.3
    shoot(page, tmp_path, "lab.png", None)
    shoot_still(page, tmp_path)


def test_the_pen_has_a_width(page):
    widths = []
    for key, code, number in (("Home", "Home", 36), ("End", "End", 35)):
        page.run("document.querySelector('[data-role=pen]').focus()")
        page.key(key, code, number)
        draw(page, 1)
        stroke = "document.querySelector('[data-role=paper]').lastChild"
        widths.append(float(page.run(f"{stroke}.getAttribute('stroke-width')")))
    page.run("document.querySelector('[data-role=pen]').value = 7")
    assert widths == [0.03, 0.12]


def test_a_finger_draws_and_does_not_scroll(page):
    left, top, width, height = page.box("[data-role=paper]")
    x, ys = left + 0.5 * width, top + np.linspace(0.2, 0.8, 20) * height
    page.touch("touchStart", (x, ys[0]))
    for y in ys:
        page.touch("touchMove", (x, y))
    page.touch("touchEnd")
    settle(page)
    assert text(page, "digit") == "1"
    here = "document.querySelector('[data-role=paper]').getBoundingClientRect().y"
    assert page.run(here) == pytest.approx(top, abs=1)


def test_python_draws_and_every_view_shows_it(jupyter, tmp_path):
    path = stub_notebook(jupyter.folder / "python", size=320)
    nb = nbformat.read(path, as_version=4)
    nb.cells[-1].source = nb.cells[-1].source.replace("\nDigitCanvas", "canvas = DigitCanvas") + "\ncanvas"
    nb.cells.append(new_code_cell(f"canvas.strokes = {drawn(0)}\ncanvas", id="draws"))
    nbformat.write(nb, path)
    with opened(jupyter, path) as page:
        page.wait("document.querySelectorAll('.digit-canvas').length === 2")
        digits = "[...document.querySelectorAll('[data-role=digit]')].map(e => e.textContent).join()"
        page.wait(f"{digits} === '0,0'")
        assert page.box("[data-role=paper]")[2:] == pytest.approx([320, 320], abs=1)
        page.run("jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
        page.wait("document.body.dataset.jpThemeLight === 'false'")
        page.wait("getComputedStyle(document.querySelector('.digit-canvas')).color === 'rgb(255, 255, 255)'")
        press(page, "clear")
        page.wait(f"{digits} === ','")
        draw(page, 3)
        page.wait(f"{digits} === '3,3'")
        shoot(page, tmp_path, "dark.png")


@pytest.mark.skipif(not HANDWRITING.exists(), reason="notebooks/05_your_handwriting.ipynb is not there yet")
def test_the_notebook_reads_what_is_drawn(jupyter, tmp_path):
    folder = jupyter.folder / "notebooks"
    shutil.copytree(HANDWRITING.parent, folder, ignore=shutil.ignore_patterns(".*", "my_digits"))
    with opened(jupyter, folder / HANDWRITING.name, seconds=600) as page:
        for digit in (0, 1, 4, 7, 3):
            draw(page, digit)
            shoot(page, tmp_path, f"notebook-{digit}.png")
            assert text(page, "digit") == str(digit)
            press(page, "clear")
        draw(page, 3)
        shoot_still(page, tmp_path)
        print("\nMilliseconds from the end of a stroke to its reading:", page.run("delays.join(' ')"))
