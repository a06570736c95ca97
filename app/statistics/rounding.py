"""Whole numbers rounded, halves up: no machine disagrees."""


def one_figure(number: int) -> int:
    """Round to one significant digit."""
    scale: int = 10 ** max(len(str(number)) - 1, 0)
    return nearest(number, scale)


def doubled(number: int) -> int:
    """Give the power of two that is not under a number: its size, and nothing more of it."""
    return 1 << (number - 1).bit_length()


def nearest(number: int, step: int) -> int:
    """Round to a multiple of a step."""
    return (2 * number + step) // (2 * step) * step
