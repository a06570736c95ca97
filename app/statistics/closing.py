"""Closing months: from activities to the ledger, and from the ledger to the fact store.

The ledger is committed first, then the store is published; a stop in between is taken up by the
next refresh, which finds the store behind. A lease keeps two closings apart. Months close on the
5th by the clock of Paris, also for places overseas, where it is the 4th or the 5th already.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import col, func, select

from app.audit.models import Did
from app.audit.service import record
from app.core.db import Database, ReadSession, WriteSession
from app.core.errors import Unavailable
from app.core.jobs import release_lease, take_lease
from app.core.scope import Scope
from app.core.settings import Settings
from app.sessions.models import AssistedSession, Source
from app.statistics import freezing, periods
from app.statistics.acts import close_acts, last_closed_with_acts, recode_acts
from app.statistics.coding import Coder, Seen
from app.statistics.models import StatisticsClosing, StatisticsLedger
from app.statistics.periods import Level, Period
from app.statistics.projecting import (
    final_years,
    last_closed,
    of_year,
    publish_ledger,
)
from app.statistics.standing import Standing, not_closed, standing
from app.statistics.store import FactStore
from app.statistics.subjects import Subjects

LEASE, LEASE_LENGTH = "statistics", timedelta(minutes=30)


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
        is_published = publish_ledger(database, store_of(database, settings), full=full)
    finally:
        with database.writing(Scope.system("closing")) as db:
            release_lease(db, LEASE)
    return Refreshed(tuple(p.code for p in closed), added, tuple(finalised), is_published)


def _close_months(db: WriteSession, last: Period, now: datetime) -> tuple[list[Period], int]:
    """Put what belongs to the months that are due in the ledger; a closed month takes no more.

    Months that an earlier version closed without their acts take these now.
    """
    before, before_acts = last_closed(db), last_closed_with_acts(db)
    first = periods.next_month(before) if before else _first_month(db)
    due = _months(first, last) if first else []
    if not due and before_acts == before:
        return [], 0
    coder, subjects, seen = Coder(db), Subjects(db), Seen()
    added = 0
    if first and due:
        added = _close_attendances(db, coder, subjects, seen, before=before, first=first, last=last)
    for month in due:
        db.add(StatisticsClosing(period=month.code, closed_at=now))
    db.flush()
    end = due[-1] if due else before or last
    years = close_acts(db, coder, subjects, before=before_acts, last=end)
    for year in sorted({month.year for month in due} | seen.years | years):
        since = first if due else periods.next_month(end)
        freezing.freeze(
            db,
            year,
            last_month=end,
            since=since,
            seen=seen.of(year),
            again=sorted(seen.late(year)),
        )
    if due:
        record(db, Did.CLOSE_MONTH, at=now, shown=added)
    return due, added


def _months(first: Period, last: Period) -> list[Period]:
    found = []
    while first <= last:
        found.append(first)
        first = periods.next_month(first)
    return found


def _close_attendances(
    db: WriteSession,
    coder: Coder,
    subjects: Subjects,
    seen: Seen,
    *,
    before: Period | None,
    first: Period,
    last: Period,
) -> int:
    """Code the attendances that no month holds yet, and count them."""
    added = 0
    for batch in not_closed(db):
        subjects.turn_to(attendance.resident_id for attendance in batch)
        rows: list[dict[str, Any]] = []
        for attendance in batch:
            month = _statistical_month(
                attendance, before, first, coder.first_days[attendance.organisation_id]
            )
            if month > last:
                continue
            codes = coder.codes(attendance)
            seen.note(month, codes)
            if before is not None and month <= before:
                seen.note_late(month, codes)
            rows.append(
                {
                    "attendance_id": attendance.id,
                    "subject": subjects.of(attendance.resident_id, month.year),
                    "month": month.code,
                    "codes": codes,
                }
            )
        db.insert_many(StatisticsLedger, rows)
        added += len(rows)
    return added


def _first_month(db: ReadSession) -> Period | None:
    first = db.exec(
        select(func.min(AssistedSession.held_on)).where(col(AssistedSession.removed_at).is_(None))
    ).one()
    return periods.month_of(first) if first else None


def _statistical_month(
    attendance: Standing, before: Period | None, first: Period, first_day_on: date
) -> Period:
    """Give the month an attendance counts in: its own, or the first open one when it came late.

    Imported history keeps its own months, when they lie before the structure's first day.
    """
    own = periods.month_of(attendance.held_on)
    is_history = attendance.source is not Source.ESCALE and attendance.held_on < first_day_on
    if before is None or own > before or is_history:
        return own
    return first


def _finalise_years(db: WriteSession, now: datetime) -> list[int]:
    """Make final the years whose 31 January has come: corrections, merges and removals count."""
    years = {periods.read(c).year for c in db.exec(select(StatisticsClosing.period))}
    due = sorted(y for y in years - final_years(db) if periods.becomes_final_at(y) <= now)
    for year in due:
        coder, subjects = Coder(db), Subjects(db)
        seen = _recode(db, coder, subjects, year)
        recode_acts(db, coder, subjects, year)
        end = Period(year, Level.YEAR, 1).end
        freezing.freeze(db, year, last_month=end, since=None, seen=seen.of(year))
        db.add(StatisticsClosing(period=str(year), closed_at=now, is_final=True))
    db.flush()
    return due


def _recode(db: WriteSession, coder: Coder, subjects: Subjects, year: int) -> Seen:
    """Code a year again from the activities as they stand, each in the month it was given.

    A person erased since keeps the subject that no longer leads to her: figures stay.
    """
    seen = Seen()
    for ledger in of_year(db, StatisticsLedger, "attendance_id", year):
        found = standing(db, [row.attendance_id for row in ledger])
        subjects.turn_to(
            (attendance.resident_id for attendance in found.values()),
            (row.subject for row in ledger),
        )
        for row in ledger:
            attendance = found.get(row.attendance_id)
            if attendance is None:
                db.delete(row)
                continue
            row.codes = coder.codes(attendance)
            is_erased = attendance.resident_id is None and not subjects.names_somebody(row.subject)
            if not is_erased:
                row.subject = subjects.of(attendance.resident_id, year)
            seen.note(periods.read(row.month), row.codes)
    return seen
