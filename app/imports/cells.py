"""Reads one cell as what it should be, whatever a spreadsheet made of it on the way."""

import re
from datetime import UTC, date, datetime, time, timedelta
from math import isfinite
from typing import Any

from openpyxl.utils.datetime import from_excel

from app.core.clock import PARIS
from app.core.text import clean, clean_lines

LONGEST_MIN = 1439
MOST_PARTICIPANTS = 10_000
LONGEST_TEXT = 10_000
_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_MOMENT = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:\s*à)?\s+(\d{1,2})[:h](\d{2})(?::\d{2})?")
_RANK = re.compile(r"(\d{1,5})\s*/\s*(\d{1,5})")
_GRADE = re.compile(r"([123])\s*/\s*3")
_MINUTES = re.compile(r"(\d{1,5})(?:[.,]0+)?\s*(?:min(?:ute)?s?\.?)?")
_HOURS = re.compile(r"(\d{1,3})\s*(?:h|heures?|:)\s*(?:(\d{1,2})\s*(?:min(?:ute)?s?\.?)?)?(?::00)?")
_INSEE = re.compile(r"\d{5}|2[AB]\d{3}")
_SERIAL_DAYS = range(20_000, 80_000)  # 1954 to 2119 counted from 1900


class Unreadable(ValueError):
    """A cell is not what its column says; the message says what was expected."""


def shown(value: Any) -> str:
    """Write a cell's value as a person would find it again in the file, cut if it is long."""
    if isinstance(value, datetime):
        value = value.strftime("%d/%m/%Y")
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    text = clean("" if value is None else str(value))
    return text if len(text) <= 80 else f"{text[:79]}…"


def line(value: Any) -> str:
    """Read a text of one line."""
    return "" if value is None else clean(_text(value))


def lines(value: Any) -> str:
    """Read a text of several lines."""
    return "" if value is None else clean_lines(_text(value))


def _text(value: Any) -> str:
    text = shown(value) if isinstance(value, int | float | date) else str(value)
    if text in _ERRORS:
        raise Unreadable("la cellule contient une erreur de tableur")
    if len(text) > LONGEST_TEXT:
        raise Unreadable(f"le texte dépasse {LONGEST_TEXT} caractères")
    return text


def day(value: Any, epoch: datetime) -> date:
    """Read a civil day: a date, a text jj/mm/aaaa, or the bare number of a date that lost its form.

    `epoch` is the workbook's day 0.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        return _written_day(value.strip())
    if isinstance(value, int | float) and isfinite(value) and int(value) in _SERIAL_DAYS:
        found = from_excel(value, epoch)
        if isinstance(found, datetime):
            return found.date()
    raise Unreadable("ce n’est pas une date (jj/mm/aaaa)")


def _written_day(text: str) -> date:
    french, iso = _DAY.fullmatch(text), _ISO_DAY.fullmatch(text)
    parts = french.groups()[::-1] if french else iso.groups() if iso else None
    try:
        if parts is not None:
            return date(*map(int, parts))
    except ValueError:
        pass
    raise Unreadable("ce n’est pas une date (jj/mm/aaaa)")


def moment(value: Any) -> datetime | None:
    """Read « jj/mm/aaaa à hh:mm », the national server's time; None when it is not there."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=PARIS).astimezone(UTC)
    match = _MOMENT.fullmatch(" ".join(value.split())) if isinstance(value, str) else None
    if match is None:
        return None
    day_, month, year, hour, minute = map(int, match.groups())
    try:
        return datetime(year, month, day_, hour, minute, tzinfo=PARIS).astimezone(UTC)
    except ValueError:
        return None


def minutes(value: Any) -> int:
    """Read a length of 1 to 1439 minutes: a number, a text (« 1 h 30 »), or a time of day."""
    found = _minutes(value)
    if found is None:
        raise Unreadable("ce n’est pas une durée en minutes")
    if not 1 <= found <= LONGEST_MIN:
        raise Unreadable(f"la durée doit être entre 1 et {LONGEST_MIN} minutes")
    return found


def _minutes(value: Any) -> int | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return int(value) if isfinite(value) and value == int(value) else None
    if isinstance(value, datetime | time):
        return value.hour * 60 + value.minute
    if isinstance(value, timedelta):
        return int(value.total_seconds() // 60)
    text = " ".join(str(value).lower().split())
    if match := _MINUTES.fullmatch(text):
        return int(match.group(1))
    if match := _HOURS.fullmatch(text):
        return int(match.group(1)) * 60 + int(match.group(2) or 0)
    return None


def rank(value: Any) -> tuple[int, int] | None:
    """Read « k/n », the participant's number and how many there are; 1 alone is 1/1.

    None when a spreadsheet turned it into a date: 3/8 may have become 3 August, 8 March or
    1 August 2008, and nothing in the file says which.
    """
    if value is None or value == "" or isinstance(value, datetime | date):
        return None
    if isinstance(value, str) and (match := _RANK.fullmatch(value.strip())):
        place, size = int(match.group(1)), int(match.group(2))
        if 1 <= place <= size <= MOST_PARTICIPANTS:
            return place, size
    elif value in (1, "1"):
        return 1, 1
    raise Unreadable("ce n’est pas un participant sur un total (3/8)")


def headcount(value: Any) -> int:
    """Read how many people took part."""
    text = line(value)
    if text.isdecimal() and 1 <= int(text[:6]) <= MOST_PARTICIPANTS:
        return int(text)
    raise Unreadable(f"ce n’est pas un nombre de participants (1 à {MOST_PARTICIPANTS})")


def grade(value: Any) -> int | None:
    """Read 1/3, 2/3 or 3/3, also as the date that a spreadsheet made of it.

    None when the cell is empty. 1/3 may be 1 March or 3 January: the 3 is always the larger.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime | date):
        if max(value.day, value.month) == 3:
            return min(value.day, value.month)
    elif isinstance(value, str) and (match := _GRADE.fullmatch(value.strip())):
        return int(match.group(1))
    raise Unreadable("ce n’est pas un niveau (1/3, 2/3 ou 3/3)")


def insee(value: Any) -> str:
    """Read an Insee or postal code, whose zero a spreadsheet removes; empty when it is none."""
    text = line(value).replace(" ", "").upper()
    if text.isdecimal():
        text = text.zfill(5)
    return text if _INSEE.fullmatch(text) else ""
