"""What the agenda shows of some days: entries by time, which overlap, and which days are off."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.actor import Actor
from app.agenda import service as agenda
from app.agenda import workshops
from app.agenda.models import FollowUpState
from app.agenda.workshop_models import Workshop
from app.core.clock import instant_at
from app.core.db import WriteSession
from app.core.text import clock_time, minutes
from app.organisations import service as organisations
from app.organisations.models import Place
from app.reference.days_off import public_holiday, school_holiday
from app.sessions.follow_up_lines import Line, follow_up_lines
from app.sessions.office_lines import Desk
from app.sessions.workshop_lines import WorkshopLine, workshop_lines

ROWS_AN_HOUR = 4
ROWS = 48  # what the stylesheet can place: twelve hours
FIRST_HOUR, LAST_HOUR = 9, 18
LOOKS = {  # icon and look of an entry, by state
    FollowUpState.DONE: ("check", "done"),
    FollowUpState.NO_SHOW: ("x", "ended"),
    FollowUpState.CALLED_OFF: ("x", "ended"),
    FollowUpState.DECLINED: ("x", "ended"),
}


@dataclass(frozen=True)
class Entry:
    """One thing of the agenda. `starts` and `ends` are instants, None without an hour."""

    id: UUID
    on: date
    at: time | None
    duration_min: int
    starts: datetime | None
    title: str
    detail: str
    place: str
    icon: str
    look: str  # appointment, workshop, follow-up, done, ended
    said: str  # how it ended, or who leads it
    is_mine: bool
    line: Line | None = None
    clashes: tuple[str, ...] = ()

    @property
    def ends(self) -> datetime | None:
        """When it ends."""
        return self.starts + timedelta(minutes=self.duration_min) if self.starts else None

    @property
    def is_to_do(self) -> bool:
        """Tell whether something is still expected of the adviser."""
        return self.look in ("appointment", "follow-up", "workshop")

    @property
    def is_short(self) -> bool:
        """Tell whether only its name can be drawn: less than an hour."""
        return self.duration_min < 60

    @property
    def hours(self) -> str:
        """Say when: « 10 h 30 », and how long."""
        return f"{clock_time(self.at)}, {minutes(self.duration_min)}" if self.at else ""


@dataclass(frozen=True)
class Day:
    """One day, what makes it special, and its entries: those with an hour first, by time."""

    on: date
    public_holiday: str | None
    school_holiday: str | None
    timed: list[Entry]
    untimed: list[Entry]

    @property
    def entries(self) -> list[Entry]:
        """List all of them."""
        return [*self.timed, *self.untimed]

    @property
    def clashes(self) -> list[str]:
        """Say which of one's own entries overlap, each pair once."""
        return [
            f"{one.title}, {other.title}"
            for one, other in combinations(self.timed, 2)
            if one.clashes and other.clashes and _overlap(one, other)
        ]


@dataclass(frozen=True)
class Hours:
    """The hours that a week's drawing shows, one row a quarter."""

    first: int
    last: int

    def row(self, at: time) -> int:
        """Give the row of an hour, from 1; what is outside stands at the edge."""
        quarter = (at.hour - self.first) * ROWS_AN_HOUR + at.minute * ROWS_AN_HOUR // 60
        return min(max(quarter, 0), self.count - 1) + 1

    def length(self, entry: Entry) -> int:
        """Give the rows that an entry takes: two at least, to be touched."""
        rows = -(-entry.duration_min * ROWS_AN_HOUR // 60)
        room = self.count + 1 - self.row(entry.at) if entry.at else 1
        return max(1, min(max(rows, 2), room))

    def exact(self, at: time, duration_min: int) -> int:
        """Give the rows from an hour to the one that ends it: what follows begins below."""
        end = at.hour * 60 + at.minute + duration_min - self.first * 60
        return max(1, min(end * ROWS_AN_HOUR // 60, self.count) - self.row(at) + 1)

    def shared(self, day: Day) -> set[UUID]:
        """Find the entries drawn beside another, over some of the same rows."""
        drawn = [(e.id, self.row(e.at), self.row(e.at) + self.length(e)) for e in day.timed if e.at]
        return {
            number
            for one, other in combinations(drawn, 2)
            if one[1] < other[2] and other[1] < one[2]
            for number in (one[0], other[0])
        }

    @property
    def count(self) -> int:
        """Count the rows."""
        return min((self.last - self.first) * ROWS_AN_HOUR, ROWS)


def hours_of(days: Iterable[Day], desks: Iterable[Desk] = ()) -> Hours:
    """Find the hours to draw: those of work, and what lies before or after, twelve at most."""
    drawn = [(entry.at, entry.duration_min) for day in days for entry in day.timed if entry.at]
    drawn += [(desk.at, desk.duration_min) for desk in desks]
    first = min([FIRST_HOUR, *(at.hour for at, _ in drawn)])
    ends = [at.hour + -(-(at.minute + length) // 60) for at, length in drawn]
    return Hours(first, min(max([LAST_HOUR, *ends]), 24, first + ROWS // ROWS_AN_HOUR))


def days(db: WriteSession, actor: Actor, *, since: date, until: date, commune: str) -> list[Day]:
    """Gather some days of an adviser's agenda: her own follow-ups, and the structure's workshops.

    `commune`: Insee code of the place whose holidays are said.
    """
    places = {p.id: p for p in organisations.places(db, actor.organisation_id)}
    planned = agenda.between(db, actor, since=since, until=until)
    entries = [_follow_up(line, places) for line in follow_up_lines(db, actor, planned)]
    rows = workshops.coming(db, since=since, until=until)
    names = accounts.names(db, {r.adviser_id for r in rows if r.adviser_id != actor.account_id})
    for line in workshop_lines(db, actor, rows):
        leader = names.get(line.row.adviser_id, "").split(" ")[0]
        entries.append(_workshop(line, places, f"avec {leader}" if leader else ""))
    entries = with_clashes(entries)
    return [
        _day(since + timedelta(days=gap), entries, commune)
        for gap in range((until - since).days + 1)
    ]


def late(db: WriteSession, actor: Actor, *, today: date, now: datetime) -> list[Entry]:
    """List what should be done by now: follow-ups of past days, appointments over today."""
    places = {p.id: p for p in organisations.places(db, actor.organisation_id)}
    waiting = agenda.waiting(db, actor, until=today)
    entries = [_follow_up(line, places) for line in follow_up_lines(db, actor, waiting)]
    return [e for e in entries if e.on < today or (e.ends is not None and e.ends < now)]


def _day(on: date, entries: list[Entry], commune: str) -> Day:
    own = [entry for entry in entries if entry.on == on]
    timed = sorted((e for e in own if e.at), key=lambda e: (e.at, str(e.id)))
    untimed = [e for e in own if not e.at]
    return Day(on, public_holiday(on, commune), school_holiday(on, commune), timed, untimed)


def _follow_up(line: Line, places: dict[UUID, Place]) -> Entry:
    planned, place = line.planned, places[line.planned.place_id]
    usual = ("user", "appointment") if planned.starts_at else ("phone", "follow-up")
    icon, look = LOOKS.get(planned.state, usual)
    return Entry(
        id=planned.id,
        on=planned.due_on,
        at=planned.starts_at,
        duration_min=planned.duration_min or 0,
        starts=_instant(planned.due_on, planned.starts_at, place.zone),
        title=line.title,
        detail=planned.reason,
        place=place.name,
        icon=icon,
        look=look,
        said=agenda.SETTLED.get(planned.state, ""),
        is_mine=True,
        line=line,
    )


def _workshop(line: WorkshopLine, places: dict[UUID, Place], led_by: str) -> Entry:
    row: Workshop = line.row
    return Entry(
        id=row.id,
        on=row.planned_on,
        at=row.starts_at,
        duration_min=row.duration_min,
        starts=_instant(row.planned_on, row.starts_at, places[row.place_id].zone),
        title=row.title,
        detail=f"atelier · {line.registered}",
        place=line.place,
        icon="users",
        look="workshop",
        said=led_by,
        is_mine=not led_by,
    )


def _instant(on: date, at: time | None, zone: str) -> datetime | None:
    """Give the instant; an hour that clocks skip (a workshop may have one) is read as UTC's."""
    if at is None:
        return None
    try:
        return instant_at(on, at, zone)
    except ValueError:
        return datetime.combine(on, at, UTC)


def with_clashes(entries: list[Entry]) -> list[Entry]:
    """Say, on each of one's own entries still to do, the others that it overlaps in time."""
    timed = [(e.starts, str(e.id), e) for e in entries if e.is_mine and e.is_to_do and e.starts]
    own = [entry for _, _, entry in sorted(timed, key=lambda one: one[:2])]
    return [
        replace(entry, clashes=tuple(o.title for o in own if _overlap(entry, o)))
        if entry in own
        else entry
        for entry in entries
    ]


def clashes_with(
    entries: list[Entry], on: date, at: time, duration_min: int, *, zone: str
) -> tuple[str, ...]:
    """Name one's own entries still to do that something planned there and then would overlap."""
    starts = _instant(on, at, zone)
    ends = starts + timedelta(minutes=duration_min) if starts else None
    return tuple(
        e.title
        for e in entries
        if e.is_mine and e.is_to_do and starts and ends and e.starts and e.ends
        if starts < e.ends and e.starts < ends
    )


def _overlap(one: Entry, other: Entry) -> bool:
    if one.id == other.id or not (one.starts and one.ends and other.starts and other.ends):
        return False
    return one.starts < other.ends and other.starts < one.ends
