"""Find a procedure or a digital skill from what a resident says, typed in haste.

In memory, over the few hundred names of the catalogue: an index is built when the catalogue
changes, and asked at each letter. Words are compared whole, by their beginning, by their sound in
French and by their likeness; rare words count more; the commonest procedures come first in a tie.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import log
from typing import Literal, Protocol, TypeVar

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.core.text import fold
from app.reference.vocabularies import Theme, themes

Kind = Literal["procedure", "skill"]
T = TypeVar("T", str, tuple[str, str])

PROCEDURES_THEME = "aide_aux_demarches_administratives"  # says only that there is a procedure
SKILL_WEIGHT = 60  # a skill against procedures of 0 to 100

ENOUGH = 0.45  # share of what was typed that must be recognised
ENOUGH_OF_A_SENTENCE = 0.2  # the same from SENTENCE words on, when nothing else is found
SENTENCE = 3
LIKE = 0.72  # likeness asked of two words of which one is mistyped
PROVIDER_TRUST = 0.7  # a perfect match of the provider, beside 1 for a title
SHORTEST_MISTYPED = 4  # letters; below, every word looks like another
MOST_WORDS = 8
MOST_LETTERS = 100

_EMPTY_WORDS = frozenset(
    [
        "a",
        "ai",
        "au",
        "aux",
        "avec",
        "c",
        "ce",
        "ces",
        "cette",
        "comment",
        "d",
        "dans",
        "de",
        "des",
        "du",
        "en",
        "est",
        "et",
        "faire",
        "fais",
        "il",
        "j",
        "je",
        "l",
        "la",
        "le",
        "les",
        "leur",
        "lui",
        "m",
        "ma",
        "me",
        "mes",
        "mon",
        "n",
        "ne",
        "nos",
        "notre",
        "nous",
        "on",
        "ou",
        "par",
        "pas",
        "pour",
        "pourquoi",
        "qu",
        "que",
        "qui",
        "quoi",
        "s",
        "sa",
        "se",
        "ses",
        "son",
        "suis",
        "sur",
        "t",
        "ta",
        "te",
        "tes",
        "ton",
        "un",
        "une",
        "veut",
        "veux",
        "voir",
        "vos",
        "votre",
        "vous",
        "y",
    ]
)
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in [
        (r"(.)\1", r"\1"),
        (r"ph", "f"),
        (r"qu|ck|ch(?=[lrn])|k|c(?![eiyh])", "k"),
        (r"[cs]c?(?=[eiy])|ss|z|x", "s"),
        (r"eau|au", "o"),
        (r"[ae]i(?![lnm])|ez$|er$|e$", "e"),
        (r"m(?=[bp])", "n"),
        (r"y", "i"),
        (r"h", ""),
        (r"(?<=..)[estdp]+$", ""),
    ]
]


class Searchable(Protocol):
    """What the index needs of a procedure, whether it comes from a file or from the database."""

    @property
    def slug(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def short_title(self) -> str: ...
    @property
    def synonyms(self) -> Sequence[str]: ...
    @property
    def provider(self) -> str: ...
    @property
    def weight(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Match:
    """One answer: a procedure's slug or a national theme's code, and the words that matched."""

    entry_slug: str
    score: float
    matched: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Document:
    slug: str
    kind: Kind
    weight: float


@dataclass(frozen=True, slots=True)
class _Phrase:
    """One name of a document; `trust` is what a perfect match of it is worth."""

    document: int
    text: str
    words: frozenset[str]
    trust: float


@dataclass(slots=True)
class _Hit:
    """What one phrase recognised of what was typed."""

    strengths: dict[int, float] = field(default_factory=dict)  # by position of the typed word
    words: set[str] = field(default_factory=set)


def singular(word: str) -> str:
    """A word without the mark of the plural; wrong on a few words, the same way on both sides."""
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def sound(word: str) -> str:
    """How a word sounds, roughly: « grize » and « grise », « inpots » and « impôts » are alike."""
    for pattern, replacement in _SOUNDS:
        word = pattern.sub(replacement, word)
    return word


def words_of(text: str) -> list[str]:
    """The words that say something, without accents or plural; all of them if none does."""
    raw = fold(text[:MOST_LETTERS]).split()
    full = [word for word in raw if word not in _EMPTY_WORDS] or raw
    return [singular(word) for word in full[:MOST_WORDS]]


class ProcedureIndex:
    """Names of procedures and skills, ready to be searched. Not changed once built."""

    def __init__(
        self, entries: Iterable[Searchable], skills: Iterable[Theme] | None = None
    ) -> None:
        self._documents: list[_Document] = []
        self._phrases: list[_Phrase] = []
        for entry in entries:
            document = _Document(entry.slug, "procedure", entry.weight)
            self._add(document, [entry.title, entry.short_title], entry.synonyms, entry.provider)
        for skill in themes("digital") if skills is None else skills:
            if skill.code != PROCEDURES_THEME:
                document = _Document(skill.code, "skill", SKILL_WEIGHT)
                self._add(document, [skill.label, skill.short_label], skill.words, "")
        self._where: dict[str, list[int]] = {}
        for number, phrase in enumerate(self._phrases):
            for word in phrase.words:
                self._where.setdefault(word, []).append(number)
        self._vocabulary = sorted(self._where)
        self._sounds = sorted((sound(word), word) for word in self._vocabulary)
        self._rarity = {word: self._rarity_of(word) for word in self._vocabulary}

    def search(self, text: str, limit: int = 10) -> list[Match]:
        """What matches, best first; nothing when too little of the text is recognised."""
        typed = words_of(text)
        if not typed:
            return []
        hits: dict[int, _Hit] = {}
        worth: list[float] = []
        for position, word in enumerate(typed):
            alike = self._words_like(word, last=position == len(typed) - 1)
            worth.append(self._worth(alike))
            for known, strength in alike.items():
                for number in self._where[known]:
                    hit = hits.setdefault(number, _Hit())
                    hit.strengths[position] = max(strength, hit.strengths.get(position, 0))
                    hit.words.add(known)
        found = self._best(hits, worth, ENOUGH)
        if not found and len(typed) >= SENTENCE:
            found = self._best(hits, worth, ENOUGH_OF_A_SENTENCE)
        return found[:limit]

    def _add(
        self, document: _Document, names: Sequence[str], synonyms: Sequence[str], provider: str
    ) -> None:
        number = len(self._documents)
        self._documents.append(document)
        for texts, trust in ((names, 1.0), (synonyms, 0.9), ([provider], PROVIDER_TRUST)):
            self._phrases += [_phrase(number, text, trust) for text in texts if text]

    def _rarity_of(self, word: str) -> float:
        documents = {self._phrases[number].document for number in self._where[word]}
        return log(1 + len(self._documents) / len(documents))

    def _worth(self, alike: dict[str, float]) -> float:
        """How much a typed word counts: as much as the known word it resembles most."""
        if not alike:
            return log(1 + len(self._documents))
        return self._rarity[max(alike, key=lambda word: (alike[word], -self._rarity[word]))]

    def _words_like(self, typed: str, *, last: bool) -> dict[str, float]:
        """Known words that may be the typed one, each with how sure we are (0 to 1)."""
        found: dict[str, float] = {}
        heard = sound(typed)
        if len(heard) > 1:
            for known_sound, known in _beginning(self._sounds, (heard, ""), (heard + "~", "")):
                if known_sound == heard:
                    found[known] = 0.9
                elif last and len(heard) > 2:
                    found[known] = 0.7
        for known in _beginning(self._vocabulary, typed, typed + "~"):
            share = len(typed) / len(known)
            found[known] = (0.8 if last else 0.7) + (0.2 if last else 0.3) * share
        if len(typed) >= SHORTEST_MISTYPED:
            close = process.extract(
                typed,
                self._vocabulary,
                scorer=OSA.normalized_similarity,
                score_cutoff=LIKE,
                limit=10,
            )
            for known, likeness, _ in close:
                found[known] = max(found.get(known, 0), 0.9 * likeness)
        return found

    def _best(self, hits: dict[int, _Hit], worth: list[float], enough: float) -> list[Match]:
        total = sum(worth)
        recognised: dict[int, dict[int, float]] = {}
        for number, hit in hits.items():
            strengths = recognised.setdefault(self._phrases[number].document, {})
            for position, strength in hit.strengths.items():
                strengths[position] = max(strength, strengths.get(position, 0))
        found: dict[int, Match] = {}
        for number, hit in hits.items():
            phrase = self._phrases[number]
            anywhere = _share(recognised[phrase.document], worth) / total
            if anywhere < enough:
                continue
            here = _share(hit.strengths, worth) / total
            filled = sum(self._rarity[word] for word in hit.words) / sum(
                self._rarity[word] for word in phrase.words
            )
            document = self._documents[phrase.document]
            score = (
                0.45 * anywhere
                + phrase.trust * (0.25 * here + 0.2 * here * filled)
                + 0.1 * document.weight / 100
            )
            before = found.get(phrase.document)
            if before is None or score > before.score:
                found[phrase.document] = Match(document.slug, score, phrase.text, document.kind)
        return sorted(found.values(), key=lambda match: (-match.score, match.entry_slug))


def _beginning(ordered: list[T], first: T, last: T) -> list[T]:
    """What lies between two bounds of a sorted list; « ~ » comes after every letter and digit."""
    return ordered[bisect_left(ordered, first) : bisect_left(ordered, last)]


def _phrase(document: int, text: str, trust: float) -> _Phrase:
    words = words_of(text)
    if 1 < len(words) <= 3:  # « francetravail », « email », « cartegrise »
        words.append("".join(words))
    return _Phrase(document, text, frozenset(words), trust)


def _share(strengths: dict[int, float], worth: list[float]) -> float:
    return sum(worth[position] * strength for position, strength in strengths.items())
