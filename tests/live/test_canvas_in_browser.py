"""The drawing canvas in JupyterLab, in a real browser.

``MNIST_LIB_SHOTS=FOLDER python -m pytest tests/live/test_canvas_in_browser.py`` keeps screenshots in a folder.
"""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from browser import box, chromium, jupyter_lab, tab, touch
from drawings import DIGITS, KERNEL, drawn, stub_notebook
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory):
    """Start a browser, and JupyterLab on a folder; yields the folder, and what opens a notebook of it in a tab."""
    folder, scratch = tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("scratch")
    with chromium() as context, jupyter_lab(folder, scratch) as address:
        yield SimpleNamespace(
            folder=folder, context=context, open=lambda path: tab(context, address(path.relative_to(folder).as_posix()))
        )


@contextmanager
def opened(jupyter, path, seconds=60):
    """Open a notebook in a tab, run all its cells, wait for its canvas; yields the page."""
    with jupyter.open(path) as page:
        kernel = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
        page.wait_for_function(f"{kernel}?.status === 'idle'", timeout=60_000)
        page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells').then(ok => window.ran = ok) }")
        page.wait_for_function("window.ran !== undefined", timeout=1000 * seconds)
        assert page.evaluate("window.ran"), "a cell failed"
        page.wait_for_selector(".digit-canvas[data-drawn]")
        page.evaluate(WATCH)
        yield page


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
        print("\nMilliseconds from the end of a stroke to its reading:", page.evaluate("delays.join(' ')"))


@pytest.fixture
def page(shared):
    """Yield the notebook with the stub reader, its canvas empty."""
    press(shared, "clear")
    return shared


def part(page, role):
    return page.locator(f"[data-role={role}]").first


def text(page, role):
    return part(page, role).text_content()


def strokes(page):
    return part(page, "paper").evaluate("paper => paper.childElementCount")


def settle(page):
    """Wait until Python has read what is drawn."""
    page.wait_for_function("(d => d.read === d.drawn)(document.querySelector('.digit-canvas').dataset)")


def press(page, role):
    part(page, role).click()
    settle(page)


def draw(page, digit):
    """Draw with the mouse."""
    left, top, width, height = box(part(page, "paper"))
    for stroke in DIGITS[digit]:
        first, *places = [(left + x * width, top + y * height) for x, y in stroke]
        page.mouse.move(*first)
        page.mouse.down()
        for place in places:
            page.mouse.move(*place)
        page.mouse.up()
    settle(page)


def shoot(page, folder, name, selector=".digit-canvas"):
    (page.locator(selector).first if selector else page).screenshot(path=folder / name)
    if shots := os.environ.get("MNIST_LIB_SHOTS"):
        Path(shots).mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / name, shots)


def shoot_still(page, folder):
    """Take the picture that stands in for the canvas (mnist_lib/live/canvas.png)."""
    note = "Open this notebook in JupyterLab to draw."
    page.evaluate("document.activeElement.blur()")
    part(page, "note").evaluate("(element, note) => { element.textContent = note }", note)
    shoot(page, folder, "canvas.png")
    if shots := os.environ.get("MNIST_LIB_SHOTS"):
        few = Image.open(folder / "canvas.png").convert("RGB").quantize(48)
        few.save(Path(shots) / "canvas.png", optimize=True)


def test_empty_paper_invites(page, tmp_path):
    assert page.locator(".digit-canvas.dc-blank").count() == 1
    assert text(page, "digit") == text(page, "sure") == text(page, "warnings") == ""
    shoot(page, tmp_path, "empty.png")


@pytest.mark.parametrize("digit", [0, 1, 3])
def test_a_digit_drawn_with_the_mouse_is_read(page, tmp_path, digit):
    draw(page, digit)
    assert text(page, "digit") == str(digit)
    assert text(page, "sure") == "93 % sure"
    assert page.locator(".dc-first").get_attribute("data-digit") == str(digit)
    assert text(page, "spoken") == f"Read as {digit}, 93 % sure. "
    assert part(page, "bars").get_attribute("aria-label").count("%") == 10
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
    cells = page.evaluate(count)
    draw(page, 1)
    page.keyboard.press("Control+z")
    settle(page)
    assert strokes(page) == 0
    for _ in range(2):  # D D deletes a cell in JupyterLab
        page.keyboard.press("d")
    assert page.evaluate(count) == cells


def test_buttons_obey_the_keyboard(page):
    draw(page, 1)
    part(page, "clear").focus()
    page.keyboard.press("Enter")
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
    part(page, "label").focus()
    page.keyboard.press("3")
    press(page, "save")
    part(page, "note").get_by_text("Saved as mine/3-1.png", exact=True).wait_for()
    picture = np.asarray(Image.open(jupyter.folder / "stub" / "mine" / "3-1.png"))
    assert picture.shape == (140, 140) and 0.03 < (picture < 128).mean() < 0.3
    shoot(page, tmp_path, "lab.png", None)
    shoot_still(page, tmp_path)


def test_the_pen_has_a_width(page):
    widths = []
    for key in ("Home", "End"):
        part(page, "pen").focus()
        page.keyboard.press(key)
        draw(page, 1)
        widths.append(float(part(page, "paper").locator("path").last.get_attribute("stroke-width")))
    part(page, "pen").evaluate("pen => { pen.value = 7 }")
    assert widths == [0.03, 0.12]


def test_a_finger_draws_and_does_not_scroll(page):
    left, top, width, height = box(part(page, "paper"))
    touch(page, [[(left + 0.5 * width, top + y * height)] for y in (0.2, *np.linspace(0.2, 0.8, 20))])
    settle(page)
    assert text(page, "digit") == "1"
    assert part(page, "paper").bounding_box()["y"] == pytest.approx(top, abs=1)


def test_python_draws_and_every_view_shows_it(jupyter, tmp_path):
    path = stub_notebook(jupyter.folder / "python", size=320)
    nb = nbformat.read(path, as_version=4)
    nb.cells[-1].source = nb.cells[-1].source.replace("\nDigitCanvas", "canvas = DigitCanvas") + "\ncanvas"
    nb.cells.append(new_code_cell(f"canvas.strokes = {drawn(0)}\ncanvas", id="draws"))
    nbformat.write(nb, path)
    with opened(jupyter, path) as page:
        page.wait_for_function("document.querySelectorAll('.digit-canvas').length === 2")
        digits = "[...document.querySelectorAll('[data-role=digit]')].map(e => e.textContent).join()"
        page.wait_for_function(f"{digits} === '0,0'")
        assert box(part(page, "paper"))[2:] == pytest.approx([320, 320], abs=1)
        page.evaluate("jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
        page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
        page.wait_for_function(
            "getComputedStyle(document.querySelector('.digit-canvas')).color === 'rgb(255, 255, 255)'"
        )
        press(page, "clear")
        page.wait_for_function(f"{digits} === ','")
        draw(page, 3)
        page.wait_for_function(f"{digits} === '3,3'")
        shoot(page, tmp_path, "dark.png")


def test_the_notebook_reads_what_is_drawn(jupyter, tmp_path):
    """Of the lesson, the cells that make its canvas: the whole of it is executed elsewhere."""
    (lesson,) = NOTEBOOKS.glob("*_your_handwriting.ipynb")
    cells = {cell.id: cell for cell in nbformat.read(lesson, as_version=4).cells}
    few = new_notebook(cells=[cells[name] for name in ("set-up", "parameters", "fool-canvas")], metadata=KERNEL)
    path = jupyter.folder / lesson.name
    nbformat.write(few, path)
    with opened(jupyter, path, seconds=300) as page:
        for digit in (0, 1, 4, 7, 3):
            draw(page, digit)
            shoot(page, tmp_path, f"notebook-{digit}.png")
            assert text(page, "digit") == str(digit)
            press(page, "clear")
        draw(page, 3)
        shoot_still(page, tmp_path)
        print("\nMilliseconds from the end of a stroke to its reading:", page.evaluate("delays.join(' ')"))


# The page's side alone: what it shows of a reading, without Python.
SHOW = """async ([source, reading]) => {
    const page = await import(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
    const state = {size: 280, drawing: {serial: 0, strokes: []}, reading: {serial: 0, ...reading}, note: ""};
    const model = {get: name => state[name], set() {}, on() {}, send() {}, save_changes() {}};
    const el = document.createElement("div");
    page.default.render({model, el});
    return [el.querySelector("[data-role=sure]").textContent, el.textContent + el.innerHTML];
}"""


def test_the_page_never_says_100_percent(jupyter):
    source = (NOTEBOOKS.parent / "mnist_lib" / "live" / "canvas.js").read_text(encoding="utf-8")
    with jupyter.context.new_page() as page:
        for probability, told in ((0.93, "93 % sure"), (0.9996, "over 99 % sure"), (1.0, "over 99 % sure")):
            probabilities = [probability] + [(1 - probability) / 9] * 9
            reading = {"digit": 0, "probability": probability, "probabilities": probabilities}
            sure, everything = page.evaluate(SHOW, [source, reading])
            assert sure == told and "100 %" not in everything
