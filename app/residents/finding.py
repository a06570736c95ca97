"""Finding people by name among a structure's files, and those seen last."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.accounts.actor import Actor
from app.core.db import ReadSession, WriteSession, written
from app.organisations.keys import KeyRing
from app.organisations.models import Organisation, SubjectKey
from app.residents.indexes import Indexes
from app.residents.models import Resident
from app.residents.search import Entry, NameIndex
from app.residents.service import NamedResident, name_residents, opened

RECENT = 8
_VERSION = select(Organisation.files_version).where(col(Organisation.id) == bindparam("of"))
_indexes = Indexes()


def search_residents(
    db: WriteSession, actor: Actor, text: str, *, now: datetime, limit: int = 6
) -> list[NamedResident]:
    """Find residents of the current structure by name, year, phone or e-mail; the best first."""
    return _named(db, actor, index(db, actor.organisation_id).search(text, limit), now=now)


def recent_residents(
    db: WriteSession, actor: Actor, *, now: datetime, limit: int = RECENT
) -> list[NamedResident]:
    """Give the files of the last people seen."""
    return _named(db, actor, db.exec(_recent(limit)).all(), now=now)


def _named(
    db: WriteSession, actor: Actor, ids: Sequence[UUID], *, now: datetime
) -> list[NamedResident]:
    found = name_residents(db, actor, ids, now=now)
    return [found[i] for i in ids if i in found]


@cache
def _recent(limit: int) -> SelectOfScalar[UUID]:
    return (
        select(Resident.id)
        .where(col(Resident.merged_into).is_(None))
        .order_by(col(Resident.last_contact_on).desc(), col(Resident.id).desc())
        .limit(written(limit))
    )


def index(db: ReadSession, organisation_id: UUID) -> NameIndex:
    """Give a structure's index of names, built from opened names at first need."""
    version = db.exec(_VERSION, params={"of": organisation_id}).one()
    found = _indexes.get(organisation_id, version)
    if found is None:
        found = NameIndex(_entries(db, organisation_id))
        _indexes.put(organisation_id, version, found)
    return found


def _entries(db: ReadSession, organisation_id: UUID) -> list[Entry]:
    ring = KeyRing(db)
    rows = db.exec(
        select(Resident, SubjectKey)
        .join(SubjectKey, col(SubjectKey.id) == col(Resident.key_id))
        .where(
            col(Resident.organisation_id) == organisation_id, col(Resident.merged_into).is_(None)
        )
        .order_by(col(Resident.last_contact_on).desc(), col(Resident.id))
    )
    entries = []
    for resident, key in rows:
        person = opened(resident, ring.cipher(key))
        entries.append(
            Entry.of(
                person.id,
                person.given_name,
                person.family_name,
                birth_year=person.birth_year,
                phone=person.phone,
                email=person.email,
            )
        )
    return entries


def forget_opened_names() -> None:
    """Empty the search indexes of this process, and what was worked out of their words."""
    _indexes.clear()
