"""Writes a history line by line as a CSV: UTF-8, semicolons, no cell that a spreadsheet runs."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Self

from app.core.spreadsheet import guarded


class Table:
    """One table under its titles; the importer takes the guards of its cells off again."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._rows = csv.writer(self._file, delimiter=";", lineterminator="\r\n")
        self._rows.writerow(columns)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the file go."""
        self._file.close()

    def write(self, rows: Iterable[Sequence[Any]]) -> int:
        """Write the lines of the table; gives how many."""
        count = 0
        for row in rows:
            self._rows.writerow(map(_written, row))
            count += 1
        return count


def _written(value: Any) -> Any:
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return guarded(value) if isinstance(value, str) else value
