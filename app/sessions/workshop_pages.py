"""Noting a workshop held, planned or not: who came, how many stay anonymous, and correcting it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.agenda import registrations
from app.agenda import workshops as planned
from app.agenda.workshop_forms import MOST_PEOPLE
from app.agenda.workshop_models import WorkshopState
from app.core import clock
from app.core.db import ReadSession, WriteSession
from app.core.errors import Conflict, NotFound
from app.core.ids import new_id
from app.organisations import service as organisations
from app.reference import vocabularies
from app.reference.communes import commune_typed
from app.residents import finding
from app.residents import service as residents
from app.sessions import logging_page, workshops
from app.sessions.models import AssistedSession
from app.sessions.notes import note_of
from app.sessions.notices import back_with
from app.sessions.tags import tag_choices
from app.sessions.workshop_forms import HeldForm
from app.web.forms import Form, Submitted, blank, submitted
from app.web.render import done, fragment, page

router = APIRouter()
SubmittedHeld = Annotated[Submitted[HeldForm], Depends(submitted(HeldForm))]
USUAL_WORKSHOP_MIN = 90


@router.get("/activites/atelier", dependencies=[allow(Permission.LOG_SESSION)])
def new(request: Request, db: WriteDb, actor: CurrentActor, prevu: UUID | None = None) -> Response:
    """Show the form of a workshop held, filled from the one that was planned."""
    where = logging_page.here(db, actor, now=clock.now())
    facts: dict[str, Any] = {
        "id": new_id(),
        "held_on": where.today.isoformat(),
        "place_id": where.place.id if where.place else None,
        "mode": "lieu_activite",
        "duration_min": USUAL_WORKSHOP_MIN,
        "anonymous": 0,
    }
    if prevu is not None:
        row = planned.workshop(db, prevu)
        if row.state is WorkshopState.HELD:
            return done(request, f"/activites/{row.session_id}/atelier")
        came = registrations.people_of(db, row)
        people = [one.resident_id for one in came.seated if one.resident_id]
        facts |= {
            "workshop": row.id,
            "title": row.title,
            "level": row.level,
            "themes": row.themes,
            "held_on": min(row.planned_on, where.today).isoformat(),
            "place_id": row.place_id,
            "duration_min": row.duration_min,
            "people": people,
            "present": people,
            "waiting": [one.resident_id for one in came.waiting if one.resident_id],
            "anonymous": sum(one.resident_id is None for one in came.seated),
        }
    return _show(request, db, actor, blank(HeldForm, **facts), "/activites/atelier")


@router.post("/activites/atelier", dependencies=[allow(Permission.LOG_SESSION)])
def save(request: Request, db: WriteDb, actor: CurrentActor, form: SubmittedHeld) -> Response:
    """Save a workshop held; without JavaScript the same address searches and adds people."""
    if form.value("step") or form.value("add"):
        return _take_a_step(request, db, actor, form, "/activites/atelier")
    status, held = 422, None
    if form.valid:
        try:
            with form.collecting_errors(db):
                session = workshops.hold(db, actor, form.data, now=clock.now())
        except planned.AlreadyHeld as error:
            db.rollback()
            form.errors["workshop"], status, held = error.message, 409, error.session_id
        except Conflict as error:
            form.raw["id"], form.errors[""] = [str(new_id())], error.message
    if form.valid:
        return done(request, back_with(form.value("back"), "/", note=session.id))
    return _show(request, db, actor, form, "/activites/atelier", status=status, already_held=held)


@router.get("/activites/{session_id}/atelier", dependencies=[allow(Permission.LOG_SESSION)])
def correct(request: Request, db: WriteDb, actor: CurrentActor, session_id: UUID) -> Response:
    """Show a workshop held in the form that noted it."""
    session = workshops.held(db, session_id)
    form = blank(HeldForm, **_as_typed(db, session))
    return _show(request, db, actor, form, f"/activites/{session_id}/atelier")


@router.post("/activites/{session_id}/atelier", dependencies=[allow(Permission.LOG_SESSION)])
def save_correction(
    request: Request, db: WriteDb, actor: CurrentActor, session_id: UUID, form: SubmittedHeld
) -> Response:
    """Save a correction; when another tab was first, it is said and all typing is kept."""
    action = f"/activites/{session_id}/atelier"
    if form.value("step") or form.value("add"):
        return _take_a_step(request, db, actor, form, action)
    status = 422
    if form.valid:
        try:
            with form.collecting_errors(db):
                workshops.correct(db, actor, session_id, form.data, now=clock.now())
        except Conflict as error:
            form.raw["version"] = [str(workshops.held(db, session_id).version)]
            form.errors["version"], status = f"{error.message} « Enregistrer » garde la vôtre.", 409
    if form.valid:
        return done(request, f"/activites?corrige={session_id}")
    return _show(request, db, actor, form, action, status=status)


def _as_typed(db: ReadSession, session: AssistedSession) -> dict[str, Any]:
    """Give a stored workshop as the form would have been filled."""
    named = [a.resident_id for a in session.attendances if a.resident_id is not None]
    anonymous = [a for a in session.attendances if a.resident_id is None]
    facts: dict[str, Any] = {
        "id": session.id,
        "version": session.version,
        "title": session.title,
        "level": session.level,
        "themes": [t.theme for t in session.themes],
        "held_on": session.held_on.isoformat(),
        "place_id": session.place_id,
        "mode": session.mode,
        "commune": commune_typed(session.commune),
        "duration_min": session.duration_min,
        "material": session.material,
        "people": named,
        "present": named,
        "anonymous": len(anonymous),
        "tags": session.tags,
        "note": note_of(db, session) or None,
    }
    told = [a.is_first for a in anonymous if a.is_first is not None]
    if told:
        facts["already"] = told.count(False)
    for name in workshops.PROFILES:
        for attendance in anonymous:
            code = getattr(attendance, name)
            if code != workshops.UNSAID:
                facts[f"{name}-{code}"] = facts.get(f"{name}-{code}", 0) + 1
    return facts


def _take_a_step(
    request: Request,
    db: WriteSession,
    actor: Actor,
    form: Submitted[HeldForm],
    action: str,
) -> Response:
    """Search or add somebody without JavaScript: the page comes back, all typing kept."""
    form.errors.clear()
    extra: dict[str, Any] = {}
    if form.value("add"):
        for name in ("people", "present"):
            form.raw.setdefault(name, []).append(form.value("add"))
        form.raw["person_q"] = [""]
    elif form.value("person_q"):
        extra["found_people"] = finding.search_residents(
            db, actor, form.value("person_q"), now=clock.now()
        )
    return _show(request, db, actor, form, action, **extra)


def _show(
    request: Request,
    db: WriteSession,
    actor: Actor,
    form: Submitted[HeldForm],
    action: str,
    *,
    status: int = 200,
    **extra: Any,
) -> Response:
    now = clock.now()
    where = logging_page.here(db, actor, now=now)
    waiting = logging_page.readable_ids(form.values("waiting"))
    numbers = logging_page.readable_ids([*form.values("people"), *form.values("present")])
    named = residents.name_residents(db, actor, [*numbers, *waiting], now=now)
    context: dict[str, Any] = {
        "form": form,
        "action": action,
        "heading": "Corriger un atelier" if form.value("version") else "Atelier tenu",
        "here": where,
        "day_said": logging_page.day_said(form.value("held_on"), where.today),
        "places_open": where.places,
        "durations": organisations.usual_durations(db, actor.organisation_id),
        "people": [named[n] for n in numbers if n in named and n not in waiting],
        "waiting": [named[n] for n in waiting if n in named],
        "themes": vocabularies.themes("digital"),
        "vocabulary": vocabularies.values,
        "tags": tag_choices(db, actor, form.values("tags"), on=where.today),
        "most": MOST_PEOPLE,
        "found_people": [],
        "already_held": None,
    }
    return page(request, "sessions/workshop.html", block="form", status=status, **(context | extra))


class PeopleForm(Form):
    """What is typed to find somebody who came; a name never stands in an address."""

    person_q: str = Field(default="", title="Recherche", max_length=80)


@router.post("/activites/atelier/personnes", dependencies=[allow(Permission.READ_RESIDENTS)])
def find_people(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    form: Annotated[Submitted[PeopleForm], Depends(submitted(PeopleForm))],
) -> Response:
    """Find residents as one types."""
    text = form.data.person_q if form.valid else ""
    found = finding.search_residents(db, actor, text, now=clock.now()) if text.strip() else []
    return fragment(
        request, "sessions/workshop_people.html", "found", found_people=found, typed=text
    )


class AddForm(Form):
    """The person tapped."""

    add: UUID = Field(title="Personne")


@router.post("/activites/atelier/personne", dependencies=[allow(Permission.READ_RESIDENTS)])
def add_person(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    form: Annotated[Submitted[AddForm], Depends(submitted(AddForm))],
) -> Response:
    """Give the row of somebody who came."""
    named = (
        residents.name_residents(db, actor, [form.data.add], now=clock.now()) if form.valid else {}
    )
    if not form.valid or form.data.add not in named:
        raise NotFound
    person = named[form.data.add]
    return fragment(request, "sessions/workshop_people.html", "row", person=person, present=True)
