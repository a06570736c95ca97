"""From a person's page: deadline and number of a procedure, and what she accepts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.core import clock
from app.core.db import WriteSession
from app.core.errors import Conflict, NotFound
from app.organisations import service as organisations
from app.procedures.models import ProcedureCase
from app.procedures.service import catalogue
from app.residents import agreements
from app.residents import service as residents
from app.residents.agreement_models import Accepts
from app.sessions import cases
from app.sessions.cases import CaseForm
from app.web.forms import Form, Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
SubmittedCase = Annotated[Submitted[CaseForm], Depends(submitted(CaseForm))]


class AgreementForm(Form):
    """What is accepted, or no more."""

    accepts: Accepts = Field(title="Accord")
    is_given: bool = Field(title="Réponse")


class PaperForm(Form):
    """A paper of a procedure: here, or still to bring."""

    has: str = Field(default="", title="Apporté", max_length=200)
    lacks: str = Field(default="", title="À apporter", max_length=200)


@router.post(
    "/beneficiaires/{resident_id}/accords", dependencies=[allow(Permission.WRITE_RESIDENTS)]
)
def agree(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    resident_id: UUID,
    form: Annotated[Submitted[AgreementForm], Depends(submitted(AgreementForm))],
) -> Response:
    """Note that a person accepts, or takes her agreement back."""
    if not form.valid:
        raise NotFound
    now = clock.now()
    agreements.set_agreement(
        db,
        actor,
        resident_id,
        form.data.accepts,
        is_given=form.data.is_given,
        today=organisations.today(db, actor.organisation_id, now=now),
        now=now,
    )
    return done(request, f"/beneficiaires/{resident_id}?geste=enregistre")


@router.get(
    "/beneficiaires/{resident_id}/demarches/{case_id}",
    dependencies=[allow(Permission.WRITE_RESIDENTS)],
)
def edit(
    request: Request, db: WriteDb, actor: CurrentActor, resident_id: UUID, case_id: UUID
) -> Response:
    """Show deadline and number."""
    case = _case(db, resident_id, case_id)
    cipher = residents.subject_ciphers(db, {resident_id})[resident_id]
    form = blank(
        CaseForm,
        deadline_on=case.deadline_on,
        reference=cases.reference_of(case, cipher) or None,
        version=case.version,
    )
    return _form(request, db, actor, resident_id, case, form)


@router.post(
    "/beneficiaires/{resident_id}/demarches/{case_id}",
    dependencies=[allow(Permission.WRITE_RESIDENTS)],
)
def save(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    resident_id: UUID,
    case_id: UUID,
    form: SubmittedCase,
) -> Response:
    """Save deadline and number."""
    now, status = clock.now(), 422
    if form.valid:
        try:
            with form.collecting_errors(db):
                today = organisations.today(db, actor.organisation_id, now=now)
                cases.set_details(db, actor, resident_id, case_id, form.data, today=today, now=now)
        except Conflict as error:
            form.errors[""], status = error.message, 409
            form.raw["version"] = [str(_case(db, resident_id, case_id).version)]
    if form.valid:
        return done(request, f"/beneficiaires/{resident_id}?geste=enregistre")
    case = _case(db, resident_id, case_id)
    return _form(request, db, actor, resident_id, case, form, status=status)


@router.post(
    "/beneficiaires/{resident_id}/demarches/{case_id}/papiers",
    dependencies=[allow(Permission.WRITE_RESIDENTS)],
)
def tick(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    resident_id: UUID,
    case_id: UUID,
    form: Annotated[Submitted[PaperForm], Depends(submitted(PaperForm))],
) -> Response:
    """Tick a paper that the person brought, or untick it."""
    if not form.valid or not (form.data.has or form.data.lacks):
        raise NotFound("Cette démarche ne demande pas ce papier.")
    paper, has = form.data.has or form.data.lacks, bool(form.data.has)
    cases.mark_paper(db, actor, resident_id, case_id, paper, has=has, now=clock.now())
    return done(request, f"/beneficiaires/{resident_id}#d-{case_id}")


def _case(db: WriteSession, resident_id: UUID, case_id: UUID) -> ProcedureCase:
    case = db.get(ProcedureCase, case_id)
    if case is None or case.resident_id != resident_id:
        raise NotFound("Cette démarche n’existe pas.")
    return case


def _form(
    request: Request,
    db: WriteSession,
    actor: Actor,
    resident_id: UUID,
    case: ProcedureCase,
    form: Submitted[CaseForm],
    *,
    status: int = 200,
) -> Response:
    person = residents.read_resident(db, actor, resident_id, now=clock.now())
    title = catalogue(db).find(case.procedure).title
    return page(
        request,
        "residents/case.html",
        status=status,
        form=form,
        person=person,
        title=title,
        case_id=case.id,
    )
