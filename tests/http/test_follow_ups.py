"""Follow-ups: late first, done, postponed, each with its undo; and quick passages."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.db import Database
from app.core.ids import new_id
from tests.support.build import NOW, Builder
from tests.support.client import Browser


@pytest.fixture(autouse=True)
def at_ten_past_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the clock on a Tuesday morning."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


def plan(client: Browser, build: Builder, **facts: str) -> str:
    """Plan a follow-up with Nicole from her page; give its id."""
    person = build.a_resident()
    form = {"when": "tomorrow", "reason": "rappeler la Carsat"} | facts
    response = client.as_("awa").post(f"/beneficiaires/{person.id}/suivis", data=form)
    assert response.status_code == 303
    return response.headers["location"].split("suivi=")[1].split("&")[0]


def test_what_is_late_comes_first(
    client: Browser, build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(client, build)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=4))

    page = client.get("/").text.replace("\u00a0", " ")

    assert "3 jours de retard" in page
    assert "rappeler la Carsat" in page


def test_done_and_undone(client: Browser, build: Builder) -> None:
    follow_up = plan(client, build, when="date", on="2026-11-24")

    before = client.get("/").text
    client.post(f"/suivis/{follow_up}/fait", data={})
    after = client.get(f"/?suivi={follow_up}&geste=fait").text
    client.post(f"/suivis/{follow_up}/annuler", data={})
    again = client.get("/").text

    assert "rappeler la Carsat" in before
    assert "rappeler la Carsat" not in after
    assert f"/suivis/{follow_up}/annuler" in after
    assert "rappeler la Carsat" in again


def test_postponed_once_even_by_two_tabs(client: Browser, build: Builder) -> None:
    follow_up = plan(client, build)
    path = f"/suivis/{follow_up}/reporter"

    first = client.post(path, data={"when": "week", "version": "1"})
    second = client.post(path, data={"when": "month", "version": "1"})

    assert first.status_code == 303
    assert second.status_code == 409
    assert "déjà changé" in second.text


def test_a_day_gone_is_refused(client: Browser, build: Builder) -> None:
    follow_up = plan(client, build)

    response = client.post(
        f"/suivis/{follow_up}/reporter", data={"when": "date", "on": "2026-11-01", "version": "1"}
    )

    assert response.status_code == 422
    assert "Choisissez un jour à venir" in response.text


def test_another_structures_follow_up_does_not_exist(client: Browser, build: Builder) -> None:
    follow_up = plan(client, build)

    client.as_("bruno")
    answers = [
        client.post(f"/suivis/{follow_up}/fait", data={}),
        client.get(f"/suivis/{follow_up}/reporter"),
        client.get(f"/activites/nouvelle?suivi={follow_up}"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_a_double_tap_counts_one_passage_and_undo_takes_it_back(
    client: Browser, build: Builder, database: Database
) -> None:
    build.everybody()
    passage = {"id": str(new_id())}

    client.as_("awa").post("/passages", data=passage)
    client.post("/passages", data=passage)
    once = client.get("/").text
    client.post("/passages/retirer")
    none = client.get("/").text

    assert '<output aria-label="Passages aujourd’hui">1</output>' in once
    assert '<output aria-label="Passages aujourd’hui">0</output>' in none


def test_removing_a_visit_takes_back_what_followed_and_undo_gives_it_back(
    client: Browser, build: Builder
) -> None:
    person = build.a_resident()
    session = build.a_session(
        who="resident",
        resident_id=person.id,
        outcome={"aide-logement": "started"},
        follow_up="week",
        follow_up_reason="voir la réponse",
    )
    path = f"/beneficiaires/{person.id}"

    client.as_("awa").post(f"/activites/{session.id}/retirer")
    without = client.get(path).text
    client.post(f"/activites/{session.id}/rendre")
    back = client.get(path).text

    assert "voir la réponse" not in without
    assert "Pas encore de visite notée" in without
    assert "voir la réponse" in back
    assert "1\u00a0visite" in back


def test_all_that_misses_in_a_follow_up_is_told_at_once(client: Browser, build: Builder) -> None:
    person = build.a_resident()

    answer = client.as_("awa").post(
        f"/beneficiaires/{person.id}/suivis", data={"when": "date", "reason": ""}
    )

    assert answer.status_code == 422
    assert "Choisissez la date du suivi." in answer.text
    assert "Dites pour quoi revenir" in answer.text


def test_postponing_comes_back_to_the_page_one_left(client: Browser, build: Builder) -> None:
    follow_up = plan(client, build)
    path = f"/suivis/{follow_up}/reporter"

    asked = client.get(f"{path}?back=/beneficiaires").text
    moved = client.post(path, data={"when": "week", "version": "1", "back": "/beneficiaires"})

    assert 'name="back" value="/beneficiaires"' in asked
    assert moved.headers["location"].startswith("/beneficiaires?")


def test_planning_is_undone_in_one_tap(client: Browser, build: Builder) -> None:
    person = build.a_resident()
    path = f"/beneficiaires/{person.id}"
    planned = client.as_("awa").post(
        f"{path}/suivis", data={"when": "tomorrow", "reason": "voir la réponse"}
    )

    toast = client.get(planned.headers["location"]).text
    follow_up = planned.headers["location"].split("suivi=")[1].split("&")[0]
    client.post(f"/suivis/{follow_up}/retirer", data={"back": path})

    assert f"/suivis/{follow_up}/retirer" in toast
    assert "Rien de prévu." in client.get(path).text
