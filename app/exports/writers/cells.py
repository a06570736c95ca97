"""What is the same in every file: a hidden figure, and when figures were counted."""

from datetime import datetime

from app.core.clock import PARIS
from app.core.text import clock_time, day

HIDDEN = "masqué"


def figure(value: int | None) -> int | str:
    """Write a figure, or that it is hidden."""
    return HIDDEN if value is None else value


def counted_at(data_version: str) -> str:
    """Say when figures were counted, in Paris: « 5 novembre 2026, 4 h 00 »; given in ISO 8601."""
    instant = datetime.fromisoformat(data_version).astimezone(PARIS)
    return f"{day(instant.date(), year=True, weekday=False)}, {clock_time(instant)}"
