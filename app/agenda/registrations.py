"""Who is on the list of a workshop: places in order of arrival, then those who wait for one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlmodel import col, func, select

from app.accounts.actor import Actor
from app.agenda.workshop_models import Registration, Workshop
from app.agenda.workshops import held_to_come, note
from app.core.db import ReadSession, WriteSession
from app.core.errors import NotFound
from app.residents.service import resident_row

T = TypeVar("T")
ORDER = (col(Registration.rank), col(Registration.id))


def parted(arrived: Sequence[T], capacity: int | None) -> tuple[list[T], list[T]]:
    """Part those who have a place from those who wait, in order of arrival; no limit seats all."""
    return (
        (list(arrived), [])
        if capacity is None
        else (list(arrived[:capacity]), list(arrived[capacity:]))
    )


@dataclass(frozen=True)
class People:
    """The list of a workshop."""

    seated: list[Registration]
    waiting: list[Registration]

    @property
    def everybody(self) -> list[Registration]:
        """List all of them, in order of arrival."""
        return [*self.seated, *self.waiting]


@dataclass(frozen=True)
class Left:
    """Somebody who left the list, and who has the place now."""

    resident_id: UUID | None
    rank: int
    moved_up: list[UUID]  # registrations


def people_of(db: ReadSession, row: Workshop) -> People:
    """Give the list of a workshop."""
    rows = db.exec(
        select(Registration).where(col(Registration.workshop_id) == row.id).order_by(*ORDER)
    ).all()
    return People(*parted(rows, row.capacity))


def count_people(db: ReadSession, workshop_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Count who is on the list of each of some workshops, waiting or not."""
    rows = db.exec(
        select(col(Registration.workshop_id), func.count(col(Registration.id)))
        .where(col(Registration.workshop_id).in_(workshop_ids))
        .group_by(col(Registration.workshop_id))
    )
    return dict(rows.all())


def register(
    db: WriteSession, actor: Actor, workshop_id: UUID, resident_id: UUID | None, *, now: datetime
) -> tuple[Registration, bool]:
    """Put a resident, or somebody anonymous (None), at the end of the list.

    The workshop is kept until the transaction ends: of two who take the last place, one waits.
    Gives her registration, and whether it is new: a resident is on a list once.
    Raises NotFound, or Invalid when it was held or cancelled.
    """
    if resident_id is not None:
        resident_row(db, resident_id)  # before the workshop, as holding it does: no deadlock
    row = held_to_come(db, workshop_id)
    arrived = people_of(db, row).everybody
    already = next((one for one in arrived if one.resident_id == resident_id), None)
    if resident_id is not None and already is not None:
        return already, False
    rank, is_full = end_of_list(db, row)
    return _put(db, actor, row, resident_id, rank, waited=is_full, now=now), True


def end_of_list(db: ReadSession, row: Workshop) -> tuple[int, bool]:
    """Give the rank of who comes next, and whether she would wait."""
    arrived = people_of(db, row).everybody
    is_full = row.capacity is not None and len(arrived) >= row.capacity
    return (arrived[-1].rank + 1 if arrived else 1), is_full


def unregister(
    db: WriteSession, actor: Actor, workshop_id: UUID, registration_id: UUID, *, now: datetime
) -> Left | None:
    """Take somebody off the list; the first who waited has the place. None: it was done already.

    Raises NotFound, or Invalid when the workshop was held or cancelled.
    """
    row = held_to_come(db, workshop_id)
    before = people_of(db, row)
    found = next((one for one in before.everybody if one.id == registration_id), None)
    if found is None:
        return None
    left = Left(found.resident_id, found.rank, moved_up=[])
    db.delete(found)
    db.flush()
    left.moved_up.extend(newly_seated(db, row, before))
    note(db, actor, row, now)
    return left


def newly_seated(db: ReadSession, row: Workshop, before: People) -> list[UUID]:
    """List the registrations that waited before and have a place now."""
    waited = {one.id for one in before.waiting}
    return [one.id for one in people_of(db, row).seated if one.id in waited]


def take_back(
    db: WriteSession,
    actor: Actor,
    workshop_id: UUID,
    resident_id: UUID | None,
    rank: int,
    *,
    now: datetime,
) -> None:
    """Undo `unregister`: her former rank is hers again, and who had moved up waits again.

    Raises NotFound, or Invalid when the workshop was held or cancelled.
    """
    if resident_id is not None:
        resident_row(db, resident_id)
    row = held_to_come(db, workshop_id)
    arrived = people_of(db, row).everybody
    back = resident_id is not None and any(one.resident_id == resident_id for one in arrived)
    if back or any(one.rank == rank for one in arrived):
        return
    _put(db, actor, row, resident_id, rank, waited=False, now=now)


def move_up(
    db: WriteSession, actor: Actor, workshop_id: UUID, registration_id: UUID, *, now: datetime
) -> None:
    """Let somebody who waits go before the one who waits just ahead of her.

    Raises NotFound, or Invalid when the workshop was held or cancelled.
    """
    row = held_to_come(db, workshop_id)
    waiting = people_of(db, row).waiting
    place = next((n for n, one in enumerate(waiting) if one.id == registration_id), None)
    if place is None:
        raise NotFound("Cette personne n’attend plus de place.")
    if place:
        ahead, behind = waiting[place - 1], waiting[place]
        ahead.rank, behind.rank = behind.rank, ahead.rank
        note(db, actor, row, now)


def _put(
    db: WriteSession,
    actor: Actor,
    row: Workshop,
    resident_id: UUID | None,
    rank: int,
    *,
    waited: bool,
    now: datetime,
) -> Registration:
    made = Registration(
        organisation_id=row.organisation_id,
        workshop_id=row.id,
        resident_id=resident_id,
        rank=rank,
        waited=waited,
        registered_at=now,
    )
    db.add(made)
    db.flush()
    note(db, actor, row, now)
    return made
