"""Tables made at closing say what the facts say, for any set of structures."""

from pathlib import Path

import pytest

from app.statistics.counts import Counts, TableCache
from app.statistics.disclosure import Rule
from app.statistics.made import SHAPES, Maker, is_small
from app.statistics.periods import Period, month
from app.statistics.policy import INTERACTIVE_5
from app.statistics.reference import Clause
from app.statistics.store import FiguresMoved, YearOfFacts
from app.statistics.vocabulary import MEASURES
from tests.support.population import VALLEY, WHOLE_YEAR, Habits, facts_of, synthetic_year

ASKED = tuple(
    (clauses, period, MEASURES[measure])
    for measure in ("residents", "attendances", "duration_min", "procedures", "blocked_procedures")
    for period in (WHOLE_YEAR, month(2026, 3))
    for clauses in (
        (),
        (Clause("gender", "feminin"),),
        (Clause("age_band", "vingt_cinq_trente_neuf"), Clause("gender", "feminin")),
        (Clause("divide", "skills"), Clause("kind", "individual")),
        (Clause("blocker", "gestes"),),
    )
)


def rule(facts: YearOfFacts, organisations: frozenset[str], period: Period) -> Rule:
    counts = Counts(facts, organisations, TableCache(), period.needed)
    return Rule(counts, INTERACTIVE_5, organisations)


def answers(facts: YearOfFacts, organisations: frozenset[str]) -> list[object]:
    found: list[object] = []
    for clauses, period, measure in ASKED:
        one = rule(facts, organisations, period)
        one.expect([(clauses, period, measure)])
        found.append(one.answer(clauses, period, measure))
    return found


def make(facts: YearOfFacts) -> int:
    people, sums = rule(facts, VALLEY.organisations, WHOLE_YEAR).foresee(
        (clauses, WHOLE_YEAR, measure) for clauses, _, measure in ASKED
    )
    periods = sorted(WHOLE_YEAR.needed)
    return Maker(facts, periods).make(filter(is_small, people), filter(is_small, sums))


@pytest.fixture
def facts(tmp_path: Path) -> YearOfFacts:
    return facts_of(
        tmp_path, VALLEY, synthetic_year(VALLEY, seed=7, habits=Habits(attendances=600))
    )


def test_made_tables_give_the_same_answers_to_every_scope(facts: YearOfFacts) -> None:
    scopes = [VALLEY.organisations, frozenset(sorted(VALLEY.organisations)[:2])]
    before = [answers(facts, scope) for scope in scopes]
    assert make(facts) > 20
    made = [answers(facts, scope) for scope in scopes]

    assert made == before


def test_what_is_made_is_not_counted_again(facts: YearOfFacts) -> None:
    clauses = (Clause("gender", "feminin"),)
    everybody = VALLEY.organisations
    before = rule(facts, everybody, WHOLE_YEAR).answer(clauses, WHOLE_YEAR, MEASURES["residents"])
    make(facts)
    for path in facts.directory.glob("*.parquet"):
        path.unlink()
    after = rule(facts, everybody, WHOLE_YEAR).answer(clauses, WHOLE_YEAR, MEASURES["residents"])

    assert after == before


def test_tables_cut_short_or_altered_are_counted_again(facts: YearOfFacts) -> None:
    before = answers(facts, VALLEY.organisations)
    make(facts)
    people = facts.made_in / "people.parquet"
    whole = people.read_bytes()
    people.write_bytes(whole[: len(whole) // 2])
    cut_short = answers(facts, VALLEY.organisations)
    people.write_bytes(bytes(len(whole)))
    altered = answers(facts, VALLEY.organisations)
    (facts.made_in / SHAPES).write_text('{"shapes": null, "bytes": []}')
    unlisted = answers(facts, VALLEY.organisations)

    assert cut_short == altered == unlisted == before


def test_facts_removed_while_they_are_read_are_said_not_to_be_there(facts: YearOfFacts) -> None:
    one = rule(facts, VALLEY.organisations, WHOLE_YEAR)
    for path in facts.directory.glob("*.parquet"):
        path.unlink()

    with pytest.raises(FiguresMoved):
        one.answer((), WHOLE_YEAR, MEASURES["residents"])
