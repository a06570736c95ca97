"""Counts people and acts in the fact store, a whole table at a time; no row of a person leaves it.

Months are frozen, so every table is: it is kept in memory, under the version it was taken from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from app.statistics.engine import Query, span
from app.statistics.keeping import Kept
from app.statistics.made import MadeTables, What
from app.statistics.people import NOBODY, NOTHING, Acts, Codes, Gathering, Marginal, People, Sums
from app.statistics.periods import Level, Period, month_sets
from app.statistics.reference import Clause, Clauses
from app.statistics.selection import Selection
from app.statistics.store import YearOfFacts
from app.statistics.vocabulary import DIMENSIONS
from app.statistics.vocabulary import Acts as WhichActs

ROWS_AT_ONCE = 4_000_000  # of facts times tables, in one statement: bounds its memory
MAX_ENTRIES = 2_000_000  # kept in memory by one process, about 150 bytes each


@dataclass(frozen=True)
class TableName:
    """One marginal table: of whom, by which dimensions, in which months."""

    source: Path
    organisations: frozenset[str]
    dimensions: tuple[str, ...]
    acts: WhichActs | None
    undealt: bool
    months: frozenset[int]  # the sets of months counted, as bits


def _entries(table: Marginal | Sums) -> int:
    return sum(len(cell) for cell in table.values())


class TableCache:
    """Marginal tables by name: of people, and of acts."""

    def __init__(self) -> None:
        self.people: Kept[TableName, Marginal] = Kept(MAX_ENTRIES, _entries)
        self.acts: Kept[TableName, Sums] = Kept(MAX_ENTRIES, _entries)


def _source(selection: Selection) -> tuple[object, ...]:
    """Tell which rows a selection is counted on."""
    tables = frozenset(DIMENSIONS[name].table for name in selection.dimensions)
    return tables, selection.acts, selection.undealt


@dataclass
class Counts:
    """Counts in one year for some structures.

    `periods`: those that the question looks at; a table is read for all their months.
    """

    facts: YearOfFacts
    organisations: frozenset[str]
    cache: TableCache
    periods: frozenset[Period]
    _tables: dict[tuple[object, ...], Marginal] = field(default_factory=dict, init=False)
    _codes: dict[Clauses, Codes] = field(default_factory=dict, init=False)
    _cells: dict[tuple[object, ...], dict[int, People]] = field(default_factory=dict, init=False)
    _workshops: dict[tuple[str, ...], dict[Codes, int]] = field(default_factory=dict, init=False)

    @cached_property
    def _month_sets(self) -> frozenset[int]:
        return month_sets(self.periods)

    def people(self, selection: Selection) -> People:
        """Count the people under a selection as it is written, no clause being changed."""
        return self._count(selection, selection.period.bits)

    def people_during(self, selection: Selection, periods: Iterable[Period]) -> People:
        """Count the people under its clauses in at least one of several parts of a period."""
        return self._count(selection, sum(period.bits for period in periods))

    def _count(self, selection: Selection, months: int) -> People:
        if months not in self._month_sets:
            raise LookupError(f"{selection.period.code} is not among the periods to count")
        where = (selection.clauses, selection.acts, selection.undealt)
        cell = self._cells.get(where)
        if cell is None:
            cell = self._table(selection).get(self._coded(selection.clauses), {})
            self._cells[where] = cell
        return cell.get(months, NOBODY)

    def read(self, selections: Iterable[Selection]) -> None:
        """Read the tables of some selections that are not kept yet: those alike in one go."""
        missing = {one.shape: one for one in selections if not self._find(one)}
        made = [one for one in missing.values() if self._at_closing.has(What.PEOPLE, one)]
        tables = self._at_closing.people(made, self.organisations, self._month_sets)
        for selection, table in zip(made, tables, strict=False):
            self._keep(selection, table)
            del missing[selection.shape]
        groups: dict[tuple[object, ...], list[Selection]] = {}
        for selection in missing.values():
            groups.setdefault(_source(selection), []).append(selection)
        for members in groups.values():
            for start in range(0, len(members), self._at_once):
                self._read_people(members[start : start + self._at_once])

    @property
    def _at_once(self) -> int:
        """So many tables are counted in one statement, by how much of the year is in scope."""
        structures = len(self.facts.reference.labels["organisation"])
        rows = self.facts.attendances * len(self.organisations) // max(structures, 1)
        return max(1, ROWS_AT_ONCE // max(rows, 1))

    def _table(self, selection: Selection) -> Marginal:
        found = self._find(selection)
        if found is None:
            self.read([selection])
            found = self._tables[selection.shape]
        return found

    def _find(self, selection: Selection) -> Marginal | None:
        asked = selection.shape
        if asked not in self._tables:
            kept = self.cache.people.get(self._name(selection))
            if kept is None:
                return None
            self._tables[asked] = kept
        return self._tables[asked]

    def _keep(self, selection: Selection, table: Marginal) -> None:
        self.cache.people.put(self._name(selection), table)
        self._tables[selection.shape] = table

    @cached_property
    def _at_closing(self) -> MadeTables:
        return MadeTables(self.facts)

    def _read_people(self, selections: Sequence[Selection]) -> None:
        query = self._query(selections[0])
        shapes = [selection.dimensions for selection in selections]
        tables = query.people(shapes, self._month_sets)
        for selection, table in zip(selections, tables, strict=True):
            self._keep(selection, table)

    def _name(self, selection: Selection, period: Period | None = None) -> TableName:
        """Name the table of people of a selection, or of the acts of one period."""
        return TableName(
            self.facts.directory,
            self.organisations,
            selection.dimensions,
            selection.acts,
            selection.undealt,
            self._month_sets if period is None else frozenset({period.bits}),
        )

    def acts(self, selection: Selection) -> Acts:
        """Sum the acts under a selection as it is written."""
        name = self._name(selection, selection.period)
        if self.cache.acts.get(name) is None:
            self.read_acts([selection])
        return (self.cache.acts.get(name) or {}).get(self._coded(selection.clauses), NOTHING)

    def read_acts(self, selections: Iterable[Selection]) -> None:
        """Read the sums of some selections that are not kept yet: those alike in one go."""
        missing = {
            name: one
            for one in selections
            if self.cache.acts.get(name := self._name(one, one.period)) is None
        }
        made = {n: one for n, one in missing.items() if self._at_closing.has(What.SUMS, one)}
        shapes = {one.shape: one for one in made.values()}
        periods = {one.period.bits: one.period for one in made.values()}
        tables = self._at_closing.sums([*shapes.values()], self.organisations, [*periods])
        for selection, table in zip(shapes.values(), tables, strict=False):
            for bits, found in table.items():
                name = self._name(selection, periods[bits])
                self.cache.acts.put(name, found)
                missing.pop(name, None)
        groups: dict[tuple[object, ...], list[Selection]] = {}
        for one in missing.values():
            alone = one.dimensions if self._query(one).repeats() else ()
            groups.setdefault((*_source(one), one.period, alone), []).append(one)
        for members in groups.values():
            for start in range(0, len(members), self._at_once):
                self._read_sums(members[start : start + self._at_once])

    def _read_sums(self, selections: Sequence[Selection]) -> None:
        shapes = [one.dimensions for one in selections]
        tables = self._query(selections[0]).sums(shapes, selections[0].period)
        for selection, table in zip(selections, tables, strict=True):
            self.cache.acts.put(self._name(selection, selection.period), table)

    def workshops(self, selection: Selection) -> int:
        """Count the workshops held under a selection."""
        year = Period(self.facts.year, Level.YEAR, 1)
        if selection.dimensions not in self._workshops:
            rows = self._query(selection).workshops(year)
            self._workshops[selection.dimensions] = {tuple(row[:-1]): row[-1] for row in rows}
        found = self._workshops[selection.dimensions]
        codes = self._coded(selection.clauses)
        months = range(selection.period.first_month, selection.period.last_month + 1)
        return sum(found.get((*codes, month), 0) for month in months)

    def _coded(self, clauses: Clauses) -> Codes:
        codes = self._codes.get(clauses)
        if codes is None:
            position = self.facts.reference.position
            codes = tuple(position(name, value) for name, value in clauses)
            self._codes[clauses] = codes
        return codes

    def together(self, gatherings: Sequence[Gathering]) -> dict[Gathering, People]:
        """Count the people of several values of a row, for many rows of one table at once."""
        wider, split, _ = gatherings[0]
        # Every dimension is named, implied or not, so that all rows are of one shape.
        shape = wider.having((*wider.clauses, Clause(split, "")))
        found = self._query(shape).gatherings(gatherings, span(self._month_sets))
        return {gathering: found.get(number, NOBODY) for number, gathering in enumerate(gatherings)}

    def largest_structure(self, selection: Selection) -> tuple[int, int]:
        """Give the acts and the minutes of the structure that has most of each."""
        return self._query(selection).largest_structure(selection)

    def _query(self, selection: Selection) -> Query:
        return Query(self.facts, self.organisations, selection)
