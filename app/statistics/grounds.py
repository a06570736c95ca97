"""Reference data of a year, from the installation: what values there are, what holds them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from sqlmodel import col, select

from app.accounts.models import Membership
from app.accounts.permissions import Role
from app.core.db import ReadSession
from app.core.text import fold
from app.organisations.models import Organisation, Place
from app.procedures.service import NO_PROVIDER, catalogue
from app.reference import geography, vocabularies
from app.statistics.periods import Level, Period, month_of, next_month
from app.statistics.reference import Atom, Reference
from app.statistics.vocabulary import (
    AGE,
    AGE_GROUPS,
    BLOCKER,
    KIND,
    KINDS,
    PROCEDURE,
    WHERE,
)

T = TypeVar("T")
CLOSED_LISTS = (
    "age_band", "age_group", "gender", "status", "kind", "mode", "theme", "outcome",
    "blocker_family", "divide", "equipment", "home_connection", "autonomy", "level", "referral",
    "material", "duration_class", "follow_up_kind",
)  # fmt: skip
ABSENT = ("autonomy", "level", "referral", "material")  # also "not given", a value like another


def own_of(theme: str) -> str:
    """Give the code under which structures' own procedures of a theme are counted together."""
    return f"autre-{theme}"


def reference_of(db: ReadSession, year: int) -> Reference:
    """Build the reference data of a year's figures."""
    organisations = list(db.exec(select(Organisation).order_by(col(Organisation.slug))))
    places = list(db.exec(select(Place).order_by(col(Place.slug))))
    where = [*_places(organisations, places), *_elsewhere(organisations)]
    national = [p for p in catalogue(db) if not p.is_local]
    own = sorted({p.theme for p in catalogue(db) if p.is_local})
    procedures = [
        Atom({"procedure": p.slug, "procedure_theme": p.theme, "provider": p.provider_code})
        for p in national
    ]
    procedures += [
        Atom({"procedure": own_of(theme), "procedure_theme": theme, "provider": NO_PROVIDER})
        for theme in own
    ]
    blockers = [
        Atom({"blocker": b.code, "blocker_family": b.family}) for b in vocabularies.blockers()
    ]
    labels = closed_labels() | _territories(where)
    labels["organisation"] = {o.slug: o.name for o in organisations}
    labels["place"] = {p.slug: p.name for p in places}
    labels["blocker"] = {b.code: b.label for b in vocabularies.blockers()}
    themes = {t.code: t.label for t in vocabularies.procedure_themes()}
    labels["procedure"] = {p.slug: p.title for p in national}
    labels["procedure"] |= {own_of(t): f"Autre démarche ({themes[t].lower()})" for t in own}
    labels["procedure_theme"] = themes
    labels["provider"] = {p.provider_code: p.provider or "Autre" for p in catalogue(db)}
    return Reference(
        labels,
        {
            WHERE: tuple(where),
            PROCEDURE: tuple(procedures),
            BLOCKER: tuple(blockers),
            **closed_atoms(),
        },
        _advisers(db, organisations, year),
    )


def closed_labels() -> dict[str, dict[str, str]]:
    """Give the labels of the lists that no installation changes."""
    return {
        name: {
            value.code: value.label
            for part in (name, *([f"{name}_absent"] if name in ABSENT else []))
            for value in vocabularies.values(part)
        }
        for name in CLOSED_LISTS
    }


def closed_atoms() -> dict[str, tuple[Atom, ...]]:
    """Give what holds what in these lists: age bands in their groups, levels in workshops."""
    ages = [Atom({"age_band": band, "age_group": group}) for band, group in AGE_GROUPS.items()]
    return {AGE: tuple(ages), KIND: tuple(map(Atom, KINDS))}


def completed(known: Reference) -> Reference:
    """Add the closed lists that a year frozen by an earlier version does not know."""
    return replace(
        known,
        labels={**known.labels, **_missing(closed_labels(), known.labels)},
        atoms={**known.atoms, **_missing(closed_atoms(), known.atoms)},
    )


def _missing(every: Mapping[str, T], known: Mapping[str, Any]) -> dict[str, T]:
    return {name: found for name, found in every.items() if name not in known}


def _places(organisations: Sequence[Organisation], places: Sequence[Place]) -> Iterable[Atom]:
    slugs = {o.id: o.slug for o in organisations}
    for place in places:
        above = {"place": place.slug, "organisation": slugs[place.organisation_id]}
        last = month_of(place.closed_on) if place.closed_on else None
        yield Atom(above | _territory(place.commune), month_of(place.opened_on), last)


def _elsewhere(organisations: Sequence[Organisation]) -> Iterable[Atom]:
    """What is held elsewhere counts in the commune of the structure."""
    for organisation in organisations:
        yield Atom({"organisation": organisation.slug} | _territory(organisation.commune))


def _territory(insee: str) -> dict[str, str]:
    commune = geography.commune(insee)
    above = {
        "commune": commune.insee,
        "departement": commune.departement,
        "region": commune.region,
    }
    part = geography.epci_part(commune.insee)
    return above | ({"epci": part.code} if part else {})


def _territories(where: Sequence[Atom]) -> dict[str, dict[str, str]]:
    names: dict[str, Callable[[str], str]] = {
        "commune": lambda code: geography.commune(code).label,
        "epci": lambda code: geography.epci_parts()[code].label,
        "departement": lambda code: geography.departement(code).name,
        "region": lambda code: geography.region(code).name,
    }
    found = {}
    for name, say in names.items():
        codes = dict.fromkeys(atom.above[name] for atom in where if name in atom.above)
        labels = {code: geography.typeset(say(code)) for code in codes}
        found[name] = dict(sorted(labels.items(), key=lambda pair: fold(pair[1])))
    return found


def _advisers(
    db: ReadSession, organisations: Sequence[Organisation], year: int
) -> dict[str, dict[str, int]]:
    """Count the different advisers of each structure in each period of the year."""
    rows = db.exec(select(Membership).where(col(Membership.role) == Role.ADVISER)).all()
    periods = Period(year, Level.YEAR, 1).needed
    found: dict[str, dict[str, int]] = {}
    for organisation in organisations:
        own = [m for m in rows if m.organisation_id == organisation.id]
        found[organisation.slug] = {
            period.code: len({m.account_id for m in own if _overlaps(m, period)})
            for period in sorted(periods)
        }
    return found


def _overlaps(membership: Membership, period: Period) -> bool:
    first = date(period.year, period.first_month, 1)
    after = next_month(period)
    began = membership.since_at.date() < date(after.year, after.number, 1)
    return began and (membership.ended_at is None or membership.ended_at.date() >= first)
