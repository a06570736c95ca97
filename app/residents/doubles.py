"""Files that may be the same person's: how alike two are, and why; pairs among all of a structure.

Nothing is decided here: a person compares, then joins the files or says that they are two people.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from rapidfuzz.distance import OSA

from app.residents.search import PARTICLES, Entry
from app.residents.sounds import sound

CLOSE, NEARLY, SAME = 0.8, 0.85, 0.97  # of two names, 1 being the same letters
HEARD_ALIKE, PART_OF, OTHER_GENDER, INITIAL = 0.84, 0.82, 0.7, 0.82
NEVER = 2.0
SAID = {
    "same": "même année de naissance",
    "near": "années de naissance proches",
    "far": "autre année de naissance",
}
# First names of men that make a woman’s with a letter more.
MASCULINE = frozenset(
    (
        "adrien", "albert", "amin", "amir", "andre", "augustin", "bernard", "christian",
        "clement", "daniel", "denis", "emmanuel", "fabian", "fabien", "farid", "fernand",
        "florent", "francois", "frederic", "gabriel", "germain", "hamid", "jamil", "jean",
        "joel", "julien", "justin", "karim", "khalid", "latif", "laurent", "louis",
        "lucien", "malik", "marcel", "martin", "michel", "nabil", "nadir", "naim", "noel",
        "pascal", "paul", "raphael", "rachid", "rene", "robert", "said", "salim", "samir",
        "sebastien", "simon", "valentin", "victor", "vincent", "yasmin", "yvon",
    )
)  # fmt: skip
LARGEST_BLOCK = 60  # files that share one key; more is a very common name, compared otherwise


@dataclass(frozen=True)
class Likeness:
    """Why two files may be one person's: reasons in words, the strongest likeness first."""

    score: float
    reasons: tuple[str, ...]


def likeness(one: Entry, other: Entry, *, is_new: bool = False) -> Likeness | None:
    """Say why two files may be one person's; None when they are likely two people.

    A shared phone or e-mail proves nothing by itself: couples and families share them.
    `is_new`: one of them is being opened; the same name with another year is then shown too.
    """
    straight = min(_near(one.given, other.given), _near(one.family, other.family))
    swapped = min(_near(one.given, other.family), _near(one.family, other.given))
    names = max(straight, swapped)
    if names < CLOSE:
        return None
    years = _years(one.birth_year, other.birth_year)
    reached = _reached(one, other)
    if names < _enough(years, bool(reached), is_new):
        return None
    reasons = [
        _of_names(straight, swapped),
        SAID.get(years, ""),
        *reached,
    ]
    bonus = {"same": 0.4, "near": 0.1}.get(years, 0.0) + 0.3 * len(reached)
    return Likeness(names + bonus, tuple(reason for reason in reasons if reason))


def _enough(years: str, is_reached: bool, is_new: bool) -> float:
    """Say how close two names must be, by what else is known."""
    if years == "far":
        return SAME if is_new else NEVER
    if years == "same" or is_reached:
        return CLOSE
    return SAME if years == "near" else NEARLY


def _of_names(straight: float, swapped: float) -> str:
    if swapped > straight:
        return "nom et prénom inversés"
    return "même nom" if straight == 1 else "nom proche"


def _near(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Compare two first names, or two family names, between 0 and 1."""
    first, second = "".join(one), "".join(other)
    if first == second:
        return 1.0
    if not first or not second:
        return 0.0
    short, long = sorted((first, second), key=len)
    if short in MASCULINE and long in (f"{short}e", f"{short}{short[-1]}e", f"{short}a"):
        return OTHER_GENDER  # Martin and Martine
    mine, theirs = _bare(one), _bare(other)
    if mine and theirs and (mine <= theirs or theirs <= mine):
        return PART_OF
    if "".join(w[0] for w in one) == second or "".join(w[0] for w in other) == first:
        return INITIAL
    alike = OSA.normalized_similarity(first, second)
    if len(short) > 3 and sound(first) == sound(second):
        return max(HEARD_ALIKE, alike)
    return alike


def _bare(words: tuple[str, ...]) -> set[str]:
    return {word for word in words if word not in PARTICLES}


def _years(one: str, other: str) -> str:
    if not one or not other:
        return "unknown"
    if one == other:
        return "same"
    return "near" if sorted(one) == sorted(other) else "far"  # 1956 and 1965


def _reached(one: Entry, other: Entry) -> list[str]:
    found = []
    if one.phone and one.phone == other.phone:
        found.append("même téléphone")
    if one.email and one.email == other.email:
        found.append("même adresse e-mail")
    return found


def pairs(entries: list[Entry]) -> list[tuple[Entry, Entry, Likeness]]:
    """Give every likely pair, the likeliest first. Only files that share a key are compared."""
    blocks: dict[str, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        for key in set(_keys(entry)):
            blocks[key].append(place)
    compared: set[tuple[int, int]] = set()
    found = []
    for block in blocks.values():
        if len(block) > LARGEST_BLOCK:
            continue
        for first, second in combinations(block, 2):
            if (first, second) in compared:
                continue
            compared.add((first, second))
            alike = likeness(entries[first], entries[second])
            if alike is not None:
                found.append((entries[first], entries[second], alike))
    return sorted(found, key=lambda pair: -pair[2].score)


def _keys(entry: Entry) -> Iterator[str]:
    if entry.phone:
        yield f"phone {entry.phone}"
    if entry.email:
        yield f"email {entry.email}"
    given, family = _spoken(entry.given), _spoken(entry.family)
    yield f"names {' '.join(sorted((given, family)))}"
    words = [sound(word) for word in (*entry.given, *entry.family) if word not in PARTICLES]
    for word in [*words, given, family]:
        yield f"year {entry.birth_year} {word}"
    for first, second in combinations(sorted(set(words)), 2):
        yield f"words {first} {second}"


def _spoken(words: Iterable[str]) -> str:
    return sound("".join(words))
