"""Writes a workbook line by line, under the head that the national tool's files have."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self

import xlsxwriter

from app.core.clock import PARIS
from app.core.spreadsheet import is_risky

FILTERS = (
    "Période",
    "Source",
    "Lieux d’accompagnement",
    "Communes",
    "Départements",
    "Type d’accompagnement",
    "Rôle",
    "Thématiques non administratives",
    "Thématiques administratives",
    "Tags",
)


class Sheet:
    """One sheet, whose lines leave memory once written."""

    def __init__(
        self, path: Path, title: str, owner: str, columns: Sequence[str], *, now: datetime
    ) -> None:
        self._book = xlsxwriter.Workbook(path, {"constant_memory": True})
        self._book.set_properties({"created": datetime(2000, 1, 1)})  # the same data, the same file
        self._sheet = self._book.add_worksheet(title)
        self._wrapped = self._book.add_format({"valign": "top", "text_wrap": True})
        self._text = self._book.add_format(
            {"valign": "top", "text_wrap": True, "quote_prefix": True}
        )  # stays a text even when somebody edits its cell
        self._day = self._book.add_format({"valign": "top", "num_format": "dd/mm/yyyy"})
        self._columns = columns
        here = now.astimezone(PARIS)
        self._line = 0
        for cells in (
            ("Informations export",),
            ("Nom", owner),
            ("Prénom", ""),
            ("Rôle", ""),
            ("Total", ""),
            ("Date d'export", here.strftime("%d/%m/%Y")),
            ("Heure d'export", here.strftime("%H:%M")),
            (),
            ("Filtres",),
            *((name, "-") for name in FILTERS),
            (),
            (),
            columns,
        ):
            self._write(cells)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Write the file."""
        self._book.close()

    def write(self, rows: Iterable[Sequence[Any]]) -> int:
        """Write the lines of the table; gives how many."""
        first = self._line
        for row in rows:
            self._write(row)
        if self._line > first:
            self._sheet.autofilter(first - 1, 0, self._line - 1, len(self._columns) - 1)
        return self._line - first

    def _write(self, cells: Sequence[Any]) -> None:
        for column, value in enumerate(cells):
            if value is None or value == "":
                continue
            if isinstance(value, date):
                self._sheet.write_datetime(self._line, column, value, self._day)
            elif isinstance(value, str):
                style = self._text if is_risky(value) else self._wrapped
                self._sheet.write_string(self._line, column, value, style)
            else:
                self._sheet.write_number(self._line, column, value, self._wrapped)
        self._line += 1
