"""The rule of disclosure control, on people few enough to count by hand."""

from pathlib import Path

import pytest

from app.statistics.disclosure import EMPTY, HIDDEN, Answer, Rule, Status
from app.statistics.ledger import LedgerRow
from app.statistics.policy import INTERACTIVE_1, hmac32
from app.statistics.vocabulary import MEASURES
from tests.support.population import (
    ONE_HOUSE,
    WHOLE_YEAR,
    facts_of,
    held,
    person_rows,
    rule_on,
)

TEST_KEY = b"escale-test-vector"


def published(value: int) -> Answer:
    return Answer(Status.PUBLISHED, value)


@pytest.fixture(scope="module")
def worked_example(tmp_path_factory: pytest.TempPathFactory) -> Rule:
    """Sixty-four persons, all in one month, with keys anybody can compute."""
    rows: list[LedgerRow] = []
    for number in range(1, 65):
        gender = "feminin" if number <= 36 else "masculin"
        rows += person_rows(
            [f"r{number:03d}"],
            organisation="s1",
            place="lieu-a" if number <= 40 else "lieu-b",
            gender=gender if number <= 60 else "non_communique",
            equipment=("phone_only",) if number <= 36 else ("adequate",),
        )
    return rule_on(facts_of(tmp_path_factory.mktemp("vector"), ONE_HOUSE, rows, TEST_KEY))


def test_keys_are_those_of_the_worked_example() -> None:
    persons = [hmac32(TEST_KEY, f"person:r00{number}") for number in range(1, 5)]
    names = ("cell:@year", "cell:gender@year", "cell:place@year", "cell:equipment@year")
    cells = [hmac32(TEST_KEY, name) for name in names]

    assert persons == [3225737014, 427654378, 3286506850, 1577657876]
    assert cells == [1513552478, 2580749205, 1165730332, 1812252324]


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ({}, published(63)),
        ({"gender": "feminin"}, published(36)),
        ({"gender": "masculin"}, HIDDEN),
        ({"gender": "non_communique"}, HIDDEN),
        ({"place": "lieu-a"}, published(39)),
        ({"place": "lieu-b"}, published(22)),
        ({"equipment": "phone_only"}, published(35)),
        ({"place": "lieu-a", "gender": "feminin"}, HIDDEN),
    ],
)
def test_figures_are_those_of_the_worked_example(
    worked_example: Rule, values: dict[str, str], answer: Answer
) -> None:
    assert worked_example.answer(held(**values), WHOLE_YEAR, MEASURES["residents"]) == answer
