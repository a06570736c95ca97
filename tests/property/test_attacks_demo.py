"""The attacks on the demonstration's year: made, closed and kept as any installation's."""

import pytest

from tests.property.test_attacks import printed
from tests.support.attack_demo import DemoYear
from tests.support.tellers import MARGIN, RAW, RULE


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> DemoYear:
    """Made once: it takes most of the time."""
    return DemoYear.made(tmp_path_factory.mktemp("demo"), sessions=1_000)


@pytest.mark.parametrize(
    "attack", ["siblings", "tracker", "territories", "other_dimensions", "acts", "time"]
)
def test_small_cells_of_the_demonstration_are_not_told(year: DemoYear, attack: str) -> None:
    scores = printed(getattr(year, attack)())

    assert scores[RULE].targets >= 50
    assert scores[RAW].recovery > scores[RAW].guess + MARGIN + 2 * scores[RAW].error
    assert scores[RULE].is_held


def test_nobody_is_told_from_what_the_demonstration_shows(year: DemoYear) -> None:
    sizes, somebody = map(printed, year.complement())
    group = printed(year.group())

    assert sizes[RULE].is_held
    assert somebody[RAW].existence == 1
    assert somebody[RULE].existence <= 0.53 + 2 * somebody[RULE].error
    assert group[RULE].targets >= 30
    assert group[RULE].recovery == 0
