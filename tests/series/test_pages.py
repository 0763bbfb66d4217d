"""Pages of notebooks: formulas, controls, links."""

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook, new_output
from small_notebooks import WIDGET, code

from mnist_lib.series.pages import notebook_page


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
