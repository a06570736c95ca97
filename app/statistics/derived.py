"""What is derived from published figures, and from nothing else: shares, means, rankings, medians.

A figure derived from a hidden one is hidden.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot

from app.core import text
from app.statistics.answers import Answer, Status
from app.statistics.rounding import nearest

FEW_PERSONS = 100  # under so many, a share is about, and never near none or all
LEAST, MOST = 5, 95
STEP = 5  # per cent: a share that noise may move by more is about, and told by such steps
RANKED = 20


@dataclass(frozen=True)
class Share:
    """A share in whole per cent; `is_about` when few persons stand behind it.

    `points`: how far noise may put it, in per cent.
    """

    percent: int
    is_about: bool
    points: float = 0.0

    @property
    def label(self) -> str:
        """The share as it is read: « environ 30 % »."""
        about = "environ " if self.is_about else ""
        return f"{about}{self.percent}{text.NBSP}%"


def share(part: Answer, whole: Answer, persons: Answer | None = None) -> Share | None:
    """Give the share of a part, None when it is hidden.

    `persons`: the people of the whole, when the figures count something else.
    """
    people = whole if persons is None else persons
    if not _all_published(part, whole, people) or not whole.value:
        return None
    percent = min(_divide(100 * (part.value or 0), whole.value), 100)
    points = hypot(100 * part.spread, percent * whole.spread) / whole.value
    if points > STEP:
        percent = nearest(percent, STEP)
    is_about = points > STEP or (people.value or 0) < FEW_PERSONS
    return Share(min(max(percent, LEAST), MOST) if is_about else percent, is_about, points)


def is_sure(now: Answer, then: Answer) -> bool:
    """Tell whether two figures differ by more than what noise can make."""
    return abs((now.value or 0) - (then.value or 0)) > hypot(now.spread, then.spread)


def is_sure_of(now: Share, then: Share) -> bool:
    """Tell whether two shares differ by more than what noise can make."""
    return abs(now.percent - then.percent) > hypot(now.points, then.points)


def mean(total: Answer, persons: Answer) -> float | None:
    """Give a mean with one decimal, None when it is hidden."""
    if not _all_published(total, persons) or not persons.value:
        return None
    return _divide(10 * (total.value or 0), persons.value) / 10


def ranking(rows: Sequence[tuple[str, Answer]]) -> list[tuple[str, int]]:
    """Rank what is shown: largest first, ties by title, at most twenty."""
    shown = [(title, answer.value or 0) for title, answer in rows if _all_published(answer)]
    return sorted(shown, key=lambda row: (-row[1], text.fold(row[0])))[:RANKED]


def median_class(histogram: Sequence[tuple[str, Answer]]) -> str | None:
    """Name the class in which the median lies, None when a class is hidden."""
    if not _all_published(*(answer for _, answer in histogram)):
        return None
    total = sum(answer.value or 0 for _, answer in histogram)
    reached = 0
    for name, answer in histogram:
        reached += answer.value or 0
        if 2 * reached >= total > 0:
            return name
    return None


def _all_published(*answers: Answer) -> bool:
    return all(answer.status is Status.PUBLISHED for answer in answers)


def _divide(number: int, by: int) -> int:
    """Divide and round to the nearest whole, halves up."""
    return (2 * number + by) // (2 * by)
