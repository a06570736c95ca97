"""The statements that count, run by DuckDB on one year's tables; no row of a person leaves it."""

from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any

import duckdb

from app.statistics import vocabulary
from app.statistics.people import Acts, Gathering, Marginal, People, Sum, Sums
from app.statistics.periods import Period
from app.statistics.policy import KEY_SPACE
from app.statistics.selection import Selection
from app.statistics.store import FiguresMoved, YearOfFacts
from app.statistics.vocabulary import ACT_TABLES, DIMENSIONS, WHERE, Table

_ENGINE_LOCK = Lock()
_ENGINES: dict[int, duckdb.DuckDBPyConnection] = {}


def engine(threads: int = 2) -> duckdb.DuckDBPyConnection:
    """Give a cursor on this process's engine, which holds nothing of its own."""
    with _ENGINE_LOCK:
        if threads not in _ENGINES:
            made = duckdb.connect(":memory:", config={"threads": threads})
            made.execute("LOAD parquet; SET parquet_metadata_cache = true")
            _ENGINES[threads] = made
        return _ENGINES[threads].cursor()


class Query:
    """The rows that one kind of selection is counted on, and the statements that count them."""

    def __init__(
        self, facts: YearOfFacts, organisations: frozenset[str], selection: Selection
    ) -> None:
        self._facts = facts
        self._organisations = organisations
        self._dimensions = selection.dimensions
        self._acts = selection.acts
        self._undealt = selection.undealt
        self._codes = {
            name: facts.reference.codes(name)
            for name in {*selection.dimensions, "organisation", "departement", "outcome"}
        }
        self._tables = {DIMENSIONS[name].table for name in selection.dimensions}
        self._joins_acts = self._acts is not None or bool(self._tables & ACT_TABLES)

    def people(
        self, shapes: Sequence[tuple[str, ...]], month_sets: Iterable[int]
    ) -> list[Marginal]:
        """Count the people of every cell of several tables, in each of several sets of months.

        People are first told apart by all the months in which they came; there are few such
        patterns, and each set of months is a sum of them.
        """
        names = list(dict.fromkeys(name for shape in shapes for name in shape))
        by = "".join(f"{name}, " for name in names)
        groups = ", ".join(f"({', '.join((*shape, 'person'))})" for shape in shapes)
        sets = ", ".join(f"({bits})" for bits in sorted(month_sets))
        shape = f"grouping({', '.join(names)})" if names else "0"
        rows = self._all(
            f"""SELECT shape, {by} bits, sum(n)::BIGINT, {_modulo("sum(rk)")}
                FROM (SELECT shape, {by} months, count(*) AS n, sum(rk) AS rk
                      FROM (SELECT {shape} AS shape, {by} person, max(rk) AS rk,
                                   bit_or(1 << (month - 1)) AS months
                            FROM ({self._rows(span(month_sets), names)})
                            GROUP BY GROUPING SETS ({groups}))
                      GROUP BY shape, {by} months)
                JOIN (VALUES {sets}) sets (bits) ON months & bits <> 0
                GROUP BY shape, {by} bits"""  # noqa: S608
        )
        return _sorted_into_tables(rows, names, shapes)

    def sums(self, shapes: Sequence[tuple[str, ...]], period: Period) -> list[Sums]:
        """Add up the acts of every cell of several tables, and find who has most of them.

        Several tables only where no unit meets the same values twice (`repeats`).
        """
        names = list(dict.fromkeys(name for shape in shapes for name in shape))
        by = "".join(f"{name}, " for name in names)
        groups = ", ".join(f"({', '.join((*shape, 'person'))})" for shape in shapes)
        shape = f"grouping({', '.join(names)})" if names else "0"
        units = self._units((period.first_month, period.last_month), names)
        rows = self._all(
            f"""SELECT shape, {by} sum(c), max(c, 2), sum(m), max(m, 2),
                       {_TIMED}, {_modulo(_TIMED_KEYS)}, {_modulo("sum(a)")}
                FROM (SELECT {shape} AS shape, {by} count(*) AS c, sum(minutes) AS m, sum(ak) AS a,
                             max(rk) AS rk
                      FROM ({units}) GROUP BY GROUPING SETS ({groups}))
                GROUP BY {by} shape"""  # noqa: S608
        )
        tables: list[Sums] = [{} for _ in shapes]
        places = _places(names, shapes)
        for row in rows:
            number, columns = places[row[0]]
            codes = tuple([row[column] for column in columns])
            if None not in codes:
                acts, most_acts, minutes, most_minutes, timed, keys, key = row[-7:]
                tables[number][codes] = Acts(
                    total(acts, most_acts), total(minutes, most_minutes), People(timed, keys), key
                )
        return tables

    def people_by_structure(self, month_sets: Iterable[int]) -> str:
        """Write the statement that counts each cell's people of each structure, by set of months.

        Columns: the dimensions, `structure`, `bits`, `n`, `rk`.
        """
        by = "".join(f"{name}, " for name in self._dimensions)
        sets = ", ".join(f"({bits})" for bits in month_sets)
        rows = self._rows(span(month_sets), self._dimensions, ("a.organisation AS structure",))
        return f"""SELECT {by} structure, bits, sum(n)::UINTEGER AS n,
                          (sum(rk) % {KEY_SPACE})::UINTEGER AS rk
                   FROM (SELECT {by} structure, months, count(*) AS n, sum(rk) AS rk
                         FROM (SELECT {by} structure, person, max(rk) AS rk,
                                      bit_or(1 << (month - 1)) AS months
                               FROM ({rows}) GROUP BY {by} structure, person)
                         GROUP BY {by} structure, months)
                   JOIN (VALUES {sets}) sets (bits) ON months & bits <> 0
                   {self._known()} GROUP BY {by} structure, bits"""  # noqa: S608

    def sums_by_structure(self, periods: Iterable[Period]) -> list[str]:
        """Write the statements that add up each cell's acts of each structure, one for a period.

        Columns: the dimensions, `structure`, `bits`, acts `c`, minutes `m`, the two largest
        contributions to both, people with minutes `t` and their keys `tk`, keys of acts `a`.
        """
        by = "".join(f"{name}, " for name in self._dimensions)
        units = {
            period: self._units((period.first_month, period.last_month), self._dimensions)
            for period in periods
        }
        return [
            f"""SELECT {by} structure, {period.bits} AS bits, sum(c)::UINTEGER AS c,
                       sum(m)::UINTEGER AS m, {_two_largest("c")}, {_two_largest("m")},
                       ({_TIMED})::UINTEGER AS t, ({_TIMED_KEYS} % {KEY_SPACE})::UINTEGER AS tk,
                       (sum(a) % {KEY_SPACE})::UINTEGER AS a
                FROM (SELECT {by} organisation AS structure, count(*) AS c, sum(minutes) AS m,
                             sum(ak) AS a, max(rk) AS rk
                      FROM ({rows})
                      {self._known()} GROUP BY {by} organisation, person)
                GROUP BY {by} structure"""  # noqa: S608
            for period, rows in units.items()
        ]

    def _known(self) -> str:
        """Leave out what has no value, such as the place of what was held elsewhere."""
        named = " AND ".join(f"{name} IS NOT NULL" for name in self._dimensions)
        return f"WHERE {named}" if named else ""

    def workshops(self, period: Period) -> list[tuple[Any, ...]]:
        """Count the workshops of every cell in each month of a period; they are no persons."""
        by = "".join(f"{name}, " for name in self._dimensions)
        themes = ", unnest(themes) AS theme" if "theme" in self._dimensions else ""
        held = [f"month BETWEEN {period.first_month} AND {period.last_month}", *self._scope()]
        return self._all(
            f"""SELECT {by} month, count(*) FROM (
                    SELECT *{themes} FROM '{self._facts.path(Table.WORKSHOPS)}' a
                    WHERE {" AND ".join(held)})
                GROUP BY {by} month"""  # noqa: S608
        )

    def gatherings(
        self, gatherings: Sequence[Gathering], months: tuple[int, int]
    ) -> dict[int, People]:
        """Count the people of each gathering, by its number; the sets go to the engine as rows."""
        columns = [f"c{place}" for place in range(len(self._dimensions))]
        members = ", ".join(
            f"({', '.join(map(str, member))})"
            for number, gathering in enumerate(gatherings)
            for member in self._members(number, gathering)
        )
        joined = " AND ".join(
            f"r.{name} = s.{column}" for name, column in zip(self._dimensions, columns, strict=True)
        )
        there = self._rows(months, self._dimensions)
        rows = self._all(
            f"""SELECT id, count(*), {_modulo("sum(rk)")}
                FROM (SELECT id, person, max(rk) AS rk FROM ({there}) r
                      JOIN (VALUES {members}) s (id, first, last, {", ".join(columns)})
                      ON {joined} AND r.month BETWEEN s.first AND s.last GROUP BY id, person)
                GROUP BY id"""  # noqa: S608
        )
        return {number: People(persons, key) for number, persons, key in rows}

    def _members(self, number: int, gathering: Gathering) -> Iterable[tuple[int, ...]]:
        period = gathering.wider.period
        held = dict(gathering.wider.clauses)
        for value in gathering.values:
            codes = [
                self._codes[name][value if name == gathering.split else held[name]]
                for name in self._dimensions
            ]
            yield number, period.first_month, period.last_month, *codes

    def largest_structure(self, selection: Selection) -> tuple[int, int]:
        """Find the largest sums of one structure in the selection."""
        months = (selection.period.first_month, selection.period.last_month)
        units = self._units(months, self._dimensions)
        acts, minutes = self._all(
            f"""SELECT coalesce(max(c), 0), coalesce(max(m), 0)
                FROM (SELECT count(*) AS c, sum(minutes) AS m FROM ({units})
                      WHERE {self._is_in(selection)} GROUP BY organisation)"""  # noqa: S608
        )[0]
        return int(acts), int(minutes)

    def _all(self, statement: str) -> list[tuple[Any, ...]]:
        """Raises FiguresMoved when the facts were removed or spoilt since they were opened."""
        try:
            return engine().execute(statement).fetchall()
        except duckdb.Error as error:
            raise FiguresMoved from error

    def _is_in(self, selection: Selection) -> str:
        held = [
            f"{name} = {self._codes[name][value]}"
            for name, value in zip(selection.dimensions, selection.values, strict=True)
        ]
        return f"({' AND '.join(held) or 'true'})"

    def _units(self, months: tuple[int, int], dimensions: Iterable[str]) -> str:
        """Write the rows to add up: one for each attendance, or procedure, and value of each."""
        unit = "a.row" if self._acts is None else "a.act"
        rows = self._rows(
            months,
            dimensions,
            ("a.ak", "a.minutes", "a.organisation", f"{unit} AS unit"),
        )
        return rows.replace("SELECT ", "SELECT DISTINCT ", 1) if self.repeats() else rows

    def _rows(
        self, months: tuple[int, int], dimensions: Iterable[str], more: Iterable[str] = ()
    ) -> str:
        source, joins = self._from()
        columns = {name: f"{self._alias(name, source)}.{name}" for name in dimensions}
        conditions = [
            f"a.month BETWEEN {months[0]} AND {months[1]}",
            *self._scope(),
            *(["NOT a.dealt"] if self._undealt else []),
            *self._kept_acts(),
        ]
        kept = [*columns.values(), "a.month", "a.person", "a.rk"]
        kept += [column for column in more if column not in columns.values()]
        return (
            f"SELECT {', '.join(kept)} FROM '{self._facts.path(source)}' a {joins}"  # noqa: S608
            f"WHERE {' AND '.join(conditions)}"
        )

    def _from(self) -> tuple[Table, str]:
        """Choose the table to read; others are joined when several attributes are crossed."""
        if self._acts is not None and self._acts.world is not None:
            return _IN_WORLD[self._acts.world, "divide" in self._dimensions], ""
        needed = [table for table in _WIDEST_FIRST if table in self._tables]
        if self._acts is not None and Table.BLOCKERS not in needed:
            needed = [Table.ACTS, *(table for table in needed if table is not Table.ACTS)]
        if Table.BLOCKERS in needed:
            needed = [table for table in needed if table is not Table.ACTS]
        source, *others = needed or [Table.ATTENDANCES]
        joins = "".join(
            f"JOIN (SELECT row, {_COLUMN[table]} FROM '{self._facts.path(table)}') {table} "  # noqa: S608
            f"ON a.row = {table}.row "
            for table in others
        )
        return source, joins

    def _alias(self, name: str, source: Table) -> str:
        table = DIMENSIONS[name].table
        is_here = table in (source, Table.ATTENDANCES) or {table, source} == ACT_TABLES
        is_here |= source in _IN_WORLD.values()
        return "a" if is_here else table

    def _scope(self) -> list[str]:
        reference = self._facts.reference
        every = reference.labels["organisation"].keys()
        if self._organisations >= every:
            return []
        where = reference.atoms[WHERE]
        seen = [atom for atom in where if atom.above["organisation"] in self._organisations]
        departements = {self._codes["departement"][atom.above["departement"]] for atom in seen}
        organisations = {self._codes["organisation"][atom.above["organisation"]] for atom in seen}
        return [_among("a.departement", departements), _among("a.organisation", organisations)]

    def _kept_acts(self) -> list[str]:
        finished = self._codes["outcome"]["finished"]
        match self._acts:
            case vocabulary.Acts.COMPLETED:
                return [f"a.outcome = {finished}"]
            case vocabulary.Acts.BLOCKED:
                return ["a.blocked", f"a.outcome <> {finished}"]
            case vocabulary.Acts.NO_SHOWS:
                return ["a.no_show"]
        return []

    def repeats(self) -> bool:
        """Tell whether a unit may meet the same values twice, by two procedures or two blockers."""
        if self._acts is not None:
            return "blocker_family" in self._dimensions
        return self._joins_acts


# Of the people of a cell, each with her minutes `m`.
_TIMED = "count(*) FILTER (WHERE m > 0)"
_TIMED_KEYS = "coalesce(sum(rk) FILTER (WHERE m > 0), 0)"

# A table with acts is read rather than joined: clauses on procedures hold on the same act.
_WIDEST_FIRST = (
    Table.BLOCKERS,
    Table.ACTS,
    Table.THEMES,
    Table.EQUIPMENT,
    Table.DIVIDES,
    Table.MATERIAL,
)
_COLUMN = {
    Table.THEMES: "theme",
    Table.DIVIDES: "divide",
    Table.EQUIPMENT: "equipment",
    Table.MATERIAL: "material",
}


# What holds the acts of a world, and whether they are told by divide.
_IN_WORLD = {
    (vocabulary.Acts.FOLLOW_UPS, False): Table.FOLLOW_UPS,
    (vocabulary.Acts.ASSESSMENTS, False): Table.ASSESSMENTS,
    (vocabulary.Acts.ASSESSMENTS, True): Table.ASSESSED_DIVIDES,
}


def span(month_sets: Iterable[int]) -> tuple[int, int]:
    """Give the first and last month of some sets of months."""
    every = 0
    for bits in month_sets:
        every |= bits
    return (every & -every).bit_length(), every.bit_length()


def _sorted_into_tables(
    rows: Iterable[tuple[Any, ...]], names: Sequence[str], shapes: Sequence[tuple[str, ...]]
) -> list[Marginal]:
    """Sort the rows of several tables, told apart by the dimensions that each leaves out."""
    tables: list[Marginal] = [{} for _ in shapes]
    places = _places(names, shapes)
    for row in rows:
        number, columns = places[row[0]]
        codes = tuple([row[column] for column in columns])
        if None not in codes:
            tables[number].setdefault(codes, {})[row[-3]] = People(row[-2], row[-1])
    return tables


def _places(
    names: Sequence[str], shapes: Sequence[tuple[str, ...]]
) -> dict[int, tuple[int, list[int]]]:
    """Find the table of a row, and its columns there, by the dimensions it leaves out, as bits."""
    return {
        sum(1 << (len(names) - 1 - at) for at, name in enumerate(names) if name not in shape): (
            number,
            [1 + names.index(name) for name in shape],
        )
        for number, shape in enumerate(shapes)
    }


def _two_largest(column: str) -> str:
    most = f"max({column}, 2)"
    return f"{most}[1]::UINTEGER AS {column}1, coalesce({most}[2], 0)::UINTEGER AS {column}2"


def _modulo(expression: str) -> str:
    return f"({expression} % {KEY_SPACE})::BIGINT"


def _among(column: str, codes: Iterable[int]) -> str:
    return f"{column} IN ({', '.join(map(str, sorted(codes))) or 'NULL'})"


def total(amount: int, most: list[int]) -> Sum:
    """Read a sum and its two largest contributions."""
    return Sum(int(amount), int(most[0]), int(most[1]) if len(most) > 1 else 0)
