"""Coded rows of closed months: all that the fact store is made of, and all that it ever sees.

A row reaches the store as a line of fields: opaque ids, the month as 2026-09, and its codes as
JSON. Rows closed by an earlier version lack some of the codes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

FIELD, LINE = "\t", "\n"  # neither stands in an id, a month or JSON
ATTENDANCE = ("attendance", "subject", "month", "codes")  # no subject: nobody known
ACT = ("act", "what", "subject", "month", "codes")
CODES: dict[str, object] = {  # of an attendance, and what JSON holds of each
    "organisation": "VARCHAR",
    "place": "VARCHAR",  # none: held elsewhere
    "age_band": "VARCHAR",
    "gender": "VARCHAR",
    "status": "VARCHAR",
    "kind": "VARCHAR",
    "mode": "VARCHAR",
    "home_connection": "VARCHAR",
    "minutes": "INTEGER",
    "dealt": "BOOLEAN",  # the profile was dealt at random among a workshop's participants
    "themes": ["VARCHAR"],
    "procedures": [{"procedure": "VARCHAR", "outcome": "VARCHAR", "blockers": ["VARCHAR"]}],
    "divides": ["VARCHAR"],  # derived already (`divides_of`)
    "equipment": ["VARCHAR"],
    "autonomy": "VARCHAR",
    "level": "VARCHAR",  # of a workshop, else none
    "referral": "VARCHAR",
    "material": ["VARCHAR"],
}
CODES_OF_ACT: dict[str, object] = {
    "organisation": "VARCHAR",
    "place": "VARCHAR",
    "kind": "VARCHAR",  # of a follow-up
    "no_show": "BOOLEAN",
    "themes": ["VARCHAR"],  # of a workshop, and its level
    "level": "VARCHAR",
    "divides": ["VARCHAR"],  # that an assessment found
}
STEP_MIN = 15  # in which lengths count
NOT_GIVEN = "non_communique"
WITHOUT_LENGTH = "none"
LENGTHS = ((30, "30"), (60, "60"), (120, "120"))  # minutes under which a class is


@dataclass(frozen=True, slots=True)
class HelpedWith:
    """One procedure during one attendance."""

    procedure: str
    outcome: str
    blockers: tuple[str, ...] = ()


class What(StrEnum):
    """What stands in the ledger beside attendances."""

    WORKSHOP = "workshop"
    FOLLOW_UP = "follow_up"
    ASSESSMENT = "assessment"


NO_DIVIDE = frozenset({"adequate", "good", "unknown"})
DIVIDES = ("skills", "equipment", "connection")


def divides_of(
    ticked: Iterable[str],
    blockers: Iterable[str],
    families: Mapping[str, str],
    equipment: Iterable[str],
    home_connection: str | None,
) -> tuple[str, ...]:
    """Derive the divides of one attendance: ticked, or a blocker's family, or what she has.

    `families` gives the family of each blocker; those that are no divide count for none.
    """
    found = set(ticked) | {families[blocker] for blocker in blockers if blocker in families}
    if set(equipment) - NO_DIVIDE:
        found.add("equipment")
    if home_connection and home_connection not in NO_DIVIDE:
        found.add("connection")
    return tuple(divide for divide in DIVIDES if divide in found)
