"""Attacks that must fail on the rule, and succeed on what it replaces.

A rule that refuses everything would pass as well: each attack prints how many of its targets could
be asked about, and usefulness is measured beside it (benchmarks/disclosure.py).
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.attack_scenes import Scores, Valley, months_of_a_quarter, one_often, twins
from tests.support.attack_sums import elsewhere, many_names, through_periods
from tests.support.attack_versions import (
    both_places,
    final_too,
    followed,
    history_again,
    only_before,
)
from tests.support.tellers import CELL_KEY, RAW, RULE, THRESHOLD, Score


@pytest.fixture(scope="module")
def valley(tmp_path_factory: pytest.TempPathFactory) -> Valley:
    """One year of a small valley, in which every person can be found in the raw tables."""
    return Valley.drawn(tmp_path_factory.mktemp("valley"))


def printed(scores: Scores) -> Scores:
    print(*scores.values(), sep="\n")
    return scores


def assert_held(scores: Scores) -> None:
    """The rule gains nothing over the guess; the attack is real: it works on the others."""
    assert scores[RAW].recovery > 0.9
    assert scores[THRESHOLD].recovery > 0.45
    assert scores[RULE].is_held


def test_small_cells_are_not_what_a_row_leaves(valley: Valley) -> None:
    assert_held(printed(valley.siblings()))


def test_small_cells_are_not_what_visits_leave(valley: Valley) -> None:
    assert_held(printed(valley.siblings_by_visits()))


def test_small_cells_are_not_tracked_through_tables_of_one_filter(valley: Valley) -> None:
    scores = printed(valley.tracker())

    assert scores[RULE].targets >= 500
    assert_held(scores)


def test_parts_of_a_territory_are_not_told_from_the_whole(valley: Valley) -> None:
    assert_held(printed(valley.territories()))


def test_those_whom_a_value_leaves_out_are_not_told(valley: Valley) -> None:
    sizes, somebody = valley.complement()
    printed(sizes)
    printed(somebody)

    assert_held(sizes)
    assert somebody[THRESHOLD].existence > 0.9
    assert somebody[RULE].existence <= 0.53 + 2 * somebody[RULE].error


def test_a_group_of_one_answer_never_shows_it(valley: Valley) -> None:
    scores = printed(valley.group())

    assert scores[RULE].targets >= 30
    assert scores[RAW].recovery == 1
    assert scores[THRESHOLD].recovery > 0.9
    assert scores[RULE].recovery == 0


def test_all_tables_at_once_rebuild_no_small_cell(valley: Valley) -> None:
    scores = printed(valley.reconstruction(steps=20_000))

    assert scores[RAW].recovery > 0.9
    assert scores[RULE].is_held


def test_a_small_month_is_not_told_from_its_quarter(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    assert_held(printed(months_of_a_quarter(tmp_path_factory.mktemp("months"))))


def test_two_roads_to_nearly_the_same_people_are_told_apart_little(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    several, single = twins(tmp_path_factory.mktemp("twins"), keys=3)
    printed(several)
    print(f"existence {several[RULE].existence:.2f}, à 1 près {single[RULE].existence:.2f}")

    assert several[THRESHOLD].existence > 0.9
    assert several[RULE].asked > 0.5 * several[RULE].targets
    assert several[RULE].existence <= 0.70 + 2 * several[RULE].error
    assert single[RULE].existence <= 0.60 + 2 * single[RULE].error


@pytest.mark.parametrize("attack", [elsewhere, through_periods, many_names, final_too, both_places])
def test_sums_along_several_roads_tell_no_more_than_twins(
    attack: Callable[..., tuple[Scores, Scores]], tmp_path: Path
) -> None:
    """Not won, and held: what is left by several figures at once, by all the names they have."""
    sizes, somebody = attack(tmp_path)
    printed(sizes)
    print(f"existence {somebody[RULE].existence:.2f}")

    assert sizes[RAW].recovery > 0.9
    assert somebody[THRESHOLD].existence > 0.9
    assert somebody[RULE].existence <= 0.70 + 2 * somebody[RULE].error


def test_those_who_came_before_only_are_not_told_from_regulars(tmp_path: Path) -> None:
    sizes, somebody = only_before(tmp_path)
    printed(sizes)

    assert sizes[RAW].recovery > 0.9
    assert somebody[THRESHOLD].existence > 0.9
    assert somebody[RULE].existence <= 0.53 + 2 * somebody[RULE].error


@pytest.mark.parametrize("attack", [followed, history_again])
def test_equal_figures_tell_nothing_of_who_is_among_them(
    attack: Callable[[Path], Score], tmp_path: Path
) -> None:
    """Where nothing else changes, equality would prove that nobody is, difference that one is."""
    somebody = attack(tmp_path)
    print(f"existence {somebody.existence:.2f}")

    assert somebody.asked > 0.9 * somebody.targets
    assert somebody.existence <= 0.53 + 2 * somebody.error


def test_the_visits_of_one_person_are_not_told_from_a_total(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    scores = printed(one_often(tmp_path_factory.mktemp("often")))

    assert scores[RAW].recovery > 0.9
    assert scores[CELL_KEY].recovery > 0.4
    assert scores[RULE].recovery == 0
