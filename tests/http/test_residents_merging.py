"""Double files: proposed with reasons, joined without losing anything, parted again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from app.agenda.models import FollowUp
from app.agenda.workshop_models import Registration
from app.audit.models import AccessRecord, Did
from app.core import clock
from app.core.db import Database
from app.core.scope import Scope
from app.core.settings import Settings
from app.jobs import runner
from app.jobs.runner import run_once
from app.privacy.erasing import Why, erase
from app.procedures.models import ProcedureCase
from app.residents.models import Resident
from app.residents.service import NamedResident, open_joined
from app.sessions.models import Attendance
from tests.support.build import NOW, TODAY, Builder
from tests.support.client import Browser


@pytest.fixture
def pair(build: Builder) -> tuple[NamedResident, NamedResident]:
    """Two files of Nicole Leroux, each with a visit, a procedure, a follow-up."""
    kept = build.a_resident(phone="06 12 34 56 78", gender="non_communique")
    gone = build.a_resident(
        given_name="Nicolle", family_name="Leroux", email="nicole@exemple.fr", gender="feminin"
    )
    for person, days in ((kept, 3), (gone, 1)):
        build.a_session(
            who="resident",
            resident_id=person.id,
            held_on=TODAY - timedelta(days=days),
            procedures=["aide-logement"],
            outcome={"aide-logement": "waiting"},
            note=f"Note d’il y a {days} jours",
        )
    return kept, gone


def rows(database: Database, build: Builder, model: type[Any]) -> list[Any]:
    """Read back what Awa's structure holds."""
    with database.reading(build.actor("awa").scope) as db:
        return list(db.exec(select(model)))


def plan(client: Browser, person: NamedResident, reason: str) -> None:
    """Plan a follow-up from the person's page."""
    answer = client.post(
        f"/beneficiaires/{person.id}/suivis", data={"when": "week", "reason": reason}
    )
    assert answer.status_code == 303


def join(client: Browser, kept: NamedResident, gone: NamedResident, **taken: str) -> Any:
    """Join two files as the page posts it."""
    data = {f"take-{name}": whose for name, whose in taken.items()}
    return client.as_("awa").post(f"/beneficiaires/{kept.id}/reunir/{gone.id}", data=data)


def test_likely_doubles_are_listed_with_reasons_and_compared(
    client: Browser, build: Builder, pair: tuple[NamedResident, NamedResident]
) -> None:
    kept, gone = pair
    build.a_resident(given_name="Paul", family_name="Martin")

    listed = client.as_("awa").get("/beneficiaires/doublons").text
    compared = client.get(f"/beneficiaires/{kept.id}/reunir/{gone.id}").text

    assert "1\u00a0paire à regarder" in listed
    assert "Nom proche" in listed
    assert "Même année de naissance" in listed
    assert "Paul Martin" not in listed
    assert 'name="take-given_name"' in compared
    assert 'name="take-phone"' not in compared
    assert "06 12 34 56 78" in compared


def test_joining_keeps_every_visit_procedure_and_follow_up(
    client: Browser, build: Builder, database: Database, pair: tuple[NamedResident, NamedResident]
) -> None:
    kept, gone = pair
    client.as_("awa")
    plan(client, gone, "Rappeler pour la CAF")

    answer = join(client, kept, gone, given_name="kept")
    page = client.get(f"/beneficiaires/{kept.id}").text
    old = client.get(f"/beneficiaires/{gone.id}")
    found = client.post("/beneficiaires/recherche", data={"q": "leroux"}).text

    assert answer.headers["location"] == f"/beneficiaires/{kept.id}?geste=reunies"
    assert {a.resident_id for a in rows(database, build, Attendance)} == {kept.id}
    assert {c.resident_id for c in rows(database, build, ProcedureCase)} == {kept.id}
    assert {f.resident_id for f in rows(database, build, FollowUp)} == {kept.id}
    assert "Rappeler pour la CAF" in page
    assert "Note d’il y a 1 jours" in page
    assert "Note d’il y a 3 jours" in page
    assert "Nicole Leroux" in page
    assert "2\u00a0visites" in page
    assert "06 12 34 56 78" in page
    assert old.headers["location"] == f"/beneficiaires/{kept.id}"
    assert found.count("Leroux</a>") == 1
    assert "Aucune fiche ne semble en double" in client.get("/beneficiaires/doublons").text
    with database.reading(build.actor("awa").scope) as db:
        row = db.get(Resident, kept.id)
        assert row is not None
        assert (row.gender, row.visits) == ("feminin", 2)
        assert row.email is not None


def test_what_was_chosen_from_the_other_file_stays(
    client: Browser, build: Builder, pair: tuple[NamedResident, NamedResident]
) -> None:
    kept, gone = pair

    join(client, kept, gone, given_name="other")

    assert "Nicolle Leroux" in client.get(f"/beneficiaires/{kept.id}").text


def test_joining_is_undone_for_thirty_days(
    client: Browser,
    build: Builder,
    database: Database,
    pair: tuple[NamedResident, NamedResident],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept, gone = pair
    client.as_("awa")
    plan(client, gone, "Rappeler pour la CAF")
    join(client, kept, gone, given_name="other")

    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=29))
    parted = client.post(f"/beneficiaires/{kept.id}/separer")
    again = client.post(f"/beneficiaires/{kept.id}/separer")
    theirs = client.get(f"/beneficiaires/{gone.id}").text

    assert parted.status_code == 303
    assert again.status_code == 404
    assert sorted(str(a.resident_id) for a in rows(database, build, Attendance)) == sorted(
        [str(kept.id), str(gone.id)]
    )
    assert "Rappeler pour la CAF" in theirs
    assert "Note d’il y a 1 jours" in theirs
    assert "1\u00a0visite" in theirs
    mine = client.get(f"/beneficiaires/{kept.id}").text
    assert "Nicole Leroux" in mine
    assert "1\u00a0visite" in mine
    assert "nicole@exemple.fr" not in mine


def test_after_thirty_days_nothing_is_parted(
    client: Browser, pair: tuple[NamedResident, NamedResident], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, gone = pair
    join(client, kept, gone)

    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=31))

    assert client.post(f"/beneficiaires/{kept.id}/separer").status_code == 404
    assert "Séparer" not in client.get(f"/beneficiaires/{kept.id}").text


def test_a_workshop_for_which_both_registered_is_kept_once_and_given_back(
    client: Browser, build: Builder, database: Database, pair: tuple[NamedResident, NamedResident]
) -> None:
    kept, gone = pair
    build.a_workshop([kept, gone])

    join(client, kept, gone)
    joined = [r.resident_id for r in rows(database, build, Registration)]
    client.post(f"/beneficiaires/{kept.id}/separer")
    parted = {r.resident_id for r in rows(database, build, Registration)}

    assert joined == [kept.id]
    assert parted == {kept.id, gone.id}


def test_two_people_met_at_one_activity_are_not_joined(
    client: Browser, build: Builder, pair: tuple[NamedResident, NamedResident]
) -> None:
    kept, gone = pair
    build.a_session(who="resident", resident_id=kept.id, others=[gone.id])

    answer = join(client, kept, gone)

    assert answer.status_code == 422
    assert "venues ensemble à la même activité" in answer.text


def test_a_file_is_not_joined_with_itself_nor_twice(
    client: Browser, pair: tuple[NamedResident, NamedResident]
) -> None:
    kept, gone = pair

    itself = join(client, kept, kept)
    join(client, kept, gone)
    twice = join(client, kept, gone)

    assert itself.status_code == 422
    assert "C’est la même fiche" in itself.text
    assert twice.headers["location"] == f"/beneficiaires/{kept.id}"


def test_two_people_are_not_proposed_again(
    client: Browser, pair: tuple[NamedResident, NamedResident]
) -> None:
    kept, gone = pair

    client.as_("awa").post(f"/beneficiaires/{kept.id}/deux-personnes/{gone.id}")
    client.post(f"/beneficiaires/{gone.id}/deux-personnes/{kept.id}")

    assert "Aucune fiche ne semble en double" in client.get("/beneficiaires/doublons").text


def test_another_structures_files_are_neither_compared_nor_joined(
    client: Browser, build: Builder, pair: tuple[NamedResident, NamedResident]
) -> None:
    kept, _ = pair
    foreign = build.a_resident(of="bruno")
    path = f"/beneficiaires/{kept.id}/reunir/{foreign.id}"

    assert client.as_("awa").get(path).status_code == 404
    assert client.post(path).status_code == 404
    assert client.as_("bruno").post(path).status_code == 404
    assert client.post(f"/beneficiaires/{kept.id}/separer").status_code == 404


def test_joining_and_parting_are_in_the_record_for_both_files(
    client: Browser, database: Database, pair: tuple[NamedResident, NamedResident]
) -> None:
    kept, gone = pair
    join(client, kept, gone)
    client.post(f"/beneficiaires/{kept.id}/separer")

    with database.reading(Scope.system("tests")) as db:
        found = db.exec(
            select(AccessRecord)
            .where(col(AccessRecord.did).in_([Did.MERGE_RESIDENTS, Did.PART_RESIDENTS]))
            .order_by(col(AccessRecord.position))
        ).all()
    seen: list[tuple[Did, UUID | None]] = [(row.did, row.subject_id) for row in found]
    assert seen == [
        (did, subject)
        for did in (Did.MERGE_RESIDENTS, Did.PART_RESIDENTS)
        for subject in (kept.id, gone.id)
    ]


def test_a_new_file_shows_who_it_may_be_and_why(client: Browser, build: Builder) -> None:
    build.a_resident(phone="06 12 34 56 78")

    asked = client.as_("awa").post(
        "/beneficiaires",
        data={
            "given_name": "Leroux",
            "family_name": "Nicol",
            "birth_year": "1951",
            "phone": "0612345678",
            "informed_how": "oral",
        },
    )

    assert asked.status_code == 422
    assert "nom et prénom inversés, même année de naissance, même téléphone" in asked.text


def test_after_thirty_days_the_other_file_loses_its_words_and_still_leads_on(
    client: Browser, build: Builder, database: Database, settings: Settings,
    pair: tuple[NamedResident, NamedResident], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    kept, gone = pair
    join(client, kept, gone, given_name="other")
    run_once(database, settings)
    with database.reading(build.actor("awa").scope) as db:
        (early,) = open_joined(db, [gone.id])
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=31))

    run_once(database, settings)
    run_once(database, settings)

    with database.reading(build.actor("awa").scope) as db:
        (late,) = open_joined(db, [gone.id])
    assert (early.given_name, early.email) == ("Nicolle", "nicole@exemple.fr")
    assert (late.given_name, late.family_name, late.email, late.phone) == ("", "", None, None)
    assert client.get(f"/beneficiaires/{gone.id}").headers["location"].endswith(str(kept.id))
    page = client.get(f"/beneficiaires/{kept.id}").text
    assert "Nicolle Leroux" in page
    assert "Note d’il y a 1 jours" in page
    with database.writing(Scope.system("test")) as db:
        erase(db, kept.id, why=Why.ASKED, by=None, now=NOW)
    assert rows(database, build, Resident) == []


def test_a_job_that_fails_holds_back_no_other(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def fail(*_: object) -> runner.Facts:
        raise RuntimeError("a job failed")

    def work(*_: object) -> runner.Facts:
        done.append("worked")
        return {}

    monkeypatch.setattr(runner, "JOBS", {"first": fail, "second": work})

    with pytest.raises(RuntimeError, match="a job failed"):
        run_once(database, settings)
    assert done == ["worked"]
