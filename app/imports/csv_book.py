"""Reads a CSV as a workbook of one sheet: the same columns, whatever its separator and encoding."""

import csv
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from app.core.errors import Invalid
from app.core.spreadsheet import unguarded
from app.imports.sheet_reader import Values
from app.imports.sheet_structure import Structure
from app.imports.titles import ACTIVITIES, RESIDENTS, SEARCHED_LINES

SEPARATORS = (";", ",", "\t")
LEAST_COLUMNS = 3
SEARCHED = 200_000  # characters from the top, where the titles are looked for
LONGEST_CELL = 131_072  # characters: what the csv module takes, far past any field
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class CsvSheet:
    """The one table of a CSV; a cell is a text, or None when nothing is in it."""

    text: str
    separator: str
    width: int
    length: int | None = None
    title: str = ""  # of a sheet: a CSV has one only

    def rows(self) -> Iterator[tuple[int, Values]]:
        """Give each row's number, as a spreadsheet counts them, and its values.

        Raises Invalid when a quote that is never closed, or closed too late, hides lines.
        """
        reader = csv.reader(StringIO(self.text, newline=""), delimiter=self.separator, strict=True)
        number = columns = 0
        try:
            for number, cells in enumerate(reader, start=1):
                columns = max(columns, len(cells))
                if self._hides_lines(cells, columns):
                    raise _quoted(number)
                filled = [unguarded(cell) if cell.strip() else None for cell in cells[: self.width]]
                yield number, tuple(filled + [None] * (self.width - len(filled)))
        except csv.Error as error:
            raise _quoted(number + 1) from error

    def _hides_lines(self, cells: list[str], columns: int) -> bool:
        """Tell whether a cell holds the end of its row, then the beginning of another one."""
        for position, cell in enumerate(cells):
            if "\n" not in cell or self.separator not in cell:
                continue
            first, *_, last = cell.split("\n")
            ends = first.count(self.separator) == columns - 1 - position
            if ends and last.count(self.separator) == position:
                return True
        return False

    def structure(self) -> Structure:
        """Give what a CSV never has: merged cells, formulas."""
        return Structure()


def _quoted(number: int) -> Invalid:
    return Invalid(
        "file",
        f"Ligne {number}\u00a0: un guillemet ouvre une case et n’est pas fermé. Les lignes "
        "suivantes seraient perdues. Retirez-le, ou écrivez-le deux fois, puis réessayez.",
    )


def read_csv(path: Path, *, width: int, largest: int) -> CsvSheet | None:
    """Open a CSV; None for what is none. Raises Invalid("file") for one that is too large.

    UTF-8 is tried first, then the encoding of Excel in French (Windows-1252).
    """
    if path.stat().st_size > largest:
        raise Invalid("file", "Ce tableau est trop gros. Exportez une période plus courte.")
    text = _decoded(path.read_bytes())
    if text is None:
        return None
    counts = {mark: _columns(text, mark) for mark in SEPARATORS}
    separator = max(counts, key=lambda mark: counts[mark])
    return CsvSheet(text, separator, width) if counts[separator][1] >= LEAST_COLUMNS else None


def _decoded(content: bytes) -> str | None:
    marked = next((name for mark, name in MARKS.items() if content.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\x00" in text else text
    return None


def _columns(text: str, separator: str) -> tuple[int, int]:
    """Count the known titles of the line that has the most; without any, the widest line's cells.

    A note full of commas is no line of titles; a line or two may stand above it.
    """
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(StringIO(text[:SEARCHED], newline=""), delimiter=separator)
    known = widest = 0
    with suppress(csv.Error):  # the lines before the one that cannot be read are enough
        for _, cells in zip(range(SEARCHED_LINES), reader, strict=False):
            known = max(known, sum(map(_is_title, cells)))
            widest = max(widest, sum(bool(cell.strip()) for cell in cells))
    return known, widest


def _is_title(cell: str) -> bool:
    return any(titles.meant_by(cell) for titles in (ACTIVITIES, RESIDENTS))
