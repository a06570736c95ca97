"""Puts rows together into activities: one a participant today, one an activity in older files."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.core.text import fold
from app.imports import cells as read
from app.imports.activities import BadCell, Facts, Person, RowReader, canonical, is_of_escale
from app.imports.header import SHARED, Cells, Table
from app.imports.mending import MOST_ROWS, ToMend
from app.imports.old_rows import each_person, is_miscounted, old_persons
from app.imports.report import HIDDEN, BadRow, ImportReport, Remark
from app.sessions.models import SessionKind

_NOBODY = frozenset({None, "", "Bénéficiaire anonyme"})
_NOBODY_FOLDED = frozenset({"", "beneficiaire anonyme", "anonyme"})
_SHARED_FIELDS = frozenset(Cells._fields[:SHARED])
_PRIVATE = frozenset({"note", "precision", "name"})  # never repeated in a report
_ENTRY = Cells._fields.index("recorded_at")  # then `changed_at`
_NEVER = datetime.min.replace(tzinfo=UTC)
OLD_ID = "avant-2025-08"
NO_RESULT = "la formule a été enregistrée sans son résultat"


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
    # Of a person whose name several files carry: these files, by her place among `persons`.
    namesakes: dict[int, tuple[UUID, ...]] = field(default_factory=dict)
    remarks: Counter[Remark] = field(default_factory=Counter)

    @property
    def content(self) -> bytes:
        """What it says, days of entry aside, always written alike."""
        return canonical(self.facts, self.persons, self.note)

    @property
    def is_cut(self) -> bool:
        """Tell whether some participants are missing: the file was filtered or cut."""
        return self.size is not None and len(self.persons) < self.size


@dataclass
class Nameless:
    """Refused rows whose id cannot be read: the first lines, and how many in all."""

    lines: set[int] = field(default_factory=set)
    count: int = 0

    def add(self, line: int) -> None:
        """Note one."""
        self.count += 1
        if self.count <= MOST_ROWS:
            self.lines.add(line)


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
        self._given: dict[bytes, int] = {}  # how many participants; 0 for one who came alone
        self._seen: set[int] = set()  # rows, days of entry aside
        self._again: dict[bytes, list[Activity]] = {}  # written once more, otherwise
        self._occurrences: Counter[bytes] = Counter()
        self.refused: set[bytes] = set()  # ids of the activities that stay out
        self.nameless = Nameless()
        self._last_named: tuple[Any, ...] = ()

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
                    yield activity
        yield from self._open.values()

    @property
    def absent(self) -> frozenset[str]:
        """Name the columns that the file has not."""
        return frozenset(Cells._fields) - self._table.header.positions.keys()

    def settled(self, batch: Iterable[Activity]) -> list[Activity]:
        """Give what goes in of a batch, once the whole file was read: a later row may say more."""
        kept = []
        for activity in batch:
            named = _bytes_of(activity.source_id) if self.refused or self._again else None
            if named is None or named not in self.refused:
                kept.append(self._told(self._latest(activity, self._again.get(named or b"", []))))
        return kept

    def _latest(self, activity: Activity, others: list[Activity]) -> Activity:
        """Choose the most recently modified of an activity that is written more than once."""
        for other in others:
            if other.content == activity.content:
                self._report.remarks[Remark.REPEATED_ROWS] += 1
                continue
            self._report.remark_at(Remark.TWICE, other.line)
            if _modified(other) > _modified(activity):
                activity = other
        return activity

    def to_mend(self) -> ToMend:
        """Read the table again for every row of what was refused: half a workshop is no workshop.

        Those kept are the first ones; all are counted.
        """
        header, found = self._table.header, ToMend()
        at = header.positions.get("source_id")
        for line, values in self._table.sheet.rows():
            if line == header.line:
                found.name_columns(values[: max(header.positions.values()) + 1])
            elif line in self.nameless.lines or (
                at is not None and line > header.line and _bytes_of(values[at]) in self.refused
            ):
                found.add(values)
        found.total += self.nameless.count - len(self.nameless.lines)
        return found

    def _told(self, activity: Activity) -> Activity:
        """Count what was kept otherwise, now that the activity goes in."""
        _link_once(activity)
        if activity.facts.has_random_profiles:
            activity.remarks[Remark.RANDOM_PROFILES] += len(activity.persons)
        if activity.is_cut:
            activity.remarks[Remark.MISSING_ROWS] += 1
        self._report.remarks.update(activity.remarks)
        return activity

    def _refuse(self, line: int, cells: Cells, bad: BadCell) -> None:
        """Keep a whole activity out, and name what is to mend of this row."""
        self._report.refused += 1
        self._name(line, cells, bad)
        source_id = _readable_id(cells) if self._table.header.has_ids else None
        if source_id is None:
            self.nameless.add(line)
        else:
            self.refused.add(source_id.bytes)
            self._open.pop(source_id, None)

    def _name(self, line: int, cells: Cells, bad: BadCell | None = None) -> None:
        """Name every cell to mend of a row, in the order of its columns, each thing once."""
        persons = [cells] if self._table.header.has_ids else old_persons(cells)
        lost = self._table.without_result(line)
        found = [BadCell(name, "=", NO_RESULT) for name in lost]
        found += [p for p in self._reader.problems(cells, persons) if p.field not in lost]
        if bad is not None and all(p.field != bad.field for p in found):
            found.append(bad)
        self._reader.take_remarks()
        if bad is None and (cells.source_id, cells[:SHARED]) == self._last_named:
            found = [p for p in found if p.field not in _SHARED_FIELDS]  # said on the row before
        self._last_named = (cells.source_id, cells[:SHARED])
        header = self._table.header
        found.sort(key=lambda one: header.positions.get(one.field, 0))
        said = dict.fromkeys(
            (header.title(one.field), value, one.reason) for one in found for value in _values(one)
        )
        for title, value, reason in said:
            self._report.name(BadRow(line, title, value, reason))
        for unknown in (asked for one in found for asked in one.unknown):
            self._report.miss(*unknown)

    def _refuse_lost_results(self, line: int) -> None:
        lost = self._table.without_result(line)
        if lost:
            raise BadCell(lost[0], "=", NO_RESULT)

    def _row(self, line: int, cells: Cells) -> Activity | None:
        source_id = _readable_id(cells)
        if source_id is not None and source_id.bytes in self.refused:
            self._name(line, cells)  # it stays out with the others: say at once what else is wrong
            return None
        self._refuse_lost_results(line)
        if source_id is None:
            raise BadCell("source_id", cells.source_id, "ce n’est pas un identifiant")
        if source_id.bytes in self._given:
            self._take_again(source_id, line, cells)
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
        is_of_one = activity.facts.kind is SessionKind.INDIVIDUAL and activity.size == 1
        self._given[source_id.bytes] = 0 if is_of_one else activity.size
        activity.shared, activity.ranks = (), set()  # of no more use, and it will be set aside
        return self._open.pop(source_id)

    def _take_again(self, source_id: UUID, line: int, cells: Cells) -> None:
        """Look at one more row of an activity that had all of them. Raises BadCell."""
        if _row_of(cells) in self._seen:
            self._report.remarks[Remark.REPEATED_ROWS] += 1
            return
        size = self._given[source_id.bytes]
        found = self._reader.cell(cells, "participants")
        if size:
            is_one_more = found is None or found[1] == size
            said = "cette activité a déjà tous ses participants" if is_one_more else _total(size)
            raise BadCell("participants", cells.participants, said)
        facts = self._reader.facts(cells)
        if facts.kind is not SessionKind.INDIVIDUAL:
            raise BadCell("kind", cells.kind, "une ligne d’avant, de la même activité, dit autre")
        activity = Activity(str(source_id), facts, line, size=1)
        self._take_place(activity, cells)
        self._add_person(activity, cells)
        activity.remarks.update(self._reader.take_remarks())
        activity.ranks = set()
        self._again.setdefault(source_id.bytes, []).append(activity)

    def _refuse_difference(self, activity: Activity, cells: Cells) -> None:
        other = activity.facts.difference(self._reader.facts(cells))
        if other is not None:
            said = f"la ligne {activity.line}, de la même activité, dit autre chose"
            raise BadCell(other, getattr(cells, other), said)

    def _take_place(self, activity: Activity, cells: Cells) -> bool:
        """Note which participant a row is; False when that one was met already."""
        found = self._reader.cell(cells, "participants")
        if activity.facts.kind is SessionKind.INDIVIDUAL:
            found = found or (1, 1)
            if found != (1, 1) and not is_of_escale(cells):  # where several may come together
                raise BadCell("participants", cells.participants, "il y a une seule personne")
        if found is None:
            return True
        rank, size = found
        if activity.size not in (None, size):
            raise BadCell("participants", cells.participants, _total(activity.size or 0))
        activity.size = size
        row = _row_of(cells)
        if rank in activity.ranks:
            if row not in self._seen:
                said = "un autre participant a déjà ce rang"
                raise BadCell("participants", cells.participants, said)
            return False
        activity.ranks.add(rank)
        self._seen.add(row)
        return True

    def _add_person(self, activity: Activity, cells: Cells) -> None:
        person = self._reader.person(cells, activity.facts)
        activity.note = activity.note or self._reader.note(cells)
        self._note_name(activity, person, cells)
        activity.persons.append(person)

    def _note_name(self, activity: Activity, person: Person, cells: Cells) -> None:
        """Say why a name that is there links to no file, the person being added next."""
        if person.resident_id is not None or not _is_named(cells.name):
            return
        named = self._reader.named(cells)
        if named:
            activity.namesakes[len(activity.persons)] = named
        activity.remarks[Remark.NAMESAKES if named else Remark.NAMES] += 1

    def _old_row(self, line: int, cells: Cells) -> Activity:
        """Read a whole activity from one row, its people's answers one on each line of a cell."""
        self._report.remarks[Remark.OLD_SHAPE] = 1
        self._refuse_lost_results(line)
        facts = self._reader.facts(cells)
        size = self._reader.cell(cells, "headcount")
        if facts.kind is SessionKind.INDIVIDUAL and size > 1:
            raise BadCell("headcount", cells.headcount, "il y a une seule personne")
        activity = Activity("", facts, line, self._reader.note(cells), size=size)
        for one in each_person(cells, size):
            person = self._reader.person(one, facts)
            self._note_name(activity, person, one)
            activity.persons.append(person)
        activity.source_id = self._made_id(facts, activity.persons)
        activity.remarks.update(self._reader.take_remarks())
        activity.remarks[Remark.MISCOUNTED] += is_miscounted(cells, size)
        return activity

    def _made_id(self, facts: Facts, persons: list[Person]) -> str:
        """Make an id for a row that has none: its content, and which one it is of its likes.

        Free text stays out: its digest would stand in clear beside the sealed text. So do files
        of residents: the same row is the same activity once its person's file was opened.
        """
        nameless = [person._replace(resident_id=None) for person in persons]
        content = canonical(facts._replace(precision=""), nameless, "")
        digest = hashlib.sha256(content).digest()[:16]
        self._occurrences[digest] += 1
        return f"{OLD_ID}:{digest.hex()}:{self._occurrences[digest]}"


def _values(bad: BadCell) -> list[str]:
    """Give what to look for in the file: each unknown label of the cell, else the cell."""
    if bad.field in _PRIVATE:
        return [HIDDEN if bad.value else ""]
    return [read.shown(label) for _, label in bad.unknown] or [read.shown(bad.value)]


def _total(size: int) -> str:
    return f"le total est {size} sur les lignes d’avant"


def _row_of(cells: Cells) -> int:
    """Know a row again, days of entry aside, in the room of a number."""
    return hash((cells[:_ENTRY], cells[_ENTRY + 2 :]))


def _modified(activity: Activity) -> datetime:
    return activity.facts.changed_at or activity.facts.recorded_at or _NEVER


def _readable_id(cells: Cells) -> UUID | None:
    return _uuid(cells.source_id)


def _bytes_of(value: Any) -> bytes | None:
    found = _uuid(value)
    return found.bytes if found else None


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value or "").strip())
    except ValueError:
        return None


def _is_named(value: Any) -> bool:
    return value not in _NOBODY and fold(str(value)) not in _NOBODY_FOLDED


def _link_once(activity: Activity) -> None:
    """Link a person named more than once to one attendance only; the others stay anonymous.

    The one whose profile comes first, so that the order of the rows changes nothing.
    """
    places: dict[UUID, list[int]] = {}
    for place, person in enumerate(activity.persons):
        if person.resident_id is not None:
            places.setdefault(person.resident_id, []).append(place)
    for listed in places.values():
        for place in sorted(listed, key=lambda at: repr(activity.persons[at]))[1:]:
            activity.persons[place] = activity.persons[place]._replace(resident_id=None)
            activity.remarks[Remark.REPEATED_NAMES] += 1
