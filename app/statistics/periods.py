"""Periods of figures: months, quarters, semesters, years; when they close, and how they are said.

Only whole, closed periods have figures: two ranges a few days apart differ by a handful of people.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cache
from itertools import combinations
from typing import NamedTuple

from app.core import text
from app.core.clock import PARIS
from app.core.errors import Invalid

CLOSING_DAY = 5
CLOSING_HOUR = time(4, 0)
FINAL_MONTH, FINAL_DAY = 1, 31


class Level(StrEnum):
    """Lengths of a period, shortest first."""

    MONTH = "month"
    QUARTER = "quarter"
    SEMESTER = "semester"
    YEAR = "year"

    __hash__ = str.__hash__  # periods are keys of everything: an enum's own is ten times slower


LENGTH = {Level.MONTH: 1, Level.QUARTER: 3, Level.SEMESTER: 6, Level.YEAR: 12}
_WIDER = {
    Level.MONTH: Level.QUARTER,
    Level.QUARTER: Level.SEMESTER,
    Level.SEMESTER: Level.YEAR,
}
_NARROWER = {wide: narrow for narrow, wide in _WIDER.items()}
_CODE = re.compile(r"(?P<year>\d{4})(?:-(?:(?P<month>\d{2})|T(?P<quarter>\d)|S(?P<semester>\d)))?")
_MONTH_IN_RANGE = re.compile(r"(\d{4})-(\d{2})")
_FIRST_YEAR, _LAST_YEAR = 2000, 2099


class Period(NamedTuple):
    """One month, quarter, semester or year of the calendar; `number` counts from 1 in its year."""

    year: int
    level: Level
    number: int

    @property
    def code(self) -> str:
        """The period as addresses and files write it: 2026-09, 2026-T3, 2026-S1, 2026."""
        match self.level:
            case Level.MONTH:
                return f"{self.year:04d}-{self.number:02d}"
            case Level.QUARTER:
                return f"{self.year:04d}-T{self.number}"
            case Level.SEMESTER:
                return f"{self.year:04d}-S{self.number}"
            case Level.YEAR:
                return f"{self.year:04d}"

    @property
    def first_month(self) -> int:
        """Number of its first month."""
        return (self.number - 1) * LENGTH[self.level] + 1

    @property
    def last_month(self) -> int:
        """Number of its last month."""
        return self.number * LENGTH[self.level]

    @property
    def end(self) -> "Period":
        """Its last month."""
        return month(self.year, self.last_month)

    @property
    def wider(self) -> "Period | None":
        """The period one step longer that holds it; None for a year."""
        level = _WIDER.get(self.level)
        return None if level is None else _holding(self.year, level, self.first_month)

    @property
    def parts(self) -> tuple["Period", ...]:
        """The periods one step shorter that make it; none for a month."""
        return _parts(self)

    def split(self, level: Level) -> tuple["Period", ...]:
        """Cut it into periods of a level; none if that level is longer."""
        return tuple(
            _holding(self.year, level, first)
            for first in range(self.first_month, self.last_month + 1, LENGTH[level])
            if LENGTH[level] <= LENGTH[self.level]
        )

    @property
    def is_last(self) -> bool:
        """Tell whether it ends the wider period that holds it."""
        wider = LENGTH.get(_WIDER.get(self.level, Level.MONTH), 1)
        return wider > 1 and self.last_month % wider == 0

    @property
    def earlier_siblings(self) -> tuple["Period", ...]:
        """The other parts of the wider period that come before it."""
        return _earlier_siblings(self)

    @property
    def needed(self) -> frozenset["Period"]:
        """Every period that the rule looks at to answer for this one, itself included."""
        return _needed(self)

    @property
    def bits(self) -> int:
        """Its months as bits: January is 1, February 2, March 4…"""
        return _BITS[self.level][self.number]

    @property
    def label(self) -> str:
        """The period in French: « septembre 2026 », « 3e trimestre 2026 », « année 2026 »."""
        match self.level:
            case Level.MONTH:
                return text.month(date(self.year, self.number, 1))
            case Level.QUARTER:
                return f"{_masculine(self.number)} trimestre {self.year}"
            case Level.SEMESTER:
                return f"{_masculine(self.number)} semestre {self.year}"
            case Level.YEAR:
                return f"année {self.year}"


_BITS = {
    level: [0, *(((1 << length) - 1) << first for first in range(0, 12, length))]
    for level, length in LENGTH.items()
}


@cache
def _parts(period: Period) -> tuple[Period, ...]:
    level = _NARROWER.get(period.level)
    return () if level is None else period.split(level)


@cache
def _earlier_siblings(period: Period) -> tuple[Period, ...]:
    wider = period.wider
    return () if wider is None else tuple(part for part in wider.parts if part < period)


@cache
def _needed(period: Period) -> frozenset[Period]:
    found = {period}
    for part in (*period.parts, *(period.earlier_siblings if period.is_last else ())):
        found |= part.needed
    return frozenset(found)


def month_sets(periods: Iterable[Period]) -> frozenset[int]:
    """List every set of months whose people the rule may count together, as bits.

    Periods, and some of the parts of a longer one: of a quarter, any of its months; two parts of a
    longer period are that period.
    """
    periods = frozenset(periods)
    found = {period.bits for period in periods}
    for period in periods:
        for size in range(2, len(period.parts) + 1):
            for parts in combinations(period.parts, size):
                found.add(sum(part.bits for part in parts))
        if period.is_last:
            found.add(sum(part.bits for part in period.earlier_siblings))
    return frozenset(found)


def month(year: int, number: int) -> Period:
    """Name a month."""
    return Period(year, Level.MONTH, number)


def month_of(day: date) -> Period:
    """Name the month of a day."""
    return month(day.year, day.month)


def next_month(period: Period) -> Period:
    """Name the month after the end of a period."""
    carry, index = divmod(period.last_month, 12)
    return month(period.year + carry, index + 1)


def previous_month(period: Period) -> Period:
    """Name the month before the start of a period."""
    carry, index = divmod(period.first_month - 2, 12)
    return month(period.year + carry, index + 1)


def read(code: str) -> Period:
    """Read a period's code. Raises ValueError when it names none."""
    found = _CODE.fullmatch(code.strip().upper())
    if found is None:
        raise ValueError(code)
    year = int(found["year"])
    for level in (Level.MONTH, Level.QUARTER, Level.SEMESTER):
        if found[level] is not None:
            return _checked(year, level, int(found[level]))
    return _checked(year, Level.YEAR, 1)


def closes_at(period: Period) -> datetime:
    """Give the instant at which a period closes: the 5th of the next month, 4 o'clock in Paris."""
    after = next_month(period)
    day = date(after.year, after.number, CLOSING_DAY)
    return datetime.combine(day, CLOSING_HOUR, PARIS).astimezone(UTC)


def is_closed(period: Period, now: datetime) -> bool:
    """Tell whether every month of the period is closed."""
    return closes_at(period) <= now


def last_closed_month(now: datetime) -> Period:
    """Give the latest month that is closed."""
    candidate = previous_month(month_of(now.astimezone(PARIS).date()))
    return candidate if is_closed(candidate, now) else previous_month(candidate)


def becomes_final_at(year: int) -> datetime:
    """Give the instant at which a year's figures become final: 31 January after it, 4 o'clock."""
    day = date(year + 1, FINAL_MONTH, FINAL_DAY)
    return datetime.combine(day, CLOSING_HOUR, PARIS).astimezone(UTC)


def closed_periods(last_month: Period, years: int = 2) -> list[Period]:
    """List what is closed when `last_month` is the latest closed month, latest years first."""
    return [
        period
        for year in range(last_month.year, last_month.year - years, -1)
        for level in Level
        for period in Period(year, Level.YEAR, 1).split(level)
        if period.end <= last_month
    ]


def parse(code: str, *, last_month: Period) -> Period:
    """Read the period somebody asks for; `last_month` is the latest closed one.

    Raises Invalid with a sentence that names the two nearest periods that have figures.
    """
    try:
        period = read(code)
    except ValueError:
        raise Invalid("period", _refusal(_wished(code, last_month), last_month)) from None
    if period.end > last_month:
        wished = (_index(period, first=True), _index(period, first=False))
        raise Invalid(
            "period",
            f"Pas encore de chiffres pour « {period.label} ». " + _nearest(wished, last_month),
        )
    return period


def _refusal(wished: tuple[int, int], last_month: Period) -> str:
    sentence = "Une période est un mois, un trimestre, un semestre ou une année du calendrier. "
    return sentence + _nearest(wished, last_month)


def _nearest(wished: tuple[int, int], last_month: Period) -> str:
    """Name the two closed periods whose ends are nearest to those wished."""

    def distance(period: Period) -> tuple[int, int]:
        first, last = _index(period, first=True), _index(period, first=False)
        return abs(first - wished[0]) + abs(last - wished[1]), -last

    years = max(2, last_month.year - wished[0] // 12 + 1)
    first, second = sorted(closed_periods(last_month, years), key=distance)[:2]
    return (
        f"Les périodes les plus proches sont {first.code} ({first.label}) "
        f"et {second.code} ({second.label})."
    )


def _wished(code: str, last_month: Period) -> tuple[int, int]:
    """Guess the first and last month of a range written some other way."""
    found = [
        int(year) * 12 + min(max(int(number), 1), 12) - 1
        for year, number in _MONTH_IN_RANGE.findall(code)
        if _FIRST_YEAR <= int(year) <= _LAST_YEAR
    ]
    if not found:
        latest = _index(last_month, first=False)
        return latest - LENGTH[Level.QUARTER] + 1, latest
    return min(found), max(found)


def _index(period: Period, *, first: bool) -> int:
    return period.year * 12 + (period.first_month if first else period.last_month) - 1


def _holding(year: int, level: Level, first_month: int) -> Period:
    return Period(year, level, (first_month - 1) // LENGTH[level] + 1)


def _checked(year: int, level: Level, number: int) -> Period:
    if not (_FIRST_YEAR <= year <= _LAST_YEAR and 1 <= number <= 12 // LENGTH[level]):
        raise ValueError(f"{year} {level} {number}")
    return Period(year, level, number)


def _masculine(number: int) -> str:
    return "1er" if number == 1 else f"{number}e"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
