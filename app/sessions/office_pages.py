"""Office hours (`/permanences`): one's own, those of colleagues, and their free slots."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import team
from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission, Role
from app.agenda import office_hours as office
from app.agenda.office_forms import REPEATS, SLOTS_MIN, DayForm, NewOfficeForm, OfficeForm
from app.agenda.office_models import OfficeHours
from app.agenda.repeat import Repeat
from app.core import clock
from app.core.db import WriteSession
from app.core.errors import Conflict, Forbidden
from app.core.ids import new_id
from app.core.text import clock_time, minutes, weekday_name
from app.core.text import day as said_day
from app.organisations import service as organisations
from app.sessions import logging_page
from app.sessions.notices import JustDone, Notice
from app.sessions.office_lines import Desk, desks_of
from app.sessions.planned_conflict import planned_differences
from app.web.conflict import Difference
from app.web.forms import Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
PLAN = [allow(Permission.PLAN)]
HERE = "/permanences"
SHOWN = timedelta(weeks=4)
SubmittedNew = Annotated[Submitted[NewOfficeForm], Depends(submitted(NewOfficeForm))]
SubmittedOffice = Annotated[Submitted[OfficeForm], Depends(submitted(OfficeForm))]
SubmittedDay = Annotated[Submitted[DayForm], Depends(submitted(DayForm))]


@dataclass(frozen=True)
class Shown:
    """Some office hours as the page shows them."""

    row: OfficeHours
    when: str
    how: str
    place: str
    whose: str
    is_mine: bool
    desks: list[Desk]


@router.get(HERE, dependencies=PLAN)
def every(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    just_done: JustDone,
    arretee: UUID | None = None,
) -> Response:
    """Show the office hours of the structure, with the free slots of four weeks."""
    toast = just_done.notice(HERE)
    if arretee is not None:
        toast = Notice("Permanence arrêtée", f"{HERE}/{arretee}/reprendre")
    now = clock.now()
    today = logging_page.here(db, actor, now=now).today
    advisers = {
        one.account_id: one.name
        for one in team.members(db, actor.organisation_id, now=now)
        if Role.ADVISER in one.roles
    }
    hours = [
        row
        for row in office.kept(db)
        if row.adviser_id in advisers and (row.until_on is None or row.until_on >= today)
    ]
    desks = desks_of(db, actor, hours, since=today, until=today + SHOWN, now=now)
    shown = [_shown(db, actor, row, advisers[row.adviser_id], desks) for row in hours]
    return page(
        request,
        "agenda/office.html",
        mine=[one for one in shown if one.is_mine],
        others=sorted((o for o in shown if not o.is_mine), key=lambda o: (o.whose, o.when)),
        today=today,
        toast=toast,
    )


def _shown(
    db: WriteSession, actor: Actor, row: OfficeHours, whose: str, desks: list[Desk]
) -> Shown:
    often = "chaque" if row.repeat is Repeat.WEEKLY else "toutes les deux semaines, le"
    until = f", jusqu’au {said_day(row.until_on, weekday=False, year=True)}" if row.until_on else ""
    own = [desk for desk in desks if desk.id == row.id]
    places = {p.id: p.name for p in organisations.places(db, actor.organisation_id)}
    return Shown(
        row=row,
        when=f"{often} {weekday_name(row.first_on)}",
        how=f"{clock_time(row.starts_at)} à {clock_time(row.ends_at)}, créneaux de "
        f"{minutes(row.slot_min)}{until}",
        place=places[row.place_id],
        whose=whose,
        is_mine=row.adviser_id == actor.account_id,
        desks=own,
    )


@router.get(HERE + "/nouvelle", dependencies=PLAN)
def new(request: Request, db: WriteDb, actor: CurrentActor) -> Response:
    """Show the form of office hours."""
    where = logging_page.here(db, actor, now=clock.now())
    form = blank(
        NewOfficeForm,
        number=new_id(),
        place_id=where.place.id if where.place else None,
        first_on=where.today,
        repeat=Repeat.WEEKLY.value,
        starts_at="09:00",
        ends_at="12:00",
        slot_min=30,
    )
    return _form(request, db, actor, form, HERE)


@router.post(HERE, dependencies=PLAN)
def declare(request: Request, db: WriteDb, actor: CurrentActor, form: SubmittedNew) -> Response:
    """Add office hours of one's own."""
    now = clock.now()
    if form.valid:
        with form.collecting_errors(db):
            today = logging_page.here(db, actor, now=now).today
            office.declare(db, actor, form.data, today=today, now=now)
    if form.valid:
        return done(request, f"{HERE}?geste=enregistre")
    return _form(request, db, actor, form, HERE, status=422)


@router.get(HERE + "/{number}/modifier", dependencies=PLAN)
def edit(request: Request, db: WriteDb, actor: CurrentActor, number: UUID) -> Response:
    """Show one's office hours to change them. Raises Forbidden for a colleague's."""
    row = office.office_hours(db, number)
    if row.adviser_id != actor.account_id:
        raise Forbidden("Cette permanence est celle d’un collègue. Lui seul peut la changer.")
    return _form(request, db, actor, _as_typed(row), f"{HERE}/{number}/modifier")


def _as_typed(row: OfficeHours) -> Submitted[OfficeForm]:
    facts: dict[str, Any] = {name: getattr(row, name) for name in OfficeForm.model_fields}
    facts |= {name: facts[name].strftime("%H:%M") for name in ("starts_at", "ends_at")}
    facts["repeat"], facts["keep_holidays"] = row.repeat.value, str(row.keep_holidays).lower()
    return blank(OfficeForm, **facts)


@router.post(HERE + "/{number}/modifier", dependencies=PLAN)
def change(
    request: Request, db: WriteDb, actor: CurrentActor, number: UUID, form: SubmittedOffice
) -> Response:
    """Save a change."""
    now, status, differing = clock.now(), 422, None
    if form.valid:
        try:
            with form.collecting_errors(db):
                today = logging_page.here(db, actor, now=now).today
                office.change(db, actor, number, form.data, today=today, now=now)
        except Conflict as error:
            stored = _as_typed(office.office_hours(db, number))
            names = {p.id: p.name for p in organisations.places(db, actor.organisation_id)}
            differing = planned_differences(stored, form, names)
            form.raw["version"] = stored.raw["version"]
            form.errors[""], status = error.message, 409
    if form.valid:
        return done(request, f"{HERE}?geste=enregistre")
    path = f"{HERE}/{number}/modifier"
    return _form(request, db, actor, form, path, status=status, differing=differing)


@router.post(HERE + "/{number}/sauf", dependencies=PLAN)
def skip(
    request: Request, db: WriteDb, actor: CurrentActor, number: UUID, form: SubmittedDay
) -> Response:
    """Leave one day out; the page offers to take it back."""
    if form.valid:
        office.skip(db, actor, number, form.data.on, now=clock.now())
    return done(request, f"{HERE}?geste=enregistre")


@router.post(HERE + "/{number}/remettre", dependencies=PLAN)
def unskip(
    request: Request, db: WriteDb, actor: CurrentActor, number: UUID, form: SubmittedDay
) -> Response:
    """Take back a day left out."""
    if form.valid:
        office.unskip(db, actor, number, form.data.on, now=clock.now())
    return done(request, f"{HERE}?geste=enregistre")


@router.post(HERE + "/{number}/arreter", dependencies=PLAN)
def stop(request: Request, db: WriteDb, actor: CurrentActor, number: UUID) -> Response:
    """End some office hours; the next page offers to undo."""
    office.remove(db, actor, number, removed=True, now=clock.now())
    return done(request, f"{HERE}?arretee={number}")


@router.post(HERE + "/{number}/reprendre", dependencies=PLAN)
def take_again(request: Request, db: WriteDb, actor: CurrentActor, number: UUID) -> Response:
    """Undo « Arrêter »."""
    office.remove(db, actor, number, removed=False, now=clock.now())
    return done(request, f"{HERE}?geste=annule")


def _form(
    request: Request,
    db: WriteSession,
    actor: Actor,
    form: Submitted[OfficeForm] | Submitted[NewOfficeForm],
    action: str,
    *,
    status: int = 200,
    differing: list[Difference] | None = None,
) -> Response:
    where = logging_page.here(db, actor, now=clock.now())
    return page(
        request,
        "agenda/office_form.html",
        status=status,
        form=form,
        action=action,
        differing=differing,
        today=where.today,
        places_open=[{"code": p.id, "label": p.name} for p in where.places],
        repeats=[{"code": one.value, "label": one.label} for one in REPEATS],
        slots=[{"code": length, "label": minutes(length)} for length in SLOTS_MIN],
    )
