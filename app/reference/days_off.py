"""Public and school holidays of a commune: said beside a day, never a reason to refuse one.

Public holidays: the library `holidays`, with those of Alsace-Moselle and overseas. School holidays:
`data/school-holidays.csv`, by zone; Corsica and overseas have their own, which are not said.
"""

from datetime import date
from functools import cache
from typing import NamedTuple

from holidays import country_holidays

from app.reference import files
from app.reference.geography import departement_of

ALSACE = {"67": "6AE", "68": "6AE"}
OVERSEAS = {
    "975": "PM",
    "977": "BL",
    "978": "MF",
    "984": "TF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}
SPECIAL = {"57", "971", "972", "973", "974", "976", *ALSACE.values(), *OVERSEAS.values()}


class SchoolHoliday(NamedTuple):
    """One of a zone's school holidays, from its first day without school to its last."""

    zone: str
    name: str
    first_day: date
    last_day: date


def public_holiday(day: date, commune: str) -> str | None:
    """Name the public holiday of a day in a commune (Insee code); None on other days."""
    departement = departement_of(commune)
    subdivision = ALSACE.get(departement) or OVERSEAS.get(departement) or departement
    known = subdivision if subdivision in SPECIAL else None
    name = _public(day.year, known).get(day)
    return name.replace("'", "’") if name else None


@cache
def _public(year: int, subdivision: str | None) -> dict[date, str]:
    return dict(country_holidays("FR", subdiv=subdivision, years=year, language="fr"))


def school_holiday(day: date, commune: str) -> str | None:
    """Name the school holidays of a day in a commune: « vacances de Noël (zone B) », or None."""
    zone = _zones().get(departement_of(commune))
    for holiday in _school():
        if holiday.zone == zone and holiday.first_day <= day <= holiday.last_day:
            return f"{holiday.name} (zone {zone})"
    return None


@cache
def _zones() -> dict[str, str]:
    return {row["departement"]: row["zone"] for row in files.rows("school-zones.csv")}


@cache
def _school() -> tuple[SchoolHoliday, ...]:
    return tuple(
        SchoolHoliday(
            row["zone"],
            row["name"],
            date.fromisoformat(row["first_day"]),
            date.fromisoformat(row["last_day"]),
        )
        for row in files.rows("school-holidays.csv")
    )
