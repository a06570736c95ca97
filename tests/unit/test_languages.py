"""What residents read in their language."""

import string
from datetime import date, time

import pytest

from app.core.languages import (
    LANGUAGES,
    _catalogues,
    day_in,
    direction,
    hour_in,
    is_reviewed,
    translator,
)

OTHERS = sorted(set(LANGUAGES) - {"fr"})


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _said(language: str) -> dict[str, str]:
    catalogues = _catalogues(language)
    return {str(m.id): str(m.string) for one in catalogues for m in one if m.id}


def test_every_catalogue_says_the_same_texts_with_the_same_places_to_fill() -> None:
    asked = _said("en").keys()

    assert len(asked) > 50
    for language in OTHERS:
        texts = _said(language)
        assert texts.keys() == asked, language
        for french, said in texts.items():
            assert said, (language, french)
            assert _fields(str(said)) == _fields(str(french)), (language, french)


def test_no_language_but_french_passes_for_reviewed_before_somebody_did() -> None:
    assert is_reviewed("fr")
    assert [language for language in OTHERS if is_reviewed(language)] == []


def test_a_text_that_no_catalogue_has_stays_french() -> None:
    assert translator("uk")("Rien de tel") == "Rien de tel"
    assert translator("fr")("Bonjour,") == "Bonjour,"
    assert translator("uk")("Bonjour,") != "Bonjour,"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "mardi\u00a01er décembre à 9\u00a0h\u00a005"),
        ("en", "Tuesday 1 December à 09:05"),
        ("pt", "terça-feira, 1 de dezembro à 09:05"),
        ("ar", "الثلاثاء 1 ديسمبر à 09:05"),
        ("uk", "вівторок, 1 грудня à 09:05"),
    ],
)
def test_days_and_hours_are_written_as_each_language_does(language: str, said: str) -> None:
    day, hour = day_in(language, date(2026, 12, 1)), hour_in(language, time(9, 5))

    assert f"{day} à {hour}" == said


def test_arabic_and_dari_read_from_right_to_left() -> None:
    assert {code for code in LANGUAGES if direction(code) == "rtl"} == {"ar", "prs"}
