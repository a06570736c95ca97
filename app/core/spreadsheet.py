"""Texts that no spreadsheet runs (security-privacy F5), and how to find them again."""

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_GUARD = "'"


def is_risky(text: str) -> bool:
    """Tell whether a spreadsheet would read a text as a formula."""
    return text.startswith(_STARTS)


def guarded(text: str) -> str:
    """Write a text of a CSV so that it stays one; what looks guarded already is, once more."""
    return _GUARD + text if is_risky(text.lstrip(_GUARD)) else text


def unguarded(text: str) -> str:
    """Read a text of a CSV as it was before its guard."""
    is_guarded = text.startswith(_GUARD) and is_risky(text.lstrip(_GUARD))
    return text[1:] if is_guarded else text
