"""Workshops to come: finding them, and what becomes of them once held."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select

from app.accounts.actor import Actor
from app.agenda.workshop_models import Workshop, WorkshopState
from app.audit.models import Did
from app.audit.service import record
from app.core.db import ReadSession, WriteSession
from app.core.errors import Conflict, Invalid, NotFound

NO_WORKSHOP = "Cet atelier n’existe pas."


def held_workshop(db: WriteSession, workshop_id: UUID) -> Workshop:
    """Hold a workshop until the transaction ends: two people may touch it at once.

    Raises NotFound.
    """
    row = db.get(Workshop, workshop_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(NO_WORKSHOP)
    return row


def held_to_come(db: WriteSession, workshop_id: UUID) -> Workshop:
    """Hold a workshop to come. Raises NotFound, or Invalid when it was held or cancelled."""
    row = held_workshop(db, workshop_id)
    if row.state is WorkshopState.HELD:
        raise Invalid("", "Cet atelier a eu lieu. Corrigez-le pour dire qui est venu.")
    if row.state is WorkshopState.CANCELLED:
        raise Invalid("", "Cet atelier est annulé. Rétablissez-le d’abord.")
    return row


def workshop(db: ReadSession, workshop_id: UUID) -> Workshop:
    """Find a workshop. Raises NotFound."""
    row = db.get(Workshop, workshop_id)
    if row is None:
        raise NotFound(NO_WORKSHOP)
    return row


def coming(db: ReadSession, *, since: date, until: date) -> list[Workshop]:
    """List the workshops still to be held between two days, the earliest first."""
    return list(
        db.exec(
            select(Workshop)
            .where(
                col(Workshop.state) == WorkshopState.PLANNED,
                col(Workshop.planned_on) >= since,
                col(Workshop.planned_on) <= until,
            )
            .order_by(col(Workshop.planned_on), col(Workshop.starts_at), col(Workshop.id))
        )
    )


class AlreadyHeld(Conflict):
    """A workshop that another activity tells already."""

    def __init__(self, session_id: UUID | None) -> None:
        self.session_id = session_id
        super().__init__("Cet atelier est déjà noté. Ouvrez-le pour le corriger.")


def mark_held(db: WriteSession, workshop_id: UUID, session_id: UUID) -> None:
    """Tie a workshop to the activity that tells how it went, one only.

    Raises NotFound, or AlreadyHeld when another activity does: two people may note it at once.
    """
    row = held_workshop(db, workshop_id)
    if row.state is WorkshopState.HELD and row.session_id != session_id:
        raise AlreadyHeld(row.session_id)
    if row.session_id != session_id:
        row.former_session_id = row.session_id
    row.state, row.session_id = WorkshopState.HELD, session_id


def session_removed(db: WriteSession, session_id: UUID, *, removed: bool) -> None:
    """Give a workshop back to the plan when its activity is removed, and take it again after.

    Raises AlreadyHeld when another activity tells it since.
    """
    again = db.exec(select(Workshop).where(col(Workshop.former_session_id) == session_id)).first()
    if again is not None and not removed and again.state is WorkshopState.HELD:
        raise AlreadyHeld(again.session_id)
    row = db.exec(select(Workshop).where(col(Workshop.session_id) == session_id)).first()
    if row is not None:
        row.state = WorkshopState.PLANNED if removed else WorkshopState.HELD


def note(db: WriteSession, actor: Actor, row: Workshop, now: datetime) -> None:
    """Write in the record that somebody planned, changed or filled a workshop."""
    record(
        db,
        Did.CHANGE_WORKSHOP,
        at=now,
        account_id=actor.account_id,
        organisation_id=actor.organisation_id,
        subject_id=row.id,
    )
