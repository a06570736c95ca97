"""Going through many things a few at a time, so that memory does not grow with them."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Give lists of `size` things, the last one shorter; nothing is read ahead of a list."""
    source = iter(things)
    while batch := list(islice(source, size)):
        yield batch
