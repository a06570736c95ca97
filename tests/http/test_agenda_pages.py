"""The agenda's pages: late first, then by time; clashes and days off are said, not refused."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import select

from app.agenda.models import FollowUp
from app.core import clock
from app.core.db import Database
from tests.http.test_agenda import plan, said, typed
from tests.support.build import NOW, Builder
from tests.support.client import Browser


@pytest.fixture(autouse=True)
def at_ten_past_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the clock on a Tuesday morning."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


def told(page: str, *words: str) -> Iterator[int]:
    """Give where some words stand, to compare their order."""
    return (page.index(word) for word in words)


def test_late_ones_come_first_then_the_day_by_time(
    client: Browser, build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = build.a_resident()
    plan(client, build, person, on="2026-11-25", starts_at="16:00", reason="bien plus tard")
    plan(client, build, person, on="2026-11-25", starts_at="14:30", reason="avant")
    plan(client, build, person, on="2026-11-25", starts_at="", reason="dans la journée")
    plan(client, build, person, on="2026-11-24", starts_at="11:00", reason="oubliée hier")
    build.a_workshop([person])
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1))

    page = said(client.get("/agenda?vue=jour").text)

    places = list(told(page, "oubliée hier", "avant", "bien plus tard", "dans la journée"))
    assert places == sorted(places)
    assert "1 suivi en retard" in page
    assert "14 h 30" in page


def test_an_appointment_over_since_this_morning_is_late(
    client: Browser, build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(client, build, on="2026-11-24", starts_at="11:00")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=3))

    page = said(client.get("/agenda?vue=jour").text)

    assert "1 suivi en retard" in page
    assert "pas encore noté" in page


def test_the_view_and_the_day_are_in_the_address(client: Browser, build: Builder) -> None:
    plan(client, build, on="2026-12-03")

    week = said(client.as_("awa").get("/agenda/2026-12-03?vue=semaine").text)
    day = said(client.get("/agenda/2026-12-03").text)
    listed = said(client.get("/agenda?vue=liste").text)
    here = said(client.get("/agenda").text)

    assert "<h1>Semaine du 30 novembre</h1>" in week
    assert 'href="/agenda/2026-12-07?vue=semaine"' in week
    assert "<h1>Jeudi 3 décembre</h1>" in day
    assert 'href="/agenda/2026-12-04?vue=jour"' in day
    assert "Nicole Leroux" in week
    assert "Nicole Leroux" in day
    assert "Nicole Leroux" in listed
    assert "<h1>Semaine du 23 novembre</h1>" in here
    assert "Nicole Leroux" not in here


@pytest.mark.parametrize(
    "path",
    [
        "/agenda/2026-02-31",
        "/agenda?vue=siecle",
        "/agenda/hier",
        "/agenda/9999-12-31?vue=liste",
        "/agenda/0001-01-01?vue=semaine",
    ],
)
def test_an_address_that_is_none_is_told_so(client: Browser, build: Builder, path: str) -> None:
    answer = client.as_("awa").get(path)

    assert 400 <= answer.status_code < 500
    assert "<h1>" in answer.text


def test_what_overlaps_is_said_in_words_and_taken(client: Browser, build: Builder) -> None:
    build.a_workshop()  # at 14 h for an hour and a half
    plan(client, build, on="2026-11-24", starts_at="15:00")
    plan(client, build, build.a_resident(given_name="Paul"), on="2026-11-24", starts_at="15:30")

    day = said(client.get("/agenda?vue=jour").text)
    week = said(client.get("/agenda").text)

    assert "en même temps que Nicole Leroux" in day
    assert "en même temps que Premiers e-mails, Paul Leroux" in day
    assert re.search("en même temps : .*Premiers e-mails, Nicole Leroux", week)


def test_what_only_touches_does_not_overlap(client: Browser, build: Builder) -> None:
    build.a_workshop()
    plan(client, build, on="2026-11-24", starts_at="15:30")

    assert "en même temps" not in said(client.get("/agenda?vue=jour").text)


def test_days_off_are_said_and_not_refused(client: Browser, build: Builder) -> None:
    asked = said(client.as_("awa").get("/agenda/nouveau?jour=2026-12-25").text)
    plan(client, build, on="2026-12-25")

    day = said(client.get("/agenda/2026-12-25").text)

    for page in (asked, day):
        assert "férié : Noël" in page
        assert "vacances de Noël (zone B)" in page
    assert "Nicole Leroux" in day


def test_one_plans_from_the_agenda_with_somebody_found(client: Browser, build: Builder) -> None:
    person = build.a_resident()
    form = typed(reason="retraite", person_q="lerou")

    found = client.as_("awa").post("/agenda/nouveau/recherche", data=form)
    answer = client.post("/agenda/nouveau", data=form | {"resident_id": str(person.id)})
    day = said(client.get(answer.headers["location"]).text)

    assert f'value="{person.id}"' in found.text
    assert 'value="retraite"' in found.text
    assert 'value="10:30"' in found.text
    assert 'role="alert"' not in found.text.split("<main")[1].split("<form")[1]
    assert answer.headers["location"].startswith("/agenda/2026-11-26?")
    assert "10 h 30" in day
    assert "Nicole Leroux" in day
    assert "C’est prévu" in day


def test_one_plans_without_anybody(client: Browser, build: Builder) -> None:
    client.as_("awa").post("/agenda/nouveau", data=typed(reason="rappeler la Carsat"))

    assert "rappeler la Carsat" in client.get("/agenda?vue=liste").text


def test_two_taps_plan_one_appointment_and_other_words_another(
    client: Browser, build: Builder, database: Database
) -> None:
    form = typed(reason="retraite") | {"resident_id": str(build.a_resident().id)}

    first, second = (client.as_("awa").post("/agenda/nouveau", data=form) for _ in range(2))
    client.post("/agenda/nouveau", data=form | {"reason": "impôts"})

    assert first.headers["location"] == second.headers["location"]
    with database.reading(build.actor("awa").scope) as db:
        assert len(db.exec(select(FollowUp)).all()) == 2


def test_a_refused_plan_keeps_who_and_what_was_typed(client: Browser, build: Builder) -> None:
    person = build.a_resident()
    form = typed(on="2026-02-31", reason="retraite") | {"resident_id": str(person.id)}

    answer = client.as_("awa").post("/agenda/nouveau", data=form)

    assert answer.status_code == 422
    assert "choisissez une date qui existe" in said(answer.text)
    assert re.search(rf'value="{person.id}" id="[^"]+" checked', answer.text)
    assert 'value="retraite"' in answer.text


def test_somebody_of_another_structure_is_not_taken(client: Browser, build: Builder) -> None:
    theirs = build.a_resident(of="bruno")

    answer = client.as_("awa").post(
        "/agenda/nouveau", data=typed() | {"resident_id": str(theirs.id)}
    )

    assert answer.status_code == 422
    assert "Choisissez des personnes de votre structure" in answer.text


def test_a_colleague_of_another_structure_sees_nothing_of_it(
    client: Browser, build: Builder
) -> None:
    plan(client, build, reason="retraite")
    build.a_workshop()

    page = client.as_("bruno").get("/agenda?vue=liste").text

    assert "retraite" not in page
    assert "Premiers e-mails" not in page
    assert "Rien de prévu dans les quatre semaines." in page


def test_workshops_belong_to_the_entry_agenda(client: Browser, build: Builder) -> None:
    page = client.as_("awa").get("/ateliers").text

    assert re.search(r'href="/agenda" aria-current="page"', page)
    assert re.search(r'href="/agenda\?vue=jour" aria-current="page"', page)


def test_the_day_typed_is_told_before_saving(client: Browser, build: Builder) -> None:
    build.a_workshop()
    path = "/agenda/nouveau/jour"

    free = client.as_("awa").htmx("POST", path, data=typed(on="2026-11-24", starts_at="16:00"))
    taken = client.htmx("POST", path, data=typed(on="2026-11-24", starts_at="15:00", reason=""))
    none = client.htmx("POST", path, data=typed(on="2026-02-31"))
    never = client.htmx("POST", path, data=typed(on="9999-12-31", duration_min="9" * 20))

    assert "14 h 00, 1 h 30 · Premiers e-mails" in said(free.text)
    assert "en même temps" not in said(free.text)
    assert "en même temps que Premiers e-mails" in said(taken.text)
    for answer in (none, never):
        assert (answer.status_code, answer.text.strip()) == (200, "")
