"""What a file holds beside visits: agreements, deadlines, numbers, language; nothing in clear."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import SQLModel, select

from app.agenda.models import FollowUp
from app.core.db import Database
from app.core.settings import Settings
from app.procedures.models import ProcedureCase
from app.residents.agreement_models import Agreement
from app.residents.service import NamedResident
from app.sessions.service import correct_session
from tests.support.build import NOW, TODAY, Builder
from tests.support.client import Browser
from tests.support.written import everything_written


@pytest.fixture
def nicole(build: Builder) -> NamedResident:
    """Somebody with an open procedure."""
    person = build.a_resident()
    build.a_session(
        who="resident",
        resident_id=person.id,
        procedures=["aide-logement"],
        outcome={"aide-logement": "waiting"},
    )
    return person


def rows(database: Database, build: Builder, model: type[SQLModel]) -> list[Any]:
    """Read back what Awa's structure holds."""
    with database.reading(build.actor("awa").scope) as db:
        return list(db.exec(select(model)))


def agree(client: Browser, person: NamedResident, what: str, given: str) -> Any:
    """Tap one of the two buttons."""
    return client.as_("awa").post(
        f"/beneficiaires/{person.id}/accords", data={"accepts": what, "is_given": given}
    )


def test_an_agreement_is_given_and_taken_back_in_one_tap_each(
    client: Browser, build: Builder, database: Database, nicole: NamedResident
) -> None:
    agree(client, nicole, "reminders", "true")
    agree(client, nicole, "reminders", "true")
    accepted = client.get(f"/beneficiaires/{nicole.id}").text
    agree(client, nicole, "reminders", "false")
    after = client.get(f"/beneficiaires/{nicole.id}").text

    assert accepted.count("Oui, depuis le") == 1
    assert "Oui, depuis le" not in after
    (kept,) = rows(database, build, Agreement)
    assert (kept.given_on, kept.ended_on) == (TODAY, TODAY)


@pytest.mark.parametrize(("what", "given"), [("everything", "true"), ("sharing", "peut-être")])
def test_an_agreement_to_something_else_is_not_kept(
    client: Browser, build: Builder, database: Database, nicole: NamedResident, what: str,
    given: str,
) -> None:  # fmt: skip
    assert agree(client, nicole, what, given).status_code == 404
    assert rows(database, build, Agreement) == []


def test_a_procedure_keeps_its_deadline_and_its_number_closed(
    client: Browser,
    build: Builder,
    database: Database,
    nicole: NamedResident,
    settings: Settings,
    request: pytest.FixtureRequest,
) -> None:
    (case,) = rows(database, build, ProcedureCase)
    path = f"/beneficiaires/{nicole.id}/demarches/{case.id}"
    deadline = (TODAY + timedelta(days=18)).isoformat()

    form = {"deadline_on": deadline, "reference": "CAF-7741-Z", "version": "1"}
    saved = client.as_("awa").post(path, data=form)
    shown = client.get(f"/beneficiaires/{nicole.id}").text
    late = client.post(path, data=form | {"reference": "autre"})

    assert saved.status_code == 303
    assert "CAF-7741-Z" in shown
    assert "12 décembre" in shown.replace("\u00a0", " ")
    assert late.status_code == 409
    assert 'value="autre"' in late.text
    assert b"CAF-7741-Z" not in everything_written(settings, database, request)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"deadline_on": "2026-02-31"}, "date qui existe"),
        ({"deadline_on": "2099-01-01"}, "plus proche"),
        ({"reference": "x" * 61}, "60 caractères au plus"),
        ({"reference": "mot de passe : azerty12"}, "mot de passe"),
        ({"reference": "2 51 05 35 236 001 28"}, "sécurité sociale"),
    ],
)
def test_a_wrong_deadline_or_number_says_what_to_do(
    client: Browser, build: Builder, database: Database, nicole: NamedResident,
    changes: dict[str, str], sentence: str,
) -> None:  # fmt: skip
    (case,) = rows(database, build, ProcedureCase)

    answer = client.as_("awa").post(
        f"/beneficiaires/{nicole.id}/demarches/{case.id}", data={"version": "1"} | changes
    )

    assert answer.status_code == 422
    assert sentence in answer.text


def test_another_persons_procedure_is_not_reached(
    client: Browser, build: Builder, database: Database, nicole: NamedResident
) -> None:
    (case,) = rows(database, build, ProcedureCase)
    other = build.a_resident(given_name="Paul")
    path = f"/beneficiaires/{{}}/demarches/{case.id}"

    assert client.as_("awa").get(path.format(other.id)).status_code == 404
    assert client.as_("bruno").get(path.format(nicole.id)).status_code == 404
    assert client.as_("claire").get(path.format(nicole.id)).status_code == 403


def test_joined_files_keep_agreements_and_numbers(
    client: Browser, build: Builder, database: Database, nicole: NamedResident
) -> None:
    twin = build.a_resident(given_name="Nicolle")
    agree(client, nicole, "sharing", "true")
    (case,) = rows(database, build, ProcedureCase)
    client.post(
        f"/beneficiaires/{nicole.id}/demarches/{case.id}",
        data={"reference": "CAF-7741-Z", "version": "1"},
    )

    client.post(f"/beneficiaires/{twin.id}/reunir/{nicole.id}")
    joined = client.get(f"/beneficiaires/{twin.id}").text
    client.post(f"/beneficiaires/{twin.id}/separer")
    parted = client.get(f"/beneficiaires/{nicole.id}").text

    for page in (joined, parted):
        assert "CAF-7741-Z" in page
        assert "Oui, depuis le" in page


def test_the_language_and_the_way_to_be_reached_are_shown(client: Browser, build: Builder) -> None:
    person = build.a_resident(language="ar", reached_by="sms")

    page = client.as_("awa").get(f"/beneficiaires/{person.id}").text
    form = client.get(f"/beneficiaires/{person.id}/modifier").text

    assert '<span lang="ar">العربية</span>' in page
    assert "à joindre par\u00a0: SMS" in page
    assert 'value="ar" selected' in form


def test_a_paper_is_ticked_on_the_file_and_the_next_visit_has_the_last_word(
    client: Browser, build: Builder, database: Database
) -> None:
    person = build.a_resident()
    visit = {"who": "resident", "resident_id": person.id, "procedures": ["aide-logement"]}
    build.a_session(
        **visit, outcome={"aide-logement": "started"}, papers={"aide-logement": ["bail"]}
    )
    (case,) = rows(database, build, ProcedureCase)
    path = f"/beneficiaires/{person.id}/demarches/{case.id}/papiers"
    client.as_("awa").post(path, data={"has": "RIB"})
    client.post(path, data={"lacks": "bail"})
    (ticked,) = rows(database, build, ProcedureCase)
    sheet = client.get(f"/beneficiaires/{person.id}/fiche").text
    unknown = client.post(path, data={"has": "carnet de chèques"})
    elsewhere = client.as_("bruno").post(path, data={"has": "RIB"})
    build.a_session(
        **visit, outcome={"aide-logement": "started"}, papers={"aide-logement": ["bail"]}
    )
    (brought,) = rows(database, build, ProcedureCase)

    assert ticked.brought == ["RIB"]
    assert "Votre bail" in sheet
    assert "Votre RIB" not in sheet
    assert (unknown.status_code, elsewhere.status_code) == (404, 404)
    assert set(brought.brought) == {"RIB", "bail"}


def test_somebody_anonymous_is_named_later_and_the_visit_with_its_procedure_comes_along(
    client: Browser, build: Builder, database: Database
) -> None:
    person = build.a_resident()
    session = build.a_session(outcome={"aide-logement": "waiting"}, note="Reviendra mardi")
    path = f"/activites/{session.id}/nommer"
    listed = client.as_("awa").get("/activites?periode=tout").text
    found = client.post(path, data={"q": "lerou"}).text
    stranger = build.a_resident(of="bruno", given_name="Karim", family_name="Haddad")
    refused = client.post(path, data={"resident_id": str(stranger.id)})
    named = client.post(path, data={"resident_id": str(person.id)})
    told = client.get(named.headers["location"]).text
    again = client.post(path, data={"resident_id": str(person.id)})

    assert path in listed
    assert "C’est cette personne" in found
    assert "Nicole Leroux" in found
    assert refused.status_code == 422
    assert "Choisissez des personnes de votre structure" in refused.text
    assert named.status_code == 303
    assert "Aide au logement" in told
    assert "Reviendra mardi" in told
    (case,) = rows(database, build, ProcedureCase)
    assert (case.resident_id, case.outcome.value) == (person.id, "waiting")
    assert again.status_code == 404
    assert client.as_("bruno").get(path).status_code == 404


def test_a_procedure_tells_each_visit_that_moved_it_and_the_file_who_explained_it(
    client: Browser, build: Builder
) -> None:
    person = build.a_resident()
    for days, outcome, blockers in ((9, "started", ["mot-de-passe"]), (2, "waiting", [])):
        build.a_session(
            who="resident",
            resident_id=person.id,
            held_on=TODAY - timedelta(days=days),
            outcome={"aide-logement": outcome},
            blockers={"aide-logement": blockers},
        )
    page = client.as_("awa").get(f"/beneficiaires/{person.id}").text.replace("\u00a0", " ")

    assert "2 visites</summary>" in page
    assert "dimanche 15 novembre : commencée, bloquée (" in page.lower()
    assert "dimanche 22 novembre : envoyée" in page.lower()
    assert "(de vive voix, par Awa)" in page


def test_what_was_planned_in_a_visit_goes_to_whom_it_turns_out_to_be_of(
    client: Browser, build: Builder, database: Database
) -> None:
    nicole, paul = build.a_resident(), build.a_resident(given_name="Paul", family_name="Durand")
    session = build.a_session(follow_up="week", follow_up_reason="Rapporter le bail")
    reason = "Rapporter le bail"

    client.as_("awa").post(f"/activites/{session.id}/nommer", data={"resident_id": str(nicole.id)})
    hers = [reason in client.get(f"/beneficiaires/{one.id}").text for one in (nicole, paul)]
    data = build.a_form(id=session.id, version=2, who="resident", resident_id=paul.id)
    with database.writing(build.actor("awa").scope) as db:
        correct_session(db, build.actor("awa"), session.id, data, now=NOW)
    his = [reason in client.get(f"/beneficiaires/{one.id}").text for one in (nicole, paul)]
    data = build.a_form(id=session.id, version=3)
    with database.writing(build.actor("awa").scope) as db:
        correct_session(db, build.actor("awa"), session.id, data, now=NOW)

    assert (hers, his) == ([True, False], [False, True])
    (planned,) = rows(database, build, FollowUp)
    assert planned.resident_id is None
    assert reason in client.get("/agenda?vue=liste").text
