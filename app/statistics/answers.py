"""What the rule answers: a figure, that it is hidden, or that there can be none."""

from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """What became of a figure. Hidden is one answer: it does not say why."""

    PUBLISHED = "published"
    HIDDEN = "hidden"
    EMPTY = "empty"


class Answer(NamedTuple):
    """A figure as it may leave; `spread`, which does not, is how far noise may put it, roughly."""

    status: Status
    value: int | None = None
    spread: int = 0


HIDDEN = Answer(Status.HIDDEN)
EMPTY = Answer(Status.EMPTY)
