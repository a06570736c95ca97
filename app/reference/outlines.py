"""Outlines of régions, départements and parts of EPCI, to be drawn as SVG (data/README.md)."""

from dataclasses import dataclass
from functools import cache

from app.reference import files, geography

FOLDER = "outlines"


@dataclass(frozen=True, slots=True)
class Outline:
    """One territory of a drawing, in units of which a drawing has about six hundred a side.

    `x`, `y`: where a word stands in it; `room`: how far its borders are from there; `box`: its
    left, top, right and bottom; `path`: as SVG writes it.
    """

    code: str
    x: int
    y: int
    room: int
    box: tuple[int, int, int, int]
    path: str


def departements() -> dict[str, Outline]:
    """The départements on a drawing of the country, by code."""
    return _drawings("departements").get("france", {})


def regions() -> dict[str, Outline]:
    """The régions on a drawing of the country, by code."""
    return _drawings("regions").get("france", {})


def epci_parts(departement: str) -> dict[str, Outline]:
    """The parts of EPCI on a drawing of one département; none where there is no drawing.

    The code "" is what lies in no EPCI.
    """
    try:
        return _drawings(f"epci-{geography.departement(departement).region}").get(departement, {})
    except FileNotFoundError:
        return {}


@cache
def _drawings(name: str) -> dict[str, dict[str, Outline]]:
    found: dict[str, dict[str, Outline]] = {}
    for drawing, code, x, y, room, box, path in files.tuples(f"{FOLDER}/{name}.csv.gz"):
        left, top, right, bottom = map(int, box.split())
        one = Outline(code, int(x), int(y), int(room), (left, top, right, bottom), path)
        found.setdefault(drawing, {})[code] = one
    return found
