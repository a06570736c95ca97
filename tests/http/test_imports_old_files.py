"""Files made before August 2025: a row an activity, no identifier, people on lines of a cell."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.core.db import Database
from app.core.errors import Invalid
from app.sessions.models import AssistedSession, SessionKind
from app.sessions.service import WHOLE
from tests.support.build import Builder
from tests.support.coop_file import (
    OLD_COLUMNS,
    THEMES,
    Importer,
    Row,
    columns,
    history,
    individual,
    write,
)


def old(**cells: Any) -> Row:
    """Make one row of an old file: an individual session."""
    return {
        "Date": date(2025, 2, 4),
        "Type": "Accompagnement individuel",
        "Nombre de participants": 1,
        "Bénéficiaire": "Bénéficiaire anonyme",
        "Canaux d’accompagnement": "Lieu d’activité",
        "Lieu": "Médiathèque des Quais",
        "Durée (min)": 30,
        THEMES: "Entrepreneuriat",
        "Niveau d’autonomie du bénéficiaire": "L’usager a été plutôt autonome",
        "Genre du bénéficiaire": "Féminin",
        "Tranche d’âge du bénéficiaire": "25 - 39 ans",
        "Statut du bénéficiaire": "En emploi",
    } | cells


def stored(database: Database, build: Builder) -> list[AssistedSession]:
    """Load every activity that Awa sees."""
    with database.reading(build.actor("awa").scope) as db:
        query = select(AssistedSession).options(*WHOLE).order_by(col(AssistedSession.held_on))
        return list(db.exec(query))


def test_an_old_file_is_recognised_by_its_titles(
    bring: Importer, database: Database, build: Builder
) -> None:
    report = bring([old()], titles=OLD_COLUMNS, head=[("Filtres",)])

    [session] = stored(database, build)
    [attendance] = session.attendances
    assert (report.created, report.refused) == (1, 0)
    assert session.place_id == build.structure_of("awa").place.id
    assert [theme.theme for theme in session.themes] == ["entrepreneuriat"]
    assert (attendance.autonomy, attendance.gender) == ("autonome", "feminin")
    assert attendance.has_random_profile is False
    assert any("avant août 2025" in notice for notice in report.notices)


def test_an_old_workshop_has_its_people_on_the_lines_of_a_cell(
    bring: Importer, database: Database, build: Builder
) -> None:
    row = old(
        Type="Ateliers collectif",
        Bénéficiaire="Nicole Leroux\nBénéficiaire anonyme\nBénéficiaire anonyme",
        **{
            "Nombre de participants": 3,
            "Niveau de l’atelier": "2/3",
            "Genre du bénéficiaire": "Féminin\nMasculin\nMasculin",
            "Tranche d’âge du bénéficiaire": "25 - 39 ans",
        },
    )

    report = bring([row], titles=OLD_COLUMNS)

    [session] = stored(database, build)
    assert (session.kind, session.level) == (SessionKind.WORKSHOP, "intermediaire")
    assert sorted(a.gender for a in session.attendances) == ["feminin", "masculin", "masculin"]
    assert {a.age_band for a in session.attendances} == {"non_communique"}
    assert {a.has_random_profile for a in session.attendances} == {True}
    assert any("Noms laissés de côté" in notice for notice in report.notices)


def test_answers_of_an_old_workshop_may_stand_between_commas_and_are_counted(
    bring: Importer, database: Database, build: Builder
) -> None:
    row = old(
        Type="Ateliers collectif",
        **{
            "Nombre de participants": 3,
            "Genre du bénéficiaire": "Féminin, Masculin, Féminin",
            "Tranche d’âge du bénéficiaire": "25 - 39 ans\r\n\r\n60 - 69 ans",
            "Statut du bénéficiaire": "Retraité\nRetraité",
            "Commune de résidence du bénéficiaire": "\nLyon\nLyon",
        },
    )

    report = bring([row], titles=OLD_COLUMNS)

    [session] = stored(database, build)
    people = session.attendances
    assert sorted(a.gender for a in people) == ["feminin", "feminin", "masculin"]
    assert sorted(a.age_band for a in people) == [
        "non_communique",
        "soixante_soixante_neuf",
        "vingt_cinq_trente_neuf",
    ]
    assert {a.status for a in people} == {"non_communique"}
    assert sorted(a.commune or "" for a in people) == ["", "69123", "69123"]
    assert any("d’un autre nombre" in n and "1\u00a0atelier" in n for n in report.notices)


def test_an_old_individual_session_has_one_person(bring: Importer) -> None:
    report = bring([old(**{"Nombre de participants": 2})], titles=OLD_COLUMNS)

    assert [(bad.column, bad.reason) for bad in report.bad_rows] == [
        ("Nombre de participants", "il y a une seule personne")
    ]


def test_a_former_procedure_becomes_an_individual_session_about_it(
    bring: Importer, database: Database, build: Builder
) -> None:
    row = old(
        Type="Aide aux démarches administratives",
        **{
            THEMES: "Travail - Formation",
            "Le bénéficiaire est-il orienté vers une autre structure ?": "Oui",
            "La démarche est-elle finalisée ?": "Oui",
        },
    )

    bring([row], titles=OLD_COLUMNS)

    [session] = stored(database, build)
    assert session.kind is SessionKind.INDIVIDUAL
    assert {theme.theme for theme in session.themes} == {
        "aide_aux_demarches_administratives",
        "travail_formation",
    }
    assert session.attendances[0].is_referred is None


def test_an_old_file_twice_changes_nothing_even_with_rows_alike(bring: Importer) -> None:
    rows = [old(), old(), old(Date=date(2025, 2, 5))]

    first, again = bring(rows, titles=OLD_COLUMNS), bring(rows, titles=OLD_COLUMNS)

    assert (first.created, again.created, again.updated, again.unchanged) == (3, 0, 0, 3)


@pytest.mark.parametrize("count", ["", 0, "beaucoup", 20_000])
def test_an_impossible_number_of_participants_is_a_bad_row(bring: Importer, count: Any) -> None:
    report = bring([old(**{"Nombre de participants": count})], titles=OLD_COLUMNS)

    assert (report.created, [bad.column for bad in report.bad_rows]) == (
        0,
        ["Nombre de participants"],
    )


def test_a_file_of_today_whose_ids_were_taken_out_is_refused(bring: Importer) -> None:
    titles = [title for title in columns() if title != "ID CRA"]

    with pytest.raises(Invalid, match="ID CRA"):
        bring([individual()], titles=titles)


def test_statements_do_not_grow_with_rows(
    bring: Importer, database: Database, tmp_path: Path
) -> None:
    told: list[str] = []

    def listen(_: Any, __: Any, statement: str, *___: Any) -> None:
        told.append(statement)

    def statements(rows: int) -> int:
        path = write(tmp_path / f"{rows}.xlsx", history(rows, seed=5))
        bring.file(path)  # places are made
        told.clear()
        bring.file(path)
        return len(told)

    sa.event.listen(database.engine, "before_cursor_execute", listen)
    try:
        few, many = statements(20), statements(400)
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", listen)

    assert few == many
