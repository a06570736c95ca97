"""The demonstration is believable, the same for a seed, and betrays none of its people."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from app.accounts import service as accounts
from app.agenda import service as agenda
from app.assessments.models import Assessment
from app.core.db import Database
from app.core.errors import Forbidden
from app.core.scope import Scope
from app.core.settings import Settings, load
from app.demo import world
from app.demo.make import make
from app.residents.models import Resident
from app.residents.service import open_residents
from app.sessions.models import AssistedSession, Attendance, ProcedureHelp
from app.statistics.closing import refresh
from tests.conftest import MASTER
from tests.support import engines
from tests.support.written import everything_written

UNTIL = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def demo(database: Database, settings: Settings) -> Database:
    """A small demonstration, its months closed."""
    make(database, settings, sessions=400, seed=7, until=UNTIL)
    refresh(database, settings, now=NOW)
    return database


def test_procedures_are_of_the_activity_of_their_attendance(demo: Database) -> None:
    with demo.reading(Scope.system("tests")) as db:
        rows = db.exec(
            select(ProcedureHelp.session_id, Attendance.session_id).join(
                Attendance, col(ProcedureHelp.attendance_id) == col(Attendance.id)
            )
        ).all()

    assert len(rows) > 100
    assert all(noted == of_attendance for noted, of_attendance in rows)


def test_it_is_believable(demo: Database) -> None:
    with demo.reading(Scope.system("tests")) as db:
        awa = accounts.account_by_email(db, "awa@mediatheque.example")
        actor = accounts.actor_of(db, awa.id, now=NOW)
        assert actor is not None
        days = Counter(d.weekday() for d in db.exec(select(AssistedSession.held_on)))
        helped = Counter(db.exec(select(ProcedureHelp.procedure)))
    with demo.reading(actor.scope) as db:
        assessed = db.exec(select(Assessment)).all()
        late = [p for p in agenda.waiting(db, actor, until=UNTIL) if p.due_on < UNTIL]

    ten = {usual.slug for usual in world.USUAL}
    share = sum(count for slug, count in helped.items() if slug in ten) / helped.total()
    assert late
    assert sorted({row.finished_at is None for row in assessed}) == [False, True]
    assert days[6] == 0, "nobody on Sundays"
    assert days[world.MARKET_DAY] == max(days.values())
    assert 0.5 < share < 0.75


def test_no_name_phone_or_address_of_its_people_is_written_in_clear(
    demo: Database, settings: Settings, request: pytest.FixtureRequest
) -> None:
    with demo.reading(Scope.system("tests")) as db:
        people = open_residents(db, db.exec(select(Resident.id)).all()).values()
    written = everything_written(settings, demo, request)

    told = {p.name for p in people} | {p.phone for p in people} | {p.email for p in people}
    needles = [text.encode() for text in told if text]

    assert len(needles) > 100
    assert [needle for needle in needles if needle in written] == []


def test_the_same_seed_gives_the_same_activities(
    templates: Callable[[str], engines.Template], tmp_path: Path
) -> None:
    portraits = []
    for copy in ("one", "other"):
        folder = tmp_path / copy
        folder.mkdir()
        with templates("sqlite").copy(folder) as url:
            settings = load(env="test", database_url=url, data_dir=folder, master_key=MASTER)
            database = Database(url, engines.key(MASTER))
            make(database, settings, sessions=60, seed=3, until=UNTIL)
            with database.reading(Scope.system("tests")) as db:
                rows = db.exec(select(AssistedSession).order_by(col(AssistedSession.id)))
                portraits.append([(s.id, s.held_on, s.duration_min, s.kind) for s in rows])
            database.close()

    assert len(portraits[0]) > 100
    assert portraits[0] == portraits[1]


def test_production_refuses_it(database: Database, settings: Settings) -> None:
    production = load(
        env="production",
        base_url="https://escale.example",
        database_url=settings.database_url.get_secret_value(),
        data_dir=settings.data_dir,
        master_key=MASTER,
    )

    with pytest.raises(Forbidden, match="production"):
        make(database, production, sessions=10, seed=1, until=UNTIL)
