"""CSV of one table: the rows, an empty line, the method; UTF-8 with semicolons, as in France."""

import csv
import io
from collections.abc import Iterable
from typing import BinaryIO

from app.core.spreadsheet import guarded
from app.exports.writers.table import TableFile


def write(table: TableFile, stream: BinaryIO) -> None:
    """Write the table."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=True)
    lines = csv.writer(text, delimiter=";", lineterminator="\r\n")
    for row in (table.header, *table.rows, (), *table.method):
        lines.writerow(_safe(row))
    text.detach()


def _safe(row: Iterable[str | int]) -> list[str | int]:
    return [guarded(cell) if isinstance(cell, str) else cell for cell in row]
