"""What attacks tell of small cells, version by version, and what is left to read.

Writes benchmarks/results/disclosure.md: a change of policy shows both. Populations, attacks and
bars are those of tests/property/test_attacks.py, over several years instead of one.
Usage: disclosure.py [YEARS]
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.statistics.disclosure import Status  # noqa: E402
from app.statistics.periods import Level, Period  # noqa: E402
from app.statistics.policy import INTERACTIVE_5  # noqa: E402
from app.statistics.reference import Clause  # noqa: E402
from app.statistics.vocabulary import DIMENSIONS, MEASURES  # noqa: E402
from tests.support.attack_demo import DEMO_YEAR, DemoYear  # noqa: E402
from tests.support.attack_scenes import (  # noqa: E402
    Scores,
    Valley,
    months_of_a_quarter,
    one_often,
    twins,
)
from tests.support.attack_sums import elsewhere, many_names, through_periods  # noqa: E402
from tests.support.attack_versions import (  # noqa: E402
    both_places,
    by_parts,
    final_too,
    followed,
    history_again,
    only_before,
)
from tests.support.attacks import joined  # noqa: E402
from tests.support.closed import LedgerRow  # noqa: E402
from tests.support.population import (  # noqa: E402
    VALLEY,
    WHOLE_YEAR,
    Habits,
    PlaceThere,
    World,
    facts_of,
    rule_on,
    synthetic_year,
)
from tests.support.tellers import RULE, VERSIONS, Score, tellers  # noqa: E402
from tools import publish_disclosure  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "disclosure.md"
ONE = (
    "age_band", "age_group", "gender", "status", "kind", "mode", "theme", "divide", "equipment",
    "home_connection", "place", "commune", "organisation",
)  # fmt: skip
TWO = ("age_group", "gender", "status", "mode", "place", "organisation", "home_connection")
LONE = World(
    places=(PlaceThere("mairie", "seule", "c1"), PlaceThere("bibliotheque", "seule", "c1")),
    communes={"c1": ("e1", "35", "53")},
    seats={"seule": "c1"},
    advisers=1,
)
Draw = Callable[[Path, int], Iterable[Scores]]


def of_a_valley(directory: Path, seed: int) -> Iterable[Scores]:
    """Every attack on one year of a small valley."""
    valley = Valley.drawn(directory / "small", seed=seed)
    yield valley.siblings()
    yield valley.siblings_by_visits()
    yield valley.tracker()
    yield valley.territories()
    yield from valley.complement()
    yield valley.group()
    larger = Valley.drawn(directory / "large", seed=seed, attendances=24_000)
    yield larger.reconstruction(steps=30_000)


def of_made_cases(directory: Path, seed: int) -> Iterable[Scores]:
    """Attacks on populations made for them: months, twins, one person who came often."""
    yield months_of_a_quarter(directory / "months")
    yield from twins(directory / "twins", keys=3 + seed)
    sums = (many_names, elsewhere, through_periods, final_too, both_places, by_parts, only_before)
    for number, attack_by_sums in enumerate(sums):
        yield attack_by_sums(directory / f"sums-{number}")[1]
    for equal in (followed, history_again):
        yield {RULE: equal(directory / equal.__name__)}
    yield one_often(directory / "often")


def of_the_demonstration() -> Iterable[Scores]:
    """Every attack that makes sense on the demonstration's year."""
    with tempfile.TemporaryDirectory() as place:
        year = DemoYear.made(Path(place), sessions=6_000)
        yield year.siblings()
        yield year.siblings_by_visits()
        yield year.tracker()
        yield year.territories()
        yield from year.complement()
        yield year.group()
        yield year.other_dimensions()
        yield year.acts()
        yield year.time()


def attack(years: int) -> list[Scores]:
    """Run every attack and put the years together."""
    found: dict[str, dict[str, list[Score]]] = {}
    with tempfile.TemporaryDirectory() as place:
        for seed in range(1, years + 1):
            runs = [*of_a_valley(Path(place) / str(seed), seed)]
            runs += of_made_cases(Path(place) / "made", seed) if seed == 1 else []
            for scores in runs:
                for version, score in scores.items():
                    found.setdefault(score.attack, {}).setdefault(version, []).append(score)
            print(f"{seed} / {years}", file=sys.stderr)
    return [
        {version: joined(scores) for version, scores in versions.items()}
        for versions in found.values()
    ]


def row(scores: Scores) -> str:
    """Write one attack: what it tells, what the margins let guess, and who could be asked."""
    cells = []
    exists = any(score.nobody[1] for score in scores.values())
    for version in VERSIONS:
        if (score := scores.get(version)) is None:  # it is about what only the rule does
            cells.append("–")
            continue
        told = score.existence if exists else score.recovery
        cells.append(f"{100 * told:.0f}")
    rule = scores[RULE]
    bar = "50" if exists else f"{100 * rule.guess:.0f}"
    asked = 100 * rule.asked / max(rule.targets, 1)
    return (
        f"| {rule.attack} | {' | '.join(cells)} | {bar} | {200 * rule.error:.0f} "
        f"| {rule.targets} | {asked:.0f} % |"
    )


@dataclass
class Usefulness:
    """What is left to read of some tables."""

    errors: list[float] = field(default_factory=list)
    farthest: int = 0
    persons: int = 0
    hidden_persons: int = 0
    cells: Counter[Status] = field(default_factory=Counter)

    @property
    def hidden_share(self) -> float:
        """Share of the persons of all cells who stand in hidden ones."""
        return 100 * self.hidden_persons / max(self.persons, 1)

    @property
    def shown_share(self) -> float:
        """Share of the cells with somebody that are shown."""
        seen = self.cells[Status.PUBLISHED] + self.cells[Status.HIDDEN]
        return 100 * self.cells[Status.PUBLISHED] / max(seen, 1)


def usefulness(
    directory: Path,
    world: World,
    rows: Iterable[LedgerRow],
    tables: Iterable[tuple[str, ...]],
    period: Period,
) -> Usefulness:
    """Compare what is shown with what is."""
    facts = facts_of(directory, world, rows)
    rule = rule_on(facts)
    raw = next(iter(tellers(facts, world.organisations, WHOLE_YEAR)))
    found = Usefulness()
    for names in tables:
        ground = world.reference.ground(world.organisations, period)
        cells: list[tuple[Clause, ...]] = [()]
        for name in sorted(names):
            cells = [(*cell, Clause(name, v)) for cell in cells for v in ground.values(name)]
        for clauses in cells:
            answer = rule.answer(clauses, period, MEASURES["residents"])
            truth = raw.truth(clauses, period)
            if truth == 0:
                continue
            found.cells[answer.status] += 1
            found.persons += truth
            if answer.value is None:
                found.hidden_persons += truth
            elif truth >= 50:
                found.errors.append(100 * abs(answer.value - truth) / truth)
                found.farthest = max(found.farthest, abs(answer.value - truth))
    return found


def pairs() -> list[tuple[str, ...]]:
    """Pair dimensions of different families."""
    return [
        pair
        for pair in combinations(TWO, 2)
        if DIMENSIONS[pair[0]].group != DIMENSIONS[pair[1]].group
    ]


def of_a_departement() -> list[str]:
    """Measure a year of one département."""
    lines = []
    rows = synthetic_year(VALLEY, 1, Habits(attendances=24_000, dealt=0.5))
    for title, tables in (("une dimension", [(n,) for n in ONE]), ("deux dimensions", pairs())):
        with tempfile.TemporaryDirectory() as place:
            found = usefulness(Path(place), VALLEY, rows, tables, WHOLE_YEAR)
        lines.append(
            f"| {title} | {median(found.errors):.1f} % | {quantiles(found.errors, n=20)[-1]:.1f} % "
            f"| {found.farthest} | {found.hidden_share:.1f} % | {found.shown_share:.0f} % |"
        )
    return lines


def of_one_structure() -> list[str]:
    """Measure the hard case: one structure, one adviser, mostly anonymous people."""
    habits = Habits(attendances=700, anonymous=0.6)
    lines = []
    for level in (Level.YEAR, Level.SEMESTER, Level.QUARTER, Level.MONTH):
        shown, totals = [], []
        for seed in (1, 2, 3):
            rows = synthetic_year(LONE, seed, habits)
            for period in WHOLE_YEAR.split(level):
                with tempfile.TemporaryDirectory() as place:
                    one = usefulness(Path(place), LONE, rows, [(n,) for n in ONE[:10]], period)
                    all_ = usefulness(Path(place), LONE, rows, [()], period)
                shown.append(one.shown_share)
                totals.append(all_.shown_share)
        lines.append(
            f"| {level} | {sum(shown) / len(shown):.0f} % | {sum(totals) / len(totals):.0f} % |"
        )
    return lines


def measure(years: int) -> str:
    """Run everything and give the result as a Markdown page."""
    attacks = "\n".join(row(scores) for scores in attack(years))
    demo = "\n".join(row(scores) for scores in of_the_demonstration())
    titles = " | ".join(VERSIONS)
    return (
        f"# Disclosure control: policy {INTERACTIVE_5.name}\n\n"
        f"## Attacks\n\nPer cent of targets told right; {years} synthetic years of seven places "
        "(6,000 attendances, 24,000 for reconstruction). Targets hold 1 to 5 people, as many of "
        "each; for existence, half of them hold nobody. « Bar »: the best guess from published "
        "margins (of one attribute; of one and two for the reconstruction); « ± »: twice the "
        "sampling error. The rule holds when it is under bar + 3 + ±. « Asked »: targets about "
        "which the whole difference could be asked under the rule.\n\n"
        f"| attack | {titles} | bar | ± | targets | asked |\n"
        f"| --- |{' --- |' * (len(VERSIONS) + 4)}\n{attacks}\n\n"
        "« jumeaux »: not won (disclosure control, method page): two roads of different "
        "dimensions to the same people; aim ≤ 70, and ≤ 60 for one person. So are their names all "
        "together (each length of period, residents and visits), « ailleurs » (a structure less "
        "its places: who was seen at none) and « périodes emboîtées » (a small month, by the "
        "half-year less what it shows): docs/decisions/0014; « définitif » (before and after a "
        "year is final), « deux lieux » (who went to both) and « par les parts » (every cut that "
        "adds up to both): docs/decisions/0015. Aim ≤ 70.\n\n"
        f"## Demo year\n\nThe year {DEMO_YEAR.code} of `escale demo --sessions 6000`, by its "
        "closing and its store, all structures in scope. Nobody there makes half of eleven visits "
        "of a cell of two attributes: dominance has no target.\n\n"
        f"| attack on the demo year | {titles} | bar | ± | targets | asked |\n"
        f"| --- |{' --- |' * (len(VERSIONS) + 4)}\n{demo}\n\n"
        "## Usefulness\n\nA year of one département (24,000 attendances), residents.\n\n"
        "| tables | median error, cells ≥ 50 | 95th percentile | farthest | persons in hidden "
        "cells | cells shown |\n| --- | --- | --- | --- | --- | --- |\n"
        + "\n".join(of_a_departement())
        + "\n\nOne structure alone (one adviser, 700 attendances, 60 % anonymous), three years "
        "drawn.\n\n| period | cells shown, one dimension | totals shown |\n| --- | --- | --- |\n"
        + "\n".join(of_one_structure())
        + "\n"
    )


if __name__ == "__main__":
    result = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
    RESULT.write_text(result, encoding="utf-8")
    publish_disclosure.main()
    print(result)
