"""The populations on which attacks are run, and each attack on them under every version."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path

from app.statistics.ledger import HelpedWith
from app.statistics.periods import Level, Period, month
from app.statistics.reference import Clauses, Road
from tests.support.attacks import (
    Gap,
    Target,
    askable,
    balanced,
    cells_of,
    even,
    gaps,
    groups_of_one_answer,
    joined,
    pairs_of,
    run_differences,
    run_dominance,
    run_gaps,
    run_group,
    run_time,
    small_cells,
)
from tests.support.closed import LedgerRow
from tests.support.population import (
    KEY,
    VALLEY,
    WHOLE_YEAR,
    Habits,
    PlaceThere,
    World,
    facts_of,
    held,
    person_rows,
    synthetic_year,
)
from tests.support.reconstruction import run_reconstruction
from tests.support.tellers import RAW, SMALL, VERSIONS, Score, Teller, tellers

PERSON = ("age_band", "gender", "home_connection", "place", "status")
CROSSED = pairs_of(PERSON) + list(combinations(PERSON, 3))
QUARTER = Period(2026, Level.QUARTER, 2)
# Everybody is seen at a place, with one profile: parts make the whole, as the attacker hopes.
ON_SITE = {**Habits().weights, "mode": (100, 0, 0, 0)}
Scores = dict[str, Score]


def _each(told: Iterable[Teller], run: Callable[[Teller], Score]) -> Scores:
    return {teller.version: run(teller) for teller in told}


@dataclass(frozen=True)
class Valley:
    """One year of a small valley, in which every person can be found in the raw tables.

    Or any other year that real people, or made ones, are counted in.
    """

    told: dict[str, Teller]
    whole: Period = WHOLE_YEAR

    @classmethod
    def drawn(cls, directory: Path, *, seed: int = 1, attendances: int = 6_000) -> "Valley":
        """Draw it."""
        habits = Habits(attendances=attendances, passages=0, weights=ON_SITE)
        facts = facts_of(directory, VALLEY, synthetic_year(VALLEY, seed, habits))
        found = tellers(facts, VALLEY.organisations, WHOLE_YEAR)
        return cls({teller.version: teller for teller in found})

    @property
    def long(self) -> list[Period]:
        """Its periods, months apart."""
        return [period for period in sorted(self.whole.needed) if period.level is not Level.MONTH]

    @property
    def months(self) -> tuple[Period, ...]:
        """Its months."""
        return self.whole.split(Level.MONTH)

    @cached_property
    def small(self) -> list[Target]:
        """Its small cells, in tables of two and three attributes."""
        return list(small_cells(self.told[RAW], CROSSED, self.long))

    @cached_property
    def wider(self) -> list[Clauses]:
        """The cells of these tables, whoever stands in them."""
        return [cell for names in CROSSED for cell in cells_of(self.told[RAW], names)]

    def siblings(self) -> Scores:
        """A wider figure, less its other parts, all of them shown by a threshold."""
        targets = balanced(askable(self.told[RAW], self.small), 500)
        return _each(self.told.values(), lambda t: run_differences("fratrie", t, targets))

    def siblings_by_visits(self) -> Scores:
        """The same on visits."""
        found = small_cells(self.told[RAW], CROSSED, self.long[-4:], "attendances")
        targets = balanced(askable(self.told[RAW], found), 500)
        return _each(
            self.told.values(),
            lambda t: run_differences("fratrie, visites", t, targets, "attendances"),
        )

    def tracker(self) -> Scores:
        """Any small cell, by every table that holds it."""
        targets = balanced(self.small, 600)
        return _each(self.told.values(), lambda t: run_differences("pisteur", t, targets))

    def territories(self) -> Scores:
        """Places and communes, from the commune, the structure and the EPCI that hold them."""
        names = [
            (where, *rest)
            for where in ("place", "commune")
            for rest in (*((name,) for name in PERSON[:3]), *pairs_of(PERSON[:3]))
        ]
        found = small_cells(self.told[RAW], names, (*self.long, *self.months))
        targets = balanced(askable(self.told[RAW], found), 500)

        def choose(roads: Iterable[Road]) -> list[Road]:
            return [road for road in roads if road.split in ("place", "commune")]

        return _each(
            self.told.values(), lambda t: run_differences("territoires", t, targets, choose=choose)
        )

    def complement(self) -> tuple[Scores, Scores]:
        """Those whom a value leaves out: how many, and whether there are any."""
        splits = ("gender", "status", "age_band", "kind")
        found = even(gaps(self.told[RAW], self.wider, splits, self.long))
        results = {name: run_gaps("complément", t, found) for name, t in self.told.items()}
        return (
            {name: sizes for name, (sizes, _) in results.items()},
            {name: somebody for name, (_, somebody) in results.items()},
        )

    def group(self) -> Scores:
        """Groups in which everybody gives the same answer."""
        splits = ("status", "gender", "age_band")
        groups = groups_of_one_answer(self.told[RAW], self.wider, splits, self.long)
        return _each(self.told.values(), lambda t: run_group(t, groups))

    def reconstruction(self, *, steps: int, structures: int = 3) -> Scores:
        """All tables of three attributes of a structure at once, by half-year."""
        names = sorted(VALLEY.organisations)[:structures]
        halves = self.whole.split(Level.SEMESTER)
        wider = [(held(organisation=name), half) for name in names for half in halves]
        return _each(self.told.values(), lambda t: run_reconstruction(t, wider, steps))


def many_places(number: int) -> World:
    """One structure with many places, and as many procedures."""
    return World(
        places=tuple(PlaceThere(f"lieu-{n}", "s1", "c1") for n in range(number)),
        communes={"c1": ("e1", "35", "53")},
        seats={"s1": "c1"},
        procedures={f"p-{n}": (f"theme-{n % 10}", f"org-{n % 7}") for n in range(number)},
    )


def months_of_a_quarter(directory: Path) -> Scores:
    """A small month between two large ones, told from the quarter."""
    world = many_places(300)
    rows: list[LedgerRow] = []
    targets = []
    for number, place in enumerate(world.places):
        few, small_month = SMALL[number % len(SMALL)], 4 + number // len(SMALL) % 3
        for serial in (4, 5, 6):
            came = few if serial == small_month else 30
            subjects = [f"{place.code}-{serial}-{n}" for n in range(came)]
            rows += person_rows(subjects, organisation="s1", place=place.code, in_month=serial)
        targets.append(Target(held(place=place.code), month(2026, small_month), few))
    facts = facts_of(directory, world, rows)
    return _each(tellers(facts, world.organisations, QUARTER), lambda t: run_time(t, targets))


def twins(directory: Path, *, keys: int) -> tuple[Scores, Scores]:
    """Two roads to the same people but 0 to 5: places, and the procedure everybody came for there.

    Luck stands in the names of the cells, so it takes several keys. Gives existence for any
    number of people, and for one.
    """
    world = many_places(200)
    rows: list[LedgerRow] = []
    found: list[Gap] = []
    for number, place in enumerate(world.places):
        few = 0 if number % 2 else SMALL[number // 2 % len(SMALL)]
        helped = (HelpedWith(f"p-{number}", "finished"),)
        there = {"organisation": "s1", "place": place.code, "in_month": 6}
        rows += person_rows((f"{place.code}-{n}" for n in range(30)), procedures=helped, **there)
        rows += person_rows((f"{place.code}-few-{n}" for n in range(few)), **there)
        for period in (month(2026, 6), QUARTER, Period(2026, Level.SEMESTER, 1), WHOLE_YEAR):
            found.append(Gap(held(place=place.code), held(procedure=f"p-{number}"), period, few))
    one_more = [gap for gap in found if gap.truth in (0, 1)]
    several: dict[str, list[Score]] = {version: [] for version in VERSIONS}
    single: dict[str, list[Score]] = {version: [] for version in VERSIONS}
    for serial in range(keys):
        facts = facts_of(directory / str(serial), world, rows, KEY + bytes([serial]))
        for teller in tellers(facts, world.organisations, WHOLE_YEAR):
            several[teller.version].append(run_gaps("jumeaux", teller, found)[1])
            single[teller.version].append(run_gaps("jumeaux à 1 près", teller, one_more)[1])
    return (
        {version: joined(scores) for version, scores in several.items()},
        {version: joined(scores) for version, scores in single.items()},
    )


def one_often(directory: Path) -> Scores:
    """Places where one person makes most visits."""
    world = many_places(60)
    rows: list[LedgerRow] = []
    targets = []
    for number, place in enumerate(world.places):
        there = {"organisation": "s1", "place": place.code}
        visits = 60 + number
        rows += person_rows((f"{place.code}-{n}" for n in range(30)), **there)
        rows += person_rows([f"{place.code}-often"], each=visits, **there)
        targets.append((held(place=place.code), WHOLE_YEAR, visits))
    facts = facts_of(directory, world, rows)
    return _each(
        tellers(facts, world.organisations, WHOLE_YEAR), lambda t: run_dominance(t, targets)
    )
