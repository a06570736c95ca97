"""An adviser's own figures: exact, live, and for nobody else."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import col, func, select

from app.accounts.actor import Actor
from app.core.db import ReadSession
from app.procedures.models import Outcome
from app.sessions.models import AssistedSession, Attendance, ProcedureHelp, SessionKind


@dataclass(frozen=True)
class OwnMonth:
    """What one adviser did in one month, in the structure where she works now.

    `persons`: a followed person counts once, an anonymous one each time she came. `minutes`: the
    adviser's time, so that a workshop counts once.
    """

    first_day: date
    attendances: int
    persons: int
    minutes: int
    completed_procedures: int
    by_kind: dict[SessionKind, int]


def own_months(db: ReadSession, actor: Actor, *, today: date) -> tuple[OwnMonth, OwnMonth]:
    """Count this adviser's activities this month and last."""
    this_month = today.replace(day=1)
    last_month = (this_month - timedelta(days=1)).replace(day=1)
    return _own_month(db, actor, this_month), _own_month(db, actor, last_month)


def _own_month(db: ReadSession, actor: Actor, first_day: date) -> OwnMonth:
    next_month = (first_day + timedelta(days=31)).replace(day=1)
    hers = (
        col(AssistedSession.author_id) == actor.account_id,
        col(AssistedSession.removed_at).is_(None),
        col(AssistedSession.held_on) >= first_day,
        col(AssistedSession.held_on) < next_month,
    )
    by_kind = _attendances_by_kind(db, hers)
    return OwnMonth(
        first_day=first_day,
        attendances=sum(by_kind.values()),
        persons=_persons(db, hers),
        minutes=_minutes(db, hers),
        completed_procedures=_completed_procedures(db, hers),
        by_kind=by_kind,
    )


_Conditions = tuple[ColumnElement[bool], ...]


def _attendances_by_kind(db: ReadSession, hers: _Conditions) -> dict[SessionKind, int]:
    counted = db.exec(
        select(col(AssistedSession.kind), func.count(col(Attendance.id)))
        .join(Attendance, col(Attendance.session_id) == col(AssistedSession.id))
        .where(*hers)
        .group_by(col(AssistedSession.kind))
    )
    found = {SessionKind(kind): number for kind, number in counted}
    return {kind: found.get(kind, 0) for kind in SessionKind}


def _persons(db: ReadSession, hers: _Conditions) -> int:
    followed, anonymous = db.exec(
        select(
            func.count(col(Attendance.resident_id).distinct()),
            func.count(col(Attendance.id)) - func.count(col(Attendance.resident_id)),
        )
        .join(AssistedSession, col(Attendance.session_id) == col(AssistedSession.id))
        .where(*hers)
    ).one()
    return int(followed) + int(anonymous)


def _minutes(db: ReadSession, hers: _Conditions) -> int:
    total = db.exec(select(func.sum(col(AssistedSession.duration_min))).where(*hers)).one()
    return int(total or 0)


def _completed_procedures(db: ReadSession, hers: _Conditions) -> int:
    return db.exec(
        select(func.count(col(ProcedureHelp.id)))
        .join(AssistedSession, col(ProcedureHelp.session_id) == col(AssistedSession.id))
        .where(*hers, col(ProcedureHelp.outcome) == Outcome.FINISHED)
    ).one()
