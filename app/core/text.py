"""French on screen: numbers, dates, plurals, and folding for search."""

import re
import unicodedata
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

LOCALE = "fr"
NBSP = "\u00a0"
NARROW = "\u202f"
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_WORD = re.compile(r"[^\W_]+")


def number(value: float, decimals: int = 0) -> str:
    """Write a number the French way: 1 234,5 with non-breaking spaces."""
    if not decimals and isinstance(value, int) and 0 <= value < 1_000:
        return f"{value:d}"  # most numbers of a page; Babel takes a hundred times as long
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=LOCALE).replace(NARROW, NBSP)


def plural(count: int, word: str, many: str | None = None) -> str:
    """Write a count and its noun: « 0 visite », « 1 visite », « 2 visites »."""
    noun = word if abs(count) < 2 else (many or f"{word}s")
    return f"{number(count)}{NBSP}{noun}"


def day(value: date, *, year: bool = False, weekday: bool = True) -> str:
    """Write a day: « mardi 24 novembre », « 1er décembre 2026 »."""
    number_ = "1er" if value.day == 1 else str(value.day)
    parts = [format_date(value, "EEEE", locale=LOCALE)] if weekday else []
    parts += [number_, format_date(value, "MMMM", locale=LOCALE)]
    if year:
        parts.append(str(value.year))
    return NBSP.join(parts[:2]) + (" " + " ".join(parts[2:]) if len(parts) > 2 else "")


def weekday_name(value: date) -> str:
    """Write the day of the week, whole: « mardi »."""
    return format_date(value, "EEEE", locale=LOCALE)


def weekday(value: date) -> str:
    """Write the day of the week, short: « mar. »."""
    return format_date(value, "EEE", locale=LOCALE)


def month(value: date) -> str:
    """Write a month: « novembre 2026 »."""
    return format_date(value, "MMMM y", locale=LOCALE)


def relative_day(value: date, today: date) -> str:
    """Write a day as one says it: « aujourd’hui », « hier », « demain », else the date."""
    gap = (value - today).days
    words = {0: "aujourd’hui", 1: "demain", -1: "hier"}
    if gap in words:
        return words[gap]
    return day(value, year=value.year != today.year)


def lower_first(words: str) -> str:
    """Write words that open a sentence as they are inside one: a name in them keeps its capital."""
    return words[:1].lower() + words[1:]


def lateness(due: date, today: date) -> str:
    """Say how late something is: « hier », « 3 jours de retard »; empty when it is not."""
    late = (today - due).days
    if late <= 0:
        return ""
    return "hier" if late == 1 else f"{plural(late, 'jour')} de retard"


def hour(instant: datetime, zone: str) -> str:
    """Write the time of day at a place: « 9 h 05 »."""
    return clock_time(instant.astimezone(ZoneInfo(zone)))


def clock_time(value: time | datetime) -> str:
    """Write an hour as one says it: « 9 h 05 »."""
    return f"{value.hour}{NBSP}h{NBSP}{value.minute:02d}"


def minutes(value: int) -> str:
    """Write a length: « 45 min », « 1 h », « 1 h 30 »."""
    hours, rest = divmod(value, 60)
    if not hours:
        return f"{rest}{NBSP}min"
    return f"{number(hours)}{NBSP}h" + (f"{NBSP}{rest:02d}" if rest else "")


def ordinal(value: int) -> str:
    """Write a rank in the feminine, as for a visit: « 1re », « 4e »."""
    return "1re" if value == 1 else f"{value}e"


def fold(text: str) -> str:
    """Reduce a text to what search compares: no case, no accents, words split by one space."""
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain.translate(_LIGATURES))
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(_WORD.findall(plain))


def slugify(text: str) -> str:
    """Make an ASCII slug: « Médiathèque des Quais » → « mediatheque-des-quais »."""
    return "-".join(re.findall(r"[a-z0-9]+", fold(text)))


def initials(name: str) -> str:
    """Give the one or two letters of an avatar."""
    words = [w for w in re.split(r"[\s-]+", name.strip()) if w]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def clean(text: str) -> str:
    """Tidy what a person typed on one line: composed characters, no control or direction marks."""
    normal = unicodedata.normalize("NFC", text)
    kept = "".join(" " if c in "\t\r\n" else c for c in normal if not _is_mark(c))
    return " ".join(kept.split())


def clean_lines(text: str) -> str:
    """Tidy a text of several lines, which stay."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").split("\n")
    return "\n".join(clean(line) for line in lines).strip()


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf"} and char not in "\t\r\n\u200d\u200c"
