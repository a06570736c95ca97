"""The same year in PostgreSQL as an application keeps it, to be counted live.

Activities, the people helped, themes and procedures have tables of their own, with the indexes that
an application has; what a person lacks is a list on her row. This is how Escale's own tables are,
and how a tool without a fact store counts. Ids are numbers, which is kinder than UUIDs.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg

from app.statistics.engine import engine
from app.statistics.periods import Period
from app.statistics.store import YearOfFacts
from app.statistics.vocabulary import Table

TABLES = {  # how each is drawn from the facts, and its indexes
    "place": ("SELECT DISTINCT place AS id, departement FROM {attendances}", ("id", "departement")),
    "session": (
        "SELECT row AS id, organisation, place, "
        "make_date(2026, month::INT, (1 + row % 28)::INT) AS held_on, kind, mode "
        "FROM {attendances}",
        ("id", "organisation, held_on", "held_on", "place"),
    ),
    "attendance": (
        "SELECT a.row AS id, a.row AS session, person, age_band, gender, status, home_connection, "
        "to_json(coalesce(divides, [])) AS divides, to_json(coalesce(equipment, [])) AS equipment "
        "FROM {attendances} a "
        "LEFT JOIN (SELECT row, list(divide) AS divides FROM {divides} GROUP BY 1) USING (row) "
        "LEFT JOIN (SELECT row, list(equipment) AS equipment FROM {equipment} GROUP BY 1) "
        "USING (row)",
        ("id", "session", "person"),
    ),
    "theme": ("SELECT row AS session, theme FROM {themes}", ("session",)),
    "help": (
        "SELECT row AS attendance, procedure_theme, outcome, "
        "to_json(coalesce(families, [])) AS blocker_family FROM {acts} "
        "LEFT JOIN (SELECT act, list(blocker_family) AS families FROM {blockers} GROUP BY 1) "
        "USING (act)",
        ("attendance",),
    ),
}
TYPES = {"BOOLEAN": "boolean", "DATE": "date", "JSON": "jsonb"}
LISTS = {"divide": "a.divides", "equipment": "a.equipment", "blocker_family": "h.blocker_family"}
OF_SESSION = ("kind", "mode")
OF_HELP = ("procedure_theme", "outcome", "blocker_family")


def load(facts: YearOfFacts, connection: psycopg.Connection[Any]) -> None:
    """Put the year in tables of PostgreSQL, with their indexes."""
    paths = {table.value: f"'{facts.path(table)}'" for table in Table}
    for table, (drawn, indexes) in TABLES.items():
        put(connection, f"live_{table}", drawn.format(**paths), indexes, facts.directory)


def put(
    connection: psycopg.Connection[Any],
    table: str,
    query: str,
    indexes: Iterable[str],
    scratch: Path,
) -> None:
    """Make a table of PostgreSQL of what the engine answers, with its indexes."""
    described = engine().execute(f"DESCRIBE {query}").fetchall()
    columns = ", ".join(f"{name} {TYPES.get(kind, 'bigint')}" for name, kind, *_ in described)
    connection.execute(f"CREATE UNLOGGED TABLE {table} ({columns})")
    rows = scratch / f"{table}.csv"
    engine().execute(f"COPY ({query}) TO '{rows}' (FORMAT csv, HEADER false)")
    with (
        rows.open("rb") as file,
        connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy,
    ):
        while data := file.read(1 << 20):
            copy.write(data)
    rows.unlink()
    for index in indexes:
        connection.execute(f"CREATE INDEX ON {table} ({index})")
    connection.execute(f"ANALYZE {table}")


def count(name: str, where: str, period: Period) -> str:
    """Write the count of one table by a dimension; `where` holds on activities and places."""
    value, joins = f"a.{name}", ""
    if name in OF_HELP:
        joins += " JOIN live_help h ON h.attendance = a.id"
        value = f"h.{name}"
    if name == "theme":
        joins, value = " JOIN live_theme t ON t.session = s.id", "t.theme"
    if name in OF_SESSION:
        value = f"s.{name}"
    if name in LISTS:
        joins += f" CROSS JOIN jsonb_array_elements({LISTS[name]}) v (value)"
        value = "v.value"
    after = f"{period.year + 1}-01-01"
    if period.last_month < 12:
        after = f"{period.year}-{period.last_month + 1:02d}-01"
    return (
        f"SELECT {value}, count(*), count(DISTINCT a.person) FROM live_session s "
        f"JOIN live_attendance a ON a.session = s.id JOIN live_place p ON p.id = s.place{joins} "
        f"WHERE s.held_on >= '{period.year}-{period.first_month:02d}-01' AND s.held_on < '{after}' "
        f"AND {where} GROUP BY 1"
    )
