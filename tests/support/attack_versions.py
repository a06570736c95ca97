"""Attacks by versions and names: one set of people told twice, by a later version or another name.

Each is scored as existence: half of the cases hold nobody, half 1 to 5 people.
"""

from dataclasses import replace
from itertools import product
from pathlib import Path

from app.statistics.ledger import HelpedWith
from app.statistics.periods import Level, Period
from app.statistics.reference import Clause, Clauses
from app.statistics.vocabulary import MEASURES
from tests.support.attack_scenes import many_places
from tests.support.attack_sums import Rest, few, on_each, twins, two_places_each
from tests.support.closed import LedgerRow
from tests.support.population import (
    KEY,
    WHOLE_YEAR,
    facts_of,
    held,
    person_rows,
    rule_on,
)
from tests.support.tellers import RULE, Score

FINAL_KEY = KEY + b", when the year is final"
HALVES = (Period(2026, Level.SEMESTER, 1), Period(2026, Level.SEMESTER, 2))
Scores = dict[str, Score]


def final_too(directory: Path, number: int = 200) -> tuple[Scores, Scores]:
    """Twins, told once by the provisional figures of a year and once by the final ones."""
    world = many_places(number)
    found = []
    for serial, place in enumerate(world.places):
        road = (
            (1, held(place=place.code), WHOLE_YEAR, "residents"),
            (-1, held(procedure=f"p-{serial}"), WHOLE_YEAR, "residents"),
        )
        found.append(Rest((road,), few(serial)))
    keys = (KEY, FINAL_KEY)
    return on_each(directory, world, twins(world), "jumeaux, définitif", found, keys)


def both_places(directory: Path, number: int = 200) -> tuple[Scores, Scores]:
    """Structures of two places: those who went to both, by the sum of the places."""
    world = two_places_each(number)
    rows: list[LedgerRow] = []
    found = []
    for serial, name in enumerate(world.seats):
        moved = [f"{name}-moved-{n}" for n in range(few(serial))]
        for x in "ab":
            place = f"{name}-{x}"
            came = [*(f"{place}-{n}" for n in range(40)), *moved]
            rows += person_rows(came, organisation=name, place=place, in_month=6)
        road = (
            (1, held(place=f"{name}-a"), WHOLE_YEAR, "residents"),
            (1, held(place=f"{name}-b"), WHOLE_YEAR, "residents"),
            (-1, held(organisation=name), WHOLE_YEAR, "residents"),
        )
        found.append(Rest((road,), few(serial)))
    return on_each(directory, world, rows, "deux lieux", found)


def only_before(directory: Path, number: int = 200) -> tuple[Scores, Scores]:
    """Regulars, seen in both halves of the year but for a few: the year less its second half."""
    world = many_places(number)
    rows: list[LedgerRow] = []
    found = []
    for serial, place in enumerate(world.places):
        helped = (HelpedWith(f"p-{serial}", "finished"),)
        there = {"organisation": "s1", "place": place.code, "procedures": helped}
        regular = [f"{place.code}-{n}" for n in range(30)]
        left = [f"{place.code}-left-{n}" for n in range(few(serial))]
        new = [f"{place.code}-new-{n}" for n in range(20)]
        rows += person_rows([*regular, *left], in_month=3, **there)
        rows += person_rows([*regular, *new], in_month=9, **there)
        road = (
            (1, held(procedure=f"p-{serial}"), WHOLE_YEAR, "residents"),
            (-1, held(procedure=f"p-{serial}"), HALVES[1], "residents"),
        )
        found.append(Rest((road,), few(serial)))
    return on_each(directory, world, rows, "partis depuis", found)


PARTS = {"gender": 3, "age_group": 4, "status": 5, "mode": 4, "autonomy": 4}


def by_parts(directory: Path, number: int = 40, people: int = 240) -> tuple[Scores, Scores]:
    """Twins large enough to be cut in parts: each cut adds up to another figure of both."""
    world = many_places(number)
    labels = world.reference.labels
    bands = ("douze_dix_huit", "quarante_cinquante_neuf", "soixante_dix_plus", "non_communique")
    values = {**{name: list(labels[name]) for name in PARTS}, "age_band": list(bands)}
    del values["age_group"]
    rows: list[LedgerRow] = []
    found = []
    for serial, place in enumerate(world.places):
        code = f"p-{serial}"
        there = {"organisation": "s1", "place": place.code, "in_month": 6}
        helped = (HelpedWith(code, "finished"),)
        for n in range(people + few(serial)):
            profile = {name: of[(n * 7 + n // len(of)) % len(of)] for name, of in values.items()}
            acts = {"procedures": helped if n < people else ()}
            rows += person_rows([f"{place.code}-{n}"], **there, **profile, **acts)
        cuts: list[tuple[Clauses, ...]] = [((),)]
        for name in PARTS:
            cuts.append(tuple((Clause(name, value),) for value in labels[name]))
        roads = tuple(
            tuple(
                (sign, tuple(sorted((*part, Clause(*twin)))), WHOLE_YEAR, measure)
                for part in cut
                for sign, twin in ((1, ("place", place.code)), (-1, ("procedure", code)))
            )
            for cut, measure in product(cuts, ("residents", "attendances"))
        )
        found.append(Rest(roads, few(serial)))
    return on_each(directory, world, rows, "jumeaux, par les parts", found)


def followed(directory: Path, number: int = 200) -> Score:
    """Places of anonymous people, some of them followed: visits and persons carry one noise."""
    world = many_places(number)
    rows: list[LedgerRow] = []
    for serial, place in enumerate(world.places):
        there = {"organisation": "s1", "place": place.code, "in_month": 6}
        for n in range(40):
            (row,) = person_rows([f"{place.code}-{n}"], **there)
            rows.append(row if n < few(serial) else replace(row, subject=None))
    rule = rule_on(facts_of(directory, world, rows))
    score = Score("suivis parmi des anonymes, existence", RULE)
    for serial, place in enumerate(world.places):
        people, visits = (
            rule.answer(held(place=place.code), WHOLE_YEAR, MEASURES[name]).value
            for name in ("residents", "attendances")
        )
        score.note(people != visits, somebody=few(serial) > 0, asked=None not in (people, visits))
    return score


def history_again(directory: Path, number: int = 200) -> Score:
    """Places of which a later import brings a few people more: does the figure move?"""
    world = many_places(number)
    rows: list[LedgerRow] = []
    late: list[LedgerRow] = []
    for serial, place in enumerate(world.places):
        there = {"organisation": "s1", "place": place.code, "in_month": 6}
        rows += person_rows((f"{place.code}-{n}" for n in range(40)), **there)
        late += person_rows((f"{place.code}-late-{n}" for n in range(few(serial))), **there)
    since = replace(world, editions={"s1": 1})
    before = rule_on(facts_of(directory / "before", world, rows))
    after = rule_on(facts_of(directory / "after", since, [*rows, *late]))
    score = Score("historique repris, existence", RULE)
    for serial, place in enumerate(world.places):
        figures = [
            rule.answer(held(place=place.code), WHOLE_YEAR, MEASURES["residents"]).value
            for rule in (before, after)
        ]
        score.note(figures[0] != figures[1], somebody=few(serial) > 0, asked=None not in figures)
    return score
