"""Attacks that must fail on the rule, and succeed on what it replaces.

A rule that refuses everything would pass as well: each attack prints how many of its targets could
be asked about, and usefulness is measured beside it (benchmarks/disclosure.py).
"""

from collections.abc import Iterable
from itertools import combinations

import pytest

from app.statistics.ledger import HelpedWith, LedgerRow
from app.statistics.periods import Level, Period, month
from tests.support.attacks import (
    CELL_KEY,
    RAW,
    RULE,
    SMALL,
    THRESHOLD,
    Gap,
    Score,
    Target,
    Teller,
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
    tellers,
)
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

PERSON = ("age_band", "gender", "home_connection", "place", "status")
CROSSED = pairs_of(PERSON) + list(combinations(PERSON, 3))
LONG = [period for period in sorted(WHOLE_YEAR.needed) if period.level is not Level.MONTH]
QUARTER = Period(2026, Level.QUARTER, 2)
MONTHS = WHOLE_YEAR.split(Level.MONTH)
ON_SITE = {**Habits().weights, "mode": (100, 0, 0, 0)}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Teller]:
    """One year of a small valley, in which every person can be found in the raw tables."""
    rows = synthetic_year(VALLEY, 1, Habits(attendances=6_000, weights=ON_SITE))
    facts = facts_of(tmp_path_factory.mktemp("valley"), VALLEY, rows)
    return {teller.version: teller for teller in tellers(facts, VALLEY.organisations, WHOLE_YEAR)}


@pytest.fixture(scope="module")
def small(told: dict[str, Teller]) -> list[Target]:
    return list(small_cells(told[RAW], CROSSED, LONG))


def printed(scores: Iterable[Score]) -> dict[str, Score]:
    found = {score.version: score for score in scores}
    print(*found.values(), sep="\n")
    return found


def test_small_cells_are_not_what_a_row_leaves(
    told: dict[str, Teller], small: list[Target]
) -> None:
    targets = balanced(askable(told[RAW], small), 500)

    scores = printed(run_differences("fratrie", teller, targets) for teller in told.values())

    assert scores[RAW].recovery > 0.9
    assert scores[THRESHOLD].recovery > 0.45
    assert scores[RULE].is_held


def test_small_cells_are_not_what_visits_leave(told: dict[str, Teller]) -> None:
    found = small_cells(told[RAW], CROSSED, LONG, "attendances")
    targets = balanced(askable(told[RAW], found), 500)

    scores = printed(
        run_differences("fratrie, visites", teller, targets, "attendances")
        for teller in told.values()
    )

    assert scores[RAW].recovery > 0.9
    assert scores[THRESHOLD].recovery > 0.45
    assert scores[RULE].is_held


def test_small_cells_are_not_tracked_through_tables_of_one_filter(
    told: dict[str, Teller], small: list[Target]
) -> None:
    targets = balanced(small, 600)

    scores = printed(run_differences("pisteur", teller, targets) for teller in told.values())

    assert len(targets) >= 500
    assert scores[RAW].recovery > 0.9
    assert scores[THRESHOLD].recovery > 0.45
    assert scores[RULE].is_held


def test_parts_of_a_territory_are_not_told_from_the_whole(told: dict[str, Teller]) -> None:
    names = [(where, *rest) for where in ("place", "commune") for rest in pairs_of(PERSON[:3])]
    names += [(where, other) for where in ("place", "commune") for other in PERSON[:3]]
    found = small_cells(told[RAW], names, (*LONG, *MONTHS))
    targets = balanced(askable(told[RAW], found), 500)

    scores = printed(
        run_differences(
            "territoires",
            teller,
            targets,
            choose=lambda roads: [road for road in roads if road.split in ("place", "commune")],
        )
        for teller in told.values()
    )

    assert scores[RAW].recovery > 0.9
    assert scores[RULE].is_held


def test_those_whom_a_value_leaves_out_are_not_told(told: dict[str, Teller]) -> None:
    wider = [cell for names in CROSSED for cell in cells_of(told[RAW], names)]
    found = even(gaps(told[RAW], wider, ("gender", "status", "age_band", "kind"), LONG))

    results = {version: run_gaps("complément", teller, found) for version, teller in told.items()}
    sizes = printed(pair[0] for pair in results.values())
    somebody = printed(pair[1] for pair in results.values())

    assert sizes[RAW].recovery > 0.9
    assert sizes[THRESHOLD].recovery > 0.45
    assert sizes[RULE].recovery <= 0.20 + 0.03 + 2 * sizes[RULE].error
    assert somebody[THRESHOLD].existence > 0.9
    assert somebody[RULE].existence <= 0.53 + 2 * somebody[RULE].error


def test_a_group_of_one_answer_never_shows_it(told: dict[str, Teller]) -> None:
    wider = [cell for names in CROSSED for cell in cells_of(told[RAW], names)]
    groups = groups_of_one_answer(told[RAW], wider, ("status", "gender", "age_band"), LONG)

    scores = printed(run_group(teller, groups) for teller in told.values())

    assert len(groups) >= 40
    assert scores[RAW].recovery == 1
    assert scores[THRESHOLD].recovery > 0.9
    assert scores[RULE].recovery == 0


def many_places(number: int) -> World:
    places = [f"lieu-{serial}" for serial in range(number)]
    return World(
        places=tuple(PlaceThere(place, "s1", "c1") for place in places),
        communes={"c1": ("e1", "35", "53")},
        seats={"s1": "c1"},
        procedures={f"p-{n}": (f"theme-{n % 10}", f"org-{n % 7}") for n in range(number)},
    )


def test_a_small_month_is_not_told_from_its_quarter(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
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
    facts = facts_of(tmp_path_factory.mktemp("months"), world, rows)

    scores = printed(
        run_time(teller, targets) for teller in tellers(facts, world.organisations, QUARTER)
    )

    assert scores[RAW].recovery > 0.9
    assert scores[THRESHOLD].recovery > 0.45
    assert scores[RULE].is_held


def twins(world: World) -> tuple[list[LedgerRow], list[Gap]]:
    """Places where everybody came for one procedure that nobody brought elsewhere, but a few."""
    rows: list[LedgerRow] = []
    found: list[Gap] = []
    for number, place in enumerate(world.places):
        few = 0 if number % 2 else SMALL[number // 2 % len(SMALL)]
        helped = (HelpedWith(f"p-{number}", "finished"),)
        there = {"organisation": "s1", "place": place.code, "in_month": 6}
        rows += person_rows((f"{place.code}-{n}" for n in range(30)), procedures=helped, **there)
        rows += person_rows((f"{place.code}-few-{n}" for n in range(few)), **there)
        for period in (month(2026, 6), QUARTER, QUARTER.wider, WHOLE_YEAR):
            assert period is not None
            found.append(Gap(held(place=place.code), held(procedure=f"p-{number}"), period, few))
    return rows, found


def test_two_roads_to_nearly_the_same_people_are_told_apart_little(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    world = many_places(200)
    rows, found = twins(world)
    by_one = [gap for gap in found if gap.truth in (0, 1)]
    several: dict[str, list[Score]] = {}
    single: dict[str, list[Score]] = {}
    for serial in range(3):  # luck stands in the names of the cells: it takes several keys
        facts = facts_of(tmp_path_factory.mktemp("twins"), world, rows, KEY + bytes([serial]))
        for teller in tellers(facts, world.organisations, WHOLE_YEAR):
            several.setdefault(teller.version, []).append(run_gaps("jumeaux", teller, found)[1])
            single.setdefault(teller.version, []).append(run_gaps("à 1 près", teller, by_one)[1])

    any_number = printed(map(joined, several.values()))[RULE]
    one_person = joined(single[RULE])
    print(f"existence{any_number.existence:7.2f}, à une personne près {one_person.existence:.2f}")

    assert joined(several[THRESHOLD]).existence > 0.9
    assert any_number.asked > 0.5 * any_number.targets
    assert any_number.existence <= 0.70 + 2 * any_number.error
    assert one_person.existence <= 0.60 + 2 * one_person.error


def test_the_visits_of_one_person_are_not_told_from_a_total(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    world = many_places(60)
    rows: list[LedgerRow] = []
    targets = []
    for number, place in enumerate(world.places):
        there = {"organisation": "s1", "place": place.code}
        visits = 60 + number
        rows += person_rows((f"{place.code}-{n}" for n in range(30)), **there)
        rows += person_rows([f"{place.code}-often"], each=visits, **there)
        targets.append((held(place=place.code), WHOLE_YEAR, visits))
    facts = facts_of(tmp_path_factory.mktemp("often"), world, rows)

    found = tellers(facts, world.organisations, WHOLE_YEAR)
    scores = printed(run_dominance(teller, targets) for teller in found)

    assert scores[RAW].recovery > 0.9
    assert scores[CELL_KEY].recovery > 0.4
    assert scores[RULE].recovery == 0
