"""A person's rights: leaving without a name, being erased, receiving all that is held about her."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import SQLModel, select

from app.agenda.models import FollowUp
from app.audit.models import AccessRecord, Did
from app.core.db import Database
from app.core.scope import Scope
from app.core.settings import Settings
from app.organisations.models import SubjectKey
from app.procedures.models import ProcedureCase
from app.residents.models import Resident
from app.residents.service import NamedResident
from app.sessions.models import AssistedSession, Attendance
from app.statistics.closing import refresh
from app.statistics.models import StatisticsLedger, StatisticsSubject
from tests.http.test_commands import escale  # noqa: F401
from tests.support.build import NOW, TODAY, Builder
from tests.support.client import Browser
from tests.support.written import everything_written

Escale = Callable[..., tuple[int, str, str]]


@pytest.fixture
def nicole(client: Browser, build: Builder) -> NamedResident:
    """Somebody with a visit, a note, a procedure and a follow-up."""
    person = build.a_resident(phone="06 12 34 56 78")
    build.a_session(
        who="resident",
        resident_id=person.id,
        held_on=TODAY - timedelta(days=40),
        procedures=["aide-logement"],
        outcome={"aide-logement": "waiting"},
        note="A changé de banque",
    )
    client.as_("awa").post(
        f"/beneficiaires/{person.id}/suivis", data={"when": "week", "reason": "Rappeler la CAF"}
    )
    return person


def everything(database: Database, model: type[SQLModel]) -> list[Any]:
    """Read a whole table."""
    with database.reading(Scope.system("tests")) as db:
        return list(db.exec(select(model)))


def erase(client: Browser, person: NamedResident, **changes: str) -> Any:
    """Post the page's form."""
    form = {"why": "opposition", "word": "Effacer"} | changes
    return client.as_("awa").post(f"/beneficiaires/{person.id}/effacer", data=form)


def test_who_objects_leaves_her_visits_without_a_name(
    client: Browser, nicole: NamedResident, database: Database
) -> None:
    asked = client.get(f"/beneficiaires/{nicole.id}/effacer").text

    answer = erase(client, nicole)

    assert "1\u00a0visite anonyme" in asked
    assert answer.headers["location"] == "/?geste=efface"
    assert client.get(f"/beneficiaires/{nicole.id}").status_code == 404
    assert "Leroux" not in client.post("/beneficiaires/recherche", data={"q": "leroux"}).text
    (visit,) = everything(database, Attendance)
    (session,) = everything(database, AssistedSession)
    assert (visit.resident_id, visit.gender, session.note) == (None, "feminin", None)
    for model in (Resident, SubjectKey, FollowUp, ProcedureCase):
        assert everything(database, model) == []
    did = [(r.did, r.subject_id) for r in everything(database, AccessRecord)]
    assert (Did.OBJECT_RESIDENT, nicole.id) in did


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"word": ""}, "Tapez le mot"),
        ({"word": "oui"}, "Tapez le mot"),
        ({"why": ""}, "Dites pourquoi"),
        ({"why": "colère"}, "Dites pourquoi"),
    ],
)
def test_without_the_word_or_a_reason_nobody_is_erased(
    client: Browser, nicole: NamedResident, database: Database, changes: dict[str, str],
    sentence: str,
) -> None:  # fmt: skip
    answer = erase(client, nicole, **changes)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert len(everything(database, Resident)) == 1


def test_another_structure_erases_nobody(
    client: Browser, nicole: NamedResident, database: Database
) -> None:
    path = f"/beneficiaires/{nicole.id}/effacer"

    refused = [
        client.as_(who).post(path, data={"why": "demande", "word": "effacer"}).status_code
        for who in ("bruno", "claire", "alix")
    ]

    assert refused == [404, 403, 403]
    assert len(everything(database, Resident)) == 1


def test_closed_figures_stay_and_lead_to_nobody(
    client: Browser, nicole: NamedResident, database: Database, settings: Settings
) -> None:
    refresh(database, settings, now=NOW)
    before = everything(database, StatisticsLedger)

    erase(client, nicole)

    after = everything(database, StatisticsLedger)
    assert len(before) == len(after) == 1
    assert everything(database, StatisticsSubject) == []
    refresh(database, settings, now=NOW + timedelta(days=100), full=True)
    assert len(everything(database, StatisticsLedger)) == 1


def test_files_joined_with_hers_go_with_her(
    client: Browser, build: Builder, nicole: NamedResident, database: Database
) -> None:
    twin = build.a_resident(given_name="Nicolle")
    client.as_("awa").post(f"/beneficiaires/{nicole.id}/reunir/{twin.id}")

    answer = erase(client, nicole)

    assert answer.status_code == 303
    assert everything(database, Resident) == []
    assert everything(database, SubjectKey) == []


def test_a_person_receives_all_that_is_held_and_who_read_it(
    client: Browser,
    nicole: NamedResident,
    escale: Escale,  # noqa: F811
    database: Database,
) -> None:
    client.get(f"/beneficiaires/{nicole.id}")

    code, out, _ = escale("resident", "export", str(nicole.id))

    held = json.loads(out)
    assert code == 0
    assert (held["fiche"]["nom"], held["fiche"]["téléphone"]) == ("Leroux", "+33612345678")
    assert held["visites"][0]["note"] == "A changé de banque"
    assert held["visites"][0]["démarches"][0]["où on en est"] == "Envoyée, en attente"
    assert held["suivis"][0]["raison"] == "Rappeler la CAF"
    readings = {line["geste"]: line["par"] for line in held["lectures"]}
    assert readings["fiche lue"] == "conseiller"
    assert "Awa" not in out
    assert Did.EXPORT_RESIDENT in [r.did for r in everything(database, AccessRecord)]


def test_the_command_erases_and_says_what_stays(
    nicole: NamedResident,
    escale: Escale,  # noqa: F811
    database: Database,
) -> None:
    code, out, _ = escale("resident", "erase", str(nicole.id), "--reason", "demande")
    again, _, said = escale("resident", "erase", str(nicole.id), "--reason", "demande")
    wrong, _, why = escale("resident", "export", "nicole")
    misused, _, _ = escale("resident", "erase", str(uuid4()), "--reason", "parce que")

    assert (code, again, wrong, misused) == (0, 1, 1, 2)
    assert "1\u00a0visite reste sans nom" in out
    assert "n’existe pas" in said
    assert "numéro" in why
    assert everything(database, Resident) == []


def test_an_erased_name_is_in_no_byte_of_the_database(
    client: Browser,
    nicole: NamedResident,
    settings: Settings,
    database: Database,
    request: pytest.FixtureRequest,
) -> None:
    erase(client, nicole)

    held = everything_written(settings, database, request)
    for word in (b"Nicole", b"Leroux", b"612345678", "changé de banque".encode()):
        assert word not in held
