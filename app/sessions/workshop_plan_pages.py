"""Workshops to come (`/ateliers`): planning, registering people, cancelling."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.agenda import workshops
from app.agenda.workshop_forms import WorkshopForm
from app.agenda.workshop_models import Workshop, WorkshopState
from app.core import clock
from app.core.db import ReadSession, WriteSession
from app.core.errors import Conflict
from app.core.text import plural
from app.organisations import service as organisations
from app.reference import vocabularies
from app.residents import service as residents
from app.sessions import logging_page
from app.sessions.notices import JustDone, Notice, SubmittedBack, back_with
from app.web.forms import Form, Submitted, blank, submitted
from app.web.render import done, fragment, page

router = APIRouter()
SubmittedWorkshop = Annotated[Submitted[WorkshopForm], Depends(submitted(WorkshopForm))]
SHOWN_DAYS = 120


@dataclass(frozen=True)
class WorkshopLine:
    """One workshop as a list shows it."""

    row: Workshop
    registered: str
    place: str


def lines(db: ReadSession, actor: Actor, rows: list[Workshop]) -> list[WorkshopLine]:
    """Put places and numbers on some workshops, in two queries."""
    counts = workshops.count_registered(db, [row.id for row in rows])
    places = {p.id: p.name for p in organisations.places(db, actor.organisation_id)}
    return [
        WorkshopLine(row, _said(row, counts.get(row.id, 0)), places[row.place_id]) for row in rows
    ]


def _said(row: Workshop, count: int) -> str:
    said = plural(count, "inscrit")
    return f"{said} sur {row.capacity}" if row.capacity else said


@router.get("/ateliers", dependencies=[allow(Permission.PLAN)])
def coming(request: Request, db: WriteDb, actor: CurrentActor, just_done: JustDone) -> Response:
    """List the workshops to come."""
    today = logging_page.here(db, actor, now=clock.now()).today
    rows = workshops.coming(
        db, since=today - timedelta(days=7), until=today + timedelta(SHOWN_DAYS)
    )
    return page(
        request,
        "agenda/workshops.html",
        lines=lines(db, actor, rows),
        today=today,
        toast=just_done.notice("/ateliers"),
    )


@router.get("/ateliers/nouveau", dependencies=[allow(Permission.PLAN)])
def new(request: Request, db: WriteDb, actor: CurrentActor) -> Response:
    """Show the form of a workshop to come."""
    where = logging_page.here(db, actor, now=clock.now())
    form = blank(
        WorkshopForm,
        place_id=where.place.id if where.place else None,
        starts_at="14:00",
        duration_min=90,
    )
    return _form(request, db, actor, form, "/ateliers")


@router.post("/ateliers", dependencies=[allow(Permission.PLAN)])
def plan(request: Request, db: WriteDb, actor: CurrentActor, form: SubmittedWorkshop) -> Response:
    """Plan a workshop."""
    now = clock.now()
    if form.valid:
        with form.collecting_errors(db):
            today = logging_page.here(db, actor, now=now).today
            row = workshops.plan_workshop(db, actor, form.data, today=today, now=now)
    if form.valid:
        return done(request, f"/ateliers/{row.id}?geste=enregistre")
    return _form(request, db, actor, form, "/ateliers", status=422)


class PersonForm(Form):
    """Who registers, or leaves the list."""

    resident_id: UUID = Field(title="Personne")


class SearchForm(Form):
    """What is typed to find somebody; a name never stands in an address."""

    person_q: str = Field(default="", title="Recherche", max_length=80)


SubmittedPerson = Annotated[Submitted[PersonForm], Depends(submitted(PersonForm))]
SubmittedSearch = Annotated[Submitted[SearchForm], Depends(submitted(SearchForm))]


@router.get("/ateliers/{workshop_id}", dependencies=[allow(Permission.PLAN)])
def one(
    request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID, just_done: JustDone
) -> Response:
    """Show one workshop, with who registered."""
    toast = just_done.notice(f"/ateliers/{workshop_id}")
    return _one(request, db, actor, workshop_id, blank(SearchForm), toast=toast)


@router.post("/ateliers/{workshop_id}/recherche", dependencies=[allow(Permission.PLAN)])
def search(
    request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID, form: SubmittedSearch
) -> Response:
    """Find somebody to register."""
    typed = form.data.person_q.strip() if form.valid else ""
    found = residents.search_residents(db, actor, typed, now=clock.now()) if typed else []
    if request.headers.get("hx-request"):
        return fragment(request, "agenda/workshop.html", "found", found_people=found, typed=typed)
    return _one(request, db, actor, workshop_id, form, found_people=found, typed=typed)


@router.post("/ateliers/{workshop_id}/inscrits", dependencies=[allow(Permission.PLAN)])
def register(
    request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID, form: SubmittedPerson
) -> Response:
    """Register somebody."""
    if form.valid:
        with form.collecting_errors(db):
            workshops.register(db, actor, workshop_id, form.data.resident_id, now=clock.now())
    if form.valid:
        return done(request, f"/ateliers/{workshop_id}?geste=enregistre")
    return _refused(request, db, actor, workshop_id, form)


@router.post("/ateliers/{workshop_id}/desinscrire", dependencies=[allow(Permission.PLAN)])
def unregister(
    request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID, form: SubmittedPerson
) -> Response:
    """Take somebody off the list."""
    if form.valid:
        with form.collecting_errors(db):
            workshops.unregister(db, actor, workshop_id, form.data.resident_id, now=clock.now())
    if form.valid:
        return done(request, f"/ateliers/{workshop_id}?geste=enregistre")
    return _refused(request, db, actor, workshop_id, form)


def _refused(
    request: Request, db: WriteSession, actor: Actor, workshop_id: UUID, form: Submitted[PersonForm]
) -> Response:
    shown: Submitted[SearchForm] = blank(SearchForm)
    for name, message in form.errors.items():
        shown.errors["person_q" if name else ""] = message
    return _one(request, db, actor, workshop_id, shown, status=422)


@router.post("/ateliers/{workshop_id}/annuler", dependencies=[allow(Permission.PLAN)])
def cancel(
    request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID, form: SubmittedBack
) -> Response:
    """Cancel a workshop; the next page offers to undo."""
    workshops.cancel(db, actor, workshop_id, now=clock.now())
    return done(request, back_with(form.value("back"), f"/ateliers/{workshop_id}"))


@router.post("/ateliers/{workshop_id}/retablir", dependencies=[allow(Permission.PLAN)])
def reopen(
    request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID, form: SubmittedBack
) -> Response:
    """Undo a cancellation."""
    workshops.reopen(db, actor, workshop_id, now=clock.now())
    return done(request, back_with(form.value("back"), f"/ateliers/{workshop_id}"))


@router.get("/ateliers/{workshop_id}/modifier", dependencies=[allow(Permission.PLAN)])
def edit(request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID) -> Response:
    """Show a workshop to change it."""
    row = workshops.workshop(db, workshop_id)
    facts = {name: getattr(row, name) for name in WorkshopForm.model_fields}
    facts["starts_at"] = row.starts_at.strftime("%H:%M")
    return _form(
        request, db, actor, blank(WorkshopForm, **facts), f"/ateliers/{workshop_id}/modifier"
    )


@router.post("/ateliers/{workshop_id}/modifier", dependencies=[allow(Permission.PLAN)])
def change(
    request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID, form: SubmittedWorkshop
) -> Response:
    """Save a change."""
    now = clock.now()
    status = 422
    if form.valid:
        try:
            with form.collecting_errors(db):
                today = logging_page.here(db, actor, now=now).today
                workshops.change_workshop(db, actor, workshop_id, form.data, today=today, now=now)
        except Conflict as error:
            form.raw["version"] = [str(workshops.workshop(db, workshop_id).version)]
            form.errors["version"], status = error.message, 409
    if form.valid:
        return done(request, f"/ateliers/{workshop_id}?geste=enregistre")
    return _form(request, db, actor, form, f"/ateliers/{workshop_id}/modifier", status=status)


def _form(
    request: Request,
    db: WriteSession,
    actor: Actor,
    form: Submitted[WorkshopForm],
    action: str,
    *,
    status: int = 200,
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
    )


def _one(
    request: Request,
    db: WriteSession,
    actor: Actor,
    workshop_id: UUID,
    form: Submitted[SearchForm],
    *,
    status: int = 200,
    toast: Notice | None = None,
    **extra: Any,
) -> Response:
    now = clock.now()
    row = workshops.workshop(db, workshop_id)
    today = logging_page.here(db, actor, now=now).today
    people = workshops.registered(db, workshop_id)
    named = residents.name_residents(db, actor, people, now=now)
    context: dict[str, Any] = {
        "line": lines(db, actor, [row])[0],
        "row": row,
        "is_planned": row.state is WorkshopState.PLANNED,
        "is_held": row.state is WorkshopState.HELD,
        "has_come": row.planned_on <= today,
        "is_full": row.capacity is not None and len(people) >= row.capacity,
        "level": vocabularies.label("level", row.level) if row.level else "",
        "themes": [vocabularies.theme(code).label for code in row.themes],
        "today": today,
        "people": [named[n] for n in people if n in named],
        "form": form,
        "found_people": [],
        "typed": "",
        "toast": toast,
    }
    return page(request, "agenda/workshop.html", status=status, **(context | extra))
