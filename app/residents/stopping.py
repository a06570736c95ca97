"""Reminders stopped by the person herself: by the link of an e-mail, or by answering STOP."""

import base64
import binascii
import hmac
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from app.core.crypto import MasterKey
from app.core.db import ReadSession, WriteSession
from app.core.phones import normal_phone, same_phone
from app.core.settings import Settings
from app.core.text import fold
from app.messages.models import Channel
from app.organisations import service as organisations
from app.residents.agreement_models import Accepts, Agreement
from app.residents.agreements import stop_reminders
from app.residents.models import Resident
from app.residents.service import joined_with, open_residents

PATH = "/rappels/arret/"
WORDS = frozenset({"stop", "arret", "stopp", "قف", "توقف", "стоп"})
_PURPOSE = "stop reminders"  # the only thing that this key signs
_ID_BYTES = 16
BATCH = 1_000  # files opened at once


def stop_link(keys: MasterKey, settings: Settings, resident_id: UUID) -> str:
    """Make the address by which one person stops her reminders, and does nothing else."""
    signed = resident_id.bytes + _signature(keys, resident_id)
    token = base64.urlsafe_b64encode(signed).decode("ascii").rstrip("=")
    return f"{settings.base_url.rstrip('/')}{PATH}{token}"


def resident_of(keys: MasterKey, token: str) -> UUID | None:
    """Read whose link it is; None for one that we did not sign."""
    try:
        signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        resident_id = UUID(bytes=signed[:_ID_BYTES])
    except (binascii.Error, ValueError):
        return None
    is_ours = hmac.compare_digest(signed[_ID_BYTES:], _signature(keys, resident_id))
    return resident_id if is_ours else None


def _signature(keys: MasterKey, resident_id: UUID) -> bytes:
    return hmac.digest(keys.derive(_PURPOSE), resident_id.bytes, "sha256")


def language_of(db: ReadSession, resident_id: UUID) -> str:
    """Give the language of a person; French for one who was erased."""
    row = db.get(Resident, joined_with(db, resident_id) or resident_id)
    return row.language if row is not None else "fr"


def stop(db: WriteSession, resident_id: UUID, by: Channel, *, now: datetime) -> None:
    """Stop one person's reminders; twice is once. A file joined with another stops that one's."""
    row = db.get(Resident, joined_with(db, resident_id) or resident_id)
    if row is not None:  # else she was erased, and gets nothing any more
        today = organisations.today(db, row.organisation_id, now=now)
        stop_reminders(db, row.organisation_id, row.id, by, today=today, now=now)


def says_stop(text: str) -> bool:
    """Tell whether an answer asks to stop: its first word does."""
    return fold(text).partition(" ")[0] in WORDS


def stop_for_phone(db: WriteSession, typed: str, *, now: datetime) -> int:
    """Stop the reminders of everybody who has a phone number, in every structure in scope.

    Numbers are read in memory, of those who accepted reminders only. Give how many files it was.
    """
    try:
        phone = normal_phone(typed)
    except ValueError:
        return 0
    accepted = db.exec(
        select(Agreement.resident_id).where(
            col(Agreement.accepts) == Accepts.REMINDERS, col(Agreement.ended_on).is_(None)
        )
    ).all()
    found = [
        person.id
        for start in range(0, len(accepted), BATCH)
        for person in open_residents(db, accepted[start : start + BATCH]).values()
        if person.phone and same_phone(person.phone, phone)
    ]
    for resident_id in found:
        stop(db, resident_id, Channel.SMS, now=now)
    return len(found)
