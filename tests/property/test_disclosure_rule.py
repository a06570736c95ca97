"""The rule against a slow reading of itself, word for word, on sets of named people."""

from collections.abc import Iterable
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.statistics.answers import Status
from app.statistics.disclosure import Rule
from app.statistics.ledger import HelpedWith
from app.statistics.periods import Level, Period, month
from app.statistics.policy import INTERACTIVE_5, cell_key, hmac32
from app.statistics.reference import FINISHED, NO_LENGTH, Clause, Clauses, Ground, implies
from app.statistics.selection import Selection, crosses_people
from app.statistics.vocabulary import ATTENDED, DIMENSIONS, MEASURES, WHERE, Acts
from tests.support.closed import LedgerRow
from tests.support.population import (
    KEY,
    VALLEY,
    WHOLE_YEAR,
    Habits,
    World,
    facts_of,
    held,
    rule_on,
    synthetic_year,
)

People = frozenset[str]
SEEDS = st.integers(min_value=0, max_value=10_000)
MEASURED = ("residents", "attendances", "procedures", "completed_procedures", "blocked_procedures")


class SlowRule:
    """Section 3.2 of the document, with sets of people instead of counts."""

    def __init__(self, world: World, rows: Iterable[LedgerRow]) -> None:
        self.world = world
        self.rows = list(rows)
        self.known: dict[Selection, People] = {}
        self.decided: dict[Selection, bool] = {}
        self.above = {
            family: {
                next(iter(atom.above.items())): atom.above for atom in world.reference.atoms[family]
            }
            for family in world.reference.atoms
        }

    def shown(self, s: Selection) -> bool:
        if s not in self.decided:
            self.decided[s] = self._shown(s)
        return self.decided[s]

    def _shown(self, s: Selection) -> bool:
        if self.small(s):
            return False
        for w, split, value in self.wider(s):
            if len(self.people(w)) < 50 or len(self.people(w)) + self.noise(w) < 50:
                return False
            if not self.shown(w) or value in self.hidden(w, split):
                return False
        if self.few(s, s.period.parts):
            return False
        of_people = s.acts or any(DIMENSIONS[c.dimension].group != WHERE for c in s.clauses)
        if of_people and self.leaves_few(s):
            return False
        return not (s.period.is_last and self.few(s, s.period.earlier_siblings))

    def wider(self, s: Selection) -> list[tuple[Selection, str, str]]:
        found = [(s.having(r.wider), r.split, r.value) for r in self.ground(s).roads(s.clauses)]
        if s.acts and not implies(s.clauses, s.acts):
            found.append((s.counting(s.acts.wider), "acts", s.acts))
        return found

    def hidden(self, w: Selection, split: str) -> set[str]:
        row = self.row(w, split)
        everyone = self.people(w)
        rested = {v for v, there in row.items() if self.small_set(everyone - there)}
        small = [v for v in row if self.small_value(w, split, v)]
        others = [v for v in row if v not in small and Clause(split, v) != NO_LENGTH]
        while small and others and self.small_set(frozenset().union(*(row[v] for v in small))):
            smallest = min(others, key=lambda v: len(row[v]))
            others.remove(smallest)
            small.append(smallest)
        return set(small) | rested

    def row(self, w: Selection, split: str) -> dict[str, People]:
        if split == "acts":
            acts = {None: [Acts.PROCEDURES], Acts.PROCEDURES: [Acts.BLOCKED]}
            return {one: self.people(w.counting(one)) for one in acts[w.acts]}
        return {
            value: self.people(w.having(tuple(sorted((*w.clauses, Clause(split, value))))))
            for value in self.ground(w).values(split, w.clauses)
        }

    def small_value(self, w: Selection, split: str, value: str) -> bool:
        if split == "acts":  # a row of its own: who has such acts, who has none
            return False
        clauses = self.ground(w).reduce((*w.clauses, Clause(split, value)))
        return clauses is not None and self.small(w.having(clauses))

    def few(self, s: Selection, periods: Iterable[Period]) -> bool:
        kept = [p for p in periods if not self.empty(s.during(p)) and not self.seen(s.during(p))]
        people = frozenset().union(*(self.people(s.during(p)) for p in kept))
        return bool(kept) and self.small_set(people)

    def leaves_few(self, s: Selection) -> bool:
        """A part that is shown, of whatever length, holds all but a few of them."""
        held_in = self.held_in(s)
        shorter = [p for p in s.period.needed if p.bits & s.period.bits == p.bits != s.period.bits]
        return held_in == s.period and any(
            self.small_set(self.people(s) - self.people(s.during(part)))
            for part in shorter
            if not self.empty(s.during(part)) and self.seen(s.during(part))
        )

    def seen(self, asked: Selection) -> bool:
        clauses = self.canonical(asked)
        return clauses is not None and self.shown(asked.having(clauses))

    def canonical(self, asked: Selection) -> Clauses | None:
        ground = self.ground(asked)
        clauses = ground.canonical(asked.clauses)
        for place in [clause for clause in clauses or () if clause.dimension == "place"]:
            there = self.people(Selection((place,), asked.period))
            for parent in ground.held_alone(place):
                if self.small_set(self.people(Selection((parent,), asked.period)) - there):
                    others = tuple(clause for clause in clauses or () if clause != place)
                    return ground.canonical((*others, parent))
        return clauses

    def empty(self, s: Selection) -> bool:
        if self.ground(s).reduce(s.clauses) is None:
            return True
        doors = [(c,) for c in s.clauses if DIMENSIONS[c.dimension].group == WHERE]
        return not all(self.people(Selection(door, s.period)) for door in ((), *doors))

    def small(self, s: Selection) -> bool:
        number = len(self.people(s))
        return number < 11 or number + self.noise(s) < 11

    def small_set(self, people: People) -> bool:
        noise = INTERACTIVE_5.noise(sum(map(self.key_of, people)))
        return len(people) < 11 or len(people) + noise < 11

    def noise(self, s: Selection) -> int:
        keys = sum(map(self.key_of, self.people(s)))
        named = s.during(self.held_in(s))
        name = f"{named.key_name()}|{self.among(named)}"
        return INTERACTIVE_5.noise(cell_key(KEY, name, keys))

    def among(self, s: Selection) -> str:
        """The structures of the scope that have a door open under the clauses."""
        ground = self.ground(s)
        doors = [ground.reference.atoms[WHERE][number].above for number in ground.is_open[WHERE]]
        where = [c for c in s.clauses if DIMENSIONS[c.dimension].group == WHERE]
        left = {d["organisation"] for d in doors if all(d.get(n) == v for n, v in where)}
        return sha256(",".join(sorted(left)).encode()).hexdigest()[:16]

    def held_in(self, s: Selection) -> Period:
        """The shortest period outside of which the doors are closed."""
        parts = [p for p in s.period.parts if not self.empty(s.during(p))]
        return self.held_in(s.during(parts[0])) if len(parts) == 1 else s.period

    def key_of(self, person: str) -> int:
        if person not in self.keys:
            self.keys[person] = hmac32(KEY, person)
        return self.keys[person]

    @cached_property
    def keys(self) -> dict[str, int]:
        return {}

    def ground(self, s: Selection) -> Ground:
        return self.world.reference.ground(self.world.organisations, s.period)

    def people(self, s: Selection) -> People:
        if s not in self.known:
            self.known[s] = frozenset(
                f"person:{row.subject}" if row.subject else f"attendance:{row.attendance}"
                for row in self.rows
                if row.month.bits & s.period.bits and not (s.undealt and row.dealt)
                if self.fits(row, s)
            )
        return self.known[s]

    def fits(self, row: LedgerRow, s: Selection) -> bool:
        of_acts = {"procedure", "procedure_theme", "provider", "outcome", "blocker",
                   "blocker_family"}  # fmt: skip
        held = dict(s.clauses)
        act_clauses = {name: value for name, value in held.items() if name in of_acts}
        for name, value in held.items():
            if name not in of_acts and value not in self.values(row, name):
                return False
        if not act_clauses and s.acts is None:
            return True
        return any(self.act_fits(act, act_clauses, s.acts) for act in row.procedures)

    def act_fits(self, act: HelpedWith, held: dict[str, str], acts: Acts | None) -> bool:
        theme, provider = self.world.procedures[act.procedure]
        values = {
            "procedure": {act.procedure},
            "procedure_theme": {theme},
            "provider": {provider},
            "outcome": {act.outcome},
            "blocker": set(act.blockers),
            "blocker_family": {self.world.blockers[code] for code in act.blockers},
        }
        if acts is Acts.COMPLETED and act.outcome != "finished":
            return False
        if acts is Acts.BLOCKED and (act.outcome == "finished" or not act.blockers):
            return False
        return all(value in values[name] for name, value in held.items())

    def values(self, row: LedgerRow, name: str) -> tuple[str | None, ...]:
        several = {"theme": row.themes, "divide": row.divides, "equipment": row.equipment,
                   "material": row.material}  # fmt: skip
        if name in several:
            return several[name]
        if name == "age_group":
            return (self.above["age"]["age_band", row.age_band][name],)
        if name in ("commune", "epci", "departement", "region"):
            if row.place is None:
                return (self.above[WHERE]["organisation", row.organisation][name],)
            return (self.above[WHERE]["place", row.place][name],)
        return (getattr(row, name),)


def selections(chance: Random, number: int) -> Iterable[tuple[Clauses, Period, str]]:
    """Draw clauses of up to three dimensions, a period, and a measure."""
    labels = VALLEY.reference.labels
    periods = sorted(WHOLE_YEAR.needed)
    for _ in range(number):
        names = chance.sample(sorted(ATTENDED), chance.choice((0, 1, 1, 2, 2, 2, 3)))
        clauses = held(**{name: chance.choice(list(labels[name])[:5]) for name in names})
        yield clauses, chance.choice(periods), chance.choice(MEASURED)


@settings(max_examples=3)
@given(SEEDS)
def test_the_rule_shows_what_its_words_say(seed: int) -> None:
    habits = Habits(attendances=1_500, dealt=0.3)
    rows = synthetic_year(VALLEY, seed, habits)
    slow = SlowRule(VALLEY, rows)
    with TemporaryDirectory() as directory:
        rule = rule_on(facts_of(Path(directory), VALLEY, rows))
        seen = 0
        for clauses, period, name in selections(Random(seed), 50):
            answer = rule.answer(clauses, period, MEASURES[name])
            if answer.status is Status.EMPTY:
                continue
            acts, whole = MEASURES[name].acts, clauses
            if acts is Acts.COMPLETED:
                acts, whole = Acts.PROCEDURES, tuple(sorted({*clauses, FINISHED}))
            canonical = slow.canonical(Selection(whole, period))
            if canonical is None:
                continue
            s = Selection(canonical, period, acts, crosses_people(canonical))
            if name == "residents":
                people = slow.people(s)
                expected = len(people) + slow.noise(s) if slow.shown(s) else None
                assert answer.value == expected, (clauses, period.code)
            elif answer.status is Status.PUBLISHED:
                assert slow.shown(s), (clauses, period.code, name)
            seen += answer.status is Status.PUBLISHED
    assert seen


@settings(max_examples=2, deadline=None)
@given(SEEDS, st.integers(min_value=2, max_value=11))
def test_what_a_closing_shows_stays(seed: int, last: int) -> None:
    rows = synthetic_year(VALLEY, seed, Habits(attendances=1_500))
    before = [row for row in rows if row.month <= month(2026, last)]
    with TemporaryDirectory() as directory:
        then = rule_on(facts_of(Path(directory) / "then", VALLEY, before))
        later = rule_on(facts_of(Path(directory) / "later", VALLEY, rows))
        for clauses, period, name in selections(Random(seed), 40):
            if period.end <= month(2026, last):
                asked = (clauses, period, MEASURES[name])
                assert then.answer(*asked) == later.answer(*asked)


@pytest.fixture(scope="module")
def one_rule(tmp_path_factory: pytest.TempPathFactory) -> Rule:
    rows = synthetic_year(VALLEY, 7, Habits(attendances=3_000))
    return rule_on(facts_of(tmp_path_factory.mktemp("facts"), VALLEY, rows))


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_the_same_people_asked_by_other_roads_give_the_same_figure(
    one_rule: Rule, seed: int
) -> None:
    chance = Random(seed)
    (clauses, period, name), *_ = selections(chance, 1)
    ground = VALLEY.reference.ground(VALLEY.organisations, period)
    implied = [
        wider
        for clause in clauses
        for alone in (ground.canonical((clause,)) or (),)
        for road in ground.roads(alone)
        for wider in road.wider
        if wider.dimension not in {c.dimension for c in clauses}
        and ground.extent(clause) <= ground.extent(wider)
    ]
    asked = one_rule.answer(clauses, period, MEASURES[name])

    for added in implied:
        again = one_rule.answer(tuple(sorted((*clauses, added))), period, MEASURES[name])
        assert again == asked
    one_rule.expect([(clauses, period, MEASURES[name])])
    assert one_rule.answer(clauses, period, MEASURES[name]) == asked


def test_a_year_holds_every_period_that_is_asked() -> None:
    assert {period.level for period in WHOLE_YEAR.needed} == set(Level)
    assert len(WHOLE_YEAR.needed) == 19
