"""Notes of an activity: closed under the person's key, or the structure's when anonymous."""

from uuid import UUID

from app.core.crypto import Cipher
from app.core.db import ReadSession, WriteSession
from app.organisations.keys import organisation_cipher
from app.residents import service as residents
from app.residents.models import Resident
from app.sessions.models import AssistedSession

TABLE = "assisted_session"


def note_cipher(db: ReadSession, session: AssistedSession, resident_id: UUID | None) -> Cipher:
    """Give the key that closes an activity's texts: the person's, else the structure's."""
    if resident_id is not None:
        return residents.subject_ciphers(db, {resident_id})[resident_id]
    return organisation_cipher(db, session.organisation_id)


def note_of(db: ReadSession, session: AssistedSession) -> str:
    """Open an activity's note; empty when there is none."""
    if session.note is None:
        return ""
    named = next((a.resident_id for a in session.attendances if a.resident_id), None)
    cipher = note_cipher(db, session, named if session.note_key_id else None)
    return cipher.open(session.note, table=TABLE, column="note", row=session.id)


def write_note(
    db: WriteSession, session: AssistedSession, note: str | None, resident: Resident | None
) -> None:
    """Close a note, or take it away when there is none."""
    session.note, session.note_key_id = None, resident.key_id if resident and note else None
    if note:
        cipher = note_cipher(db, session, resident.id if resident else None)
        session.note = cipher.seal(note, table=TABLE, column="note", row=session.id)
