"""Time: instants are aware UTC, a civil day belongs to a place. Only the edge asks for now()."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def now() -> datetime:
    """Give the present instant, aware, in UTC."""
    return datetime.now(UTC)


def civil_day(instant: datetime, zone: str) -> date:
    """Give the calendar day that it is at a place when the clock of the world says `instant`."""
    return instant.astimezone(ZoneInfo(zone)).date()


def instant_at(day: date, hour: time, zone: str) -> datetime:
    """Give the instant when a place's clocks say an hour of a day: the first of two in autumn.

    Raises ValueError for an hour that they skip, when summer time begins.
    """
    there = ZoneInfo(zone)
    instant = datetime.combine(day, hour, there).astimezone(UTC)
    if instant.astimezone(there).replace(tzinfo=None) != datetime.combine(day, hour):
        raise ValueError("the clocks skip this hour")
    return instant
