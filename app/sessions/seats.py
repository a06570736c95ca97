"""Attendances of an activity: who keeps hers when it is told anew, who is added, who goes.

The figures of a closed month know an attendance by its id: a correction keeps what it can.
"""

from collections.abc import Sequence
from uuid import UUID

from app.core.db import WriteSession
from app.core.errors import Invalid
from app.residents import service as residents
from app.sessions.models import AssistedSession, Attendance, SessionKind


def new_seat(session: AssistedSession) -> Attendance:
    """Add one attendance to an activity."""
    seat = Attendance(organisation_id=session.organisation_id, session_id=session.id, procedures=[])
    session.attendances.append(seat)
    return seat


def change_seats(
    db: WriteSession, session: AssistedSession, first_id: UUID | None, others: Sequence[UUID]
) -> None:
    """Let somebody of an individual session become the one it is about, or no more be.

    A person has one seat, also between two statements of a flush. Who changes places with the
    first one leaves her own seat to that one.
    """
    first, *extra = session.attendances
    before = first.resident_id
    hers = next((seat for seat in extra if first_id and seat.resident_id == first_id), None)
    if before == first_id or (hers is None and before not in others):
        return
    first.resident_id = None
    if hers is not None:
        hers.resident_id = None
    db.flush()
    if hers is not None and before in others:
        hers.resident_id = before
    elif hers is not None:
        session.attendances.remove(hers)
    db.flush()


def seat_named(
    db: WriteSession, session: AssistedSession, resident_ids: Sequence[UUID], field: str
) -> None:
    """Give each named person one attendance, with the profile of her file; the others go.

    The first attendance of an individual session is the person it is about: it stays.
    Raises Invalid(field) for somebody of another structure.
    """
    wanted = list(dict.fromkeys(resident_ids))
    try:
        people = residents.resident_rows(db, wanted)
    except Invalid as error:
        raise Invalid(field, error.message) from None
    before = {a.resident_id: a for a in _extra(session) if a.resident_id is not None}
    for resident_id, seat in before.items():
        if resident_id not in people:
            session.attendances.remove(seat)
    for resident_id in wanted:
        resident = people[resident_id]
        seat = before.get(resident_id) or new_seat(session)
        seat.resident_id = resident_id
        seat.age_band, seat.gender = resident.age_band, resident.gender
        seat.status, seat.commune = resident.status, resident.commune
        seat.is_first = resident.visits == 0
        residents.was_seen(resident, session.held_on)


def seat_anonymous(session: AssistedSession, people: int) -> list[Attendance]:
    """Bring the attendances of those who stay anonymous to a number, and give them."""
    seats = [a for a in _extra(session) if a.resident_id is None]
    for extra in seats[people:]:
        session.attendances.remove(extra)
    return seats[:people] + [new_seat(session) for _ in range(people - len(seats))]


def _extra(session: AssistedSession) -> list[Attendance]:
    """Give the attendances beside that of the person an individual session is about."""
    skipped = 1 if session.kind is SessionKind.INDIVIDUAL else 0
    return session.attendances[skipped:]
