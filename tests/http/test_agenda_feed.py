"""The agenda read elsewhere by a private link: what it says, and when it stops."""

import logging
from datetime import date, timedelta

import pytest
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event
from sqlmodel import select

from app.accounts.models import Membership
from app.agenda.models import CalendarFeed
from app.core import clock
from app.core.db import Database
from app.core.scope import Scope
from app.organisations.models import Place
from tests.http.test_agenda import plan
from tests.support.build import NOW, Builder
from tests.support.client import Browser


@pytest.fixture(autouse=True)
def at_ten_past_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the clock on a Tuesday morning."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


def link(client: Browser, **form: str) -> str:
    """Make a link; give its path."""
    page = client.as_("awa").post("/compte/agenda", data=form).text
    return "/agenda.ics?cle=" + page.split("/agenda.ics?cle=")[1].split('"')[0]


def read(client: Browser, path: str) -> list[Event]:
    """Fetch the file as a telephone does, and read it with another library than the writer."""
    client.cookies.clear()
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return IcsCalendarStream.calendar_from_ics(answer.text).events


def test_the_file_says_when_and_where_and_no_name(
    client: Browser, build: Builder, database: Database
) -> None:
    with database.writing(Scope.system("tests")) as db:
        place = db.get(Place, build.structure_of("awa").place.id)
        assert place is not None
        place.address = "3, quai « Émile ; Zola » \\ bât. B, " + "près du très long pont " * 5
    plan(client, build, reason="titre de séjour")
    plan(client, build, build.a_resident(given_name="Paul"), starts_at="", reason="rappeler")
    build.a_workshop()
    hours = {"repeat": "weekly", "starts_at": "09:00", "ends_at": "12:00", "slot_min": "30"}
    client.post(
        "/permanences",
        data=hours
        | {"place_id": str(build.structure_of("awa").place.id), "first_on": "2026-12-18"}
        | {"until_on": "2027-01-02"},
    )
    path = link(client)

    events = {event.summary: event for event in read(client, path)}
    text = client.get(path).text

    appointment = events["Rendez-vous"]
    assert appointment.start == NOW.replace(day=26, hour=9, minute=30)  # 10 h 30 in Paris
    assert appointment.computed_duration == timedelta(minutes=45)
    assert "TZID=Europe/Paris" in text
    assert text.count("BEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\n") == 1
    assert appointment.location is not None
    assert "3, quai « Émile ; Zola » \\ bât. B" in appointment.location
    assert events["Relance"].dtstart == date(2026, 11, 26)
    assert events["Atelier\u00a0: Premiers e-mails"].start == NOW.replace(hour=13, minute=0)
    office = [event for event in read(client, path) if event.summary == "Permanence"]
    assert [event.start for event in office] == [NOW.replace(month=12, day=18, hour=8, minute=0)]
    assert office[0].computed_duration == timedelta(hours=3), "Christmas and New Year left out"
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    for secret in ("Nicole", "Leroux", "Paul", "titre de séjour", "rappeler"):
        assert secret not in text


def test_initials_only_when_asked(client: Browser, build: Builder) -> None:
    plan(client, build)

    assert [e.summary for e in read(client, link(client, initials="true"))] == ["Rendez-vous NL"]


def test_a_place_overseas_keeps_its_hour(
    client: Browser, build: Builder, database: Database
) -> None:
    with database.writing(Scope.system("tests")) as db:
        place = db.get(Place, build.structure_of("awa").place.id)
        assert place is not None
        place.zone = "Indian/Reunion"
    plan(client, build)

    event = read(client, link(client))[0]

    assert event.start == NOW.replace(day=26, hour=6, minute=30)


def test_what_was_cancelled_is_no_more_in_the_file(client: Browser, build: Builder) -> None:
    follow_up = plan(client, build)
    path = link(client)

    client.as_("awa").post(f"/suivis/{follow_up}/fin", data={"ending": "declined"})

    assert read(client, path) == []


def test_a_cut_link_opens_nothing_at_the_next_request(
    client: Browser, build: Builder, database: Database
) -> None:
    path = link(client)
    with database.reading(Scope.system("tests")) as db:
        feed_id = db.exec(select(CalendarFeed.id)).one()

    before = client.get(path).status_code
    answer = client.post(f"/compte/agenda/{feed_id}/couper")
    after = client.get(path)

    assert before == 200
    assert answer.status_code == 303
    assert (after.status_code, after.content) == (404, b"")


def test_a_right_withdrawn_closes_the_link_at_the_next_request(
    client: Browser, build: Builder, database: Database
) -> None:
    path = link(client)
    with database.writing(Scope.system("tests")) as db:
        mine = Membership.account_id == build.account_id("awa")
        for membership in db.exec(select(Membership).where(mine)):
            membership.ended_at = NOW - timedelta(minutes=1)

    after = client.get(path)

    assert (after.status_code, after.content) == (404, b"")


@pytest.mark.parametrize("key", ["", "x", "A" * 43, "é%00", "A" * 5000])
def test_a_guessed_link_is_told_nothing(client: Browser, build: Builder, key: str) -> None:
    link(client)
    client.cookies.clear()

    answer = client.get(f"/agenda.ics?cle={key}")

    assert (answer.status_code, answer.content) == (404, b"")


def test_the_link_is_stored_and_logged_nowhere(
    client: Browser, build: Builder, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        path = link(client)
        client.get(path)
    secret = path.split("cle=")[1]

    with database.reading(Scope.system("tests")) as db:
        stored = db.exec(select(CalendarFeed)).one()

    records = [r for r in caplog.records if r.name != "httpx" and not r.name.startswith("httpx")]
    assert len(secret) == 43
    assert secret not in str([(r.getMessage(), vars(r)) for r in records])
    assert secret.encode() not in stored.token_digest
    assert secret not in client.get("/compte/agenda").text


def test_nobody_cuts_a_colleagues_link(client: Browser, build: Builder, database: Database) -> None:
    path = link(client)
    with database.reading(Scope.system("tests")) as db:
        feed_id = db.exec(select(CalendarFeed.id)).one()

    answer = client.as_("bruno").post(f"/compte/agenda/{feed_id}/couper")

    assert answer.status_code == 404
    assert client.get(path).status_code == 200


def test_five_links_are_enough(client: Browser, build: Builder) -> None:
    for _ in range(5):
        link(client)

    answer = client.post("/compte/agenda", data={})

    assert answer.status_code == 422
    assert "Vous avez déjà cinq liens" in answer.text
