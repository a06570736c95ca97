"""Writes one year of the fact store: Parquet files sorted by département, month and person.

Nothing that names anybody enters them: persons are numbers remade at each closing, and the same
ledger gives the same bytes.
"""

import hmac
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import duckdb

from app.statistics.act_facts import TABLES, place_acts, take_in_acts
from app.statistics.file_engine import writing_engine
from app.statistics.ledger import (
    ATTENDANCE,
    CODES,
    LENGTHS,
    NOT_GIVEN,
    STEP_MIN,
    WITHOUT_LENGTH,
    What,
)
from app.statistics.loading import (
    HASHED,
    UnknownCode,
    check_hmac,
    code,
    hashed,
    hmac_pads,
    listed,
    name_codes,
    take_in,
    type_of,
)
from app.statistics.reference import Reference
from app.statistics.vocabulary import AGE, BLOCKER, DIMENSIONS, PROCEDURE, WHERE, Table

LEAST_MB, MB_A_MILLION = 380, 38  # of memory: fewer, and ten million people cannot be numbered
ROW_GROUP = 30_720  # of rows: small enough that a département reads little beside its own


class Written(NamedTuple):
    """How many rows of the ledger a year holds."""

    attendances: int
    acts: int


_ONE = ("age_band", "gender", "status", "kind", "mode", "home_connection")  # always there
_SINCE = {  # rows closed by an earlier version do not have them
    "autonomy": f"coalesce(k.autonomy, '{NOT_GIVEN}')",
    "referral": f"coalesce(k.referral, '{NOT_GIVEN}')",
    "level": f"coalesce(k.level, CASE WHEN k.kind = 'workshop' THEN '{NOT_GIVEN}' END)",
}
_LENGTH = " ".join(
    (
        f"CASE WHEN k.kind = 'passage' THEN '{WITHOUT_LENGTH}'",
        *(f"WHEN k.minutes < {under} THEN '{name}'" for under, name in LENGTHS),
        "ELSE 'more' END",
    )
)
_HELPED = (
    f"STRUCT(procedure {type_of('procedure')}, outcome {type_of('outcome')}, "
    f"blockers {type_of('blocker')}[])[]"
)
_TAKEN = f"""
SELECT {HASHED},
       {", ".join(f"{code(f'k.{name}', name)} AS {name}" for name in _ONE)},
       {", ".join(f"{code(value, name)} AS {name}" for name, value in _SINCE.items())},
       {code(_LENGTH, "duration_class")} AS duration_class,
       ((k.minutes + {STEP_MIN // 2}) // {STEP_MIN} * {STEP_MIN})::USMALLINT AS minutes,
       k.dealt AS dealt, {listed("k.themes", "theme")} AS themes,
       k.procedures::{_HELPED} AS helped, {listed("k.divides", "divide")} AS divides,
       {listed("k.equipment", "equipment")} AS equipment,
       {listed(f"coalesce(k.material, ['{NOT_GIVEN}'])", "material")} AS material
FROM {hashed("'attendance:' || attendance", CODES)}"""  # noqa: S608


def write_year(
    directory: Path,
    lines: Iterable[str],
    reference: Reference,
    *,
    key: bytes,
    salt: str,
    acts: Iterable[str] = (),
) -> Written:
    """Write a year's tables into a directory and say how many rows they hold.

    `lines` and `acts` are those of the ledger. `salt` changes at each closing, and the numbers of
    persons with it. Raises UnknownCode.
    """
    with writing_engine(directory / "spill", LEAST_MB) as db:
        check_hmac(db, key)
        name_codes(db, reference)
        take_in(db, "taken", _TAKEN, ATTENDANCE, lines, hmac_pads(key))
        take_in_acts(db, acts, key)
        _make_room(db)
        _number(db, hmac.digest(key, f"numbers:{salt}".encode(), "sha256"))
        _place_above(db, reference)
        place_acts(db)
        for table, query in {**_TABLES, **TABLES}.items():
            _write(db, directory / f"{table}.parquet", query)
        found = db.execute(
            "SELECT (SELECT count(*) FROM numbered), (SELECT count(*) FROM numbered_acts)"
        ).fetchone()
    return Written(*(found or (0, 0)))


def _make_room(db: duckdb.DuckDBPyConnection) -> None:
    """Let the engine have memory for a year of more than ten million."""
    (rows,) = db.execute("SELECT count(*) FROM taken").fetchone() or (0,)
    needed = max(LEAST_MB, MB_A_MILLION * rows // 1_000_000)
    db.execute(f"SET memory_limit = '{needed}MB'")


def _number(db: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Number persons in an order that only the key decides: that of their rows."""
    db.execute(
        f"""CREATE TABLE persons AS
            SELECT who FROM (SELECT who FROM taken
                             UNION SELECT who FROM taken_acts WHERE what <> '{What.WORKSHOP}')
            ORDER BY sha256($key::BLOB || encode(who::VARCHAR)), who""",  # noqa: S608
        {"key": key},
    )


def _place_above(db: duckdb.DuckDBPyConnection, reference: Reference) -> None:
    """Write what stands above each place, procedure, blocker and age band, and sort the rows."""
    for family in (WHERE, PROCEDURE, BLOCKER, AGE):
        _hierarchy(db, reference, family)
    required = " AND ".join(f"{name} IS NOT NULL" for name in (*_ONE, "minutes", "dealt"))
    db.execute(
        f"""CREATE TABLE numbered AS
            SELECT t.* EXCLUDE (who), w.* EXCLUDE (place, organisation), a.age_group,
                   p.rowid::UINTEGER AS person
            FROM taken t
            JOIN persons p USING (who)
            JOIN above_where w ON w.organisation = t.organisation
                              AND w.place IS NOT DISTINCT FROM t.place
            JOIN above_age a USING (age_band)
            WHERE {required}
            ORDER BY departement, month, person, ak, tie"""  # noqa: S608
    )
    counted = db.execute(
        "SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM numbered)"
    ).fetchone()
    if counted is None or counted[0] != counted[1]:
        raise UnknownCode(
            "a place is not one of its structure's, a structure has no seat, or a code is missing"
        )
    db.execute("DROP TABLE taken")
    db.execute(
        f"""CREATE TABLE acts AS
            SELECT n.* EXCLUDE (helped, h), p.procedure, procedure_theme, provider,
                   enum_code(h.outcome) AS outcome, {listed("h.blockers", "blocker")} AS blockers
            FROM (SELECT *, rowid AS row, unnest(helped) AS h,
                         generate_subscripts(helped, 1) AS rank FROM numbered) n
            JOIN above_procedure p ON p.procedure = enum_code(n.h.procedure)
            ORDER BY row, rank"""  # noqa: S608
    )


def _hierarchy(db: duckdb.DuckDBPyConnection, reference: Reference, family: str) -> None:
    names = [name for name, dimension in DIMENSIONS.items() if dimension.group == family]
    codes = {name: reference.codes(name) for name in names}
    columns = ", ".join(f"{name} {_type(len(codes[name]))}" for name in names)
    db.execute(f"CREATE TABLE above_{family} ({columns})")
    rows = [
        [codes[name][atom.above[name]] if name in atom.above else None for name in names]
        for atom in reference.atoms[family]
    ]
    if rows:
        fields = ", ".join(f"r[{place}]" for place in range(1, len(names) + 1))
        db.execute(
            f"INSERT INTO above_{family} SELECT {fields} "  # noqa: S608
            "FROM (SELECT unnest($1::INTEGER[][]) AS r)",
            [rows],
        )


def _type(values: int) -> str:
    return "UTINYINT" if values < 2**8 else "USMALLINT"


_CODED = (
    "region", "epci", "commune", "organisation::USMALLINT AS organisation",
    "place::USMALLINT AS place", "age_group",
    *(f"{name}::UTINYINT AS {name}" for name in (
        "age_band", "gender", "status", "kind", "mode", "home_connection", "duration_class",
        "autonomy", "level", "referral")),
)  # fmt: skip
_PERSON = f"departement, month, person, rk, dealt, {', '.join(_CODED)}"
_ROW = "rowid::UINTEGER AS row, ak, minutes"
_ACT = """rowid::UINTEGER AS act, row::UINTEGER AS row, ak, minutes,
          procedure::USMALLINT AS procedure, procedure_theme, provider,
          outcome::UTINYINT AS outcome"""


def _listed(column: str, name: str) -> str:
    """Write a table of one attribute of which an attendance has several values."""
    return (
        f"SELECT {_ROW}, {_PERSON}, enum_code(unnest({column}))::UTINYINT AS {name} FROM numbered"  # noqa: S608
    )


# Each table repeats what is coded of the attendance: counting by one attribute joins nothing. What
# they are read from is sorted already, and the engine keeps the order of what it reads.
_TABLES = {
    Table.ATTENDANCES: f"SELECT {_ROW}, {_PERSON} FROM numbered",  # noqa: S608
    Table.THEMES: _listed("themes", "theme"),
    Table.ACTS: f"SELECT {_ACT}, len(blockers) > 0 AS blocked, {_PERSON} FROM acts",  # noqa: S608
    Table.BLOCKERS: f"""SELECT a.* EXCLUDE (code), blocker, blocker_family
                        FROM (SELECT {_ACT}, true AS blocked, {_PERSON},
                                     enum_code(unnest(blockers)) AS code FROM acts) a
                        JOIN above_blocker ON blocker = code ORDER BY act, blocker""",  # noqa: S608
    Table.DIVIDES: _listed("divides", "divide"),
    Table.EQUIPMENT: _listed("equipment", "equipment"),
    Table.MATERIAL: _listed("material", "material"),
}


def _write(db: duckdb.DuckDBPyConnection, path: Path, query: str) -> None:
    db.execute(
        f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    )
