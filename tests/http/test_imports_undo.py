"""An import is taken back as long as nothing was built on it, and says what was."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.accounts.models import Login
from app.agenda import service as agenda
from app.agenda.moments import Moment
from app.assessments import service as assessments
from app.core.db import Database
from app.core.errors import Conflict
from app.core.ids import new_id
from app.core.scope import Scope
from app.imports.people import known_people
from app.imports.runs import Target
from app.imports.undo import undo
from app.organisations.models import Place, SubjectKey
from app.residents import informing
from app.residents import service as residents
from app.residents.forms import ResidentForm
from app.residents.models import Resident
from app.residents.service import NamedResident
from app.sessions import service as sessions
from app.sessions.models import AssistedSession
from app.statistics.models import StatisticsLedger
from tests.support.build import NOW, TODAY, Builder
from tests.support.client import Browser
from tests.support.coop_file import Importer, individual, workshop, write
from tests.support.coop_people import person, write_people
from tests.support.imported import activities, people, places


class Past:
    """What was imported in Awa's structure, and the way to take it back."""

    def __init__(self, build: Builder, folder: Path) -> None:
        self.build = build
        self.database = build.database
        self.bring = Importer(build, folder)
        self._people = folder / "people.xlsx"

    def residents(self) -> UUID:
        """Import one resident; gives the import."""
        report = self.bring.file(write_people(self._people, [person()]))
        return UUID(report.run or "")

    def activities(self) -> UUID:
        """Import an individual session and a workshop; gives the import."""
        report = self.bring([individual(1), *workshop(2, 3)])
        return UUID(report.run or "")

    def person(self) -> NamedResident:
        """Give the resident that was imported."""
        actor = self.build.actor("awa")
        with self.database.reading(actor.scope) as db:
            [found] = known_people(db, actor.organisation_id)
        return found

    def take_back(self, run_id: UUID) -> None:
        """Take an import back."""
        organisation = self.build.structure_of("awa").organisation
        undo(Target(self.database, organisation.id, NOW), run_id)

    def correct(self, number: int = 1, **facts: Any) -> None:
        """Correct an imported session, as its adviser does."""
        actor, session = self.build.actor("awa"), self.bring.session(number)
        form = self.build.a_form(held_on=session.held_on, version=session.version, **facts)
        with self.database.writing(actor.scope) as db:
            sessions.correct_session(db, actor, session.id, form, now=NOW)

    def plan(self) -> None:
        """Plan to come back to what was noted in an imported session."""
        actor, session = self.build.actor("awa"), self.bring.session(1)
        with self.database.writing(actor.scope) as db:
            agenda.plan(
                db,
                actor,
                Moment(TODAY, self.build.structure_of("awa").place.id),
                reason="rappeler",
                now=NOW,
                session_id=session.id,
            )

    def change_file(self) -> None:
        """Change the imported file."""
        actor = self.build.actor("awa")
        form = ResidentForm(
            given_name="Nicole", family_name="Morel-Petit", informed_how="oral", version=1
        )
        with self.database.writing(actor.scope) as db:
            residents.change_resident(db, actor, self.person().id, form, today=TODAY, now=NOW)

    def tell(self) -> None:
        """Note that the person was told of her file."""
        actor = self.build.actor("awa")
        with self.database.writing(actor.scope) as db:
            informing.tell(db, actor, self.person().id, "oral", today=TODAY, now=NOW)

    def log(self, **facts: Any) -> AssistedSession:
        """Log a session of the imported person."""
        return self.build.a_session(who="resident", resident_id=self.person().id, **facts)

    def assess(self) -> None:
        """Start an assessment of the imported person."""
        actor = self.build.actor("awa")
        with self.database.writing(actor.scope) as db:
            assessments.start(db, actor, self.person().id, now=NOW)

    def log_and_remove(self) -> None:
        """Log a session of hers, and delete it: it can still be given back."""
        session, actor = (
            self.log(procedures=[], outcome={}, themes=["email"]),
            self.build.actor("awa"),
        )
        with self.database.writing(actor.scope) as db:
            sessions.remove_session(db, actor, session.id, now=NOW)


@pytest.fixture
def past(build: Builder, tmp_path: Path) -> Past:
    """Imports of Awa's structure."""
    return Past(build, tmp_path)


ON_A_RESIDENT: dict[str, tuple[Callable[[Past], Any], str]] = {
    "session": (
        lambda past: past.log(procedures=[], outcome={}, themes=["email"]),
        "1 accompagnement noté",
    ),
    "deleted session": (lambda past: past.log_and_remove(), "1 accompagnement noté"),
    "procedure": (lambda past: past.log(), "1 démarche suivie"),
    "follow-up": (lambda past: past.log(follow_up="week"), "1 suivi prévu"),
    "workshop": (lambda past: past.build.a_workshop([past.person()]), "1 inscription à un atelier"),
    "assessment": (lambda past: past.assess(), "1 diagnostic"),
    "changed file": (lambda past: past.change_file(), "1 fiche complétée"),
    "told": (lambda past: past.tell(), "1 fiche complétée"),
}
ON_AN_ACTIVITY: dict[str, tuple[Callable[[Past], Any], str]] = {
    "corrected": (
        lambda past: past.correct(procedures=[], outcome={}, themes=["email"]),
        "1 activité corrigée",
    ),
    "procedure": (lambda past: past.correct(), "1 démarche notée"),
    "follow-up": (lambda past: past.plan(), "1 suivi prévu"),
}


@pytest.mark.parametrize("built", ON_A_RESIDENT)
def test_residents_that_served_are_kept_and_it_says_for_what(past: Past, built: str) -> None:
    run_id = past.residents()
    build, sentence = ON_A_RESIDENT[built]
    build(past)
    before = people(past.build, "awa")

    with pytest.raises(Conflict) as refused:
        past.take_back(run_id)

    said = refused.value.message.replace("\u00a0", " ")
    assert said.startswith("Depuis cette reprise : ")
    assert sentence in said
    assert people(past.build, "awa") == before != []


@pytest.mark.parametrize("built", ON_AN_ACTIVITY)
def test_activities_that_served_are_kept_and_it_says_for_what(past: Past, built: str) -> None:
    run_id = past.activities()
    build, sentence = ON_AN_ACTIVITY[built]
    build(past)
    before = activities(past.build, "awa")

    with pytest.raises(Conflict) as refused:
        past.take_back(run_id)

    assert sentence in refused.value.message.replace("\u00a0", " ")
    assert activities(past.build, "awa") == before != []


def test_everything_that_was_built_is_said_at_once(past: Past) -> None:
    run_id = past.residents()
    past.log(follow_up="week")
    past.tell()

    with pytest.raises(Conflict) as refused:
        past.take_back(run_id)

    said = refused.value.message.replace("\u00a0", " ")
    for part in ("1 fiche complétée", "1 accompagnement noté", "1 suivi prévu", "1 démarche"):
        assert part in said


def test_an_activity_deleted_here_goes_with_its_import(past: Past, build: Builder) -> None:
    run_id = past.activities()
    actor = build.actor("awa")
    with past.database.writing(actor.scope) as db:
        sessions.remove_session(db, actor, past.bring.session(1).id, now=NOW)

    past.take_back(run_id)

    assert activities(build, "awa") == []


def test_a_draft_about_an_imported_person_outlives_her_file(
    past: Past, client: Browser, build: Builder
) -> None:
    run_id = past.residents()
    draft_id = new_id()
    typed = {
        "id": str(draft_id),
        "who": "resident",
        "resident_id": str(past.person().id),
        "held_on": TODAY.isoformat(),
        "place_id": str(build.structure_of("awa").place.id),
        "duration_min": "35",
        "themes": "email",
        "note": "revient jeudi avec son relevé",
    }
    client.as_("awa").post("/activites/brouillons", data=typed)

    past.take_back(run_id)
    page = client.get(f"/activites/nouvelle?brouillon={draft_id}")
    saved = client.post("/activites", data=typed)
    again = client.post("/activites", data=typed | {"who": "anonymous", "resident_id": ""})

    assert page.status_code == 200
    assert "revient jeudi avec son relevé" in page.text
    assert saved.status_code == 422, "it says that the person is not there"
    assert "revient jeudi avec son relevé" in saved.text
    assert again.status_code == 303


def test_keys_of_people_taken_back_go_with_them(past: Past) -> None:
    run_id = past.residents()
    with past.database.reading(Scope.system("tests")) as db:
        [key_id] = db.exec(select(Resident.key_id))

    past.take_back(run_id)

    with past.database.reading(Scope.system("tests")) as db:
        assert db.exec(select(SubjectKey).where(col(SubjectKey.id) == key_id)).first() is None


def _made(past: Past, name: str) -> Place:
    with past.database.reading(Scope.system("tests")) as db:
        return db.exec(select(Place).where(col(Place.name) == name)).one()


def test_a_place_that_serves_is_kept(past: Past, build: Builder) -> None:
    report = past.bring([individual(1, **{"Nom du lieu": "Foyer rural"})])
    with past.database.writing(Scope.system("tests")) as db:
        db.get_one(Place, _made(past, "Foyer rural").id).closed_on = None
    build.a_session(place_id=_made(past, "Foyer rural").id)

    past.take_back(UUID(report.run or ""))

    assert "Foyer rural" in {name for name, *_ in places(build, "awa")}
    assert len(activities(build, "awa")) == 1


def test_a_place_where_somebody_signed_in_is_kept_and_the_rest_goes(
    past: Past, client: Browser, build: Builder, database: Database
) -> None:
    report = past.bring(
        [individual(n, **{"Nom du lieu": name}) for n, name in enumerate(("Foyer rural", "Mairie"))]
    )
    client.as_("awa")
    with database.writing(Scope.system("tests")) as db:
        for login in db.exec(select(Login)):
            login.place_id = _made(past, "Foyer rural").id

    past.take_back(UUID(report.run or ""))

    left = {name for name, *_ in places(build, "awa")}
    assert left == {"Médiathèque des Quais", "Foyer rural"}
    assert activities(build, "awa") == []


def test_closed_figures_keep_an_import(past: Past, build: Builder) -> None:
    run_id = past.activities()
    attendance = past.bring.session(1).attendances[0]
    with past.database.writing(Scope.system("tests")) as db:
        db.add(
            StatisticsLedger(
                attendance_id=attendance.id,
                month="2026-03",
                codes={},
            )
        )

    with pytest.raises(Conflict, match="sont clos"):
        past.take_back(run_id)

    assert len(activities(build, "awa")) == 2


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_what_is_built_while_it_is_taken_back_refuses_too(
    past: Past, build: Builder, database: Database
) -> None:
    """Between our look and our gesture somebody plans (SQLite has one writer: nobody does)."""
    run_id, found = past.residents(), past.person()
    planned = []

    def plan(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("DELETE FROM resident") and not planned:
            planned.append(statement)
            build.a_workshop([found])

    sa.event.listen(database.engine, "before_cursor_execute", plan)
    with pytest.raises(Conflict, match="vient de servir"):
        past.take_back(run_id)

    assert len(people(build, "awa")) == 1


def test_imports_that_changed_rows_of_others_are_taken_back_in_an_order_that_ends(
    past: Past, build: Builder, client: Browser
) -> None:
    rows = [individual(1, Bénéficiaire="Nicole Morel")]
    first, folder = past.bring(rows), past.bring.path.parent
    files = past.residents()
    second = past.bring.file(write(folder / "suite.xlsx", [*rows, individual(2)]))
    told = {}
    for report in (second, None):
        with pytest.raises(Conflict) as refused:
            past.take_back(UUID(report.run or "") if report else files)
        told[report is second] = refused.value.message.replace("\u00a0", " ")
    page = client.as_("alix").get(f"/administration/import/{first.run}")

    past.take_back(UUID(first.run or ""))
    past.take_back(UUID(second.run or ""))
    past.take_back(files)

    assert (second.created, second.updated) == (1, 1)
    assert "1 activité mise à jour. Escale n’en garde pas les anciennes valeurs" in told[True]
    assert "Annulez d’abord : « coop.xlsx ». Celle-ci pourra l’être ensuite." in told[True]
    assert "Annulez d’abord : « coop.xlsx ». Celle-ci pourra l’être ensuite." in told[False]
    assert "Ce que des reprises suivantes y ont mis à jour part aussi (1)" in page.text.replace(
        "\u00a0", " "
    )
    assert (activities(build, "awa"), people(build, "awa")) == ([], [])


def test_files_that_a_later_import_filled_are_nobodys_correction(past: Past) -> None:
    folder = past.bring.path.parent
    empty = past.bring.file(write_people(folder / "empty.xlsx", [person(email="-")]))
    filled = past.residents()

    with pytest.raises(Conflict, match=r"Annulez d’abord\u00a0: «\u00a0empty\.xlsx"):
        past.take_back(filled)
    past.take_back(UUID(empty.run or ""))
    past.take_back(filled)

    assert people(past.build, "awa") == []


def test_a_file_opened_here_keeps_the_import_that_filled_it(past: Past) -> None:
    past.build.a_resident(given_name="Nicole", family_name="Morel")
    filled = past.residents()

    with pytest.raises(Conflict, match=r"1\u00a0fiche complétée.*ne peut plus être annulée"):
        past.take_back(filled)
