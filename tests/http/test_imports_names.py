"""Who a row names: one person twice, namesakes, and what two files say otherwise of somebody."""

from datetime import date
from typing import Any

import pytest

from app.imports.report import ImportReport
from tests.support.coop_file import OLD_COLUMNS, Importer, individual, workshop
from tests.support.coop_people import person
from tests.support.imported import files_of

LEA = {"Bénéficiaire": "Nicole Morel"}


def links(bring: Importer, number: int = 1) -> int:
    """Count the attendances of an activity that are somebody's."""
    return sum(a.resident_id is not None for a in bring.session(number).attendances)


def said(report: ImportReport, words: str) -> bool:
    """Tell whether a notice holds some words."""
    return any(words in notice.replace("\u00a0", " ") for notice in report.notices)


@pytest.mark.parametrize("files_first", [True, False], ids=["new", "update"])
def test_one_name_twice_in_a_workshop_links_one_attendance(
    meet: Any, bring: Importer, files_first: bool
) -> None:
    rows = workshop(1, 3, **LEA)
    if not files_first:
        bring(rows)
    meet(person())

    report = bring(rows)
    again = bring(rows[::-1])

    assert (report.created, report.updated) == ((1, 0) if files_first else (0, 1))
    assert (len(bring.session().attendances), links(bring)) == (3, 1)
    assert said(report, "elle y compte une fois, et 2 fois comme anonyme")
    assert again.unchanged == 1
    assert files_of(bring.build, "awa")[0].visits == 1


def test_an_old_workshop_of_three_with_one_name_links_one(meet: Any, bring: Importer) -> None:
    row = {
        "Date": date(2025, 2, 4),
        "Type": "Ateliers collectif",
        "Nombre de participants": 3,
        "Canaux d’accompagnement": "À distance",
        "Durée (min)": 30,
    }
    before = bring([row | LEA], titles=OLD_COLUMNS)
    meet(person())

    report = bring([row | LEA], titles=OLD_COLUMNS)

    assert (before.created, report.created, report.updated) == (1, 0, 1)
    assert files_of(bring.build, "awa")[0].visits == 1


def test_who_changed_profile_in_a_workshop_is_linked_once(meet: Any, bring: Importer) -> None:
    first, second = workshop(1, 2)
    meet(person())
    bring([first | LEA, second])

    bring([first, second | LEA, workshop(1, 3)[2]])

    assert links(bring) == 1


def test_a_link_outlives_a_namesake_and_new_rows_say_why_they_have_none(
    meet: Any, bring: Importer
) -> None:
    meet(person())
    rows = [individual(1, **LEA)]
    bring(rows)
    meet(person(birth_year=1980, phone="-", email="-"))

    again = bring(rows)
    other = bring([individual(2, **LEA)])

    assert (again.updated, again.unchanged, again.notices) == (0, 1, [])
    assert (links(bring, 1), links(bring, 2)) == (1, 0)
    assert said(other, "Noms que portent plusieurs fiches, sur 1 ligne")
    assert not said(other, "informées")


def test_what_contradicts_makes_two_people_and_the_same_file_finds_them_again(
    meet: Any, bring: Importer
) -> None:
    vague = {"birth_year": "-", "phone": "-", "gender": "Non communiqué"}
    rows = [
        person(**vague, email="a@x.fr", note="un"),
        person(**vague, email="b@x.fr", note="deux"),
        person(**vague | {"gender": "Homme"}, email="-", note="trois", status="-"),
    ]
    rows[0]["gender"] = rows[1]["gender"] = "Femme"

    report = meet(*rows)
    again = meet(*rows[::-1])

    assert (report.created, report.unchanged, report.refused) == (3, 0, 0)
    assert said(report, "Si c’est la même personne, réunissez-les. Dans le fichier : lignes 15, 16")
    assert sorted(p.note or "" for p in files_of(bring.build, "awa")) == ["deux", "trois", "un"]
    assert (again.created, again.updated, again.unchanged, again.refused) == (0, 0, 3, 0)
    assert not said(again, "laissés")


def test_a_vague_row_that_may_be_of_two_people_is_refused_unless_it_says_nothing_new(
    meet: Any, bring: Importer
) -> None:
    nothing = dict.fromkeys(("birth_year", "phone", "email", "commune", "insee", "postcode"), "-")
    nothing |= {"gender": "Femme", "age_band": "-", "status": "-", "note": ""}
    two = [person(), person(birth_year=1980, phone="06 11 11 11 11")]

    report = meet(*two, person(**nothing), person(**nothing | {"note": "vient le lundi"}))

    assert (report.created, report.unchanged, report.refused) == (2, 1, 1)
    assert (report.bad_rows[0].line, report.bad_rows[0].value) == (17, "")
    assert "plusieurs fiches portent ce nom" in report.bad_rows[0].reason
    assert report.to_mend.rows[0][-1] == "vient le lundi"
    assert "vient le lundi" not in [p.note for p in files_of(bring.build, "awa")]


def test_what_a_file_says_otherwise_is_kept_and_told(meet: Any, bring: Importer) -> None:
    meet(person())

    report = meet(person(email="new@x.fr", status="En emploi"))

    assert (report.unchanged, files_of(bring.build, "awa")[0].email) == (1, "nicole@exemple.fr")
    assert said(report, "laissés comme ils sont dans Escale : 1 ligne. Dans le fichier : ligne 14")
