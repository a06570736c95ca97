"""A week corrected in one list: day, length and place of what one noted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlmodel import col, select

from app.accounts.actor import Actor
from app.audit.models import Did
from app.core.clock import civil_day
from app.core.db import ReadSession, WriteSession
from app.core.errors import Conflict, Invalid
from app.organisations import service as organisations
from app.residents import service as residents
from app.sessions import case_moves, service
from app.sessions.forms import DURATION, LONGEST_MIN, SHORTEST_MIN, DayHeld
from app.sessions.models import AssistedSession, SessionKind
from app.web.forms import Form

Length = Annotated[int, Field(ge=SHORTEST_MIN, le=LONGEST_MIN)]
MOST_ROWS = 200


class WeekForm(Form):
    """The rows of a week, each field keyed by the number of its activity."""

    version: dict[str, int] = Field(default_factory=dict, title="Version")
    held_on: dict[str, DayHeld] = Field(default_factory=dict, title="Jour")
    duration_min: dict[str, Length] = Field(
        default_factory=dict, title="Durée", json_schema_extra={"messages": {"*": DURATION}}
    )
    place_id: dict[str, UUID] = Field(default_factory=dict, title="Lieu")


@dataclass(frozen=True)
class Change:
    """What one row becomes."""

    session: AssistedSession
    held_on: date
    duration_min: int | None
    place_id: UUID | None


def of_week(db: ReadSession, actor: Actor, monday: date) -> list[AssistedSession]:
    """List what this adviser noted in a week, passages left out, the earliest first."""
    return list(
        db.exec(
            select(AssistedSession)
            .where(
                col(AssistedSession.author_id) == actor.account_id,
                col(AssistedSession.kind) != SessionKind.PASSAGE,
                col(AssistedSession.removed_at).is_(None),
                col(AssistedSession.held_on) >= monday,
                col(AssistedSession.held_on) < monday + timedelta(days=7),
            )
            .options(*service.WHOLE)
            .order_by(col(AssistedSession.held_on), col(AssistedSession.recorded_at))
            .limit(MOST_ROWS)
        )
    )


def changes(rows: list[AssistedSession], data: WeekForm) -> Iterator[Change]:
    """Give the rows that were changed on the screen."""
    for session in rows:
        key = str(session.id)
        if key not in data.version:
            continue
        change = Change(
            session,
            data.held_on.get(key, session.held_on),
            data.duration_min.get(key, session.duration_min),
            data.place_id.get(key, session.place_id),
        )
        if (change.held_on, change.duration_min, change.place_id) != (
            session.held_on,
            session.duration_min,
            session.place_id,
        ):
            yield change


def problems(
    db: ReadSession, actor: Actor, wanted: list[Change], data: WeekForm, *, now: datetime
) -> Iterator[tuple[str, str]]:
    """Give every field that cannot be saved, with what to do."""
    for change in wanted:
        key = change.session.id
        if data.version[str(key)] != change.session.version:
            yield f"held_on-{key}", "Corrigée dans un autre onglet : voici où elle en est."
        zone = "Europe/Paris"
        try:
            if change.place_id is not None:
                zone = organisations.open_place(
                    db, actor.organisation_id, change.place_id, on=change.held_on
                ).zone
        except Invalid as error:
            yield f"place_id-{key}", error.message
        try:
            service.refuse_other_days(change.held_on, civil_day(now, zone))
        except Invalid as error:
            yield f"held_on-{key}", error.message


def apply(db: WriteSession, actor: Actor, change: Change, *, now: datetime) -> None:
    """Write one row, and tell again what followed from its day.

    Raises Conflict when another tab changed it at the same instant.
    """
    version = change.session.version
    session = service.held_session(db, change.session.id)
    if session.version != version:
        raise Conflict("Une activité a été corrigée dans un autre onglet pendant ce temps.")
    service.take_back_visits(db, session)
    session.held_on, session.duration_min = change.held_on, change.duration_min
    session.place_id = change.place_id
    session.version += 1
    session.changed_at = now
    for attendance in session.attendances:
        if attendance.resident_id is not None:
            residents.was_seen(residents.resident_row(db, attendance.resident_id), session.held_on)
    db.flush()
    case_moves.tell_again(db, session)
    service.note_deed(db, actor, Did.CORRECT_SESSION, session, now)
