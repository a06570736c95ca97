"""What is planned with somebody goes with her file when two files are joined, or parted."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from app.agenda.models import FollowUp
from app.agenda.service import COLUMN, TABLE
from app.agenda.workshop_models import Registration
from app.core.db import WriteSession
from app.residents.service import subject_ciphers


def move_follow_ups(
    db: WriteSession, before: UUID, after: UUID, ids: Sequence[UUID] | None = None
) -> list[UUID]:
    """Move follow-ups (all, or some) to another file, their reasons closed under its key."""
    query = select(FollowUp).where(col(FollowUp.resident_id) == before)
    rows = db.exec(query if ids is None else query.where(col(FollowUp.id).in_(ids))).all()
    if rows:
        ciphers = subject_ciphers(db, {before, after})
        for row in rows:
            reason = ciphers[before].open(row.reason, table=TABLE, column=COLUMN, row=row.id)
            row.reason = ciphers[after].seal(reason, table=TABLE, column=COLUMN, row=row.id)
            row.resident_id = after
            row.version += 1
        db.flush()
    return [row.id for row in rows]


def move_registrations(
    db: WriteSession, before: UUID, after: UUID, ids: Sequence[UUID] | None = None
) -> tuple[list[UUID], list[UUID]]:
    """Move registrations; where both registered, one goes. Give what moved, and those workshops."""
    query = select(Registration).where(col(Registration.resident_id) == before)
    rows = db.exec(query if ids is None else query.where(col(Registration.id).in_(ids))).all()
    theirs = select(col(Registration.workshop_id)).where(col(Registration.resident_id) == after)
    registered = set(db.exec(theirs))
    moved, twice = [], []
    for row in rows:
        if row.workshop_id in registered:
            twice.append(row.workshop_id)
            db.delete(row)
        else:
            row.resident_id = after
            moved.append(row.id)
    db.flush()
    return moved, twice


def register_again(
    db: WriteSession,
    organisation_id: UUID,
    resident_id: UUID,
    workshops: Sequence[UUID],
    *,
    now: datetime,
) -> None:
    """Give somebody her own registrations back."""
    db.add_all(
        Registration(
            organisation_id=organisation_id,
            workshop_id=workshop_id,
            resident_id=resident_id,
            registered_at=now,
        )
        for workshop_id in workshops
    )
    db.flush()
