"""Web pages of a run: an index and one page a notebook. No network needed: no scripts, formulas as MathML."""

import copy
import html
import logging
import re
from pathlib import Path
from urllib.parse import quote

from jinja2 import pass_context
from latex2mathml.converter import convert
from markupsafe import Markup
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat.v4 import new_markdown_cell, new_notebook
from traitlets.config import Config

from mnist_lib.results import ladder, merge
from mnist_lib.runtime import html_table

WIDGET = "application/vnd.jupyter.widget-view+json"
WIDGET_NOTE = "<p><em>A control to play with: open this notebook in JupyterLab to use it.</em></p>"
SHOWN = "text/html text/markdown image/svg+xml image/png image/jpeg text/latex text/plain".split()
# What latex2mathml does not know, in words that it knows.
MEND = {r"{aligned}": r"{split}", r"{align}": r"{align*}", r"\arg\max": r"\argmax", r"\arg\min": r"\argmin"}
# A function before its argument, without parentheses: TeX leaves a thin space there, the converter does not.
UNSPACED = re.compile(r"\\(ln|log|exp)(?![a-zA-Z])\s*(?!\s|[(_^}]|\\left|\\big|$)")


class _Renderer(IPythonRenderer):
    """nbconvert's Markdown, with formulas as MathML and links to notebooks as links to their pages."""

    def inline_math(self, body):
        return _mathml(body, "inline")

    def block_math(self, body):
        return _mathml(body, "block")

    def latex_environment(self, name, body):
        return _mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")

    def link(self, text, url, title=None):
        if "://" not in url:
            url = re.sub(r"\.ipynb(?=#|$)", ".html", url)
        return super().link(text, url, title)

    def _html_embed_images(self, text):
        """Embed pictures tag by tag. nbconvert parses each piece of HTML, and so closes a fold before what it holds."""
        source = re.compile(r"""(<img\b[^>]*?\bsrc=["'])([^"']+)""")
        return source.sub(lambda found: found[1] + self._embed_image_or_attachment(found[2]), text)


def _mathml(tex, display):
    for unknown, known in MEND.items():
        tex = tex.replace(unknown, known)
    tex = UNSPACED.sub(r"\\\1\\,", tex)
    try:
        return convert(tex, display=display)
    except Exception:  # whatever a broken formula does to the converter, its source is still legible
        return f"<code>{html.escape(tex)}</code>"


class _Exporter(HTMLExporter):
    @pass_context
    def markdown2html(self, context, source):
        attachments = context.get("cell", {}).get("attachments", {})
        renderer = _Renderer(escape=False, attachments=attachments, embed_images=True, path=self.folder)
        return MarkdownWithMath(renderer=renderer).render(source)


def notebook_page(nb, name, folder="."):
    """Render an executed notebook as one self-contained web page.

    Parameters
    ----------
    nb : nbformat.NotebookNode
    name : str
        The notebook's file name without its ending: the title, if no heading gives one.
    folder : str or path
        Where pictures that Markdown cells refer to are looked for.

    Returns
    -------
    str
        HTML. Scripts and widgets are left out; hidden cells are folded.
    """
    nb = copy.deepcopy(nb)
    nb.metadata.pop("widgets", None)
    nb.metadata["title"] = title_of(nb, name)
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if data.pop(WIDGET, None) and "image/png" not in data:
                output["data"] = {"text/html": WIDGET_NOTE}
        if "outputs" in cell:  # words for JupyterLab's learners who hear the page; here the picture itself has them
            cell.outputs = [one for one in cell.outputs if "jp-sr-only" not in one.get("data", {}).get("text/html", "")]
    exporter = _Exporter(
        config=Config({"NbConvertBase": {"display_data_priority": SHOWN}}),
        template_file=str(Path(__file__).with_name("page.html.j2")),
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        log=logging.getLogger(__name__),
    )
    exporter.folder = str(folder)
    return exporter.from_notebook_node(nb, resources={"metadata": {"name": name}})[0]


def title_of(nb, name):
    """Return the text of a notebook's first heading, ``name`` if it has none."""
    for cell in nb.cells:
        heading = re.search(r"^# +(.+)$", cell.source, re.MULTILINE) if cell.cell_type == "markdown" else None
        if heading:
            return heading[1].strip()
    return name


def picture(nb, cell_id):
    """Return the picture that a cell leaves: ``{"png": base64 text, "alt": text}``, None if there is none."""
    for cell in nb.cells:
        for output in cell.get("outputs", []) if cell.get("id") == cell_id else []:
            if "image/png" in output.get("data", {}):
                meta = {**output.metadata, **output.metadata.get("image/png", {})}
                return {"png": "".join(output.data["image/png"].split()), "alt": meta.get("alt", "")}
    return None


def index_page(run, notebooks):
    """Render the front page of a run: a notebook of tables, on a page like the others.

    Parameters
    ----------
    run : dict
        What ``results.json`` holds.
    notebooks : dict of str to nbformat.NotebookNode
        The executed notebooks by name, for their titles and the picture of the ladder.

    Returns
    -------
    str
        HTML without any external address.
    """
    entries = run["notebooks"]
    failed = sum(entry["status"] == "failed" for entry in entries)
    data = "MNIST" if run["data"] == "mnist" else "the bundled sample"
    count = f"{len(entries)} notebook{'s' * (len(entries) != 1)}"
    outcome = f"; **{failed} failed**." if failed else "."
    text = ["# From softmax regression to a CNN", f"{count} run in {run['seconds']:.0f} s on {data}{outcome}"]
    if run["data"] == "sample":
        text.append("**This run used the sample of 1,797 digits. Its accuracies are not those of MNIST.**")
    if rungs := ladder(merge(entry["results"] for entry in entries)):
        text += ["## The ladder", html_table(["model", "test accuracy", "parameters", "seconds to train"], rungs)]
        for figure in filter(None, (picture(nb, "ladder-figure") for nb in notebooks.values())):
            text.append(f'<img src="data:image/png;base64,{figure["png"]}" alt="{html.escape(figure["alt"])}">')
    rows, link = [], Markup('<a href="{}">{}</a>').format
    for entry in entries:
        name, error = entry["name"], entry.get("error")
        title, file = link(f"{quote(name)}.html", title_of(notebooks[name], name)), f"{name}.ipynb"
        rows.append(
            [title, entry["status"], f"{entry['seconds']:.1f}", f"{entry['peak_mb']:,} MB", link(quote(file), file)]
        )
        if error:
            where = (
                link(f"{quote(name)}.html#cell-id={error['cell']}", error["cell"]) if error["cell"] else "The notebook"
            )
            rows.append(Markup("{}: {}: {}").format(where, error["name"], " ".join(error["value"].split())))
    text += ["## The notebooks", html_table(["notebook", "status", "seconds", "peak memory", "file"], rows)]
    about = " · ".join(f"{name} {value}" for name, value in run["environment"].items())
    text.append(f"{about} · [results.json](results.json)")
    return notebook_page(new_notebook(cells=[new_markdown_cell("\n\n".join(text))]), "index")
