"""Reconstruction: every table of two and three attributes at once, by sampling what could be.

Dinur & Nissim 2003: enough answers with a small noise rebuild the base. A chain walks over tables
of whole numbers, each step weighed by the published figures and by what the margins let expect; it
is warm at first, so that it finds its way, and cold when it is looked at.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import exp, log
from operator import ne
from random import Random

from app.statistics.periods import Period
from app.statistics.policy import INTERACTIVE_5
from app.statistics.reference import Clause, Clauses
from tests.support.attacks import best
from tests.support.tellers import RULE, SMALL, Score, Teller, poisson

ATTRIBUTES = ("age_group", "gender", "status")
VARIANCE, NEARLY_NONE = 8.0, 0.15  # of a keyed figure; of an exact one, else no step is possible
WARM, BURN_IN = 0.02, 0.6


@dataclass(frozen=True)
class Told:
    """One published figure: the cells it is the sum of, and its value, None when hidden."""

    cells: tuple[int, ...]
    value: int | None


class Chain:
    """Walks over the numbers of people of each cell under one wider selection."""

    def __init__(self, teller: Teller, wider: Clauses, period: Period, seed: int) -> None:
        self.chance = Random(seed)
        self.values = [teller.values(name, wider, period) for name in ATTRIBUTES]
        self.cells = list(product(*map(range, map(len, self.values))))
        self.clauses = [
            tuple(sorted((*wider, *(Clause(ATTRIBUTES[a], self.values[a][v])
                                    for a, v in enumerate(cell)))))
            for cell in self.cells
        ]  # fmt: skip
        self.neighbours = [
            [n for n, other in enumerate(self.cells) if sum(map(ne, cell, other)) == 1]
            for cell in self.cells
        ]
        self.told = list(self._told(teller, wider, period))
        self.of_cell: list[list[int]] = [[] for _ in self.cells]
        for place, told in enumerate(self.told):
            for cell in told.cells:
                self.of_cell[cell].append(place)
        self.variance = VARIANCE if len(teller.law(1)) > 1 else NEARLY_NONE
        self.spread = INTERACTIVE_5.spread if len(teller.law(1)) > 1 else 0
        self.cold = WARM
        self.hides_small_only = teller.version != RULE
        self.expected = self._expect()
        self.now = [round(mean) for mean in self.expected]
        self.sums = [sum(self.now[cell] for cell in told.cells) for told in self.told]

    def _told(self, teller: Teller, wider: Clauses, period: Period) -> Sequence[Told]:
        found = []
        for size in range(len(ATTRIBUTES) + 1):
            for names in combinations(range(len(ATTRIBUTES)), size):
                for held in product(*(range(len(self.values[a])) for a in names)):
                    fixed = dict(zip(names, held, strict=True))
                    clauses = tuple(sorted((*wider, *(Clause(ATTRIBUTES[a], self.values[a][v])
                                                      for a, v in fixed.items()))))  # fmt: skip
                    members = tuple(
                        place
                        for place, cell in enumerate(self.cells)
                        if all(cell[a] == v for a, v in fixed.items())
                    )
                    found.append(Told(members, teller.tell(clauses, period)))
        return found

    def _expect(self) -> list[float]:
        """Expect of each cell what its published margins say, of one attribute and of two.

        Iterative proportional fitting (Deming & Stephan 1940) to what is shown; where a margin is
        hidden, attributes are taken to be independent.
        """
        whole = float(self.told[0].value or 50)
        found = [whole / len(self.cells)] * len(self.cells)
        margins = [told for told in self.told if 1 < len(told.cells) < len(self.cells)]
        for _ in range(30):
            for told in margins:
                total = sum(found[cell] for cell in told.cells)
                if told.value is not None:
                    scale = max(told.value, 0.3) / max(total, 1e-9)
                    for cell in told.cells:
                        found[cell] *= scale
        return [max(mean, 0.05) for mean in found]

    def weight(self, place: int, total: int) -> float:
        """Weigh a sum by what is told of it."""
        value = self.told[place].value
        if value is not None:
            return -self.cold * (value - total) ** 2 / (2 * self.variance)
        too_many = total - INTERACTIVE_5.threshold - self.spread + 1
        return -self.cold * too_many if self.hides_small_only and too_many > 0 else 0.0

    def walk(self, steps: int) -> list[Counter[int]]:
        """Take some steps; give how often each cell held each number."""
        seen: list[Counter[int]] = [Counter() for _ in self.cells]
        since = [int(steps * BURN_IN)] * len(self.cells)
        for step in range(steps):
            self.cold = min(1.0, WARM ** (1 - step / (steps * BURN_IN)))
            move = self._draw()
            sums = self._sums_after(move)
            if self._accept(move, sums):
                for cell, by in move:
                    if step > since[cell]:
                        seen[cell][self.now[cell]] += step - since[cell]
                        since[cell] = step
                    self.now[cell] += by
                for place, total in sums.items():
                    self.sums[place] = total
        for cell, number in enumerate(self.now):
            seen[cell][number] += steps - since[cell]
        return seen

    def _draw(self) -> list[tuple[int, int]]:
        """Draw a step: one person more or less, or one who is in a neighbouring cell instead."""
        cell = self.chance.randrange(len(self.cells))
        if self.chance.random() < 0.5:
            return [(cell, self.chance.choice((-1, 1)))]
        return [(cell, -1), (self.chance.choice(self.neighbours[cell]), 1)]

    def _sums_after(self, move: list[tuple[int, int]]) -> dict[int, int]:
        sums: dict[int, int] = {}
        for cell, by in move:
            for place in self.of_cell[cell]:
                sums[place] = sums.get(place, self.sums[place]) + by
        return {place: total for place, total in sums.items() if total != self.sums[place]}

    def _accept(self, move: list[tuple[int, int]], sums: dict[int, int]) -> bool:
        change = 0.0
        for cell, by in move:
            before, mean = self.now[cell], self.expected[cell]
            if before + by < 0:
                return False
            change += log(mean / (before + 1)) if by > 0 else log(before / mean)
        for place, total in sums.items():
            change += self.weight(place, total) - self.weight(place, self.sums[place])
        return change >= 0 or self.chance.random() < exp(max(change, -50))


def run_reconstruction(
    teller: Teller, wider: Sequence[tuple[Clauses, Period]], steps: int, seed: int = 1
) -> Score:
    """Rebuild the cells of three attributes under each wider selection; 1 to 5 people, balanced."""
    found: dict[int, list[tuple[bool, bool, bool]]] = {size: [] for size in SMALL}
    for clauses, period in wider:
        chain = Chain(teller, clauses, period, seed)
        told = sum(one.value is not None for one in chain.told)
        seen = chain.walk(steps)
        for cell, counts in enumerate(seen):
            truth = teller.truth(chain.clauses[cell], period)
            if truth in SMALL:
                weights = {size: float(counts[size]) for size in SMALL}
                mean = chain.expected[cell]
                guess = best({size: poisson(size, mean) for size in SMALL})
                found[truth].append((best(weights) == truth, guess == truth, told > 1))
    each = min(len(targets) for targets in found.values())
    score = Score("reconstruction", teller.version)
    chance = Random(seed)
    for targets in found.values():
        for right, guessed, asked in chance.sample(targets, each):
            score.targets += 1
            score.told += right
            score.guessed += guessed
            score.asked += asked
    return score
