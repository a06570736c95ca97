"""The same file again changes nothing; a later one changes what changed; places are known again."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import col, select

from app.core.db import Database
from app.core.scope import Scope
from app.imports.runs import Target
from app.imports.service import import_file
from app.organisations.models import Place
from app.sessions import service as sessions
from app.sessions.models import AssistedSession
from tests.support.build import NOW, Builder
from tests.support.coop_file import (
    THEMES,
    Importer,
    cra,
    history,
    individual,
    workshop,
    write,
)


def places(database: Database) -> dict[str, Place]:
    """Give all places by name."""
    with database.reading(Scope.system("tests")) as db:
        return {place.name: place for place in db.exec(select(Place))}


def everything(database: Database) -> list[object]:
    """Give what is stored, to be compared."""
    with database.reading(Scope.system("tests")) as db:
        rows = db.exec(
            select(AssistedSession).options(*sessions.WHOLE).order_by(col(AssistedSession.id))
        ).all()
        return [
            (row.model_dump(), sorted(a.model_dump_json() for a in row.attendances)) for row in rows
        ]


def test_the_same_file_twice_changes_nothing(
    bring: Importer, database: Database, tmp_path: Path
) -> None:
    path = write(tmp_path / "past.xlsx", history(1_300, seed=3))

    first = bring.file(path)
    before = everything(database), places(database)
    again = bring.file(path)

    assert first.created > 500, "more than one batch"
    assert first.attendances == 1_300
    assert (again.created, again.updated, again.unchanged) == (0, 0, first.created)
    assert again.places_created == []
    assert (everything(database), places(database)) == before


def test_the_order_of_a_workshops_rows_is_no_change(bring: Importer) -> None:
    rows = workshop(1, 5)
    bring(rows)

    assert bring(rows[::-1]).unchanged == 1


def test_a_changed_activity_is_rewritten_under_its_id(bring: Importer) -> None:
    bring([individual(1, **{THEMES: "E-mail\nSanté", "Notes supplémentaires": "Avant."})])
    before = bring.session()
    changed = {
        "Durée (min)": 60,
        THEMES: "Santé\nBureautique",
        "Genre du bénéficiaire": "Masculin",
        "Notes supplémentaires": "Après.",
        "Dernière modification le": "01/04/2026 à 10:00",
    }

    report = bring([individual(1, **changed)])

    after = bring.session()
    assert (report.created, report.updated, report.attendances) == (0, 1, 1)
    assert (after.id, after.version, after.duration_min) == (before.id, before.version + 1, 60)
    assert {theme.theme for theme in after.themes} == {"sante", "bureautique"}
    assert after.attendances[0].id == before.attendances[0].id
    assert after.attendances[0].gender == "masculin"
    assert bring.texts() == {"note": "Après."}
    assert bring([individual(1, **changed)]).unchanged == 1


def test_a_note_taken_out_of_the_national_tool_goes_out_here(bring: Importer) -> None:
    bring([individual(1, **{"Notes supplémentaires": "Une note."})])

    bring([individual(1)])

    assert bring.texts() == {}


def test_a_workshop_that_grew_or_shrank_keeps_the_attendances_that_stay(bring: Importer) -> None:
    bring(workshop(1, 3))
    three = {a.id for a in bring.session().attendances}

    bring(workshop(1, 5))
    five = {a.id for a in bring.session().attendances}
    bring(workshop(1, 2))
    two = {a.id for a in bring.session().attendances}

    assert (len(three), len(five), len(two)) == (3, 5, 2)
    assert three < five
    assert two < five


def test_a_cut_file_takes_nobody_away(bring: Importer) -> None:
    bring(workshop(1, 8))

    report = bring(workshop(1, 8)[:5])

    assert (report.updated, report.unchanged) == (0, 1)
    assert len(bring.session().attendances) == 8
    assert any("Il manque des participants" in notice for notice in report.notices)


def test_what_was_corrected_here_stays_while_the_file_says_the_same(
    bring: Importer, build: Builder, database: Database
) -> None:
    bring([individual(1)])
    session = bring.session()
    resident = build.a_resident()
    form = build.a_form(
        held_on=session.held_on, who="resident", resident_id=resident.id, version=session.version
    )
    actor = build.actor("awa")
    with database.writing(actor.scope) as db:
        sessions.correct_session(db, actor, session.id, form, now=NOW)

    report = bring([individual(1)])

    assert report.unchanged == 1
    assert bring.session().attendances[0].resident_id == resident.id


def test_an_activity_deleted_here_does_not_come_back(
    bring: Importer, build: Builder, database: Database
) -> None:
    bring([individual(1)])
    actor = build.actor("awa")
    with database.writing(actor.scope) as db:
        sessions.remove_session(db, actor, bring.session().id, now=NOW)

    report = bring([individual(1, **{"Durée (min)": 60})])

    assert (report.created, report.updated, report.unchanged) == (0, 0, 1)
    assert bring.session().removed_at is not None
    assert any("Supprimées dans Escale" in notice for notice in report.notices)


def test_one_activity_may_be_in_the_files_of_two_structures(
    bring: Importer, build: Builder, database: Database, tmp_path: Path
) -> None:
    bring([individual(1)])
    other = build.structure_of("bruno").organisation
    path = write(tmp_path / "x.xlsx", [individual(1)])
    report = import_file(Target(database, other.id, NOW), path)

    assert report.created == 1
    with database.reading(build.actor("bruno").scope) as db:
        found = db.exec(select(AssistedSession)).all()
    assert [row.source_id for row in found] == [cra(1)]


def test_an_unknown_place_is_made_closed_after_its_last_activity(
    bring: Importer, database: Database
) -> None:
    place = {"Nom du lieu": "Mairie d’Ajaccio", "Commune": "Ajaccio", "Code Insee": "2A004"}
    days = [date(2024, 5, 2), date(2023, 1, 9), date(2024, 3, 1)]

    report = bring([individual(n, Date=day, **place) for n, day in enumerate(days, 1)])

    made = places(database)["Mairie d’Ajaccio"]
    assert report.places_created == ["Mairie d’Ajaccio"]
    assert (made.opened_on, made.closed_on) == (date(2023, 1, 9), date(2024, 5, 3))
    assert (made.commune, made.address, made.zone) == ("2A004", "1 quai Émile Zola", "Europe/Paris")
    assert bring.session(1).place_id == bring.session(3).place_id == made.id


def test_a_later_file_moves_the_closing_of_a_place_it_made(
    bring: Importer, database: Database
) -> None:
    bring([individual(1, Date=date(2024, 5, 2), **{"Nom du lieu": "Ailleurs"})])

    report = bring([individual(2, Date=date(2025, 5, 2), **{"Nom du lieu": "AILLEURS"})])

    found = places(database)["Ailleurs"]
    assert report.places_created == []
    assert (found.opened_on, found.closed_on) == (date(2024, 5, 2), date(2025, 5, 3))


def test_an_open_place_stays_open_and_its_past_is_known(
    bring: Importer, database: Database, build: Builder
) -> None:
    mine = build.structure_of("awa").place

    bring([individual(1, Date=date(2019, 5, 2), **{"Nom du lieu": "mediatheque DES quais"})])

    found = places(database)[mine.name]
    assert (found.opened_on, found.closed_on) == (date(2019, 5, 2), None)
    assert bring.session().place_id == mine.id


def test_places_of_one_name_in_two_communes_are_two(bring: Importer, database: Database) -> None:
    bruz = {"Nom du lieu": "Mairie", "Commune": "Bruz", "Code postal": 35170, "Code Insee": 35047}
    bourg = {"Nom du lieu": "Mairie", "Commune": "Bourg-en-Bresse", "Code Insee": 1053}

    report = bring([individual(1, **bruz), individual(2, **bourg | {"Code postal": 1000})])

    assert len(report.places_created) == 2
    with database.reading(Scope.system("tests")) as db:
        communes = db.exec(select(Place.commune).where(col(Place.name) == "Mairie")).all()
    assert set(communes) == {"35047", "01053"}


def test_a_place_whose_commune_is_unknown_takes_the_structures(
    bring: Importer, database: Database
) -> None:
    lost = {"Nom du lieu": "Camp", "Commune": "?", "Code postal": "", "Code Insee": ""}

    report = bring([individual(1, **lost)])

    assert places(database)["Camp"].commune == "35238"
    assert any("Vérifiez-la" in notice for notice in report.notices)


@pytest.mark.parametrize("mode", ["À domicile", "A distance", "Autre lieu"])
def test_what_was_held_elsewhere_keeps_its_commune_and_makes_no_place(
    bring: Importer, mode: str
) -> None:
    report = bring([individual(1, **{"Canaux d’accompagnement": mode, "Nom du lieu": ""})])

    session = bring.session()
    assert (session.place_id, session.commune) == (None, "35238")
    assert report.places_created == []
