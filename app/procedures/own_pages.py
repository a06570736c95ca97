"""`/administration/demarches`: what a structure adds to the catalogue, and what it hides."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, Db, WriteDb, allow
from app.accounts.permissions import Permission
from app.accounts.said import Said
from app.core import clock
from app.core.db import ReadSession, WriteSession
from app.core.text import clean
from app.organisations import service as organisations
from app.procedures import local
from app.procedures.forms import HideForm, LocalProcedureForm, theme_choices
from app.procedures.models import Procedure
from app.procedures.service import catalogue
from app.reference import vocabularies
from app.web.forms import Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
HERE = "/administration/demarches"
PROPOSES = [allow(Permission.PROPOSE_PROCEDURES)]
WRITES = [allow(Permission.WRITE_PROCEDURES)]
FOUND = 8
SENTENCES = {
    "enregistre": "Enregistré",
    "proposee": "Proposée. Votre coordinateur ou administrateur la relira.",
    "retirer": "Démarche retirée. Les activités passées gardent son nom.",
    "remettre": "La démarche est proposée à toute la structure.",
    "masquer": "Démarche masquée. Les activités passées gardent son nom.",
    "montrer": "Démarche de nouveau proposée.",
}
SubmittedProcedure = Annotated[
    Submitted[LocalProcedureForm], Depends(submitted(LocalProcedureForm))
]
SubmittedHide = Annotated[Submitted[HideForm], Depends(submitted(HideForm))]
Typed = Annotated[str, Query(max_length=200)]


@router.get(HERE, dependencies=PROPOSES)
def own(
    request: Request,
    db: Db,
    actor: CurrentActor,
    structure: UUID | None = None,
    q: Typed = "",
    geste: Typed = "",
) -> Response:
    """List the structure's own procedures and those it hides; find one to hide."""
    here = local.structure_for(actor, structure, local.PROPOSERS)
    may_write = here in local.structures_of(actor, local.WRITERS)
    mine = frozenset(local.structures_of(actor, local.PROPOSERS))
    rows = organisations.organisations(db, mine)
    return page(
        request,
        "administration_procedures/list.html",
        organisation=next(o for o in rows if o.id == here),
        others=[o for o in rows if o.id != here],
        may_write=may_write,
        own=local.own_procedures(db, here),
        hidden=local.hidden_procedures(db, here) if may_write else [],
        typed=clean(q)[:80],
        found=_official(db, clean(q)[:80]) if may_write else [],
        icons={theme.code: theme.icon for theme in vocabularies.procedure_themes()},
        toast=Said(SENTENCES[geste]) if geste in SENTENCES else None,
    )


@router.get(f"{HERE}/nouvelle", dependencies=PROPOSES)
def new(request: Request, actor: CurrentActor, structure: UUID | None = None) -> Response:
    """Show an empty form."""
    here = local.structure_for(actor, structure, local.PROPOSERS)
    form = blank(LocalProcedureForm, organisation_id=here)
    return _form_page(request, form, HERE, _heading(actor, here))


@router.post(HERE, dependencies=PROPOSES)
def add(request: Request, db: WriteDb, actor: CurrentActor, form: SubmittedProcedure) -> Response:
    """Write a procedure, or propose it."""
    if form.valid:
        with form.collecting_errors(db):
            made = local.add(db, actor, form.data, now=clock.now())
        if form.valid:
            gesture = "proposee" if made.is_proposed else "enregistre"
            return done(request, f"{HERE}?structure={made.organisation_id}&geste={gesture}")
    return _form_page(request, form, HERE, "Une démarche de la structure", status=422)


@router.get(f"{HERE}/{{slug}}", dependencies=WRITES)
def one(request: Request, db: Db, actor: CurrentActor, slug: str) -> Response:
    """Show a local procedure to change it."""
    row = local.own_procedure(db, actor, slug)
    form = blank(
        LocalProcedureForm,
        title=row.title,
        short_title=row.short_title,
        theme=row.theme,
        provider=row.provider,
        address=f"https://{row.host}" if row.host else "",
        synonyms="\n".join(row.synonyms),
        documents="\n".join(row.documents),
    )
    return _form_page(request, form, f"{HERE}/{slug}", "Modifier une démarche de la structure")


@router.post(f"{HERE}/{{slug}}", dependencies=WRITES)
def change(
    request: Request, db: WriteDb, actor: CurrentActor, slug: str, form: SubmittedProcedure
) -> Response:
    """Change a local procedure; a proposal is accepted by that."""
    row = local.own_procedure(db, actor, slug)
    here = f"{HERE}?structure={row.organisation_id}&geste=enregistre"
    if form.valid:
        with form.collecting_errors(db):
            local.change(db, actor, slug, form.data, now=clock.now())
        if form.valid:
            return done(request, here)
    heading = "Modifier une démarche de la structure"
    return _form_page(request, form, f"{HERE}/{slug}", heading, status=422)


@router.post(f"{HERE}/{{slug}}/retirer", dependencies=WRITES)
def retire(request: Request, db: WriteDb, actor: CurrentActor, slug: str) -> Response:
    """Take a local procedure out of use, or refuse a proposal."""
    return _set_use(request, db, actor, slug, "retirer")


@router.post(f"{HERE}/{{slug}}/remettre", dependencies=WRITES)
def take_back(request: Request, db: WriteDb, actor: CurrentActor, slug: str) -> Response:
    """Put a local procedure in use: one that was retired, or a proposal."""
    return _set_use(request, db, actor, slug, "remettre")


@router.post(f"{HERE}/{{slug}}/masquer", dependencies=WRITES)
def hide(
    request: Request, db: WriteDb, actor: CurrentActor, slug: str, form: SubmittedHide
) -> Response:
    """Hide an official procedure in a structure."""
    return _set_hidden(request, db, actor, slug, form, "masquer")


@router.post(f"{HERE}/{{slug}}/montrer", dependencies=WRITES)
def show(
    request: Request, db: WriteDb, actor: CurrentActor, slug: str, form: SubmittedHide
) -> Response:
    """Offer a hidden procedure again."""
    return _set_hidden(request, db, actor, slug, form, "montrer")


def _set_use(request: Request, db: WriteSession, actor: Actor, slug: str, gesture: str) -> Response:
    row = local.own_procedure(db, actor, slug)
    now = clock.now()
    today = organisations.today(db, row.organisation_id, now=now)
    local.set_use(db, actor, slug, in_use=gesture == "remettre", today=today, now=now)
    return done(request, f"{HERE}?structure={row.organisation_id}&geste={gesture}#t-own")


def _set_hidden(
    request: Request,
    db: WriteSession,
    actor: Actor,
    slug: str,
    form: Submitted[HideForm],
    gesture: str,
) -> Response:
    asked = form.data.organisation_id if form.valid else None
    here = local.structure_for(actor, asked, local.WRITERS)
    now = clock.now()
    today = organisations.today(db, here, now=now)
    local.set_hidden(db, actor, slug, here, hidden=gesture == "masquer", today=today, now=now)
    return done(request, f"{HERE}?structure={here}&geste={gesture}#t-hidden")


def _official(db: ReadSession, typed: str) -> list[Procedure]:
    every = catalogue(db)
    matches = every.search(typed, limit=FOUND) if typed else []
    found = [every.find(m.entry_slug) for m in matches if m.kind == "procedure"]
    return [procedure for procedure in found if not procedure.is_local]


def _heading(actor: Actor, organisation_id: UUID) -> str:
    writes = organisation_id in local.structures_of(actor, local.WRITERS)
    return "Ajouter une démarche" if writes else "Proposer une démarche"


def _form_page(
    request: Request,
    form: Submitted[LocalProcedureForm],
    action: str,
    heading: str,
    *,
    status: int = 200,
) -> Response:
    extra: dict[str, Any] = {"action": action, "heading": heading, "themes": theme_choices()}
    return page(
        request,
        "administration_procedures/form.html",
        block="form",
        status=status,
        form=form,
        **extra,
    )
