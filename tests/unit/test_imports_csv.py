"""A CSV is cut where its titles say, and a stray quote never swallows lines in silence."""

import csv
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import Invalid
from app.imports.header import find_table
from app.imports.workbook import opened
from tests.support import coop_file
from tests.support.coop_file import individual

TITLES = coop_file.columns()


def written(path: Path, *notes: str, separator: str = ";", **cells: Any) -> Path:
    """Write a CSV with one activity a note."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, delimiter=separator)
        table.writerow(TITLES)
        for number, note in enumerate(notes, 1):
            row = individual(
                number, **{"Date": "10/03/2026", "Notes supplémentaires": note}, **cells
            )
            table.writerow([row.get(title, "") for title in TITLES])
    return path


def notes_of(path: Path) -> list[Any]:
    """Read the notes of a file."""
    with opened(path) as book:
        return [cells.note for _, cells in find_table(book).rows()]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_the_titles_say_the_separator_whatever_stands_in_cells(
    tmp_path: Path, separator: str
) -> None:
    notes = ("mots, " * 60, "point; " * 60, "a\tb\t" * 60)

    assert notes_of(written(tmp_path / "x.csv", *notes, separator=separator)) == list(notes)


def test_lines_and_quotes_of_a_cell_are_kept_the_first_empty_one_too(tmp_path: Path) -> None:
    notes = ["\nLyon\nLyon", 'Il dit "bonjour"; puis\nautre', "\n\n"]

    assert notes_of(written(tmp_path / "x.csv", *notes)) == [*notes[:2], None]


@pytest.mark.parametrize(
    "others", [("a", "b"), ('"oui" dit-il', "b"), ("oui; et", "b"), ("b", "", '"')]
)
def test_a_quote_that_opens_and_does_not_close_is_refused_with_its_line(
    tmp_path: Path, others: tuple[str, ...]
) -> None:
    path = written(tmp_path / "x.csv", "rien", "ICI", *others)
    path.write_text(path.read_text("utf-8-sig").replace(";ICI;", ';"il a dit;'), "utf-8")

    with pytest.raises(Invalid, match="Ligne 3\u00a0: un guillemet"):
        notes_of(path)


def test_a_quote_closed_by_that_of_another_row_is_refused_too(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", "UN", "rien", "DEUX")
    text = path.read_text("utf-8-sig").replace(";UN;", ';"il a dit;').replace(";DEUX;", ';oui";')
    path.write_text(text, "utf-8")

    with pytest.raises(Invalid, match="Ligne 2\u00a0: un guillemet"):
        notes_of(path)


def test_a_quote_inside_a_cell_does_no_harm(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", "ICI", "b")
    path.write_text(path.read_text("utf-8-sig").replace(";ICI;", ';il dit "oui" et "non;'), "utf-8")

    assert notes_of(path) == ['il dit "oui" et "non', "b"]
