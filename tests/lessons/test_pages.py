"""The pages that all lessons share: their symbols, their words, and where each part of the five articles is taught."""

import json
import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
LESSONS = sorted((HOUSE / "notebooks").glob("*.ipynb"))


def prose(path):
    """Return {cell id: text} of a lesson's markdown cells."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"}


def rows(text):
    """Yield each row of the tables of a text, as a dict from its column's head to its cell."""
    for table in re.findall(r"(?:^\|.*\|$\n?)+", text, re.M):
        head, _, *lines = [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in table.splitlines()]
        for line in lines:
            yield dict(zip(head, line, strict=False))  # a bar inside a formula would make one cell too many


def symbols(cell):
    """Return the formulas of a table's cell: bare letters, without the layer that they belong to."""
    found = [re.sub(r"\\mathbf|[ {}]", "", one).partition("=")[0] for one in re.findall(r"\$([^$]+)\$", cell)]
    return [re.sub(r"_\d$", "", one) if re.match(r"d?[A-Z]_", one) and one != "F_1" else one for one in found]


def names(cell):
    """Return the names in code of a table's cell, without what says which: ``W1``, ``old_W``."""
    return [re.sub(r"^old_|(?<=[A-Z])\d$|\(\.\.\.\)$", "", name) for name in re.findall(r"`([^`]+)`", cell)]


def explained(text):
    """Yield (symbols, names in code) for each row of the tables of symbols in a text."""
    for row in rows(text):
        if {"symbol", "in code"} <= set(row):
            yield symbols(row["symbol"]), names(row["in code"])


def notation():
    return list(explained((HOUSE / "docs" / "notation.md").read_text(encoding="utf-8")))


def test_every_symbol_and_every_name_has_one_meaning():
    page = notation()
    assert len(page) >= 50
    for each in zip(*page, strict=True):
        all_of_them = [name for row in each for name in set(row)]
        twice = {name for name in all_of_them if all_of_them.count(name) > 1}
        assert not twice, f"docs/notation.md explains {twice} twice"


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_symbols_of_a_lesson_are_those_of_the_page(path):
    meanings = {symbol: set(codes) for letters, codes in notation() for symbol in letters}
    codes_known = {code for _, codes in notation() for code in codes}
    for cell, text in prose(path).items():
        for letters, codes in explained(text):
            unknown = [symbol for symbol in letters if symbol not in meanings]
            assert not unknown, f"{cell}: docs/notation.md does not know the symbols {unknown}"
            allowed = set().union(*(meanings[symbol] for symbol in letters)) if letters else codes_known
            other = {code for code in codes if not {code, code.partition("[")[0]} & allowed}
            assert not other, f"{cell}: docs/notation.md knows {letters} as {allowed}, not as {other}"


def glossary():
    """Return rows (word, lesson's file) of the page of words."""
    text = (HOUSE / "docs" / "glossary.md").read_text(encoding="utf-8")
    return [(row["word"], re.search(r"\(\.\./notebooks/([\w.]+)\)", row["first in"])[1]) for row in rows(text)]


def plain(text):
    """Return prose without code, formulas, addresses and folds."""
    text = re.sub(r"(?s)<details>.*?</details>|```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$", " ", text)
    return re.sub(r"\]\([^)]*\)", "]", text)


def use(word):
    return re.compile(rf"(?<![\w-]){re.escape(word)}(?:s|es)?(?![\w-])", re.I)


@pytest.mark.parametrize(("word", "lesson"), glossary(), ids=lambda value: value.replace(" ", "_"))
def test_a_word_is_explained_where_it_is_first_used(word, lesson):
    """Earlier, it may stand only in a paragraph that links to the lesson which explains it."""
    for path in LESSONS:
        text = [
            part
            for name, cell in prose(path).items()
            if name not in ("title", "sources")
            for part in cell.split("\n\n")
        ]
        for paragraph in text:
            if (
                paragraph.startswith("#")
                or not use(word).search(plain(paragraph))
                or (path.name != lesson and lesson in paragraph)
            ):
                continue
            assert path.name == lesson, f"{path.stem} uses {word!r} before {lesson}: {paragraph[:200]}"
            bold = rf"\*\*(?:[^*]*\s)?{re.escape(word)}(?:s|es)?(?![\w-])[^*]*\*\*"
            assert re.search(bold, paragraph, re.I), f"{path.stem} uses {word!r} before it explains it: {paragraph}"
            return
    pytest.fail(f"{lesson} does not use {word!r}")


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_leads_to_both_pages(path):
    title = next(iter(prose(path).values()))
    assert "(../docs/notation.md)" in title and "(../docs/glossary.md)" in title


@pytest.mark.parametrize("page", sorted((HOUSE / "docs").glob("*.md")), ids=lambda path: path.stem)
def test_links_of_a_page_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}, which does not exist"


def test_every_part_of_the_articles_is_taught_in_a_cell_that_exists():
    text = (HOUSE / "docs" / "articles.md").read_text(encoding="utf-8")
    named = re.findall(r"\[(\d\d)\]\(\.\./notebooks/([\w.]+)\) `([a-z0-9-]+)`", text)
    assert len(named) >= 40
    for number, file, cell in named:
        assert file.startswith(number) and cell in {
            cell["id"] for cell in json.loads((HOUSE / "notebooks" / file).read_text(encoding="utf-8"))["cells"]
        }, f"docs/articles.md names {cell} of {file}, which is not there"
