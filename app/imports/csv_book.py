"""Reads a CSV as a workbook of one sheet: the same columns, whatever its separator and encoding."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from app.core.errors import Invalid
from app.core.spreadsheet import unguarded
from app.imports.sheet_reader import Values
from app.imports.sheet_structure import Structure

SEPARATORS = (";", ",", "\t")
LEAST_COLUMNS = 3
LONGEST_CELL = 131_072  # characters: what the csv module takes, far past any field
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class CsvSheet:
    """The one table of a CSV; a cell is a text, or None when nothing is in it."""

    text: str
    separator: str
    width: int
    length: int | None = None

    def rows(self) -> Iterator[tuple[int, Values]]:
        """Give each row's number, as a spreadsheet counts them, and its values."""
        reader = csv.reader(StringIO(self.text, newline=""), delimiter=self.separator)
        number = 0
        try:
            for number, cells in enumerate(reader, start=1):
                filled = [unguarded(cell.strip()) or None for cell in cells[: self.width]]
                yield number, tuple(filled + [None] * (self.width - len(filled)))
        except csv.Error as error:
            raise Invalid(
                "file",
                f"Ce tableau CSV ne se lit plus après la ligne {number}. Vérifiez les guillemets.",
            ) from error

    def structure(self) -> Structure:
        """Give what a CSV never has: merged cells, formulas."""
        return Structure()


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
    return CsvSheet(text, separator, width) if counts[separator] >= LEAST_COLUMNS else None


def _decoded(content: bytes) -> str | None:
    marked = next((name for mark, name in MARKS.items() if content.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\x00" in text else text
    return None


def _columns(text: str, separator: str) -> int:
    """Count the columns of the widest of the first lines: a title or two may stand above."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(StringIO(text[:20_000], newline=""), delimiter=separator)
    widest = 0
    try:
        for _, cells in zip(range(40), reader, strict=False):
            widest = max(widest, sum(bool(cell.strip()) for cell in cells))
    except csv.Error:
        return widest
    return widest
