"""When and where something is planned, and what cannot be: a day gone, an hour that clocks skip."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from app.accounts.actor import Actor
from app.core.clock import civil_day, instant_at
from app.core.db import ReadSession
from app.core.errors import Invalid
from app.core.text import day
from app.organisations import service as organisations

FURTHEST_DAYS = 731
_HOUR = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")


def written_hour(typed: object) -> object:
    """Take an hour as people and browsers write it, and no zone or count of seconds.

    Raises ValueError with the sentence to show.
    """
    if isinstance(typed, str) and not _HOUR.fullmatch(typed.strip()):
        raise ValueError("Écrivez l’heure ainsi\u00a0: 14:30.")
    return typed


Hour = Annotated[time, BeforeValidator(written_hour)]


@dataclass(frozen=True)
class Moment:
    """When and where: a day, and for an appointment an hour of the place and a length (minutes)."""

    due_on: date
    place_id: UUID
    starts_at: time | None = None
    duration_min: int | None = None


def nudged(moment: Moment, gap: timedelta) -> Moment:
    """Move a moment by the clocks of its place: days and hours as one reads them.

    Without an hour only the day moves.
    """
    at = datetime.combine(moment.due_on, moment.starts_at or time(12)) + gap
    return replace(moment, due_on=at.date(), starts_at=at.time() if moment.starts_at else None)


def refuse_impossible(
    db: ReadSession, actor: Actor, moment: Moment, *, now: datetime, field: str
) -> None:
    """Refuse a moment that is gone, too far, or that no clock shows at the place.

    Raises Invalid: for the form's `field` when it is the day, for `starts_at` when it is the hour,
    for `place_id` when the place is closed that day.
    """
    place = organisations.place(db, actor.organisation_id, moment.place_id)
    today = civil_day(now, place.zone)
    if moment.due_on < today:
        raise Invalid(field, "Ce jour est passé. Choisissez un jour à venir.")
    if (moment.due_on - today).days > FURTHEST_DAYS:
        raise Invalid(field, "C’est dans plus de deux ans. Choisissez une date plus proche.")
    if moment.starts_at is None:
        return
    organisations.open_place(db, actor.organisation_id, place.id, on=moment.due_on)
    try:
        starts = instant_at(moment.due_on, moment.starts_at, place.zone)
    except ValueError:
        raise Invalid(
            "starts_at",
            f"Cette heure n’existe pas le {day(moment.due_on)}\u00a0: on passe à l’heure d’été. "
            "Choisissez une heure plus tard.",
        ) from None
    if starts < now:
        raise Invalid("starts_at", "Cette heure est passée. Choisissez une heure à venir.")


def is_gone(db: ReadSession, actor: Actor, moment: Moment, *, now: datetime) -> bool:
    """Tell whether a moment is in the past: then one notes what was done rather than plans."""
    place = organisations.place(db, actor.organisation_id, moment.place_id)
    there = now.astimezone(ZoneInfo(place.zone))
    if moment.starts_at is None or moment.due_on != there.date():
        return moment.due_on < there.date()
    return moment.starts_at < there.time()
