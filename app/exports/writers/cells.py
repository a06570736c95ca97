"""What is the same in every file: a hidden figure."""

HIDDEN = "masqué"


def figure(value: int | None) -> int | str:
    """Write a figure, or that it is hidden."""
    return HIDDEN if value is None else value
