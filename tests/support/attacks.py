"""Attacks on tables: what somebody who knows the rule, but not the key, can tell of small cells.

Each attack is run against four ways of telling figures: as they are, over a threshold, with keyed
noise over the threshold, and by the rule. Targets are cells of 1 to 5 people, as many of each; the
bar is the best guess from what is published of the margins.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random

from app.statistics.periods import Period
from app.statistics.policy import INTERACTIVE_5
from app.statistics.reference import Clause, Clauses, Road
from app.statistics.vocabulary import DIMENSIONS
from tests.support.tellers import SMALL, Law, Score, Teller, poisson


@dataclass(frozen=True)
class Target:
    """A cell whose number of people is to be told."""

    clauses: Clauses
    period: Period
    truth: int


def joined(scores: Iterable[Score]) -> Score:
    """Put together what one attack told on several occasions, halves for nobody and somebody."""
    scores = list(scores)
    total = Score(scores[0].attack, scores[0].version)
    for score in scores:
        total.targets += score.targets
        total.asked += score.asked
        total.told += score.told
        total.guessed += score.guessed
        total.nobody = (total.nobody[0] + score.nobody[0], total.nobody[1] + score.nobody[1])
    return total


def balanced(found: Iterable[Target], limit: int, seed: int = 1) -> list[Target]:
    """Keep as many targets of 1, 2, 3, 4 and 5 people, drawn by chance."""
    by_size: dict[int, list[Target]] = {size: [] for size in SMALL}
    for target in found:
        if target.truth in by_size:
            by_size[target.truth].append(target)
    each = min(limit // len(SMALL), *(len(targets) for targets in by_size.values()))
    chance = Random(seed)
    return [target for targets in by_size.values() for target in chance.sample(targets, each)]


def small_cells(
    raw: Teller,
    combinations_of: Iterable[tuple[str, ...]],
    periods: Iterable[Period],
    measure: str = "residents",
) -> Iterable[Target]:
    """List the cells of some tables that hold 1 to 5 people and are not the whole of anything."""
    periods = list(periods)
    for names in combinations_of:
        for clauses in cells_of(raw, names):
            for period in periods:
                ground = raw.facts.reference.ground(raw.organisations, period)
                if ground.canonical(clauses) == clauses:
                    truth = raw.truth(clauses, period, measure)
                    if truth in SMALL:
                        yield Target(clauses, period, truth)


def cells_of(raw: Teller, names: tuple[str, ...]) -> list[Clauses]:
    """Write every cell of a table, whatever stands in it."""
    cells: list[Clauses] = [()]
    for name in sorted(names):
        values = raw.facts.reference.labels[name]
        cells = [(*cell, Clause(name, value)) for cell in cells for value in values]
    return cells


def pairs_of(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Pair dimensions of different families."""
    return [
        pair
        for pair in combinations(sorted(names), 2)
        if DIMENSIONS[pair[0]].group != DIMENSIONS[pair[1]].group
    ]


Likelihood = dict[int, float]


def guess_of(teller: Teller, target: Target, measure: str) -> Likelihood:
    """Weigh 1 to 5 by what the margins let expect of a cell."""
    return _normal({size: poisson(size, _expected(teller, target, measure)) for size in SMALL})


def _expected(teller: Teller, target: Target, measure: str) -> float:
    """Expect what independence of the clauses says, from published margins only."""
    whole = teller.tell((), target.period, measure) or 1
    expected = float(whole)
    for clause in target.clauses:
        margin = teller.tell((clause,), target.period, measure)
        expected *= (4 if margin is None else max(margin, 1)) / whole
    return min(max(expected, 0.3), 60.0)


def by_differences(
    teller: Teller, target: Target, roads: Iterable[Road], measure: str
) -> tuple[Likelihood, bool]:
    """Weigh 1 to 5 by what each wider figure leaves when its other parts are taken away.

    Also tells whether the whole difference could be asked: the wider one, and every other part.
    """
    weights = guess_of(teller, target, measure)
    could_ask = False
    for road in roads:
        whole = teller.tell(road.wider, target.period, measure)
        if whole is None:
            continue
        others = [
            cell
            for value in teller.values(road.split, road.wider, target.period)
            if value != road.value
            if teller.can_be(
                cell := tuple(sorted((*road.wider, Clause(road.split, value)))), target.period
            )
        ]
        told = [teller.tell(cell, target.period, measure) for cell in others]
        shown = [value for value in told if value is not None]
        unknown = sum(
            min(_expected(teller, Target(cell, target.period, 0), measure), 10.0)
            for cell, value in zip(others, told, strict=True)
            if value is None
        )
        could_ask = could_ask or len(shown) == len(others)
        left = whole - sum(shown)
        law = teller.law(1 + len(shown))
        weights = _normal(
            {
                size: weight * _chance_of_rest(left - size, unknown, law)
                for size, weight in weights.items()
            }
        )
    return weights, could_ask


def _chance_of_rest(rest: int, unknown: float, law: Law) -> float:
    if unknown == 0:
        return law.get(rest, 0.0)
    return sum(chance * poisson(rest - added, unknown) for added, chance in law.items())


def _normal(weights: Likelihood) -> Likelihood:
    total = sum(weights.values())
    if total == 0:
        return dict.fromkeys(weights, 1 / len(weights))
    return {size: weight / total for size, weight in weights.items()}


def best(weights: Likelihood) -> int:
    """Give the likeliest size."""
    return max(weights, key=lambda size: (weights[size], -size))


def run_differences(
    name: str,
    teller: Teller,
    targets: Iterable[Target],
    measure: str = "residents",
    choose: Callable[[Sequence[Road]], Sequence[Road]] = tuple,
) -> Score:
    """Attack every target by differences along the chosen roads."""
    score = Score(name, teller.version)
    for target in targets:
        roads = choose(teller.roads(target.clauses, target.period))
        weights, could_ask = by_differences(teller, target, roads, measure)
        score.targets += 1
        score.asked += could_ask
        score.told += best(weights) == target.truth
        score.guessed += best(guess_of(teller, target, measure)) == target.truth
    return score


def askable(raw: Teller, targets: Iterable[Target]) -> Iterable[Target]:
    """Keep the targets that are what a row leaves once all its other parts, none small, are taken.

    Those are the ones that a threshold alone gives away.
    """
    for target in targets:
        for road in raw.roads(target.clauses, target.period):
            others = [
                raw.truth(tuple(sorted((*road.wider, Clause(road.split, value)))), target.period)
                for value in raw.values(road.split, road.wider, target.period)
                if value != road.value
            ]
            if min(others, default=0) >= INTERACTIVE_5.threshold:
                yield target
                break


@dataclass(frozen=True)
class Gap:
    """A figure, and one that is known to hold the same people but 0 to 5."""

    wider: Clauses
    narrower: Clauses
    period: Period
    truth: int


def gaps(
    raw: Teller, wider: Iterable[Clauses], splits: Sequence[str], periods: Sequence[Period]
) -> Iterable[Gap]:
    """List the values that leave at most five people out of a wider selection."""
    for clauses in wider:
        held = {clause.dimension for clause in clauses}
        for period in periods:
            whole = raw.truth(clauses, period)
            for split in splits if whole >= INTERACTIVE_5.threshold else ():
                for value in () if split in held else raw.values(split, clauses, period):
                    narrower = tuple(sorted((*clauses, Clause(split, value))))
                    rest = whole - raw.truth(narrower, period)
                    if rest <= max(SMALL) and whole - rest >= INTERACTIVE_5.threshold:
                        yield Gap(clauses, narrower, period, rest)


def even(found: Iterable[Gap], seed: int = 1) -> list[Gap]:
    """Keep as many gaps of 1 to 5 people each, and as many that are nobody as all of them."""
    by_size: dict[int, list[Gap]] = {size: [] for size in (0, *SMALL)}
    for gap in found:
        by_size[gap.truth].append(gap)
    each = min(*(len(by_size[size]) for size in SMALL), len(by_size[0]) // len(SMALL))
    chance = Random(seed)
    kept = [gap for size in SMALL for gap in chance.sample(by_size[size], each)]
    return kept + chance.sample(by_size[0], len(kept))


def run_gaps(name: str, teller: Teller, found: Iterable[Gap]) -> tuple[Score, Score]:
    """Tell how many people stand between two figures, and whether anybody does."""
    sizes = Score(name, teller.version)
    somebody = Score(f"{name}, existence", teller.version)
    for gap in found:
        whole = teller.tell(gap.wider, gap.period)
        part = teller.tell(gap.narrower, gap.period)
        asked = whole is not None and part is not None
        left = (whole or 0) - (part or 0)
        law = teller.law(2)
        if gap.truth:
            weights = {size: law.get(left - size, 0.0) if asked else 1.0 for size in SMALL}
            sizes.targets += 1
            sizes.asked += asked
            sizes.told += best(weights) == gap.truth
            sizes.guessed += gap.truth == SMALL[0]
        nobody = law.get(left, 0.0)
        some = sum(law.get(left - size, 0.0) for size in SMALL) / len(SMALL)
        somebody.targets += 1
        somebody.asked += asked
        # What cannot be asked is a toss: right half of the time, for nobody as for somebody.
        toss = somebody.targets % 2 == 0
        right = (some > nobody) == (gap.truth > 0) if asked else toss
        somebody.told += right
        if not gap.truth:
            somebody.nobody = (somebody.nobody[0] + right, somebody.nobody[1] + 1)
    return sizes, somebody


Group = tuple[Clauses, Clause, Period]


def groups_of_one_answer(
    raw: Teller, wider: Iterable[Clauses], splits: Sequence[str], periods: Sequence[Period]
) -> list[Group]:
    """List the selections, not small, in which everybody has the same value of something."""
    return [
        (gap.wider, answer, gap.period)
        for gap in gaps(raw, wider, splits, periods)
        if gap.truth == 0
        for answer in set(gap.narrower) - set(gap.wider)
    ]


def run_group(teller: Teller, groups: Iterable[Group]) -> Score:
    """Tell that everybody of a group gives the same answer: only that one is shown."""
    score = Score("groupe d’une seule réponse", teller.version)
    for clauses, answer, period in groups:
        row = {
            value: teller.tell(tuple(sorted((*clauses, Clause(answer.dimension, value)))), period)
            for value in teller.values(answer.dimension, clauses, period)
        }
        score.targets += 1
        score.asked += teller.tell(clauses, period) is not None
        score.told += bool(row.pop(answer.value)) and not any(row.values())
    return score


def run_time(teller: Teller, targets: Iterable[Target], measure: str = "attendances") -> Score:
    """Tell a small month from its quarter and the other months; acts add up over months."""
    score = Score("temps, mois et trimestre", teller.version)
    for target in targets:
        wider = target.period.wider
        assert wider is not None
        months = [period for period in wider.parts if period != target.period]
        figures = [teller.tell(target.clauses, period, measure) for period in (wider, *months)]
        score.targets += 1
        guess = guess_of(teller, target, measure)
        score.guessed += best(guess) == target.truth
        whole, *others = [figure for figure in figures if figure is not None] or [0]
        if len(others) == len(months):
            score.asked += 1
            law = teller.law(len(figures))
            left = whole - sum(others)
            weights = {size: law.get(left - size, 0.0) * guess[size] for size in SMALL}
            score.told += best(_normal(weights)) == target.truth
        else:
            score.told += best(guess) == target.truth
    return score


def run_dominance(teller: Teller, targets: Iterable[tuple[Clauses, Period, int]]) -> Score:
    """Tell, within a fifth, how often the one came who makes most visits of a cell.

    `targets`: cell, period, her visits. The others are taken to have come once.
    """
    score = Score("dominance", teller.version)
    for clauses, period, visits in targets:
        persons = teller.tell(clauses, period)
        total = teller.tell(clauses, period, "attendances")
        score.targets += 1
        if persons is not None and total is not None:
            score.asked += 1
            score.told += abs(total - (persons - 1) - visits) <= visits / 5
    return score
