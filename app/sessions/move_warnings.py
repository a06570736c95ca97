"""What a follow-up about to move would overlap, and the public holiday it would fall on."""

from dataclasses import dataclass
from datetime import date

from app.accounts.actor import Actor
from app.agenda.busy import busy, span
from app.agenda.models import FollowUp
from app.agenda.moments import Moment
from app.core.db import WriteSession
from app.core.text import clock_time
from app.core.text import day as said_day
from app.organisations import service as organisations
from app.organisations.models import Place
from app.reference.days_off import public_holiday, school_holiday
from app.sessions import agenda_view


@dataclass(frozen=True)
class Warned:
    """What is said before moving. `key` tells the moment: confirming says yes to that one only."""

    key: str
    said: str
    clashes: tuple[str, ...]
    public_holiday: str | None
    school_holiday: str | None


def of(
    db: WriteSession, actor: Actor, row: FollowUp, moment: Moment, *, before: date
) -> Warned | None:
    """Gather it; None when there is nothing to say. `before`: the day it leaves."""
    place = organisations.place(db, actor.organisation_id, moment.place_id)
    holiday = public_holiday(moment.due_on, place.commune) if moment.due_on != before else None
    clashes = _clashes(db, actor, row, moment, place)
    if not (clashes or holiday):
        return None
    at = f", {clock_time(moment.starts_at)}" if moment.starts_at else ""
    return Warned(
        key=f"{moment.due_on} {moment.starts_at} {moment.duration_min} {moment.place_id}",
        said=said_day(moment.due_on) + at,
        clashes=clashes,
        public_holiday=holiday,
        school_holiday=school_holiday(moment.due_on, place.commune),
    )


def _clashes(
    db: WriteSession, actor: Actor, row: FollowUp, moment: Moment, place: Place
) -> tuple[str, ...]:
    """Name what it would overlap; of a colleague's agenda only that there is something."""
    if moment.starts_at is None or moment.duration_min is None:
        return ()
    on, at, length = moment.due_on, moment.starts_at, moment.duration_min
    if row.adviser_id == actor.account_id:
        day = agenda_view.days(db, actor, since=on, until=on, commune=place.commune)[0]
        others = [entry for entry in day.timed if entry.id != row.id]
        return agenda_view.clashes_with(others, on, at, length, zone=place.zone)
    taken = busy(db, actor.organisation_id, row.adviser_id, since=on, until=on, but=row.id)
    is_taken = span(on, at, length, place.zone).meets(taken)
    return ("autre chose dans l’agenda de votre collègue",) if is_taken else ()
