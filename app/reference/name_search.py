"""Find places by name from what somebody types: words in any order, postal codes, slips.

Knows nothing of communes: geography.py says what is searched and what a position stands for.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from rapidfuzz import fuzz, process

from app.core.text import fold

# « cedex 7 » and « 3e arrondissement » say nothing of the name.
_NOISE = re.compile(r"\bcedex\b( \d{1,2}\b)?|\b\d{1,2}(er|e|eme)\b|\barrondissement\b")
_ARTICLES = ("le ", "la ", "les ", "l ")
_SAINT = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_CODE = re.compile(r"\d{2,5}|2[ab]")

CLOSE_ENOUGH = 80  # per cent of likeness asked of a mistyped name
SLIPS = 20  # how many look-alikes are considered


@dataclass(frozen=True, slots=True)
class PlaceName:
    """One name by which a place is found; `weight` settles ties, a former name comes after."""

    name: str
    postcodes: tuple[str, ...]
    departement: str
    weight: int
    former: bool


class NameIndex:
    """Names of places, folded once. A name's position in the list given is what is found."""

    def __init__(self, names: Sequence[PlaceName]) -> None:
        self._names = names
        # The space before lets " den" find the start of any word.
        self._keys = [f" {fold(one.name)}" for one in names]
        self._by_postcode = sorted(
            (postcode, number)
            for number, one in enumerate(names)
            if not one.former
            for postcode in one.postcodes
        )

    def search(self, text: str) -> list[int]:
        """Positions of the names that match, best first: exact, then beginning, then by weight."""
        words, codes = _read(text)
        if not words:
            return self._rank(self._with_postcode(codes[0]), "") if codes else []
        matching = self._with_words(words)
        fitting = [number for number in matching if self._fits(number, codes)]
        found = fitting or matching or self._alike(words, codes)
        return self._rank(found, " ".join(words))

    def _with_words(self, words: list[str]) -> list[int]:
        starts = sorted((f" {word}" for word in words), key=len, reverse=True)
        numbers = [number for number, key in enumerate(self._keys) if starts[0] in key]
        for start in starts[1:]:
            numbers = [number for number in numbers if start in self._keys[number]]
        return numbers

    def _alike(self, words: list[str], codes: list[str]) -> list[int]:
        close = process.extract(
            " ".join(words), self._keys, scorer=fuzz.ratio, score_cutoff=CLOSE_ENOUGH, limit=SLIPS
        )
        numbers = [number for _, _, number in close]
        return [number for number in numbers if self._fits(number, codes)] or numbers

    def _with_postcode(self, code: str) -> list[int]:
        first = bisect_left(self._by_postcode, code, key=itemgetter(0))
        last = bisect_left(self._by_postcode, code + "~", key=itemgetter(0))
        return [number for _, number in self._by_postcode[first:last]]

    def _fits(self, number: int, codes: list[str]) -> bool:
        """Whether digits beside a name fit; a cedex has a postal code that no commune carries."""
        place = self._names[number]
        departement = place.departement.lower()
        return all(
            code == departement
            or (len(code) == 5 and code.startswith(departement))
            or any(postcode.startswith(code) for postcode in place.postcodes)
            for code in codes
        )

    def _rank(self, numbers: list[int], name: str) -> list[int]:
        def order(number: int) -> tuple[int, bool, int, str]:
            key, place = self._keys[number][1:], self._names[number]
            bare = next((key[len(a) :] for a in _ARTICLES if key.startswith(a)), key)
            if name in (key, bare):
                fit = 0
            else:
                fit = 1 if key.startswith(name) or bare.startswith(name) else 2
            return fit, place.former, -place.weight, key

        return sorted(numbers, key=order)


def _read(text: str) -> tuple[list[str], list[str]]:
    """Split what was typed into words of a name and codes (postal, département)."""
    words = [_SAINT.get(word, word) for word in _NOISE.sub("", fold(text)).split()]
    codes = [word for word in words if _CODE.fullmatch(word)]
    return [word for word in words if word not in codes], codes
