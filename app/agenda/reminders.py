"""When somebody is reminded, and when not: pure rules, of instants and of the place's clocks.

48 h and 2 h before; never between 20 h and 8 h at the place (docs/decisions/0009).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.clock import instant_at
from app.messages.models import Ahead, Channel, Why
from app.organisations.models import Place

DAY_STARTS, DAY_ENDS = time(8), time(20)
BEFORE = {Ahead.TWO_DAYS: timedelta(hours=48), Ahead.TWO_HOURS: timedelta(hours=2)}
USELESS_FROM = {Ahead.TWO_DAYS: timedelta(hours=4), Ahead.TWO_HOURS: timedelta(minutes=15)}
LISTED_AHEAD = timedelta(days=5)  # on the list before they are due: a server may be away for days
_LANDLINE = re.compile(
    r"\+33[1-589]|\+262(26[23]|269)|\+590590|\+594594|\+596596|\+508(41|50)|\+687[23]|\+6894"
)


class Kind(StrEnum):
    """What one is reminded of."""

    APPOINTMENT = "appointment"
    WORKSHOP = "workshop"


@dataclass(frozen=True)
class Occasion:
    """Something that somebody comes to. `off`: why it is not, or not any more."""

    about_id: UUID
    organisation_id: UUID
    resident_id: UUID
    kind: Kind
    place: Place
    starts_at: datetime
    off: Why | None = None


@dataclass(frozen=True)
class Slot:
    """When a reminder goes; from `until_at` on it is of no use. `why`: why it does not at all."""

    ahead: Ahead
    due_at: datetime
    until_at: datetime
    why: Why | None = None


def by_day(instant: datetime, zone: str) -> datetime:
    """Give the first instant, from this one on, at which nobody sleeps at a place."""
    there = instant.astimezone(ZoneInfo(zone))
    if DAY_STARTS <= there.time() < DAY_ENDS:
        return instant
    day = there.date() if there.time() < DAY_STARTS else there.date() + timedelta(days=1)
    return instant_at(day, DAY_STARTS, zone)


def slots(starts_at: datetime, zone: str, *, now: datetime) -> list[Slot]:
    """Give the two reminders of something that is planned, as they stand when it is first seen.

    One whose time is past already was planned too late for it.
    """
    found = []
    for ahead, before in BEFORE.items():
        due = by_day(starts_at - before, zone)
        until = starts_at - USELESS_FROM[ahead]
        why = Why.NIGHT if due >= until else Why.TOO_LATE if due <= now else None
        found.append(Slot(ahead, due, until, why))
    return found


def takes_sms(phone: str) -> bool:
    """Tell whether a number (+33612345678) can be sent an SMS: not the landlines we know of."""
    return not _LANDLINE.match(phone)


def way_to(
    phone: str | None, email: str | None, reached_by: str, channels: Collection[Channel]
) -> Channel | None:
    """Choose how to reach somebody: as she prefers, among what she has, best by what is set.

    SMS first unless she asked for e-mail. None when she has neither a mobile nor an address.
    """
    order = [Channel.SMS, Channel.EMAIL]
    if reached_by == "email":
        order.reverse()
    has = {Channel.SMS: bool(phone and takes_sms(phone)), Channel.EMAIL: bool(email)}
    hers = [channel for channel in order if has[channel]]
    return next((channel for channel in hers if channel in channels), next(iter(hers), None))
