"""Resident files: creating, opening, changing, finding. Every opened file is in the record."""

from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select

from app.accounts.actor import Actor
from app.audit.models import Did
from app.audit.service import record
from app.core.crypto import Cipher, Sealed
from app.core.db import ReadSession, WriteSession, numbered
from app.core.errors import Conflict, Invalid, NotFound
from app.organisations.keys import ClosedKeys, KeyRing, make_subject_key
from app.organisations.models import Organisation, SubjectKey
from app.reference.communes import commune_code
from app.residents.ages import age_band_of
from app.residents.closed import ClosedName, files
from app.residents.forms import ResidentForm
from app.residents.models import Resident

TABLE = "resident"
SEALED_FIELDS = ("given_name", "family_name", "birth_year", "phone", "email", "note")


@dataclass(frozen=True)
class NamedResident:
    """A resident file, opened. Lives for one request."""

    id: UUID
    key_id: UUID
    given_name: str
    family_name: str
    birth_year: int | None
    phone: str | None
    email: str | None
    note: str | None
    commune: str | None
    age_band: str
    gender: str
    status: str
    informed_on: date
    informed_how: str
    informed_by: UUID | None
    language: str
    reached_by: str
    last_contact_on: date
    visits: int
    version: int

    @property
    def name(self) -> str:
        """First name and family name, as one greets."""
        return full_name(self.given_name, self.family_name)


def create_resident(
    db: WriteSession, actor: Actor, data: ResidentForm, *, today: date, now: datetime
) -> NamedResident:
    """Open a file under a key of its own; says in the record that the person was told."""
    key, cipher = make_subject_key(db, actor.organisation_id)
    resident = Resident(
        organisation_id=actor.organisation_id,
        key_id=key.id,
        given_name=Sealed(),
        family_name=Sealed(),
        informed_on=today,
        informed_how=data.informed_how,
        informed_by=actor.account_id,
        created_at=now,
        last_contact_on=today,
    )
    _write(resident, data, cipher, year=today.year)
    db.add(resident)
    names_changed(db, actor.organisation_id)
    note_deed(db, actor, Did.CREATE_RESIDENT, resident.id, now=now)
    return opened(resident, cipher)


def change_resident(
    db: WriteSession,
    actor: Actor,
    resident_id: UUID,
    data: ResidentForm,
    *,
    today: date,
    now: datetime,
) -> NamedResident:
    """Rewrite a file. Raises NotFound, or Conflict when somebody changed it since it was read."""
    resident = _row(db, resident_id)
    if data.version != resident.version:
        raise Conflict("Un collègue a changé cette fiche pendant que vous écriviez.")
    cipher = KeyRing(db).cipher_of(resident.key_id)
    if data.informed_how != resident.informed_how:
        resident.informed_on, resident.informed_by = today, actor.account_id
    _write(resident, data, cipher, year=today.year)
    resident.version += 1
    names_changed(db, actor.organisation_id)
    note_deed(db, actor, Did.CHANGE_RESIDENT, resident.id, now=now)
    return opened(resident, cipher)


def read_resident(
    db: WriteSession, actor: Actor, resident_id: UUID, *, now: datetime
) -> NamedResident:
    """Open one file, and say so in the record. Raises NotFound."""
    resident = _row(db, resident_id)
    record(
        db,
        Did.READ_RESIDENT,
        at=now,
        account_id=actor.account_id,
        organisation_id=actor.organisation_id,
        subject_id=resident.id,
        shown=1,
    )
    return opened(resident, KeyRing(db).cipher_of(resident.key_id))


def name_residents(
    db: WriteSession, actor: Actor, resident_ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, NamedResident]:
    """Open the files that a list shows, with one line in the record for them all."""
    found = open_residents(db, resident_ids)
    _note_shown(db, actor, len(found), now=now)
    return found


def name_read(
    db: WriteSession, actor: Actor, closed: Iterable[ClosedName], *, now: datetime
) -> dict[UUID, str]:
    """Open the names that a list read along, with one line in the record for them all."""
    ring = KeyRing(db)
    found = {}
    for name in closed:
        cipher, row = ring.cipher(name.keys), name.resident_id
        given = cipher.open(name.given_name, table=TABLE, column="given_name", row=row)
        family = cipher.open(name.family_name, table=TABLE, column="family_name", row=row)
        found[row] = full_name(given, family)
    _note_shown(db, actor, len(found), now=now)
    return found


def full_name(given_name: str, family_name: str) -> str:
    """Write a first name and a family name, as one greets."""
    return f"{given_name} {family_name}"


def _note_shown(db: WriteSession, actor: Actor, shown: int, *, now: datetime) -> None:
    if shown:
        record(
            db,
            Did.LIST_RESIDENTS,
            at=now,
            account_id=actor.account_id,
            organisation_id=actor.organisation_id,
            shown=shown,
        )


def open_residents(db: ReadSession, resident_ids: Sequence[UUID]) -> dict[UUID, NamedResident]:
    """Open some files, in one query. The caller writes the record."""
    wanted = set(resident_ids)
    if not wanted:
        return {}
    ring = KeyRing(db)
    rows = db.execute(files(len(wanted)), numbered(wanted))
    return {
        resident.id: opened(resident, ring.cipher(ClosedKeys(*keys))) for resident, *keys in rows
    }


def open_joined(db: ReadSession, resident_ids: Sequence[UUID]) -> list[NamedResident]:
    """Open files that were joined with another, to know people by their former names."""
    ring = KeyRing(db)
    rows = db.exec(
        select(Resident, SubjectKey)
        .join(SubjectKey, col(SubjectKey.id) == col(Resident.key_id))
        .where(col(Resident.id).in_(resident_ids))
    )
    return [opened(resident, ring.cipher(key)) for resident, key in rows]


def subject_ciphers(db: ReadSession, resident_ids: Set[UUID]) -> dict[UUID, Cipher]:
    """Open the keys of some residents, for what other domains close under them."""
    if not resident_ids:
        return {}
    ring = KeyRing(db)
    rows = db.exec(
        select(Resident.id, SubjectKey)
        .join(SubjectKey, col(SubjectKey.id) == col(Resident.key_id))
        .where(col(Resident.id).in_(resident_ids))
    )
    return {resident_id: ring.cipher(key) for resident_id, key in rows}


def resident_row(db: WriteSession, resident_id: UUID) -> Resident:
    """Hold a resident of the structure, closed. Raises Invalid("resident_id")."""
    return resident_rows(db, [resident_id])[resident_id]


def resident_rows(db: WriteSession, resident_ids: Sequence[UUID]) -> dict[UUID, Resident]:
    """Hold some residents of the structure, closed, in one query, until the transaction ends.

    Files that are being joined or erased elsewhere are waited for. Raises Invalid("resident_id")
    for one that is not there, or not any more.
    """
    found = held_files(db, resident_ids)
    if not set(resident_ids) <= set(found):
        raise Invalid(
            "resident_id",
            "Choisissez des personnes de votre structure : une de ces fiches n’existe pas, "
            "n’existe plus ou a été réunie avec une autre.",
        )
    return found


def held_files(db: WriteSession, resident_ids: Collection[UUID]) -> dict[UUID, Resident]:
    """Hold those of some files that are there and joined with no other, always in one order."""
    if not resident_ids:
        return {}
    rows = db.exec(
        select(Resident)
        .where(col(Resident.id).in_(resident_ids), col(Resident.merged_into).is_(None))
        .order_by(col(Resident.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def held_resident(db: WriteSession, resident_id: UUID) -> Resident:
    """Hold one file until the transaction ends.

    Raises NotFound, or Conflict for one that was joined with another.
    """
    row = db.get(Resident, resident_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("Cette fiche n’existe pas, ou n’est pas de votre structure.")
    if row.merged_into is not None:
        raise Conflict("Cette fiche est déjà réunie avec une autre.")
    return row


def note_deed(
    db: WriteSession, actor: Actor, did: Did, resident_id: UUID, *, now: datetime
) -> None:
    """Write in the record what somebody did with one file."""
    record(
        db,
        did,
        at=now,
        account_id=actor.account_id,
        organisation_id=actor.organisation_id,
        subject_id=resident_id,
    )


def was_seen(resident: Resident, on: date, *, visits: int = 1) -> None:
    """Note a visit (or take one back, with −1): it moves the last contact, hence the retention."""
    resident.visits = max(0, resident.visits + visits)
    if visits > 0:
        resident.last_contact_on = max(resident.last_contact_on, on)


def _row(db: ReadSession, resident_id: UUID) -> Resident:
    resident = db.get(Resident, resident_id)
    if resident is None or resident.merged_into is not None:
        raise NotFound("Cette fiche n’existe pas, ou n’est pas de votre structure.")
    return resident


def joined_with(db: ReadSession, resident_id: UUID) -> UUID | None:
    """Give the file that an old one was joined with, if it was; it may have been joined since."""
    resident, joined = db.get(Resident, resident_id), None
    while resident is not None and resident.merged_into is not None:
        joined = resident.merged_into
        resident = db.get(Resident, joined)
    return joined


def names_changed(db: WriteSession, organisation_id: UUID) -> None:
    """Tell every process that names of a structure changed: they are read again."""
    organisation = db.get(Organisation, organisation_id, with_for_update=True)
    if organisation is None:
        raise NotFound
    organisation.files_version += 1
    db.flush()


def _write(resident: Resident, data: ResidentForm, cipher: Cipher, *, year: int) -> None:
    for name in SEALED_FIELDS:
        value = getattr(data, name)
        sealed = (
            cipher.seal(str(value), table=TABLE, column=name, row=resident.id) if value else None
        )
        setattr(resident, name, sealed)
    resident.commune = commune_code(data.commune, "commune")
    resident.age_band = age_band_of(year - data.birth_year) if data.birth_year else data.age_band
    resident.gender, resident.status = data.gender, data.status
    resident.language, resident.reached_by = data.language or "fr", data.reached_by
    resident.informed_how = data.informed_how


def opened(resident: Resident, cipher: Cipher) -> NamedResident:
    """Open a file as it was read; whoever shows it writes the record."""

    def read(name: str) -> str | None:
        sealed: Sealed | None = getattr(resident, name)
        if sealed is None:
            return None
        return cipher.open(sealed, table=TABLE, column=name, row=resident.id)

    birth_year = read("birth_year")
    return NamedResident(
        id=resident.id,
        key_id=resident.key_id,
        given_name=read("given_name") or "",
        family_name=read("family_name") or "",
        birth_year=int(birth_year) if birth_year else None,
        phone=read("phone"),
        email=read("email"),
        note=read("note"),
        commune=resident.commune,
        age_band=resident.age_band,
        gender=resident.gender,
        status=resident.status,
        informed_on=resident.informed_on,
        informed_how=resident.informed_how,
        informed_by=resident.informed_by,
        language=resident.language,
        reached_by=resident.reached_by,
        last_contact_on=resident.last_contact_on,
        visits=resident.visits,
        version=resident.version,
    )
