"""Workshops: planned, people registered, held with each attendance, corrected without doubling."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from app.agenda.workshop_models import Registration, Workshop, WorkshopState
from app.core.db import Database
from app.core.ids import new_id
from app.residents.models import Resident
from app.sessions.models import AssistedSession, Attendance
from tests.support.build import TODAY, Builder
from tests.support.client import Browser

NAMES = ("Nicole", "Paul", "Zohra", "Ali", "Odile", "Jean", "Fatou", "Li")


def to_plan(build: Builder, **changes: Any) -> dict[str, Any]:
    """Fill the form of a workshop to come as a browser would post it."""
    return {
        "title": "Premiers e-mails",
        "level": "debutant",
        "themes": ["email"],
        "planned_on": TODAY.isoformat(),
        "starts_at": "14:00",
        "duration_min": "90",
        "place_id": str(build.structure_of("awa").place.id),
    } | changes


def typed(build: Builder, by: str = "awa", **changes: Any) -> dict[str, Any]:
    """Fill the form of a workshop held."""
    return {
        "id": str(new_id()),
        "title": "Premiers e-mails",
        "themes": ["email"],
        "held_on": TODAY.isoformat(),
        "place_id": str(build.structure_of(by).place.id),
        "duration_min": "90",
        "anonymous": "2",
    } | changes


def plan(client: Browser, build: Builder, **changes: Any) -> str:
    """Plan a workshop; give its address."""
    answer = client.as_("awa").post("/ateliers", data=to_plan(build, **changes))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).split("?")[0]


def saved(database: Database, build: Builder, model: type[Any]) -> list[Any]:
    """Read back what Awa's structure holds."""
    with database.reading(build.actor("awa").scope) as db:
        return list(db.exec(select(model)))


def test_a_planned_workshop_is_held_with_an_attendance_each(
    client: Browser, build: Builder, database: Database
) -> None:
    people = [build.a_resident(given_name=name) for name in NAMES]
    path = plan(client, build)
    for person in people:
        client.post(f"{path}/inscrits", data={"resident_id": str(person.id)})

    today = client.get("/").text
    workshop_id = path.split("/")[-1]
    form = client.get(f"/activites/atelier?prevu={workshop_id}").text
    answer = client.post(
        "/activites/atelier",
        data=typed(build, workshop=workshop_id, present=[str(p.id) for p in people[1:]]),
    )

    assert f"/activites/atelier?prevu={workshop_id}" in today
    assert form.count('name="present"') == 8
    assert answer.status_code == 303
    (session,) = saved(database, build, AssistedSession)
    attendances = saved(database, build, Attendance)
    assert (session.kind, session.title, session.duration_min) == (
        "workshop",
        "Premiers e-mails",
        90,
    )
    assert {a.resident_id for a in attendances} == {p.id for p in people[1:]} | {None}
    assert len(attendances) == 9
    visits = {r.id: r.visits for r in saved(database, build, Resident)}
    assert [visits[p.id] for p in people] == [0] + [1] * 7
    (workshop,) = saved(database, build, Workshop)
    assert (workshop.state, workshop.session_id) == (WorkshopState.HELD, session.id)


def test_counts_by_profile_make_as_many_anonymous_people(
    client: Browser, build: Builder, database: Database
) -> None:
    form = typed(build, anonymous="5", already="2")
    form |= {"gender-feminin": "3", "gender-masculin": "1", "age_band-soixante_dix_plus": "4"}

    client.as_("awa").post("/activites/atelier", data=form)

    attendances = saved(database, build, Attendance)
    assert sorted(a.gender for a in attendances) == [
        "feminin", "feminin", "feminin", "masculin", "non_communique",
    ]  # fmt: skip
    assert sum(a.age_band == "soixante_dix_plus" for a in attendances) == 4
    assert sorted(a.is_first for a in attendances) == [False, False, True, True, True]
    assert all(a.has_random_profile for a in attendances)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"gender-feminin": "3"}, "gender", "3 comptés, pour 2 venus"),
        ({"already": "3"}, "already", "3 comptés, pour 2 venus"),
        ({"anonymous": "-1"}, "anonymous", "entre 0 et 200"),
        ({"gender-feminin": "-1"}, "gender", "entre 0 et 200"),
        ({"gender-autre": "1"}, "gender", "réponses proposées"),
        ({"anonymous": "0"}, "present", "Dites qui est venu"),
        ({"themes": []}, "themes", "au moins un sujet"),
        ({"themes": ["sorcellerie"]}, "themes", "sujets proposés"),
        ({"title": " "}, "title", "un titre"),
        ({"held_on": "2999-01-01"}, "held_on", "à venir"),
        ({"present": [str(new_id())]}, "present", "de votre structure"),
        ({"place_id": str(new_id())}, "place_id", "un lieu de votre structure"),
        ({"tags": ["ailleurs"]}, "tags", "étiquettes de votre structure"),
        ({"note": "mot de passe : azerty12"}, "note", "mot de passe"),
    ],
)
def test_a_wrong_field_says_what_to_do(
    client: Browser,
    build: Builder,
    database: Database,
    changes: dict[str, Any],
    field: str,
    sentence: str,
) -> None:
    answer = client.as_("awa").post("/activites/atelier", data=typed(build) | changes)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert re.search(f'href="#f-{field}', answer.text)
    assert saved(database, build, AssistedSession) == []


def test_a_person_of_another_structure_is_refused(
    client: Browser, build: Builder, database: Database
) -> None:
    foreign = build.a_resident(of="bruno")

    answer = client.as_("awa").post(
        "/activites/atelier", data=typed(build, present=[str(foreign.id)])
    )

    assert answer.status_code == 422
    assert foreign.name not in answer.text


def test_a_correction_counts_nobody_twice(
    client: Browser, build: Builder, database: Database
) -> None:
    one, other = build.a_resident(), build.a_resident(given_name="Paul")
    form = typed(build, present=[str(one.id)], anonymous="3")
    client.as_("awa").post("/activites/atelier", data=form)
    before = {a.id for a in saved(database, build, Attendance)}
    path = f"/activites/{form['id']}/atelier"

    shown = client.get(path).text
    answer = client.post(
        path,
        data=form | {"version": "1", "present": [str(one.id), str(other.id)], "anonymous": "2"},
    )
    stale = client.post(path, data=form | {"version": "1"})

    assert 'value="3"' in shown
    assert answer.status_code == 303
    attendances = saved(database, build, Attendance)
    assert len(attendances) == 4
    assert len({a.id for a in attendances} & before) == 3, "figures know an attendance by its id"
    assert {r.id: r.visits for r in saved(database, build, Resident)} == {one.id: 1, other.id: 1}
    assert stale.status_code == 409


def test_a_removed_workshop_is_to_be_held_again_and_undo_takes_it_back(
    client: Browser, build: Builder, database: Database
) -> None:
    path = plan(client, build)
    form = typed(build, workshop=path.split("/")[-1])
    client.post("/activites/atelier", data=form)

    client.post(f"/activites/{form['id']}/retirer")
    removed = saved(database, build, Workshop)[0].state
    client.post(f"/activites/{form['id']}/rendre")

    assert removed is WorkshopState.PLANNED
    assert saved(database, build, Workshop)[0].state is WorkshopState.HELD


def test_a_double_tap_holds_one_workshop(
    client: Browser, build: Builder, database: Database
) -> None:
    form = typed(build)

    client.as_("awa").post("/activites/atelier", data=form)
    client.post("/activites/atelier", data=form)

    assert len(saved(database, build, AssistedSession)) == 1
    assert len(saved(database, build, Attendance)) == 2


def test_without_script_somebody_is_found_and_added(client: Browser, build: Builder) -> None:
    person = build.a_resident()
    form = typed(build)

    found = (
        client.as_("awa")
        .post("/activites/atelier", data=form | {"step": "search", "person_q": "lerou"})
        .text
    )
    added = client.post("/activites/atelier", data=form | {"add": str(person.id)}).text

    assert f'name="add" value="{person.id}"' in found
    assert f'name="present" value="{person.id}"' in added
    assert "checked" in added.split(f'name="present" value="{person.id}"')[1][:120]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"planned_on": (TODAY - timedelta(days=1)).isoformat()}, "Ce jour est passé"),
        ({"starts_at": "tantôt"}, "Écrivez l’heure"),
        ({"duration_min": "0"}, "entre 5 min et 8 h"),
        ({"capacity": "0"}, "entre 1 et 200"),
        ({"place_id": str(new_id())}, "un lieu de votre structure"),
        ({"themes": []}, "au moins un sujet"),
        ({"title": ""}, "un titre"),
    ],
)
def test_a_workshop_that_cannot_be_planned_says_why(
    client: Browser, build: Builder, changes: dict[str, Any], sentence: str
) -> None:
    answer = client.as_("awa").post("/ateliers", data=to_plan(build) | changes)

    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_workshop_is_changed_cancelled_and_given_back(client: Browser, build: Builder) -> None:
    path = plan(client, build)

    form = client.get(f"{path}/modifier").text
    changed = client.post(f"{path}/modifier", data=to_plan(build, version="1", title="Photos"))
    stale = client.post(f"{path}/modifier", data=to_plan(build, version="1", title="Autre"))
    client.post(f"{path}/annuler")
    cancelled = client.get(path).text
    client.post(f"{path}/retablir")
    again = client.get(path).text

    assert 'value="14:00"' in form
    assert changed.status_code == 303
    assert stale.status_code == 409
    for value in ("Photos", "Autre"):
        assert f"<td>{value}</td>" in stale.text, "both are shown"
    assert "Cet atelier est annulé" in cancelled
    assert "Photos" in again
    assert "Cet atelier est annulé" not in again


def test_another_structures_workshop_does_not_exist(client: Browser, build: Builder) -> None:
    path = plan(client, build)
    person = build.a_resident(of="bruno")
    client.as_("bruno")

    answers = [
        client.get(path),
        client.get(f"{path}/modifier"),
        client.get(f"/activites/atelier?prevu={path.split('/')[-1]}"),
        client.post(f"{path}/annuler"),
        client.post(f"{path}/inscrits", data={"resident_id": str(person.id)}),
        client.post("/activites/atelier", data=typed(build, "bruno", workshop=path.split("/")[-1])),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert UUID(path.split("/")[-1])


def test_there_cannot_be_fewer_seats_than_people_registered(
    client: Browser, build: Builder
) -> None:
    people = [build.a_resident(given_name=name) for name in ("Nicole", "Paul")]
    path = plan(client, build)
    for person in people:
        client.post(f"{path}/inscrits", data={"resident_id": str(person.id)})

    answer = client.post(f"{path}/modifier", data=to_plan(build, version="1", capacity="1"))

    assert answer.status_code == 422
    assert "Il y a déjà 2\u00a0inscrits" in answer.text


def test_a_planned_workshop_is_told_by_one_activity_only(
    client: Browser, build: Builder, database: Database
) -> None:
    path = plan(client, build)
    workshop_id = path.split("/")[-1]
    first = typed(build, workshop=workshop_id)
    client.post("/activites/atelier", data=first)

    again = client.post(
        "/activites/atelier", data=typed(build, workshop=workshop_id, anonymous="7", note="Salle B")
    )
    twice = client.post("/activites/atelier", data=first)
    asked = client.get(f"/activites/atelier?prevu={workshop_id}")

    assert again.status_code == 409
    assert "Cet atelier est déjà noté" in again.text
    assert f'href="/activites/{first["id"]}/atelier"' in again.text
    assert "Salle B" in again.text
    assert 'value="7"' in again.text
    assert twice.status_code == 303
    assert asked.headers["location"] == f"/activites/{first['id']}/atelier"
    (session,) = saved(database, build, AssistedSession)
    (workshop,) = saved(database, build, Workshop)
    assert str(session.id) == str(workshop.session_id) == first["id"]


@pytest.mark.parametrize(
    ("ending", "sentence"),
    [
        ("held", "Cet atelier a eu lieu. Corrigez-le pour dire qui est venu."),
        ("cancelled", "Cet atelier est annulé. Rétablissez-le d’abord."),
    ],
)
def test_nobody_joins_or_leaves_a_workshop_that_is_over(
    client: Browser, build: Builder, database: Database, ending: str, sentence: str
) -> None:
    nicole, paul = build.a_resident(), build.a_resident(given_name="Paul")
    path = plan(client, build)
    client.post(f"{path}/inscrits", data={"resident_id": str(nicole.id)})
    (place,) = saved(database, build, Registration)
    if ending == "held":
        client.post("/activites/atelier", data=typed(build, workshop=path.split("/")[-1]))
    else:
        client.post(f"{path}/annuler")

    joining = client.post(f"{path}/inscrits", data={"resident_id": str(paul.id)})
    leaving = client.post(f"{path}/desinscrire", data={"registration_id": str(place.id)})
    moving = client.post(f"{path}/modifier", data=to_plan(build, version="1"))

    for answer in (joining, leaving, moving):
        assert answer.status_code == 422
        assert sentence in answer.text
    (left,) = saved(database, build, Registration)
    assert left.resident_id == nicole.id


def test_more_people_than_a_room_holds_is_said_in_people_not_in_letters(
    client: Browser, build: Builder
) -> None:
    several = [str(new_id()) for _ in range(201)]

    answer = client.as_("awa").post("/activites/atelier", data=typed(build, present=several))

    assert answer.status_code == 422
    assert "Qui est venu\u00a0: 200 au plus." in answer.text


@pytest.mark.parametrize("hour", ["10:30Z", "10:30+02:00", "1030"])
def test_an_hour_is_written_as_one_reads_it(client: Browser, build: Builder, hour: str) -> None:
    answer = client.as_("awa").post("/ateliers", data=to_plan(build, starts_at=hour))

    assert answer.status_code == 422
    assert "Écrivez l’heure ainsi" in answer.text
