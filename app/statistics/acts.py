"""Workshops, follow-ups and assessments in the ledger: closed as attendances are, beside them.

A follow-up counts on the day it was due, once its end is known: done, or nobody came. An
assessment counts on the day it is finished (in Paris, as closings are), at the place where the
person was seen that day. Sources: interfaces.md § 6; docs/decisions/0011.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import selectinload
from sqlmodel import col, func, select

from app.agenda.models import FollowUp, FollowUpState
from app.assessments.models import Assessment
from app.core.batches import batched
from app.core.clock import civil_day
from app.core.db import ReadSession, WriteSession
from app.sessions.models import AssistedSession, Attendance, SessionKind, Source
from app.statistics import periods
from app.statistics.coding import Coder, level_of
from app.statistics.ledger import What
from app.statistics.models import StatisticsAct, StatisticsClosing
from app.statistics.periods import Period
from app.statistics.projecting import BATCH, of_year
from app.statistics.subjects import Subjects

ENDED = (FollowUpState.DONE, FollowUpState.NO_SHOW)
CLOSING_ZONE = "Europe/Paris"


@dataclass(frozen=True)
class _Act:
    """One act as it stands today. `is_history`: it keeps its own month whenever it comes."""

    id: UUID
    what: What
    resident_id: UUID | None
    day: date
    is_history: bool
    codes: dict[str, Any]


def last_closed_with_acts(db: ReadSession) -> Period | None:
    """Give the last month that closed with its acts: an earlier version closed without them."""
    code = db.exec(
        select(func.max(StatisticsClosing.period)).where(
            col(StatisticsClosing.is_final).is_(False), col(StatisticsClosing.with_acts).is_(True)
        )
    ).one()
    return periods.read(code) if code else None


def close_acts(
    db: WriteSession,
    coder: Coder,
    subjects: Subjects,
    *,
    before: Period | None,
    last: Period,
) -> set[int]:
    """Put the acts of the months up to `last` in the ledger, and give the years that have some.

    `before`: the last month closed with its acts. Without one, each act has its own month, though
    it may be closed: no figure of acts was ever shown of it.
    """
    first = periods.next_month(before) if before else None
    years = set()
    for batch in batched(_live(db, coder, col(StatisticsAct.act_id).is_(None)), BATCH):
        subjects.turn_to(act.resident_id for act in batch)
        rows: list[dict[str, Any]] = []
        for act in batch:
            own = periods.month_of(act.day)
            is_late = first is not None and own < first and not act.is_history
            month = first if is_late and first else own
            if month > last:
                continue
            rows.append(
                {
                    "act_id": act.id,
                    "what": act.what,
                    "subject": subjects.of(act.resident_id, month.year),
                    "month": month.code,
                    "codes": act.codes,
                }
            )
            years.add(month.year)
        db.insert_many(StatisticsAct, rows)
    for closing in db.exec(
        select(StatisticsClosing).where(col(StatisticsClosing.with_acts).is_(False))
    ):
        closing.with_acts = True
    db.flush()
    return years


def recode_acts(db: WriteSession, coder: Coder, subjects: Subjects, year: int) -> None:
    """Code a year's acts again as they stand, each in the month it was given.

    Those of a person erased since stay, under the subject that no longer leads to her; what was
    cancelled or removed otherwise goes.
    """
    for rows in of_year(db, StatisticsAct, "act_id", year):
        ledger = {row.act_id: row for row in rows}
        live = list(_live(db, coder, col(StatisticsAct.act_id).in_(ledger)))
        subjects.turn_to((act.resident_id for act in live), (row.subject for row in rows))
        for act in live:
            row = ledger.pop(act.id)
            row.codes = act.codes
            if act.resident_id is not None:
                row.subject = subjects.of(act.resident_id, year)
        for row in ledger.values():
            if row.subject is None or subjects.names_somebody(row.subject):
                db.delete(row)


def _live(db: ReadSession, coder: Coder, which: ColumnElement[bool]) -> Iterator[_Act]:
    """Go through the acts that count, among those whose row of the ledger is as said."""
    yield from _workshops(db, coder, which)
    yield from _follow_ups(db, coder, which)
    yield from _assessments(db, coder, which)


def _workshops(db: ReadSession, coder: Coder, which: ColumnElement[bool]) -> Iterator[_Act]:
    rows = db.exec(
        select(AssistedSession)
        .outerjoin(StatisticsAct, col(StatisticsAct.act_id) == col(AssistedSession.id))
        .where(
            which,
            col(AssistedSession.kind) == SessionKind.WORKSHOP,
            col(AssistedSession.removed_at).is_(None),
        )
        .options(selectinload(AssistedSession.themes))  # type: ignore[arg-type]
        .execution_options(yield_per=BATCH)
    )
    for session in rows:
        before = session.held_on < coder.first_days[session.organisation_id]
        yield _Act(
            session.id,
            What.WORKSHOP,
            None,
            session.held_on,
            session.source is not Source.ESCALE and before,
            {
                **coder.where(session.organisation_id, session.place_id),
                "themes": sorted(theme.theme for theme in session.themes),
                "level": level_of(session),
            },
        )


def _follow_ups(db: ReadSession, coder: Coder, which: ColumnElement[bool]) -> Iterator[_Act]:
    rows = db.exec(
        select(FollowUp)
        .outerjoin(StatisticsAct, col(StatisticsAct.act_id) == col(FollowUp.id))
        .where(which, col(FollowUp.state).in_(ENDED))
        .execution_options(yield_per=BATCH)
    )
    for row in rows:
        yield _Act(
            row.id,
            What.FOLLOW_UP,
            row.resident_id,
            row.due_on,
            coder.is_history(row.organisation_id, row.due_on),
            {
                **coder.where(row.organisation_id, row.place_id),
                "kind": "reminder" if row.starts_at is None else "appointment",
                "no_show": row.state is FollowUpState.NO_SHOW,
            },
        )


def _assessments(db: ReadSession, coder: Coder, which: ColumnElement[bool]) -> Iterator[_Act]:
    rows = db.exec(
        select(Assessment)
        .outerjoin(StatisticsAct, col(StatisticsAct.act_id) == col(Assessment.id))
        .where(which, col(Assessment.finished_at).is_not(None))
        .execution_options(yield_per=BATCH)
    )
    for row in rows:
        day = _day(row)
        yield _Act(
            row.id,
            What.ASSESSMENT,
            row.resident_id,
            day,
            coder.is_history(row.organisation_id, day),
            {
                **coder.where(row.organisation_id, _seen_at(db, row, day)),
                "divides": sorted(row.divides),
            },
        )


def _day(row: Assessment) -> date:
    finished: datetime = row.finished_at or row.started_at
    return civil_day(finished, CLOSING_ZONE)


def _seen_at(db: ReadSession, row: Assessment, day: date) -> UUID | None:
    """Find the place where the person was seen that day; none: elsewhere, or not noted."""
    return db.exec(
        select(AssistedSession.place_id)
        .join(Attendance, col(Attendance.session_id) == col(AssistedSession.id))
        .where(
            col(Attendance.resident_id) == row.resident_id,
            col(AssistedSession.organisation_id) == row.organisation_id,
            col(AssistedSession.held_on) == day,
            col(AssistedSession.removed_at).is_(None),
            col(AssistedSession.place_id).is_not(None),
        )
        .order_by(col(AssistedSession.id))
        .limit(1)
    ).first()
