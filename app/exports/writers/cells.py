"""What is the same in every file: a hidden figure, and texts that no spreadsheet runs (F5)."""

HIDDEN = "masqué"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """Keep a text from being read as a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def figure(value: int | None) -> int | str:
    """Write a figure, or that it is hidden."""
    return HIDDEN if value is None else value
