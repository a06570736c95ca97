"""Office hours: when an adviser is at a place, which days are left out, which slots are free."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from app.accounts import team
from app.accounts.actor import Actor
from app.accounts.permissions import Role
from app.agenda.busy import Span, busy
from app.agenda.moments import Moment
from app.agenda.office_forms import NewOfficeForm, OfficeForm
from app.agenda.office_models import OfficeHours
from app.agenda.repeat import Rule
from app.audit.models import Did
from app.audit.service import record
from app.core.clock import instant_at
from app.core.db import ReadSession, WriteSession
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.ids import new_id
from app.organisations import service as organisations
from app.organisations.models import Place
from app.reference.days_off import public_holiday

TAKEN = "Ce créneau n’est plus libre. Choisissez-en un autre."
_ANY_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class Slot:
    """One slot: its hour at the place, and the instants that it lasts."""

    at: time
    span: Span


@dataclass(frozen=True)
class Opening:
    """One day of some office hours. `why_not`: what leaves it out, in words; None when open."""

    hours: OfficeHours
    place: Place
    on: date
    why_not: str | None

    @property
    def slots(self) -> list[Slot]:
        """List its slots, whole ones only.

        The night when clocks go forward, none begins in the hour skipped, nor before the last
        one is over.
        """
        length = timedelta(minutes=self.hours.slot_min)
        at = datetime.combine(_ANY_DAY, self.hours.starts_at)
        found: list[Slot] = []
        while (after := at + length) <= datetime.combine(_ANY_DAY, self.hours.ends_at):
            slot = _slot(self.on, at.time(), length, self.place.zone)
            if slot and (not found or found[-1].span.ends <= slot.span.starts):
                found.append(slot)
            at = after
        return found

    def parted(self, taken: Sequence[Span], *, now: datetime) -> tuple[list[Slot], list[Slot]]:
        """Part the slots to come: free ones, and those that something overlaps.

        A day left out has none free; what was planned in it before still stands.
        """
        coming = [slot for slot in self.slots if slot.span.starts >= now]
        busy_ones = [slot for slot in coming if slot.span.meets(taken)]
        is_open = self.why_not is None
        return ([s for s in coming if is_open and s not in busy_ones], busy_ones)


def _slot(on: date, at: time, length: timedelta, zone: str) -> Slot | None:
    try:
        starts = instant_at(on, at, zone)
    except ValueError:
        return None
    return Slot(at, Span(starts, starts + length))


def openings(
    hours: Iterable[OfficeHours], places: dict[UUID, Place], *, since: date, until: date
) -> list[Opening]:
    """List the days of some office hours between two days, by day and hour, those left out too."""
    found = [
        Opening(row, places[row.place_id], on, _why_not(row, places[row.place_id], on))
        for row in hours
        for on in Rule(row.first_on, row.repeat, min(row.until_on or until, until)).days()
        if on >= since
    ]
    return sorted(found, key=lambda one: (one.on, one.hours.starts_at, str(one.hours.id)))


def _why_not(row: OfficeHours, place: Place, on: date) -> str | None:
    if on.isoformat() in row.skipped:
        return "pas ce jour-là"
    if not place.is_open(on):
        return "lieu fermé"
    holiday = None if row.keep_holidays else public_holiday(on, place.commune)
    return f"férié\u00a0: {holiday}" if holiday else None


def office_hours(db: ReadSession, number: UUID) -> OfficeHours:
    """Find some office hours. Raises NotFound."""
    row = db.get(OfficeHours, number)
    if row is None:
        raise NotFound("Cette permanence n’existe pas.")
    return row


def kept(db: ReadSession, *, adviser_id: UUID | None = None) -> list[OfficeHours]:
    """List the office hours of a structure, or of one adviser, those removed left out."""
    query = select(OfficeHours).where(col(OfficeHours.removed_at).is_(None))
    if adviser_id is not None:
        query = query.where(col(OfficeHours.adviser_id) == adviser_id)
    return list(db.exec(query.order_by(col(OfficeHours.first_on), col(OfficeHours.id))))


def declare(
    db: WriteSession, actor: Actor, data: NewOfficeForm, *, today: date, now: datetime
) -> OfficeHours:
    """Add office hours of one's own. Raises Invalid for a day gone or a closed place."""
    if data.number and (there := db.get(OfficeHours, data.number)):
        return there
    _refuse_past(data, today)
    organisations.open_place(db, actor.organisation_id, data.place_id, on=data.first_on)
    row = OfficeHours(
        id=data.number or new_id(),
        organisation_id=actor.organisation_id,
        adviser_id=actor.account_id,
        created_at=now,
        **data.model_dump(exclude={"version", "number"}),
    )
    try:
        with db.begin_nested():
            db.add(row)
            db.flush()
    except IntegrityError:  # a second tap at the same instant: the first one's stand
        return row
    _note(db, actor, row, now)
    return row


def change(
    db: WriteSession, actor: Actor, number: UUID, data: OfficeForm, *, today: date, now: datetime
) -> None:
    """Change one's own office hours; appointments already taken stay.

    Raises NotFound, Forbidden for a colleague's, Invalid, or Conflict when another tab was first.
    """
    row = _own(db, actor, number)
    if data.version != row.version:
        raise Conflict("Cette permanence a été changée pendant ce temps. Voici où elle en est.")
    if data.first_on != row.first_on:
        _refuse_past(data, today)
    organisations.open_place(db, actor.organisation_id, data.place_id, on=max(data.first_on, today))
    for name, value in data.model_dump(exclude={"version"}).items():
        setattr(row, name, value)
    _changed(db, actor, row, now)


def _refuse_past(data: OfficeForm, today: date) -> None:
    if data.first_on < today:
        raise Invalid("first_on", "Ce jour est passé. Choisissez un jour à venir.")


def skip(db: WriteSession, actor: Actor, number: UUID, on: date, *, now: datetime) -> None:
    """Leave one day out. Raises NotFound, or Forbidden for a colleague's."""
    row = _own(db, actor, number)
    row.skipped = sorted({*row.skipped, on.isoformat()})
    _changed(db, actor, row, now)


def unskip(db: WriteSession, actor: Actor, number: UUID, on: date, *, now: datetime) -> None:
    """Take back a day left out. Raises NotFound, or Forbidden for a colleague's."""
    row = _own(db, actor, number)
    row.skipped = [day for day in row.skipped if day != on.isoformat()]
    _changed(db, actor, row, now)


def remove(db: WriteSession, actor: Actor, number: UUID, *, removed: bool, now: datetime) -> None:
    """End some office hours, or undo it; appointments already taken stay.

    Raises NotFound, or Forbidden for a colleague's.
    """
    row = _own(db, actor, number)
    row.removed_at = now if removed else None
    _changed(db, actor, row, now)


def book(db: WriteSession, actor: Actor, number: UUID, moment: Moment, *, now: datetime) -> UUID:
    """Take a slot, and give whose it is.

    The office hours are kept until the transaction ends: of two who take one slot at once, the
    second is told. Raises NotFound, or Invalid("starts_at") for what is no free slot, or a slot of
    somebody who has left.
    """
    row = _held(db, number)
    places = {p.id: p for p in organisations.places(db, actor.organisation_id)}
    days = openings([row], places, since=moment.due_on, until=moment.due_on)
    taken = busy(
        db, actor.organisation_id, row.adviser_id, since=moment.due_on, until=moment.due_on
    )
    free = [slot.at for day in days for slot in day.parted(taken, now=now)[0]]
    is_whole = moment.place_id == row.place_id and moment.duration_min == row.slot_min
    is_left = row.removed_at is not None or not _is_there(db, actor, row.adviser_id, now=now)
    if is_left or not is_whole or moment.starts_at not in free:
        raise Invalid("starts_at", TAKEN)
    return row.adviser_id


def _is_there(db: ReadSession, actor: Actor, adviser_id: UUID, *, now: datetime) -> bool:
    people = team.members(db, actor.organisation_id, now=now)
    return any(one.account_id == adviser_id and Role.ADVISER in one.roles for one in people)


def _held(db: WriteSession, number: UUID) -> OfficeHours:
    row = db.get(OfficeHours, number, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("Cette permanence n’existe pas.")
    return row


def _own(db: WriteSession, actor: Actor, number: UUID) -> OfficeHours:
    row = _held(db, number)
    if row.adviser_id != actor.account_id:
        raise Forbidden("Cette permanence est celle d’un collègue. Lui seul peut la changer.")
    return row


def _changed(db: WriteSession, actor: Actor, row: OfficeHours, now: datetime) -> None:
    row.version += 1
    _note(db, actor, row, now)


def _note(db: WriteSession, actor: Actor, row: OfficeHours, now: datetime) -> None:
    record(
        db,
        Did.CHANGE_OFFICE_HOURS,
        at=now,
        account_id=actor.account_id,
        organisation_id=actor.organisation_id,
        subject_id=row.id,
    )
