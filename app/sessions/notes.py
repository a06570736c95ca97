"""Notes of an activity: closed under the person's key, or the structure's when anonymous."""

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
