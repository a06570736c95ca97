"""A year of facts drawn by the engine itself, in the layout of the store, for benchmarks."""

import json
from pathlib import Path

import duckdb

from app.statistics.store import REFERENCE, YearOfFacts
from app.statistics.vocabulary import Table
from tests.support.population import PlaceThere, World

DEPARTEMENTS, STRUCTURES, PLACES = 100, 10, 2


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
    return facts_in(directory, rows)


def facts_in(directory: Path, rows: int) -> YearOfFacts:
    """Name facts that are drawn."""
    return YearOfFacts(directory, 2026, is_final=False, attendances=rows, key=b"benchmark")
