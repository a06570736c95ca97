"""Keeps what is dear to compute and never changes: the last used, up to a weight."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)
Thing = TypeVar("Thing")


class Kept(Generic[Name, Thing]):
    """Things by name; the least recently used go when all weigh too much."""

    def __init__(self, most: int, weight: Callable[[Thing], int]) -> None:
        self._things: OrderedDict[Name, Thing] = OrderedDict()
        self._most, self._weigh = most, weight
        self._weight = 0
        self._lock = Lock()

    def get(self, name: Name) -> Thing | None:
        """Give a thing that is kept."""
        with self._lock:
            if name in self._things:
                self._things.move_to_end(name)
            return self._things.get(name)

    def put(self, name: Name, thing: Thing) -> None:
        """Keep a thing, and let the oldest go."""
        with self._lock:
            if name in self._things:
                self._weight -= self._weigh(self._things.pop(name))
            self._things[name] = thing
            self._weight += self._weigh(thing)
            while self._weight > self._most and len(self._things) > 1:
                _, oldest = self._things.popitem(last=False)
                self._weight -= self._weigh(oldest)
