"""Attacks by sums: figures added and taken away along roads that no single row holds.

Each is told from several published figures at once, and from several roads to the same people: by
other periods, by other measures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from app.statistics.ledger import HelpedWith
from app.statistics.periods import Level, Period, month
from app.statistics.reference import Clauses
from tests.support.attack_scenes import QUARTER, Scores, many_places
from tests.support.attacks import best
from tests.support.closed import LedgerRow
from tests.support.population import (
    KEY,
    WHOLE_YEAR,
    PlaceThere,
    World,
    facts_of,
    held,
    person_rows,
)
from tests.support.tellers import SMALL, Score, Teller, tellers

Term = tuple[int, Clauses, Period, str]  # times so many, a figure
HALF = Period(2026, Level.SEMESTER, 2)


@dataclass(frozen=True)
class Rest:
    """People whom some sums of figures leave, by each of several roads to them."""

    roads: tuple[tuple[Term, ...], ...]
    truth: int


def run_sums(name: str, told: Sequence[Teller], found: Iterable[Rest]) -> tuple[Score, Score]:
    """Tell how many are left, and whether anybody is: likelihoods of all roads, multiplied.

    `told`: the same figures under several keys, when each road was published more than once.
    """
    version = told[0].version
    sizes, somebody = Score(name, version), Score(f"{name}, existence", version)
    for serial, rest in enumerate(found):
        chances = dict.fromkeys((0, *SMALL), 1.0)
        asked = False
        for teller, road in product(told, rest.roads):
            figures = [(times, teller.tell(*figure)) for times, *figure in road]
            if any(value is None for _, value in figures):
                continue
            asked = True
            left = sum(times * (value or 0) for times, value in figures)
            law = teller.law(len(road))
            for size in chances:
                chances[size] *= law.get(left - size, 1e-9)
        if rest.truth:
            sizes.targets += 1
            sizes.asked += asked
            sizes.told += best({size: chances[size] for size in SMALL}) == rest.truth
            sizes.guessed += rest.truth == SMALL[0]
        some = sum(chances[size] for size in SMALL) / len(SMALL)
        # What cannot be asked is a toss: right half of the time, for nobody as for somebody.
        right = (some > chances[0]) == (rest.truth > 0) if asked else serial // 2 % 2 == 0
        somebody.targets += 1
        somebody.asked += asked
        somebody.told += right
        if not rest.truth:
            somebody.nobody = (somebody.nobody[0] + right, somebody.nobody[1] + 1)
    return sizes, somebody


def few(number: int) -> int:
    """Give nobody for one case of two, else 1 to 5."""
    return 0 if number % 2 else SMALL[number // 2 % len(SMALL)]


def on_each(
    directory: Path,
    world: World,
    rows: Sequence[LedgerRow],
    name: str,
    found: Sequence[Rest],
    keys: Sequence[bytes] = (KEY,),
) -> tuple[Scores, Scores]:
    """Run an attack under every version; `keys`: those under which the year was published."""
    published = [
        tellers(facts_of(directory / str(n), world, rows, key), world.organisations, WHOLE_YEAR)
        for n, key in enumerate(keys)
    ]
    results = {
        told[0].version: run_sums(name, told, found) for told in zip(*published, strict=True)
    }
    return (
        {version: sizes for version, (sizes, _) in results.items()},
        {version: somebody for version, (_, somebody) in results.items()},
    )


def two_places_each(number: int) -> World:
    """Structures of two places, in one commune."""
    names = [f"s{n}" for n in range(number)]
    return World(
        places=tuple(PlaceThere(f"{name}-{x}", name, "c1") for name in names for x in "ab"),
        communes={"c1": ("e1", "35", "53")},
        seats=dict.fromkeys(names, "c1"),
    )


def twins(world: World) -> list[LedgerRow]:
    """Places where nearly everybody came for a procedure of its own: all but a few."""
    rows: list[LedgerRow] = []
    for serial, place in enumerate(world.places):
        helped = (HelpedWith(f"p-{serial}", "finished"),)
        there = {"organisation": "s1", "place": place.code, "in_month": 6}
        rows += person_rows((f"{place.code}-{n}" for n in range(30)), procedures=helped, **there)
        rows += person_rows((f"{place.code}-few-{n}" for n in range(few(serial))), **there)
    return rows


def elsewhere(directory: Path, number: int = 200) -> tuple[Scores, Scores]:
    """Structures with two places, and a few people seen at home: the structure less its places."""
    world = two_places_each(number)
    rows: list[LedgerRow] = []
    found = []
    for serial, name in enumerate(world.seats):
        for place in (f"{name}-a", f"{name}-b"):
            came = (f"{place}-{n}" for n in range(40))
            rows += person_rows(came, organisation=name, place=place, in_month=6)
        home = (f"{name}-home-{n}" for n in range(few(serial)))
        rows += person_rows(home, organisation=name, place=None, mode="domicile", in_month=6)
        roads = tuple(
            (
                (1, held(organisation=name), period, measure),
                (-1, held(place=f"{name}-a"), period, measure),
                (-1, held(place=f"{name}-b"), period, measure),
            )
            for period, measure in product((QUARTER, WHOLE_YEAR), ("residents", "attendances"))
        )
        found.append(Rest(roads, few(serial)))
    return on_each(directory, world, rows, "ailleurs", found)


def through_periods(directory: Path, number: int = 200) -> tuple[Scores, Scores]:
    """A small month, from the half-year less the other quarter and the other months."""
    world = many_places(number)
    rows: list[LedgerRow] = []
    found = []
    for serial, code in enumerate(world.procedures):
        small_month = (9, 12)[serial // 2 % 2]
        helped = (HelpedWith(code, "finished"),)
        for of_month in range(7, 13):
            came = few(serial) if of_month == small_month else 30
            subjects = (f"{code}-{of_month}-{n}" for n in range(came))
            rows += person_rows(
                subjects, organisation="s1", place="lieu-0", in_month=of_month, procedures=helped
            )
        quarter = Period(2026, Level.QUARTER, 4 if small_month == 9 else 3)
        months = list(range(small_month - 2, small_month))
        roads = tuple(
            (
                (1, held(procedure=code), whole, measure),
                (-1, held(procedure=code), quarter, measure),
                *((-1, held(procedure=code), month(2026, n), measure) for n in months),
            )
            for whole, measure in product((HALF, WHOLE_YEAR), ("residents", "attendances"))
        )
        found.append(Rest(roads, few(serial)))
    return on_each(directory, world, rows, "périodes emboîtées", found)


def many_names(
    directory: Path, measures: Sequence[str] = ("residents", "attendances"), number: int = 200
) -> tuple[Scores, Scores]:
    """Twins of which every figure has several names: all of it is in one month of the year."""
    world = many_places(number)
    found = []
    for serial, place in enumerate(world.places):
        lengths = (month(2026, 6), QUARTER, Period(2026, Level.SEMESTER, 1), WHOLE_YEAR)
        roads = tuple(
            (
                (1, held(place=place.code), period, measure),
                (-1, held(procedure=f"p-{serial}"), period, measure),
            )
            for period, measure in product(lengths, measures)
        )
        found.append(Rest(roads, few(serial)))
    return on_each(directory, world, twins(world), "jumeaux, tous les noms", found)
