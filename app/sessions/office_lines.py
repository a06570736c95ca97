"""Office hours as pages show them: each day, with the slots that are free."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from app.accounts.actor import Actor
from app.agenda import office_hours as office
from app.agenda.busy import busy
from app.agenda.office_hours import Opening, Slot
from app.agenda.office_models import OfficeHours
from app.core.db import ReadSession
from app.core.text import clock_time
from app.organisations import service as organisations

SHORTEST_DRAWN_MIN = 30


@dataclass(frozen=True)
class Free:
    """A free slot, or several that follow each other, and where to plan in the first one."""

    at: time
    duration_min: int
    href: str


@dataclass(frozen=True)
class Desk:
    """One day of some office hours."""

    id: UUID
    on: date
    at: time
    duration_min: int
    place: str
    why_not: str | None
    free: list[Free] = field(default_factory=list)
    taken: int = 0  # slots to come that something overlaps

    @property
    def hours(self) -> str:
        """Say from when to when: « 9 h 00 à 12 h 00 »."""
        end = datetime.combine(self.on, self.at) + timedelta(minutes=self.duration_min)
        return f"{clock_time(self.at)} à {clock_time(end)}"

    @property
    def drawn(self) -> list[Free]:
        """Join short slots that follow each other: what is drawn must be large enough to touch."""
        found: list[Free] = []
        for slot in self.free:
            last = found[-1] if found else None
            if last and last.duration_min < SHORTEST_DRAWN_MIN and _follows(last, slot):
                found[-1] = Free(last.at, last.duration_min + slot.duration_min, last.href)
            else:
                found.append(slot)
        return found


def _follows(one: Free, other: Free) -> bool:
    start = one.at.hour * 60 + one.at.minute
    return start + one.duration_min == other.at.hour * 60 + other.at.minute


def desks_of(
    db: ReadSession,
    actor: Actor,
    hours: Sequence[OfficeHours],
    *,
    since: date,
    until: date,
    now: datetime,
) -> list[Desk]:
    """Give the days of some office hours, by day and hour, free slots to come with them."""
    places = {p.id: p for p in organisations.places(db, actor.organisation_id)}
    taken = {
        adviser_id: busy(db, actor.organisation_id, adviser_id, since=since, until=until)
        for adviser_id in {row.adviser_id for row in hours}
    }
    return [
        _desk(one, *one.parted(taken[one.hours.adviser_id], now=now), actor)
        for one in office.openings(hours, places, since=since, until=until)
    ]


def own_desks(
    db: ReadSession, actor: Actor, *, since: date, until: date, now: datetime
) -> dict[date, list[Desk]]:
    """Give one's own office hours of some days, by day."""
    found: dict[date, list[Desk]] = {}
    hours = office.kept(db, adviser_id=actor.account_id)
    for desk in desks_of(db, actor, hours, since=since, until=until, now=now):
        found.setdefault(desk.on, []).append(desk)
    return found


def _desk(one: Opening, free: Sequence[Slot], taken: Sequence[Slot], actor: Actor) -> Desk:
    row = one.hours
    length = datetime.combine(one.on, row.ends_at) - datetime.combine(one.on, row.starts_at)
    known = {"jour": one.on.isoformat(), "duree": str(row.slot_min), "lieu": str(row.place_id)}
    if row.adviser_id != actor.account_id:
        known["permanence"] = str(row.id)
    return Desk(
        id=row.id,
        on=one.on,
        at=row.starts_at,
        duration_min=int(length.total_seconds()) // 60,
        place=one.place.name,
        why_not=one.why_not,
        free=[
            Free(
                slot.at,
                row.slot_min,
                f"/agenda/nouveau?{urlencode({**known, 'heure': str(slot.at)[:5]})}",
            )
            for slot in free
        ],
        taken=len(taken),
    )
