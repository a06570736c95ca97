"""What activities do to the procedures of followed people: a visit moves one, or is taken back."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import col, select

from app.core.db import WriteSession
from app.procedures import progress
from app.sessions.models import AssistedSession, ProcedureHelp


def move(db: WriteSession, session: AssistedSession) -> None:
    """Move on the procedures of the named people of an activity."""
    for attendance in session.attendances:
        if attendance.resident_id is None:
            continue
        for help_ in attendance.procedures:
            case = progress.record_outcome(
                db,
                session.organisation_id,
                attendance.resident_id,
                help_.procedure,
                _step(session, help_),
            )
            help_.case_id = case.id
    db.flush()


def move_again(db: WriteSession, session: AssistedSession) -> None:
    """Give each person's procedures of an activity to cases of her own, once files were parted."""
    former = cases_of(session)
    move(db, session)
    replay(db, former | cases_of(session))


def tell_again(db: WriteSession, session: AssistedSession) -> None:
    """Tell again the story of the procedures that an activity moved, once its day has changed."""
    replay(db, cases_of(session))


def _step(session: AssistedSession, help_: ProcedureHelp) -> progress.Step:
    return progress.Step(session.held_on, help_.outcome, help_.blockers, help_.papers)


def cases_of(session: AssistedSession) -> set[UUID]:
    """Name the cases that an activity moves."""
    return {
        help_.case_id
        for attendance in session.attendances
        for help_ in attendance.procedures
        if help_.case_id is not None
    }


def replay(db: WriteSession, case_ids: Iterable[UUID]) -> None:
    """Tell again the story of some procedures from the visits that remain."""
    for case_id in case_ids:
        rows = db.exec(
            select(AssistedSession, ProcedureHelp)
            .join(ProcedureHelp, col(ProcedureHelp.session_id) == col(AssistedSession.id))
            .where(col(ProcedureHelp.case_id) == case_id, col(AssistedSession.removed_at).is_(None))
            .order_by(col(AssistedSession.held_on), col(AssistedSession.recorded_at))
        ).all()
        if not rows:
            _detach(db, case_id)
        progress.replay(db, case_id, [_step(session, help_) for session, help_ in rows])
    db.flush()


def _detach(db: WriteSession, case_id: UUID) -> None:
    """Let go of a procedure that no remaining visit is about."""
    for help_ in db.exec(select(ProcedureHelp).where(col(ProcedureHelp.case_id) == case_id)):
        help_.case_id = None
    db.flush()
