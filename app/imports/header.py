"""Finds the table of activities in a sheet by the titles of its columns, never by their place."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

from app.core.errors import Invalid
from app.core.text import fold
from app.imports.sheet_reader import Values
from app.imports.titles import ACTIVITIES, SEARCHED_LINES, columns_said
from app.imports.workbook import MAX_COLUMNS, AnySheet, Book


class Cells(NamedTuple):
    """One row by what its columns mean, whatever their order; None for a column not there.

    Those that all rows of an activity share stand first, up to `referral`; then the person's.
    """

    source_id: Any
    held_on: Any
    kind: Any
    mode: Any
    place: Any
    address: Any
    commune: Any
    postcode: Any
    insee: Any
    duration_min: Any
    title: Any
    material: Any
    themes: Any
    tags: Any
    precision: Any
    source: Any
    autonomy_or_level: Any
    level: Any
    recorded_at: Any
    changed_at: Any
    autonomy: Any
    is_referred: Any
    referral: Any
    participants: Any
    headcount: Any
    name: Any
    home_commune: Any
    home_postcode: Any
    home_insee: Any
    gender: Any
    age_band: Any
    status: Any
    note: Any


SHARED = Cells._fields.index("autonomy")  # how many columns describe the activity

_TODAY = frozenset({"held_on", "source_id"})
_BEFORE_AUGUST_2025 = frozenset({"held_on", "kind", "headcount"})
# Columns that a whole file has; « Source de la donnée » stands in some only.
_IN_BOTH = {
    "place", "title", "material", "themes", "precision", "is_referred", "referral",
    "home_commune", "gender", "age_band", "status", "name", "note",
}  # fmt: skip
_WHOLE_OLD = _IN_BOTH | {"autonomy", "level"}
_WHOLE = _IN_BOTH | {
    "recorded_at", "changed_at", "participants", "address", "commune", "postcode", "insee",
    "tags", "autonomy_or_level", "home_postcode", "home_insee",
}  # fmt: skip
# A coordinator's file says whose activity it was, and leaves names and notes out.
_OF_A_TEAM = frozenset(map(fold, ("Prénom du médiateur", "Nom du médiateur", "Rôle", "ID - Conum")))
_NOT_IN_A_TEAMS = frozenset({"name", "note"})
_NEEDED = ("held_on", "kind", "mode", "duration_min")


@dataclass(frozen=True)
class Header:
    """Where the table stands and which column holds what (positions from 0)."""

    line: int
    titles: dict[str, str]
    positions: dict[str, int]
    unread: tuple[str, ...] = ()  # titles of the columns that are left aside

    @property
    def has_ids(self) -> bool:
        """Tell today's shape, a row a participant, from the former, a row an activity."""
        return "source_id" in self.positions

    def title(self, field: str) -> str:
        """Give a column's title as it stands in the file, or as it should."""
        return self.titles.get(field, ACTIVITIES.written[field][0])

    def columns_said(self) -> list[str]:
        """Say which known columns are not there, and which of the file's are not read."""
        others = {fold(title) for title in self.unread}
        whole = _WHOLE if self.has_ids else _WHOLE_OLD
        if others & _OF_A_TEAM:
            whole = whole - _NOT_IN_A_TEAMS
        missing = [
            name for name in ACTIVITIES.written if name in whole and name not in self.positions
        ]
        unread = [title for title in self.unread if fold(title) not in _OF_A_TEAM]
        return columns_said(ACTIVITIES, missing, unread)

    def reader(self) -> Callable[[Values], Cells]:
        """Build what turns a line's values into cells; a column not there reads as None."""
        pick = itemgetter(*(self.positions.get(name, MAX_COLUMNS) for name in Cells._fields))
        return lambda values: Cells._make(pick((*values, None)))


@dataclass(frozen=True)
class Table:
    """The activities of a file: where they start, and the formulas saved without a result."""

    sheet: AnySheet
    header: Header
    empty_formulas: Mapping[int, Set[int]]  # columns from 1, by line

    @property
    def length(self) -> int | None:
        """How many rows the file says it has."""
        lines = self.sheet.length
        return max(lines - self.header.line, 0) if lines is not None else None

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """Give the lines below the titles. Raises Invalid when other titles stand below."""
        read = self.header.reader()
        for line, values in self.sheet.rows():
            if line <= self.header.line:
                continue
            cells = read(values)
            if _is_blank(cells.held_on) and not self._has_something(line, cells):
                continue
            if ACTIVITIES.meant_by(cells.held_on) and _header(line, values) is not None:
                raise two_tables()
            yield line, cells

    def _has_something(self, line: int, cells: Cells) -> bool:
        return line in self.empty_formulas or not all(map(_is_blank, cells))

    def without_result(self, line: int) -> list[str]:
        """Name the columns that matter whose formula has no result on a line."""
        columns = self.empty_formulas.get(line)
        if not columns:
            return []
        return [name for name, at in self.header.positions.items() if at + 1 in columns]


def other_activities(book: Book, read: AnySheet) -> list[str]:
    """Name the sheets with a table of activities beside the one that is read."""
    return [sheet.title for sheet in book.sheets if sheet is not read and _first_header(sheet)]


def find_table(book: Book) -> Table:
    """Find the one table of activities. Raises Invalid("file") for none, or for two."""
    found = [(sheet, header) for sheet in book.sheets if (header := _first_header(sheet))]
    if len(found) > 1:
        raise two_tables()
    if not found:
        raise Invalid("file", _why_none(book))
    sheet, header = found[0]
    _refuse_missing(header)
    structure = sheet.structure()
    if structure.is_merged(header.line):
        raise Invalid(
            "file",
            f"Des titres du tableau sont fusionnés, ligne {header.line}. "
            "Défusionnez-les, puis réessayez.",
        )
    return Table(sheet, header, structure.empty_formulas)


def two_tables() -> Invalid:
    """Make the refusal of a file with more than one table."""
    return Invalid(
        "file",
        "Ce fichier contient deux tableaux d’activités. Gardez-en un seul, puis réessayez.",
    )


def _first_header(sheet: AnySheet) -> Header | None:
    for line, values in sheet.rows():
        if line > SEARCHED_LINES:
            return None
        header = _header(line, values)
        if header is not None:
            return header
    return None


def _header(line: int, values: Sequence[Any]) -> Header | None:
    placed = ACTIVITIES.place(values)
    if not any(placed.positions.keys() >= shape for shape in (_TODAY, _BEFORE_AUGUST_2025)):
        return None
    if placed.twice:
        raise Invalid(
            "file", f"Le tableau a deux colonnes «\u00a0{placed.twice[0]}\u00a0». Gardez la bonne."
        )
    return Header(line, placed.titles, placed.positions, tuple(placed.unread))


def _refuse_missing(header: Header) -> None:
    missing = [name for name in _NEEDED if name not in header.positions]
    if missing:
        names = ", ".join(f"«\u00a0{ACTIVITIES.written[name][0]}\u00a0»" for name in missing)
        raise Invalid("file", f"Il manque au tableau une colonne indispensable\u00a0: {names}.")


def _why_none(book: Book) -> str:
    if not any(_has_something(sheet) for sheet in book.sheets):
        return "Ce fichier est vide. Choisissez l’export des activités de La Coop."
    return (
        "Aucun tableau d’activités dans ce fichier\u00a0: il y faut une ligne de titres avec "
        "«\u00a0Date\u00a0» et «\u00a0ID CRA\u00a0». "
        "Choisissez l’export «\u00a0Activités\u00a0» de La Coop, tel quel."
    )


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _has_something(sheet: AnySheet) -> bool:
    return any(value is not None for _, values in sheet.rows() for value in values)
