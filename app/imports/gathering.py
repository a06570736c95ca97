"""Puts rows together into activities: one a participant today, one an activity in older files."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.text import fold
from app.imports import cells as read
from app.imports.activities import BadCell, Facts, Person, RowReader, canonical
from app.imports.header import SHARED, Cells, Table
from app.imports.report import BadRow, ImportReport, Remark
from app.sessions.models import SessionKind

_NOBODY = frozenset({None, "", "Bénéficiaire anonyme"})
_NOBODY_FOLDED = frozenset({"", "beneficiaire anonyme", "anonyme"})
_PRIVATE = frozenset({"note", "precision", "name"})  # never repeated in a report
OLD_ID = "avant-2025-08"


@dataclass(slots=True)
class Activity:
    """One activity of the file, as its rows tell it."""

    source_id: str
    facts: Facts
    line: int
    note: str = ""
    persons: list[Person] = field(default_factory=list)
    size: int | None = None  # how many rows it has in the national tool, when they say so
    shared: tuple[Any, ...] = ()  # cells of its first row, to spare reading the same again
    ranks: set[int] = field(default_factory=set)
    remarks: Counter[Remark] = field(default_factory=Counter)

    @property
    def is_cut(self) -> bool:
        """Tell whether some participants are missing: the file was filtered or cut."""
        return self.size is not None and len(self.persons) < self.size


class Gathering:
    """Reads a table once, gives each activity when its last row was met.

    Rows of one activity may stand anywhere: « k/n » says when none is missing. Only workshops
    that are not complete are held in memory; what never comes is given at the end. One bad row
    refuses its whole activity: a workshop with some of its people would be a false figure.
    """

    def __init__(self, table: Table, reader: RowReader, report: ImportReport) -> None:
        self._table = table
        self._reader = reader
        self._report = report
        self._open: dict[UUID, Activity] = {}
        self._given: set[bytes] = set()
        self._refused: set[bytes] = set()
        self._occurrences: Counter[bytes] = Counter()

    @property
    def refused(self) -> set[bytes]:
        """Give the ids of the activities refused, for those that have one."""
        return self._refused

    def activities(self) -> Iterator[Activity]:
        """Give the activities whose every row could be read."""
        read_row = self._row if self._table.header.has_ids else self._old_row
        for line, cells in self._table.rows():
            self._report.rows += 1
            try:
                activity = read_row(line, cells)
            except BadCell as bad:
                self._refuse(line, cells, bad)
            else:
                if activity is not None:
                    yield self._told(activity)
        for activity in self._open.values():
            yield self._told(activity)

    def _told(self, activity: Activity) -> Activity:
        """Count what was kept otherwise, now that the activity goes in."""
        if activity.facts.has_random_profiles:
            activity.remarks[Remark.RANDOM_PROFILES] += len(activity.persons)
        if activity.is_cut:
            activity.remarks[Remark.MISSING_ROWS] += 1
        self._report.remarks.update(activity.remarks)
        return activity

    def _refuse(self, line: int, cells: Cells, bad: BadCell) -> None:
        """Name a bad row, and close its activity to the others."""
        value = "" if bad.field in _PRIVATE else read.shown(bad.value)
        self._report.refuse(BadRow(line, self._table.header.title(bad.field), value, bad.reason))
        if bad.unknown is not None:
            self._report.miss(*bad.unknown)
        self._reader.take_remarks()
        if self._table.header.has_ids and (source_id := _readable_id(cells)) is not None:
            self._refused.add(source_id.bytes)
            self._open.pop(source_id, None)

    def _refuse_empty_formula(self, line: int) -> None:
        name = self._table.empty_formula(line)
        if name is not None:
            raise BadCell(name, "=", "la formule a été enregistrée sans son résultat")

    def _row(self, line: int, cells: Cells) -> Activity | None:
        source_id = _readable_id(cells)
        if source_id is not None and source_id.bytes in self._refused:
            return None  # named once already
        self._refuse_empty_formula(line)
        if source_id is None:
            raise BadCell("source_id", cells.source_id, "ce n’est pas un identifiant")
        if source_id.bytes in self._given:
            self._report.remarks[Remark.REPEATED_ROWS] += 1
            return None
        activity = self._open.get(source_id)
        if activity is None:
            facts = self._reader.facts(cells)
            activity = Activity(str(source_id), facts, line, shared=cells[:SHARED])
            self._open[source_id] = activity
        elif cells[:SHARED] != activity.shared:
            self._refuse_difference(activity, cells)
        if self._take_place(activity, cells):
            self._add_person(activity, cells)
        else:
            activity.remarks[Remark.REPEATED_ROWS] += 1
        activity.remarks.update(self._reader.take_remarks())
        return self._complete(source_id, activity)

    def _complete(self, source_id: UUID, activity: Activity) -> Activity | None:
        """Let an activity go when all its rows were met."""
        if activity.size is None or len(activity.persons) < activity.size:
            return None
        self._given.add(source_id.bytes)
        activity.shared, activity.ranks = (), set()  # of no more use, and it will be set aside
        return self._open.pop(source_id)

    def _refuse_difference(self, activity: Activity, cells: Cells) -> None:
        other = activity.facts.difference(self._reader.facts(cells))
        if other is not None:
            said = f"la ligne {activity.line}, de la même activité, dit autre chose"
            raise BadCell(other, getattr(cells, other), said)

    def _take_place(self, activity: Activity, cells: Cells) -> bool:
        """Note which participant a row is; False when that one was met already."""
        try:
            found = read.rank(cells.participants)
        except read.Unreadable as error:
            raise BadCell("participants", cells.participants, str(error)) from error
        if activity.facts.kind is SessionKind.INDIVIDUAL:
            if found not in (None, (1, 1)):
                raise BadCell("participants", cells.participants, "il y a une seule personne")
            found = (1, 1)
        if found is None:
            return True
        rank, size = found
        if activity.size not in (None, size):
            raise BadCell("participants", cells.participants, f"le total est {activity.size}")
        activity.size = size
        is_new = rank not in activity.ranks
        activity.ranks.add(rank)
        return is_new

    def _add_person(self, activity: Activity, cells: Cells) -> None:
        person = self._reader.person(cells, activity.facts)
        activity.note = activity.note or self._reader.note(cells)
        activity.persons.append(person)
        if person.resident_id is None and _is_named(cells.name):
            activity.remarks[Remark.NAMES] += 1

    def _old_row(self, line: int, cells: Cells) -> Activity:
        """Read a whole activity from one row, its people's answers one on each line of a cell."""
        self._report.remarks[Remark.OLD_SHAPE] = 1
        self._refuse_empty_formula(line)
        facts = self._reader.facts(cells)
        try:
            size = read.headcount(cells.headcount)
        except read.Unreadable as error:
            raise BadCell("headcount", cells.headcount, str(error)) from error
        persons = [self._reader.person(one, facts) for one in _each_person(cells, size)]
        activity = Activity(
            self._made_id(facts, persons), facts, line, self._reader.note(cells), persons, size
        )
        activity.remarks.update(self._reader.take_remarks())
        activity.remarks[Remark.NAMES] += sum(map(_is_named, _names(cells.name)))
        return activity

    def _made_id(self, facts: Facts, persons: list[Person]) -> str:
        """Make an id for a row that has none: its content, and which one it is of its likes.

        Free text stays out: its digest would stand in clear beside the sealed text.
        """
        content = canonical(facts._replace(precision=""), persons, "")
        digest = hashlib.sha256(content).digest()[:16]
        self._occurrences[digest] += 1
        return f"{OLD_ID}:{digest.hex()}:{self._occurrences[digest]}"


def _readable_id(cells: Cells) -> UUID | None:
    try:
        return UUID(str(cells.source_id or "").strip())
    except ValueError:
        return None


def _is_named(value: Any) -> bool:
    return value not in _NOBODY and fold(str(value)) not in _NOBODY_FOLDED


def _names(value: Any) -> list[str]:
    return str(value or "").split("\n")


def _each_person(cells: Cells, size: int) -> Iterator[Cells]:
    profile = ("gender", "age_band", "status", "home_commune")
    answers = {name: _split(getattr(cells, name), size) for name in profile}
    for place in range(size):
        yield cells._replace(**{name: listed[place] for name, listed in answers.items()})


def _split(value: Any, size: int) -> list[Any]:
    """Give one answer a person; none when the lines of the cell are not as many as the people."""
    if size == 1:
        return [value]
    listed = value.split("\n") if isinstance(value, str) else []
    return listed if len(listed) == size else [None] * size
