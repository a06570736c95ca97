"""Office hours: declared, shown with their free slots, taken by oneself or a colleague."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlmodel import select

from app.accounts import service as accounts
from app.accounts import team
from app.accounts.permissions import Role
from app.agenda import service as agenda
from app.agenda.models import FollowUp
from app.agenda.moments import Moment
from app.agenda.office_forms import OfficeForm
from app.agenda.office_hours import book
from app.agenda.office_models import OfficeHours
from app.agenda.workshop_models import Workshop
from app.core import clock
from app.core.db import Database
from app.core.errors import Invalid
from app.core.ids import new_id
from app.core.scope import Scope
from app.organisations.models import Place
from app.web.forms import check
from tests.support.build import NOW, Builder
from tests.support.client import Browser


@pytest.fixture(autouse=True)
def at_ten_past_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the clock on a Tuesday morning."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


def said(text: str) -> str:
    """Read a page with plain spaces."""
    return html.unescape(text).replace("\u00a0", " ")


def typed(build: Builder, **changes: str) -> dict[str, str]:
    """Fill the form as a browser would post it: Fridays from 9 h to 11 h."""
    return {
        "place_id": str(build.structure_of("awa").place.id),
        "repeat": "weekly",
        "first_on": "2026-11-27",
        "starts_at": "09:00",
        "ends_at": "11:00",
        "slot_min": "30",
    } | changes


def free(page: str, day: str) -> list[str]:
    """List the hours whose slots are free on a day."""
    links = re.findall(r'href="/agenda/nouveau\?([^"]*)"', page)
    return sorted(re.findall(r"heure=(\d\d)%3A(\d\d)", " ".join(x for x in links if day in x)))


def hours(*said_: str) -> list[tuple[str, ...]]:
    """Write hours as `free` gives them."""
    return [tuple(one.split(":")) for one in said_]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ends_at": "08:00"}, "Finissez plus tard"),
        ({"until_on": "2026-11-26"}, "avant la première"),
        ({"slot_min": "7"}, "une des durées proposées"),
        ({"starts_at": "9h"}, "Écrivez l’heure"),
        ({"repeat": "monthly"}, "une des réponses proposées"),
        ({"first_on": "9999-12-31"}, "une date plus proche"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(changes: dict[str, str], sentence: str) -> None:
    known = {
        "place_id": str(new_id()), "first_on": "2026-11-27", "starts_at": "09:00",
        "ends_at": "11:00",
    }  # fmt: skip

    form = check(OfficeForm, {name: [value] for name, value in (known | changes).items()})

    assert sentence in " ".join(form.errors.values())


def test_a_day_gone_is_refused_and_all_that_was_typed_stays(
    client: Browser, build: Builder
) -> None:
    answer = client.as_("awa").post("/permanences", data=typed(build, first_on="2026-11-20"))

    assert answer.status_code == 422
    assert "Ce jour est passé" in answer.text
    assert 'value="2026-11-20"' in answer.text


def test_free_slots_are_offered_until_taken_and_days_off_are_left_out_in_words(
    client: Browser, build: Builder, database: Database
) -> None:
    made = client.as_("awa").post("/permanences", data=typed(build))
    shown = said(client.get("/permanences").text)
    week = client.get("/agenda/2026-11-27?vue=semaine").text
    listed = client.get("/agenda?vue=liste").text
    path = re.search(r'href="(/agenda/nouveau\?[^"]*2026-11-27[^"]*09%3A30[^"]*)"', week)
    assert path is not None
    form = client.get(html.unescape(path[1])).text
    client.post(
        "/agenda/nouveau",
        data={
            "when": "date", "on": "2026-11-27", "starts_at": "09:20", "duration_min": "20",
            "reason": "impôts", "place_id": typed(build)["place_id"],
        },
    )  # fmt: skip
    after = client.get("/agenda/2026-11-27?vue=semaine").text
    christmas = said(client.get("/agenda/2026-12-25?vue=jour").text)
    number = re.search(r"/permanences/([0-9a-f-]{36})/modifier", shown)
    assert number is not None
    client.post(f"/permanences/{number[1]}/sauf", data={"on": "2026-12-04"})
    skipped = said(client.get("/agenda/2026-12-04?vue=jour").text)
    client.post(f"/permanences/{number[1]}/sauf", data={"on": "2026-11-27"})
    still = said(client.get("/permanences").text)
    with database.writing(Scope.system("tests")) as db:
        place = db.exec(select(Place).where(Place.id == build.structure_of("awa").place.id)).one()
        place.closed_on = date(2026, 12, 11)
    closed = said(client.get("/agenda/2026-12-11?vue=jour").text)

    assert made.status_code == 303
    assert "Médiathèque des Quais, chaque vendredi" in shown
    assert free(week, "2026-11-27") == hours("09:00", "09:30", "10:00", "10:30")
    assert free(listed, "2026-11-27") == free(week, "2026-11-27")
    for known in ('value="2026-11-27"', 'value="09:30"', 'value="30" selected'):
        assert known in form
    assert free(after, "2026-11-27") == hours("10:00", "10:30"), "9 h 20 to 9 h 40 takes two"
    assert "pas de permanence, férié : Noël" in christmas
    assert "pas de permanence, pas ce jour-là" in skipped
    assert "2 créneaux déjà pris" in still, "who comes that day has to be told"
    assert "pas de permanence, lieu fermé" in closed
    assert free(skipped, "2026-12-04") == free(christmas, "2026-12-25") == []


def test_a_colleague_takes_a_slot_once_and_it_stands_in_the_agenda_of_whose_it_is(
    client: Browser, build: Builder, database: Database
) -> None:
    with database.writing(Scope.system("tests")) as db:
        home = build.structure_of("awa").organisation.id
        accounts.add_membership(
            db, build.account_id("alix"), Role.ADVISER, home, now=NOW - timedelta(days=9)
        )
    client.as_("awa").post("/permanences", data=typed(build))
    number = re.findall(r"/permanences/([0-9a-f-]{36})/modifier", client.get("/permanences").text)[
        0
    ]
    slot = {
        "when": "date", "on": "2026-11-27", "starts_at": "10:00", "duration_min": "30",
        "reason": "impôts", "place_id": typed(build)["place_id"], "office_hours_id": number,
    }  # fmt: skip

    page = said(client.as_("alix").get("/permanences").text)
    form = said(client.get(f"/agenda/nouveau?jour=2026-11-27&heure=10:00&permanence={number}").text)
    taken = client.post("/agenda/nouveau", data=slot)
    again = client.post("/agenda/nouveau", data=slot)
    elsewhere = client.post("/agenda/nouveau", data=slot | {"starts_at": "14:00"})
    others = [
        client.get(f"/permanences/{number}/modifier"),
        client.post(f"/permanences/{number}/arreter"),
        client.post(f"/permanences/{number}/sauf", data={"on": "2026-11-27"}),
    ]
    foreign = client.as_("bruno").post(f"/permanences/{number}/arreter")
    with database.writing(Scope.system("tests")) as db:
        team.withdraw(db, build.actor("alix"), build.account_id("awa"), now=NOW)
    of_one_gone = client.as_("alix").post("/agenda/nouveau", data=slot | {"starts_at": "09:00"})

    assert of_one_gone.status_code == 422
    assert "Celles de mes collègues" in page
    assert f"permanence={number}" in page
    assert "permanence tenue par Awa Diallo" in form
    assert taken.status_code == 303
    assert again.status_code == elsewhere.status_code == 422
    assert "Ce créneau n’est plus libre" in again.text
    assert [answer.status_code for answer in others] == [403] * 3
    assert foreign.status_code == 404
    with database.reading(Scope.system("tests")) as db:
        (row,) = db.exec(select(FollowUp)).all()
    assert row.adviser_id == build.account_id("awa")


def test_office_hours_are_changed_stopped_and_taken_again(client: Browser, build: Builder) -> None:
    client.as_("awa").post("/permanences", data=typed(build))
    number = re.findall(r"/permanences/([0-9a-f-]{36})/modifier", client.get("/permanences").text)[
        0
    ]
    path = f"/permanences/{number}"

    form = client.get(f"{path}/modifier").text
    later: dict[str, Any] = typed(build, starts_at="10:00", version="1")
    changed = client.post(f"{path}/modifier", data=later)
    stale = client.post(f"{path}/modifier", data=later | {"starts_at": "08:00"})
    shown = said(client.get("/permanences").text)
    stopped = client.get(client.post(f"{path}/arreter").headers["location"]).text
    client.post(f"{path}/reprendre")
    again = client.get("/permanences").text

    assert 'value="09:00"' in form
    assert (changed.status_code, stale.status_code) == (303, 409)
    for value in ("10:00", "08:00"):
        assert f"<td>{value}</td>" in stale.text, "both are shown"
    assert "10 h 00 à 11 h 00, créneaux de 30 min" in shown
    assert number not in stopped.replace(f"{path}/reprendre", "")
    assert f'action="{path}/reprendre"' in stopped
    assert number in again


def test_of_two_colleagues_who_take_one_slot_at_once_the_second_is_told(
    client: Browser, build: Builder, database: Database
) -> None:
    client.as_("awa").post("/permanences", data=typed(build))
    actor, both = build.actor("awa"), Barrier(2)
    place_id = build.structure_of("awa").place.id
    moment = Moment(date(2026, 11, 27), place_id, time(9, 30), 30)
    with database.reading(actor.scope) as db:
        (number,) = db.exec(select(OfficeHours.id)).all()

    def tap(_: int) -> bool:
        both.wait()
        try:
            with database.writing(actor.scope) as db:
                whose = book(db, actor, number, moment, now=NOW)
                agenda.plan(db, actor, moment, reason="impôts", now=NOW, adviser_id=whose)
        except Invalid as refused:
            return refused.field != "starts_at"
        return True

    with ThreadPoolExecutor(2) as taps:
        assert sorted(taps.map(tap, range(2))) == [False, True]


def test_a_form_sent_twice_plans_once(client: Browser, build: Builder, database: Database) -> None:
    client.as_("awa")
    office = client.get("/permanences/nouvelle").text
    workshop = client.get("/ateliers/nouveau").text
    one, other = (
        {"number": re.search(r'name="number" value="([^"]+)"', page)[1]}  # type: ignore[index]
        for page in (office, workshop)
    )
    series = {
        "themes": "email",
        "title": "Premiers e-mails",
        "planned_on": "2026-12-01",
        "starts_at": "14:00",
        "duration_min": "90",
        "place_id": str(build.structure_of("awa").place.id),
        "repeat": "weekly",
        "times": "3",
    }
    answers = [
        *(client.post("/permanences", data=typed(build) | one) for _ in range(2)),
        *(client.post("/ateliers", data=series | other) for _ in range(2)),
    ]

    assert [answer.status_code for answer in answers] == [303] * 4
    assert answers[2].headers["location"] == answers[3].headers["location"]
    with database.reading(build.actor("awa").scope) as db:
        assert len(db.exec(select(OfficeHours)).all()) == 1
        assert len(db.exec(select(Workshop)).all()) == 3
