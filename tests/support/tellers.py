"""Four ways of telling figures of a year, and how an attack on them is scored."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from math import exp, lgamma, log, sqrt

from app.statistics.counts import Counts, TableCache
from app.statistics.disclosure import Rule
from app.statistics.periods import Period
from app.statistics.policy import INTERACTIVE_5, KEY_SPACE, cell_key
from app.statistics.reference import Clauses, Road
from app.statistics.selection import Selection, crosses_people
from app.statistics.store import YearOfFacts
from app.statistics.vocabulary import MEASURES

RAW, THRESHOLD, CELL_KEY, RULE = "brut", "seuil seul", "clé seule", "règle"
VERSIONS = (RAW, THRESHOLD, CELL_KEY, RULE)
SMALL = (1, 2, 3, 4, 5)
MARGIN = 0.03
Law = Mapping[int, float]
CERTAIN: Law = {0: 1.0}


def _law_of_the_policy() -> Law:
    bounds = (0, *INTERACTIVE_5.bounds)
    return {
        place - INTERACTIVE_5.spread: (after - before) / KEY_SPACE
        for place, (before, after) in enumerate(pairwise(bounds))
    }


NOISE = _law_of_the_policy()


@cache
def noise_of(times: int) -> Law:
    """Give the law of a sum of several independent noises."""
    if times == 0:
        return CERTAIN
    law: Counter[int] = Counter()
    for before, chance in noise_of(times - 1).items():
        for step, more in NOISE.items():
            law[before + step] += chance * more
    return dict(law)


def poisson(number: int, mean: float) -> float:
    """Give the chance of a number of people where a mean is expected."""
    return 0.0 if number < 0 else exp(number * log(mean) - mean - lgamma(number + 1))


@dataclass
class Teller:
    """One way of telling figures of a year."""

    version: str
    facts: YearOfFacts
    organisations: frozenset[str]
    rule: Rule
    counts: Counts
    told: dict[tuple[Clauses, Period, str], int | None] = field(default_factory=dict)

    def tell(self, clauses: Clauses, period: Period, measure: str = "residents") -> int | None:
        """Give what is said of a cell, None when it is hidden."""
        asked = (clauses, period, measure)
        if asked not in self.told:
            self.told[asked] = self._tell(*asked)
        return self.told[asked]

    def _tell(self, clauses: Clauses, period: Period, measure: str) -> int | None:
        if self.version == RULE:
            return self.rule.answer(clauses, period, MEASURES[measure]).value
        selection = self.selection(clauses, period, measure)
        people = self.counts.people(selection)
        acts = self.counts.acts(selection) if measure != "residents" else None
        amount = people.persons if acts is None else acts.acts.total
        if self.version == RAW:
            return amount
        if people.persons < INTERACTIVE_5.threshold:
            return None
        if self.version == THRESHOLD:
            return amount
        if people.persons + self.noise(selection, people.key) < INTERACTIVE_5.threshold:
            return None
        return amount + self.noise(selection, people.key if acts is None else acts.key)

    def noise(self, selection: Selection, keys: int) -> int:
        """Give the noise of a cell, as the rule does."""
        return INTERACTIVE_5.noise(cell_key(self.facts.key, selection.key_name(), keys))

    def selection(self, clauses: Clauses, period: Period, measure: str) -> Selection:
        """Write the cell as every version counts it."""
        ground = self.facts.reference.ground(self.organisations, period)
        reduced = ground.reduce(clauses)
        assert reduced is not None
        acts = MEASURES[measure].acts
        return Selection(reduced, period, acts, crosses_people(reduced))

    def truth(self, clauses: Clauses, period: Period, measure: str = "residents") -> int:
        """Give the number that is to be told: people, or acts."""
        selection = self.selection(clauses, period, measure)
        if measure == "residents":
            return self.counts.people(selection).persons
        return self.counts.acts(selection).acts.total

    def can_be(self, clauses: Clauses, period: Period) -> bool:
        """Tell whether the clauses can hold together: a quick passage has no length."""
        return self.facts.reference.ground(self.organisations, period).reduce(clauses) is not None

    def law(self, figures: int) -> Law:
        """Give the law of what was added to a sum of figures."""
        return CERTAIN if self.version in (RAW, THRESHOLD) else noise_of(figures)

    def roads(self, clauses: Clauses, period: Period) -> Sequence[Road]:
        """List the tables that hold a cell."""
        ground = self.facts.reference.ground(self.organisations, period)
        return ground.roads(ground.canonical(clauses) or ())

    def values(self, split: str, wider: Clauses, period: Period) -> list[str]:
        """List the values of a row."""
        return self.facts.reference.ground(self.organisations, period).values(split, wider)


def tellers(facts: YearOfFacts, organisations: frozenset[str], period: Period) -> list[Teller]:
    """Make the four ways of telling one year."""
    made = []
    for version in VERSIONS:
        counts = Counts(facts, organisations, TableCache(), period.needed)
        rule = Rule(counts, INTERACTIVE_5, organisations)
        made.append(Teller(version, facts, organisations, rule, counts))
    return made


@dataclass
class Score:
    """What one attack told under one version: `asked` targets could be asked about at all."""

    attack: str
    version: str
    targets: int = 0
    asked: int = 0
    told: int = 0
    guessed: int = 0
    nobody: tuple[int, int] = (0, 0)  # told right, and how many: the targets that are nobody

    def note(self, says_somebody: bool, *, somebody: bool, asked: bool) -> None:
        """Take in one answer on whether anybody is there."""
        right = says_somebody == somebody
        self.targets += 1
        self.asked += asked
        self.told += right
        if not somebody:
            self.nobody = (self.nobody[0] + right, self.nobody[1] + 1)

    @property
    def recovery(self) -> float:
        """Share of targets told right."""
        return self.told / max(self.targets, 1)

    @property
    def existence(self) -> float:
        """Share told right of whether anybody is there, as many targets being nobody as not."""
        right, nobody = self.nobody
        somebody = self.targets - nobody
        return (right / max(nobody, 1) + (self.told - right) / max(somebody, 1)) / 2

    @property
    def guess(self) -> float:
        """Share that the best guess from published margins tells right."""
        return self.guessed / max(self.targets, 1)

    @property
    def error(self) -> float:
        """Sampling error of the recovery."""
        return sqrt(max(self.recovery * (1 - self.recovery), 0.01) / max(self.targets, 1))

    @property
    def is_held(self) -> bool:
        """Tell whether the attack gains nothing over the guess that chance does not explain."""
        return self.recovery <= self.guess + MARGIN + 2 * self.error

    def __str__(self) -> str:
        return (
            f"{self.attack:28s} {self.version:11s} {100 * self.recovery:5.1f} % "
            f"(au jugé {100 * self.guess:4.1f}) sur {self.targets}, "
            f"{100 * self.asked / max(self.targets, 1):.0f} % interrogeables"
        )
