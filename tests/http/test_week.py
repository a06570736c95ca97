"""A week corrected in one list: what changed is saved, all of it or nothing."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from app.core.db import Database
from app.core.ids import new_id
from app.procedures.models import ProcedureCase
from app.sessions.models import AssistedSession
from tests.support.build import TODAY, Builder
from tests.support.client import Browser

MONDAY = date(2026, 11, 23)
PATH = f"/activites/semaine?lundi={MONDAY}"


def row(session: AssistedSession, **changes: Any) -> dict[str, str]:
    """Fill the row of one activity as the page shows it."""
    facts = {
        "version": session.version,
        "held_on": session.held_on.isoformat(),
        "duration_min": session.duration_min,
        "place_id": session.place_id,
    } | changes
    return {f"{name}-{session.id}": str(value) for name, value in facts.items()}


def stored(database: Database, build: Builder) -> dict[UUID, AssistedSession]:
    """Read back what Awa's structure holds."""
    with database.reading(build.actor("awa").scope) as db:
        return {session.id: session for session in db.exec(select(AssistedSession))}


def test_two_rows_of_a_week_are_corrected_at_once(
    client: Browser, build: Builder, database: Database
) -> None:
    person = build.a_resident()
    one = build.a_session(
        who="resident", resident_id=person.id, outcome={"aide-logement": "started"}
    )
    other = build.a_session()
    page = client.as_("awa").get(PATH).text

    answer = client.post(
        PATH, data=row(one, held_on=MONDAY.isoformat()) | row(other, duration_min="60")
    )

    assert f'name="duration_min-{one.id}"' in page
    assert answer.status_code == 303
    after = stored(database, build)
    assert (after[one.id].held_on, after[one.id].duration_min) == (MONDAY, 30)
    assert (after[other.id].held_on, after[other.id].duration_min) == (TODAY, 60)
    with database.reading(build.actor("awa").scope) as db:
        assert db.exec(select(ProcedureCase)).one().moved_on == MONDAY


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"held_on": "2999-01-01"}, "held_on", "à venir"),
        ({"held_on": "hier"}, "held_on", "une date qui existe"),
        ({"duration_min": "0"}, "duration_min", "entre 5 min et 8 h"),
        ({"place_id": str(new_id())}, "place_id", "un lieu de votre structure"),
        ({"version": "7", "duration_min": "45"}, "held_on", "autre onglet"),
    ],
)
def test_one_wrong_row_saves_none_and_is_named(
    client: Browser,
    build: Builder,
    database: Database,
    changes: dict[str, str],
    field: str,
    sentence: str,
) -> None:
    wrong, right = build.a_session(), build.a_session()

    answer = client.as_("awa").post(
        PATH, data=row(wrong, **changes) | row(right, duration_min="60")
    )

    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'href="#f-{field}-{wrong.id}"' in answer.text
    assert stored(database, build)[right.id].duration_min == 30


def test_a_colleagues_week_is_not_touched(
    client: Browser, build: Builder, database: Database
) -> None:
    theirs = build.a_session(by="bruno")
    client.as_("awa")

    answer = client.post(PATH, data=row(theirs, duration_min="60"))

    assert answer.status_code == 303
    with database.reading(build.actor("bruno").scope) as db:
        assert db.exec(select(AssistedSession)).one().duration_min == 30


@pytest.mark.parametrize("day", ["0001-01-01", "1987-05-04", "2031-01-06", "9999-12-31"])
def test_a_week_when_nothing_can_have_been_noted_is_this_week(client: Browser, day: str) -> None:
    page = client.as_("awa").get(f"/activites/semaine?lundi={day}")

    assert page.status_code == 200
    assert f'action="{PATH}"' in page.text
