"""Search over opened names, in memory: nothing searchable stands on disk (security-privacy C3).

A typed text is cut into chunks (words, or neighbours joined: 'le roux' is also 'leroux'); each
chunk is near some words of the structure (beginning, sound, mistyping, initials); a person is as
good as her best reading of all the chunks.
"""

import re
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from operator import itemgetter
from typing import Any, TypeVar
from uuid import UUID

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.core.text import fold
from app.residents.sounds import sound

MOST_WORDS = 6  # of a typed text; a name and a year have fewer
LONGEST_CHUNK = 3  # words joined
RANKED = 40  # candidates read again word by word
KEPT_CHUNKS = 400
PARTICLES = frozenset(
    (
        "d", "de", "da", "do", "dos", "das", "des", "du", "di", "del", "della", "l", "la",
        "le", "les", "van", "von", "der", "den", "ben", "bin", "bint", "el", "al", "ould",
        "abou", "abu", "ibn", "mc", "mac", "o", "y", "e",
    )
)  # fmt: skip
CIVILITIES = frozenset(("mme", "mlle", "mr", "madame", "mademoiselle", "monsieur"))
SHORT_FOR = "."  # marks the initials of a first name among the words
SOUND, INITIALS, BEGINNING, HEARD_SO_FAR, NEARLY_HEARD, LETTER = 0.93, 0.86, 0.8, 0.7, 0.64, 0.7
MISTAKE = 1.15  # what a mistake costs, by letter
PARTICLE_WEIGHT = 0.25
MISSED = 0.4  # what a typed word costs that the name does not explain
UNTYPED = 0.05  # what a word of the name costs that was not typed
IN_ORDER = 0.02
RIGHT_YEAR = 0.2
SHORTEST_NUMBER, SURE_NUMBER = 4, 8  # digits
SURE_SOUND = 3  # sounds
SHORTEST_WHOLE = 6
Made = TypeVar("Made")
Span = tuple[int, int]  # of typed words


@dataclass(frozen=True)
class Entry:
    """What is searched of one resident: opened, folded, never written anywhere."""

    resident_id: UUID
    given: tuple[str, ...]
    family: tuple[str, ...]
    birth_year: str = ""
    phone: str = ""  # national digits
    email: str = ""

    @classmethod
    def of(
        cls,
        resident_id: UUID,
        given_name: str,
        family_name: str,
        *,
        birth_year: int | str | None = None,
        phone: str | None = None,
        email: str | None = None,
    ) -> "Entry":
        """Fold what names or reaches a person."""
        return cls(
            resident_id,
            tuple(fold(given_name).split()),
            tuple(fold(family_name).split()),
            str(birth_year or ""),
            _national(phone or ""),
            (email or "").casefold(),
        )

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The words of the name, the first name before."""
        return self.given + self.family

    @cached_property
    def spans(self) -> tuple[tuple[str, int], ...]:
        """What a chunk may be near, each with the words that it stands for, as bits."""
        found = [(word, 1 << place) for place, word in enumerate(self.tokens)]
        for base, name in ((0, self.given), (len(self.given), self.family)):
            for start in range(len(name)):
                for end in range(start + 2, min(len(name), start + LONGEST_CHUNK) + 1):
                    bits = sum(1 << base + place for place in range(start, end))
                    found.append(("".join(name[start:end]), bits))
        if len(self.given) > 1:
            called = "".join(word[0] for word in self.given)
            found.append((SHORT_FOR + called, (1 << len(self.given)) - 1))
        return tuple(found)


def _national(phone: str) -> str:
    """Reduce a number to the digits one dials in France; a foreign one keeps its country."""
    digits = "".join(c for c in phone if c.isdigit())
    found = re.fullmatch(r"(?:00)?(?:33|262|590|594|596)(\d{9})", digits)
    return f"0{found[1]}" if found else digits


class NameIndex:
    """The residents of one structure; entries come with the last seen first, which breaks ties."""

    def __init__(self, entries: list[Entry]) -> None:
        self._entries = entries
        holders: dict[str, set[int]] = {}
        for position, entry in enumerate(entries):
            for word, _ in entry.spans:
                holders.setdefault(word, set()).add(position)
        self._holders = holders
        self._words = sorted(word for word in holders if word[0] != SHORT_FOR)
        self._sounds: dict[str, list[str]] = {}
        for word in self._words:
            self._sounds.setdefault(sound(word), []).append(word)
        self._keys = sorted(self._sounds)
        self._beginnings: dict[int, dict[str, list[str]]] = {}
        self._made: dict[Any, Any] = {}
        self._chunks: OrderedDict[tuple[str, bool], dict[str, float]] = OrderedDict()

    def entry(self, resident_id: UUID) -> Entry:
        """Give what is searched of one resident. Raises LookupError."""
        return self._entries[self._places[resident_id]]

    def remembered(self, make: Callable[[list[Entry]], Made]) -> Made:
        """Give what is made of all the entries, kept no longer than they are."""
        if make not in self._made:
            self._made[make] = make(self._entries)
        found: Made = self._made[make]
        return found

    @cached_property
    def _places(self) -> dict[UUID, int]:
        return {entry.resident_id: place for place, entry in enumerate(self._entries)}

    def search(self, text: str, limit: int) -> list[UUID]:
        """Give the residents a typed text may name, the best first.

        Names in any order, shortened, misheard or mistyped; a birth year beside them; or a phone
        number or an e-mail alone.
        """
        return [self._entries[who].resident_id for who in self._ranked(text)[:limit]]

    def _ranked(self, text: str) -> list[int]:
        if (found := self._reached(text)) is not None:
            return found
        words = fold(text).split()
        words = ([word for word in words if word not in CIVILITIES] or words)[:MOST_WORDS]
        years = [word for word in words if _is_year(word)]
        names = [word for word in words if word not in years]
        if not names:
            return [i for i, e in enumerate(self._entries) if years and e.birth_year in years]
        scores = self._scores(names, years)
        if len(names) == 1 or not scores:
            for who, score in self._written_as_one("".join(names)).items():
                scores[who] = max(score, scores.get(who, 0.0))
        return sorted(scores, key=lambda who: (-scores[who], who))

    def _reached(self, text: str) -> list[int] | None:
        """Find by phone or e-mail, when that is what was typed."""
        typed = text.strip().casefold()
        if "@" in typed:
            return _closest(typed, [entry.email for entry in self._entries])
        digits = _national(typed)
        if len(digits) < SHORTEST_NUMBER or any(c.isalpha() for c in typed) or _is_year(typed):
            return None
        return _closest(digits, [entry.phone for entry in self._entries])

    def _scores(self, names: list[str], years: list[str]) -> dict[int, float]:
        spans = [
            (start, end)
            for start in range(len(names))
            for end in range(start + 1, min(len(names), start + LONGEST_CHUNK) + 1)
        ]
        near = {span: self._near(names[slice(*span)]) for span in spans}
        rough = self._rough(names, near)
        rough = self._aged(rough, years)
        first = nsmallest(RANKED, ((-score, who) for who, score in rough.items()))
        read = {who: _read(self._entries[who], names, near) for _, who in first}
        return self._aged(read, years)

    def _aged(self, scores: dict[int, float], years: list[str]) -> dict[int, float]:
        """Raise who was born in a typed year, and lower everybody else."""
        if not years:
            return scores
        right = set().union(*(self._born_in.get(year, ()) for year in years))
        return {
            who: score + RIGHT_YEAR if who in right else score - RIGHT_YEAR
            for who, score in scores.items()
        }

    @cached_property
    def _born_in(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, entry in enumerate(self._entries):
            found.setdefault(entry.birth_year, []).append(place)
        return found

    def _rough(self, names: list[str], near: dict[Span, dict[str, float]]) -> dict[int, float]:
        """Give whoever explains every typed word, or all but one of several."""
        by_word: list[dict[int, float]] = [{} for _ in names]
        for (start, end), words in near.items():
            persons: dict[int, float] = {}
            for word, score in sorted(words.items(), key=itemgetter(1)):
                for who in self._holders[word]:
                    persons[who] = score
            for place in range(start, end):
                held = by_word[place]
                if not held:
                    held.update(persons)
                    continue
                for who, score in persons.items():
                    if score > held.get(who, 0.0):
                        held[who] = score
        weights = _weights(names)
        needed = [h for weight, h in zip(weights, by_word, strict=True) if weight == 1]
        beside = [h for weight, h in zip(weights, by_word, strict=True) if weight < 1]
        needed = sorted(needed or by_word, key=len)
        found = dict(needed[0])
        for held in needed[1:]:
            found = {who: score + held[who] for who, score in found.items() if who in held}
        if beside:
            for who in found:
                found[who] += PARTICLE_WEIGHT * sum(held.get(who, 0) for held in beside)
        if found or len(needed) == 1:
            return found
        totals: dict[int, float] = {}
        for held in needed:
            for who, score in held.items():
                totals[who] = totals.get(who, 0.0) + score
        counts = Counter(who for held in needed for who in held)
        return {who: totals[who] for who in totals if counts[who] >= len(needed) - 1}

    def _near(self, words: list[str]) -> dict[str, float]:
        """Give the words near some typed words taken as one, between 0 and 1."""
        chunk = "".join(words)
        is_whole = len(words) == 1
        found = self._chunks.get((chunk, is_whole))
        if found is None:
            found = {}
            is_guessed = is_whole or min(map(len, words)) > 1
            for word, score in self._nearness(chunk, is_whole, is_guessed):
                if score > found.get(word, 0.0):
                    found[word] = score
            self._chunks[chunk, is_whole] = found
            while len(self._chunks) > KEPT_CHUNKS:
                self._chunks.popitem(last=False)
        return found

    def _nearness(
        self, chunk: str, is_whole: bool, is_guessed: bool
    ) -> Iterator[tuple[str, float]]:
        for word in _starting(self._words, chunk):
            share = len(chunk) / len(word)
            yield word, 1.0 if share == 1 else LETTER if len(chunk) == 1 else BEGINNING + share / 8
        if len(chunk) == 1:
            return
        if (called := SHORT_FOR + chunk) in self._holders:
            yield called, INITIALS
        if not is_guessed:
            return
        key = sound(chunk)
        best = SOUND if len(key) >= SURE_SOUND else HEARD_SO_FAR
        for word in self._sounds.get(key, ()):
            yield word, best - OSA.normalized_distance(chunk, word) / 6
        for word, wrong in _mistaken(chunk, self._words, most=3 if is_whole else 1):
            yield word, 1 - MISTAKE * wrong / max(len(chunk), len(word))
        if is_whole:
            yield from self._guesses(chunk, key)

    def _guesses(self, chunk: str, key: str) -> Iterator[tuple[str, float]]:
        if len(key) >= SURE_SOUND:
            for other in _starting(self._keys, key):
                yield from ((word, HEARD_SO_FAR) for word in self._sounds[other])
        for other, _ in _mistaken(key, self._keys, most=1):
            yield from ((word, NEARLY_HEARD) for word in self._sounds[other])
        if len(chunk) > SURE_SOUND:
            starts = self._starts(len(chunk))
            for start, wrong in _mistaken(chunk, list(starts), most=1):
                score = BEGINNING - MISTAKE * wrong / len(chunk) / 2
                yield from ((word, score) for word in starts[start])

    def _starts(self, length: int) -> dict[str, list[str]]:
        found = self._beginnings.get(length)
        if found is None:
            found = {}
            for word in self._words:
                if len(word) > length:
                    found.setdefault(word[:length], []).append(word)
            self._beginnings[length] = found
        return found

    def _written_as_one(self, typed: str) -> dict[int, float]:
        """Find 'nicoleleroux': nobody's word, but the whole of somebody's name."""
        if len(typed) < SHORTEST_WHOLE:
            return {}
        found: dict[int, float] = {}
        for whole in _starting(self._whole_names, typed):
            found.update(dict.fromkeys(self._wholes[whole], 1.0))
        for whole, wrong in _mistaken(typed, self._whole_names) if not found else ():
            for who in self._wholes[whole]:
                found.setdefault(who, 1 - wrong / len(typed))
        return found

    @cached_property
    def _wholes(self) -> dict[str, list[int]]:
        wholes: dict[str, list[int]] = {}
        for who, entry in enumerate(self._entries):
            for words in (entry.given + entry.family, entry.family + entry.given):
                wholes.setdefault("".join(words), []).append(who)
        return wholes

    @cached_property
    def _whole_names(self) -> list[str]:
        return sorted(self._wholes)


def _is_year(word: str) -> bool:
    return len(word) == 4 and word.isdigit() and word[:2] in ("18", "19", "20")


def _starting(words: list[str], typed: str) -> Iterator[str]:
    for place in range(bisect_left(words, typed), len(words)):
        if not words[place].startswith(typed):
            return
        yield words[place]


def _mistaken(typed: str, words: list[str], most: int = 3) -> list[tuple[str, int]]:
    """Give the words that a few mistakes make of the typed one; a swap of two letters is one."""
    allowed = min(
        most, 0 if len(typed) < 3 else 1 if len(typed) < 5 else 2 if len(typed) < 8 else 3
    )
    if not allowed:
        return []
    found = process.extract(typed, words, scorer=OSA.distance, score_cutoff=allowed, limit=None)
    return [(word, int(wrong)) for word, wrong, _ in found if wrong]


def _closest(typed: str, held: list[str]) -> list[int]:
    starting = [who for who, value in enumerate(held) if value.startswith(typed)]
    inside = [who for who, value in enumerate(held) if typed in value[1:]]
    near = process.extract(
        typed, held, scorer=OSA.distance, score_cutoff=2 if len(typed) >= SURE_NUMBER else 0,
        limit=12,
    )  # fmt: skip
    return list(dict.fromkeys([*starting, *inside, *(who for _, __, who in near)]))


def _weights(names: list[str]) -> list[float]:
    """Say how much each typed word counts; the last may be the beginning of more than 'de'."""
    return [PARTICLE_WEIGHT if name in PARTICLES else 1.0 for name in names[:-1]] + [1.0]


def _read(entry: Entry, names: list[str], near: Mapping[Span, Mapping[str, float]]) -> float:
    """Score the best reading of what was typed as this person's name, each word used once."""
    weights = _weights(names)

    def best(start: int, used: int, last: int) -> float:
        if start == len(names):
            rest = (w for p, w in enumerate(entry.tokens) if not used >> p & 1)
            return -UNTYPED * sum(word not in PARTICLES for word in rest)
        value = best(start + 1, used, last) - MISSED * weights[start]
        for end in range(start + 1, min(len(names), start + LONGEST_CHUNK) + 1):
            words = near[start, end]
            weight = sum(weights[start:end])
            for word, bits in entry.spans:
                score = words.get(word)
                if score is not None and not bits & used:
                    order = IN_ORDER if bits > last else 0.0
                    value = max(value, score * weight + order + best(end, used | bits, bits))
        return value

    return best(0, 0, 0) / sum(weights)
