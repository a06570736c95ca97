"""Workshops to come (`/ateliers`): planning them, once or in a series, changing, cancelling."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.agenda import workshop_planning as planning
from app.agenda import workshops
from app.agenda.busy import busy, span
from app.agenda.registrations import people_of
from app.agenda.repeat import Repeat
from app.agenda.workshop_forms import (
    ChangeForm,
    PlanForm,
    Reach,
    ReachForm,
    RepeatForm,
    WorkshopForm,
)
from app.agenda.workshop_models import Workshop, WorkshopState
from app.core import clock
from app.core.db import ReadSession, WriteSession
from app.core.errors import Conflict
from app.core.ids import new_id
from app.organisations import service as organisations
from app.reference import vocabularies
from app.reference.days_off import school_holiday
from app.residents import service as residents
from app.residents.service import NamedResident
from app.sessions import logging_page
from app.sessions.notices import JustDone
from app.sessions.planned_conflict import planned_differences
from app.sessions.workshop_lines import moved_up_path, workshop_lines
from app.web.conflict import Difference
from app.web.forms import Submitted, blank, check, submitted
from app.web.render import done, fragment, page

router = APIRouter()
PLAN = [allow(Permission.PLAN)]
SubmittedPlan = Annotated[Submitted[PlanForm], Depends(submitted(PlanForm))]
SubmittedChange = Annotated[Submitted[ChangeForm], Depends(submitted(ChangeForm))]
SubmittedReach = Annotated[Submitted[ReachForm], Depends(submitted(ReachForm))]
SHOWN_DAYS = 120


@dataclass(frozen=True)
class AskedDay:
    """A day that a form asks for, and what is said of it before saving."""

    on: date
    public_holiday: str | None
    school_holiday: str | None
    is_left_out: bool
    is_taken: bool
    is_closed: bool

    @property
    def is_problem(self) -> bool:
        """Tell whether somebody should look before saving."""
        return (
            self.is_taken or self.is_closed or (bool(self.public_holiday) and not self.is_left_out)
        )

    @property
    def is_special(self) -> bool:
        """Tell whether there is something to say of it."""
        return self.is_problem or bool(self.public_holiday or self.school_holiday)


@dataclass(frozen=True)
class Lost:
    """Who counted on a workshop about to be cancelled, and has to be told."""

    on: date
    people: list[NamedResident]
    anonymous: int

    @property
    def count(self) -> int:
        """Count them."""
        return len(self.people) + self.anonymous


@router.get("/ateliers", dependencies=PLAN)
def coming(request: Request, db: WriteDb, actor: CurrentActor, just_done: JustDone) -> Response:
    """List the workshops to come."""
    today = logging_page.here(db, actor, now=clock.now()).today
    rows = workshops.coming(
        db, since=today - timedelta(days=7), until=today + timedelta(SHOWN_DAYS)
    )
    return page(
        request,
        "agenda/workshops.html",
        lines=workshop_lines(db, actor, rows),
        today=today,
        toast=just_done.notice("/ateliers"),
    )


@router.get("/ateliers/nouveau", dependencies=PLAN)
def new(request: Request, db: WriteDb, actor: CurrentActor) -> Response:
    """Show the form of a workshop to come."""
    where = logging_page.here(db, actor, now=clock.now())
    form = blank(
        PlanForm,
        number=new_id(),
        place_id=where.place.id if where.place else None,
        starts_at="14:00",
        duration_min=90,
        repeat=Repeat.ONCE.value,
    )
    return _form(request, db, actor, form, "/ateliers")


@router.post("/ateliers", dependencies=PLAN)
def plan(request: Request, db: WriteDb, actor: CurrentActor, form: SubmittedPlan) -> Response:
    """Plan a workshop or a series; without JavaScript the same address shows the days first."""
    if form.value("step"):
        form.errors = check(RepeatForm, form.raw).errors
        return _form(request, db, actor, form, "/ateliers")
    now, rows = clock.now(), []
    if form.valid:
        with form.collecting_errors(db):
            today = logging_page.here(db, actor, now=now).today
            rows = planning.plan_workshops(db, actor, form.data, today=today, now=now)
    if form.valid:
        said = "serie" if len(rows) > 1 else "enregistre"
        return done(request, f"/ateliers/{rows[0].id}?geste={said}")
    return _form(request, db, actor, form, "/ateliers", status=422)


@router.post("/ateliers/jours", dependencies=PLAN)
def tell_days(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    form: SubmittedPlan,
    sauf: UUID | None = None,
) -> Response:
    """Say the days that a form asks for, before saving; `sauf`: the workshop being changed."""
    days = _days(db, actor, form, sauf)
    return fragment(request, "agenda/workshop_form.html", "days", days=days)


def _days(
    db: ReadSession,
    actor: Actor,
    form: Submitted[PlanForm] | Submitted[ChangeForm],
    but: UUID | None = None,
) -> list[AskedDay]:
    """List the days asked for, with what makes each special; none while they cannot be told."""
    alone = check(RepeatForm, form.raw)
    places = {p.id: p for p in organisations.places(db, actor.organisation_id)}
    if not alone.valid or alone.data.place_id not in places:
        return []
    asked, place = alone.data, places[alone.data.place_id]
    days = planning.planned_days(asked, place.commune)
    taken = busy(
        db,
        actor.organisation_id,
        actor.account_id,
        since=days[0].on,
        until=days[-1].on,
        but=but,
    )
    return [
        AskedDay(
            day.on,
            day.public_holiday,
            school_holiday(day.on, place.commune),
            is_left_out=day.is_left_out,
            is_taken=span(day.on, asked.starts_at, asked.duration_min, place.zone).meets(taken),
            is_closed=not place.is_open(day.on),
        )
        for day in days
    ]


@router.get("/ateliers/{workshop_id}/modifier", dependencies=PLAN)
def edit(request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID) -> Response:
    """Show a workshop to change it."""
    row = workshops.workshop(db, workshop_id)
    path = f"/ateliers/{workshop_id}/modifier"
    return _form(request, db, actor, _as_typed(row), path, row=row)


def _as_typed(row: Workshop) -> Submitted[ChangeForm]:
    facts = {name: getattr(row, name) for name in WorkshopForm.model_fields}
    facts |= {"version": row.version, "starts_at": row.starts_at.strftime("%H:%M")}
    return blank(ChangeForm, reach=Reach.THIS.value, **facts)


@router.post("/ateliers/{workshop_id}/modifier", dependencies=PLAN)
def change(
    request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID, form: SubmittedChange
) -> Response:
    """Save a change of one workshop, or of those after it too."""
    now, status, seated, differing = clock.now(), 422, [], None
    if form.valid:
        try:
            with form.collecting_errors(db):
                today = logging_page.here(db, actor, now=now).today
                seated = planning.change_workshop(
                    db, actor, workshop_id, form.data, today=today, now=now
                )
        except Conflict as error:
            stored = _as_typed(workshops.workshop(db, workshop_id))
            names = {p.id: p.name for p in organisations.places(db, actor.organisation_id)}
            differing = planned_differences(stored, form, names)
            form.raw["version"] = stored.raw["version"]
            form.errors[""], status = error.message, 409
    row = workshops.workshop(db, workshop_id)
    if form.valid:
        return done(request, moved_up_path(row, seated, geste="enregistre"))
    path = f"/ateliers/{workshop_id}/modifier"
    return _form(request, db, actor, form, path, status=status, row=row, differing=differing)


@router.get("/ateliers/{workshop_id}/annuler", dependencies=PLAN)
def ask_cancel(request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID) -> Response:
    """Say who is registered, before cancelling."""
    row = workshops.workshop(db, workshop_id)
    lists = [(one, people_of(db, one).everybody) for one in [row, *planning.following(db, row)]]
    numbers = {one.resident_id for _, people in lists for one in people if one.resident_id}
    named = residents.name_residents(db, actor, list(numbers), now=clock.now())
    lost = [
        Lost(
            one.planned_on,
            [named[p.resident_id] for p in people if p.resident_id in named],
            sum(p.resident_id is None for p in people),
        )
        for one, people in lists
    ]
    return page(
        request,
        "agenda/workshop_cancel.html",
        row=row,
        is_planned=row.state is WorkshopState.PLANNED,
        lost=lost[0],
        after=lost[1:],
        today=logging_page.here(db, actor, now=clock.now()).today,
    )


@router.post("/ateliers/{workshop_id}/annuler", dependencies=PLAN)
def cancel(
    request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID, form: SubmittedReach
) -> Response:
    """Cancel a workshop, or those after it too; the next page offers to undo."""
    reach = form.data.reach if form.valid else Reach.THIS
    planning.cancel(db, actor, workshop_id, reach, now=clock.now())
    return done(request, f"/ateliers/{workshop_id}")


@router.post("/ateliers/{workshop_id}/retablir", dependencies=PLAN)
def reopen(
    request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID, form: SubmittedReach
) -> Response:
    """Undo a cancellation."""
    reach = form.data.reach if form.valid else Reach.THIS
    planning.reopen(db, actor, workshop_id, reach, now=clock.now())
    return done(request, f"/ateliers/{workshop_id}")


def _form(
    request: Request,
    db: WriteSession,
    actor: Actor,
    form: Submitted[PlanForm] | Submitted[ChangeForm],
    action: str,
    *,
    status: int = 200,
    row: Workshop | None = None,
    differing: list[Difference] | None = None,
) -> Response:
    where = logging_page.here(db, actor, now=clock.now())
    return page(
        request,
        "agenda/workshop_form.html",
        block="form",
        status=status,
        form=form,
        action=action,
        here=where,
        places_open=[{"code": p.id, "label": p.name} for p in where.places],
        levels=vocabularies.values("level"),
        themes=vocabularies.themes("digital"),
        repeats=[{"code": one.value, "label": one.label} for one in Repeat],
        row=row,
        differing=differing,
        after=len(planning.following(db, row)) if row else 0,
        days=_days(db, actor, form, row.id if row else None),
    )
