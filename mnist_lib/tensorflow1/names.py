"""A dictionary from the TensorFlow and Keras of old tutorials to those of today; its rows are old_names.csv."""

import csv
import html
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_LEFT = "style='text-align: left; overflow-wrap: anywhere'"
_WRAP = "style='white-space: normal'"
_SHORT = 16  # rows that can be shown whole


@dataclass(frozen=True)
class Row:
    """One old name: what it did, what to write today, what to watch for.

    ``find`` is a regular expression that recognises the old name in a program. ``old_test`` and ``new_test``
    say how the tests make sure, with the TensorFlow at hand, that the one is gone and the other there.
    """

    group: str
    old: str
    what_it_did: str
    new: str
    watch_for: str
    find: str
    old_test: str
    new_test: str


@dataclass(frozen=True, repr=False)
class Table:
    """Some rows, and for each a mark, such as the lines of a program; shows itself as a table in a notebook."""

    rows: tuple
    marks: tuple = ()
    mark: str = ""

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        return iter(self.rows)

    def __str__(self):
        marks = self.marks or [""] * len(self)
        lines = []
        for row, mark in zip(self.rows, marks, strict=True):
            lines.append(f"{self.mark} {mark}: {row.old}" if mark else row.old)
            lines.append(f"    now: {row.new}" + (f". {row.watch_for}" if row.watch_for else ""))
        return "\n".join(lines) or "No such name."

    def __repr__(self):
        return str(self) if len(self) <= _SHORT else f"{len(self)} old names, a table in a notebook; print() shows all"

    def _repr_html_(self):
        if not self.rows:
            return "<p>No such name. Try a part of it, or a word for what it did.</p>"
        heads = {"old": 29, "what it did": 23, "today": 26, "watch for": 22}  # widths in per cent
        if self.marks:
            heads = {self.mark: 7, **heads, "old": 22}
        head = "".join(f"<th style='text-align: left; width: {width}%'>{name}</th>" for name, width in heads.items())
        groups = {}
        for i, row in enumerate(self.rows):
            cells = [_breakable(text) for text in (row.old, row.what_it_did, row.new, row.watch_for)]
            cells[0] = f"<code {_WRAP}>{cells[0]}</code>"
            cells = [html.escape(mark) for mark in self.marks[i : i + 1]] + cells
            line = "<tr>" + "".join(f"<td {_LEFT}>{cell}</td>" for cell in cells) + "</tr>"
            groups.setdefault("" if self.marks else row.group, []).append(line)
        if len(self) > _SHORT and not self.marks:  # too long to read at once: a fold for each group, the first open
            return "".join(
                f"<details{' open' if i == 0 else ''}><summary><b>{html.escape(group)}</b>, {len(lines)} rows</summary>"
                f"{_table(head, lines)}</details>"
                for i, (group, lines) in enumerate(groups.items())
            )
        body = []
        for group, lines in groups.items():
            body += [f"<tr><th colspan='4' {_LEFT}>{html.escape(group)}</th></tr>"] if group else []
            body += lines
        return _table(head, body)


def _table(head, lines):
    return (
        f"<table style='table-layout: fixed; width: 100%'><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def _breakable(text):
    """Escape a text, and let long names break after a dot, an underscore or a bracket."""
    return re.sub(r"([._(])(?=[A-Za-z])", r"\1<wbr>", html.escape(text))


@cache
def load():
    """Return the whole dictionary, a ``Table``."""
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        return Table(tuple(Row(**row) for row in csv.DictReader(file)))


def search(words):
    """Find rows in which every one of the words occurs, in any column that is shown.

    Parameters
    ----------
    words : str
        Such as ``"placeholder"`` or ``"learning rate"``; large and small letters are alike.

    Returns
    -------
    Table
        Empty if nothing is found.
    """
    asked = str(words).lower().split()

    def text(row):
        return " ".join((row.group, row.old, row.what_it_did, row.new, row.watch_for)).lower()

    return Table(tuple(row for row in load() if all(word in text(row) for word in asked)))


def read(program):
    """Find the old names in a program.

    Parameters
    ----------
    program : str
        Python code, as an old tutorial prints it.

    Returns
    -------
    Table
        In the order in which they first occur, each with the numbers of its lines, from 1.
    """
    found = {}
    for number, line in enumerate(str(program).splitlines(), start=1):
        for row in load():
            if re.search(row.find, line):
                found.setdefault(row, []).append(str(number))
    return Table(tuple(found), tuple(", ".join(lines) for lines in found.values()), "line")
