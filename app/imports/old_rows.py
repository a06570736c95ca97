"""Rows of older files: a whole activity in one, its people's answers one on each line of a cell."""

import re
from collections.abc import Iterator
from typing import Any

from app.imports import cells as read
from app.imports.header import Cells

_PROFILE = ("gender", "age_band", "status", "home_commune")
_LINES = re.compile(r"\r\n|\r|\n")
_COMMAS = re.compile(r"\s*[,;|]\s*")  # no label of these lists holds one, and no commune does


def each_person(cells: Cells, size: int) -> Iterator[Cells]:
    """Cut a row into those of its people, `size` of them; who has no name came anonymously."""
    answers = {name: _split(getattr(cells, name), size) or [None] * size for name in _PROFILE}
    names = [name.strip() for name in _LINES.split(str(cells.name or "")) if name.strip()]
    if len(names) <= size:  # fewer names than people: the others came anonymously
        answers["name"] = names + [None] * (size - len(names))
    for place in range(size):
        yield cells._replace(**{name: listed[place] for name, listed in answers.items()})


def is_miscounted(cells: Cells, size: int) -> bool:
    """Tell whether a cell has answers, and not as many as the people."""
    return any(_split(value, size) is None for value in (getattr(cells, name) for name in _PROFILE))


def old_persons(cells: Cells) -> list[Cells]:
    """Give who stands in an old row, when it says how many they are."""
    try:
        return list(each_person(cells, read.headcount(cells.headcount)))
    except read.Unreadable:
        return []


def _split(value: Any, size: int) -> list[Any] | None:
    """Give one answer a person, on lines or between commas; None when they are not as many."""
    if size == 1:
        return [value]
    if value is None or not str(value).strip():
        return [None] * size
    listed = _LINES.split(str(value))
    if len(listed) == 1:
        listed = _COMMAS.split(listed[0])
    elif len(listed) == size + 1 and not listed[-1].strip():
        listed.pop()  # the line after the last answer
    return listed if len(listed) == size else None
