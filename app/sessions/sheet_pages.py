"""`/beneficiaires/{id}/fiche`: choose what the resident takes home, print it; nothing is kept."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.audit.models import Did
from app.core import clock
from app.core.db import WriteSession
from app.core.languages import LANGUAGES
from app.organisations import service as organisations
from app.residents import agreements, sheet
from app.residents import service as residents
from app.residents.agreement_models import Accepts
from app.residents.service import NamedResident, note_deed
from app.sessions.sheets import Material, SheetForm, material
from app.web.forms import Submitted, blank, submitted
from app.web.render import page

router = APIRouter()
PATH = "/beneficiaires/{resident_id}/fiche"
SubmittedSheet = Annotated[Submitted[SheetForm], Depends(submitted(SheetForm))]


@router.get(PATH, dependencies=[allow(Permission.READ_RESIDENTS)])
def choose(request: Request, db: WriteDb, actor: CurrentActor, resident_id: UUID) -> Response:
    """Show all that the sheet can say, kept; each line can be removed."""
    person = residents.read_resident(db, actor, resident_id, now=clock.now())
    offered = material(db, actor, person, now=clock.now())
    form = blank(
        SheetForm,
        language=person.language,
        names="true" if agreements.accepts(db, resident_id, Accepts.NAMED_SHEET) else None,
        done=list(offered.done),
        bring=offered.facts.papers,
        blocks=[one.code for one in offered.blocks],
    )
    return _choose(request, person, offered, form)


@router.post(PATH, dependencies=[allow(Permission.WRITE_RESIDENTS)])
def give(
    request: Request, db: WriteDb, actor: CurrentActor, resident_id: UUID, form: SubmittedSheet
) -> Response:
    """Make the sheet: a PDF, or a page to print; keep only whether procedures may be named."""
    person = residents.read_resident(db, actor, resident_id, now=clock.now())
    offered = material(db, actor, person, now=clock.now())
    if not form.valid:
        return _choose(request, person, offered, form, status=422)
    _note(db, actor, resident_id, names=form.data.names)
    made = sheet.compose(offered.kept(form.data), form.data.language, names=form.data.names)
    if form.data.as_page:
        back = f"/beneficiaires/{resident_id}"
        return page(request, "print/sheet.html", sheet=made, size=form.data.paper, back=back)
    return Response(
        sheet.as_pdf(made, form.data.paper),
        media_type="application/pdf",
        headers={"Content-Disposition": 'inline; filename="fiche.pdf"'},
    )


def _note(db: WriteSession, actor: Actor, resident_id: UUID, *, names: bool) -> None:
    now = clock.now()
    agreements.set_agreement(
        db,
        actor,
        resident_id,
        Accepts.NAMED_SHEET,
        is_given=names,
        today=organisations.today(db, actor.organisation_id, now=now),
        now=now,
    )
    note_deed(db, actor, Did.GIVE_SHEET, resident_id, now=now)


def _choose(
    request: Request,
    person: NamedResident,
    offered: Material,
    form: Submitted[SheetForm],
    *,
    status: int = 200,
) -> Response:
    return page(
        request,
        "residents/sheet.html",
        status=status,
        person=person,
        form=form,
        offered=offered,
        languages=[{"code": code, "label": label} for code, label in LANGUAGES.items()],
        sizes=[{"code": code, "label": label} for code, label in sheet.PAPERS.items()],
    )
