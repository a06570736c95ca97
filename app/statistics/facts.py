"""Writes one year of the fact store: Parquet files sorted by département, month and person.

Nothing that names anybody enters them: persons are numbers remade at each closing, and the same
ledger gives the same bytes.
"""

import hmac
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import duckdb

from app.statistics.act_facts import TABLES, WHO, hash_acts, place_acts, take_in_acts
from app.statistics.ledger import STEP_MIN, ActRow, HelpedWith, LedgerRow, What
from app.statistics.loading import (
    FIELD,
    ITEM,
    PART,
    SUB,
    UnknownCode,
    check_hmac,
    hmac32_sql,
    hmac_pads,
    take_in,
)
from app.statistics.reference import Reference
from app.statistics.vocabulary import AGE, BLOCKER, DIMENSIONS, PROCEDURE, WHERE, Table

ROW_GROUP = 30_720  # of rows: small enough that a département reads little beside its own


class Written(NamedTuple):
    """How many rows of the ledger a year holds."""

    attendances: int
    acts: int


class _Coder:
    """Turns ledger rows into lines of numbers, one line a row."""

    def __init__(self, reference: Reference) -> None:
        names = (
            "organisation", "place", "age_band", "gender", "status", "kind", "mode",
            "home_connection", "duration_class", "autonomy", "level", "referral", "theme",
            "procedure", "outcome", "blocker", "divide", "equipment", "material",
        )  # fmt: skip
        self._codes = {name: reference.codes(name) for name in names}

    def line(self, row: LedgerRow) -> str:
        """Write a row. Raises UnknownCode."""
        try:
            return self._line(row)
        except KeyError as error:
            raise UnknownCode(f"{error.args[0]} ({row.month.code})") from error

    def _line(self, row: LedgerRow) -> str:
        codes = self._codes
        return FIELD.join(
            (
                row.attendance,
                row.subject or "",
                str(row.month.number),
                str(codes["organisation"][row.organisation]),
                "" if row.place is None else str(codes["place"][row.place]),
                str(codes["age_band"][row.age_band]),
                str(codes["gender"][row.gender]),
                str(codes["status"][row.status]),
                str(codes["kind"][row.kind]),
                str(codes["mode"][row.mode]),
                str(codes["home_connection"][row.home_connection]),
                str(codes["duration_class"][row.duration_class]),
                str(codes["autonomy"][row.autonomy]),
                "" if row.level is None else str(codes["level"][row.level]),
                str(codes["referral"][row.referral]),
                str((row.minutes + STEP_MIN // 2) // STEP_MIN * STEP_MIN),
                "1" if row.dealt else "0",
                self._list("theme", row.themes),
                ITEM.join(map(self._help, row.procedures)),
                self._list("divide", row.divides),
                self._list("equipment", row.equipment),
                self._list("material", row.material),
            )
        )

    def _list(self, name: str, values: Iterable[str]) -> str:
        codes = self._codes[name]
        return SUB.join(str(codes[value]) for value in dict.fromkeys(values))

    def _help(self, act: HelpedWith) -> str:
        return PART.join(
            (
                str(self._codes["procedure"][act.procedure]),
                str(self._codes["outcome"][act.outcome]),
                self._list("blocker", act.blockers),
            )
        )


_COLUMNS = (
    "attendance", "subject", "month", "organisation", "place", "age_band", "gender", "status",
    "kind", "mode", "home_connection", "duration_class", "autonomy", "level", "referral",
    "minutes", "dealt", "themes", "acts", "divides", "equipment", "material",
)  # fmt: skip
_NUMBERS = _COLUMNS[2:16]


def write_year(
    directory: Path,
    rows: Iterable[LedgerRow],
    reference: Reference,
    *,
    key: bytes,
    salt: str,
    acts: Iterable[ActRow] = (),
    threads: int = 2,
) -> Written:
    """Write a year's tables into a directory and say how many rows they hold.

    `salt` changes at each closing, and the numbers of persons with it. Raises UnknownCode.
    """
    with closing(duckdb.connect(":memory:", config={"threads": threads})) as db:
        db.execute(f"SET temp_directory = '{directory / 'spill'}'")
        take_in(db, "taken", _COLUMNS, _NUMBERS, map(_Coder(reference).line, rows))
        take_in_acts(db, acts, reference)
        _hash(db, key)
        hash_acts(db, key)
        _number(db, hmac.digest(key, f"numbers:{salt}".encode(), "sha256"))
        _place_above(db, reference)
        place_acts(db)
        for table, query in {**_TABLES, **TABLES}.items():
            _write(db, directory / f"{table}.parquet", query)
        found = db.execute(
            "SELECT (SELECT count(*) FROM numbered), (SELECT count(*) FROM numbered_acts)"
        ).fetchone()
    return Written(*(found or (0, 0)))


def _hash(db: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Give each attendance its key and its person's, by HMAC-SHA-256 inside the engine."""
    check_hmac(db, key)
    db.execute(
        f"""CREATE TABLE hashed AS SELECT *,
               CASE WHEN subject IS NULL THEN ak ELSE {hmac32_sql("'person:' || subject")} END
               AS rk
            FROM (SELECT *, {hmac32_sql("'attendance:' || attendance")} AS ak FROM taken)""",  # noqa: S608
        [*hmac_pads(key)],
    )
    db.execute("DROP TABLE taken")


def _number(db: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Number persons and rows in an order that only the key decides."""
    inner, outer = hmac_pads(key)
    digest = "sha256($2::BLOB || unhex(sha256($1::BLOB || encode(who))))"
    db.execute(
        f"""CREATE TABLE persons AS
            SELECT who, (row_number() OVER (ORDER BY digest, who) - 1)::UINTEGER AS person
            FROM (SELECT who, {digest} AS digest
                  FROM (SELECT coalesce('person:' || subject, 'attendance:' || attendance) AS who
                        FROM hashed
                        UNION SELECT {WHO} FROM hashed_acts WHERE what <> '{What.WORKSHOP}'))""",  # noqa: S608
        [inner, outer],
    )


def _place_above(db: duckdb.DuckDBPyConnection, reference: Reference) -> None:
    """Write what stands above each place, procedure, blocker and age band, and number the rows."""
    for family in (WHERE, PROCEDURE, BLOCKER, AGE):
        _hierarchy(db, reference, family)
    db.execute(
        """CREATE TABLE numbered AS
           SELECT (row_number() OVER (ORDER BY departement, month, person, attendance)
                   - 1)::UINTEGER AS row, h.* EXCLUDE (subject), w.* EXCLUDE (place, organisation),
                  a.age_group, person
           FROM hashed h
           JOIN persons ON who = coalesce('person:' || subject, 'attendance:' || attendance)
           JOIN above_where w ON w.organisation = h.organisation
                             AND w.place IS NOT DISTINCT FROM h.place
           JOIN above_age a USING (age_band)"""
    )
    counted = db.execute(
        "SELECT (SELECT count(*) FROM hashed), (SELECT count(*) FROM numbered)"
    ).fetchone()
    if counted is None or counted[0] != counted[1]:
        raise UnknownCode("a place is not one of its structure's, or a structure has no seat")
    db.execute(
        f"""CREATE TABLE helped AS
            SELECT (row_number() OVER (ORDER BY row, item) - 1)::UINTEGER AS act, *,
                   split_part(item, '{PART}', 2)::UTINYINT AS outcome,
                   split_part(item, '{PART}', 3) AS blockers
            FROM (SELECT *, split_part(item, '{PART}', 1)::USMALLINT AS procedure
                  FROM (SELECT *, unnest(string_split(acts, '{ITEM}')) AS item FROM numbered))
            JOIN above_procedure USING (procedure)"""  # noqa: S608
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
    "region", "epci", "commune", "organisation", "place", "age_group",
    *(f"{name}::UTINYINT AS {name}" for name in (
        "age_band", "gender", "status", "kind", "mode", "home_connection", "duration_class",
        "autonomy", "level", "referral")),
)  # fmt: skip
_PERSON = f"departement, month, person, rk, dealt = '1' AS dealt, {', '.join(_CODED)}"


def _listed(column: str, name: str) -> str:
    """Write a table of one attribute of which an attendance has several values."""
    return f"""SELECT row, ak, minutes, {_PERSON},
                      unnest(string_split({column}, '{SUB}'))::UTINYINT AS {name}
               FROM numbered WHERE {column} IS NOT NULL ORDER BY row, {name}"""  # noqa: S608


# Each table repeats what is coded of the attendance: counting by one attribute joins nothing.
_TABLES = {
    Table.ATTENDANCES: f"SELECT row, ak, minutes, {_PERSON} FROM numbered ORDER BY row",  # noqa: S608
    Table.THEMES: _listed("themes", "theme"),
    Table.ACTS: f"""SELECT act, row, ak, minutes, procedure, procedure_theme, provider, outcome,
                           blockers <> '' AS blocked, {_PERSON}
                    FROM helped ORDER BY act""",  # noqa: S608
    Table.BLOCKERS: f"""SELECT act, row, ak, minutes, procedure, procedure_theme, provider, outcome,
                               true AS blocked, blocker, blocker_family, {_PERSON}
                        FROM (SELECT *, unnest(string_split(blockers, '{SUB}')) AS code
                              FROM helped WHERE blockers <> '')
                        JOIN above_blocker ON blocker = code::UTINYINT ORDER BY act, blocker""",  # noqa: S608
    Table.DIVIDES: _listed("divides", "divide"),
    Table.EQUIPMENT: _listed("equipment", "equipment"),
    Table.MATERIAL: _listed("material", "material"),
}


def _write(db: duckdb.DuckDBPyConnection, path: Path, query: str) -> None:
    db.execute(
        f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    )
