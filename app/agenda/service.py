"""Follow-ups: planning, finding what is late or due, settling, postponing, each with its undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlmodel import col, func, select

from app.accounts.actor import Actor
from app.agenda.models import FollowUp, FollowUpState
from app.agenda.moments import Moment, refuse_impossible
from app.audit.models import Did
from app.audit.service import record
from app.core.crypto import Cipher, Sealed
from app.core.db import ReadSession, WriteSession
from app.core.errors import Conflict, Invalid, NotFound
from app.organisations.keys import organisation_cipher
from app.procedures.service import catalogue
from app.residents.service import resident_row, subject_ciphers

TABLE, COLUMN = "follow_up", "reason"
BY_TIME = (
    col(FollowUp.due_on),
    col(FollowUp.starts_at).is_(None),
    col(FollowUp.starts_at),
    col(FollowUp.id),
)
SETTLED = {
    FollowUpState.DONE: "fait",
    FollowUpState.CALLED_OFF: "annulé par vous",
    FollowUpState.DECLINED: "annulé par la personne",
    FollowUpState.NO_SHOW: "pas venu",
    FollowUpState.CANCELLED: "retiré",
}


@dataclass(frozen=True)
class Planned:
    """A follow-up, its reason opened. Lives for one request."""

    id: UUID
    resident_id: UUID | None
    procedure: str | None
    place_id: UUID
    adviser_id: UUID
    due_on: date
    starts_at: time | None
    duration_min: int | None
    reason: str
    state: FollowUpState
    done_session_id: UUID | None
    settled_at: datetime | None
    created_at: datetime
    postponed: int
    version: int


def plan(
    db: WriteSession,
    actor: Actor,
    moment: Moment,
    *,
    reason: str,
    now: datetime,
    resident_id: UUID | None = None,
    procedure: str | None = None,
    session_id: UUID | None = None,
    adviser_id: UUID | None = None,
    field: str = "on",
) -> FollowUp:
    """Plan to come back to a person or a procedure; at an hour, it is an appointment.

    `adviser_id`: the colleague whose slot it is; None for oneself. A second tap plans nothing more:
    the person would be reminded twice.
    Raises Invalid: for the form's `field` when the day is gone or too far, for `starts_at` when
    the hour is gone or does not exist at the place.
    """
    refuse_impossible(db, actor, moment, now=now, field=field)
    if procedure is not None and catalogue(db).get(procedure) is None:
        raise Invalid("procedure", "Choisissez une démarche du catalogue.")
    cipher = _cipher(db, actor, resident_id)
    adviser_id = adviser_id or actor.account_id
    if session_id is None:
        same = _same(db, cipher, moment, reason, resident_id=resident_id, adviser_id=adviser_id)
        if same is not None:
            return same
    follow_up = FollowUp(
        organisation_id=actor.organisation_id,
        resident_id=resident_id,
        procedure=procedure,
        place_id=moment.place_id,
        adviser_id=adviser_id,
        session_id=session_id,
        due_on=moment.due_on,
        starts_at=moment.starts_at,
        duration_min=moment.duration_min,
        reason=Sealed(),
        created_at=now,
    )
    follow_up.reason = cipher.seal(reason, table=TABLE, column=COLUMN, row=follow_up.id)
    db.add(follow_up)
    db.flush()
    _note(db, actor, Did.PLAN_FOLLOW_UP, follow_up, now)
    return follow_up


def _same(
    db: ReadSession,
    cipher: Cipher,
    moment: Moment,
    reason: str,
    *,
    resident_id: UUID | None,
    adviser_id: UUID,
) -> FollowUp | None:
    """Find what is planned already by the same words, with the same person, for the same moment."""
    rows = db.exec(
        select(FollowUp).where(
            col(FollowUp.state) == FollowUpState.TO_DO,
            col(FollowUp.adviser_id) == adviser_id,
            col(FollowUp.due_on) == moment.due_on,
            col(FollowUp.place_id) == moment.place_id,
            col(FollowUp.resident_id).is_not_distinct_from(resident_id),
            col(FollowUp.starts_at).is_not_distinct_from(moment.starts_at),
        )
    )
    words = ((row, cipher.open(row.reason, table=TABLE, column=COLUMN, row=row.id)) for row in rows)
    return next((row for row, said in words if said == reason), None)


def _cipher(db: WriteSession, actor: Actor, resident_id: UUID | None) -> Cipher:
    if resident_id is None:
        return organisation_cipher(db, actor.organisation_id)
    resident_row(db, resident_id)
    return subject_ciphers(db, {resident_id})[resident_id]


def waiting(db: ReadSession, actor: Actor, *, until: date) -> list[Planned]:
    """List what is to be done by a day, this adviser's, the latest first."""
    rows = db.exec(
        select(FollowUp)
        .where(
            col(FollowUp.state) == FollowUpState.TO_DO,
            col(FollowUp.adviser_id) == actor.account_id,
            col(FollowUp.due_on) <= until,
        )
        .order_by(*BY_TIME)
    ).all()
    return opened(db, actor, rows)


def between(db: ReadSession, actor: Actor, *, since: date, until: date) -> list[Planned]:
    """List what this adviser planned for some days, settled or not, by time; the hourless last."""
    rows = db.exec(
        select(FollowUp)
        .where(
            col(FollowUp.state) != FollowUpState.CANCELLED,
            col(FollowUp.adviser_id) == actor.account_id,
            col(FollowUp.due_on) >= since,
            col(FollowUp.due_on) <= until,
        )
        .order_by(*BY_TIME)
    ).all()
    return opened(db, actor, rows)


def coming_of(db: ReadSession, actor: Actor, resident_id: UUID) -> list[Planned]:
    """List all that was ever planned with one resident, the next first."""
    rows = db.exec(
        select(FollowUp).where(col(FollowUp.resident_id) == resident_id).order_by(*BY_TIME)
    ).all()
    return opened(db, actor, rows)


def count_waiting(db: ReadSession, actor: Actor, *, until: date) -> int:
    """Count what is to be done by a day."""
    return db.exec(
        select(func.count(col(FollowUp.id))).where(
            col(FollowUp.state) == FollowUpState.TO_DO,
            col(FollowUp.adviser_id) == actor.account_id,
            col(FollowUp.due_on) <= until,
        )
    ).one()


def opened(db: ReadSession, actor: Actor, rows: Sequence[FollowUp]) -> list[Planned]:
    """Open the reasons of some follow-ups."""
    own = organisation_cipher(db, actor.organisation_id) if rows else None
    ciphers = subject_ciphers(db, {row.resident_id for row in rows if row.resident_id})
    found = []
    for row in rows:
        cipher = ciphers[row.resident_id] if row.resident_id else own
        if cipher is None:
            continue
        reason = cipher.open(row.reason, table=TABLE, column=COLUMN, row=row.id)
        found.append(_planned(row, reason))
    return found


def _planned(row: FollowUp, reason: str) -> Planned:
    return Planned(
        id=row.id,
        resident_id=row.resident_id,
        procedure=row.procedure,
        place_id=row.place_id,
        adviser_id=row.adviser_id,
        due_on=row.due_on,
        starts_at=row.starts_at,
        duration_min=row.duration_min,
        reason=reason,
        state=row.state,
        done_session_id=row.done_session_id,
        settled_at=row.settled_at,
        created_at=row.created_at,
        postponed=row.postponed,
        version=row.version,
    )


def follow_up(db: ReadSession, follow_up_id: UUID) -> FollowUp:
    """Find a follow-up of the structure. Raises NotFound."""
    row = db.get(FollowUp, follow_up_id)
    if row is None:
        raise NotFound
    return row


def moment_of(row: FollowUp | Planned) -> Moment:
    """Give when and where a follow-up is."""
    return Moment(row.due_on, row.place_id, row.starts_at, row.duration_min)


def _held(db: WriteSession, follow_up_id: UUID) -> FollowUp:
    """Find a follow-up and keep it until the transaction ends: two people may touch it at once."""
    row = db.get(FollowUp, follow_up_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def settle(
    db: WriteSession,
    actor: Actor,
    follow_up_id: UUID,
    *,
    now: datetime,
    session_id: UUID,
) -> FollowUp:
    """Mark a follow-up done by the visit that settled it, whatever was said before."""
    row = _held(db, follow_up_id)
    row.state, row.settled_at, row.done_session_id = FollowUpState.DONE, now, session_id
    row.version += 1
    _note(db, actor, Did.CHANGE_FOLLOW_UP, row, now)
    return row


def close(
    db: WriteSession, actor: Actor, follow_up_id: UUID, state: FollowUpState, *, now: datetime
) -> FollowUp:
    """Say how it ended: done, cancelled by one or the other, or nobody came.

    Twice is once. Raises Conflict when a colleague said otherwise first.
    """
    row = _held(db, follow_up_id)
    if row.state is state:
        return row
    _refuse_settled(row)
    row.state, row.settled_at = state, now
    row.version += 1
    _note(db, actor, Did.CHANGE_FOLLOW_UP, row, now)
    return row


def _refuse_settled(row: FollowUp) -> None:
    if row.state is not FollowUpState.TO_DO:
        said = SETTLED[row.state]
        raise Conflict(f"Ce suivi est déjà noté «\u00a0{said}\u00a0». Rien n’a été changé.")


def reopen(db: WriteSession, actor: Actor, follow_up_id: UUID, *, now: datetime) -> FollowUp:
    """Undo « Fait », « Pas venu », a cancellation, or the last « Reporter »."""
    row = _held(db, follow_up_id)
    if row.state not in (FollowUpState.TO_DO, FollowUpState.CANCELLED):
        _open_again(row)
    elif row.former_due_on is not None and row.former_place_id is not None:
        row.postponed -= row.due_on != row.former_due_on
        row.due_on, row.place_id = row.former_due_on, row.former_place_id
        row.starts_at, row.duration_min = row.former_starts_at, row.former_duration_min
        row.former_due_on = row.former_place_id = None
        row.former_starts_at = row.former_duration_min = None
    row.version += 1
    _note(db, actor, Did.CHANGE_FOLLOW_UP, row, now)
    return row


def unplan(db: WriteSession, actor: Actor, follow_up_id: UUID, *, now: datetime) -> None:
    """Undo « Prévoir »: what is not settled yet is planned no more."""
    row = _held(db, follow_up_id)
    if row.state is FollowUpState.TO_DO:
        row.state = FollowUpState.CANCELLED
        row.version += 1
        _note(db, actor, Did.CHANGE_FOLLOW_UP, row, now)


def postpone(
    db: WriteSession,
    actor: Actor,
    follow_up_id: UUID,
    moment: Moment,
    *,
    version: int,
    now: datetime,
) -> FollowUp:
    """Move a follow-up to another moment, and keep the former one for `reopen`.

    Another hour of the same day is no postponement: it is not counted as one.
    Raises Invalid as `plan` does, or Conflict when it moved or was settled meanwhile.
    """
    row = _held(db, follow_up_id)
    _refuse_settled(row)
    if row.version != version:
        raise Conflict("Un collègue a déjà changé ce suivi. Voici où il en est.")
    refuse_impossible(db, actor, moment, now=now, field="on")
    row.postponed += row.due_on != moment.due_on
    row.former_due_on, row.former_place_id = row.due_on, row.place_id
    row.former_starts_at, row.former_duration_min = row.starts_at, row.duration_min
    row.due_on, row.place_id = moment.due_on, moment.place_id
    row.starts_at, row.duration_min = moment.starts_at, moment.duration_min
    row.version += 1
    _note(db, actor, Did.CHANGE_FOLLOW_UP, row, now)
    return row


def unplan_of_session(db: WriteSession, session_id: UUID) -> None:
    """Take back what was planned in a visit that is removed, unless it was settled since."""
    rows = db.exec(
        select(FollowUp).where(
            col(FollowUp.session_id) == session_id, col(FollowUp.state) == FollowUpState.TO_DO
        )
    )
    for row in rows:
        row.state = FollowUpState.CANCELLED


def replan_of_session(db: WriteSession, session_id: UUID) -> None:
    """Give back what `unplan_of_session` took."""
    rows = db.exec(
        select(FollowUp).where(
            col(FollowUp.session_id) == session_id, col(FollowUp.state) == FollowUpState.CANCELLED
        )
    )
    for row in rows:
        row.state = FollowUpState.TO_DO


def unsettle_of_session(db: WriteSession, session_id: UUID) -> None:
    """Open again what a removed visit had settled."""
    for row in db.exec(select(FollowUp).where(col(FollowUp.done_session_id) == session_id)):
        _open_again(row)


def _open_again(row: FollowUp) -> None:
    row.state, row.settled_at, row.done_session_id = FollowUpState.TO_DO, None, None


def _note(db: WriteSession, actor: Actor, did: Did, row: FollowUp, now: datetime) -> None:
    record(
        db,
        did,
        at=now,
        account_id=actor.account_id,
        organisation_id=actor.organisation_id,
        subject_id=row.id,
    )
