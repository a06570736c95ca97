"""Lists of workshops: who has a place, who waits, who moves up; series; the sheet to sign."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from app.agenda.moving import move_registrations, register_again
from app.agenda.registrations import people_of, register
from app.agenda.workshop_models import Registration, Workshop, WorkshopState
from app.audit.models import AccessRecord, Did
from app.core import clock
from app.core.db import Database
from app.core.scope import Scope
from app.privacy.erasing import Why, erase
from tests.http.test_workshops import plan, saved, to_plan, typed
from tests.support.build import NOW, TODAY, Builder
from tests.support.client import Browser


@pytest.fixture(autouse=True)
def at_ten_past_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the clock on a Tuesday morning."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


def said(text: str) -> str:
    """Read a page with plain spaces."""
    return html.unescape(text).replace("\u00a0", " ")


def arrive(client: Browser, path: str, person: Any = None) -> str:
    """Register somebody, or nobody in particular; read the page that follows."""
    form = {"resident_id": str(person.id)} if person else {}
    answer = client.post(f"{path}/inscrits", data=form)
    assert answer.status_code == 303, answer.text
    return said(client.get(answer.headers["location"]).text)


def of(database: Database, build: Builder, person: Any) -> str:
    """Find somebody's registration."""
    return next(
        str(r.id) for r in saved(database, build, Registration) if r.resident_id == person.id
    )


def order(page: str, *names: str) -> list[str]:
    """Give names in the order that the list has them, those who wait after a bar."""
    lists = page[page.index('id="t-people"') :]
    wanted = {name: lists.find(f">{name}<") for name in names}
    wanted["|"] = lists.find('id="t-waiting"')
    return [name for name, at in sorted(wanted.items(), key=lambda one: one[1]) if at >= 0]


def test_past_the_capacity_people_wait_and_move_up_in_order(
    client: Browser, build: Builder, database: Database
) -> None:
    nicole, paul = build.a_resident(), build.a_resident(given_name="Paul")
    names = ("Nicole Leroux", "Paul Leroux", "Une personne anonyme")
    path = plan(client, build, capacity="1")

    arrive(client, path, nicole)
    waits = arrive(client, path, paul)
    nameless = arrive(client, path)
    twice = arrive(client, path, nicole)
    left = client.post(f"{path}/desinscrire", data={"registration_id": of(database, build, nicole)})
    moved = said(client.get(left.headers["location"]).text)
    undo = dict(re.findall(r'name="(rank|resident_id)" value="([^"]+)"', moved))
    client.post(f"{path}/remettre", data=undo)
    back = said(client.get(path).text)
    (anonymous,) = (r for r in saved(database, build, Registration) if r.resident_id is None)
    client.post(f"{path}/monter", data={"registration_id": str(anonymous.id)})
    raised = said(client.get(path).text)
    grown = client.post(f"{path}/modifier", data=to_plan(build, version="1", capacity="2"))
    larger = said(client.get(grown.headers["location"]).text)
    lowered = client.post(f"{path}/modifier", data=to_plan(build, version="2", capacity="1"))

    assert "C’est complet : en liste d’attente" in waits
    assert "complet, 1 sur 1 · 2 en liste d’attente" in nameless
    assert "déjà sur la liste" in twice
    assert "Paul Leroux monte de la liste d’attente" in moved
    assert "Leroux" not in left.headers["location"]
    assert order(moved, *names) == ["Paul Leroux", "|", "Une personne anonyme"]
    assert order(back, *names) == ["Nicole Leroux", "|", "Paul Leroux", "Une personne anonyme"]
    assert order(raised, *names) == ["Nicole Leroux", "|", "Une personne anonyme", "Paul Leroux"]
    assert "Une personne anonyme monte de la liste d’attente" in larger
    assert lowered.status_code == 422
    assert "Il y a déjà 2 inscrits. Écrivez 2 ou plus." in said(lowered.text)


def test_only_those_with_a_place_are_there_by_default_once_held(
    client: Browser, build: Builder
) -> None:
    nicole, paul = build.a_resident(), build.a_resident(given_name="Paul")
    path = plan(client, build, capacity="2")
    arrive(client, path, nicole)
    arrive(client, path)
    arrive(client, path, paul)

    form = client.get(f"/activites/atelier?prevu={path.split('/')[-1]}").text
    again = client.post(
        "/activites/atelier",
        data=typed(build, people=[str(nicole.id)], waiting=[str(paul.id)], title=""),
    ).text

    shown = {n: form.split(f'name="present" value="{n.id}"')[1][:60] for n in (nicole, paul)}
    assert "checked" in shown[nicole]
    assert "checked" not in shown[paul]
    assert "Venus de la liste d’attente" in form
    assert re.search(r'name="anonymous"[^>]*value="1"', form)
    assert f'name="waiting" value="{paul.id}"' in again


def test_who_is_erased_leaves_her_place_to_the_next(build: Builder, database: Database) -> None:
    nicole, paul = build.a_resident(), build.a_resident(given_name="Paul")
    workshop = build.a_workshop([nicole, paul])
    with database.writing(Scope.system("tests")) as db:
        row = db.get(Workshop, workshop.id)
        assert row is not None
        row.capacity = 1
        erase(db, nicole.id, why=Why.ASKED, by=None, now=NOW)

    with database.reading(Scope.system("tests")) as db:
        people = people_of(db, row)

    assert [one.resident_id for one in people.seated] == [paul.id]
    assert people.waiting == []


def test_two_files_joined_keep_the_better_place_and_parted_lose_nobody(
    build: Builder, database: Database
) -> None:
    nicole, paul, twin = (build.a_resident(given_name=n) for n in ("Nicole", "Paul", "Nicolle"))
    workshop, actor = build.a_workshop([twin, paul, nicole]), build.actor("awa")

    with database.writing(actor.scope) as db:
        moved, twice = move_registrations(db, twin.id, nicole.id)
        joined = [one.resident_id for one in people_of(db, workshop).everybody]
        register_again(db, actor.organisation_id, twin.id, twice, now=NOW)
        parted = [one.resident_id for one in people_of(db, workshop).everybody]

    assert (moved, twice) == ([], [workshop.id])
    assert joined == [nicole.id, paul.id]
    assert parted == [nicole.id, paul.id, twin.id]


def test_of_two_advisers_who_take_the_last_place_at_once_one_waits(
    build: Builder, database: Database
) -> None:
    people = [build.a_resident(), build.a_resident(given_name="Paul")]
    workshop, actor, both = build.a_workshop(), build.actor("awa"), Barrier(2)
    with database.writing(actor.scope) as db:
        row = db.get(Workshop, workshop.id)
        assert row is not None
        row.capacity = 1

    def tap(resident_id: UUID) -> bool:
        both.wait()
        with database.writing(actor.scope) as db:
            return register(db, actor, workshop.id, resident_id, now=NOW)[0].waited

    with ThreadPoolExecutor(2) as taps:
        waited = list(taps.map(tap, [person.id for person in people]))

    assert sorted(waited) == [False, True]
    assert sorted(r.rank for r in saved(database, build, Registration)) == [1, 2]


SERIES = {"planned_on": "2026-12-11", "repeat": "weekly", "times": "5"}  # Fridays


def days(database: Database, build: Builder) -> list[date]:
    """Give the days planned."""
    return sorted(w.planned_on for w in saved(database, build, Workshop))


def test_a_series_leaves_public_holidays_out_and_says_so_first(
    client: Browser, build: Builder, database: Database
) -> None:
    form = to_plan(build) | SERIES

    told = said(client.as_("awa").post("/ateliers/jours", data=form | {"title": ""}).text)
    first = said(client.post("/ateliers", data=form | {"step": "days"}).text)
    without = client.post("/ateliers", data=form | {"times": ""})
    long = client.post("/ateliers", data=form | {"times": "", "until": "2028-12-11"})
    kept = said(client.post("/ateliers/jours", data=form | {"keep_holidays": "true"}).text)
    made = client.post("/ateliers", data=form)
    own = made.headers["location"].split("/")[-1].split("?")[0]
    alone = to_plan(build, planned_on="2026-12-11")
    itself = said(client.post(f"/ateliers/jours?sauf={own}", data=alone).text)
    clash = said(client.post("/ateliers/jours", data=alone).text)

    for page in (told, first):
        assert "3 ateliers" in page
        assert "Vendredi 25 décembre" in page
        assert "férié : Noël" in page
        assert "sauté" in page
        assert "vacances de Noël" in page
    assert "5 ateliers" in kept
    assert "Dites jusqu’à quel jour, ou combien de fois." in without.text
    assert "52 fois au plus" in said(long.text)
    assert made.status_code == 303
    assert "vous avez déjà quelque chose" in clash
    assert "vous avez déjà quelque chose" not in itself
    assert days(database, build) == [date(2026, 12, 11), date(2026, 12, 18), date(2027, 1, 8)]
    assert len({w.series_id for w in saved(database, build, Workshop)}) == 1


def test_a_series_changes_and_is_cancelled_from_one_on_but_never_what_was_held(
    client: Browser, build: Builder, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    nicole = build.a_resident()
    path = plan(client, build, repeat="weekly", times="4")
    ids = [w.id for w in sorted(saved(database, build, Workshop), key=lambda w: w.planned_on)]
    client.post("/activites/atelier", data=typed(build, workshop=str(ids[0])))
    arrive(client, f"/ateliers/{ids[2]}", nicole)

    later = to_plan(build, planned_on="2026-12-02", starts_at="10:00", title="Photos")
    form = client.get(f"/ateliers/{ids[1]}/modifier").text
    client.post(f"/ateliers/{ids[1]}/modifier", data=later | {"version": "1", "reach": "following"})
    rows = {w.id: w for w in saved(database, build, Workshop)}
    warning = said(client.get(f"/ateliers/{ids[1]}/annuler").text)
    client.post(f"/ateliers/{ids[3]}/annuler", data={"reach": "this"})
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=1))
    client.post(f"/ateliers/{ids[1]}/annuler", data={"reach": "following"})
    cancelled = [w.state for w in sorted(saved(database, build, Workshop), key=lambda w: w.id)]
    client.post(f"/ateliers/{ids[1]}/retablir", data={"reach": "following"})
    again = {w.id: w.state for w in saved(database, build, Workshop)}

    assert "Celui-ci et les suivants (2)" in form
    assert (rows[ids[0]].title, rows[ids[0]].planned_on) == ("Premiers e-mails", TODAY)
    assert [rows[i].planned_on.isoformat() for i in ids[1:]] == [
        "2026-12-02", "2026-12-09", "2026-12-16",
    ]  # fmt: skip
    assert {(rows[i].title, str(rows[i].starts_at)) for i in ids[1:]} == {("Photos", "10:00:00")}
    assert "Mercredi 9 décembre" in warning
    assert "Nicole Leroux" in warning
    assert cancelled == [WorkshopState.HELD] + [WorkshopState.CANCELLED] * 3
    assert again[ids[1]] is again[ids[2]] is WorkshopState.PLANNED
    assert again[ids[3]] is WorkshopState.CANCELLED, "cancelled alone, before"
    assert path.endswith(str(ids[0]))


def test_the_sheet_to_sign_names_who_has_a_place_and_says_who_read_it(
    client: Browser, build: Builder, database: Database
) -> None:
    nicole, paul = build.a_resident(), build.a_resident(given_name="Paul")
    path = plan(client, build, capacity="1")
    arrive(client, path, nicole)
    arrive(client, path, paul)
    with database.reading(Scope.system("tests")) as db:
        before = len(db.exec(select(AccessRecord)).all())

    sheet = said(client.get(f"{path}/emargement").text)
    foreign = client.as_("bruno").get(f"{path}/emargement")

    with database.reading(Scope.system("tests")) as db:
        read = db.exec(select(AccessRecord).order_by(col(AccessRecord.id))).all()[before:]
    assert "Nicole Leroux" in sheet
    assert "Paul" not in sheet
    assert "Mardi 24 novembre 2026, 14 h 00" in sheet
    assert "avec Awa Diallo" in sheet
    assert sheet.count("<tr>") == 1 + 15
    assert "RGPD" in sheet
    assert [(r.did, r.shown) for r in read] == [(Did.LIST_RESIDENTS, 1)]
    assert foreign.status_code == 404
