"""Pages of `/activites`: noting an activity, in one screen, with or without JavaScript."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, Db, WriteDb, allow
from app.accounts.permissions import Permission
from app.agenda.service import follow_up, opened
from app.core import clock
from app.core.db import WriteSession
from app.core.errors import Conflict, NotFound
from app.core.ids import new_id
from app.procedures.service import catalogue
from app.residents import finding
from app.residents import service as residents
from app.sessions import history, logging_page, service
from app.sessions.assessment_view import noted
from app.sessions.conflict import what_differs
from app.sessions.drafts import last_draft, open_draft
from app.sessions.forms import SessionForm, Who
from app.sessions.models import AssistedSession, SessionKind
from app.sessions.notices import JustDone, back_with
from app.web.conflict import Difference
from app.web.forms import Form, Submitted, blank, check, submitted
from app.web.render import done, fragment, page

router = APIRouter()
SubmittedSession = Annotated[Submitted[SessionForm], Depends(submitted(SessionForm))]
TEMPLATE = "sessions/log.html"


@router.get("/activites/nouvelle", dependencies=[allow(Permission.LOG_SESSION)])
def new(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    just_done: JustDone,
    comme: UUID | None = None,
    suivi: UUID | None = None,
    personne: UUID | None = None,
    demarche: str | None = None,
    diagnostic: UUID | None = None,
    brouillon: UUID | None = None,
) -> Response:
    """Show the form, prefilled from a draft, or from an activity, a follow-up, a person."""
    now = clock.now()
    if brouillon is not None:
        return _show(request, db, actor, Submitted(SessionForm, open_draft(db, actor, brouillon)))
    where = logging_page.here(db, actor, now=now)
    known: dict[str, Any] = {}
    if comme is not None:
        known = logging_page.same_again(service.whole_session(db, comme))
    if suivi is not None:
        row = follow_up(db, suivi)
        planned = opened(db, actor, [row])[0]
        known |= {"settles": suivi, "resident_id": planned.resident_id}
        demarche = demarche or planned.procedure
    if personne is not None:
        personne = residents.joined_with(db, personne) or personne
        known |= {"resident_id": personne, "back": f"/beneficiaires/{personne}"}
        if diagnostic is not None:
            known |= noted(db, personne, diagnostic)
    if known.get("resident_id"):
        known["who"] = Who.RESIDENT.value
    if demarche is not None and catalogue(db).get(demarche):
        known["procedures"] = [demarche]
        known["duration_min"] = logging_page.usual_length(db, actor, now=now, procedure=demarche)
    form = logging_page.fresh_form(db, actor, where, now=now, **known)
    draft = None if known else last_draft(db, actor, now=now)
    toast = just_done.notice("/activites/nouvelle")
    return _show(request, db, actor, form, toast=toast, draft=draft)


@router.post("/activites", dependencies=[allow(Permission.LOG_SESSION)])
def log(request: Request, db: WriteDb, actor: CurrentActor, form: SubmittedSession) -> Response:
    """Save an activity; without JavaScript, the same address also answers a search or a choice."""
    if _is_a_step(form):
        return _take_a_step(request, db, actor, form)
    if form.valid:
        now = clock.now()
        try:
            with form.collecting_errors(db):
                session = service.log_session(db, actor, form.data, now=now)
        except Conflict as error:
            form.raw["id"], form.errors[""] = [str(new_id())], error.message
        if form.valid and session.recorded_at != now:
            other = _other(db, actor, session, form)
            if other:
                return _show_conflict(request, db, actor, form, session, other)
        if form.valid:
            if form.value("then") == "another":
                return done(request, f"/activites/nouvelle?note={session.id}")
            return done(request, back_with(form.value("back"), "/", note=session.id))
    return _show(request, db, actor, form, status=422)


def _is_a_step(form: Submitted[SessionForm]) -> bool:
    return any(map(form.value, ("step", "pick", "pick_person", "pick_other")))


def _take_a_step(
    request: Request,
    db: WriteSession,
    actor: Actor,
    form: Submitted[SessionForm],
    **extra: Any,
) -> Response:
    """Search, choose or add a card without JavaScript: the page comes back, all typing kept."""
    form.errors.clear()
    kind, _, code = form.value("pick").partition(":")
    if kind in ("procedures", "themes") and code:
        form.raw.setdefault(kind, []).append(code)
    if form.value("step") == "change_person":
        form.raw.pop("resident_id", None)
    if form.value("pick_person"):
        form.raw["resident_id"], form.raw["who"] = [form.value("pick_person")], ["resident"]
    if form.value("step") == "search" and form.value("q"):
        extra["found"] = history.found(db, form.value("q"))
    if form.value("pick_other"):
        form.raw.setdefault("others", []).append(form.value("pick_other"))
    if form.value("step") == "other" and form.value("other_q"):
        extra["found_others"] = finding.search_residents(
            db, actor, form.value("other_q"), now=clock.now()
        )
    if form.value("step") == "new_person":
        form.raw["who"] = [Who.NEW.value]
    if form.value("who") == Who.NEW.value and not form.value("given_name"):
        given, _, family = form.value("person_q").strip().partition(" ")
        form.raw |= {"given_name": [given], "family_name": [family.strip()], "person_q": [""]}
    if form.value("step") in ("search", "find_person") and form.value("person_q"):
        form.raw["who"] = ["resident"]
        extra["found_people"] = finding.search_residents(
            db, actor, form.value("person_q"), now=clock.now()
        )
    return _show(request, db, actor, form, **extra)


def _show(
    request: Request,
    db: WriteSession,
    actor: Actor,
    form: Submitted[SessionForm],
    *,
    status: int = 200,
    **extra: Any,
) -> Response:
    context = logging_page.context(db, actor, form, now=clock.now()) | {
        "heading": "Noter un accompagnement",
        "action": "/activites",
        "correcting": False,
        "draft": None,
        "conflict": None,
    }
    context |= extra
    return page(request, TEMPLATE, block="form", status=status, **context)


@router.get("/activites/nouvelle/carte", dependencies=[allow(Permission.LOG_SESSION)])
def card(request: Request, db: WriteDb, actor: CurrentActor, choix: str) -> Response:
    """Give the card of one thing just chosen (`procedures:slug` or `themes:code`)."""
    kind, _, code = choix.partition(":")
    found = logging_page.card(db, kind, code)
    if found is None:
        raise NotFound
    where = logging_page.here(db, actor, now=clock.now())
    form = logging_page.fresh_form(db, actor, where, now=clock.now())
    shown = logging_page.card_context() | {"card": found, "form": form}
    return fragment(request, "sessions/card.html", "card", **shown)


class SearchForm(Form):
    """What is typed in a search of the form; a name never stands in an address."""

    q: str = Field(default="", title="Recherche", max_length=80)
    person_q: str = Field(default="", title="Recherche", max_length=80)
    other_q: str = Field(default="", title="Recherche", max_length=80)


SubmittedSearch = Annotated[Submitted[SearchForm], Depends(submitted(SearchForm))]


@router.post("/activites/nouvelle/sujets", dependencies=[allow(Permission.LOG_SESSION)])
def find_subjects(request: Request, db: Db, form: SubmittedSearch) -> Response:
    """Find procedures and skills as one types."""
    text = form.data.q if form.valid else ""
    found = history.found(db, text) if text.strip() else []
    return fragment(request, "sessions/found.html", "subjects", found=found, typed=text)


@router.post("/activites/nouvelle/personnes", dependencies=[allow(Permission.READ_RESIDENTS)])
def find_people(
    request: Request, db: WriteDb, actor: CurrentActor, form: SubmittedSearch
) -> Response:
    """Find residents as one types."""
    text = form.data.person_q if form.valid else ""
    found = finding.search_residents(db, actor, text, now=clock.now()) if text.strip() else []
    return fragment(request, "sessions/found.html", "people", found_people=found, typed=text)


class OtherForm(Form):
    """Somebody else tapped."""

    pick_other: UUID = Field(title="Personne")


@router.get("/activites/nouvelle/autre", dependencies=[allow(Permission.READ_RESIDENTS)])
def search_other(request: Request) -> Response:
    """Show the search of somebody else who was helped at the same time."""
    return fragment(request, "sessions/others.html", "search", found_others=[])


@router.post("/activites/nouvelle/autres", dependencies=[allow(Permission.READ_RESIDENTS)])
def find_others(
    request: Request, db: WriteDb, actor: CurrentActor, form: SubmittedSearch
) -> Response:
    """Find somebody else as one types."""
    text = form.data.other_q if form.valid else ""
    found = finding.search_residents(db, actor, text, now=clock.now()) if text.strip() else []
    return fragment(request, "sessions/others.html", "found", found_others=found, typed=text)


@router.post("/activites/nouvelle/autre", dependencies=[allow(Permission.READ_RESIDENTS)])
def add_other(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    form: Annotated[Submitted[OtherForm], Depends(submitted(OtherForm))],
) -> Response:
    """Show who else was there."""
    chosen = form.data.pick_other if form.valid else None
    named = residents.name_residents(db, actor, [chosen] if chosen else [], now=clock.now())
    if chosen not in named:
        raise NotFound
    return fragment(request, "sessions/others.html", "one", person=named[chosen])


@router.get("/activites/nouvelle/personne", dependencies=[allow(Permission.READ_RESIDENTS)])
def change_person(request: Request, db: WriteDb, actor: CurrentActor) -> Response:
    """Show the search again, to choose somebody else."""
    now = clock.now()
    where = logging_page.here(db, actor, now=now)
    people = logging_page.people_here(db, actor, where, now=now)
    form = logging_page.fresh_form(db, actor, where, now=now)
    return fragment(
        request,
        "sessions/found.html",
        "person_search",
        form=form,
        people=people,
        found_people=[],
    )


class PersonForm(Form):
    """The person tapped."""

    pick_person: UUID = Field(title="Personne")


@router.post("/activites/nouvelle/personne", dependencies=[allow(Permission.READ_RESIDENTS)])
def choose_person(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    form: Annotated[Submitted[PersonForm], Depends(submitted(PersonForm))],
) -> Response:
    """Show who was chosen."""
    if not form.valid:
        raise NotFound
    chosen = form.data.pick_person
    named = residents.name_residents(db, actor, [chosen], now=clock.now())
    if chosen not in named:
        raise NotFound
    return fragment(request, "sessions/found.html", "person", person=named[chosen])


@router.get("/activites/{session_id}", dependencies=[allow(Permission.LOG_SESSION)])
def refused_correction(request: Request, session_id: UUID) -> Response:
    """Lead on from the address that a refused correction leaves behind."""
    return done(request, f"/activites/{session_id}/corriger")


@router.get("/activites/{session_id}/corriger", dependencies=[allow(Permission.LOG_SESSION)])
def correct(request: Request, db: WriteDb, actor: CurrentActor, session_id: UUID) -> Response:
    """Show an activity in the form that noted it."""
    session = service.whole_session(db, session_id)
    if session.kind is SessionKind.WORKSHOP:
        return done(request, f"/activites/{session_id}/atelier")
    if session.kind is not SessionKind.INDIVIDUAL:
        raise NotFound("Un passage rapide ne se corrige pas. Supprimez-le, et notez-le à nouveau.")
    where = logging_page.here(db, actor, now=clock.now())
    form = logging_page.fresh_form(
        db, actor, where, now=clock.now(), **logging_page.as_typed(db, session)
    )
    return _show_correction(request, db, actor, form, session_id)


@router.post("/activites/{session_id}", dependencies=[allow(Permission.LOG_SESSION)])
def save_correction(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    session_id: UUID,
    form: SubmittedSession,
) -> Response:
    """Save a correction; when another tab was first, both values are shown."""
    if _is_a_step(form):
        return _take_a_step(request, db, actor, form, **_correction(session_id))
    if form.valid:
        try:
            with form.collecting_errors(db):
                service.correct_session(db, actor, session_id, form.data, now=clock.now())
        except Conflict as error:
            stored = service.whole_session(db, session_id)
            other = _other(db, actor, stored, form)
            return _show_conflict(request, db, actor, form, stored, other, error.message)
        if form.valid:
            return done(request, f"/activites?corrige={session_id}")
    return _show_correction(request, db, actor, form, session_id, status=422)


def _other(
    db: WriteSession, actor: Actor, stored: AssistedSession, form: Submitted[SessionForm]
) -> list[Difference]:
    saved = check(SessionForm, blank(SessionForm, **logging_page.as_typed(db, stored)).raw)
    return what_differs(db, actor, saved, form, now=clock.now())


def _show_conflict(
    request: Request,
    db: WriteSession,
    actor: Actor,
    form: Submitted[SessionForm],
    stored: AssistedSession,
    other: list[Difference],
    message: str = "Cette activité est déjà enregistrée, avec d’autres réponses.",
) -> Response:
    form.raw["version"], form.errors["version"] = [str(stored.version)], message
    conflict = {"message": message, "differences": other, "id": stored.id}
    return _show_correction(request, db, actor, form, stored.id, status=409, conflict=conflict)


def _show_correction(
    request: Request,
    db: WriteSession,
    actor: Actor,
    form: Submitted[SessionForm],
    session_id: UUID,
    *,
    status: int = 200,
    conflict: dict[str, Any] | None = None,
) -> Response:
    extra = _correction(session_id) | {"conflict": conflict}
    return _show(request, db, actor, form, status=status, **extra)


def _correction(session_id: UUID) -> dict[str, Any]:
    return {
        "heading": "Corriger une activité",
        "action": f"/activites/{session_id}",
        "today_list": [],
        "correcting": True,
    }
