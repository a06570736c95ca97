"""What is planned with somebody goes with her file when two files are joined, or parted."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from app.agenda.models import FollowUp
from app.agenda.registrations import end_of_list
from app.agenda.service import COLUMN, TABLE
from app.agenda.workshop_models import Registration, Workshop
from app.core.crypto import Cipher
from app.core.db import WriteSession
from app.messages.service import move as move_messages
from app.organisations.keys import organisation_cipher
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
        move_messages(db, before, after, [row.id for row in rows])
    return [row.id for row in rows]


def give_follow_ups(
    db: WriteSession,
    organisation_id: UUID,
    session_id: UUID,
    before: UUID | None,
    after: UUID | None,
) -> None:
    """Give what was planned in a visit to whom the visit turns out to be of; None is nobody named.

    Else the wrong person would be reminded of it, and it would stay when the right one is erased.
    """
    whose = col(FollowUp.resident_id)
    rows = db.exec(
        select(FollowUp)
        .where(
            col(FollowUp.session_id) == session_id,
            whose.is_(None) if before is None else whose == before,
        )
        .with_for_update()
    ).all()
    if not rows:
        return
    named = {one for one in (before, after) if one is not None}
    ciphers: dict[UUID | None, Cipher] = {None: organisation_cipher(db, organisation_id)}
    ciphers.update((one, cipher) for one, cipher in subject_ciphers(db, named).items())
    for row in rows:
        reason = ciphers[before].open(row.reason, table=TABLE, column=COLUMN, row=row.id)
        row.reason = ciphers[after].seal(reason, table=TABLE, column=COLUMN, row=row.id)
        row.resident_id = after
        row.version += 1
    db.flush()
    if before is not None and after is not None:
        move_messages(db, before, after, [row.id for row in rows])


def move_registrations(
    db: WriteSession, before: UUID, after: UUID, ids: Sequence[UUID] | None = None
) -> tuple[list[UUID], list[UUID]]:
    """Move registrations; where both registered, one goes, and she keeps the better place.

    Give what moved, and the workshops of both.
    """
    query = select(Registration).where(col(Registration.resident_id) == before)
    rows = db.exec(query if ids is None else query.where(col(Registration.id).in_(ids))).all()
    theirs = select(Registration).where(col(Registration.resident_id) == after)
    registered = {one.workshop_id: one for one in db.exec(theirs)}
    moved, twice = [], []
    for row in rows:
        if row.workshop_id in registered:
            twice.append(row.workshop_id)
            kept = registered[row.workshop_id]
            if row.rank < kept.rank:
                kept.rank, kept.waited = row.rank, row.waited
            db.delete(row)
        else:
            row.resident_id = after
            moved.append(row.id)
    db.flush()
    move_messages(db, before, after, [row.workshop_id for row in rows])
    return moved, twice


def register_again(
    db: WriteSession,
    organisation_id: UUID,
    resident_id: UUID,
    workshops: Sequence[UUID],
    *,
    now: datetime,
) -> None:
    """Give somebody her own registrations back, after those who came meanwhile.

    What was told to somebody who moved up stays true. A workshop that is gone is left out.
    """
    for workshop_id in workshops:
        row = db.get(Workshop, workshop_id, with_for_update=True, populate_existing=True)
        if row is None:
            continue
        rank, is_full = end_of_list(db, row)
        db.add(
            Registration(
                organisation_id=organisation_id,
                workshop_id=workshop_id,
                resident_id=resident_id,
                rank=rank,
                waited=is_full,
                registered_at=now,
            )
        )
    db.flush()
