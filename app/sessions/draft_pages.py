"""Drafts of an activity: kept as one types, taken up again or thrown away."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.core import clock
from app.sessions.drafts import drop_draft, keep_draft
from app.sessions.forms import SessionForm
from app.sessions.models import AssistedSession
from app.web.forms import Submitted, submitted
from app.web.render import done

router = APIRouter()
Anything = Annotated[Submitted[SessionForm], Depends(submitted(SessionForm))]


@router.post("/activites/brouillons", dependencies=[allow(Permission.LOG_SESSION)])
def keep(db: WriteDb, actor: CurrentActor, form: Anything) -> Response:
    """Keep the form as it stands; what is saved already, or has no number, is no draft."""
    try:
        number = UUID(form.value("id"))
    except ValueError:
        return Response(status_code=204)
    if db.get(AssistedSession, number) is None:
        keep_draft(db, actor, number, form.raw, now=clock.now())
    return Response(status_code=204)


@router.post("/activites/brouillons/{draft_id}/jeter", dependencies=[allow(Permission.LOG_SESSION)])
def throw_away(request: Request, db: WriteDb, draft_id: UUID) -> Response:
    """Throw a draft away."""
    drop_draft(db, draft_id)
    return done(request, "/activites/nouvelle")
