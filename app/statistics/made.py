"""Marginal tables made at closing, structure by structure, for any set of structures to add up.

A person belongs to one structure: the people of several structures are the sum of theirs, so are
their acts, and the two largest contributions stand among the two largest of each. What is not made
is counted on the facts; only time tells the difference.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any

import duckdb

from app.statistics.engine import Query, engine
from app.statistics.file_engine import writing_engine
from app.statistics.people import Acts, Marginal, People, Sum, Sums
from app.statistics.periods import Period, month_sets
from app.statistics.policy import KEY_SPACE
from app.statistics.selection import Selection
from app.statistics.store import YearOfFacts, write_safely
from app.statistics.vocabulary import Table

SHAPES = "shapes-2.json"  # of this make of the files: those of another are made again
MOST_DIMENSIONS = 2
ROWS_AT_ONCE = 1_000_000  # attendances of the structures counted in one statement
MEMORY_MB = 300
ROW_GROUP = 30_720
_CODES = tuple(f"d{place}" for place in range(MOST_DIMENSIONS))
_ORDER = f"shape, structure, {', '.join(_CODES)}, bits"
_MOST = "list_reverse_sort(flatten(list([{0}1, {0}2])))[1:2]"
_COLUMNS = {
    "people": f"sum(n)::BIGINT, (sum(rk) % {KEY_SPACE})::BIGINT",
    "sums": f"sum(c)::BIGINT, {_MOST.format('c')}, sum(m)::BIGINT, {_MOST.format('m')}, "
    f"sum(t)::BIGINT, (sum(tk) % {KEY_SPACE})::BIGINT, (sum(a) % {KEY_SPACE})::BIGINT",
}


class What(StrEnum):
    """What a table adds up."""

    PEOPLE = "people"
    SUMS = "sums"


@dataclass
class MadeTables:
    """The tables made of one year of facts."""

    facts: YearOfFacts

    @property
    def _folder(self) -> Path:
        return self.facts.made_in

    @cached_property
    def shapes(self) -> Mapping[str, int]:
        """Number the shapes that are made; none when the tables are not there or not whole."""
        try:
            document = json.loads((self._folder / SHAPES).read_text(encoding="utf-8"))
            whole = all(
                (self._folder / name).stat().st_size == size
                for name, size in document["bytes"].items()
            )
            return dict(document["shapes"]) if whole else {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def has(self, what: What, selection: Selection) -> bool:
        """Tell whether the table in which a selection is a cell is made."""
        return _name(what, selection) in self.shapes

    def people(
        self,
        selections: Sequence[Selection],
        organisations: frozenset[str],
        month_sets: Iterable[int],
    ) -> list[Marginal]:
        """Add up the people of every cell of several tables, in each set of months.

        No table at all when the file is not what it was: the facts still say it.
        """
        tables: list[Marginal] = [{} for _ in selections]
        rows = self._rows(What.PEOPLE, selections, organisations, month_sets)
        if rows is None:
            return []
        for number, codes, bits, (persons, key) in rows:
            tables[number].setdefault(codes, {})[bits] = People(persons, key)
        return tables

    def sums(
        self, selections: Sequence[Selection], organisations: frozenset[str], months: Sequence[int]
    ) -> list[dict[int, Sums]]:
        """Add up the acts of every cell of several tables, by period, named by its bits.

        No table at all when the file is not what it was: the facts still say it.
        """
        tables: list[dict[int, Sums]] = [{bits: {} for bits in months} for _ in selections]
        rows = self._rows(What.SUMS, selections, organisations, months)
        if rows is None:
            return []
        for number, codes, bits, (acts, most_acts, minutes, most_minutes, *more) in rows:
            timed, keys, key = more
            tables[number][bits][codes] = Acts(
                Sum(acts, *most_acts), Sum(minutes, *most_minutes), People(timed, keys), key
            )
        return tables

    def _rows(
        self,
        what: What,
        selections: Sequence[Selection],
        organisations: frozenset[str],
        months: Iterable[int],
    ) -> Iterable[tuple[int, tuple[int, ...], int, list[Any]]] | None:
        if not selections:
            return []
        shapes = {self.shapes[_name(what, one)]: at for at, one in enumerate(selections)}
        codes = self.facts.reference.codes("organisation")
        seen = [codes[slug] for slug in organisations if slug in codes]
        where = [f"shape IN ({_listed(shapes)})", f"bits IN ({_listed(months)})"]
        if len(seen) < len(codes):
            where.append(f"structure IN ({_listed(seen)})")
        statement = (
            f"SELECT shape, bits, {', '.join(_CODES)}, {_COLUMNS[what]} "  # noqa: S608
            f"FROM '{self._folder / what}.parquet' WHERE {' AND '.join(where)} GROUP BY ALL"
        )
        try:
            rows = engine().execute(statement).fetchall()
        except duckdb.Error:
            self.__dict__["shapes"] = {}
            return None
        lengths = [len(one.dimensions) for one in selections]
        return (
            (
                shapes[shape],
                tuple(more[: lengths[shapes[shape]]]),
                bits,
                more[MOST_DIMENSIONS:],
            )
            for shape, bits, *more in rows
        )


class Maker:
    """Makes the tables of one year of facts, one shape after the other, in bounded memory."""

    def __init__(self, facts: YearOfFacts, periods: Sequence[Period]) -> None:
        """`periods`: those that are closed."""
        self._facts = facts
        self._periods = periods
        self._sets = sorted(month_sets(periods))
        self._folder = facts.made_in
        self._pieces = self._folder / "pieces"

    def make(self, people: Iterable[Selection], sums: Iterable[Selection]) -> int:
        """Make the tables in which some selections are cells, and give how many there are."""
        wanted = {_name(What.PEOPLE, one): (What.PEOPLE, one) for one in people}
        wanted |= {_name(What.SUMS, one): (What.SUMS, one) for one in sums}
        shapes = {name: number for number, name in enumerate(sorted(wanted))}
        shutil.rmtree(self._folder, ignore_errors=True)
        self._pieces.mkdir(parents=True)
        chunks = list(_cut(self._sizes()))
        with writing_engine(self._pieces, MEMORY_MB) as db:
            db.execute("LOAD parquet")
            for name, number in shapes.items():
                self._make_one(db, number, *wanted[name], chunks)
            sizes = {f"{what}.parquet": self._gather(db, what) for what in What}
        shutil.rmtree(self._pieces)
        document = {"shapes": shapes, "bytes": sizes}
        write_safely(self._folder / SHAPES, json.dumps(document, indent=1))
        return len(shapes)

    def _make_one(
        self,
        db: duckdb.DuckDBPyConnection,
        number: int,
        what: What,
        selection: Selection,
        chunks: Sequence[frozenset[str]],
    ) -> None:
        codes = [
            f"{name}::USMALLINT AS {code}"
            for name, code in zip_longest(selection.dimensions, _CODES, fillvalue="NULL")
        ]
        verb = "CREATE TABLE made AS"
        for chunk in chunks:
            query = Query(self._facts, chunk, selection)
            for statement in (
                [query.people_by_structure(self._sets)]
                if what is What.PEOPLE
                else query.sums_by_structure(self._periods)
            ):
                db.execute(
                    f"{verb} SELECT {number}::USMALLINT AS shape, {', '.join(codes)}, "  # noqa: S608
                    f"* EXCLUDE ({', '.join((*selection.dimensions, 'filler'))}) "
                    f"FROM (SELECT *, NULL AS filler FROM ({statement}))"
                )
                verb = "INSERT INTO made"
        piece = self._pieces / f"{what}-{number:05}.parquet"
        ordered = f"SELECT * FROM made ORDER BY {_ORDER}"  # noqa: S608
        db.execute(f"COPY ({ordered}) TO '{piece}' (FORMAT parquet)")
        db.execute("DROP TABLE made")

    def _gather(self, db: duckdb.DuckDBPyConnection, what: What) -> int:
        """Put the pieces of one kind in one file, in their order, and give its size in bytes."""
        path = self._folder / f"{what}.parquet"
        pieces = sorted(str(piece) for piece in self._pieces.glob(f"{what}-*.parquet"))
        if not pieces:
            path.touch()
            return 0
        db.execute(
            f"COPY (FROM read_parquet({pieces})) TO '{path}' "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
        )
        return path.stat().st_size

    def _sizes(self) -> list[tuple[str, int]]:
        """Give the attendances of each structure, those of one département side by side.

        A structure that held none is there too: it may have other acts.
        """
        path = self._facts.path(Table.ATTENDANCES)
        counted = engine().execute(
            f"SELECT organisation, min(departement), count(*) FROM '{path}' GROUP BY 1"  # noqa: S608
        )
        found = {code: (departement, number) for code, departement, number in counted.fetchall()}
        slugs = enumerate(self._facts.reference.labels["organisation"])
        sizes = sorted((*found.get(code, (0, 0)), slug) for code, slug in slugs)
        return [(slug, number) for _, number, slug in sizes]


def _cut(sizes: Iterable[tuple[str, int]]) -> Iterator[frozenset[str]]:
    """Cut structures into groups that are counted at once."""
    chunk, together = set[str](), 0
    for slug, number in sizes:
        if chunk and together + number > ROWS_AT_ONCE:
            yield frozenset(chunk)
            chunk, together = set(), 0
        chunk.add(slug)
        together += number
    if chunk:
        yield frozenset(chunk)


def is_made(facts: YearOfFacts) -> bool:
    """Tell whether the tables of a year are there, and whole."""
    return bool(MadeTables(facts).shapes)


def is_small(selection: Selection) -> bool:
    """Tell whether the table of a selection is of few enough dimensions to be made."""
    return len(selection.dimensions) <= MOST_DIMENSIONS


def _name(what: What, selection: Selection) -> str:
    undealt = "undealt" if selection.undealt else "all"
    return "/".join((what, selection.acts or "everybody", undealt, *selection.dimensions))


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(numbers))) or "NULL"
