"""Planning workshops, once or in a series; changing or cancelling one, or those after it too."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from app.accounts.actor import Actor
from app.agenda.registrations import newly_seated, people_of
from app.agenda.workshop_forms import ChangeForm, PlanForm, Reach, RepeatForm, WorkshopForm
from app.agenda.workshop_models import Workshop, WorkshopState
from app.agenda.workshops import held_to_come, held_workshop, note
from app.core.db import ReadSession, WriteSession
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.text import day as said_day
from app.core.text import plural
from app.organisations import service as organisations
from app.reference.days_off import public_holiday

FURTHEST_DAYS = 731


@dataclass(frozen=True)
class PlannedDay:
    """A day of a series: the public holiday that it is, and whether it is left out for it."""

    on: date
    public_holiday: str | None
    is_left_out: bool


def planned_days(data: RepeatForm, commune: str) -> list[PlannedDay]:
    """Give the days that a form asks for; public holidays of a series are left out unless kept.

    `commune`: Insee code of the place. One workshop alone keeps its day: it was chosen.
    """
    off = ((on, public_holiday(on, commune)) for on in data.rule.days())
    skips = data.is_series and not data.keep_holidays
    return [PlannedDay(on, name, name is not None and skips) for on, name in off]


def plan_workshops(
    db: WriteSession, actor: Actor, data: PlanForm, *, today: date, now: datetime
) -> list[Workshop]:
    """Plan a workshop, or one for each day of a series, the first one first.

    The same form sent twice plans once: its `number` is the first workshop's.
    Raises Invalid for a day gone or too far, or a place closed on one of them.
    """
    if data.number and (there := _already(db, data.number)):
        return there
    facts = _facts(db, actor, data, today)
    place = organisations.place(db, actor.organisation_id, data.place_id)
    days = [day.on for day in planned_days(data, place.commune) if not day.is_left_out]
    if not days:
        raise Invalid("repeat", "Tous ces jours sont fériés. Gardez-les, ou changez de jour.")
    organisations.open_place(db, actor.organisation_id, data.place_id, on=days[-1])
    series_id = new_id() if len(days) > 1 else None
    rows = [
        Workshop(
            organisation_id=actor.organisation_id,
            adviser_id=actor.account_id,
            created_at=now,
            series_id=series_id,
            **facts | {"planned_on": on},
        )
        for on in days
    ]
    rows[0].id = data.number or rows[0].id
    try:
        with db.begin_nested():
            db.add_all(rows)
            db.flush()
    except IntegrityError:  # a second tap at the same instant: what the first planned stands
        there = _already(db, rows[0].id)
        if not there:
            raise Conflict("Rechargez la page, puis prévoyez l’atelier à nouveau.") from None
        return there
    for row in rows:
        note(db, actor, row, now)
    return rows


def _already(db: WriteSession, number: UUID) -> list[Workshop]:
    """Give what the same form planned before: a second tap plans nothing."""
    first = db.get(Workshop, number)
    if first is None:
        return []
    if first.series_id is None:
        return [first]
    query = select(Workshop).where(col(Workshop.series_id) == first.series_id)
    return list(db.exec(query.order_by(col(Workshop.planned_on))))


def change_workshop(
    db: WriteSession,
    actor: Actor,
    workshop_id: UUID,
    data: ChangeForm,
    *,
    today: date,
    now: datetime,
) -> list[UUID]:
    """Change a workshop to come, or those of its series after it too, which move as it does.

    What was held, or cancelled, never changes. Gives the registrations that have a place by it.
    Raises Invalid, or Conflict when another tab was first.
    """
    row = held_to_come(db, workshop_id)
    if data.version != row.version:
        raise Conflict("Cet atelier a été changé pendant ce temps. Voici où il en est.")
    rows = [row, *(following(db, row, hold=True) if data.reach is Reach.FOLLOWING else [])]
    facts = _facts(db, actor, data, today)
    moved = data.planned_on - row.planned_on
    seated = []
    for one in rows:
        seated += _change(db, actor, one, facts | {"planned_on": one.planned_on + moved}, now)
    return seated


def _change(
    db: WriteSession, actor: Actor, row: Workshop, facts: dict[str, Any], now: datetime
) -> list[UUID]:
    before, capacity = people_of(db, row), facts["capacity"]
    people = len(before.seated)
    if capacity is not None and capacity < people:
        where = f" le {said_day(row.planned_on)}" if row.series_id else ""
        raise Invalid(
            "capacity", f"Il y a déjà {plural(people, 'inscrit')}{where}. Écrivez {people} ou plus."
        )
    organisations.open_place(db, actor.organisation_id, facts["place_id"], on=facts["planned_on"])
    for name, value in facts.items():
        setattr(row, name, value)
    row.version += 1
    db.flush()
    note(db, actor, row, now)
    return newly_seated(db, row, before)


def _facts(db: ReadSession, actor: Actor, data: WorkshopForm, today: date) -> dict[str, Any]:
    if data.planned_on < today:
        raise Invalid("planned_on", "Ce jour est passé. Pour un atelier tenu, notez une activité.")
    if (data.planned_on - today).days > FURTHEST_DAYS:
        raise Invalid("planned_on", "C’est dans plus de deux ans. Choisissez une date plus proche.")
    organisations.open_place(db, actor.organisation_id, data.place_id, on=data.planned_on)
    return data.model_dump(include=set(WorkshopForm.model_fields))


def series_of(db: ReadSession, row: Workshop) -> list[Workshop]:
    """List the workshops planned together with one, itself included, by day."""
    if row.series_id is None:
        return [row]
    query = select(Workshop).where(col(Workshop.series_id) == row.series_id)
    return list(db.exec(query.order_by(col(Workshop.planned_on), col(Workshop.id))))


def following(
    db: ReadSession,
    row: Workshop,
    *,
    state: WorkshopState = WorkshopState.PLANNED,
    hold: bool = False,
) -> list[Workshop]:
    """List the workshops of a series after one that stand in a state, by day.

    `hold`: until the transaction ends.
    """
    if row.series_id is None:
        return []
    query = (
        select(Workshop)
        .where(
            col(Workshop.series_id) == row.series_id,
            col(Workshop.planned_on) > row.planned_on,
            col(Workshop.state) == state,
        )
        .order_by(col(Workshop.planned_on), col(Workshop.id))
    )
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    return list(db.exec(query))


def cancel(
    db: WriteSession, actor: Actor, workshop_id: UUID, reach: Reach, *, now: datetime
) -> None:
    """Cancel a workshop that was not held, or those of its series after it too.

    `reopen` undoes it. Raises NotFound.
    """
    row = held_workshop(db, workshop_id)
    rows = [row, *(following(db, row, hold=True) if reach is Reach.FOLLOWING else [])]
    for one in rows:
        if one.state is WorkshopState.PLANNED:
            one.cancelled_at = now
    _move(db, actor, rows, WorkshopState.PLANNED, WorkshopState.CANCELLED, now)


def cancelled_together(db: ReadSession, row: Workshop, *, hold: bool = False) -> list[Workshop]:
    """List the workshops after one that were cancelled with it. `hold`: see `following`."""
    after = following(db, row, state=WorkshopState.CANCELLED, hold=hold)
    return [one for one in after if one.cancelled_at == row.cancelled_at]


def reopen(
    db: WriteSession, actor: Actor, workshop_id: UUID, reach: Reach, *, now: datetime
) -> None:
    """Undo a cancellation, of those cancelled together too when asked. Raises NotFound."""
    row = held_workshop(db, workshop_id)
    rows = [row, *(cancelled_together(db, row, hold=True) if reach is Reach.FOLLOWING else [])]
    _move(db, actor, rows, WorkshopState.CANCELLED, WorkshopState.PLANNED, now)


def _move(
    db: WriteSession,
    actor: Actor,
    rows: Iterable[Workshop],
    before: WorkshopState,
    after: WorkshopState,
    now: datetime,
) -> None:
    for row in rows:
        if row.state is before:
            row.state = after
            row.version += 1
            note(db, actor, row, now)
