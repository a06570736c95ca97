"""How long a page of protected tables takes at one and ten million attendances.

Facts are drawn by the engine itself, in the layout of the store: 100 départements of 10 structures
with 2 places each. A page is twelve tables by one dimension, as `publish` gives them: cold (never
asked, tables of its shapes made at closing), counted on the facts alone (a filter that no page
offers), kept on disk (another process asked), kept in memory. Beside it, in turn: the same twelve
tables by DuckDB with no protection, and up to a million by direct COUNT on PostgreSQL: live, on the
tables of an application (`live_tables`), and wide, on one table a list made for these very counts.
Each phase runs in a process of its own, whose peak memory is told.

Writes benchmarks/results/statistics-speed.md. Usage: statistics_speed.py [ROWS...]
"""

import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import duckdb
import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.statistics.counts import Counts, TableCache  # noqa: E402
from app.statistics.disclosure import Rule  # noqa: E402
from app.statistics.engine import engine  # noqa: E402
from app.statistics.made import Maker, is_small  # noqa: E402
from app.statistics.periods import Level, Period, month  # noqa: E402
from app.statistics.policy import INTERACTIVE_5  # noqa: E402
from app.statistics.questions import Question  # noqa: E402
from app.statistics.reference import Clause  # noqa: E402
from app.statistics.store import Version, YearOfFacts  # noqa: E402
from app.statistics.tables import Memory, Viewpoint, publish, rows_of  # noqa: E402
from app.statistics.vocabulary import ACT_TABLES, DIMENSIONS, MEASURES  # noqa: E402
from benchmarks import live_tables  # noqa: E402
from benchmarks.drawn_facts import STRUCTURES, draw, facts_in  # noqa: E402
from benchmarks.processes import in_a_process  # noqa: E402
from tests.support import engines  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "statistics-speed.md"
RUNS, LONG_RUNS, LONG_S = 30, 5, 0.5
ON_POSTGRESQL = 1_000_000  # rows at most: ten million take it minutes
YEAR = Period(2026, Level.YEAR, 1)
QUARTER = Period(2026, Level.QUARTER, 3)
OFFERED, NOT_OFFERED = Clause("gender", "feminin"), Clause("home_connection", "good")
PAGE = (
    "age_band", "gender", "status", "kind", "mode", "home_connection", "theme", "divide",
    "equipment", "outcome", "procedure_theme", "blocker_family",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One page: whose, when, under which filter."""

    scope: str
    structures: frozenset[str]
    period: Period
    where: tuple[Clause, ...]

    @property
    def questions(self) -> list[Question]:
        """The twelve tables of the page, but for what is held."""
        held = {clause.dimension for clause in self.where}
        return [
            Question(
                MEASURES["procedures" if DIMENSIONS[name].table in ACT_TABLES else "attendances"],
                (name,),
                self.where,
                self.period,
            )
            for name in PAGE
            if name not in held
        ]


def view_of(facts: YearOfFacts, structures: frozenset[str], memory: Memory) -> Viewpoint:
    """Look at the figures as members of some structures."""
    version = Version(
        facts.directory,
        "2027-01-05T03:00:00Z",
        month(2026, 12),
        {2026: facts},
        {},
        facts.directory / "kept",
    )
    return Viewpoint(version, structures, structures, INTERACTIVE_5, memory)


def cases(facts: YearOfFacts) -> list[Case]:
    """A structure, a département, a région, everybody; a quarter, a year; two filters."""
    every = sorted(facts.reference.labels["organisation"])
    scopes = {
        "structure": frozenset(every[:1]),
        "département": frozenset(name for name in every if name.startswith("s35")),
        "région": frozenset(name for name in every if name.startswith("s3")),
        "national": frozenset(every),
    }
    pages = [
        (QUARTER, ()),
        (QUARTER, (OFFERED,)),
        (YEAR, (OFFERED,)),
        (QUARTER, (NOT_OFFERED,)),
    ]
    return [Case(name, who, when, held) for name, who in scopes.items() for when, held in pages]


def make_tables(facts: YearOfFacts) -> int:
    """Make what a closing makes for the page, unfiltered and under the filter it offers."""
    every = frozenset(facts.reference.labels["organisation"])
    people, sums = {}, {}
    for where in ((), (OFFERED,)):
        view = view_of(facts, every, Memory())
        rule = Rule(Counts(facts, every, TableCache(), YEAR.needed), INTERACTIVE_5, every)
        asked = [
            (cell[1], YEAR, question.measure)
            for question in Case("", every, YEAR, where).questions
            for cell in rows_of(question, view)
        ]
        for kept, found in zip((people, sums), rule.foresee(asked), strict=True):
            kept |= {one.shape: one for one in filter(is_small, found)}
    return Maker(facts, sorted(YEAR.needed)).make(people.values(), sums.values())


def bare(facts: YearOfFacts, case: Case) -> None:
    """Count the same tables with no protection at all."""
    for question in case.questions:
        path = facts.path(DIMENSIONS[question.by[0]].table)
        engine().execute(direct(f"'{path}'", facts, case, question.by[0])).fetchall()


def direct(source: str, facts: YearOfFacts, case: Case, name: str) -> str:
    """Write one bare table as SQL that both engines read."""
    return (
        f"SELECT {name}, count(*), count(DISTINCT person) FROM {source} "
        f"WHERE month BETWEEN {case.period.first_month} AND {case.period.last_month} "
        f"AND {within(facts, case)} GROUP BY 1"
    )


def within(
    facts: YearOfFacts, case: Case, place: str = "", session: str = "", who: str = ""
) -> str:
    """Write what a case holds as SQL, after the names of the tables that columns are in."""
    numbers = facts.reference.codes("organisation")
    codes = ", ".join(str(numbers[slug]) for slug in case.structures)
    departements = ", ".join(sorted({str(numbers[n] // STRUCTURES) for n in case.structures}))
    held = "".join(
        f" AND {who}{clause.dimension} = {facts.reference.codes(clause.dimension)[clause.value]}"
        for clause in case.where
    )
    return f"{place}departement IN ({departements}) AND {session}organisation IN ({codes}){held}"


def load(facts: YearOfFacts, connection: psycopg.Connection[Any]) -> None:
    """Put the same rows in PostgreSQL, with the index that such counts would have."""
    for table in {DIMENSIONS[name].table for name in PAGE}:
        query = f"FROM '{facts.path(table)}'"
        live_tables.put(connection, table, query, ["departement, month"], facts.directory)


@dataclass
class Timed:
    """Times of one case, in milliseconds, by way."""

    case: Case
    shown: float
    times: dict[str, list[float]]


def time_case(facts: YearOfFacts, case: Case, postgresql: psycopg.Connection[Any] | None) -> Timed:
    """Time the ways to one page in turn, so that ratios hold on a shared machine."""
    kept = facts.directory / "kept"
    memory = Memory()
    tables = publish(case.questions, view_of(facts, case.structures, memory))
    answers = [cell.answer.value is not None for table in tables for cell in table.cells]

    def cold() -> None:
        shutil.rmtree(kept, ignore_errors=True)
        publish(case.questions, view_of(facts, case.structures, Memory()))

    def counted() -> None:
        for question in case.questions:
            statement = direct(DIMENSIONS[question.by[0]].table, facts, case, question.by[0])
            postgresql.execute(statement).fetchall()  # type: ignore[union-attr]

    def counted_live() -> None:
        held = within(facts, case, "p.", "s.", "a.")
        for question in case.questions:
            statement = live_tables.count(question.by[0], held, case.period)
            postgresql.execute(statement).fetchall()  # type: ignore[union-attr]

    ways: dict[str, Callable[[], object]] = {
        "cold": cold,
        "disk": lambda: publish(case.questions, view_of(facts, case.structures, Memory())),
        "memory": lambda: publish(case.questions, view_of(facts, case.structures, memory)),
        "bare": lambda: bare(facts, case),
    }
    if postgresql is not None:
        ways["postgresql"] = counted
        ways["live"] = counted_live
    times: dict[str, list[float]] = {way: [] for way in ways}
    for run in range(RUNS):
        for way, call in ways.items():
            long = any(time > LONG_S * 1000 for time in times[way])
            if not (long and run >= LONG_RUNS):
                started = perf_counter()
                call()
                times[way].append(1000 * (perf_counter() - started))
    return Timed(case, sum(answers) / len(answers), times)


def ask(directory: Path, rows: int) -> list[Timed]:
    """Time every page on facts that are drawn and made."""
    facts = facts_in(directory, rows)
    if rows > ON_POSTGRESQL:
        return [time_case(facts, case, None) for case in cases(facts)]
    with engines.embedded_postgresql() as server:
        address = f"host={server.socket} user=postgres dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            load(facts, connection)
            live_tables.load(facts, connection)
            return [time_case(facts, case, connection) for case in cases(facts)]


def make(directory: Path, rows: int) -> tuple[int, float]:
    """Make the tables of the year; give how many, and the seconds."""
    started = perf_counter()
    return make_tables(facts_in(directory, rows)), perf_counter() - started


def measure(rows: int) -> str:
    """Draw the facts, time everything, and give the result as a part of a Markdown page."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        _, _ = in_a_process(draw, directory, rows)
        (made, seconds), peak_made = in_a_process(make, directory, rows)
        size = sum(path.stat().st_size for path in directory.glob("*.parquet")) / 1e6
        extra = sum(path.stat().st_size for path in (directory / "made").glob("*")) / 1e6
        timed, peak_asked = in_a_process(ask, directory, rows)
    lines = [row(one) for one in timed]
    return (
        f"## {rows:,} attendances\n\n"
        f"Facts {size:.0f} MB; {made} tables made at closing in {seconds:.0f} s ({extra:.0f} MB, "
        f"peak {peak_made:.0f} MB). Peak memory while asking, PostgreSQL apart: "
        f"{peak_asked:.0f} MB.\n\n"
        "| scope | period | filter | cold p50 | p95 | kept on disk | in memory | DuckDB bare | "
        "cold / bare | PostgreSQL live | / cold | / kept | PostgreSQL wide | / cold | / kept "
        "| cells shown |\n"
        f"|{' --- |' * 16}\n" + "\n".join(lines) + "\n"
    )


def _beside(middle: dict[str, float], way: str) -> str:
    """Write how long another way takes, and how many times ours."""
    if way not in middle:
        return "– | – | –"
    time = middle[way]
    return f"{time:,.0f} | {time / middle['cold']:.1f} | {time / middle['disk']:.0f}"


def row(one: Timed) -> str:
    """Write one case, times in milliseconds."""
    middle = {way: median(times) for way, times in one.times.items()}
    cold = sorted(one.times["cold"])
    held = ", ".join(f"{c.dimension}={c.value}" for c in one.case.where) or "–"
    beside = " | ".join(_beside(middle, way) for way in ("live", "postgresql"))
    return (
        f"| {one.case.scope} | {one.case.period.code} | {held} | {middle['cold']:,.0f} "
        f"| {cold[int(0.95 * (len(cold) - 1))]:,.0f} | {middle['disk']:.1f} "
        f"| {middle['memory']:.2f} | {middle['bare']:,.0f} "
        f"| {middle['cold'] / middle['bare']:.1f} | {beside} | {100 * one.shown:.0f} % |"
    )


def main(sizes: list[int]) -> str:
    """Measure every size."""
    parts = [measure(rows) for rows in sizes]
    return (
        "# Speed of protected tables\n\n"
        "Milliseconds; medians of 30 runs (5 where one takes over 0.5 s), all ways in turn. Two "
        f"threads, shared machine: compare columns, not days. DuckDB {duckdb.__version__}, Python "
        f"{platform.python_version()}. `home_connection=good` is a filter no page offers: its "
        "tables are not made at closing, and are counted on the facts. PostgreSQL 18 by direct "
        "COUNT: live on the tables of an application, wide on tables made for these counts.\n\n"
        + "\n".join(parts)
    )


if __name__ == "__main__":
    result = main([int(size) for size in sys.argv[1:]] or [1_000_000, 10_000_000])
    RESULT.write_text(result, encoding="utf-8")
    print(result)
