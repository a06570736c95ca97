"""Structures and their places: making them, listing them, finding an open place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, func, or_, select

from app.accounts.models import Membership
from app.accounts.permissions import Role
from app.core.clock import civil_day
from app.core.db import ReadSession, WriteSession
from app.core.errors import Invalid, NotFound
from app.core.text import day, fold, slugify
from app.organisations.keys import make_organisation_key
from app.organisations.models import Organisation, Place, Tag
from app.reference import geography

MOST_NAMES = 500
PLACED = "places"  # where a session keeps those it asked for
_WITH_PLACES = (
    select(Organisation, Place)
    .join(Place, col(Place.organisation_id) == col(Organisation.id))
    .order_by(col(Place.opened_on), col(Place.id))
)
USUAL_DURATIONS = (15, 30, 45, 60, 90)  # minutes, until a structure says its own


@dataclass(frozen=True)
class OrganisationLine:
    """One structure as `escale organisation list` shows it."""

    slug: str
    name: str
    places: int
    advisers: int


def create_organisation(
    db: WriteSession,
    *,
    name: str,
    commune: str,
    now: datetime,
    slug: str | None = None,
    first_day_on: date | None = None,
    is_demo: bool = False,
) -> Organisation:
    """Make a structure with its key. Raises Invalid when its slug is taken."""
    wanted = slug or slugify(name)
    if db.exec(select(Organisation).where(Organisation.slug == wanted)).first() is not None:
        raise Invalid("name", f"Une structure s’appelle déjà « {wanted} ».")
    organisation = Organisation(
        slug=wanted,
        name=name,
        commune=geography.commune(commune).insee,
        is_demo=is_demo,
        first_day_on=first_day_on or now.date(),
        created_at=now,
    )
    db.add(organisation)
    db.flush()
    make_organisation_key(db, organisation.id, now=now)
    return organisation


def create_place(
    db: WriteSession,
    organisation: Organisation,
    *,
    name: str,
    commune: str,
    opened_on: date,
    address: str = "",
    closed_on: date | None = None,
) -> Place:
    """Add a place; its time zone comes from its commune."""
    where = geography.commune(commune)
    place = Place(
        organisation_id=organisation.id,
        slug=_free_slug(db, slugify(name), organisation.slug),
        name=name,
        address=address,
        commune=where.insee,
        zone=where.zone,
        opened_on=opened_on,
        closed_on=closed_on,
    )
    db.add(place)
    db.flush()
    db.remembered.pop(PLACED, None)
    return place


def _free_slug(db: WriteSession, wanted: str, organisation_slug: str) -> str:
    """Find a slug that no place of the instance has.

    Within one structure the others' places are not seen: its own slug then makes the difference.
    """
    taken = set(db.exec(select(Place.slug).where(col(Place.slug).startswith(wanted))))
    if db.scope.is_system and wanted not in taken:
        return wanted
    longer = f"{wanted}-{organisation_slug}"
    number = 2
    candidate = longer
    while candidate in taken:
        candidate, number = f"{longer}-{number}", number + 1
    return candidate


def organisation_by_slug(db: ReadSession, slug: str) -> Organisation:
    """Find a structure. Raises NotFound, naming the command that lists them."""
    found = db.exec(select(Organisation).where(Organisation.slug == slug)).first()
    if found is None:
        raise NotFound(f"Aucune structure « {slug} ». « escale organisation list » les nomme.")
    return found


def organisations(db: ReadSession, ids: frozenset[UUID] | None = None) -> list[Organisation]:
    """List structures by name: those in scope, or some of them."""
    query = select(Organisation).order_by(col(Organisation.name))
    if ids is not None:
        query = query.where(col(Organisation.id).in_(ids))
    return list(db.exec(query))


def names_of_own(db: ReadSession, account_id: UUID, *, now: datetime) -> list[str]:
    """Name the structures that somebody belongs to."""
    return list(
        db.exec(
            select(Organisation.name)
            .join(Membership, col(Membership.organisation_id) == col(Organisation.id))
            .where(
                col(Membership.account_id) == account_id,
                or_(col(Membership.ended_at).is_(None), col(Membership.ended_at) > now),
            )
            .distinct()
        )
    )


def open_places_of(
    db: ReadSession, organisation_ids: frozenset[UUID]
) -> list[tuple[Organisation, list[Place]]]:
    """List the open places of some structures, by name of the structure."""
    found: dict[UUID, tuple[Organisation, list[Place]]] = {}
    for organisation, place in _placed(db, organisation_ids):
        if place.closed_on is None:
            found.setdefault(organisation.id, (organisation, []))[1].append(place)
    return sorted(found.values(), key=lambda one: one[0].name)


def names_of_open_places(db: ReadSession) -> list[str]:
    """Name the open places in scope, each with its structure when their names differ."""
    rows = db.exec(
        select(Place.name, Organisation.name)
        .join(Organisation, col(Organisation.id) == col(Place.organisation_id))
        .where(col(Place.closed_on).is_(None))
        .order_by(col(Place.name))
        .limit(MOST_NAMES)
    )
    return [place if place == structure else f"{place} ({structure})" for place, structure in rows]


def places(db: ReadSession, organisation_id: UUID, *, on: date | None = None) -> list[Place]:
    """List a structure's places, the oldest first; those open on a day when one is given."""
    own = (place for _, place in _placed(db, frozenset({organisation_id})))
    return [place for place in own if on is None or place.is_open(on)]


def _placed(db: ReadSession, wanted: frozenset[UUID]) -> list[tuple[Organisation, Place]]:
    """List the places of some structures. Asked once a session: the form and its frame both do."""
    rows = db.remembered.get(PLACED)
    if rows is None:
        if db.scope.is_system:
            return list(db.exec(_WITH_PLACES.where(col(Organisation.id).in_(wanted))))
        rows = db.remembered[PLACED] = list(db.exec(_WITH_PLACES))
    return [(organisation, place) for organisation, place in rows if organisation.id in wanted]


def today(db: ReadSession, organisation_id: UUID, *, now: datetime) -> date:
    """Give the civil day in a structure: that of its first place."""
    return civil_day(now, zone(db, organisation_id))


def zone(db: ReadSession, organisation_id: UUID | None) -> str:
    """Give the time zone of a structure: that of its first place."""
    own = places(db, organisation_id) if organisation_id else []
    return own[0].zone if own else "Europe/Paris"


def place(db: ReadSession, organisation_id: UUID, place_id: UUID | None) -> Place:
    """Find a structure's place. Raises NotFound for another structure's."""
    found = db.get(Place, place_id) if place_id else None
    if found is None or found.organisation_id != organisation_id:
        raise NotFound
    return found


def open_place(db: ReadSession, organisation_id: UUID, place_id: UUID, *, on: date) -> Place:
    """Find a place where somebody can be helped on a day. Raises Invalid("place_id")."""
    try:
        found = place(db, organisation_id, place_id)
    except NotFound:
        raise Invalid("place_id", "Choisissez un lieu de votre structure.") from None
    if not found.is_open(on):
        since = day(found.closed_on, year=True, weekday=False) if found.closed_on else ""
        raise Invalid("place_id", f"Ce lieu est fermé depuis le {since}. Choisissez-en un autre.")
    return found


def usual_durations(db: ReadSession, organisation_id: UUID) -> tuple[int, ...]:
    """Give the durations a structure's form offers, in minutes, the shortest first."""
    own = db.exec(
        select(Organisation.durations).where(col(Organisation.id) == organisation_id)
    ).first()
    return tuple(own or USUAL_DURATIONS)


def tags(db: ReadSession, organisation_id: UUID, *, on: date) -> list[Tag]:
    """List the tags a structure uses on a day, by label."""
    return list(
        db.exec(
            select(Tag)
            .where(
                col(Tag.organisation_id) == organisation_id,
                or_(col(Tag.ended_on).is_(None), col(Tag.ended_on) > on),
            )
            .order_by(func.lower(col(Tag.label)))
        )
    )


def place_named(db: ReadSession, organisation_id: UUID, name: str) -> Place | None:
    """Find a place by what it is called, case and accents aside."""
    wanted = fold(name)
    return next((p for p in places(db, organisation_id) if fold(p.name) == wanted), None)


def summary(db: ReadSession) -> Sequence[OrganisationLine]:
    """Count places and advisers of every structure in scope."""
    place_counts = dict(
        db.exec(
            select(Place.organisation_id, func.count(col(Place.id))).group_by(
                col(Place.organisation_id)
            )
        ).all()
    )
    adviser_counts = dict(
        db.exec(
            select(Membership.organisation_id, func.count(col(Membership.id)))
            .where(col(Membership.role) == Role.ADVISER, col(Membership.ended_at).is_(None))
            .group_by(col(Membership.organisation_id))
        ).all()
    )
    return [
        OrganisationLine(o.slug, o.name, place_counts.get(o.id, 0), adviser_counts.get(o.id, 0))
        for o in organisations(db)
    ]
