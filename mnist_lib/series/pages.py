"""Web pages of a run: an index and one page a notebook. No network needed: no scripts, formulas as MathML."""

import copy
import html
import logging
import re

from jinja2 import Environment, pass_context
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from traitlets.config import Config

from mnist_lib.series.results import ladder, merge

WIDGET = "application/vnd.jupyter.widget-view+json"
WIDGET_NOTE = "<p><em>A control to play with: open this notebook in JupyterLab to use it.</em></p>"
# What latex2mathml does not know, in words that it knows.
MEND = {r"{aligned}": r"{split}", r"{align}": r"{align*}", r"\arg\max": r"\argmax", r"\arg\min": r"\argmin"}
# A function before its argument, without parentheses: TeX leaves a thin space there, the converter does not.
UNSPACED = re.compile(r"\\(ln|log|exp)(?![a-zA-Z])\s*(?!\s|[(_^}]|\\left|\\big|$)")

NOTEBOOK = """
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_css -%}
<style>
  body.jp-Notebook { padding: 1.5rem; }
  main { font-family: var(--jp-content-font-family); margin: 0 auto; max-width: 56rem; }
  nav { font-size: 0.9rem; padding: 0 0.6rem; }
  nav a { color: var(--jp-content-link-color); }
  .jp-RenderedMarkdown { max-width: 48rem; }
  .jp-InputArea-editor { overflow-x: auto; }
  details.folded > summary { color: #616161; cursor: pointer; font-size: 0.85rem; padding: 0.2rem 0.5rem; }
  math { font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", "DejaVu Math TeX Gyre", math;
    font-size: 1.1em; }
  math[display="block"] { margin: 0.8em 0; overflow: auto hidden; padding: 0.2em 0; }
  mtd[columnalign="right"] { text-align: right; }
  mtd[columnalign="left"] { text-align: left; }
  mtable[columnspacing^="0em"] mtd { padding-left: 0; padding-right: 0.15em; }
</style>
{%- endblock -%}
{%- block body_header -%}
{{ super() }}<nav><a href="index.html">All notebooks of this run</a></nav>
{%- endblock -%}
{%- block input_group -%}
{%- if cell.metadata.get('jupyter', {}).get('source_hidden') -%}
<details class="folded">
<summary>{{ 'claim' if 'claim' in cell.metadata.get('tags', []) else 'code' }}</summary>
{{ super() }}</details>
{%- else -%}{{ super() }}{%- endif -%}
{%- endblock -%}
{%- block data_png -%}
{%- set alt = output | get_metadata('alt', 'image/png') or '' -%}
{{ super() | replace('<img ', '<img alt="' ~ (alt | escape_html) ~ '" ', 1) }}
{%- endblock -%}
"""

INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Run of the notebooks</title>
<style>
  :root { --text: #1d2733; --soft: #5b6672; --line: #dde2e8; --page: #fbfcfd; --card: #fff; --link: #0b5cad;
          --good: #1b6ec2; --bad: #b3261e; }
  @media (prefers-color-scheme: dark) {
    :root { --text: #e4e8ed; --soft: #9aa6b2; --line: #323b45; --page: #14181d; --card: #1b2027;
            --link: #7db8f5; --good: #6db0f2; --bad: #ff8a80; } }
  body { background: var(--page); color: var(--text); font: 1rem/1.55 system-ui, sans-serif; margin: 0; }
  main { max-width: 46rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
  h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 0.25rem; }
  h2 { font-size: 1.15rem; margin: 2.5rem 0 0.6rem; }
  p { margin: 0.3rem 0; }
  .soft, th, .error td, footer { color: var(--soft); }
  .notice { border-left: 4px solid var(--bad); margin: 1rem 0; padding: 0.2rem 0 0.2rem 0.9rem; }
  .scroll { background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow-x: auto; }
  table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
  th, td { padding: 0.5rem 0.9rem; text-align: left; vertical-align: top; }
  th { font-size: 0.85rem; font-weight: 600; }
  tr + tr > *, tbody > tr > * { border-top: 1px solid var(--line); }
  .number { text-align: right; white-space: nowrap; }
  .ok { color: var(--good); } .failed { color: var(--bad); font-weight: 600; }
  .error td { border-top: 0; font-size: 0.9rem; overflow-wrap: anywhere; padding-top: 0; }
  a { color: var(--link); }
  img { background: #fff; border-radius: 8px; display: block; margin-top: 1rem; max-width: 100%; }
  footer { font-size: 0.85rem; margin-top: 2.5rem; }
</style>
</head>
<body>
<main>
<h1>From softmax regression to a CNN</h1>
<p class="soft">{{ entries | length }} notebook{{ "" if entries | length == 1 else "s" }} run
in {{ "%.0f" | format(run.seconds) }} s on {{ "MNIST" if run.data == "mnist" else "the bundled sample" }}{%
  if failed %}; <span class="failed">{{ failed }} failed</span>{% endif %}.</p>
{% if run.data == "sample" %}
<p class="notice">This run used the sample of 1,797 digits. Its accuracies are not those of MNIST.</p>
{% endif %}
{% if rungs %}
<h2>The ladder</h2>
<div class="scroll"><table>
<thead><tr><th>model</th><th class="number">test accuracy</th><th class="number">parameters</th>
<th class="number">seconds to train</th></tr></thead>
<tbody>
{% for name, accuracy, parameters, seconds in rungs %}
<tr><td>{{ name }}</td><td class="number">{{ accuracy }}</td><td class="number">{{ parameters }}</td>
<td class="number">{{ seconds }}</td></tr>
{% endfor %}
</tbody></table></div>
{% if figure %}<img src="data:image/png;base64,{{ figure.png }}" alt="{{ figure.alt }}">{% endif %}
{% endif %}
<h2>The notebooks</h2>
<div class="scroll"><table>
<thead><tr><th>notebook</th><th>status</th><th class="number">seconds</th><th class="number">peak memory</th>
<th>file</th></tr></thead>
<tbody>
{% for entry in entries %}
<tr><td><a href="{{ entry.name | urlencode }}.html">{{ entry.title }}</a></td>
<td class="{{ entry.status }}">{{ entry.status }}</td>
<td class="number">{{ "%.1f" | format(entry.seconds) }}</td>
<td class="number">{{ "{:,}".format(entry.peak_mb) }} MB</td>
<td><a href="{{ entry.name | urlencode }}.ipynb">{{ entry.name }}.ipynb</a></td></tr>
{% if entry.error %}
{% set cell = entry.error.cell %}
<tr class="error"><td colspan="5">
{% if cell %}Cell <a href="{{ entry.name | urlencode }}.html#cell-id={{ cell }}">{{ cell }}</a>: {% endif %}
{{ entry.error.name }}: {{ entry.error.value }}</td></tr>
{% endif %}
{% endfor %}
</tbody></table></div>
<footer>{% for name, value in run.environment.items() %}{{ name }} {{ value }} · {% endfor %}
<a href="results.json">results.json</a></footer>
</main>
</body>
</html>
"""


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
            if output.get("data", {}).pop(WIDGET, None) and "image/png" not in output["data"]:
                output["data"] = {"text/html": WIDGET_NOTE}
    shown = "text/html text/markdown image/svg+xml image/png image/jpeg text/latex text/plain".split()
    exporter = _Exporter(
        config=Config({"NbConvertBase": {"display_data_priority": shown}}),
        raw_template=NOTEBOOK,
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
    """Render the front page of a run.

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
    titles = {name: title_of(nb, name) for name, nb in notebooks.items()}
    entries = [{**entry, "title": titles[entry["name"]]} for entry in run["notebooks"]]
    pictures = [picture(nb, "ladder-figure") for nb in notebooks.values()]
    return (
        Environment(autoescape=True, trim_blocks=True)
        .from_string(INDEX)
        .render(
            run=run,
            entries=entries,
            failed=sum(entry["status"] == "failed" for entry in entries),
            rungs=ladder(merge(entry["results"] for entry in entries)),
            figure=next(filter(None, pictures), None),
        )
    )
