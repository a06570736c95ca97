"""Reads the national tool's file of residents (dictionary § 10.3): one row a named person."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from app.core.phones import normal_phone
from app.core.text import fold
from app.imports import cells as read
from app.imports.communes import Communes
from app.imports.labels import Labels, UnknownLabel
from app.imports.redaction import redacted
from app.imports.report import HIDDEN, BadRow, ImportReport, Remark
from app.imports.sheet_reader import Values
from app.imports.titles import RESIDENTS, SEARCHED_LINES, columns_said
from app.imports.workbook import AnySheet, Book
from app.residents.ages import age_band_of
from app.residents.forms import OLDEST_YEAR

COLUMNS = {name: titles[0] for name, titles in RESIDENTS.written.items()}
UNKNOWN = "-"
LONGEST_NAME = 100
_PRIVATE = frozenset(COLUMNS) - {"gender", "age_band", "status", "birth_year"}
_NEEDED = frozenset({"family_name", "given_name", "birth_year", "phone"})


@dataclass(frozen=True)
class Found:
    """A person as the file says; what it does not know is empty."""

    given_name: str
    family_name: str
    birth_year: int | None
    phone: str
    email: str
    note: str
    commune: str | None
    gender: str
    age_band: str
    status: str
    line: int = field(default=0, compare=False)  # of the file; 0 elsewhere
    values: Values = field(default=(), compare=False)  # the row as it stands, to be mended

    @property
    def name(self) -> str:
        """Give the name as the activities' file writes it, folded."""
        return fold(f"{self.given_name} {self.family_name}")


@dataclass(frozen=True)
class PeopleTable:
    """The table of residents of a workbook: where it starts, and which column holds what."""

    sheet: AnySheet
    line: int
    titles: Values  # as far as the last column that matters
    positions: Mapping[str, int]
    unread: Sequence[str] = ()  # titles of the columns that are left aside

    @property
    def length(self) -> int | None:
        """How many rows the file says it has."""
        lines = self.sheet.length
        return max(lines - self.line, 0) if lines is not None else None

    def columns_said(self) -> list[str]:
        """Say which known columns are not there, and which of the file's are not read."""
        missing = [name for name in COLUMNS if name not in (*self.positions, "visits")]
        return columns_said(RESIDENTS, missing, self.unread)

    def rows(self) -> Iterator[tuple[int, dict[str, Any], Values]]:
        """Give the rows that hold something: by what their columns mean, and as they stand."""
        for line, values in self.sheet.rows():
            cells = {name: _value(values[at]) for name, at in self.positions.items()}
            if line > self.line and any(value is not None for value in cells.values()):
                yield line, cells, values


def find_people(book: Book) -> PeopleTable | None:
    """Find a table of residents; None when the workbook holds none."""
    for sheet in book.sheets:
        for line, values in sheet.rows():
            if line > SEARCHED_LINES:
                break
            placed = RESIDENTS.place(values)
            if placed.positions.keys() >= _NEEDED:
                titles = values[: max(placed.positions.values()) + 1]
                return PeopleTable(sheet, line, titles, placed.positions, placed.unread)
    return None


def read_people(
    table: PeopleTable, own: Mapping[tuple[str, str], str], report: ImportReport, *, today: date
) -> Iterator[Found]:
    """Read each person; a row that cannot be read is in the report, and stays out."""
    reader = _Reader(Labels(own), report, today)
    report.to_mend.name_columns(table.titles)
    report.columns += table.columns_said()
    for line, cells, values in table.rows():
        report.rows += 1
        found = reader.person(cells)
        if isinstance(found, Found):
            yield replace(found, line=line, values=values[: len(table.titles)])
            continue
        report.refused += 1
        report.to_mend.add(values)
        for bad in sorted(found, key=lambda one: table.positions.get(one.field, 0)):
            value = read.shown(cells.get(bad.field))
            value = HIDDEN if value and bad.field in _PRIVATE else value
            report.name(BadRow(line, COLUMNS[bad.field], value, bad.reason))


class _Bad(Exception):
    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason


class _Reader:
    def __init__(self, labels: Labels, report: ImportReport, today: date) -> None:
        self._labels, self._report, self._today = labels, report, today
        self._communes = Communes()

    def person(self, cells: dict[str, Any]) -> Found | list[_Bad]:
        """Read one row; gives every cell to mend when there is one."""
        bad: list[_Bad] = []

        def tried(read_it: Callable[..., Any], *asked: Any) -> Any:
            try:
                return read_it(cells, *asked)
            except _Bad as error:
                bad.append(error)
                return None

        year = tried(self._year)
        texts = {name: tried(self._name, name) for name in ("given_name", "family_name")}
        codes = {name: tried(self._code, name) for name in ("gender", "age_band", "status")}
        note = tried(self._note)
        if bad:
            return bad
        if year:
            codes["age_band"] = age_band_of(self._today.year - year)
        return Found(
            **texts,
            **codes,
            birth_year=year,
            phone=self._contact(cells.get("phone"), normal_phone),
            email=self._contact(cells.get("email"), _email),
            note=self._kept(note),
            commune=self._commune(cells),
        )

    def _name(self, cells: dict[str, Any], field: str) -> str:
        text = self._line(cells, field)
        if not text:
            raise _Bad(field, "la cellule est vide")
        if len(text) > LONGEST_NAME:
            raise _Bad(field, f"le texte dépasse {LONGEST_NAME} caractères")
        return text

    def _line(self, cells: dict[str, Any], field: str) -> str:
        try:
            return read.line(cells.get(field))
        except read.Unreadable as error:
            raise _Bad(field, str(error)) from error

    def _year(self, cells: dict[str, Any]) -> int | None:
        text = self._line(cells, "birth_year")
        if not text:
            return None
        if not text.isdecimal() or not OLDEST_YEAR <= int(text[:6]) <= self._today.year:
            raise _Bad("birth_year", f"l’année attendue est entre {OLDEST_YEAR} et cette année")
        return int(text)

    def _code(self, cells: dict[str, Any], field: str) -> str:
        try:
            return self._labels.code_of(field, cells.get(field)) or "non_communique"
        except read.Unreadable as error:
            if isinstance(error, UnknownLabel):
                self._report.miss(error.vocabulary, *error.labels)
            raise _Bad(field, str(error)) from error

    def _contact(self, value: Any, normal: Callable[[str], str]) -> str:
        """Read a number or an address; one that is none is left out, and counted."""
        try:
            text = read.line(value)
            if len(text) == 9 and text.isdecimal():
                text = f"0{text}"  # a spreadsheet took the zero for none
            return normal(text) if text else ""
        except ValueError:
            self._report.remarks[Remark.CONTACTS] += 1
            return ""

    def _note(self, cells: dict[str, Any]) -> str:
        try:
            return read.lines(cells.get("note"))
        except read.Unreadable as error:
            raise _Bad("note", str(error)) from error

    def _kept(self, text: str) -> str:
        kept = redacted(text) if text else text
        self._report.remarks[Remark.REDACTED] += kept != text
        return kept

    def _commune(self, cells: dict[str, Any]) -> str | None:
        written = [cells.get(name) for name in ("commune", "postcode", "insee")]
        found = self._communes.find(*written)
        if found is None and any(value is not None for value in written):
            self._report.remarks[Remark.UNKNOWN_COMMUNES] += 1
        self._report.remarks[Remark.CONTRADICTED] += self._communes.contradicts(*written)
        return found


def _email(text: str) -> str:
    name, _, domain = text.partition("@")
    if not name or "." not in domain or " " in text or "@" in domain:
        raise ValueError
    return text.lower()


def _value(value: Any) -> Any:
    is_unknown = isinstance(value, str) and value.strip() in ("", UNKNOWN)
    return None if is_unknown else value
