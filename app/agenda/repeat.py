"""Days on which something comes back, on the calendar of a place: an hour there never shifts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import count

MOST_TIMES = 52
LONGEST = timedelta(days=366)


class Repeat(StrEnum):
    """How often something comes back."""

    ONCE = "once"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"

    @property
    def label(self) -> str:
        """The choice as the page offers it."""
        return LABELS[self]


LABELS = {
    Repeat.ONCE: "Une seule fois",
    Repeat.WEEKLY: "Chaque semaine",
    Repeat.FORTNIGHTLY: "Toutes les deux semaines",
    Repeat.MONTHLY: "Chaque mois, le même jour de la semaine",
}


@dataclass(frozen=True)
class Rule:
    """A first day, how often, and when it ends: a last day, a number of times, or the sooner."""

    first: date
    repeat: Repeat
    until: date | None = None
    times: int | None = None

    def days(self) -> Iterator[date]:
        """Give the days from the first one on, without end when the rule has none."""
        for rank, day in enumerate(self._every_day()):
            if self.times is not None and rank >= self.times:
                return
            if self.until is not None and day > self.until:
                return
            yield day

    def _every_day(self) -> Iterator[date]:
        if self.repeat is Repeat.ONCE:
            yield self.first
        elif self.repeat is Repeat.MONTHLY:
            yield from _same_weekday(self.first)
        else:
            weeks = 1 if self.repeat is Repeat.WEEKLY else 2
            for rank in count():
                yield self.first + timedelta(weeks=weeks * rank)


def _same_weekday(first: date) -> Iterator[date]:
    """Give « the second Tuesday » of each month; a fifth one is the last of every month."""
    rank = (first.day - 1) // 7
    for gap in count():
        months = first.year * 12 + first.month - 1 + gap
        start = date(months // 12, months % 12 + 1, 1)
        day = start + timedelta(days=(first.weekday() - start.weekday()) % 7 + 7 * rank)
        while day.month != start.month:
            day -= timedelta(weeks=1)
        yield day
