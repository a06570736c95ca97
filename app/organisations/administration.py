"""A structure runs itself: its places, its name, its usual durations and its tags."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select

from app.accounts.actor import Actor
from app.audit.models import Did
from app.audit.service import record
from app.core.db import ReadSession, WriteSession
from app.core.errors import Invalid, NotFound
from app.core.text import fold, slugify
from app.organisations import service
from app.organisations.forms import PlaceForm, StructureForm
from app.organisations.models import Organisation, Place, Tag
from app.reference import geography
from app.reference.communes import commune_code


def structure(db: ReadSession, organisation_id: UUID, *, alone: bool = False) -> Organisation:
    """Find the structure that somebody runs; `alone`: others wait. Raises NotFound."""
    found = db.get(Organisation, organisation_id, with_for_update=alone)
    if found is None:
        raise NotFound
    return found


def add_place(
    db: WriteSession, actor: Actor, data: PlaceForm, *, today: date, now: datetime
) -> Place:
    """Open a place in the structure. Raises Invalid."""
    own = structure(db, actor.administered_id, alone=True)
    _refuse_same_name(db, own.id, data.name, but=None)
    place = service.create_place(
        db, own, name=data.name, commune=_commune(data), opened_on=today, address=data.address
    )
    place.hours, place.phone = data.hours, data.phone or ""
    _recorded(db, actor, Did.CHANGE_PLACE, place.id, now)
    return place


def change_place(
    db: WriteSession, actor: Actor, place_id: UUID, data: PlaceForm, *, now: datetime
) -> None:
    """Rewrite what a place is; its code in figures stays. Raises NotFound, Invalid."""
    place = service.place(db, actor.administered_id, place_id)
    _refuse_same_name(db, place.organisation_id, data.name, but=place.id)
    where = geography.commune(_commune(data))
    place.name, place.address = data.name, data.address
    place.hours, place.phone = data.hours, data.phone or ""
    place.commune, place.zone = where.insee, where.zone
    _recorded(db, actor, Did.CHANGE_PLACE, place.id, now)


def close_place(
    db: WriteSession, actor: Actor, place_id: UUID, on: date, *, today: date, now: datetime
) -> None:
    """Close a place since a day: what was noted there stays. Raises NotFound, Invalid."""
    structure(db, actor.administered_id, alone=True)
    place = service.place(db, actor.administered_id, place_id)
    if on > today:
        raise Invalid("closed_on", "Choisissez aujourd’hui ou un jour passé.")
    if on < place.opened_on:
        raise Invalid("closed_on", "Ce lieu n’était pas encore ouvert ce jour-là.")
    others = [p for p in service.places(db, place.organisation_id) if p.id != place.id]
    if all(other.closed_on is not None for other in others):
        raise Invalid("closed_on", "C’est le dernier lieu ouvert. Ajoutez d’abord le suivant.")
    place.closed_on = on
    _recorded(db, actor, Did.CHANGE_PLACE, place.id, now)


def reopen_place(db: WriteSession, actor: Actor, place_id: UUID, *, now: datetime) -> None:
    """Open a closed place again, as if it had never been closed. Raises NotFound, Invalid."""
    place = service.place(db, actor.administered_id, place_id)
    _refuse_same_name(db, place.organisation_id, place.name, but=place.id)
    place.closed_on = None
    _recorded(db, actor, Did.CHANGE_PLACE, place.id, now)


def change_structure(db: WriteSession, actor: Actor, data: StructureForm, *, now: datetime) -> None:
    """Rewrite the name and the usual durations; the structure's code in figures stays."""
    own = structure(db, actor.administered_id)
    own.name, own.durations = data.name, list(data.durations)
    _recorded(db, actor, Did.CHANGE_STRUCTURE, own.id, now)


def add_tag(db: WriteSession, actor: Actor, label: str, *, today: date, now: datetime) -> Tag:
    """Offer a tag from now on; one that was ended comes back. Raises Invalid("label")."""
    structure(db, actor.administered_id, alone=True)
    wanted = fold(label)
    found = None
    for tag in db.exec(select(Tag).where(col(Tag.organisation_id) == actor.administered_id)):
        if fold(tag.label) != wanted:
            continue
        if tag.ended_on is None or tag.ended_on > today:
            raise Invalid("label", f"L’étiquette « {tag.label} » existe déjà.")
        found = tag
    if not wanted:
        raise Invalid("label", "Écrivez un mot, avec des lettres ou des chiffres.")
    if found is None:
        found = Tag(organisation_id=actor.administered_id, label=label)
        db.add(found)
    found.label, found.ended_on = label, None
    _recorded(db, actor, Did.CHANGE_STRUCTURE, found.id, now)
    return found


def end_tag(db: WriteSession, actor: Actor, tag_id: UUID, *, today: date, now: datetime) -> None:
    """Offer a tag no more; sessions that bear it keep it. Raises NotFound."""
    tag = db.get(Tag, tag_id)
    if tag is None or tag.organisation_id != actor.administered_id:
        raise NotFound
    tag.ended_on = today
    _recorded(db, actor, Did.CHANGE_STRUCTURE, tag.id, now)


def _commune(data: PlaceForm) -> str:
    code = commune_code(data.commune, "commune")
    if code is None:
        raise Invalid("commune", "Écrivez la commune du lieu.")
    return code


def _refuse_same_name(
    db: ReadSession, organisation_id: UUID, name: str, *, but: UUID | None
) -> None:
    if not slugify(name):
        raise Invalid("name", "Écrivez un nom, avec des lettres ou des chiffres.")
    for place in service.places(db, organisation_id):
        if place.id != but and place.closed_on is None and fold(place.name) == fold(name):
            raise Invalid("name", "Un lieu ouvert porte déjà ce nom.")


def _recorded(db: WriteSession, actor: Actor, did: Did, subject_id: UUID, now: datetime) -> None:
    record(
        db,
        did,
        at=now,
        account_id=actor.account_id,
        organisation_id=actor.administered_id,
        subject_id=subject_id,
    )
    db.flush()
