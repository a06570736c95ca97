"""Activities as a list reads them: values of a few columns, since a list changes nothing of them.

Made as rows of the tables, they took a quarter of a page's time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import col

from app.accounts.models import Account
from app.core.db import ReadSession, numbered, one_of
from app.procedures.models import Outcome
from app.residents.closed import ClosedName, with_closed_names
from app.sessions.models import (
    AssistedSession,
    Attendance,
    ProcedureHelp,
    SessionKind,
    SessionTheme,
)


@dataclass(frozen=True, slots=True)
class Help:
    """One procedure helped with."""

    procedure: str
    outcome: Outcome
    blockers: list[str]


@dataclass(frozen=True, slots=True)
class Seat:
    """One person helped."""

    resident_id: UUID | None
    gender: str
    age_band: str
    closed: ClosedName | None = None
    procedures: list[Help] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme."""

    theme: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One activity; its people by age of their row: the first is the person it was about."""

    id: UUID
    kind: SessionKind
    held_on: date
    duration_min: int | None
    title: str | None
    place_id: UUID | None
    recorded_at: datetime
    author: str | None
    attendances: list[Seat] = field(default_factory=list)
    themes: list[Theme] = field(default_factory=list)


COLUMNS = (
    *(col(AssistedSession.id), col(AssistedSession.kind), col(AssistedSession.held_on)),
    *(col(AssistedSession.duration_min), col(AssistedSession.title)),
    *(col(AssistedSession.place_id), col(AssistedSession.recorded_at)),
    col(AssistedSession.author_id),
)
_SEATS = (
    select(
        *(col(Attendance.session_id), col(Attendance.id), col(Attendance.resident_id)),
        *(col(Attendance.gender), col(Attendance.age_band)),
        *(col(ProcedureHelp.procedure), col(ProcedureHelp.outcome), col(ProcedureHelp.blockers)),
    )
    .outerjoin(ProcedureHelp, col(ProcedureHelp.attendance_id) == col(Attendance.id))
    .order_by(col(Attendance.id))
)


@cache
def _seats(count: int, with_names: bool) -> Any:
    query = _SEATS.where(one_of(col(Attendance.session_id), count))
    return with_closed_names(query, col(Attendance.resident_id)) if with_names else query


def with_themes(chosen: Any) -> Select[Any]:
    """Read along the author and the themes of what a statement chooses, which reads COLUMNS."""
    of = chosen.subquery().c
    return (
        select(
            *(of.id, of.kind, of.held_on, of.duration_min, of.title, of.place_id, of.recorded_at),
            *(col(Account.name), col(SessionTheme.theme)),
        )
        .outerjoin(SessionTheme, col(SessionTheme.session_id) == of.id)
        .outerjoin(Account, col(Account.id) == of.author_id)
        .order_by(of.held_on.desc(), of.id.desc())
    )


def read(
    db: ReadSession, query: Select[Any], values: Mapping[str, Any], *, with_names: bool
) -> list[Listed]:
    """Read the activities of a statement made `with_themes`, and their people, in two queries.

    `with_names`: the closed names of followed persons too.
    """
    found: dict[UUID, Listed] = {}
    for *facts, theme in db.execute(query, values):
        session = found.setdefault(facts[0], Listed(*facts))
        if theme is not None:
            session.themes.append(Theme(theme))
    if found:
        _seat(db.execute(_seats(len(found), with_names), numbered(found)), found)
    return list(found.values())


def _seat(rows: Iterable[Any], found: Mapping[UUID, Listed]) -> None:
    seats: dict[UUID, Seat] = {}
    for session_id, number, resident_id, gender, age_band, *rest in rows:
        procedure, outcome, blockers, *name = rest
        if number not in seats:
            closed = ClosedName.read(name) if name else None
            seats[number] = Seat(resident_id, gender, age_band, closed)
            found[session_id].attendances.append(seats[number])
        if procedure is not None:
            seats[number].procedures.append(Help(procedure, outcome, blockers))
