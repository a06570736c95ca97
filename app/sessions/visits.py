"""How often people came, counted anew from what was noted."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, func, select

from app.core.db import WriteSession
from app.residents.models import Resident
from app.sessions.models import AssistedSession, Attendance

BATCH = 500


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
