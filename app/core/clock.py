"""Time: instants are aware UTC, a civil day belongs to a place. Only the edge asks for now()."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def now() -> datetime:
    """Give the present instant, aware, in UTC."""
    return datetime.now(UTC)


def civil_day(instant: datetime, zone: str) -> date:
    """Give the calendar day that it is at a place when the clock of the world says `instant`."""
    return instant.astimezone(ZoneInfo(zone)).date()
