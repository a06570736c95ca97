"""Mandates with their end, and people sent to another service until news come back."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import SQLModel, select

from app.agenda.models import FollowUp
from app.core.db import Database
from app.core.settings import Settings
from app.residents.mandate_models import Mandate
from app.residents.referral_models import CameBack, Referral
from app.residents.service import NamedResident
from tests.support.build import TODAY, Builder
from tests.support.client import Browser
from tests.support.written import everything_written

SIGNED = {"kind": "paper", "themes": ["social", "logement"], "signed_on": TODAY.isoformat()}


@pytest.fixture
def nicole(build: Builder) -> NamedResident:
    """Somebody with a file."""
    return build.a_resident()


def rows(database: Database, build: Builder, model: type[SQLModel]) -> list[Any]:
    """Read back what Awa's structure holds."""
    with database.reading(build.actor("awa").scope) as db:
        return list(db.exec(select(model)))


def sign(client: Browser, person: NamedResident, days: int, **changes: Any) -> Any:
    """Note a mandate that ends some days after today."""
    ends_on = (TODAY + timedelta(days=days)).isoformat()
    return client.as_("awa").post(
        f"/beneficiaires/{person.id}/mandats", data=SIGNED | {"ends_on": ends_on} | changes
    )


def test_a_mandate_is_noted_warns_before_its_end_and_is_taken_back(
    client: Browser, build: Builder, database: Database, nicole: NamedResident
) -> None:
    sign(client, nicole, 15)
    calm = client.get("/").text
    sign(client, nicole, 10, signed_on=(TODAY - timedelta(days=2)).isoformat())
    renewed = client.get("/").text
    latest, _ = sorted(rows(database, build, Mandate), key=lambda one: one.ends_on, reverse=True)
    client.post(f"/beneficiaires/{nicole.id}/mandats/{latest.id}/retirer")
    warned = client.get("/").text
    told = client.get(f"/beneficiaires/{nicole.id}").text
    held = client.get(f"/beneficiaires/{nicole.id}/mandats").text

    assert "Mandats qui se terminent" not in calm
    assert "Mandats qui se terminent" not in renewed
    assert "Mandats qui se terminent" in warned
    assert "se termine bientôt" in told
    assert "retiré par la personne" in held
    assert "Aides sociales, Logement" in held


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "orale"}, "Choisissez une des réponses proposées."),
        ({"themes": []}, "Choisissez au moins un domaine"),
        ({"themes": ["numerique"]}, "Choisissez au moins un domaine"),
        ({"signed_on": (TODAY + timedelta(days=1)).isoformat()}, "Ce jour est dans l’avenir."),
        ({"ends_on": (TODAY - timedelta(days=1)).isoformat()}, "Choisissez un jour après"),
        ({"ends_on": (TODAY + timedelta(days=400)).isoformat()}, "Un mandat dure un an au plus"),
        ({"ends_on": "2027-02-31"}, "jour"),
    ],
)
def test_days_that_do_not_hold_together_are_told_and_nothing_is_kept(
    client: Browser, build: Builder, database: Database, nicole: NamedResident,
    changes: dict[str, Any], said: str,
) -> None:  # fmt: skip
    response = sign(client, nicole, 30, **changes)

    assert response.status_code == 422
    assert said in response.text
    assert rows(database, build, Mandate) == []


def test_acting_for_somebody_without_a_mandate_is_said_on_her_page(
    client: Browser, build: Builder, nicole: NamedResident
) -> None:
    build.a_session(who="resident", resident_id=nicole.id, clicked_by="adviser")
    before = client.as_("awa").get(f"/beneficiaires/{nicole.id}").text
    sign(client, nicole, 30)
    after = client.get(f"/beneficiaires/{nicole.id}").text

    assert "a fait la démarche à sa place" in before
    assert "a fait la démarche à sa place" not in after


def test_somebody_is_sent_on_and_news_come_back(
    client: Browser, build: Builder, database: Database, nicole: NamedResident,
    settings: Settings, request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    path = f"/beneficiaires/{nicole.id}/orientations"
    offered = client.as_("awa").get(path).text
    client.post(
        path, data={"service": "Maison des Mimosas", "reason": "Ordinateur", "ask_later": "true"}
    )
    waiting = client.get(f"/beneficiaires/{nicole.id}").text
    (sent,) = rows(database, build, Referral)
    news = {"came_back": "helped", "answer": "Un portable prêté", "version": str(sent.version)}
    client.post(f"{path}/{sent.id}", data=news)
    stale = client.post(f"{path}/{sent.id}", data=news | {"came_back": "no_news"})
    told = client.get(f"/beneficiaires/{nicole.id}").text

    assert "Médiathèque" in offered
    assert "France services" in offered  # a place of another structure: its name is public
    assert "En attente de nouvelles" in waiting
    (planned,) = rows(database, build, FollowUp)
    assert planned.due_on == TODAY + timedelta(days=14)
    assert stale.status_code == 409
    assert "Noté par un collègue" in stale.text
    assert re.search(r"Maison des Mimosas\s: reçue et aidée", told)
    (kept,) = rows(database, build, Referral)
    assert kept.came_back is CameBack.HELPED
    held = everything_written(settings, database, request)
    assert b"Mimosas" not in held
    assert "portable prêté".encode() not in held


def test_two_taps_note_one_mandate_and_one_referral_with_its_follow_up(
    client: Browser, build: Builder, database: Database, nicole: NamedResident
) -> None:
    for _ in range(2):
        sign(client, nicole, 30)
        data = {"service": "CCAS", "reason": "Aide", "ask_later": "true"}
        client.post(f"/beneficiaires/{nicole.id}/orientations", data=data)

    found = [len(rows(database, build, model)) for model in (Mandate, Referral, FollowUp)]
    assert found == [1, 1, 1]


def test_a_longer_mandate_for_something_else_does_not_hide_one_that_ends(
    client: Browser, nicole: NamedResident
) -> None:
    sign(client, nicole, 10)
    sign(client, nicole, 60, themes=["emploi"])
    assert "Mandats qui se terminent" in client.get("/").text

    sign(client, nicole, 90, themes=["logement", "social", "emploi"])
    assert "Mandats qui se terminent" not in client.get("/").text


def test_her_contact_goes_to_a_service_with_her_agreement_only(
    client: Browser, build: Builder, database: Database, nicole: NamedResident
) -> None:
    path = f"/beneficiaires/{nicole.id}/orientations"
    data = {"service": "CCAS", "gave_contact": "true"}
    refused = client.as_("awa").post(path, data=data)
    client.post(
        f"/beneficiaires/{nicole.id}/accords", data={"accepts": "sharing", "is_given": "true"}
    )
    accepted = client.post(path, data=data)

    assert refused.status_code == 422
    assert "n’a pas accepté le partage" in refused.text
    assert 'value="CCAS"' in refused.text
    assert accepted.status_code == 303
    (sent,) = rows(database, build, Referral)
    assert sent.gave_contact


def test_what_is_a_strangers_does_not_exist(
    client: Browser, build: Builder, database: Database, nicole: NamedResident
) -> None:
    sign(client, nicole, 30)
    client.post(f"/beneficiaires/{nicole.id}/orientations", data={"service": "CCAS"})
    (mandate,) = rows(database, build, Mandate)
    (referral,) = rows(database, build, Referral)
    other = build.a_resident(given_name="Karim", family_name="Haddad", birth_year=1990)
    client.as_("bruno")

    def status(path: str, person: UUID = nicole.id) -> int:
        return int(client.post(f"/beneficiaires/{person}/{path}", data=SIGNED).status_code)

    assert status("mandats") in (404, 422)
    assert status(f"mandats/{mandate.id}/retirer") == 404
    assert client.get(f"/beneficiaires/{nicole.id}/orientations/{referral.id}").status_code == 404
    client.as_("awa")
    assert status(f"mandats/{mandate.id}/retirer", other.id) == 404
    assert client.get(f"/beneficiaires/{other.id}/orientations/{referral.id}").status_code == 404
    assert len(rows(database, build, Mandate)) == 1
