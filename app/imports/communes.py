"""Finds today's commune from what three cells say of it, each often damaged or of another year."""

from typing import Any

from app.core.text import fold
from app.imports import cells
from app.reference import geography
from app.reference.geography import Commune, UnknownPlace

_WHOLE_WORDS = {"st": "saint", "ste": "sainte"}


class Communes:
    """Looks each commune of a file up once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, Any, Any], str | None] = {}
        self._contradicted: dict[tuple[Any, Any, Any], bool] = {}

    def find(self, name: Any, postcode: Any, insee: Any) -> str | None:
        """Give the Insee code of today's commune; None when the cells name none for certain."""
        asked = (name, postcode, insee)
        if asked not in self._known:
            self._known[asked] = _found(*asked)
        return self._known[asked]

    def contradicts(self, name: Any, postcode: Any, insee: Any) -> bool:
        """Tell whether the name and the postal code are for certain those of another commune."""
        asked = (name, postcode, insee)
        if asked not in self._contradicted:
            found = self.find(*asked)
            named = _found(name, postcode, None) if found and name and insee else None
            self._contradicted[asked] = named not in (None, found)
        return self._contradicted[asked]


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
    """Accept one commune of exactly that name, under its postal code when there is one.

    The code of a « CEDEX » is of no commune: it says the department only.
    """
    words = fold(name[:100]).split()
    is_cedex = "cedex" in words
    if is_cedex:
        words = words[: words.index("cedex")]
    wanted = " ".join(_WHOLE_WORDS.get(word, word) for word in words)
    if not wanted:
        return None
    asked = wanted if is_cedex else f"{wanted} {postcode}".strip()
    fitting = {
        found.commune.insee
        for found in geography.search_communes(asked, limit=20)
        if fold(found.former_name or found.commune.name) == wanted
        and _is_there(found.commune, postcode, is_cedex=is_cedex)
    }
    return fitting.pop() if len(fitting) == 1 else None


def _is_there(commune: Commune, postcode: str, *, is_cedex: bool) -> bool:
    if not postcode or postcode in commune.postcodes:
        return True
    return is_cedex and any(known[:2] == postcode[:2] for known in commune.postcodes)
