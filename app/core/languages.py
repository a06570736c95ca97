"""What a resident reads, in her language: data/locale, and French where a text is missing.

The French text is the key (gettext's msgid), so French needs no catalogue. A catalogue whose header
is marked « fuzzy » was not read again by somebody whose language it is: `is_reviewed` says so.
"""

import io
from collections.abc import Callable
from datetime import date, time
from functools import cache

from babel import Locale
from babel.dates import format_date, format_time
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from app.core.settings import ROOT
from app.core.text import clock_time, day

FRENCH = "fr"
CATALOGUES = ROOT / "data" / "locale"
LANGUAGES = {
    "fr": "Français",
    "ar": "العربية",
    "en": "English",
    "pt": "Português",
    "tr": "Türkçe",
    "uk": "Українська",
    "ro": "Română",
    "prs": "دری",
}  # each by its own name
RIGHT_TO_LEFT = frozenset({"ar", "prs"})
_LOCALES = {"prs": "fa_AF", "pt": "pt_PT", "en": "en_GB"}  # where CLDR has another name

Translator = Callable[[str], str]


def translator(language: str) -> Translator:
    """Give the function that says a French text in a language; unknown texts stay French."""
    texts = _texts(language)
    return lambda text: texts.get(text, text)


def is_reviewed(language: str) -> bool:
    """Tell whether somebody whose language it is has read its catalogue again."""
    return not any(catalogue.fuzzy for catalogue in _catalogues(language))


def direction(language: str) -> str:
    """Give the way a language is written, for the attribute `dir`."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def day_in(language: str, value: date) -> str:
    """Write a day without its year: « mardi 24 novembre », « Tuesday 24 November »."""
    if language == FRENCH:
        return day(value)
    pattern = translator(language)("EEEE d MMMM")
    return format_date(value, pattern, locale=locale(language))


def hour_in(language: str, value: time) -> str:
    """Write an hour as a language does, of 24 hours: « 9 h 05 », « 09:05 »."""
    if language == FRENCH:
        return clock_time(value)
    pattern = translator(language)("H 'h' mm")
    return format_time(value, pattern, locale=locale(language))


def locale(language: str) -> Locale:
    """Give the CLDR locale that writes days and hours of a language."""
    return Locale.parse(_LOCALES.get(language, language))


@cache
def _texts(language: str) -> dict[str, str]:
    if language == FRENCH:
        return {}
    return {
        message.id: message.string
        for catalogue in _catalogues(language)
        for message in catalogue
        if message.id and isinstance(message.id, str) and isinstance(message.string, str)
    }


@cache
def _catalogues(language: str) -> list[Catalog]:
    found = sorted((CATALOGUES / language).glob("*.po"))
    return [read_po(io.BytesIO(path.read_bytes()), abort_invalid=True) for path in found]
