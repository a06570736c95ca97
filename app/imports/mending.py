"""Gives back, as they stood, the rows that an import refused: a file to mend."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, BinaryIO, Self

import xlsxwriter

from app.core.spreadsheet import is_risky
from app.core.text import number
from app.imports.models import Shape
from app.imports.sheet_reader import Values

MOST_ROWS = 2_000
MOST_CHARACTERS = 2_000_000  # of all the rows kept: what a page can seal and open again
LONGEST_CELL = 32_767  # ECMA-376: a longer text is in no workbook
_DAY = "day"
_SHEETS = {Shape.ACTIVITIES: "Activités", Shape.RESIDENTS: "Bénéficiaires"}


@dataclass
class ToMend:
    """The first refused rows of a file under its titles, and how many were refused in all."""

    titles: list[Any] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    total: int = 0
    size: int = 0  # characters kept

    def name_columns(self, values: Values) -> None:
        """Keep the titles; a row is cut where they end."""
        self.titles = _kept(values)

    def add(self, values: Values) -> None:
        """Count a row, and keep it while there is room: those kept are the first, without a gap."""
        self.total += 1
        row = _kept(values[: len(self.titles)])
        size = sum(len(value) for value in row if isinstance(value, str))
        is_first_lost = self.total > len(self.rows) + 1
        if is_first_lost or len(self.rows) >= MOST_ROWS or self.size + size > MOST_CHARACTERS:
            return
        self.rows.append(row)
        self.size += size

    def to_json(self) -> dict[str, Any]:
        """Give what is kept with the import."""
        return {"titles": self.titles, "rows": self.rows, "total": self.total}

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> Self:
        """Read what was kept."""
        return cls(kept["titles"], kept["rows"], kept["total"])


def write(found: ToMend, shape: Shape, stream: BinaryIO) -> None:
    """Write rows as a workbook with the columns of the file they came from."""
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet(_SHEETS[shape])
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        text = book.add_format({"quote_prefix": True})
        for line, values in enumerate((found.titles, *found.rows)):
            for column, value in enumerate(values):
                if isinstance(value, list):
                    sheet.write_datetime(line, column, datetime.fromisoformat(value[1]), day)
                elif isinstance(value, str):
                    sheet.write_string(line, column, value, text if is_risky(value) else None)
                elif value is not None:
                    sheet.write(line, column, value)
        if found.total > len(found.rows):
            book.add_worksheet("À lire").write_string(0, 0, rest_said(found))


def rest_said(found: ToMend) -> str:
    """Say that a file holds only a part of what was refused."""
    return (
        f"Ce fichier contient les {number(len(found.rows))} premières lignes refusées, "
        f"sur {number(found.total)}. Corrigez-les et envoyez-les, puis renvoyez le fichier "
        "d’origine\u00a0: les suivantes seront là."
    )


def _kept(values: Sequence[Any]) -> list[Any]:
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return [_DAY, value.isoformat()]
    if isinstance(value, date):
        return [_DAY, datetime.combine(value, time()).isoformat()]
    if isinstance(value, str | int | float | bool | None):
        return value[:LONGEST_CELL] if isinstance(value, str) else value
    return str(value)
