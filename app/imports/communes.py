"""Finds today's commune from what three cells say of it, each often damaged or of another year."""

from typing import Any

from app.core.text import fold
from app.imports import cells
from app.reference import geography
from app.reference.geography import UnknownPlace


class Communes:
    """Looks each commune of a file up once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, Any, Any], str | None] = {}

    def find(self, name: Any, postcode: Any, insee: Any) -> str | None:
        """Give the Insee code of today's commune; None when the cells name none for certain."""
        asked = (name, postcode, insee)
        if asked not in self._known:
            self._known[asked] = _found(*asked)
        return self._known[asked]


def _found(name: Any, postcode: Any, insee: Any) -> str | None:
    try:
        return _by_code(cells.insee(insee)) or _by_name(cells.line(name), cells.insee(postcode))
    except cells.Unreadable:
        return None  # a spreadsheet's error, or a page of text: no commune for certain


def _by_code(insee: str) -> str | None:
    try:
        return geography.commune(insee).insee
    except UnknownPlace:
        return None


def _by_name(name: str, postcode: str) -> str | None:
    """Accept one commune of exactly that name, under its postal code when there is one."""
    wanted = fold(name)
    if not wanted:
        return None
    fitting = {
        found.commune.insee
        for found in geography.search_communes(f"{name[:100]} {postcode}".strip(), limit=20)
        if fold(found.former_name or found.commune.name) == wanted
        and (not postcode or postcode in found.commune.postcodes)
    }
    return fitting.pop() if len(fitting) == 1 else None
