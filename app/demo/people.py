"""Draws the people of the demonstration, and what each visit was about."""

import random
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from app.demo import world
from app.procedures.models import Outcome

T = TypeVar("T")


def pick(rng: random.Random, weighted: tuple[tuple[T, float], ...]) -> T:
    """Draw one value by weight."""
    values = [value for value, _ in weighted]
    return rng.choices(values, [weight for _, weight in weighted])[0]


@dataclass
class Person:
    """Somebody helped: a profile, and for a followed one the procedures under way."""

    age_band: str
    gender: str
    status: str
    divides: list[str]
    equipment: list[str]
    home_connection: str | None
    given_name: str = ""
    family_name: str = ""
    birth_year: int | None = None
    under_way: dict[str, int] = field(default_factory=dict)  # procedure → visits so far


@dataclass(frozen=True)
class Helped:
    """One procedure of one visit."""

    slug: str
    outcome: Outcome
    blockers: list[str]


_YEARS = {
    "moins_de_douze": (2015, 2019), "douze_dix_huit": (2009, 2013),
    "dix_huit_vingt_quatre": (2002, 2007), "vingt_cinq_trente_neuf": (1987, 2000),
    "quarante_cinquante_neuf": (1967, 1985), "soixante_soixante_neuf": (1957, 1965),
    "soixante_dix_plus": (1935, 1955),
}  # fmt: skip


def draw_person(rng: random.Random, *, named: bool) -> Person:
    """Draw a profile; a followed person has a name, and often more told about her."""
    age = pick(rng, world.AGES)
    gender = pick(rng, (("feminin", 56), ("masculin", 41), ("non_communique", 3)))
    told = rng.random() < (0.85 if named else 0.55)
    older = age in ("soixante_soixante_neuf", "soixante_dix_plus")
    equipment = [pick(rng, world.EQUIPMENT)] if told else []
    person = Person(
        age_band=age,
        gender=gender,
        status=_status(rng, age),
        divides=["skills"] if rng.random() < (0.62 if older else 0.34) else [],
        equipment=equipment,
        home_connection=pick(rng, world.CONNECTION) if told else None,
    )
    if named:
        names = world.GIVEN["masculin" if gender == "masculin" else "feminin"]
        person.given_name, person.family_name = rng.choice(names), rng.choice(world.FAMILY)
        first, last = _YEARS.get(age, (1950, 1990))
        person.birth_year = rng.randint(first, last) if age != "non_communique" else None
    return person


def _status(rng: random.Random, age: str) -> str:
    if age in ("moins_de_douze", "douze_dix_huit"):
        return "scolarise"
    if age == "soixante_dix_plus" or (age == "soixante_soixante_neuf" and rng.random() < 0.7):
        return "retraite"
    return pick(rng, (("sans_emploi", 45), ("en_emploi", 40), ("non_communique", 15)))


def draw_procedure(rng: random.Random, person: Person, day: date) -> Helped:
    """Draw what a person comes for: what is under way first, else the usual of the season."""
    pending = [slug for slug, visits in person.under_way.items() if visits < 4]
    if pending and rng.random() < 0.75:
        return _visit(rng, person, rng.choice(pending))
    weights = [
        usual.share * (3 if day.month in usual.months else 0.3 if usual.months else 1)
        for usual in world.USUAL
    ]
    slugs = [usual.slug for usual in world.USUAL] + list(world.OTHERS)
    slug = rng.choices(slugs, weights + [world.OTHER_SHARE * 1.25] * len(world.OTHERS))[0]
    return _visit(rng, person, slug)


def _visit(rng: random.Random, person: Person, slug: str) -> Helped:
    usual = next((u for u in world.USUAL if u.slug == slug), None)
    visits = person.under_way.get(slug, 0)
    finished = (usual.finished if usual else 0.68) + 0.14 * visits
    if rng.random() < finished:
        person.under_way.pop(slug, None)
        return Helped(slug, Outcome.FINISHED, [])
    outcome = pick(
        rng,
        (
            (Outcome.STARTED, 44), (Outcome.WAITING, 26), (Outcome.PREPARED, 18),
            (Outcome.REDIRECTED, 7), (Outcome.ABANDONED, 5),
        ),
    )  # fmt: skip
    if outcome.closes:
        person.under_way.pop(slug, None)
    elif person.given_name:
        person.under_way[slug] = visits + 1
    blockers = []
    if outcome is not Outcome.WAITING or rng.random() < 0.25:
        weighted = usual.blockers if usual else world.OTHER_BLOCKERS
        blockers.append(pick(rng, weighted))
        if rng.random() < 0.25:
            blockers.append(pick(rng, world.OTHER_BLOCKERS))
    return Helped(slug, outcome, list(dict.fromkeys(blockers)))
