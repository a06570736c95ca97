"""Which two files may be one person's: what is proposed, and what is not."""

from uuid import UUID

import pytest

from app.residents.doubles import likeness, pairs
from app.residents.search import Entry
from tests.support.doubles import labelled_files

ONE, OTHER = UUID(int=1), UUID(int=2)


def entry(number: UUID, text: str, phone: str = "") -> Entry:
    """Read « Nicole, Leroux, 1951 »."""
    given, family, year = (part.strip() for part in text.split(","))
    return Entry.of(number, given, family, birth_year=year or None, phone=phone)


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("Nicole, Leroux, 1951", "Nicole, Leroux, 1951", "même nom"),
        ("Nicole, Leroux, 1951", "Nicolle, Lerou, 1951", "nom proche"),
        ("Nicole, Leroux, 1951", "Leroux, Nicole, 1951", "nom et prénom inversés"),
        ("Jean-Pierre, Martin, 1951", "JP, Martin, 1951", "nom proche"),
        ("Nicole, Le Roux, 1951", "Nicole, Leroux,", "même nom"),
        ("Nicole, Leroux, 1956", "Nicole, Leroux, 1965", "années de naissance proches"),
        ("Anne, Durand-Moreau, 1951", "Anne, Moreau, 1951", "même année de naissance"),
    ],
)
def test_what_may_be_one_person_says_why(one: str, other: str, reason: str) -> None:
    found = likeness(entry(ONE, one), entry(OTHER, other))

    assert found is not None
    assert reason in found.reasons


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nicole, Leroux, 1951", "Paul, Leroux, 1949"),  # a couple with one phone
        ("Jean, Leroux, 1931", "Jean, Leroux, 1960"),  # a father and his son
        ("Martin, Dupont, 1990", "Martine, Dupont, 1990"),
        ("Michel, Dupont, 1990", "Michelle, Dupont, 1990"),
        ("Léa, Dupont, 1990", "Léo, Dupont, 1990"),  # twins
        ("Nicole, Leroux,", "Nicole, Leclerc,"),
    ],
)
def test_families_and_namesakes_are_two_people(one: str, other: str) -> None:
    shared = "0612345678"

    assert likeness(entry(ONE, one, shared), entry(OTHER, other, shared)) is None


def test_a_shared_phone_makes_a_near_name_enough_when_no_year_is_known() -> None:
    one, other = "Nicole, Leroux,", "Nicol, Leru,"

    assert likeness(entry(ONE, one), entry(OTHER, other)) is None
    found = likeness(entry(ONE, one, "0612345678"), entry(OTHER, other, "0612345678"))
    assert found is not None
    assert "même téléphone" in found.reasons


def test_a_labelled_set_is_sorted_well() -> None:
    files = labelled_files(4_000, seed=8)

    found = {frozenset((a.resident_id, b.resident_id)) for a, b, _ in pairs(files.entries)}

    right = len(found & files.doubles.keys())
    assert len(files.doubles) > 100
    assert right / len(found) >= 0.9
    assert right / len(files.doubles) >= 0.9
