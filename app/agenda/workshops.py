"""Workshops to come: planning, registering people, and what becomes of them once held."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, func, select

from app.accounts.actor import Actor
from app.agenda.workshop_forms import WorkshopForm
from app.agenda.workshop_models import Registration, Workshop, WorkshopState
from app.audit.models import Did
from app.audit.service import record
from app.core.db import ReadSession, WriteSession
from app.core.errors import Conflict, Invalid, NotFound
from app.organisations import service as organisations
from app.residents.service import resident_row

FURTHEST_DAYS = 731


def plan_workshop(
    db: WriteSession, actor: Actor, data: WorkshopForm, *, today: date, now: datetime
) -> Workshop:
    """Plan a workshop. Raises Invalid for a day gone or too far, or a place closed that day."""
    row = Workshop(
        organisation_id=actor.organisation_id,
        adviser_id=actor.account_id,
        created_at=now,
        **_facts(db, actor, data, today),
    )
    db.add(row)
    db.flush()
    _note(db, actor, row, now)
    return row


def change_workshop(
    db: WriteSession,
    actor: Actor,
    workshop_id: UUID,
    data: WorkshopForm,
    *,
    today: date,
    now: datetime,
) -> Workshop:
    """Change a workshop to come. Raises Invalid, or Conflict when another tab was first."""
    row = _to_come(db, workshop_id)
    if data.version != row.version:
        raise Conflict("Cet atelier a été changé pendant ce temps. Voici où il en est.")
    people = len(registered(db, workshop_id))
    if data.capacity is not None and data.capacity < people:
        raise Invalid("capacity", f"Il y a déjà {people} inscrits. Écrivez {people} ou plus.")
    for name, value in _facts(db, actor, data, today).items():
        setattr(row, name, value)
    row.version += 1
    _note(db, actor, row, now)
    return row


def _facts(db: ReadSession, actor: Actor, data: WorkshopForm, today: date) -> dict[str, Any]:
    if data.planned_on < today:
        raise Invalid("planned_on", "Ce jour est passé. Pour un atelier tenu, notez une activité.")
    if (data.planned_on - today).days > FURTHEST_DAYS:
        raise Invalid("planned_on", "C’est dans plus de deux ans. Choisissez une date plus proche.")
    organisations.open_place(db, actor.organisation_id, data.place_id, on=data.planned_on)
    return data.model_dump(exclude={"version"})


def _to_come(db: WriteSession, workshop_id: UUID) -> Workshop:
    row = workshop(db, workshop_id)
    if row.state is WorkshopState.HELD:
        raise Invalid("", "Cet atelier a eu lieu. Corrigez-le pour dire qui est venu.")
    if row.state is WorkshopState.CANCELLED:
        raise Invalid("", "Cet atelier est annulé. Rétablissez-le d’abord.")
    return row


def workshop(db: ReadSession, workshop_id: UUID) -> Workshop:
    """Find a workshop. Raises NotFound."""
    row = db.get(Workshop, workshop_id)
    if row is None:
        raise NotFound("Cet atelier n’existe pas.")
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


def registered(db: ReadSession, workshop_id: UUID) -> list[UUID]:
    """List who registered, in the order they did."""
    return list(
        db.exec(
            select(col(Registration.resident_id))
            .where(col(Registration.workshop_id) == workshop_id)
            .order_by(col(Registration.registered_at), col(Registration.id))
        )
    )


def count_registered(db: ReadSession, workshop_ids: list[UUID]) -> dict[UUID, int]:
    """Count who registered for each of some workshops."""
    rows = db.exec(
        select(col(Registration.workshop_id), func.count(col(Registration.id)))
        .where(col(Registration.workshop_id).in_(workshop_ids))
        .group_by(col(Registration.workshop_id))
    )
    return dict(rows.all())


def register(
    db: WriteSession, actor: Actor, workshop_id: UUID, resident_id: UUID, *, now: datetime
) -> None:
    """Register a resident; twice is once. Raises Invalid when it is full, held or cancelled."""
    row = _to_come(db, workshop_id)
    people = registered(db, workshop_id)
    if resident_id in people:
        return
    if row.capacity is not None and len(people) >= row.capacity:
        raise Invalid("person_q", f"L’atelier est complet\u00a0: {row.capacity} places.")
    resident_row(db, resident_id)
    db.add(
        Registration(
            organisation_id=actor.organisation_id,
            workshop_id=workshop_id,
            resident_id=resident_id,
            registered_at=now,
        )
    )
    db.flush()
    _note(db, actor, row, now)


def unregister(
    db: WriteSession, actor: Actor, workshop_id: UUID, resident_id: UUID, *, now: datetime
) -> None:
    """Take somebody off the list. Raises Invalid when the workshop was held or cancelled."""
    row = _to_come(db, workshop_id)
    found = db.exec(
        select(Registration).where(
            col(Registration.workshop_id) == workshop_id,
            col(Registration.resident_id) == resident_id,
        )
    ).first()
    if found is not None:
        db.delete(found)
        _note(db, actor, row, now)


def cancel(db: WriteSession, actor: Actor, workshop_id: UUID, *, now: datetime) -> None:
    """Cancel a workshop that was not held; `reopen` undoes it."""
    _move(db, actor, workshop_id, WorkshopState.PLANNED, WorkshopState.CANCELLED, now)


def reopen(db: WriteSession, actor: Actor, workshop_id: UUID, *, now: datetime) -> None:
    """Undo a cancellation."""
    _move(db, actor, workshop_id, WorkshopState.CANCELLED, WorkshopState.PLANNED, now)


def _move(
    db: WriteSession,
    actor: Actor,
    workshop_id: UUID,
    before: WorkshopState,
    after: WorkshopState,
    now: datetime,
) -> None:
    row = workshop(db, workshop_id)
    if row.state is before:
        row.state = after
        row.version += 1
        _note(db, actor, row, now)


class AlreadyHeld(Conflict):
    """A workshop that another activity tells already."""

    def __init__(self, session_id: UUID | None) -> None:
        self.session_id = session_id
        super().__init__("Cet atelier est déjà noté. Ouvrez-le pour le corriger.")


def mark_held(db: WriteSession, workshop_id: UUID, session_id: UUID) -> None:
    """Tie a workshop to the activity that tells how it went, one only.

    Raises NotFound, or AlreadyHeld when another activity does: two people may note it at once.
    """
    row = db.get(Workshop, workshop_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("Cet atelier n’existe pas.")
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


def _note(db: WriteSession, actor: Actor, row: Workshop, now: datetime) -> None:
    record(
        db,
        Did.CHANGE_WORKSHOP,
        at=now,
        account_id=actor.account_id,
        organisation_id=actor.organisation_id,
        subject_id=row.id,
    )
