"""`/activites/{id}/nommer`: say who somebody was who had stayed anonymous; the past comes along."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.core import clock
from app.core.db import WriteSession
from app.core.errors import NotFound
from app.residents import finding
from app.sessions import history, logging_page, service
from app.sessions.forms import SessionForm, Who
from app.sessions.models import AssistedSession, SessionKind
from app.web.forms import Form, Submitted, blank, check, submitted
from app.web.render import done, page

router = APIRouter()
PATH = "/activites/{session_id}/nommer"
MOST_FOUND = 8


class NameForm(Form):
    """What is typed to find somebody, or who was picked."""

    q: str = Field(default="", title="Nom, prénom ou année", max_length=120)
    resident_id: UUID | None = Field(default=None, title="Personne")


@router.get(PATH, dependencies=[allow(Permission.LOG_SESSION)])
def ask(request: Request, db: WriteDb, actor: CurrentActor, session_id: UUID) -> Response:
    """Ask who it was: somebody seen lately, or searched for."""
    session = _anonymous(db, session_id)
    return _page(request, db, actor, session, blank(NameForm))


@router.post(PATH, dependencies=[allow(Permission.LOG_SESSION)])
def name(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    session_id: UUID,
    form: Annotated[Submitted[NameForm], Depends(submitted(NameForm))],
) -> Response:
    """Give the visit to the person picked; without one, search for what was typed."""
    session = _anonymous(db, session_id)
    if not form.valid or form.data.resident_id is None:
        return _page(request, db, actor, session, form, status=200 if form.valid else 422)
    person_id = form.data.resident_id
    typed = logging_page.as_typed(db, session) | {"who": Who.RESIDENT, "resident_id": person_id}
    rewritten = check(SessionForm, blank(SessionForm, **typed).raw)
    if rewritten.valid:
        with form.collecting_errors(db):
            service.correct_session(db, actor, session_id, rewritten.data, now=clock.now())
    if rewritten.valid and form.valid:
        return done(request, f"/beneficiaires/{person_id}?corrige={session_id}")
    form.errors |= rewritten.errors
    form.errors = {"": next(iter(form.errors.values()))}
    return _page(request, db, actor, _anonymous(db, session_id), form, status=422)


def _anonymous(db: WriteSession, session_id: UUID) -> AssistedSession:
    session = service.whole_session(db, session_id)
    named = session.attendances and session.attendances[0].resident_id
    if session.kind is not SessionKind.INDIVIDUAL or named:
        raise NotFound("Cette activité a déjà un nom, ou n’en attend pas.")
    return session


def _page(
    request: Request,
    db: WriteSession,
    actor: Actor,
    session: AssistedSession,
    form: Submitted[NameForm],
    *,
    status: int = 200,
) -> Response:
    now, typed = clock.now(), form.value("q").strip()
    found = (
        finding.search_residents(db, actor, typed, now=now, limit=MOST_FOUND)
        if typed
        else finding.recent_residents(db, actor, now=now)
    )
    return page(
        request,
        "sessions/name.html",
        block="found",
        status=status,
        form=form,
        session=session,
        line=history.line(db, session),
        found=found,
        typed=typed,
        today=logging_page.here(db, actor, now=now).today,
    )
