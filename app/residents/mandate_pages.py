"""`/beneficiaires/{id}/mandats`: what a person signed so that one acts in her name."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.core import clock
from app.core.db import WriteSession
from app.organisations import service as organisations
from app.residents import mandates, service
from app.residents.mandates import KINDS, MandateForm
from app.web.forms import Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
PATH = "/beneficiaires/{resident_id}/mandats"
SubmittedMandate = Annotated[Submitted[MandateForm], Depends(submitted(MandateForm))]


@router.get(PATH, dependencies=[allow(Permission.READ_RESIDENTS)])
def show(request: Request, db: WriteDb, actor: CurrentActor, resident_id: UUID) -> Response:
    """List a person's mandates, and a form for a new one."""
    today = organisations.today(db, actor.organisation_id, now=clock.now())
    return _page(request, db, actor, resident_id, blank(MandateForm, signed_on=today))


@router.post(PATH, dependencies=[allow(Permission.WRITE_RESIDENTS)])
def add(
    request: Request, db: WriteDb, actor: CurrentActor, resident_id: UUID, form: SubmittedMandate
) -> Response:
    """Note a mandate."""
    if form.valid:
        now = clock.now()
        with form.collecting_errors(db):
            today = organisations.today(db, actor.organisation_id, now=now)
            mandates.note_mandate(db, actor, resident_id, form.data, today=today, now=now)
    if form.valid:
        return done(request, f"/beneficiaires/{resident_id}?geste=enregistre")
    return _page(request, db, actor, resident_id, form, status=422)


@router.post(PATH + "/{mandate_id}/retirer", dependencies=[allow(Permission.WRITE_RESIDENTS)])
def take_back(
    request: Request, db: WriteDb, actor: CurrentActor, resident_id: UUID, mandate_id: UUID
) -> Response:
    """Note that the person takes a mandate back."""
    now = clock.now()
    today = organisations.today(db, actor.organisation_id, now=now)
    mandates.end_mandate(db, actor, resident_id, mandate_id, today=today, now=now)
    return done(request, f"/beneficiaires/{resident_id}/mandats")


def _page(
    request: Request,
    db: WriteSession,
    actor: Actor,
    resident_id: UUID,
    form: Submitted[MandateForm],
    *,
    status: int = 200,
) -> Response:
    now = clock.now()
    person = service.read_resident(db, actor, resident_id, now=now)
    today = organisations.today(db, actor.organisation_id, now=now)
    return page(
        request,
        "residents/mandates.html",
        status=status,
        person=person,
        mandates=mandates.mandates_of(db, resident_id, today=today),
        form=form,
        kinds=[{"code": code, "label": label} for code, label in KINDS.items()],
        themes=mandates.themes(),
        today=today,
    )
