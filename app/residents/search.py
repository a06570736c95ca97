"""Search over opened names, in memory: nothing searchable stands on disk (security-privacy C3)."""

import time
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from app.core.text import fold

IDLE_S = 15 * 60
MOST_INDEXES = 50
ALIKE = 0.84  # below, two words of a name are different words
SHORTEST_FUZZY = 3


@dataclass(frozen=True)
class Entry:
    """What is searched of one resident: opened, folded, never written anywhere."""

    resident_id: UUID
    words: tuple[str, ...]

    @classmethod
    def of(cls, resident_id: UUID, texts: Iterable[str]) -> "Entry":
        """Fold the texts that name or reach a person."""
        words = [word for text in texts for word in fold(text).split()]
        return cls(resident_id, tuple(dict.fromkeys(words)))


class NameIndex:
    """The residents of one structure, searched word by word: beginnings first, then near words."""

    def __init__(self, entries: list[Entry]) -> None:
        self._ids = [entry.resident_id for entry in entries]
        holders: dict[str, set[int]] = {}
        for position, entry in enumerate(entries):
            for word in entry.words:
                holders.setdefault(word, set()).add(position)
        self._words = sorted(holders)
        self._holders = [holders[word] for word in self._words]

    def search(self, text: str, limit: int) -> list[UUID]:
        """Give the residents of whom every typed word is a word, or nearly; the best first."""
        typed = fold(text).split()
        if not typed:
            return []
        totals: dict[int, float] = {}
        for rank, word in enumerate(typed):
            found = self._who_has(word)
            if rank == 0:
                totals = found
            else:
                totals = {who: totals[who] + found[who] for who in totals.keys() & found.keys()}
        best = sorted(totals, key=lambda who: (-totals[who], who))
        return [self._ids[who] for who in best[:limit]]

    def _who_has(self, typed: str) -> dict[int, float]:
        scores: dict[int, float] = {}
        for place, score in self._near(typed).items():
            for who in self._holders[place]:
                if score > scores.get(who, 0.0):
                    scores[who] = score
        return scores

    def _near(self, typed: str) -> dict[int, float]:
        near: dict[int, float] = {}
        start = bisect_left(self._words, typed)
        for place in range(start, len(self._words)):
            word = self._words[place]
            if not word.startswith(typed):
                break
            near[place] = 1.0 + len(typed) / len(word)
        if len(typed) >= SHORTEST_FUZZY:
            for _, score, place in process.extract(
                typed, self._words, scorer=JaroWinkler.similarity, score_cutoff=ALIKE, limit=60
            ):
                near.setdefault(place, score)
        return near


class Indexes:
    """A few structures' indexes, kept fifteen minutes without use, dropped when names change."""

    def __init__(self) -> None:
        self._held: OrderedDict[UUID, tuple[int, float, NameIndex]] = OrderedDict()
        self._lock = Lock()

    def get(self, organisation_id: UUID, version: int) -> NameIndex | None:
        """Give a structure's index if it is of this version and still fresh."""
        with self._lock:
            self._drop_idle()
            found = self._held.pop(organisation_id, None)
            if found is None or found[0] != version:
                return None
            self._held[organisation_id] = (version, time.monotonic(), found[2])
            return found[2]

    def put(self, organisation_id: UUID, version: int, index: NameIndex) -> None:
        """Keep a structure's index."""
        with self._lock:
            self._held[organisation_id] = (version, time.monotonic(), index)
            self._held.move_to_end(organisation_id)
            while len(self._held) > MOST_INDEXES:
                self._held.popitem(last=False)

    def clear(self) -> None:
        """Forget every opened name."""
        with self._lock:
            self._held.clear()

    def _drop_idle(self) -> None:
        oldest = time.monotonic() - IDLE_S
        for organisation_id in [o for o, (_, used, __) in self._held.items() if used < oldest]:
            del self._held[organisation_id]
