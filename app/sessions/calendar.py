"""An adviser's agenda as an iCalendar file (RFC 5545), with initials at most."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from app.accounts.actor import Actor
from app.agenda import office_hours as office
from app.agenda import service as agenda
from app.agenda import workshops
from app.agenda.models import FollowUpState
from app.agenda.office_hours import Opening
from app.agenda.service import Planned
from app.agenda.workshop_models import Workshop
from app.core.clock import civil_day
from app.core.db import WriteSession
from app.core.text import initials
from app.organisations import service as organisations
from app.organisations.models import Place
from app.residents import service as residents

PAST, COMING = timedelta(days=31), timedelta(days=366)
SHOWN = (FollowUpState.TO_DO, FollowUpState.DONE)


def calendar_of(db: WriteSession, actor: Actor, *, shows_initials: bool, now: datetime) -> bytes:
    """Write the file: a month past and a year to come, hours in the time zone of each place."""
    places = {p.id: p for p in organisations.places(db, actor.organisation_id)}
    today = civil_day(now, organisations.zone(db, actor.organisation_id))
    since, until = today - PAST, today + COMING
    planned = [p for p in agenda.between(db, actor, since=since, until=until) if p.state in SHOWN]
    named = {}
    if shows_initials:
        wanted = [p.resident_id for p in planned if p.resident_id]
        named = residents.name_residents(db, actor, wanted, now=now)
    events = []
    for one in planned:
        person = named.get(one.resident_id) if one.resident_id else None
        who = initials(person.name) if person else ""
        events.append(_follow_up(one, places[one.place_id], who, now))
    mine = (
        row
        for row in workshops.coming(db, since=since, until=until)
        if row.adviser_id == actor.account_id
    )
    events += [_workshop(row, places[row.place_id], now) for row in mine]
    hours = office.kept(db, adviser_id=actor.account_id)
    for opening in office.openings(hours, places, since=since, until=until):
        if opening.why_not is None:
            events.append(_opening(opening, now))
    return _file(events, since, until)


def _file(events: Iterable[Event], since: date, until: date) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Escale//Agenda//FR")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Escale")
    for event in events:
        calendar.add_component(event)
    # Zones are told a year around: an hour must be read alike by who has other tables.
    calendar.add_missing_timezones(
        first_date=since - timedelta(days=366), last_date=until + timedelta(days=366)
    )
    file: bytes = calendar.to_ical()
    return file


def _follow_up(one: Planned, place: Place, who: str, now: datetime) -> Event:
    kind = "Rendez-vous" if one.starts_at else "Relance"
    event = _event(f"{one.id}@escale", f"{kind} {who}".strip(), one.version, place, now)
    if one.starts_at is None:
        event.add("dtstart", one.due_on)
        event.add("transp", "TRANSPARENT")
    else:
        starts = datetime.combine(one.due_on, one.starts_at, ZoneInfo(place.zone))
        event.add("dtstart", starts)
        event.add("duration", timedelta(minutes=one.duration_min or 0))
    return event


def _workshop(row: Workshop, place: Place, now: datetime) -> Event:
    event = _event(f"{row.id}@escale", f"Atelier\u00a0: {row.title}", row.version, place, now)
    event.add("dtstart", datetime.combine(row.planned_on, row.starts_at, ZoneInfo(place.zone)))
    event.add("duration", timedelta(minutes=row.duration_min))
    return event


def _opening(opening: Opening, now: datetime) -> Event:
    row, zone = opening.hours, ZoneInfo(opening.place.zone)
    number = f"{row.id}-{opening.on}@escale"
    event = _event(number, "Permanence", row.version, opening.place, now)
    event.add("dtstart", datetime.combine(opening.on, row.starts_at, zone))
    event.add("dtend", datetime.combine(opening.on, row.ends_at, zone))
    return event


def _event(uid: str, summary: str, version: int, place: Place, now: datetime) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", now)
    event.add("sequence", version)
    event.add("summary", summary)
    event.add("location", ", ".join(part for part in (place.name, place.address) if part))
    return event
