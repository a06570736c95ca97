"""Closing months: from activities to the ledger, and from the ledger to the fact store.

The ledger is committed first, then the store is published; a stop in between is taken up by the
next refresh, which finds the store behind. A lease keeps two closings apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import selectinload
from sqlmodel import col, func, select

from app.audit.models import Did
from app.audit.service import record
from app.core.db import Database, ReadSession, WriteSession
from app.core.errors import Unavailable
from app.core.jobs import release_lease, take_lease
from app.core.scope import Scope
from app.core.settings import Settings
from app.sessions.models import AssistedSession, Attendance, Source
from app.statistics import freezing, periods
from app.statistics.coding import Coder, Seen
from app.statistics.ledger import HelpedWith, LedgerRow
from app.statistics.models import StatisticsClosing, StatisticsLedger, StatisticsSubject
from app.statistics.periods import Level, Period
from app.statistics.store import FactStore, YearOfLedger

LEASE, LEASE_LENGTH = "statistics", timedelta(minutes=30)
BATCH = 2_000


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did."""

    closed: tuple[str, ...]
    added: int
    finalised: tuple[int, ...]
    is_published: bool


def store_of(database: Database, settings: Settings) -> FactStore:
    """Give the installation's fact store; its secret is derived from the master key."""
    return FactStore(settings.data_dir / "facts", database.keys.derive("statistics"))


def refresh(
    database: Database, settings: Settings, *, now: datetime, full: bool = False
) -> Refreshed:
    """Close the months that are due and bring the store up to date.

    Raises Unavailable when another process is closing.
    """
    last = periods.last_closed_month(now)
    with database.writing(Scope.system("closing")) as db:
        if not take_lease(db, LEASE, now=now, length=LEASE_LENGTH):
            raise Unavailable("Une clôture est déjà en cours. Réessayez dans quelques minutes.")
    try:
        with database.writing(Scope.system("closing")) as db:
            closed, added = _close_months(db, last, now)
            finalised = _finalise_years(db, now)
        is_published = _publish(database, store_of(database, settings), full=full)
    finally:
        with database.writing(Scope.system("closing")) as db:
            release_lease(db, LEASE, now=now)
    return Refreshed(tuple(p.code for p in closed), added, tuple(finalised), is_published)


def _close_months(db: WriteSession, last: Period, now: datetime) -> tuple[list[Period], int]:
    """Put what belongs to the months that are due in the ledger; a closed month takes no more."""
    before = _last_closed(db)
    first = periods.next_month(before) if before else _first_month(db)
    if first is None or first > last:
        return [], 0
    due = [first]
    while due[-1] < last:
        due.append(periods.next_month(due[-1]))
    added = 0
    subjects: dict[tuple[UUID, int], UUID] = {
        (row.resident_id, row.year): row.subject for row in db.exec(select(StatisticsSubject))
    }
    coder, seen = Coder(db), Seen()
    for session, attendance in _not_closed(db):
        month = _statistical_month(
            session, before, first, coder.first_days[session.organisation_id]
        )
        if month > last:
            continue
        row = StatisticsLedger(
            attendance_id=attendance.id,
            subject=_subject(db, subjects, attendance, month.year),
            month=month.code,
            codes=coder.codes(session, attendance),
        )
        db.add(row)
        seen.note(row)
        added += 1
        if added % BATCH == 0:
            db.flush()
    for month in due:
        db.add(StatisticsClosing(period=month.code, closed_at=now))
    for year in sorted({month.year for month in due} | seen.years):
        freezing.freeze(db, year, last_month=last, since=first, seen=seen.of(year))
    record(db, Did.CLOSE_MONTH, at=now, shown=added)
    return due, added


def _last_closed(db: ReadSession) -> Period | None:
    code = db.exec(
        select(func.max(StatisticsClosing.period)).where(col(StatisticsClosing.is_final).is_(False))
    ).one()
    return periods.read(code) if code else None


def _first_month(db: ReadSession) -> Period | None:
    first = db.exec(
        select(func.min(AssistedSession.held_on)).where(col(AssistedSession.removed_at).is_(None))
    ).one()
    return periods.month_of(first) if first else None


def _not_closed(db: ReadSession) -> Iterator[tuple[AssistedSession, Attendance]]:
    """Go through the attendances that no month holds yet, oldest activity first."""
    rows = db.exec(
        select(AssistedSession, Attendance)
        .join(Attendance, col(Attendance.session_id) == col(AssistedSession.id))
        .outerjoin(StatisticsLedger, col(StatisticsLedger.attendance_id) == col(Attendance.id))
        .where(
            col(StatisticsLedger.attendance_id).is_(None),
            col(AssistedSession.removed_at).is_(None),
        )
        .options(
            selectinload(AssistedSession.themes),  # type: ignore[arg-type]
            selectinload(Attendance.procedures),  # type: ignore[arg-type]
        )
        .order_by(col(AssistedSession.held_on), col(Attendance.id))
    )
    yield from rows.all()


def _statistical_month(
    session: AssistedSession, before: Period | None, first: Period, first_day_on: Any
) -> Period:
    """Give the month an activity counts in: its own, or the first open one when it came late.

    Imported history keeps its own months, when they lie before the structure's first day.
    """
    own = periods.month_of(session.held_on)
    is_history = session.source is not Source.ESCALE and session.held_on < first_day_on
    if before is None or own > before or is_history:
        return own
    return first


def _subject(
    db: WriteSession,
    subjects: dict[tuple[UUID, int], UUID],
    attendance: Attendance,
    year: int,
) -> UUID | None:
    """Give the random id of a named person for one year; an anonymous visit has none."""
    if attendance.resident_id is None:
        return None
    key = (attendance.resident_id, year)
    if key not in subjects:
        subjects[key] = uuid4()
        db.add(
            StatisticsSubject(subject=subjects[key], year=year, resident_id=attendance.resident_id)
        )
    return subjects[key]


def _finalise_years(db: WriteSession, now: datetime) -> list[int]:
    """Make final the years whose 31 January has come: corrections, merges and removals count."""
    years = {periods.read(c).year for c in db.exec(select(StatisticsClosing.period))}
    final = {
        int(code)
        for code in db.exec(
            select(StatisticsClosing.period).where(col(StatisticsClosing.is_final).is_(True))
        )
    }
    due = sorted(y for y in years - final if periods.becomes_final_at(y) <= now)
    for year in due:
        seen = _recode(db, year)
        end = Period(year, Level.YEAR, 1).end
        freezing.freeze(db, year, last_month=end, since=None, seen=seen.of(year))
        db.add(StatisticsClosing(period=str(year), closed_at=now, is_final=True))
    db.flush()
    return due


def _recode(db: WriteSession, year: int) -> Seen:
    """Code a year again from the activities as they stand, each in the month it was given.

    A person erased since keeps the subject that no longer leads to her: figures stay.
    """
    coder, seen = Coder(db), Seen()
    ledger = {
        row.attendance_id: row
        for row in db.exec(
            select(StatisticsLedger).where(col(StatisticsLedger.month).startswith(f"{year}-"))
        )
    }
    subjects = {
        (row.resident_id, row.year): row.subject
        for row in db.exec(select(StatisticsSubject).where(col(StatisticsSubject.year) == year))
    }
    rows = db.exec(
        select(AssistedSession, Attendance)
        .join(Attendance, col(Attendance.session_id) == col(AssistedSession.id))
        .join(StatisticsLedger, col(StatisticsLedger.attendance_id) == col(Attendance.id))
        .where(
            col(StatisticsLedger.month).startswith(f"{year}-"),
            col(AssistedSession.removed_at).is_(None),
        )
        .options(
            selectinload(AssistedSession.themes),  # type: ignore[arg-type]
            selectinload(Attendance.procedures),  # type: ignore[arg-type]
        )
    ).all()
    kept = set()
    for session, attendance in rows:
        row = ledger[attendance.id]
        row.codes = coder.codes(session, attendance)
        is_erased = attendance.resident_id is None and row.subject not in subjects.values()
        if not is_erased:
            row.subject = _subject(db, subjects, attendance, year)
        seen.note(row)
        kept.add(attendance.id)
    for attendance_id in ledger.keys() - kept:
        db.delete(ledger[attendance_id])
    return seen


def _publish(database: Database, store: FactStore, *, full: bool) -> bool:
    """Write the years that changed; False when the store is up to date already."""
    with database.reading(Scope.system("closing")) as db:
        closed = _last_closed(db)
        if closed is None:
            return False
        rows_of = _rows_a_year(db)
        years = sorted(rows_of.keys() | {closed.year})
        final = {
            int(c)
            for c in db.exec(
                select(StatisticsClosing.period).where(col(StatisticsClosing.is_final).is_(True))
            )
        }
        current = store.current_or_none()
        version = _data_version(closed, final)
        if current and current.data_version == version and not full:
            return False
        known = {} if current is None or full else dict(current.years)
        keep = [
            year
            for year in years
            if year in known
            and year < closed.year
            and known[year].is_final == (year in final)
            and known[year].attendances == rows_of.get(year)  # else history has joined it
        ]
        write = {
            year: YearOfLedger(
                rows=lambda year=year: _rows(db, year),  # type: ignore[misc]
                reference=freezing.frozen(db, year),
                is_final=year in final,
            )
            for year in years
            if year not in keep
        }
        store.publish(write, data_version=version, last_month=closed, keep=keep)
    return True


def _data_version(closed: Period, final: set[int]) -> str:
    """Date the figures: the instant at which what they hold was settled, whatever the clock."""
    instants = [periods.closes_at(closed), *(periods.becomes_final_at(year) for year in final)]
    return max(instants).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rows_a_year(db: ReadSession) -> dict[int, int]:
    counted = db.exec(
        select(StatisticsLedger.month, func.count(col(StatisticsLedger.attendance_id))).group_by(
            StatisticsLedger.month
        )
    )
    found: dict[int, int] = {}
    for month, number in counted:
        year = periods.read(month).year
        found[year] = found.get(year, 0) + number
    return found


def forget_resident(db: WriteSession, resident_id: UUID) -> None:
    """Cut what leads from figures to a person who is erased; the figures stay."""
    rows = select(StatisticsSubject).where(col(StatisticsSubject.resident_id) == resident_id)
    for row in db.exec(rows):
        db.delete(row)
    db.flush()


def _rows(db: ReadSession, year: int) -> Iterator[LedgerRow]:
    """Read one year of the ledger, in an order that does not depend on chance."""
    rows = db.exec(
        select(StatisticsLedger)
        .where(col(StatisticsLedger.month).startswith(f"{year}-"))
        .order_by(col(StatisticsLedger.attendance_id))
        .execution_options(yield_per=BATCH)
    )
    for row in rows:
        codes = row.codes
        yield LedgerRow(
            attendance=str(row.attendance_id),
            subject=str(row.subject) if row.subject else None,
            month=periods.read(row.month),
            organisation=codes["organisation"],
            place=codes["place"],
            age_band=codes["age_band"],
            gender=codes["gender"],
            status=codes["status"],
            kind=codes["kind"],
            mode=codes["mode"],
            home_connection=codes["home_connection"],
            minutes=codes["minutes"],
            dealt=codes["dealt"],
            themes=tuple(codes["themes"]),
            procedures=tuple(
                HelpedWith(h["procedure"], h["outcome"], tuple(h["blockers"]))
                for h in codes["procedures"]
            ),
            divides=tuple(codes["divides"]),
            equipment=tuple(codes["equipment"]),
        )
