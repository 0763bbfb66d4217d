"""A dictionary from the TensorFlow and Keras of old tutorials to those of today; its rows are names.csv."""

import csv
import html
import re
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from mnist_lib.runtime import html_table

SHORT = 16  # rows that can be shown whole
HEAD = "old", "what it did", "today", "watch for"


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

    def cells(self):
        """What is shown of it, the old name as code."""
        from markupsafe import Markup

        code = f"<code style='white-space: normal'>{html.escape(self.old)}</code>"
        return Markup(code), self.what_it_did, self.new, self.watch_for


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
        lines = []
        for i, row in enumerate(self.rows):
            lines.append(f"{self.mark} {self.marks[i]}: {row.old}" if self.marks else row.old)
            lines.append(f"    now: {row.new}" + (f". {row.watch_for}" if row.watch_for else ""))
        return "\n".join(lines) or "No such name."

    def __repr__(self):
        return str(self) if len(self) <= SHORT else f"{len(self)} old names, a table in a notebook; print() shows all"

    def _repr_html_(self):
        if not self.rows:
            return "<p>No such name. Try a part of it, or a word for what it did.</p>"
        if self.marks:
            lines = [(mark, *row.cells()) for mark, row in zip(self.marks, self.rows, strict=True)]
            return _table((self.mark, *HEAD), lines)
        groups = {group: [row.cells() for row in rows] for group, rows in groupby(self.rows, lambda row: row.group)}
        if len(self) <= SHORT:
            return _table(HEAD, [line for group, lines in groups.items() for line in (group, *lines)])
        folds = [  # too long to read at once
            f"<details><summary><b>{html.escape(group)}</b>, {len(lines)} rows</summary>{_table(HEAD, lines)}</details>"
            for group, lines in groups.items()
        ]
        return "".join(folds).replace("<details>", "<details open>", 1)


def _table(head, rows):
    return html_table(head, rows, style="text-align: left; white-space: normal; overflow-wrap: anywhere")


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
    texts = {row: f"{row.group} {row.old} {row.what_it_did} {row.new} {row.watch_for}".lower() for row in load()}
    return Table(tuple(row for row, text in texts.items() if all(word in text for word in asked)))


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
