"""Whole numbers rounded, halves up: no machine disagrees."""


def one_figure(number: int) -> int:
    """Round to one significant digit."""
    scale: int = 10 ** max(len(str(number)) - 1, 0)
    return nearest(number, scale)


def nearest(number: int, step: int) -> int:
    """Round to a multiple of a step."""
    return (2 * number + step) // (2 * step) * step
