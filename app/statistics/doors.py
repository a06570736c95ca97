"""Doors: whether a place, structure or territory held any session in a period: no secret."""

from app.statistics.counts import Counts
from app.statistics.periods import Period
from app.statistics.reference import Clause
from app.statistics.selection import Selection
from app.statistics.vocabulary import DIMENSIONS, WHERE


class Doors:
    """The doors of some structures, by the sessions that were held there."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._held: dict[tuple[Clause | None, Period], bool] = {}

    def are_closed(self, selection: Selection) -> bool:
        """Tell whether the place, structure or territory asked held no session in the period."""
        doors = [c for c in selection.clauses if DIMENSIONS[c.dimension].group == WHERE]
        return not all(self._is_held(door, selection.period) for door in (None, *doors))

    def held_in(self, selection: Selection) -> Period:
        """Give the shortest period outside of which the doors asked are known to be closed."""
        period = selection.period
        while True:
            parts = [part for part in period.parts if not self.are_closed(selection.during(part))]
            if len(parts) != 1:
                return period
            period = parts[0]

    def _is_held(self, door: Clause | None, period: Period) -> bool:
        if (door, period) not in self._held:
            there = Selection((door,) if door else (), period)
            self._held[door, period] = self._counts.people(there).persons > 0
        return self._held[door, period]
