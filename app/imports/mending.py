"""Gives back, as they stood, the rows of activities that an import refused: a file to mend."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, BinaryIO
from uuid import UUID

import xlsxwriter

from app.imports.header import Table
from app.imports.sheet_reader import Values

MOST_ROWS = 2_000
_DAY = "day"


def refused_rows(table: Table, lines: set[int], ids: set[bytes]) -> list[list[Any]]:
    """Read the titles, then every row of the refused activities: half a workshop is no workshop."""
    at = table.header.positions.get("source_id")
    found: list[list[Any]] = []
    for line, values in table.sheet.rows():
        is_title = line == table.header.line
        if is_title or line in lines or (at is not None and _id(values[at]) in ids):
            found.append([_kept(value) for value in _width(table, values)])
        if len(found) > MOST_ROWS:
            break
    return found


def write(rows: Sequence[Sequence[Any]], stream: BinaryIO) -> None:
    """Write rows as a workbook with the columns of the file they came from."""
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Activités")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for line, values in enumerate(rows):
            for column, value in enumerate(values):
                if isinstance(value, list):
                    sheet.write_datetime(line, column, datetime.fromisoformat(value[1]), day)
                elif isinstance(value, str):
                    sheet.write_string(line, column, value)  # a text that starts with = stays one
                elif value is not None:
                    sheet.write(line, column, value)


def _width(table: Table, values: Values) -> Values:
    return values[: max(table.header.positions.values()) + 1]


def _id(value: Any) -> bytes | None:
    try:
        return UUID(str(value or "").strip()).bytes
    except ValueError:
        return None


def _kept(value: Any) -> Any:
    if isinstance(value, datetime):
        return [_DAY, value.isoformat()]
    if isinstance(value, date):
        return [_DAY, datetime.combine(value, time()).isoformat()]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
