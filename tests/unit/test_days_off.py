"""Public and school holidays, by commune."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from app.reference.days_off import _school, public_holiday, school_holiday
from app.reference.geography import departements

RENNES, STRASBOURG, METZ, FORT_DE_FRANCE = "35238", "67482", "57463", "97209"
LYON, PARIS, AJACCIO, SAINT_DENIS = "69123", "75056", "2A004", "97411"


@pytest.mark.parametrize(
    ("day", "commune", "name"),
    [
        (date(2026, 12, 25), RENNES, "Noël"),
        (date(2027, 3, 29), RENNES, "Lundi de Pâques"),
        (date(2026, 12, 26), RENNES, None),
        (date(2026, 12, 26), STRASBOURG, "Saint-Étienne"),
        (date(2027, 3, 26), METZ, "Vendredi saint"),
        (date(2027, 5, 22), RENNES, None),
        (date(2027, 5, 22), FORT_DE_FRANCE, "Abolition de l’esclavage"),
        (date(2026, 11, 24), RENNES, None),
    ],
)
def test_public_holidays(day: date, commune: str, name: str | None) -> None:
    assert public_holiday(day, commune) == name


@pytest.mark.parametrize(
    ("day", "commune", "name"),
    [
        (date(2026, 12, 24), RENNES, "vacances de Noël (zone B)"),
        (date(2027, 2, 8), PARIS, "vacances d’hiver (zone C)"),
        (date(2027, 2, 8), LYON, None),
        (date(2027, 2, 15), LYON, "vacances d’hiver (zone A)"),
        (date(2026, 11, 24), RENNES, None),
        (date(2026, 12, 24), AJACCIO, None),
        (date(2026, 12, 24), SAINT_DENIS, None),
    ],
)
def test_school_holidays(day: date, commune: str, name: str | None) -> None:
    assert school_holiday(day, commune) == name


def test_every_mainland_departement_has_a_zone_but_corsica() -> None:
    christmas = date(2026, 12, 24)

    silent = {
        code for code in departements() if school_holiday(christmas, f"{code}001"[:5]) is None
    }

    assert {code for code in silent if len(code) == 2} == {"2A", "2B"}


def test_school_holidays_are_whole_and_in_order() -> None:
    for zone in "ABC":
        own = [h for h in _school() if h.zone == zone]
        assert len(own) == 13
        for before, after in pairwise(own):
            assert before.last_day + timedelta(days=1) < after.first_day
        assert all(h.first_day <= h.last_day for h in own)
