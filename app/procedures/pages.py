"""The catalogue (`/demarches`): what people say leads to the right site, papers and what helps."""

from fastapi import APIRouter, Request, Response

from app.accounts.actor import Actor
from app.accounts.current import Db, OptionalActor, allow
from app.accounts.permissions import Permission
from app.procedures.models import Procedure
from app.procedures.service import catalogue, usual_blockers
from app.reference import vocabularies
from app.web.render import page

router = APIRouter()
FOUND = 12


@router.get("/demarches", dependencies=[allow(Permission.READ_CATALOGUE)])
def procedures(
    request: Request,
    db: Db,
    actor: OptionalActor,
    q: str = "",
    theme: str = "",
    organisme: str = "",
) -> Response:
    """Search the catalogue, or go through it by theme or by body in charge."""
    every = catalogue(db)
    themes = vocabularies.procedure_themes()
    typed = q.strip()[:80]
    if typed:
        matches = every.search(typed, limit=FOUND)
        found = [every.find(m.entry_slug) for m in matches if m.kind == "procedure"]
    else:
        found = [
            p
            for p in every
            if p.retired_on is None
            and ((theme and p.theme == theme) or (organisme and p.provider_code == organisme))
        ]
    groups = every.by_theme()
    return page(
        request,
        "procedures/list.html",
        block="results",
        typed=typed,
        found=found,
        is_narrowed=bool(typed or theme or organisme),
        heading=_heading(found, theme, organisme),
        themes=[(t, len(groups[t.code])) for t in themes if t.code in groups],
        providers=every.providers(),
        icons={t.code: t.icon for t in themes},
        total=sum(len(group) for group in groups.values()),
        about=every.about,
        may_propose=_may(actor, Permission.PROPOSE_PROCEDURES),
    )


def _heading(found: list[Procedure], theme: str, organisme: str) -> str:
    if theme:
        return next((t.label for t in vocabularies.procedure_themes() if t.code == theme), "")
    if organisme:
        return found[0].provider if found else ""
    return ""


@router.get("/demarches/{slug}", dependencies=[allow(Permission.READ_CATALOGUE)])
def procedure(request: Request, db: Db, actor: OptionalActor, slug: str) -> Response:
    """Show one procedure: the right site, papers, what usually blocks and what helps."""
    every = catalogue(db)
    found = every.find(slug)
    theme = next(t for t in vocabularies.procedure_themes() if t.code == found.theme)
    return page(
        request,
        "procedures/one.html",
        procedure=found,
        theme=theme,
        blockers=usual_blockers(found),
        may_log=_may(actor, Permission.LOG_SESSION),
        may_hide=_may(actor, Permission.WRITE_PROCEDURES) and not found.is_local,
        is_hidden=slug in every.hidden,
    )


def _may(actor: Actor | None, permission: Permission) -> bool:
    return actor is not None and permission in actor.permissions
