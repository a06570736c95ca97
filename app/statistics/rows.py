"""Rows of the rule: a wider selection cut by one dimension, of which a figure is one value."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from app.statistics.people import People
from app.statistics.reference import NO_LENGTH
from app.statistics.selection import Selection


class Step(NamedTuple):
    """A wider selection, and the row of it in which the narrower one is a value.

    No `split`: the row is who has such acts and who has not.
    """

    wider: Selection
    split: str = ""
    value: str = ""


@dataclass
class Row:
    """A wider selection cut by one dimension. It adds up when nobody has two of its values."""

    wider: Selection
    split: str
    people: dict[str, People]
    small: tuple[str, ...]
    adds_up: bool
    hidden: frozenset[str] | None = None

    @cached_property
    def others(self) -> list[str]:
        """The values that are not small, fewest people first; ties in the order of reference."""
        # "No length" is asked as a quick passage, in another row: it is not hidden for this one.
        fixed = NO_LENGTH.value if self.split == NO_LENGTH.dimension else None
        values = (v for v in self.people if v not in self.small and v != fixed)
        return sorted(values, key=lambda value: self.people[value].persons)
