"""The tables of the fact store that hold no attendance: workshops, follow-ups, assessments.

Who has a follow-up or an assessment is the same person, under the same key, as where she came.
"""

from collections.abc import Iterable

import duckdb

from app.statistics.ledger import ACT, CODES_OF_ACT, What
from app.statistics.loading import (
    HASHED,
    UnknownCode,
    code,
    hashed,
    hmac_pads,
    listed,
    take_in,
)
from app.statistics.vocabulary import Table

_TAKEN = f"""
SELECT what, {HASHED},
       {code("k.kind", "follow_up_kind")} AS follow_up_kind, {code("k.level", "level")} AS level,
       coalesce(k.no_show, false) AS no_show, {listed("k.themes", "theme")} AS themes,
       {listed("k.divides", "divide")} AS divides
FROM {hashed("what || ':' || act", CODES_OF_ACT)}"""  # noqa: S608


def take_in_acts(db: duckdb.DuckDBPyConnection, lines: Iterable[str], key: bytes) -> None:
    """Load acts; without a person an act is one of its own. Raises UnknownCode."""
    take_in(db, "taken_acts", _TAKEN, ACT, lines, hmac_pads(key))


def place_acts(db: duckdb.DuckDBPyConnection) -> None:
    """Write what stands above each act, and number those of persons. Raises UnknownCode."""
    db.execute(
        """CREATE TABLE numbered_acts AS
           SELECT t.* EXCLUDE (who), w.* EXCLUDE (place, organisation),
                  p.rowid::UINTEGER AS person
           FROM taken_acts t
           LEFT JOIN persons p USING (who)
           JOIN above_where w ON w.organisation = t.organisation
                             AND w.place IS NOT DISTINCT FROM t.place
           ORDER BY departement, month, person, ak, tie"""
    )
    counted = db.execute(
        "SELECT (SELECT count(*) FROM taken_acts), (SELECT count(*) FROM numbered_acts)"
    ).fetchone()
    if counted is None or counted[0] != counted[1]:
        raise UnknownCode("an act is at a place that is not one of its structure's")


_WHERE = (
    "departement, month, region, epci, commune, organisation::USMALLINT AS organisation, "
    "place::USMALLINT AS place"
)
_OF_A_PERSON = (
    "rowid::UINTEGER AS act, rowid::UINTEGER AS row, ak, 0::USMALLINT AS minutes, person, rk, "
    f"false AS dealt, {_WHERE}"
)


def _table(more: str, what: What) -> str:
    return f"SELECT {_OF_A_PERSON}{more} FROM numbered_acts WHERE what = '{what}'"  # noqa: S608


_THEMES = "list_transform(themes, lambda theme: enum_code(theme))"
TABLES = {
    # In an order of its own: that of the ids would tell which was first in a month.
    Table.WORKSHOPS: f"""SELECT {_WHERE}, level::UTINYINT AS level,
                                coalesce({_THEMES}, [])::UTINYINT[] AS themes
                         FROM numbered_acts WHERE what = '{What.WORKSHOP}' ORDER BY ALL""",  # noqa: S608
    Table.FOLLOW_UPS: _table(
        ", follow_up_kind::UTINYINT AS follow_up_kind, no_show", What.FOLLOW_UP
    ),
    Table.ASSESSMENTS: _table("", What.ASSESSMENT),
    Table.ASSESSED_DIVIDES: _table(
        ", enum_code(unnest(divides))::UTINYINT AS divide", What.ASSESSMENT
    ),
}
