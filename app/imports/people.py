"""Opens files for the people of an import, and recognises them from one file to the other."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlmodel import col, select

from app.core.crypto import Cipher
from app.core.db import ReadSession, WriteSession
from app.core.ids import new_id
from app.core.phones import same_phone
from app.core.text import fold
from app.imports.people_file import COLUMNS, Found
from app.imports.report import BadRow, ImportReport, Remark
from app.organisations.keys import KeyMaker, KeyRing
from app.organisations.models import Organisation, SubjectKey
from app.residents.informing import TO_TELL
from app.residents.models import Resident
from app.residents.service import SEALED_FIELDS, TABLE, NamedResident, open_joined, open_residents
from app.sessions.models import AssistedSession, Attendance

BATCH = 500
_CODES = ("gender", "age_band", "status")
_SAID = ("birth_year", "phone", "email", "note", "commune", *_CODES)
_UNKNOWN = (None, "", "non_communique")
AMBIGUOUS = "plusieurs fiches portent ce nom, et rien ne dit de laquelle il s’agit"


class _Ambiguous(Exception):
    """Several files may be of the person of a row."""


def _brought_by(db: ReadSession, run_id: UUID) -> Sequence[UUID]:
    return db.exec(select(Resident.id).where(col(Resident.import_run_id) == run_id)).all()


def known_people(db: ReadSession, organisation_id: UUID) -> list[NamedResident]:
    """Open every file of a structure, to compare names: nothing searchable stands on disk."""
    rows = db.exec(
        select(Resident.id, Resident.merged_into)
        .where(col(Resident.organisation_id) == organisation_id)
        .order_by(col(Resident.id))  # the oldest first: the same file finds the same people again
    ).all()
    joined = {resident_id: into for resident_id, into in rows if into is not None}
    ids = [resident_id for resident_id, into in rows if into is None]
    opened: list[NamedResident] = []
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        found = open_residents(db, part)
        opened += [found[resident_id] for resident_id in part]
    return opened + _former_names(db, opened, joined)


def _former_names(
    db: ReadSession, current: Sequence[NamedResident], joined: Mapping[UUID, UUID]
) -> list[NamedResident]:
    """Give each file once more under the names of those joined with it: what it says is its own."""
    kept = {person.id: person for person in current}
    found = []
    for person in open_joined(db, list(joined)):
        last = person.id
        while (further := joined.get(last)) is not None:
            last = further
        if last in kept:
            found.append(
                replace(kept[last], given_name=person.given_name, family_name=person.family_name)
            )
    return found


def by_name(people: Sequence[NamedResident]) -> dict[str, tuple[UUID, ...]]:
    """Give the files of each name; an activity's file says nothing more to tell namesakes by."""
    found: defaultdict[str, dict[UUID, None]] = defaultdict(dict)
    for person in people:
        found[fold(person.name)][person.id] = None
    return {name: tuple(ids) for name, ids in found.items()}


@dataclass
class _Known:
    """A file of the structure, stored or about to be, with what is known of the person."""

    id: UUID
    facts: NamedResident | Found


class People:
    """The residents of one structure during one import."""

    def __init__(
        self, db: ReadSession, organisation: Organisation, report: ImportReport, run_id: UUID | None
    ) -> None:
        self._organisation_id = organisation.id
        self._report = report
        self._run_id = run_id
        self._keys = KeyMaker(db, organisation.id)
        self._known: defaultdict[str, list[_Known]] = defaultdict(list)
        for person in known_people(db, organisation.id):
            self._known[fold(person.name)].append(_Known(person.id, person))
        # Opened by this very import before it stopped half way: counted as new the first time.
        self._before = set(_brought_by(db, run_id)) if run_id else set()
        self._mine = set(self._before)

    def keep(self, db: ReadSession, batch: Sequence[Found], *, now: datetime, today: date) -> None:
        """Open a file for each new person, and fill what was empty of the others."""
        new: dict[UUID, Found] = {}
        filled: dict[UUID, dict[str, Any]] = {}
        for found in batch:
            try:
                known = self._recognise(found)
            except _Ambiguous:
                self._refuse(found)
                continue
            if known is None:
                if self._known[found.name]:
                    self._report.remark_at(Remark.SAME_NAME, found.line)
                known = _Known(new_id(), replace(found, values=()))
                self._known[found.name].append(known)
                self._report.created += 1
                self._mine.add(known.id)
                new[known.id] = found
                continue
            if _differs(known.facts, found):
                self._report.remark_at(Remark.KEPT, found.line)
            missing = _missing(known.facts, found)
            known.facts = replace(known.facts, **missing)
            self._count(known.id, is_filled=bool(missing))
            if known.id in new:
                new[known.id] = cast(Found, known.facts)
            elif missing:
                filled[known.id] = filled.get(known.id, {}) | missing
        if isinstance(db, WriteSession):
            for resident_id, missing in filled.items():
                other = None if resident_id in self._mine else self._run_id
                _fill(db, resident_id, missing, other)
            self._open(db, new, now=now, today=today)

    def _count(self, resident_id: UUID, *, is_filled: bool) -> None:
        if resident_id in self._before:
            self._before.remove(resident_id)
            self._report.created += 1
        elif is_filled and resident_id not in self._mine:
            self._report.updated += 1
        else:
            self._report.unchanged += 1

    def _recognise(self, found: Found) -> _Known | None:
        """Find the file of the same person. Raises _Ambiguous when several may be hers."""
        may_be = [known for known in self._known[found.name] if _may_be(known.facts, found)]
        if len(may_be) < 2:
            return may_be[0] if may_be else None
        same = [known for known in may_be if _identity(known.facts) == _identity(found)]
        alike = [_alike(known.facts, found) for known in same or may_be]
        best = [k for k, n in zip(same or may_be, alike, strict=True) if n == max(alike)]
        if len(best) == 1 or same:
            return best[0]
        told = [known for known in best if not _missing(known.facts, found)]
        if not told or _differs(told[0].facts, found):
            raise _Ambiguous
        return told[0]  # nothing of the row is lost, whoever she is

    def _refuse(self, found: Found) -> None:
        """Keep a row out: what it says must go to one file, and nothing tells which."""
        self._report.refused += 1
        self._report.to_mend.add(found.values)
        self._report.name(BadRow(found.line, COLUMNS["family_name"], "", AMBIGUOUS))

    def _open(
        self, db: WriteSession, new: Mapping[UUID, Found], *, now: datetime, today: date
    ) -> None:
        keys: list[dict[str, Any]] = []
        files: list[dict[str, Any]] = []
        for id_, found in new.items():
            key, cipher = self._keys.make()
            keys.append(_key_values(key))
            files.append(self._values(id_, found, key.id, cipher, now=now, today=today))
        db.insert_many(SubjectKey, keys)
        db.insert_many(Resident, files)

    def _values(
        self, id_: UUID, found: Found, key_id: UUID, cipher: Cipher, *, now: datetime, today: date
    ) -> dict[str, Any]:
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
            "informed_how": TO_TELL,
            "created_at": now,
            "last_contact_on": today,
            "visits": 0,
            "version": 1,
            "import_updates": 0,
            "import_run_id": self._run_id,
        }


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
    return mine in _UNKNOWN or its in _UNKNOWN or mine == its


def _may_be(mine: NamedResident | Found, its: Found) -> bool:
    """Tell whether nothing known contradicts that two people of one name are one (§ 10.3).

    Born the same year with the same phone, she may have changed the rest.
    """
    has_phones = mine.phone not in _UNKNOWN and its.phone not in _UNKNOWN
    is_one_line = has_phones and same_phone(mine.phone or "", its.phone or "")
    if not _agree(mine.birth_year, its.birth_year) or (has_phones and not is_one_line):
        return False
    if mine.birth_year and mine.birth_year == its.birth_year and is_one_line:
        return True
    return _agree(mine.email, its.email) and _agree(mine.gender, its.gender)


def _identity(person: NamedResident | Found) -> tuple[Any, ...]:
    return tuple(getattr(person, name) or None for name in ("birth_year", "phone", "email"))


def _alike(mine: NamedResident | Found, its: Found) -> int:
    """Count what both know and say alike."""
    said = ((getattr(mine, name), getattr(its, name)) for name in _SAID)
    return sum(one == other for one, other in said if one not in _UNKNOWN)


def _differs(mine: NamedResident | Found, its: Found) -> bool:
    """Tell whether a row says otherwise something that a file knows: the file's stays."""
    names = [name for name in _SAID if name != "age_band" or not mine.birth_year]
    return not all(_agree(getattr(mine, name), getattr(its, name)) for name in names)


def _missing(person: NamedResident | Found, found: Found) -> dict[str, Any]:
    """Give what the file knows and we do not; what a colleague wrote stays."""
    return {
        name: value
        for name in (*SEALED_FIELDS, "commune", *_CODES)
        if (value := getattr(found, name)) not in _UNKNOWN and getattr(person, name) in _UNKNOWN
    }


def _fill(
    db: WriteSession, resident_id: UUID, missing: dict[str, Any], run_id: UUID | None
) -> None:
    """Write what was empty; `run_id`: the import, unless it opened this file itself."""
    resident = db.get(Resident, resident_id)
    if resident is None:
        return
    cipher = KeyRing(db).cipher_of(resident.key_id)
    for name, value in missing.items():
        if name in SEALED_FIELDS:
            value = cipher.seal(str(value), table=TABLE, column=name, row=resident.id)  # noqa: PLW2901
        setattr(resident, name, value)
    if run_id is not None:
        resident.version += 1
        resident.import_updates += 1
        resident.updated_run_id = run_id


def _key_values(key: SubjectKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "organisation_id": key.organisation_id,
        "organisation_key_version": key.organisation_key_version,
        "wrapped": key.wrapped,
    }
