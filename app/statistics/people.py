"""Sets of people and what they did, as the rule reads them: numbers and keys, never rows."""

from collections.abc import Iterable
from typing import NamedTuple

from app.statistics.policy import KEY_SPACE
from app.statistics.selection import Selection


class People(NamedTuple):
    """A set of people: how many, and the sum of their keys."""

    persons: int
    key: int


class Sum(NamedTuple):
    """A sum, and the two largest contributions of one person to it."""

    total: int
    first: int
    second: int


class Acts(NamedTuple):
    """What the people of a cell did: acts, minutes, and the sum of the keys of these acts.

    `timed`: those among them who have minutes; a quick passage has none.
    """

    acts: Sum
    minutes: Sum
    timed: People
    key: int


class Gathering(NamedTuple):
    """Several values of a row, whose people are to be counted together, each once."""

    wider: Selection
    split: str
    values: tuple[str, ...]


def joined(sets: Iterable[People]) -> People:
    """Join sets of people of whom nobody is in two."""
    sets = list(sets)
    return People(
        sum(people.persons for people in sets), sum(people.key for people in sets) % KEY_SPACE
    )


def without(whole: People, part: People) -> People:
    """Take a set of people out of one that holds them all: who is left, exactly."""
    return People(whole.persons - part.persons, (whole.key - part.key) % KEY_SPACE)


NOBODY = People(0, 0)
NOTHING = Acts(Sum(0, 0, 0), Sum(0, 0, 0), NOBODY, 0)
Codes = tuple[int, ...]  # of a cell's values, in the order of its dimensions
# People of a cell by set of months, as bits: whoever came in at least one of them, once.
Marginal = dict[Codes, dict[int, People]]
Sums = dict[Codes, Acts]
