"""Months close once and for all; the store is the ledger's projection, to the byte."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from sqlmodel import select

from app.core.db import Database
from app.core.errors import Forbidden, Unavailable
from app.core.jobs import take_lease
from app.core.scope import Scope
from app.core.settings import Settings
from app.organisations.models import Place
from app.sessions.models import AssistedSession, Attendance, Source
from app.sessions.service import remove_session
from app.statistics import acts, closing, projecting, standing
from app.statistics.closing import LEASE, LEASE_LENGTH, Refreshed, store_of
from app.statistics.engine import engine
from app.statistics.models import StatisticsLedger, StatisticsSubject
from app.statistics.policy import hmac32
from app.statistics.service import counter
from app.statistics.store import NoFigures, Version
from app.statistics.subjects import forget_resident
from app.statistics.vocabulary import Table
from tests.support.build import Builder

NOVEMBER = datetime(2026, 11, 24, 9, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 6, 9, tzinfo=UTC)
NEXT_FEBRUARY = datetime(2027, 2, 1, 9, tzinfo=UTC)
Close = Callable[..., Refreshed]


@pytest.fixture
def close(database: Database, settings: Settings) -> Close:
    """Run the closing at some instant."""

    def run(now: datetime, *, full: bool = False) -> Refreshed:
        return closing.refresh(database, settings, now=now, full=full)

    return run


def version_of(database: Database, settings: Settings) -> Version:
    return store_of(database, settings).current()


def months_of(database: Database) -> list[str]:
    with database.reading(Scope.system("tests")) as db:
        return sorted(db.exec(select(StatisticsLedger.month)).all())


def files_of(version: Version) -> dict[str, str]:
    return {
        str(path.relative_to(version.directory)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(version.directory.rglob("*"))
        if path.is_file()
    }


def test_a_month_closes_on_the_fifth_and_holds_what_was_noted(
    build: Builder, database: Database, settings: Settings, close: Close
) -> None:
    build.a_session(held_on=date(2026, 9, 15))
    build.a_session(held_on=date(2026, 10, 20))
    build.a_session(held_on=date(2026, 11, 20))

    early = close(datetime(2026, 11, 5, 2, 59, tzinfo=UTC))  # 3 h 59 in Paris
    due = close(datetime(2026, 11, 5, 3, 0, tzinfo=UTC))

    assert early.closed == ("2026-09",)
    assert due.closed == ("2026-10",)
    assert months_of(database) == ["2026-09", "2026-10"]
    assert version_of(database, settings).data_version == "2026-11-05T03:00:00Z"
    assert version_of(database, settings).years[2026].attendances == 2


def test_what_is_noted_late_counts_in_the_first_open_month(
    build: Builder, database: Database, close: Close
) -> None:
    build.a_session(held_on=date(2026, 10, 20))
    close(NOVEMBER)

    build.a_session(held_on=date(2026, 9, 3))
    close(DECEMBER)

    assert months_of(database) == ["2026-10", "2026-11"]


def test_history_from_before_the_first_day_joins_its_own_months(
    build: Builder, database: Database, settings: Settings, close: Close
) -> None:
    build.a_session(held_on=date(2026, 10, 20))
    close(NOVEMBER)
    old = build.a_session(held_on=date(2026, 11, 2))
    with database.writing(Scope.system("tests")) as db:
        session = db.get(AssistedSession, old.id)
        assert session is not None
        session.source, session.held_on = Source.COOP, date(2024, 5, 2)

    close(DECEMBER)

    assert months_of(database) == ["2024-05", "2026-10"]
    assert sorted(version_of(database, settings).years) == [2024, 2026]


def test_history_that_joins_a_year_already_written_is_published(
    build: Builder, database: Database, settings: Settings, close: Close
) -> None:
    sessions = [build.a_session(held_on=date(2026, 10, day)) for day in (1, 2)]
    with database.writing(Scope.system("tests")) as db:
        first = db.get(AssistedSession, sessions[0].id)
        assert first is not None
        first.source, first.held_on = Source.COOP, date(2024, 5, 2)
    close(NOVEMBER)
    late = build.a_session(held_on=date(2026, 11, 2))
    with database.writing(Scope.system("tests")) as db:
        session = db.get(AssistedSession, late.id)
        assert session is not None
        session.source, session.held_on = Source.COOP, date(2024, 7, 2)

    close(DECEMBER)

    year = version_of(database, settings).years[2024]
    assert year.attendances == 2
    # Its figures have a new noise: else those that move would tell of whom the history is.
    assert year.reference.editions == {"mediatheque-des-quais": 1}
    assert version_of(database, settings).years[2026].reference.editions == {}


def test_corrections_of_a_closed_month_wait_for_the_final_version(
    build: Builder, database: Database, settings: Settings, close: Close
) -> None:
    kept = build.a_session(held_on=date(2026, 10, 20))
    removed = build.a_session(held_on=date(2026, 10, 21))
    close(NOVEMBER)
    with database.writing(build.actor("awa").scope) as db:
        remove_session(db, build.actor("awa"), removed.id, now=NOVEMBER)
    with database.writing(Scope.system("tests")) as db:
        attendance = db.exec(select(Attendance).where(Attendance.session_id == kept.id)).one()
        attendance.gender = "feminin"

    close(DECEMBER)
    before = version_of(database, settings).years[2026]
    done = close(NEXT_FEBRUARY)
    after = version_of(database, settings).years[2026]

    assert (before.attendances, before.is_final) == (2, False)
    assert (after.attendances, after.is_final) == (1, True)
    assert done.finalised == (2026,)
    assert before.key != after.key
    with database.reading(Scope.system("tests")) as db:
        codes = [row.codes["gender"] for row in db.exec(select(StatisticsLedger))]
    assert codes == ["feminin"]


def test_closing_again_changes_nothing_and_a_full_rewrite_gives_the_same_bytes(
    build: Builder, database: Database, settings: Settings, close: Close
) -> None:
    for day in range(1, 20):
        resident = build.a_resident(family_name=f"Leroux{day}") if day % 3 else None
        build.a_session(
            held_on=date(2026, 10, day),
            who="resident" if resident else "anonymous",
            resident_id=resident.id if resident else None,
        )
    first = close(NOVEMBER)
    files = files_of(version_of(database, settings))

    again = close(NOVEMBER)
    with database.writing(Scope.system("tests")) as db:
        place = db.exec(select(Place)).first()
        assert place is not None
        place.name = "Un autre nom, donné après la clôture"
    rewritten = close(NOVEMBER, full=True)

    assert first.is_published
    assert not again.is_published
    assert rewritten.is_published
    assert files_of(version_of(database, settings)) == files


def test_two_closings_at_once_are_refused(database: Database, close: Close) -> None:
    with database.writing(Scope.system("tests")) as db:
        assert take_lease(db, LEASE, now=NOVEMBER, length=LEASE_LENGTH)

    with pytest.raises(Unavailable, match="déjà en cours"):
        close(NOVEMBER)


def test_a_clock_that_goes_back_closes_nothing_twice(
    build: Builder, database: Database, settings: Settings, close: Close
) -> None:
    build.a_session(held_on=date(2026, 10, 20))
    close(datetime(2026, 11, 5, 3, 30, tzinfo=UTC))
    before = files_of(version_of(database, settings))
    build.a_session(held_on=date(2026, 10, 21))

    back = close(datetime(2026, 11, 4, 20, tzinfo=UTC))  # October is not due by this clock
    again = close(datetime(2026, 11, 5, 3, 40, tzinfo=UTC))

    assert (back.closed, again.closed) == ((), ())
    assert not back.is_published
    assert not again.is_published
    assert months_of(database) == ["2026-10"]
    assert files_of(version_of(database, settings)) == before


def test_overseas_a_month_closes_when_it_does_in_paris(
    build: Builder, database: Database, close: Close
) -> None:
    """In Réunion it is seven o'clock by then, in Martinique eleven in the evening of the 4th."""
    with database.writing(Scope.system("tests")) as db:
        for place, commune in zip(db.exec(select(Place)), ("97411", "97209"), strict=False):
            place.commune = commune
    build.a_session(held_on=date(2026, 10, 31))

    early = close(datetime(2026, 11, 5, 2, 59, tzinfo=UTC))
    due = close(datetime(2026, 11, 5, 3, 0, tzinfo=UTC))

    assert (early.closed, due.closed) == ((), ("2026-10",))
    assert months_of(database) == ["2026-10"]  # the day is that of the place


def test_a_closing_stopped_before_the_store_is_taken_up_by_the_next(
    build: Builder, database: Database, settings: Settings, close: Close
) -> None:
    build.a_session(held_on=date(2026, 10, 20))
    close(NOVEMBER)
    facts = settings.data_dir / "facts"
    (facts / "current.json").write_text('{"version": "2026', encoding="utf-8")
    (facts / "versions" / ".writing").mkdir()
    (facts / "versions" / ".writing" / "half.parquet").write_bytes(b"PAR1")

    assert version_of(database, settings).years[2026].attendances == 1
    build.a_session(held_on=date(2026, 11, 20))
    close(DECEMBER)

    assert version_of(database, settings).years[2026].attendances == 2
    assert not (facts / "versions" / ".writing").exists()


@pytest.mark.parametrize("damage", ["truncated", "missing"])
def test_a_damaged_version_gives_way_to_the_last_good_one(
    build: Builder, database: Database, settings: Settings, close: Close, damage: str
) -> None:
    build.a_session(held_on=date(2026, 10, 20))
    close(NOVEMBER)
    good = version_of(database, settings).data_version
    build.a_session(held_on=date(2026, 11, 20))
    close(DECEMBER)
    store = store_of(database, settings)
    table = next(store.current().directory.rglob("attendances.parquet"))

    if damage == "missing":
        table.unlink()
    else:
        table.write_bytes(table.read_bytes()[:-20])

    assert store.current().data_version == good
    assert version_of(database, settings).data_version == good
    actor = build.actor("claire")
    with database.reading(actor.scope) as db:
        count = counter(database, settings, db, actor)
    (table,) = count.answer([count.ask("attendances", period="2026-10")])
    assert table.to_json()["data_version"] == good  # whoever reads is told how old it is
    assert count.last_month.code == "2026-10"


def test_erasing_a_person_cuts_the_link_and_keeps_the_figures(
    build: Builder, database: Database, settings: Settings, close: Close
) -> None:
    resident = build.a_resident()
    for day in (1, 2):
        build.a_session(held_on=date(2026, 10, day), who="resident", resident_id=resident.id)
    close(NOVEMBER)
    with database.writing(Scope.system("tests")) as db:
        forget_resident(db, resident.id)
        for attendance in db.exec(select(Attendance)):
            attendance.resident_id = None

    close(NEXT_FEBRUARY)

    with database.reading(Scope.system("tests")) as db:
        assert db.exec(select(StatisticsSubject)).all() == []
        subjects = {row.subject for row in db.exec(select(StatisticsLedger))}
    assert len(subjects) == 1  # still one person, whom nothing names any more
    assert version_of(database, settings).years[2026].attendances == 2


@pytest.mark.parametrize("who", ["farid", "dora", "root"])
def test_roles_without_figures_are_refused(
    build: Builder, database: Database, settings: Settings, close: Close, who: str
) -> None:
    build.a_session(held_on=date(2026, 10, 20))
    close(NOVEMBER)
    actor = build.actor(who)

    with database.reading(actor.scope) as db, pytest.raises(Forbidden):
        counter(database, settings, db, actor)


@pytest.mark.parametrize(("who", "structures"), [("awa", 1), ("alix", 1), ("claire", 2)])
def test_advisers_count_their_structure_and_coordinators_those_they_coordinate(
    build: Builder,
    database: Database,
    settings: Settings,
    close: Close,
    who: str,
    structures: int,
) -> None:
    build.a_session(held_on=date(2026, 10, 20))
    build.a_session(by="bruno", held_on=date(2026, 10, 20))
    close(NOVEMBER)
    actor = build.actor(who)

    with database.reading(actor.scope) as db:
        count = counter(database, settings, db, actor)
    table = count.answer([count.ask("attendances", ["organisation"], [], "2026-10")])[0]

    assert len(table.cells) == structures
    assert {cell.answer.status.value for cell in table.cells} == {"hidden"}


def test_before_the_first_closing_there_is_a_sentence_and_no_figure(
    build: Builder, database: Database, settings: Settings
) -> None:
    actor = build.actor("claire")

    with database.reading(actor.scope) as db, pytest.raises(NoFigures, match="paraissent le 5"):
        counter(database, settings, db, actor)


def test_the_store_holds_no_name_and_no_identifier(
    build: Builder, database: Database, settings: Settings, close: Close
) -> None:
    resident = build.a_resident(family_name="Introuvable")
    session = build.a_session(
        held_on=date(2026, 10, 20), who="resident", resident_id=resident.id, note="Introuvable"
    )
    close(NOVEMBER)

    with database.reading(Scope.system("tests")) as db:
        rows = db.exec(select(StatisticsLedger)).all()
        subjects = db.exec(select(StatisticsSubject.subject)).all()
    secrets = [
        "Introuvable",
        *map(str, (resident.id, session.id, session.author_id, *subjects)),
        *(str(row.attendance_id) for row in rows),
    ]
    for path in Path(settings.data_dir / "facts").rglob("*"):
        if path.is_file():
            stored = path.read_bytes()
            assert not [secret for secret in secrets if secret.encode() in stored]


def test_keys_are_those_of_the_ids_as_everybody_writes_them_on_any_engine(
    build: Builder, database: Database, settings: Settings, close: Close
) -> None:
    named = build.a_resident()
    build.a_session(held_on=date(2026, 9, 15), who="resident", resident_id=named.id)
    build.a_session(held_on=date(2026, 9, 16))
    close(NOVEMBER)
    year = version_of(database, settings).years[2026]
    with database.reading(Scope.system("tests")) as db:
        rows = db.exec(select(StatisticsLedger)).all()

    expected = {
        (
            hmac32(year.key, f"attendance:{row.attendance_id}"),
            hmac32(
                year.key,
                f"person:{row.subject}" if row.subject else f"attendance:{row.attendance_id}",
            ),
        )
        for row in rows
    }
    query = f"SELECT ak, rk FROM '{year.path(Table.ATTENDANCES)}'"  # noqa: S608
    assert set(engine().execute(query).fetchall()) == expected
    assert sum(row.subject is not None for row in rows) == 1


def test_a_year_is_closed_and_decided_again_in_several_batches(
    build: Builder,
    database: Database,
    settings: Settings,
    close: Close,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (standing, acts, projecting):
        monkeypatch.setattr(module, "BATCH", 2)
    people = [build.a_resident() for _ in range(3)]
    for day in range(1, 8):
        build.a_session(held_on=date(2026, 9, day), who="resident", resident_id=people[day % 3].id)

    close(NOVEMBER)
    with database.reading(Scope.system("tests")) as db:
        before = {row.attendance_id: row.subject for row in db.exec(select(StatisticsLedger))}
        known = db.exec(select(StatisticsSubject)).all()
    close(NEXT_FEBRUARY)
    with database.reading(Scope.system("tests")) as db:
        after = {row.attendance_id: row.subject for row in db.exec(select(StatisticsLedger))}

    assert len(before) == 7
    assert len(set(before.values())) == len(known) == 3, "one subject a person, whatever the batch"
    assert after == before
    assert version_of(database, settings).years[2026].is_final
