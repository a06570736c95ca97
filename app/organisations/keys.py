"""The key ring: finds, makes and opens the keys of structures and of persons."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ColumnElement, and_
from sqlmodel import col, select

from app.core.crypto import Cipher, new_key, unwrap, wrap
from app.core.db import ReadSession, WriteSession
from app.core.errors import NotFound
from app.organisations.models import OrganisationKey, SubjectKey

CLOSED_KEYS = (
    *(col(SubjectKey.id), col(SubjectKey.organisation_id), col(SubjectKey.wrapped)),
    *(col(OrganisationKey.version), col(OrganisationKey.wrapped)),
)


class ClosedKeys(NamedTuple):
    """A person's key as a list reads it, with its structure's: the columns of CLOSED_KEYS."""

    id: UUID
    organisation_id: UUID
    wrapped: bytes
    own_version: int
    own_wrapped: bytes


def make_organisation_key(db: WriteSession, organisation_id: UUID, *, now: datetime) -> None:
    """Give a new structure its key."""
    wrapped = db.keys.wrap(new_key(), about=_organisation(organisation_id, 1))
    db.add(OrganisationKey(organisation_id=organisation_id, wrapped=wrapped, created_at=now))
    db.flush()


def organisation_cipher(db: ReadSession, organisation_id: UUID) -> Cipher:
    """Open a structure's key: closes what no known person's key closes. Raises NotFound."""
    return Cipher(_organisation_key(db, organisation_id))


class KeyMaker:
    """Makes persons' keys for one structure, whose own key is opened once."""

    def __init__(self, db: ReadSession, organisation_id: UUID) -> None:
        self._organisation_id = organisation_id
        self._sealing = AESGCM(_organisation_key(db, organisation_id))

    def make(self) -> tuple[SubjectKey, Cipher]:
        """Make a person's key, wrapped by the structure's; the caller stores it."""
        key = new_key()
        row = SubjectKey(organisation_id=self._organisation_id, wrapped=b"")
        row.wrapped = wrap(self._sealing, key, f"subject:{row.id}")
        return row, Cipher(key)


def make_subject_key(db: WriteSession, organisation_id: UUID) -> tuple[SubjectKey, Cipher]:
    """Make a person's key and store it."""
    row, cipher = KeyMaker(db, organisation_id).make()
    db.add(row)
    db.flush()  # what the key closes refers to it
    return row, cipher


class KeyRing:
    """Opens persons' keys of the structures in scope, each structure's key once."""

    def __init__(self, db: ReadSession) -> None:
        self._db = db
        self._opened: dict[UUID, AESGCM] = {}
        self._subjects: dict[UUID, Cipher] = {}

    @classmethod
    def of(cls, db: ReadSession) -> "KeyRing":
        """Give the session's own ring, which opens each key once."""
        found: KeyRing = db.remembered.setdefault("key ring", cls(db))
        return found

    def cipher(self, subject: SubjectKey | ClosedKeys) -> Cipher:
        """Open one person's key, with its structure's when it was read along."""
        opened = self._opened.get(subject.organisation_id)
        if opened is None:
            if isinstance(subject, ClosedKeys):
                about = _organisation(subject.organisation_id, subject.own_version)
                key = self._db.keys.unwrap(subject.own_wrapped, about=about)
            else:
                key = _organisation_key(self._db, subject.organisation_id)
            opened = self._opened[subject.organisation_id] = AESGCM(key)
        return Cipher(unwrap(opened, subject.wrapped, f"subject:{subject.id}"))

    def cipher_of(self, subject_id: UUID) -> Cipher:
        """Open one person's key by its id. Raises NotFound when it was destroyed."""
        found = self._subjects.get(subject_id)
        if found is None:
            row = self._db.exec(select(SubjectKey).where(col(SubjectKey.id) == subject_id)).first()
            if row is None:
                raise NotFound
            found = self._subjects[subject_id] = self.cipher(row)
        return found


def wraps() -> ColumnElement[bool]:
    """Tie a person's key to the structure's key that wraps it, to read both at once."""
    return and_(
        col(OrganisationKey.organisation_id) == col(SubjectKey.organisation_id),
        col(OrganisationKey.version) == col(SubjectKey.organisation_key_version),
    )


def _organisation_key(db: ReadSession, organisation_id: UUID) -> bytes:
    row = db.exec(
        select(OrganisationKey)
        .where(col(OrganisationKey.organisation_id) == organisation_id)
        .order_by(col(OrganisationKey.version).desc())
    ).first()
    if row is None:
        raise NotFound
    return db.keys.unwrap(row.wrapped, about=_organisation(organisation_id, row.version))


def _organisation(organisation_id: UUID, version: int) -> str:
    return f"organisation:{organisation_id}:{version}"
