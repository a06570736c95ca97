"""Of a month still open, a coordinator sees round tens, from twenty on, renewed at night."""

from datetime import UTC, date, datetime

import pytest

from app.core.db import Database
from app.core.errors import Forbidden
from app.core.scope import Scope
from app.sessions.models import AssistedSession, Attendance
from app.statistics.open_month import SoFar, so_far
from app.statistics.periods import month
from tests.support.build import Builder

NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
YESTERDAY = datetime(2026, 11, 23, 15, tzinfo=UTC)


def note(
    build: Builder, database: Database, number: int, *, by: str, recorded_at: datetime = YESTERDAY
) -> None:
    structure = build.structure_of(by).organisation
    with database.writing(Scope.system("tests")) as db:
        session = AssistedSession(
            organisation_id=structure.id,
            kind="WORKSHOP",
            held_on=date(2026, 11, 12),
            duration_min=60,
            recorded_at=recorded_at,
            attendances=[Attendance(organisation_id=structure.id) for _ in range(number)],
        )
        db.add(session)


def test_a_coordinator_sees_each_structure_in_round_tens(
    build: Builder, database: Database
) -> None:
    note(build, database, 44, by="awa")
    note(build, database, 19, by="bruno")

    found = so_far(database, build.actor("claire"), now=NOON)

    assert found == [
        SoFar("France services du Val", month(2026, 11), None),
        SoFar("Médiathèque des Quais", month(2026, 11), 40),
    ]


def test_what_was_noted_today_shows_tomorrow(build: Builder, database: Database) -> None:
    note(build, database, 20, by="awa")
    note(build, database, 30, by="awa", recorded_at=datetime(2026, 11, 24, 9, tzinfo=UTC))

    claire = build.actor("claire")
    today = {s.organisation: s.attendances for s in so_far(database, claire, now=NOON)}
    later = datetime(2026, 11, 25, 11, tzinfo=UTC)
    tomorrow = {s.organisation: s.attendances for s in so_far(database, claire, now=later)}

    assert (today["Médiathèque des Quais"], tomorrow["Médiathèque des Quais"]) == (20, 50)


def test_until_the_fifth_two_months_are_open(build: Builder, database: Database) -> None:
    build.everybody()
    found = so_far(database, build.actor("claire"), now=datetime(2026, 12, 3, 9, tzinfo=UTC))

    assert {one.month for one in found} == {month(2026, 11), month(2026, 12)}


@pytest.mark.parametrize("who", ["awa", "alix", "farid", "dora"])
def test_nobody_else_sees_it(build: Builder, database: Database, who: str) -> None:
    with pytest.raises(Forbidden):
        so_far(database, build.actor(who), now=NOON)
