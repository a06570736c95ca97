"""Notes of an activity: closed under the person's key, or the structure's when anonymous."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.organisations.keys import KeyRing, organisation_cipher
from app.residents import service as residents
from app.residents.models import Resident
from app.sessions.models import AssistedSession

TABLE = "assisted_session"


def note_of(db: ReadSession, session: AssistedSession) -> str:
    """Open an activity's note; empty when there is none."""
    if session.note is None:
        return ""
    cipher = (
        KeyRing.of(db).cipher_of(session.note_key_id)  # hers then: files may have been joined since
        if session.note_key_id
        else organisation_cipher(db, session.organisation_id)
    )
    return cipher.open(session.note, table=TABLE, column="note", row=session.id)


def write_note(
    db: WriteSession, session: AssistedSession, note: str | None, resident: Resident | None
) -> None:
    """Close a note, or take it away when there is none."""
    session.note, session.note_key_id = None, resident.key_id if resident and note else None
    if note:
        cipher = (
            residents.subject_ciphers(db, {resident.id})[resident.id]
            if resident
            else organisation_cipher(db, session.organisation_id)
        )
        session.note = cipher.seal(note, table=TABLE, column="note", row=session.id)


def close_again(db: WriteSession, session_ids: Sequence[UUID], before: UUID, after: UUID) -> None:
    """Close the notes of some activities under another file's key, once their person's file is it.

    Only those that the former file's key closed: others are somebody else's, or nobody's.
    """
    keys = db.exec(
        select(Resident.id, Resident.key_id).where(col(Resident.id).in_((before, after)))
    )
    key_of = dict(keys.all())
    rows = db.exec(
        select(AssistedSession).where(
            col(AssistedSession.id).in_(session_ids),
            col(AssistedSession.note_key_id) == key_of[before],
        )
    ).all()
    ring = KeyRing.of(db)
    for row in rows:
        if row.note is None:
            continue
        note = ring.cipher_of(key_of[before]).open(row.note, table=TABLE, column="note", row=row.id)
        row.note = ring.cipher_of(key_of[after]).seal(note, table=TABLE, column="note", row=row.id)
        row.note_key_id = key_of[after]
    db.flush()
