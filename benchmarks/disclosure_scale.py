"""How long a cold page of protected tables takes at a million attendances and more.

Facts are drawn by the engine itself, in the layout of the store: 100 départements of 10 structures
with 2 places each. A page is twelve tables by one dimension; every table that the rule needs (wider
selections, parts and earlier siblings of the period) is read within the time given. Beside it, the
same twelve tables by the same engine with no protection. Writes benchmarks/results/
disclosure-scale.md. Usage: disclosure_scale.py [ROWS]
"""

import json
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import duckdb

from app.statistics.counts import Counts, TableCache
from app.statistics.disclosure import Rule
from app.statistics.engine import engine
from app.statistics.periods import Level, Period, month
from app.statistics.policy import INTERACTIVE_2
from app.statistics.reference import Clause
from app.statistics.selection import Selection
from app.statistics.store import REFERENCE, YearOfFacts
from app.statistics.vocabulary import DIMENSIONS, MEASURES, Table
from tests.support.population import PlaceThere, World

RESULT = Path(__file__).resolve().parent / "results" / "disclosure-scale.md"
DEPARTEMENTS, STRUCTURES, PLACES = 100, 10, 2
RUNS = 3
PAGE = (
    "age_band", "gender", "status", "kind", "mode", "home_connection", "theme", "divide",
    "equipment", "outcome", "procedure_theme", "blocker_family",
)  # fmt: skip


def world() -> World:
    """A country of a hundred départements, ten to a région."""
    places, communes, seats = [], {}, {}
    for departement in range(DEPARTEMENTS):
        for structure in range(STRUCTURES):
            name, commune = f"s{departement:02d}-{structure}", f"c{departement:02d}-{structure}"
            epci = f"e{departement:02d}-{structure // 3}"
            communes[commune] = (epci, f"d{departement:02d}", f"r{departement // 10}")
            seats[name] = commune
            places += [PlaceThere(f"{name}-{n}", name, commune) for n in range(PLACES)]
    return World(tuple(places), communes, seats)


DRAWING = (
    "CREATE MACRO h(a, b) AS (hash(a, b) >> 1)::BIGINT",
    "CREATE MACRO pick(a, b, values) AS values[(1 + h(a, b) % len(values))::INTEGER]::UTINYINT",
)
ATTENDANCES = """
SELECT row_number() OVER (ORDER BY structure, month, person)::UINTEGER AS row,
       h(i, 'ak') % 4294967296 AS ak, (15 * (1 + h(i, 'min') % 6))::USMALLINT AS minutes,
       (structure // {structures})::UTINYINT AS departement, month,
       person::UINTEGER AS person, h(person, 'k') % 4294967296 AS rk,
       h(i, 'dealt') % 20 = 0 AS dealt, (structure // ({structures} * 10))::UTINYINT AS region,
       (structure // {structures} * 4 + structure % {structures} // 3)::USMALLINT AS epci,
       structure::USMALLINT AS commune, structure::USMALLINT AS organisation,
       (structure * {places} + h(person, 'p') % {places})::USMALLINT AS place,
       band AS age_band, (CASE WHEN band < 2 THEN 0 WHEN band < 4 THEN 1 WHEN band < 7 THEN 2
                          ELSE 3 END)::UTINYINT AS age_group,
       pick(person, 'g', [0, 0, 0, 0, 1, 1, 1, 1, 1, 2]) AS gender,
       pick(person, 's', [0, 0, 0, 0, 1, 1, 2, 2, 3, 4]) AS status,
       (h(i, 'kind') % 7 = 0)::UTINYINT AS kind,
       pick(i, 'mode', [0, 0, 0, 0, 0, 0, 0, 0, 1, 2]) AS mode,
       (h(person, 'h') % 6)::UTINYINT AS home_connection
FROM (SELECT *, h(person, 'o') % {all} AS structure,
             pick(person, 'a', [0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7]) AS band
      FROM (SELECT i, (1 + h(i, 'm') % 12)::USMALLINT AS month,
                   CASE WHEN h(i, 'n') % 100 < 45 THEN {rows} + i
                        ELSE h(i, 'w') % ({rows} // 4) END AS person
            FROM range({rows}) t (i)))
"""
SIDES = {
    Table.THEMES: "SELECT * EXCLUDE (n), (h(row, n) % 30)::UTINYINT AS theme "
    "FROM {a}, range(2) r (n) WHERE n = 0 OR h(row, 'two') % 2 = 0",
    Table.DIVIDES: "SELECT * EXCLUDE (n), n::UTINYINT AS divide FROM {a}, range(3) r (n) "
    "WHERE h(row, n) % 6 = 0",
    Table.EQUIPMENT: "SELECT *, (h(person, 'e') % 7)::UTINYINT AS equipment FROM {a}",
    Table.ACTS: """SELECT row AS act, * EXCLUDE (p), p::USMALLINT AS procedure,
        (p % 5)::UTINYINT AS procedure_theme, (p % 3)::UTINYINT AS provider,
        (h(row, 'o') % 6)::UTINYINT AS outcome, h(row, 'b') % 5 = 0 AS blocked
        FROM (SELECT *, h(row, 'q') % 6 AS p FROM {a} WHERE h(row, 'h') % 2 = 0)""",
    Table.BLOCKERS: "SELECT * EXCLUDE (b), b::UTINYINT AS blocker, (b % 4)::UTINYINT AS "
    "blocker_family FROM (SELECT *, h(act, 'x') % 6 AS b FROM {acts} WHERE blocked)",
}


def draw(directory: Path, rows: int) -> YearOfFacts:
    """Draw a year of facts in the layout of the store."""
    db = duckdb.connect(config={"threads": 2, "temp_directory": str(directory / "spill")})
    for macro in DRAWING:
        db.execute(macro)
    there = {
        "rows": rows,
        "structures": STRUCTURES,
        "places": PLACES,
        "all": DEPARTEMENTS * STRUCTURES,
    }
    paths = {table: directory / f"{table}.parquet" for table in Table}
    names = {"a": f"'{paths[Table.ATTENDANCES]}'", "acts": f"'{paths[Table.ACTS]}'"}
    for table in (Table.ATTENDANCES, *SIDES):
        query = ATTENDANCES.format(**there) if table not in SIDES else SIDES[table].format(**names)
        db.execute(
            f"COPY ({query} ORDER BY departement, month, person) TO '{paths[table]}' "
            "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 30720)"
        )
    (directory / REFERENCE).write_text(json.dumps(world().reference.to_json()), encoding="utf-8")
    return YearOfFacts(directory, 2026, is_final=False, attendances=rows, key=b"benchmark")


@dataclass(frozen=True)
class Case:
    """One page: whose, when, under which filter."""

    scope: str
    structures: frozenset[str]
    period: Period
    where: tuple[Clause, ...]


def protected(facts: YearOfFacts, case: Case) -> tuple[float, float]:
    """Time a page from nothing, and the share of its cells that are shown."""
    started = perf_counter()
    counts = Counts(facts, case.structures, TableCache(), case.period.needed)
    rule = Rule(counts, INTERACTIVE_2, case.structures)
    asked = []
    for name in PAGE:
        if name in {clause.dimension for clause in case.where}:
            continue
        acts = DIMENSIONS[name].table in (Table.ACTS, Table.BLOCKERS)
        measure = MEASURES["procedures" if acts else "attendances"]
        for value in facts.reference.labels[name]:
            clauses = tuple(sorted((*case.where, Clause(name, value))))
            asked.append((clauses, case.period, measure))
    rule.expect(Selection(clauses, period, m.acts) for clauses, period, m in asked)
    answers = [rule.answer(*one) for one in asked]
    shown = sum(answer.value is not None for answer in answers) / len(answers)
    return perf_counter() - started, shown


def bare(facts: YearOfFacts, case: Case) -> float:
    """Time the same tables with no protection at all."""
    started = perf_counter()
    numbers = facts.reference.codes("organisation")
    codes = ", ".join(str(numbers[name]) for name in case.structures)
    departements = ", ".join(sorted({str(numbers[n] // STRUCTURES) for n in case.structures}))
    held = "".join(
        f" AND {clause.dimension} = {facts.reference.codes(clause.dimension)[clause.value]}"
        for clause in case.where
    )
    for name in PAGE:
        path = facts.path(DIMENSIONS[name].table)
        engine().execute(
            f"SELECT {name}, count(*), count(DISTINCT person) FROM '{path}' "
            f"WHERE month BETWEEN {case.period.first_month} AND {case.period.last_month} "
            f"AND departement IN ({departements}) AND organisation IN ({codes}){held} GROUP BY 1"
        ).fetchall()
    return perf_counter() - started


def cases(facts: YearOfFacts) -> list[Case]:
    """Two structures, a département, a région, everybody; a month, a quarter, a year."""
    every = sorted(facts.reference.labels["organisation"])
    scopes = {
        "2 structures": frozenset(every[:2]),
        "département": frozenset(name for name in every if name.startswith("s35")),
        "région": frozenset(name for name in every if name.startswith("s3")),
        "national": frozenset(every),
    }
    women = (Clause("gender", "feminin"),)
    pages = [
        (month(2026, 5), ()),
        (Period(2026, Level.QUARTER, 3), ()),
        (Period(2026, Level.QUARTER, 3), women),
        (Period(2026, Level.YEAR, 1), women),
    ]
    return [Case(name, who, when, held) for name, who in scopes.items() for when, held in pages]


def timed(run: Callable[[], float], times: int) -> float:
    """Give the median of some runs."""
    return median(run() for _ in range(times))


def measure(rows: int) -> str:
    """Draw the facts, time every page, and give the result as a Markdown page."""
    with tempfile.TemporaryDirectory() as place:
        started = perf_counter()
        facts = draw(Path(place), rows)
        drawn = perf_counter() - started
        size = sum(path.stat().st_size for path in Path(place).glob("*.parquet")) / 1e6
        lines = []
        for case in cases(facts):
            runs = 1 if case.scope == "national" and rows > 2_000_000 else RUNS
            _, shown = protected(facts, case)
            cold = timed(lambda case=case: protected(facts, case)[0], runs)  # type: ignore[misc]
            plain = timed(lambda case=case: bare(facts, case), runs)  # type: ignore[misc]
            held = ", ".join(f"{c.dimension}={c.value}" for c in case.where) or "–"
            lines.append(
                f"| {case.scope} | {case.period.code} | {held} | {1000 * cold:,.0f} "
                f"| {1000 * plain:,.0f} | {cold / plain:.1f} | {100 * shown:.0f} % |"
            )
            print(lines[-1], file=sys.stderr)
    return (
        f"# Protected tables at {rows:,} attendances a year\n\n"
        "A page of twelve tables, cold (nothing kept), with every table the rule needs; median of "
        f"{RUNS}. Two threads, shared machine: compare columns, not days.\n\n"
        f"DuckDB {duckdb.__version__}, Python {platform.python_version()}. Store: {size:.0f} MB; "
        f"drawn in {drawn:.0f} s.\n\n"
        "| scope | period | filter | protected, ms | bare, ms | ratio | cells shown |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n" + "\n".join(lines) + "\n"
    )


if __name__ == "__main__":
    result = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
    RESULT.write_text(result, encoding="utf-8")
    print(result)
