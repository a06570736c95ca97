"""Two files of one person made one: all that hangs on either follows."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlmodel import col, select

from app.accounts.actor import Actor
from app.agenda import moving
from app.assessments.service import move_assessments
from app.core.db import WriteSession
from app.core.errors import Invalid, NotFound
from app.procedures.models import ProcedureCase
from app.residents import merging
from app.residents import service as residents
from app.residents.agreement_models import Agreement
from app.residents.mandate_models import Mandate
from app.residents.merge_models import Merge
from app.residents.moving import move_rows
from app.residents.referrals import move_referrals
from app.residents.service import subject_ciphers
from app.sessions import case_moves, cases, service
from app.sessions.models import Attendance, ProcedureHelp
from app.sessions.notes import close_again
from app.sessions.visits import recount

TOGETHER = (
    "Ces deux personnes sont venues ensemble à la même activité : ce sont deux personnes. "
    "Corrigez l’activité si l’une n’y était pas."
)


def merge(
    db: WriteSession,
    actor: Actor,
    kept_id: UUID,
    gone_id: UUID,
    *,
    from_gone: frozenset[str] = frozenset(),
    now: datetime,
) -> Merge:
    """Join two files; nothing that hangs on either is lost.

    Raises NotFound; Conflict for a file already joined; Invalid for a file with itself, or two
    people met at the same activity.
    """
    kept, gone = merging.hold(db, kept_id, gone_id)
    if _met_together(db, kept_id, gone_id):
        raise Invalid("", TOGETHER)
    registrations, twice = moving.move_registrations(db, gone_id, kept_id)
    moved = {kind: move(db, gone_id, kept_id, None) for kind, move in MOVERS.items()}
    moved |= {"registration": registrations, "workshop_of_both": twice}
    joined = merging.join(db, actor, kept, gone, from_gone=from_gone, moved=moved, now=now)
    recount(db, [kept_id])
    return joined


def unmerge(db: WriteSession, actor: Actor, kept_id: UUID, *, now: datetime) -> Merge:
    """Part the two files last joined, within 30 days. Raises NotFound, Conflict."""
    residents.held_resident(db, kept_id)
    last = merging.last_merge(db, kept_id, now=now)
    if last is None:
        raise NotFound("Il n’y a rien à séparer, ou plus de 30 jours ont passé.")
    moved = {kind: [UUID(i) for i in ids] for kind, ids in last.moved.items()}
    for kind, move in MOVERS.items():
        move(db, kept_id, last.gone_id, moved.get(kind, []))  # a former joining lacks later kinds
    moving.move_registrations(db, kept_id, last.gone_id, moved["registration"])
    moving.register_again(
        db, actor.organisation_id, last.gone_id, moved["workshop_of_both"], now=now
    )
    merging.part(db, actor, last, now=now)
    _settle_cases(db, kept_id, last.gone_id)
    recount(db, [kept_id, last.gone_id])
    return last


def _met_together(db: WriteSession, one: UUID, other: UUID) -> bool:
    hers = select(col(Attendance.session_id)).where(col(Attendance.resident_id) == one)
    both = select(Attendance.id).where(
        col(Attendance.resident_id) == other, col(Attendance.session_id).in_(hers)
    )
    return db.exec(both.limit(1)).first() is not None


def _move_visits(
    db: WriteSession, before: UUID, after: UUID, ids: Sequence[UUID] | None = None
) -> list[UUID]:
    query = select(Attendance).where(col(Attendance.resident_id) == before)
    rows = db.exec(query if ids is None else query.where(col(Attendance.id).in_(ids))).all()
    for row in rows:
        row.resident_id = after
    db.flush()
    close_again(db, [row.session_id for row in rows], before, after)
    return [row.id for row in rows]


def _move_cases(
    db: WriteSession, before: UUID, after: UUID, ids: Sequence[UUID] | None = None
) -> list[UUID]:
    query = select(ProcedureCase).where(col(ProcedureCase.resident_id) == before)
    rows = db.exec(query if ids is None else query.where(col(ProcedureCase.id).in_(ids))).all()
    ciphers = subject_ciphers(db, {before, after}) if rows else {}
    for row in rows:
        number = cases.reference_of(row, ciphers[before])
        row.resident_id = after
        cases.seal_reference(row, number, ciphers[after])
    db.flush()
    return [row.id for row in rows]


MOVERS: dict[str, Callable[[WriteSession, UUID, UUID, Sequence[UUID] | None], list[UUID]]] = {
    "attendance": _move_visits,
    "procedure_case": _move_cases,
    "agreement": partial(move_rows, model=Agreement),
    "mandate": partial(move_rows, model=Mandate),
    "referral": move_referrals,
    "follow_up": moving.move_follow_ups,
    "assessment": move_assessments,
}  # by kind of row: what hangs on a file and follows it, both ways


def _settle_cases(db: WriteSession, *resident_ids: UUID) -> None:
    """Give each visit back to a procedure of its own person, and tell their stories again."""
    ids = db.exec(
        select(Attendance.session_id)
        .join(ProcedureHelp, col(ProcedureHelp.attendance_id) == col(Attendance.id))
        .join(ProcedureCase, col(ProcedureCase.id) == col(ProcedureHelp.case_id))
        .where(
            col(Attendance.resident_id).in_(resident_ids),
            col(ProcedureCase.resident_id) != col(Attendance.resident_id),
        )
    ).all()
    for session_id in set(ids):
        case_moves.move_again(db, service.whole_session(db, session_id))
