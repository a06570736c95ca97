"""Whatever is kept of a person follows her: erased with her, moved with her, told to her."""

import json
import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, func, select

from app.agenda.reminding import put_on_list
from app.core.db import Database
from app.core.ids import new_id
from app.core.scope import Scope
from app.imports import undo
from app.imports.models import ImportRun
from app.operations import tables
from app.privacy import access, erasing
from app.privacy.erasing import Why
from app.residents.models import Resident
from app.residents.service import NamedResident
from app.sessions import merging
from tests.support.build import NOW, TODAY, Builder
from tests.support.client import Browser

OUTSIDE = {"statistics_subject"}  # figures: statistics.closing cuts them from her


def held(database: Database, resident_id: UUID) -> dict[str, int]:
    """Count a person's rows in each table that points to a resident."""
    assert tables.MODULES
    every = [mapper.class_ for mapper in Resident._sa_registry.mappers]
    models = [one for one in every if hasattr(one, "resident_id")]
    with database.reading(Scope.system("test")) as db:
        return {
            model.__tablename__: db.exec(
                select(func.count()).where(col(model.resident_id) == resident_id)
            ).one()
            for model in models
            if model.__tablename__ not in OUTSIDE
        }


def live(client: Browser, build: Builder, person: NamedResident) -> None:
    """Do with somebody all that the product can do with a person."""
    path = f"/beneficiaires/{person.id}"
    build.a_workshop([person])
    build.a_session(
        who="resident",
        resident_id=person.id,
        procedures=["aide-logement"],
        outcome={"aide-logement": "started"},
    )
    client.as_("awa")
    later = (TODAY + timedelta(days=40)).isoformat()
    done = [
        client.post(f"{path}/accords", data={"accepts": "reminders", "is_given": "true"}),
        client.post(
            f"{path}/mandats",
            data={"kind": "paper", "themes": "social", "signed_on": TODAY, "ends_on": later},
        ),
        client.post(
            f"{path}/orientations",
            data={"service": "Maison des Mimosas", "ask_later": "true"},
        ),
    ]
    done.append(client.post(f"{path}/diagnostic", data={"mode": "together"}))
    with build.database.writing(Scope.system("test")) as db:
        put_on_list(db, now=NOW)
    assert [one.status_code for one in done] == [303] * len(done)


@pytest.fixture
def nicole(client: Browser, build: Builder) -> NamedResident:
    """Somebody of whom everything that can be kept is kept."""
    person = build.a_resident(phone="06 39 98 00 01")
    live(client, build, person)
    return person


def test_nothing_of_an_erased_person_is_left_in_any_table(
    database: Database, nicole: NamedResident
) -> None:
    before = held(database, nicole.id)
    with database.writing(Scope.system("test")) as db:
        erasing.erase(db, nicole.id, why=Why.ASKED, by=None, now=NOW)

    assert len(before) >= 7
    assert all(before.values()), "teach `live` to fill each table"
    assert not any(held(database, nicole.id).values())


def test_all_that_is_kept_goes_with_the_file_it_is_joined_to_and_comes_back(
    client: Browser, build: Builder, database: Database, nicole: NamedResident
) -> None:
    kept = build.a_resident(given_name="Nicolle", birth_year=1951)
    actor = build.actor("awa")
    before = held(database, nicole.id)
    with database.writing(actor.scope) as db:
        merging.merge(db, actor, kept.id, nicole.id, now=NOW)
    joined, gone = held(database, kept.id), held(database, nicole.id)
    with database.writing(actor.scope) as db:
        merging.unmerge(db, actor, kept.id, now=NOW)

    assert joined == before
    assert not any(gone.values())
    assert held(database, nicole.id) == before
    assert not any(held(database, kept.id).values())
    page = client.as_("awa").get(f"/beneficiaires/{nicole.id}").text
    assert "Maison des Mimosas" in page


def test_the_person_is_told_all_of_it(database: Database, nicole: NamedResident) -> None:
    with database.writing(Scope.system("test")) as db:
        told = access.document(db, nicole.id, by=None, now=NOW)

    for part in (
        "visites",
        "suivis",
        "ateliers",
        "accords",
        "mandats",
        "orientations",
        "diagnostics",
        "rappels",
    ):
        assert told[part], part
    assert "Maison des Mimosas" in json.dumps(told, ensure_ascii=False)


def test_an_import_is_not_undone_under_what_was_kept_since(
    build: Builder, database: Database, nicole: NamedResident
) -> None:
    run = ImportRun(organisation_id=build.actor("awa").organisation_id, id=new_id())
    with database.writing(build.actor("awa").scope) as db:
        db.get(Resident, nicole.id).import_run_id = run.id  # type: ignore[union-attr]
        db.flush()
        said = undo.why_not(db, run)

    kinds = set(held(database, nicole.id)) - {"message"}  # it follows what it is about
    assert len(re.findall(r"1\s\w+", said)) >= len(kinds), said


def test_files_joined_before_a_kind_was_known_are_parted(
    build: Builder, database: Database, nicole: NamedResident
) -> None:
    kept, actor = build.a_resident(given_name="Nicolle", birth_year=1951), build.actor("awa")
    with database.writing(actor.scope) as db:
        made = merging.merge(db, actor, kept.id, nicole.id, now=NOW)
        made.moved = {k: ids for k, ids in made.moved.items() if k not in ("mandate", "referral")}
    with database.writing(actor.scope) as db:
        merging.unmerge(db, actor, kept.id, now=NOW)

    assert held(database, kept.id)["mandate"] == 1  # nothing says whose it was: it stays
    assert held(database, nicole.id)["attendance"] == 1
