"""A selection: the set of people and acts that one figure is about."""

from functools import cache, lru_cache
from typing import NamedTuple

from app.statistics.periods import Level, Period
from app.statistics.reference import Clauses
from app.statistics.vocabulary import DIMENSIONS, Acts


class Selection(NamedTuple):
    """Clauses, one value a dimension, in one period.

    `acts` narrows to the people who have such acts, and counts those. `undealt` leaves out the
    attendances whose profile was dealt at random: where two attributes of the person are crossed,
    and in all that such a figure is compared with.
    """

    clauses: Clauses
    period: Period
    acts: Acts | None = None
    undealt: bool = False

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Names of its dimensions, sorted."""
        return _dimensions(self.clauses)

    @property
    def values(self) -> tuple[str, ...]:
        """Its values, in the order of the dimensions."""
        return tuple([clause[1] for clause in self.clauses])

    @property
    def shape(self) -> tuple[object, ...]:
        """The table in which it is a cell."""
        return self.dimensions, self.acts, self.undealt

    def key_name(self, measure: str = "", among: str = "") -> str:
        """What stands for it in the noise: dimensions and acts, sorted, and length of period.

        `measure`: that of a figure whose noise must not be the one of others of the same people.
        `among`: the structures in which its people are looked for.
        """
        name = _key_name(self.dimensions, self.acts, self.period.level, measure)
        return f"{name}|{among}" if among else name

    def having(self, clauses: Clauses) -> "Selection":
        """The same with other clauses."""
        return Selection(clauses, self.period, self.acts, self.undealt)

    def during(self, period: Period) -> "Selection":
        """The same in another period."""
        return Selection(self.clauses, period, self.acts, self.undealt)

    def counting(self, acts: Acts | None) -> "Selection":
        """The same with other acts."""
        return Selection(self.clauses, self.period, acts, self.undealt)


@lru_cache(maxsize=100_000)
def _dimensions(clauses: Clauses) -> tuple[str, ...]:
    return tuple([clause[0] for clause in clauses])


@cache
def _key_name(dimensions: tuple[str, ...], acts: Acts | None, level: Level, measure: str) -> str:
    names = sorted((*dimensions, *([acts] if acts else ()), *([measure] if measure else ())))
    return f"cell:{','.join(names)}@{level}"


def crosses_people(clauses: Clauses) -> bool:
    """Tell whether two attributes of the person are crossed."""
    groups = {
        DIMENSIONS[clause.dimension].group
        for clause in clauses
        if DIMENSIONS[clause.dimension].is_person
    }
    return len(groups) > 1
