"""Appointments: planned at an hour of the place, moved, ended each way, each gesture undone."""

import html
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from app.agenda.models import FollowUp, FollowUpState
from app.core import clock
from app.core.db import Database
from app.core.scope import Scope
from app.organisations.models import Place
from tests.support.build import NOW, Builder
from tests.support.client import Browser

GESTURES = {
    "done": "Fait",
    "no_show": "Noté : pas venu",
    "declined": "annulé par la personne",
    "called_off": "annulé par vous",
}


@pytest.fixture(autouse=True)
def at_ten_past_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the clock on a Tuesday morning."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


def typed(**facts: str) -> dict[str, str]:
    """Fill the form of an appointment as a browser would post it."""
    return {
        "when": "date",
        "on": "2026-11-26",
        "starts_at": "10:30",
        "duration_min": "45",
        "reason": "titre de séjour",
    } | facts


def plan(client: Browser, build: Builder, who: Any = None, **facts: str) -> str:
    """Plan an appointment from a person's page; give its id."""
    person = who or build.a_resident()
    response = client.as_("awa").post(f"/beneficiaires/{person.id}/suivis", data=typed(**facts))
    assert response.status_code == 303, response.text
    return response.headers["location"].split("suivi=")[1].split("&")[0]


def said(text: str) -> str:
    """Read a page with plain spaces."""
    return text.replace("\u00a0", " ")


def the_row(database: Database) -> FollowUp:
    """Read the only follow-up."""
    with database.reading(Scope.system("tests")) as db:
        return db.exec(select(FollowUp)).one()


def the_one(database: Database, follow_up: str) -> FollowUp:
    """Read one follow-up among others."""
    with database.reading(Scope.system("tests")) as db:
        row = db.get(FollowUp, UUID(follow_up))
        assert row is not None
        return row


def due(database: Database, follow_up: str) -> tuple[str, str]:
    """Read when a follow-up is."""
    row = the_one(database, follow_up)
    return str(row.due_on), str(row.starts_at)


def test_an_appointment_is_said_with_its_hour_and_place(client: Browser, build: Builder) -> None:
    person = build.a_resident()
    follow_up = plan(client, build, person)

    file = said(client.get(f"/beneficiaires/{person.id}").text)
    own = said(client.get(f"/suivis/{follow_up}/reporter").text)

    assert "Jeudi 26 novembre, 10 h 30" in file
    assert "titre de séjour · Médiathèque des Quais" in file
    assert "Rendez-vous :" in own
    assert "Jeudi 26 novembre, 10 h 30 · 45 min" in own
    assert 'name="on" type="date" value="2026-11-26"' in own


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"on": "2026-02-31"}, "choisissez une date qui existe"),
        ({"on": "2027-03-28", "starts_at": "02:30"}, "Cette heure n’existe pas le dimanche 28"),
        ({"starts_at": "25:00"}, "Écrivez l’heure ainsi"),
        ({"starts_at": "10:30Z"}, "Écrivez l’heure ainsi"),
        ({"starts_at": "1030"}, "Écrivez l’heure ainsi"),
        ({"duration_min": "0"}, "Choisissez une durée entre 5 min et 8 h."),
        ({"on": "2026-11-24", "starts_at": "09:00"}, "Cette heure est passée."),
        ({"on": "2029-01-01"}, "C’est dans plus de deux ans."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_all_that_was_typed_stays(
    client: Browser, build: Builder, facts: dict[str, str], sentence: str
) -> None:
    person = build.a_resident()
    form = typed(**facts)

    answer = client.as_("awa").post(f"/beneficiaires/{person.id}/suivis", data=form)

    assert answer.status_code == 422
    assert sentence in said(answer.text)
    assert 'class="error" id="e-' in answer.text
    for value in (form["on"], form["starts_at"], form["reason"]):
        assert f'value="{value}"' in answer.text


def test_an_hour_already_gone_offers_to_note_it(client: Browser, build: Builder) -> None:
    person = build.a_resident()
    path = f"/beneficiaires/{person.id}/suivis"

    gone = client.as_("awa").post(path, data=typed(on="2026-11-24", starts_at="09:00")).text
    wrong = client.post(path, data=typed(on="2026-02-31")).text

    assert "Noter ce qui a été fait" in gone
    assert f"/activites/nouvelle?personne={person.id}" in gone
    assert "Noter ce qui a été fait" not in wrong


@pytest.mark.parametrize("ending", list(GESTURES))
def test_each_ending_is_told_and_undone_in_one_gesture(
    client: Browser, build: Builder, database: Database, ending: str
) -> None:
    person = build.a_resident()
    follow_up = plan(client, build, person)
    path = f"/beneficiaires/{person.id}"

    ended = client.post(f"/suivis/{follow_up}/fin", data={"ending": ending, "back": path})
    toast = client.get(ended.headers["location"]).text
    state = the_row(database).state
    client.post(f"/suivis/{follow_up}/annuler", data={"back": path})

    assert state == FollowUpState(ending)
    assert GESTURES[ending] in said(toast)
    assert f'action="/suivis/{follow_up}/annuler"' in toast
    assert "Rien de prévu." in toast
    assert the_row(database).state is FollowUpState.TO_DO


def test_nobody_came_is_told_in_the_story_of_the_person(client: Browser, build: Builder) -> None:
    person = build.a_resident()
    follow_up = plan(client, build, person)

    client.post(f"/suivis/{follow_up}/fin", data={"ending": "no_show"})

    assert "Pas venu au rendez-vous" in client.get(f"/beneficiaires/{person.id}").text


def test_what_a_colleague_settled_is_not_settled_otherwise(
    client: Browser, build: Builder, database: Database
) -> None:
    follow_up = plan(client, build)
    client.post(f"/suivis/{follow_up}/fin", data={"ending": "declined"})

    refused = client.post(f"/suivis/{follow_up}/fin", data={"ending": "no_show"})
    again = client.post(f"/suivis/{follow_up}/fin", data={"ending": "declined"})
    moved = client.post(f"/suivis/{follow_up}/reporter", data=typed(version="2"))

    assert refused.status_code == 409
    assert "annulé par la personne" in said(refused.text)
    assert again.status_code == 303
    assert moved.status_code == 409
    assert the_row(database).state is FollowUpState.DECLINED


def test_two_advisers_move_the_same_one_and_see_both_values(
    client: Browser, build: Builder, database: Database
) -> None:
    follow_up = plan(client, build)
    path = f"/suivis/{follow_up}/reporter"

    first = client.post(path, data=typed(on="2026-11-27", version="1"))
    second = client.post(path, data=typed(on="2026-11-30", starts_at="15:00", version="1"))
    kept = the_row(database)
    third = client.post(path, data=typed(on="2026-11-30", starts_at="15:00", version="2"))

    page = said(second.text)
    assert first.status_code == 303
    assert second.status_code == 409
    assert "Un collègue a changé ce suivi" in page
    for value in ("vendredi 27 novembre", "lundi 30 novembre", "10 h 30", "15 h 00"):
        assert f"<td>{value}</td>" in page
    assert 'name="version" value="2"' in page
    assert (str(kept.due_on), kept.postponed) == ("2026-11-27", 1)
    assert third.status_code == 303
    assert the_row(database).postponed == 2


def test_a_move_is_counted_and_undone_with_its_hour(
    client: Browser, build: Builder, database: Database
) -> None:
    follow_up = plan(client, build)

    client.post(
        f"/suivis/{follow_up}/reporter",
        data=typed(on="2026-12-01", starts_at="16:00", duration_min="60", version="1"),
    )
    moved = the_row(database)
    client.post(f"/suivis/{follow_up}/annuler", data={})
    back = the_row(database)

    assert (str(moved.starts_at), moved.duration_min, moved.postponed) == ("16:00:00", 60, 1)
    assert (str(back.due_on), str(back.starts_at), back.duration_min, back.postponed) == (
        "2026-11-26",
        "10:30:00",
        45,
        0,
    )


def test_an_hour_is_that_of_the_place(client: Browser, build: Builder, database: Database) -> None:
    person = build.a_resident()
    place_id = build.structure_of("awa").place.id
    with database.writing(Scope.system("tests")) as db:
        place = db.get(Place, place_id)
        assert place is not None
        place.zone = "Indian/Reunion"  # 13 h 08 there

    path = f"/beneficiaires/{person.id}/suivis"
    gone = client.as_("awa").post(path, data=typed(on="2026-11-24", starts_at="12:30"))
    fine = client.post(path, data=typed(on="2027-03-28", starts_at="02:30"))

    assert gone.status_code == 422
    assert "Cette heure est passée." in gone.text
    assert fine.status_code == 303


def test_a_closed_place_takes_no_appointment(
    client: Browser, build: Builder, database: Database
) -> None:
    person = build.a_resident()
    place_id = build.structure_of("awa").place.id
    with database.writing(Scope.system("tests")) as db:
        place = db.get(Place, place_id)
        assert place is not None
        place.closed_on = (NOW + timedelta(days=1)).date()

    answer = client.as_("awa").post(
        f"/beneficiaires/{person.id}/suivis", data=typed(place_id=str(place_id))
    )

    assert answer.status_code == 422
    assert "Ce lieu est fermé depuis" in said(answer.text)


def test_another_structures_appointment_does_not_exist(client: Browser, build: Builder) -> None:
    follow_up = plan(client, build)

    client.as_("bruno")
    ended = client.post(f"/suivis/{follow_up}/fin", data={"ending": "done"})
    moved = client.post(f"/suivis/{follow_up}/reporter", data=typed(version="1"))

    assert [ended.status_code, moved.status_code] == [404, 404]


def test_what_a_move_would_overlap_is_said_before_and_confirmed_for_that_moment_only(
    client: Browser, build: Builder, database: Database
) -> None:
    plan(client, build, build.a_resident(given_name="Paul"), on="2026-11-27")
    follow_up = plan(client, build, on="2026-11-26")
    path = f"/suivis/{follow_up}/reporter"
    clash = typed(on="2026-11-27", starts_at="11:00", version="1")

    asked = client.post(path, data=clash)
    stays = due(database, follow_up)
    key = html.unescape(re.findall(r'name="confirmed" value="([^"]+)"', asked.text)[0])
    other = client.post(path, data=clash | {"starts_at": "10:45", "confirmed": key})
    holiday = client.post(path, data=typed(on="2026-12-25", version="1"))
    done = client.post(path, data=clash | {"confirmed": key})

    assert asked.status_code == other.status_code == holiday.status_code == 422
    assert "en même temps que Paul Leroux" in said(asked.text)
    assert "Reporter quand même" in asked.text
    assert "Nicole" not in said(asked.text).split("en même temps que")[1][:40]
    assert "férié : Noël" in said(holiday.text)
    assert stays == ("2026-11-26", "10:30:00")
    assert done.status_code == 303
    assert due(database, follow_up) == ("2026-11-27", "11:00:00")


def test_buttons_move_a_little_say_where_in_words_and_undo(
    client: Browser, build: Builder, database: Database
) -> None:
    plan(client, build, build.a_resident(given_name="Paul"), on="2026-11-27", starts_at="11:00")
    follow_up = plan(client, build)
    path = f"/suivis/{follow_up}/deplacer"

    later = client.post(path, data={"by": "later", "version": "1", "back": "/agenda"})
    page = said(client.get(later.headers["location"]).text)
    hour = the_one(database, follow_up)
    stale = client.post(path, data={"by": "earlier", "version": "1"})
    clash = client.post(path, data={"by": "day_after", "version": "2"})
    before = client.post(path, data={"by": "day_before", "version": "2"})
    day = the_one(database, follow_up)
    undone = client.post(f"/suivis/{follow_up}/annuler", data={"back": "/agenda"})
    past = client.post(path, data={"by": "never", "version": "9"})

    assert "Déplacé : jeudi 26 novembre, 11 h 00" in page
    assert f'action="/suivis/{follow_up}/annuler"' in page
    assert (str(hour.starts_at), hour.postponed) == ("11:00:00", 0), "the same day is no postponing"
    assert stale.status_code == 409
    assert "Un collègue a changé ce suivi" in stale.text
    assert clash.status_code == 422
    assert "en même temps que Paul Leroux" in said(clash.text)
    assert before.status_code == 303
    assert (str(day.due_on), day.postponed) == ("2026-11-25", 1)
    assert undone.status_code == 303
    assert the_one(database, follow_up).postponed == 0
    assert past.status_code == 422


def test_a_move_into_the_hour_that_clocks_skip_is_refused(client: Browser, build: Builder) -> None:
    follow_up = plan(client, build, on="2027-03-28", starts_at="01:30")

    answer = client.post(f"/suivis/{follow_up}/deplacer", data={"by": "later", "version": "1"})

    assert answer.status_code == 422
    assert "Cette heure n’existe pas" in answer.text
