"""The few indexes of names that a process holds, for a bounded time (security-privacy C3)."""

import time
from collections import OrderedDict
from threading import Lock
from uuid import UUID

from app.residents.search import NameIndex
from app.residents.sounds import sound

IDLE_S = 15 * 60
MOST_INDEXES = 50


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
            sound.cache_clear()

    def _drop_idle(self) -> None:
        oldest = time.monotonic() - IDLE_S
        for organisation_id in [o for o, (_, used, __) in self._held.items() if used < oldest]:
            del self._held[organisation_id]
        if not self._held:
            sound.cache_clear()
