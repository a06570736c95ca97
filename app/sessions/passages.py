"""Quick passages: somebody helped with a gesture, nothing asked; one tap each, undone in one."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select

from app.accounts.actor import Actor
from app.audit.models import Did
from app.core.db import ReadSession, WriteSession
from app.core.ids import new_id
from app.organisations.models import Place
from app.sessions.models import AssistedSession, SessionKind
from app.sessions.seats import new_seat
from app.sessions.service import new_session, note_deed, whole_session


def count_passage(
    db: WriteSession,
    actor: Actor,
    place: Place,
    *,
    on: date,
    now: datetime,
    passage_id: UUID | None = None,
) -> AssistedSession:
    """Count one more passage; the same id sent twice counts once."""
    passage = new_session(actor, passage_id or new_id(), SessionKind.PASSAGE, on, now=now)
    passage.place_id = place.id
    new_seat(passage)
    try:
        with db.begin_nested():
            db.add(passage)
    except IntegrityError:  # a second tap: the first one's passage stands
        return whole_session(db, passage.id)
    note_deed(db, actor, Did.LOG_SESSION, passage, now)
    return passage


def take_back_passage(
    db: WriteSession, actor: Actor, place: Place, *, on: date, now: datetime
) -> bool:
    """Take back the last passage of the day; False when there is none."""
    last = db.exec(
        select(AssistedSession)
        .where(*_todays(actor, place.id, on))
        .order_by(col(AssistedSession.recorded_at).desc(), col(AssistedSession.id).desc())
        .limit(1)
    ).first()
    if last is None:
        return False
    last.removed_at = now
    note_deed(db, actor, Did.REMOVE_SESSION, last, now)
    return True


def passages_today(db: ReadSession, actor: Actor, place_id: UUID, *, on: date) -> int:
    """Count the passages of a day at a place by this adviser."""
    return db.exec(
        select(func.count(col(AssistedSession.id))).where(*_todays(actor, place_id, on))
    ).one()


def _todays(actor: Actor, place_id: UUID, on: date) -> tuple[ColumnElement[bool], ...]:
    return (
        col(AssistedSession.kind) == SessionKind.PASSAGE,
        col(AssistedSession.author_id) == actor.account_id,
        col(AssistedSession.place_id) == place_id,
        col(AssistedSession.held_on) == on,
        col(AssistedSession.removed_at).is_(None),
    )
