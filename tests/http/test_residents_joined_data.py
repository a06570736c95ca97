"""What reaches a joined file, a parted one or an erased person: nobody's data on somebody else."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from app.core.db import Database
from app.core.ids import new_id
from app.core.scope import Scope
from app.organisations.keys import organisation_cipher
from app.procedures.models import ProcedureCase
from app.residents.models import Resident
from app.residents.service import NamedResident
from app.sessions.models import AssistedSession, Attendance
from tests.support.build import TODAY, Builder
from tests.support.client import Browser

Three = tuple[NamedResident, NamedResident, NamedResident]


@pytest.fixture
def three(build: Builder, client: Browser) -> Three:
    """Three people of one structure, and Awa signed in."""
    client.as_("awa")
    return (
        build.a_resident(given_name="Anne", family_name="Aaaa", email=None),
        build.a_resident(given_name="Berthe", family_name="Bbbb", email="b@exemple.fr"),
        build.a_resident(given_name="Chloé", family_name="Cccc", phone="06 12 34 56 78"),
    )


def visit(build: Builder, person: NamedResident, days: int = 1, **facts: Any) -> AssistedSession:
    """Note a visit of somebody."""
    return build.a_session(
        who="resident",
        resident_id=person.id,
        held_on=TODAY - timedelta(days=days),
        **facts,
    )


def join(client: Browser, kept: NamedResident, gone: NamedResident, **taken: str) -> Any:
    """Join two files."""
    data = {f"take-{name}": whose for name, whose in taken.items()}
    return client.post(f"/beneficiaires/{kept.id}/reunir/{gone.id}", data=data)


def part(client: Browser, kept: NamedResident) -> None:
    """Part the last two."""
    assert client.post(f"/beneficiaires/{kept.id}/separer").status_code == 303


def row(database: Database, person: NamedResident) -> Resident:
    """Read a file's row."""
    with database.reading(Scope.system("tests")) as db:
        found = db.get(Resident, person.id)
    assert found is not None
    return found


def rows(database: Database, model: type[Any]) -> list[Any]:
    """Read a whole table."""
    with database.reading(Scope.system("tests")) as db:
        return list(db.exec(select(model)))


def test_an_open_form_cannot_send_a_visit_to_a_file_that_was_joined(
    client: Browser, build: Builder, three: Three, database: Database
) -> None:
    anne, berthe, _ = three
    join(client, anne, berthe)
    form = {
        "id": str(new_id()),
        "held_on": TODAY.isoformat(),
        "place_id": str(build.structure_of("awa").place.id),
        "mode": "lieu_activite",
        "duration_min": "30",
        "who": "resident",
        "resident_id": str(berthe.id),
        "procedures": ["aide-logement"],
        "outcome-aide-logement": "waiting",
        "note": "à garder",
    }

    noted = client.post("/activites", data=form)
    planned = client.post(
        f"/beneficiaires/{berthe.id}/suivis", data={"when": "week", "reason": "rappeler"}
    )
    led = client.get(f"/activites/nouvelle?personne={berthe.id}").text

    assert noted.status_code == 422
    assert "réunie avec une autre" in noted.text
    assert "à garder" in noted.text
    assert planned.status_code != 303
    assert "Anne Aaaa" in led
    assert rows(database, Attendance) == []


def test_parting_in_turn_gives_each_her_own_words_back(
    client: Browser, three: Three, build: Builder
) -> None:
    anne, berthe, chloe = three
    join(client, anne, berthe, given_name="other")
    join(client, anne, chloe)

    part(client, anne)
    part(client, anne)
    page = client.get(f"/beneficiaires/{anne.id}/modifier").text

    assert 'value="Anne"' in page
    assert "b@exemple.fr" not in page
    assert "06 12 34 56 78" not in page


def test_parting_a_chain_gives_each_her_own_words_back(client: Browser, three: Three) -> None:
    anne, berthe, chloe = three
    join(client, berthe, anne)
    join(client, chloe, berthe)

    part(client, chloe)
    part(client, berthe)

    assert "b@exemple.fr" not in client.get(f"/beneficiaires/{chloe.id}/modifier").text
    assert "b@exemple.fr" in client.get(f"/beneficiaires/{berthe.id}/modifier").text


def test_a_note_written_while_joined_goes_back_with_its_visit(
    client: Browser, build: Builder, three: Three, database: Database
) -> None:
    anne, berthe, _ = three
    session = visit(build, berthe, note="Berthe a déménagé")
    join(client, anne, berthe)
    form = client.get(f"/activites/{session.id}/corriger").text
    assert "Berthe a déménagé" in form
    part(client, anne)

    client.post(f"/beneficiaires/{anne.id}/effacer", data={"why": "demande", "word": "effacer"})

    assert "Berthe a déménagé" in client.get(f"/activites/{session.id}/corriger").text
    client.post(f"/beneficiaires/{berthe.id}/effacer", data={"why": "demande", "word": "effacer"})
    (left,) = rows(database, AssistedSession)
    assert left.note is None


def test_visits_are_counted_again_when_one_was_removed_meanwhile(
    client: Browser, build: Builder, three: Three, database: Database
) -> None:
    anne, berthe, _ = three
    visit(build, anne, 3)
    moved = visit(build, berthe)
    join(client, anne, berthe)
    client.post(f"/activites/{moved.id}/retirer")

    part(client, anne)

    assert (row(database, anne).visits, row(database, berthe).visits) == (1, 0)


def test_each_keeps_the_procedure_that_is_hers_after_parting(
    client: Browser, build: Builder, three: Three, database: Database
) -> None:
    anne, berthe, _ = three
    for person in (anne, berthe):
        visit(build, person, 5, procedures=["aide-logement"], outcome={"aide-logement": "waiting"})
    join(client, anne, berthe)
    visit(build, anne, 1, procedures=["aide-logement"], outcome={"aide-logement": "finished"})

    part(client, anne)

    found: dict[UUID, str] = {c.resident_id: c.outcome for c in rows(database, ProcedureCase)}
    assert found == {anne.id: "finished", berthe.id: "waiting"}


def test_who_was_told_first_is_kept_and_an_import_tells_nobody(
    client: Browser, three: Three, database: Database
) -> None:
    anne, berthe, _ = three
    with database.writing(Scope.system("tests")) as db:
        held = db.get(Resident, anne.id)
        assert held is not None
        held.informed_how, held.informed_on = "reprise", TODAY - timedelta(days=90)

    join(client, anne, berthe)
    joined = row(database, anne).informed_how
    part(client, anne)

    assert joined == "oral"
    assert row(database, anne).informed_how == "reprise"
    assert row(database, anne).informed_on == TODAY - timedelta(days=90)


def test_a_note_that_an_import_brought_goes_with_the_person(
    client: Browser, build: Builder, three: Three, database: Database
) -> None:
    anne, _, _ = three
    session = visit(build, anne, note=None)
    with database.writing(Scope.system("tests")) as db:
        held = db.get(AssistedSession, session.id)
        assert held is not None
        cipher = organisation_cipher(db, held.organisation_id)
        held.note = cipher.seal(
            "Anne a pleuré", table="assisted_session", column="note", row=held.id
        )

    client.post(f"/beneficiaires/{anne.id}/effacer", data={"why": "demande", "word": "effacer"})

    (left,) = rows(database, AssistedSession)
    assert left.note is None
    assert "pleuré" not in client.get(f"/activites/{session.id}/corriger").text


def test_a_draft_about_an_erased_person_goes_with_her(
    client: Browser, build: Builder, three: Three
) -> None:
    anne, _, _ = three
    number = str(new_id())
    client.post(
        "/activites/brouillons",
        data={"id": number, "who": "resident", "resident_id": str(anne.id), "note": "secret"},
    )

    client.post(f"/beneficiaires/{anne.id}/effacer", data={"why": "demande", "word": "effacer"})

    assert client.get(f"/activites/nouvelle?brouillon={number}").status_code == 404


def test_a_workshop_held_again_is_not_given_back_twice(
    client: Browser, build: Builder, three: Three, database: Database
) -> None:
    anne, _, _ = three
    workshop = build.a_workshop([anne])
    form = {
        "title": "Premiers e-mails",
        "themes": ["email"],
        "held_on": TODAY.isoformat(),
        "place_id": str(build.structure_of("awa").place.id),
        "duration_min": "90",
        "present": [str(anne.id)],
        "workshop": str(workshop.id),
    }
    first, second = str(new_id()), str(new_id())
    client.post("/activites/atelier", data=form | {"id": first})
    client.post(f"/activites/{first}/retirer")
    client.post("/activites/atelier", data=form | {"id": second})

    again = client.post(f"/activites/{first}/rendre")

    assert again.status_code == 409
    assert row(database, anne).visits == 1
