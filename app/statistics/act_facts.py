"""The tables of the fact store that hold no attendance: workshops, follow-ups, assessments.

Who has a follow-up or an assessment is the same person, under the same key, as where she came.
"""

from collections.abc import Iterable

import duckdb

from app.statistics.ledger import ActRow, What
from app.statistics.loading import FIELD, SUB, UnknownCode, hmac32_sql, hmac_pads, take_in
from app.statistics.reference import Reference
from app.statistics.vocabulary import Table

_COLUMNS = (
    "act", "subject", "what", "month", "organisation", "place", "follow_up_kind", "level",
    "no_show", "themes", "divides",
)  # fmt: skip
_NUMBERS = _COLUMNS[3:8]
WHO = "coalesce('person:' || subject, what || ':' || act)"


def take_in_acts(
    db: duckdb.DuckDBPyConnection, acts: Iterable[ActRow], reference: Reference
) -> None:
    """Load acts. Raises UnknownCode."""
    names = ("organisation", "place", "follow_up_kind", "level", "theme", "divide")
    codes = {name: reference.codes(name) for name in names}

    def line(row: ActRow) -> str:
        try:
            return FIELD.join(
                (
                    row.act,
                    row.subject or "",
                    row.what,
                    str(row.month.number),
                    str(codes["organisation"][row.organisation]),
                    "" if row.place is None else str(codes["place"][row.place]),
                    "" if row.kind is None else str(codes["follow_up_kind"][row.kind]),
                    "" if row.level is None else str(codes["level"][row.level]),
                    "1" if row.no_show else "0",
                    SUB.join(str(codes["theme"][theme]) for theme in row.themes),
                    SUB.join(str(codes["divide"][divide]) for divide in row.divides),
                )
            )
        except KeyError as error:
            raise UnknownCode(f"{error.args[0]} ({row.month.code})") from error

    take_in(db, "taken_acts", _COLUMNS, _NUMBERS, map(line, acts))


def hash_acts(db: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Give each act its key and its person's; without a person it is one of its own."""
    db.execute(
        f"""CREATE TABLE hashed_acts AS
            SELECT *, CASE WHEN subject IS NULL THEN ak
                           ELSE {hmac32_sql("'person:' || subject")} END AS rk
            FROM (SELECT *, {hmac32_sql("what || ':' || act")} AS ak FROM taken_acts)""",  # noqa: S608
        [*hmac_pads(key)],
    )
    db.execute("DROP TABLE taken_acts")


def place_acts(db: duckdb.DuckDBPyConnection) -> None:
    """Write what stands above each act, and number those of persons. Raises UnknownCode."""
    db.execute(
        f"""CREATE TABLE numbered_acts AS
            SELECT (row_number() OVER (ORDER BY departement, month, person, ak, act)
                    - 1)::UINTEGER AS number,
                   h.* EXCLUDE (subject), w.* EXCLUDE (place, organisation), person
            FROM hashed_acts h
            LEFT JOIN persons ON who = {WHO}
            JOIN above_where w ON w.organisation = h.organisation
                              AND w.place IS NOT DISTINCT FROM h.place"""  # noqa: S608
    )
    counted = db.execute(
        "SELECT (SELECT count(*) FROM hashed_acts), (SELECT count(*) FROM numbered_acts)"
    ).fetchone()
    if counted is None or counted[0] != counted[1]:
        raise UnknownCode("an act is at a place that is not one of its structure's")


_WHERE = "departement, month, region, epci, commune, organisation, place"
_OF_A_PERSON = (
    f"number AS act, number AS row, ak, 0::USMALLINT AS minutes, person, rk, false AS dealt, "
    f"{_WHERE}"
)


def _table(more: str, what: What, order: str) -> str:
    return (
        f"SELECT {_OF_A_PERSON}{more} FROM numbered_acts "  # noqa: S608
        f"WHERE what = '{what}' ORDER BY {order}"
    )


TABLES = {
    # In an order of its own: that of the ids would tell which was first in a month.
    Table.WORKSHOPS: f"""SELECT {_WHERE}, level::UTINYINT AS level,
                                coalesce(string_split(themes, '{SUB}')::UTINYINT[], []) AS themes
                         FROM numbered_acts WHERE what = '{What.WORKSHOP}'
                         ORDER BY {_WHERE}, level, themes""",  # noqa: S608
    Table.FOLLOW_UPS: _table(
        ", follow_up_kind::UTINYINT AS follow_up_kind, no_show = '1' AS no_show",
        What.FOLLOW_UP,
        "number",
    ),
    Table.ASSESSMENTS: _table("", What.ASSESSMENT, "number"),
    Table.ASSESSED_DIVIDES: f"""SELECT {_OF_A_PERSON},
                                       unnest(string_split(divides, '{SUB}'))::UTINYINT AS divide
                                FROM numbered_acts
                                WHERE what = '{What.ASSESSMENT}' AND divides IS NOT NULL
                                ORDER BY number, divide""",  # noqa: S608
}
