"""Finding a resident: by what is typed, heard, shortened, mistyped; never somebody far off."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.residents.search import Entry, NameIndex
from tests.support.names import labelled, people

NAMES = (
    ("Nicole", "Leroux"),
    ("Marie", "Le Roux"),
    ("Jean-Pierre", "Martin"),
    ("Jean-Paul", "Martinet"),
    ("Aïcha", "El Amrani"),
    ("Gonçalo", "de Oliveira"),
    ("Philippe", "Girault"),
    ("Ayşe", "Yılmaz"),
    ("Anne-Sophie", "Durand-Moreau"),
    ("Odile", "N'Diaye"),
    ("Marianne", "d'Angelo"),
    ("Martine", "Nicolas"),
    ("Laëtitia", "Roy"),
)
IDS = {f"{given} {family}": UUID(int=n + 1) for n, (given, family) in enumerate(NAMES)}
INDEX = NameIndex(
    [
        Entry.of(
            UUID(int=n + 1),
            given,
            family,
            birth_year=1950 + n,
            phone=f"+3361234560{n}" if n < 10 else None,
            email=f"{family[:3].lower()}{n}@exemple.fr",
        )
        for n, (given, family) in enumerate(NAMES)
    ]
)


def first(typed: str) -> str | None:
    """Name who comes first."""
    found = INDEX.search(typed, 1)
    return next((name for name, number in IDS.items() if found and number == found[0]), None)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("nicole leroux", "Nicole Leroux"),
        ("LEROUX nicole", "Nicole Leroux"),
        ("nic ler", "Nicole Leroux"),
        ("n. leroux", "Nicole Leroux"),
        ("Mme Leroux Nicole", "Nicole Leroux"),
        ("nicoleleroux", "Nicole Leroux"),
        ("nicole lerouc", "Nicole Leroux"),
        ("nioclle leroux", "Nicole Leroux"),
        ("nikol lerou", "Nicole Leroux"),
        ("leroux marie", "Marie Le Roux"),
        ("le roux nicole", "Nicole Leroux"),
        ("leroux 1951", "Marie Le Roux"),
        ("jp martin", "Jean-Pierre Martin"),
        ("j-p. martin", "Jean-Pierre Martin"),
        ("jeanpierre martin", "Jean-Pierre Martin"),
        ("jean martine", "Jean-Paul Martinet"),
        ("pierre martin", "Jean-Pierre Martin"),
        ("aicha elamrani", "Aïcha El Amrani"),
        ("aisha amrani", "Aïcha El Amrani"),
        ("goncalo oliveira", "Gonçalo de Oliveira"),
        ("deoliveira", "Gonçalo de Oliveira"),
        ("filip jiro", "Philippe Girault"),
        ("ayse yilmaz", "Ayşe Yılmaz"),
        ("moreau anne", "Anne-Sophie Durand-Moreau"),
        ("annesophie durandmoreau", "Anne-Sophie Durand-Moreau"),
        ("ndiaye", "Odile N'Diaye"),
        ("dangelo", "Marianne d'Angelo"),
        ("roy la", "Laëtitia Roy"),
        ("06 12 34 56 03", "Jean-Paul Martinet"),
        ("+33 6 12 34 56 03", "Jean-Paul Martinet"),
        ("0712345603", "Jean-Paul Martinet"),
        ("ROY12@", "Laëtitia Roy"),
        ("1958", "Anne-Sophie Durand-Moreau"),
    ],
)
def test_the_person_meant_comes_first(typed: str, wanted: str) -> None:
    assert first(typed) == wanted


@pytest.mark.parametrize(
    "typed", ["", "   ", "-", "zzzzz", "bernadette vasseur", "0799999999", "@@"]
)
def test_nobody_is_proposed_for_a_name_that_nobody_bears(typed: str) -> None:
    assert INDEX.search(typed, 5) == []


@given(st.text(max_size=120))
def test_whatever_is_typed_gives_a_list_without_doubles(typed: str) -> None:
    found = INDEX.search(typed, 5)

    assert len(found) == len(set(found)) <= 5
    assert set(found) <= set(IDS.values())


def test_a_labelled_set_of_every_kind_of_mistake_is_found() -> None:
    everybody = people(3_000, seed=4)
    index = NameIndex(
        [
            Entry.of(
                person.id,
                person.given_name,
                person.family_name,
                birth_year=person.birth_year,
                phone=person.phone,
                email=person.email,
            )
            for person in everybody
        ]
    )
    asked = labelled(everybody, 950, seed=5)

    found = [index.search(question.typed, 5) for question in asked]

    firsts = sum(f[:1] == [q.wanted.id] for f, q in zip(found, asked, strict=True))
    in_five = sum(q.wanted.id in f for f, q in zip(found, asked, strict=True))
    assert len({question.kind for question in asked}) >= 10
    assert firsts / len(asked) >= 0.97
    assert in_five / len(asked) >= 0.995
