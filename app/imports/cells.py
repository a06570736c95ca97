"""Reads one cell as what it should be, whatever a spreadsheet made of it on the way."""

import re
from datetime import UTC, date, datetime, time, timedelta
from math import isfinite
from typing import Any

from openpyxl.utils.datetime import from_excel

from app.core.clock import PARIS
from app.core.text import clean, clean_lines, fold

LONGEST_MIN = 1439
MOST_PARTICIPANTS = 10_000
LONGEST_TEXT = 10_000
_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_TIME = r"(?:(?:\s*à|T)?\s*\d{1,2}[:h]\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?"  # of a day: of no use
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})" + _TIME)
_NAMED_DAY = re.compile(r"(?:\w+ )?(\d{1,2})(?:er)?[ -]([^\W\d]+)\.?[ -](\d{4}|\d{2})" + _TIME)
_ISO_DAY = re.compile(r"(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ].*)?")
_LOST_DAY = re.compile(r"(\d{1,2})[ -]([^\W\d]+)\.?")  # 1/3 in the CSV of a spreadsheet: 01-mars
_LOST_MONTH = re.compile(r"([^\W\d]+)\.?[ -]\d{2}")  # 3/15 in it: mars-15
_MOMENT = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:(?:\s*à)?\s+(\d{1,2})[:h](\d{2})(?::\d{2})?)?")
_RANK = re.compile(r"(\d{1,5})\s*/\s*(\d{1,5})")
_ALONE = re.compile(r"0*1(?:[.,]0+)?")
_WHOLE = re.compile(r"[.,]0+$")
_GRADE = re.compile(r"([123])\s*/\s*3")
_MIN = r"(?:m|mn|min(?:ute)?s?)\.?"
_MINUTES = re.compile(rf"(\d{{1,5}})(?:[.,]0+)?\s*(?:{_MIN})?")
_HOURS = re.compile(rf"(\d{{1,3}})\s*(?:h|heures?|:)\s*(?:(\d{{1,2}})\s*(?:{_MIN})?)?(?::00)?")
_PART_OF_HOURS = re.compile(r"(\d{1,2})[.,](\d{1,2})\s*(?:h|heures?)")
_INSEE = re.compile(r"\d{5}|2[AB]\d{3}")
_MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
_ENGLISH_MONTHS = {"feb": 2, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8}  # others are alike
_SERIAL_DAYS = range(20_000, 80_000)  # 1954 to 2119 counted from 1900
_SERIAL_DIGITS = 5
NO_DAY = 99


NOT_A_DAY = "ce n’est pas une date (jj/mm/aaaa)"
MONTH_FIRST = "ce mois n’existe pas\u00a0: mois écrit avant le jour\u00a0?"


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
    """Read a civil day: a date, a text (« 10/03/2026 », « 10 mars 2026 »), or a bare number.

    The number is that of a date that lost its form; `epoch` is the workbook's day 0.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        text = " ".join(value.split())
        if not text.isdecimal() or len(text) != _SERIAL_DIGITS:
            return _written_day(text)
        value = int(text)
    if isinstance(value, int | float) and isfinite(value) and int(value) in _SERIAL_DAYS:
        found = from_excel(value, epoch)
        if isinstance(found, datetime):
            return found.date()
    raise Unreadable(NOT_A_DAY)


def _written_day(text: str) -> date:
    """Read a day, the month after it; a year of two figures is of this century."""
    if iso := _ISO_DAY.fullmatch(text):
        year, month, day_ = map(int, iso.groups())
    elif french := _DAY.fullmatch(text):
        day_, month, year = map(int, french.groups())
        if day_ <= 12 < month <= 31:
            raise Unreadable(MONTH_FIRST)
    elif named := _NAMED_DAY.fullmatch(text):
        day_, month, year = int(named[1]), _month(named[2]), int(named[3])
    else:
        raise Unreadable(NOT_A_DAY)
    try:
        return date(year if year > 99 else 2000 + year, month, day_)
    except ValueError:
        raise Unreadable(NOT_A_DAY) from None


def _month(word: str) -> int:
    """Give the number of a month by its name, whole or cut after three letters; 0 for none."""
    asked = fold(word)
    found = [number for number, name in enumerate(_MONTHS, 1) if name.startswith(asked)]
    is_named = len(found) == 1 and len(asked) >= 3
    return found[0] if is_named else _ENGLISH_MONTHS.get(asked, 0)


def lost_rank(value: Any) -> tuple[int, int] | None:
    """Give the day and the month that a spreadsheet made of « k/n »; None when it did not.

    A cell of a workbook is a date; in a CSV it is « 01-mars », « 01/03/2026 », or « mars-15 »
    which has no day.
    """
    if isinstance(value, str):
        text = " ".join(value.split())
        if short := _LOST_DAY.fullmatch(text):
            month = _month(short[2])
            return (int(short[1]), month) if month else None
        if (short := _LOST_MONTH.fullmatch(text)) and (month := _month(short[1])):
            return NO_DAY, month
        try:
            value = _written_day(text)
        except Unreadable:
            return None
    return (value.day, value.month) if isinstance(value, date) else None


def moment(value: Any) -> datetime | None:
    """Read when something was typed, the national server's time; None when it is not there.

    « jj/mm/aaaa à hh:mm », the day alone, or as computers write it (ISO 8601).
    """
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=PARIS)).astimezone(UTC)
    if not isinstance(value, str):
        return None
    text = " ".join(value.split())
    try:
        if match := _MOMENT.fullmatch(text):
            day_, month, year, hour, minute = (int(part or 0) for part in match.groups())
            return moment(datetime(year, month, day_, hour, minute))
        return moment(datetime.fromisoformat(text)) if _ISO_DAY.fullmatch(text) else None
    except (ValueError, OverflowError):
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
    if match := _PART_OF_HOURS.fullmatch(text):  # « 1,5 h »
        hours, part = match.groups()
        found, rest = divmod(int(part) * 60, 10 ** len(part))
        return None if rest else int(hours) * 60 + found
    return None


def rank(value: Any) -> tuple[int, int] | None:
    """Read « k/n », the participant's number and how many there are; 1 alone is 1/1.

    None when a spreadsheet turned it into a date: 3/8 may have become 3 August, 8 March or
    1 August 2008, and nothing in the file says which.
    """
    text = " ".join(str("" if value is None else value).split())
    if match := _RANK.fullmatch(text):
        place, size = int(match.group(1)), int(match.group(2))
        if 1 <= place <= size <= MOST_PARTICIPANTS:
            return place, size
    elif _ALONE.fullmatch(text):
        return 1, 1
    elif not text or lost_rank(value) is not None:
        return None
    raise Unreadable("ce n’est pas un participant sur un total (3/8)")


def headcount(value: Any) -> int:
    """Read how many people took part."""
    text = _WHOLE.sub("", line(value))
    if text.isdecimal() and 1 <= int(text[:6]) <= MOST_PARTICIPANTS:
        return int(text)
    raise Unreadable(f"ce n’est pas un nombre de participants (1 à {MOST_PARTICIPANTS})")


def grade(value: Any) -> int | None:
    """Read 1/3, 2/3 or 3/3, also as the date that a spreadsheet made of it.

    None when the cell is empty. 1/3 may be 1 March or 3 January: the 3 is always the larger.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str) and (match := _GRADE.fullmatch(value.strip())):
        return int(match.group(1))
    if (lost := lost_rank(value)) is not None and max(lost) == 3:
        return min(lost)
    raise Unreadable("ce n’est pas un niveau (1/3, 2/3 ou 3/3)")


def insee(value: Any) -> str:
    """Read an Insee or postal code, whose zero a spreadsheet removes; empty when it is none."""
    text = line(value).replace(" ", "").upper()
    if text.isdecimal():
        text = text.zfill(5)
    return text if _INSEE.fullmatch(text) else ""
