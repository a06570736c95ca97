"""Attendances of activities that stand, as closings read them: only what figures code of them.

Read as objects, with notes that no figure needs, they took two thirds of a closing.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.core.db import ReadSession
from app.sessions.listed import Help
from app.sessions.models import (
    AssistedSession,
    Attendance,
    ProcedureHelp,
    SessionKind,
    SessionTheme,
    Source,
)
from app.statistics.models import StatisticsLedger
from app.statistics.projecting import BATCH


@dataclass(frozen=True, slots=True)
class Standing:
    """One attendance with what its activity says of it."""

    id: UUID
    resident_id: UUID | None
    session_id: UUID
    organisation_id: UUID
    place_id: UUID | None
    kind: SessionKind
    held_on: date
    source: Source
    mode: str
    duration_min: int | None
    level: str | None
    material: list[str]
    age_band: str
    gender: str
    status: str
    divides: list[str]
    equipment: list[str]
    home_connection: str | None
    autonomy: str | None
    is_referred: bool | None
    referral: str | None
    has_random_profile: bool
    themes: list[str]
    procedures: list[Help]


_STANDING = (
    select(
        *(col(Attendance.id), col(Attendance.resident_id), col(Attendance.session_id)),
        *(col(Attendance.organisation_id), col(AssistedSession.place_id)),
        *(col(AssistedSession.kind), col(AssistedSession.held_on), col(AssistedSession.source)),
        *(col(AssistedSession.mode), col(AssistedSession.duration_min)),
        *(col(AssistedSession.level), col(AssistedSession.material)),
        *(col(Attendance.age_band), col(Attendance.gender), col(Attendance.status)),
        *(col(Attendance.divides), col(Attendance.equipment), col(Attendance.home_connection)),
        *(col(Attendance.autonomy), col(Attendance.is_referred), col(Attendance.referral)),
        col(Attendance.has_random_profile),
    )
    .join(AssistedSession, col(AssistedSession.id) == col(Attendance.session_id))
    .where(col(AssistedSession.removed_at).is_(None))
)


def not_closed(db: ReadSession) -> Iterator[list[Standing]]:
    """Go through the attendances that no month holds yet, a batch at a time."""
    rows = db.execute(
        _STANDING.outerjoin(
            StatisticsLedger, col(StatisticsLedger.attendance_id) == col(Attendance.id)
        )
        .where(col(StatisticsLedger.attendance_id).is_(None))
        .execution_options(yield_per=BATCH)
    )
    for batch in rows.partitions():
        yield _whole(db, batch)


def standing(db: ReadSession, attendance_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """Read those of some attendances whose activity stands."""
    rows = db.execute(_STANDING.where(col(Attendance.id).in_(attendance_ids))).all()
    return {one.id: one for one in _whole(db, rows)}


def _whole(db: ReadSession, rows: Sequence[Any]) -> list[Standing]:
    """Read along the themes and the procedures of a batch."""
    themes: dict[UUID, list[str]] = {row.session_id: [] for row in rows}
    for session_id, theme in db.execute(
        select(col(SessionTheme.session_id), col(SessionTheme.theme)).where(
            col(SessionTheme.session_id).in_(themes)
        )
    ):
        themes[session_id].append(theme)
    procedures: dict[UUID, list[Help]] = {row.id: [] for row in rows}
    for attendance_id, slug, outcome, blockers in db.execute(
        select(
            *(col(ProcedureHelp.attendance_id), col(ProcedureHelp.procedure)),
            *(col(ProcedureHelp.outcome), col(ProcedureHelp.blockers)),
        ).where(col(ProcedureHelp.attendance_id).in_(procedures))
    ):
        procedures[attendance_id].append(Help(slug, outcome, blockers))
    along: list[tuple[Any, ...]] = [(themes[row.session_id], procedures[row.id]) for row in rows]
    return [Standing(*row, *more) for row, more in zip(rows, along, strict=True)]
