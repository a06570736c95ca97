"""Takes out of an imported text the numbers and passwords that Escale never keeps (C7)."""

import re
from collections.abc import Callable

from app.core.sensitive import findings, is_card, is_iban, is_nir

REMOVED = "[retiré]"
_SUSPECT = re.compile(r"\d|passe|mdp|password|code", re.I)
_CANDIDATES: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b", re.I), is_iban),
    (re.compile(r"\b[1-478](?:\s?\d){5}\s?(?:\d\s?\d|2[AB])(?:\s?\d){7,8}\b", re.I), is_nir),
    (re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)"), is_card),
)
_PASSWORD = re.compile(
    r"\b(mot de passe|mdp|password|code (?:secret|d.acc[eè]s|pin))\b\s*(?:est|:|=)?\s*\S+", re.I
)


def redacted(text: str) -> str:
    """Give the text without what must not be kept; the same text when there is nothing.

    What our own patterns cannot cut out, while the detector still finds it, takes the whole text.
    """
    if not _SUSPECT.search(text) or not _is_refused(text):
        return text
    for pattern, is_one in _CANDIDATES:
        text = pattern.sub(lambda m, is_one=is_one: REMOVED if is_one(m[0]) else m[0], text)  # type: ignore[misc]
    if _is_refused(text):
        text = _PASSWORD.sub(REMOVED, text)
    return REMOVED if _is_refused(text) else text


def _is_refused(text: str) -> bool:
    return any(finding.is_refused for finding in findings(text))
