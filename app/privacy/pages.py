"""Erasing a person from her file's page: what will happen is said first, and a word is asked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.actor import Actor
from app.accounts.current import AppDatabase, CurrentActor, allow
from app.accounts.permissions import Permission
from app.core import clock
from app.core.db import Database
from app.core.scope import Scope
from app.privacy import erasing
from app.privacy.erasing import Why
from app.privacy.forms import EraseForm
from app.residents import service as residents
from app.web.forms import Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
SubmittedErasure = Annotated[Submitted[EraseForm], Depends(submitted(EraseForm))]
REASONS = (
    {"code": Why.OBJECTS.value, "label": "La personne ne veut pas de fiche"},
    {"code": Why.ASKED.value, "label": "La personne demande l’effacement"},
    {"code": Why.MISTAKE.value, "label": "La fiche est une erreur"},
)


@router.get(
    "/beneficiaires/{resident_id}/effacer", dependencies=[allow(Permission.WRITE_RESIDENTS)]
)
def ask(
    request: Request, database: AppDatabase, actor: CurrentActor, resident_id: UUID
) -> Response:
    """Say what goes and what stays, and ask for the word."""
    return _page(request, database, actor, resident_id, blank(EraseForm))


@router.post(
    "/beneficiaires/{resident_id}/effacer", dependencies=[allow(Permission.WRITE_RESIDENTS)]
)
def erase(
    request: Request,
    database: AppDatabase,
    actor: CurrentActor,
    resident_id: UUID,
    form: SubmittedErasure,
) -> Response:
    """Erase the person, once the word is typed."""
    if not form.valid:
        return _page(request, database, actor, resident_id, form, status=422)
    now = clock.now()
    with database.writing(actor.scope) as db:
        residents.read_resident(db, actor, resident_id, now=now)
    with database.writing(Scope.system("erasure")) as db:
        erasing.erase(db, resident_id, why=form.data.why, by=actor.account_id, now=now)
    database.leave_no_trace()
    return done(request, "/?geste=efface")


def _page(
    request: Request,
    database: Database,
    actor: Actor,
    resident_id: UUID,
    form: Submitted[EraseForm],
    *,
    status: int = 200,
) -> Response:
    with database.writing(actor.scope) as db:
        person = residents.read_resident(db, actor, resident_id, now=clock.now())
    return page(
        request, "privacy/erase.html", status=status, form=form, person=person, reasons=REASONS
    )
