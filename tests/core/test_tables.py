"""Tables in HTML and in text, as Data, History, Report and others show themselves."""

from markupsafe import Markup

from mnist_lib.runtime import html_table, text_table


def test_html_is_escaped_unless_it_says_that_it_is_html():
    page = html_table(["<head>", "n"], [["a & b", 7], [Markup("<b>{}</b>").format("<c>"), "'"]], "<caption>")
    assert page.startswith("<table><caption") and page.endswith("</table>") and ">&lt;caption&gt;</caption>" in page
    assert "<th scope=col>&lt;head&gt;</th>" in page
    assert "<tr><td>a &amp; b</td><td>7</td></tr><tr><td><b>&lt;c&gt;</b></td><td>&#x27;</td></tr>" in page


def test_a_row_of_one_text_is_a_heading_and_the_style_is_everywhere():
    page = html_table(["a", "b"], ["half & half", ["1", "2"]], style="text-align: left")
    assert "<th colspan=2 style='text-align: left'>half &amp; half</th>" in page
    assert page.count("style='text-align: left'") == 5 and "<caption" not in page
    assert "<thead" not in html_table((), [["alone"]])


def test_text_is_aligned_on_the_right():
    assert text_table(["digit", "n"], [["7", "1,000"], ["mean", ""]]).splitlines() == [
        "digit      n",
        "    7  1,000",
        " mean",
    ]
    assert text_table(["a", "b"], []) == "a  b"
