"""Pages of a run: formulas, controls, links; folds hold what belongs to them, pictures are embedded and described."""

import base64

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from small_notebooks import PIXEL, WIDGET, code

from mnist_course.series.pages import index_page, notebook_page
from mnist_lib import plots

SOLUTION = (
    "<details><summary>Solution</summary>\n\n```python\nanswer = 7 * 28\n```\n\nTwo *sides*.\n\n</details>\n\nAfter."
)


def page(text):
    return notebook_page(new_notebook(cells=[new_markdown_cell(text, id="text")]), "00_a")


@pytest.mark.parametrize(
    ("tex", "part"),
    [
        (r"$\frac{\partial L}{\partial W}$", "<mfrac><mrow><mo>∂</mo><mi>L</mi></mrow>"),
        (r"$$\sum_{k=0}^{9} \hat{p}_k$$", '<munderover><mo>∑</mo>'),
        (r"$x \in \mathbb{R}^N$", "<mi>ℝ</mi>"),
        (r"$X^\top$", "<mo>⊤</mo>"),
        (r"$x \text{ if } y$", "<mtext>\xa0if\xa0</mtext>"),
        ("$$\\begin{aligned} a &= b \\\\\n &= c \\end{aligned}$$", 'columnalign="right"><mi>a</mi></mtd>'),
        ("\\begin{align} a &= b \\\\ &= c \\end{align}", '<mtd columnalign="right"><mi>a</mi></mtd>'),
        (r"$\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}$", "<mtd><mn>3</mn></mtd>"),
        (r"$\arg\max_k z_k$", "max</mo>"),
        (r"$\ln p + \log(p)$", '<mi>ln</mi><mspace width="0.167em"'),
        (r"$a < b$", "<mo>&lt;</mo>"),
    ],
)  # fmt: skip
def test_formulas_become_mathml(tex, part):
    text = page(tex)
    assert part in text
    assert "$" not in text.partition("<main>")[2]


def test_dollars_in_code_stay_and_broken_formulas_show_their_source():
    text = page("`a $b$ c`\n\n```\nd $e$ $$f$$\n```\n\n\\$5 and $\\frac{1}{$.")
    for part in ("a $b$ c", "d $e$ $$f$$", "$5 and", r"<code>\frac{1}{</code>"):
        assert part in text
    assert "<math" not in text


def test_a_control_leaves_a_note_and_web_links_stay():
    cell = code("slider", "slider")
    cell.outputs = [new_output("display_data", {WIDGET: {"model_id": "1"}, "text/plain": "IntSlider()"})]
    link = new_markdown_cell("[there](https://example.org/a.ipynb)", id="link")
    text = notebook_page(new_notebook(cells=[cell, link], metadata={"widgets": {}}), "00_a")
    assert "open this notebook in JupyterLab" in text
    assert "IntSlider()" not in text
    assert "https://example.org/a.ipynb" in text


def page_of(text, **more):
    return BeautifulSoup(notebook_page(new_notebook(cells=[new_markdown_cell(text)]), "00_a", **more), "html.parser")


def test_a_solution_is_inside_its_fold():
    page = page_of(SOLUTION)
    (fold,) = page.main.find_all("details")
    assert fold.summary.get_text() == "Solution" and not fold.has_attr("open")
    assert "answer = 7 * 28" in fold.get_text() and fold.find("em").get_text() == "sides"
    assert "After" not in fold.get_text() and "After." in page.main.get_text()


def test_folds_in_folds_end_where_they_end():
    outer = page_of("<details><summary>a</summary>\n\n" + SOLUTION + "\n\n</details>\n\nOutside.").main.details
    assert "answer" in outer.details.get_text() and "After" not in outer.details.get_text()
    assert "After" in outer.get_text() and "Outside" not in outer.get_text()


@pytest.mark.parametrize(
    "form", ["![a dot](dot.png)", '<img alt="a dot" src="dot.png">', '<p><img src="dot.png" alt="a dot"></p>']
)
def test_pictures_in_text_are_embedded_within_a_fold(form, tmp_path):
    (tmp_path / "dot.png").write_bytes(base64.b64decode(PIXEL))
    image = page_of(f"<details><summary>see</summary>\n\n{form}\n\n</details>", folder=tmp_path).details.img
    assert image["src"] == f"data:image/png;base64,{PIXEL}" and image["alt"] == "a dot"


def test_a_picture_that_is_not_there_keeps_its_name():
    assert page_of('<img src="gone.png" alt="">').main.img["src"] == "gone.png"


def figure_cell(name="figure"):
    """A cell with the outputs that ``plots.show`` leaves."""
    meta = {"image/png": {"alt": "A dot <", "width": 1, "height": 1}}
    words = f'<p class="jp-sr-only" style="{plots.UNSEEN}">Figure: A dot &lt;</p>'
    outputs = [
        new_output("display_data", {"image/png": PIXEL, "text/plain": "A dot <"}, metadata=meta),
        new_output("display_data", {"text/html": words, "text/plain": ""}),
    ]
    return new_code_cell("draw()", id=name, outputs=outputs)


def test_a_figure_is_described_once_and_in_its_size():
    page = BeautifulSoup(notebook_page(new_notebook(cells=[figure_cell()]), "00_a"), "html.parser")
    (image,) = page.find_all("img")
    assert image["alt"] == "A dot <" and image["width"] == image["height"] == "1"
    assert str(page).count("A dot") == 1


def test_the_index_is_a_page_with_tables():
    rung = {"test_accuracy": 0.98, "parameters": 109386, "seconds": 12.0}
    entry = {"status": "ok", "seconds": 3.21, "peak_mb": 1234, "results": {"accurate_cnn": rung}, "error": None}
    bad = {"cell": "divides", "name": "ZeroDivisionError", "value": "by\n\n<zero>"}
    run = {
        "data": "sample",
        "seconds": 5.0,
        "notebooks": [{"name": "00 a", **entry}, {"name": "01_b", **entry, "status": "failed", "error": bad}],
        "environment": {"python": "3.11"},
    }
    notebooks = {
        "00 a": new_notebook(cells=[new_markdown_cell("# Well & good"), figure_cell("ladder-figure")]),
        "01_b": new_notebook(cells=[new_markdown_cell("no heading")]),
    }
    page = BeautifulSoup(index_page(run, notebooks), "html.parser").main
    ladder, series = page.find_all("table")
    assert [cell.get_text() for cell in ladder.tbody.find_all("td")][:3] == [
        "deeper CNN, varied digits",
        "98.00 %",
        "109,386",
    ]
    assert page.img["alt"] == "A dot <"
    links = {a.get_text(): a["href"] for a in page.find_all("a") if not a["href"].startswith("#")}
    assert links["Well & good"] == "00%20a.html" and links["00 a.ipynb"] == "00%20a.ipynb"
    assert links["divides"] == "01_b.html#cell-id=divides" and links["01_b"] == "01_b.html"
    assert "ZeroDivisionError: by <zero>" in series.get_text() and "1,234 MB" in series.get_text()
    assert "1 failed" in page.get_text() and "1,797 digits" in page.get_text()
    assert "All notebooks of this run" not in page.get_text()
