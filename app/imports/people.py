"""Opens files for the people of an import, and recognises them from one file to the other."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, func, select

from app.core.crypto import Cipher
from app.core.db import ReadSession, WriteSession
from app.core.ids import new_id
from app.core.text import fold
from app.imports.people_file import Found
from app.imports.report import ImportReport
from app.organisations.keys import KeyMaker, KeyRing
from app.organisations.models import Organisation, SubjectKey
from app.residents.models import Resident
from app.residents.service import SEALED_FIELDS, TABLE, NamedResident, open_residents
from app.sessions.models import AssistedSession, Attendance

BATCH = 500
TOLD_BEFORE = "reprise"  # told when the file was opened in the former tool
_CODES = ("gender", "age_band", "status")


def known_people(db: ReadSession, organisation_id: UUID) -> list[NamedResident]:
    """Open every file of a structure, to compare names: nothing searchable stands on disk."""
    ids = db.exec(select(Resident.id).where(col(Resident.organisation_id) == organisation_id)).all()
    opened: list[NamedResident] = []
    for start in range(0, len(ids), BATCH):
        opened += open_residents(db, ids[start : start + BATCH]).values()
    return opened


def by_name(people: Sequence[NamedResident]) -> dict[str, UUID]:
    """Give the one person of each name; namesakes are recognised by nothing that we have."""
    found: defaultdict[str, list[UUID]] = defaultdict(list)
    for person in people:
        found[fold(person.name)].append(person.id)
    return {name: ids[0] for name, ids in found.items() if len(ids) == 1}


class People:
    """The residents of one structure during one import."""

    def __init__(
        self, db: ReadSession, organisation: Organisation, report: ImportReport, run_id: UUID | None
    ) -> None:
        self._organisation_id = organisation.id
        self._report = report
        self._run_id = run_id
        self._keys = KeyMaker(db, organisation.id)
        self._known: defaultdict[str, list[tuple[UUID | None, Any]]] = defaultdict(list)
        for person in known_people(db, organisation.id):
            self._known[fold(person.name)].append((person.id, person))

    def keep(self, db: ReadSession, batch: Sequence[Found], *, now: datetime, today: date) -> None:
        """Open a file for each new person, and fill what was empty of the others."""
        keys: list[dict[str, Any]] = []
        files: list[dict[str, Any]] = []
        for found in batch:
            resident_id, person = self._recognise(found)
            if person is None:
                self._report.created += 1
                self._known[found.name].append((None, found))
                key, cipher = self._keys.make()
                keys.append(_key_values(key))
                files.append(self._values(found, key.id, cipher, now=now, today=today))
                continue
            missing = _missing(person, found) if resident_id is not None else {}
            self._report.updated += bool(missing)
            self._report.unchanged += not missing
            if missing and isinstance(db, WriteSession):
                _fill(db, resident_id, missing)
        if isinstance(db, WriteSession):
            db.insert_many(SubjectKey, keys)
            db.insert_many(Resident, files)

    def _recognise(self, found: Found) -> tuple[UUID | None, Any]:
        """Find the same person: one name, and neither year nor phone that differ (§ 10.3)."""
        for resident_id, person in self._known[found.name]:
            if _agree(person.birth_year, found.birth_year) and _agree(person.phone, found.phone):
                return resident_id, person
        return None, None

    def _values(
        self, found: Found, key_id: UUID, cipher: Cipher, *, now: datetime, today: date
    ) -> dict[str, Any]:
        id_ = new_id()
        sealed = {
            name: cipher.seal(str(value), table=TABLE, column=name, row=id_) if value else None
            for name in SEALED_FIELDS
            for value in (getattr(found, name),)
        }
        return {
            "id": id_,
            "organisation_id": self._organisation_id,
            "key_id": key_id,
            **sealed,
            "commune": found.commune,
            **{name: getattr(found, name) for name in _CODES},
            "informed_on": today,
            "informed_how": TOLD_BEFORE,
            "created_at": now,
            "last_contact_on": today,
            "visits": 0,
            "version": 1,
            "import_run_id": self._run_id,
        }


def recount(db: WriteSession, resident_ids: Sequence[UUID]) -> None:
    """Count the visits of some residents anew, and move their last contact to the latest."""
    for start in range(0, len(resident_ids), BATCH):
        part = resident_ids[start : start + BATCH]
        seen = {
            resident_id: (count, last)
            for resident_id, count, last in db.exec(
                select(
                    Attendance.resident_id,
                    func.count(col(Attendance.id)),
                    func.max(AssistedSession.held_on),
                )
                .join(AssistedSession, col(AssistedSession.id) == col(Attendance.session_id))
                .where(
                    col(Attendance.resident_id).in_(part), col(AssistedSession.removed_at).is_(None)
                )
                .group_by(col(Attendance.resident_id))
            )
        }
        for resident in db.exec(select(Resident).where(col(Resident.id).in_(part))):
            count, last = seen.get(resident.id, (0, resident.last_contact_on))
            resident.visits = count
            resident.last_contact_on = max(resident.last_contact_on, last)
        db.flush()


def met_in(db: ReadSession, run_id: UUID) -> list[UUID]:
    """List the residents met in the activities of an import."""
    query = (
        select(Attendance.resident_id)
        .join(AssistedSession, col(AssistedSession.id) == col(Attendance.session_id))
        .where(
            col(AssistedSession.import_run_id) == run_id, col(Attendance.resident_id).is_not(None)
        )
        .distinct()
    )
    return [resident_id for resident_id in db.exec(query) if resident_id is not None]


def names_changed(db: WriteSession, organisation_id: UUID) -> None:
    """Tell the search by name that files came or went."""
    organisation = db.get(Organisation, organisation_id, with_for_update=True)
    if organisation is not None:
        organisation.files_version += 1
        db.flush()


def _agree(mine: Any, its: Any) -> bool:
    return not mine or not its or mine == its


def _missing(person: NamedResident, found: Found) -> dict[str, Any]:
    """Give what the file knows and we do not; what a colleague wrote stays."""
    return {
        name: value
        for name in (*SEALED_FIELDS, "commune", *_CODES)
        if (value := getattr(found, name)) not in (None, "", "non_communique")
        and getattr(person, name) in (None, "", "non_communique")
    }


def _fill(db: WriteSession, resident_id: UUID | None, missing: dict[str, Any]) -> None:
    resident = db.get(Resident, resident_id)
    if resident is None:
        return
    cipher = KeyRing(db).cipher_of(resident.key_id)
    for name, value in missing.items():
        if name in SEALED_FIELDS:
            value = cipher.seal(str(value), table=TABLE, column=name, row=resident.id)  # noqa: PLW2901
        setattr(resident, name, value)
    resident.version += 1


def _key_values(key: SubjectKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "organisation_id": key.organisation_id,
        "organisation_key_version": key.organisation_key_version,
        "wrapped": key.wrapped,
    }


def batches_of(people: Iterator[Found]) -> Iterator[list[Found]]:
    """Cut people into batches."""
    batch: list[Found] = []
    for person in people:
        batch.append(person)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
