"""What stands beside visits on a person's page: her mandate, and where she was sent."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.core.crypto import Cipher
from app.core.db import ReadSession
from app.residents import mandates
from app.residents.referrals import Told, referrals_of
from app.sessions.models import AssistedSession

BY_THE_ADVISER = "adviser"


@dataclass(frozen=True)
class Support:
    """The mandate that stands, else the last day one acted without; where she was sent."""

    mandate: mandates.Standing | None
    without_on: date | None
    referrals: list[Told]


def support(
    db: ReadSession,
    resident_id: UUID,
    sessions: list[AssistedSession],
    cipher: Cipher,
    *,
    today: date,
) -> Support:
    """Look at a person's mandates beside what was done for her, the latest activity first."""
    held = mandates.mandates_of(db, resident_id, today=today)
    acted = [
        session.held_on
        for session in sessions
        for attendance in session.attendances
        if attendance.resident_id == resident_id and attendance.clicked_by == BY_THE_ADVISER
    ]
    return Support(
        mandate=next((one for one in held if one.is_valid), None),
        without_on=next((on for on in acted if not _covered(held, on)), None),
        referrals=referrals_of(db, resident_id, cipher),
    )


def _covered(held: list[mandates.Standing], on: date) -> bool:
    return any(one.signed_on <= on <= one.last_day for one in held)
