"""The bank of questions: whole, true to our vocabularies, and readable by anybody."""

import re

import pytest

from app.assessments.bank import CURRENT, Bank, bank
from app.core.settings import ROOT
from app.procedures.catalogue import load_csv
from app.reference import vocabularies

MOST_WORDS = 15  # a sentence of easy reading (FALC, European standards of Inclusion Europe)
EASY = 70  # Kandel and Moles 1958: 70 and more is easy, 60 the middle of their scale
LONG_SYLLABLES = 4
VERSIONS = range(1, CURRENT + 1)


def sentences(text: str) -> list[str]:
    """Cut a text into sentences."""
    return [s for s in re.split(r"[.?!]", text) if words(s)]


def words(text: str) -> list[str]:
    """Cut a text into words; an elided one counts by itself, as people read it."""
    return re.findall(r"[^\W\d_]+", text)


def syllables(word: str) -> int:
    """Count what is said: groups of vowels, less the silent e of the end."""
    plain = re.sub(r"(?<=[^aeiouyàâéèêëîïôùû])e(s|nt)?$", "", word.lower()) or word
    plain = re.sub(r"(?<=[gq])u(?=[eiéè])", "", plain)
    return max(1, len(re.findall(r"[aeiouyàâéèêëîïôœùû]+", plain)))


def ease(text: str) -> float:
    """Give the reading ease of Kandel and Moles: 207 − 1.015 words a sentence − 73.6 syllables a
    word.
    """
    every = words(text)
    spoken = sum(map(syllables, every))
    return 207 - 1.015 * len(every) / len(sentences(text)) - 73.6 * spoken / len(every)


def screens(found: Bank) -> dict[str, str]:
    """Give what a person reads at once: each question with its answers, each theme's advice."""
    texts = {q.id: " ".join([q.text, *(a.text for a in q.answers)]) for q in found.questions}
    return texts | {t.code: " ".join([t.strong, *t.steps]) for t in found.themes}


def test_the_measure_tells_an_easy_text_from_a_hard_one() -> None:
    hard = (
        "L’authentification nécessite préalablement une vérification systématique de "
        "l’ensemble des identifiants administratifs communiqués par l’établissement."
    )

    assert ease(hard) < 20 < EASY < ease("Il a un chat. Le chat boit du lait.")
    assert [syllables(w) for w in ("internet", "personne", "que", "appareil")] == [3, 2, 1, 3]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_question_and_answer_is_easy_to_read(version: int) -> None:
    read = screens(bank(version))
    assert len(read) > 20, "nothing to read"

    hard = {name: round(ease(text)) for name, text in read.items() if ease(text) < EASY}
    long = [s for text in read.values() for s in sentences(text) if len(words(s)) > MOST_WORDS]
    heavy = {w for text in read.values() for w in words(text) if syllables(w) > LONG_SYLLABLES}

    assert (hard, long, heavy) == ({}, [], set())


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_is_whole(version: int) -> None:
    found = bank(version)
    slugs = {entry.slug for entry in load_csv()}
    sprite = (ROOT / "static" / "icons.svg").read_text(encoding="utf-8")

    assert (found.version, len(found.questions), len(found.themes)) == (version, 20, 6)
    for question in found.questions:
        levels = [answer.level for answer in question.answers]
        assert levels == sorted(set(levels)), question.id
        assert (levels[0], levels[-1], len(levels) in (3, 4)) == (0, 4, True), question.id
        for answer in question.answers:
            assert answer.equipment in ("", *vocabularies.codes("equipment"))
            assert answer.home_connection in ("", *vocabularies.codes("home_connection"))
            assert f'"{answer.icon}"' in sprite
    for theme in found.themes:
        assert len(found.of_theme(theme.code)) >= 3
        assert theme.divide in vocabularies.codes("divide")
        assert set(theme.workshops) <= {one.code for one in vocabularies.themes()}
        assert theme.procedures
        assert set(theme.procedures) <= slugs
        assert f'"{theme.icon}"' in sprite
