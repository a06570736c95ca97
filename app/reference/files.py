"""Where the reference data shipped with the product stand, and how their rows are read."""

import csv
import gzip
import io
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent.parent / "data"


def text(name: str) -> str:
    """Read one file of data/ whole; a name in .gz is decompressed."""
    content = (DATA / name).read_bytes()
    return (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8")


def rows(name: str) -> list[dict[str, str]]:
    """Read one CSV file of data/ as dictionaries keyed by its header."""
    return list(csv.DictReader(io.StringIO(text(name), newline="")))


def tuples(name: str) -> list[list[str]]:
    """Read one CSV file of data/ without its header; for files of many rows."""
    table = csv.reader(io.StringIO(text(name), newline=""))
    next(table)
    return list(table)


def listed(cell: str, separator: str = ";") -> tuple[str, ...]:
    """Split a cell that holds several values; an empty cell holds none."""
    return tuple(part.strip() for part in cell.split(separator) if part.strip())
