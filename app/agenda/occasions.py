"""What somebody is to be reminded of: appointments and workshops, as they stand at an instant."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlmodel import col, select

from app.agenda.models import FollowUp, FollowUpState
from app.agenda.registrations import people_of
from app.agenda.reminders import LISTED_AHEAD, Kind, Occasion
from app.agenda.workshop_models import Workshop, WorkshopState
from app.core.clock import instant_at
from app.core.db import ReadSession, WriteSession
from app.messages.models import Message, Why
from app.organisations.models import Place

ONE_DAY = timedelta(days=1)
OFF = {
    FollowUpState.DONE: Why.SETTLED,
    FollowUpState.NO_SHOW: Why.SETTLED,
    FollowUpState.CANCELLED: Why.CANCELLED,
    FollowUpState.CALLED_OFF: Why.CANCELLED,
    FollowUpState.DECLINED: Why.CANCELLED,
    WorkshopState.HELD: Why.SETTLED,
    WorkshopState.CANCELLED: Why.CANCELLED,
}


def coming(db: ReadSession, *, now: datetime) -> list[Occasion]:
    """List what is planned for the next five days, in every structure in scope."""
    since, until = (now - ONE_DAY).date(), (now + LISTED_AHEAD + ONE_DAY).date()
    places = {place.id: place for place in db.exec(select(Place))}
    appointments = db.exec(
        select(FollowUp).where(
            col(FollowUp.state) == FollowUpState.TO_DO,
            col(FollowUp.resident_id).is_not(None),
            col(FollowUp.starts_at).is_not(None),
            col(FollowUp.due_on).between(since, until),
        )
    )
    found = [of_follow_up(row, places[row.place_id]) for row in appointments]
    workshops = db.exec(
        select(Workshop).where(
            col(Workshop.state) == WorkshopState.PLANNED,
            col(Workshop.planned_on).between(since, until),
        )
    ).all()
    found += [
        _of_workshop(row, places[row.place_id], who)
        for row in workshops
        for who in _seated(db, row)
    ]
    return [one for one in found if one is not None and now < one.starts_at <= now + LISTED_AHEAD]


def of_message(db: WriteSession, message: Message) -> Occasion | Why:
    """Look again at what a message is about, and hold it; or say why it goes no more."""
    row = db.get(FollowUp, message.about_id, with_for_update=True, populate_existing=True)
    found = of_follow_up(row, _place(db, row.place_id)) if row is not None else None
    if row is None:
        found = _workshop_of(db, message)
    if found is None:
        return Why.CANCELLED if row is None else Why.MOVED
    if found.off is not None:
        return found.off
    return found if found.starts_at == message.starts_at else Why.MOVED


def of_follow_up(row: FollowUp, place: Place) -> Occasion | None:
    """See a follow-up as an occasion; None without an hour, or without a person."""
    if row.starts_at is None or row.resident_id is None:
        return None
    starts = _starts(row.due_on, row.starts_at, place)
    if starts is None:
        return None
    who, kind, off = row.resident_id, Kind.APPOINTMENT, OFF.get(row.state)
    return Occasion(row.id, row.organisation_id, who, kind, place, starts, off)


def _of_workshop(row: Workshop, place: Place, resident_id: UUID) -> Occasion | None:
    starts = _starts(row.planned_on, row.starts_at, place)
    if starts is None:
        return None
    kind, off = Kind.WORKSHOP, OFF.get(row.state)
    return Occasion(row.id, row.organisation_id, resident_id, kind, place, starts, off)


def _workshop_of(db: WriteSession, message: Message) -> Occasion | None:
    row = db.get(Workshop, message.about_id, with_for_update=True, populate_existing=True)
    if row is None or message.resident_id not in _seated(db, row):
        return None
    return _of_workshop(row, _place(db, row.place_id), message.resident_id)


def _seated(db: ReadSession, row: Workshop) -> list[UUID]:
    """List the residents who have a place: who waits for one is not expected."""
    return [one.resident_id for one in people_of(db, row).seated if one.resident_id]


def _starts(day: date, hour: time, place: Place) -> datetime | None:
    """Give the instant; None for an hour that the place's clocks skip: its zone was changed."""
    try:
        return instant_at(day, hour, place.zone)
    except ValueError:
        return None


def _place(db: ReadSession, place_id: UUID) -> Place:
    return db.exec(select(Place).where(col(Place.id) == place_id)).one()
