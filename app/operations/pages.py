"""`/healthz` and `/readyz`: two words, nothing more, for whoever watches the server (F9)."""

from fastapi import APIRouter, Request, Response
from starlette.responses import PlainTextResponse

from app.accounts.current import AppDatabase, AppSettings, allow
from app.accounts.permissions import Permission
from app.core.errors import ConfigurationError, NotFound
from app.core.ready import check_master_key
from app.web.render import page

router = APIRouter()


@router.get("/healthz", dependencies=[allow(Permission.PUBLIC)])
def alive() -> Response:
    """Say that the server answers."""
    return PlainTextResponse("ok")


@router.get("/readyz", dependencies=[allow(Permission.PUBLIC)])
def ready(database: AppDatabase) -> Response:
    """Say whether the database, its migrations and the keys are there."""
    try:
        check_master_key(database)
    except ConfigurationError:
        return PlainTextResponse("not ready", status_code=503)
    return PlainTextResponse("ok")


@router.get("/composants", dependencies=[allow(Permission.PUBLIC)])
def components(request: Request, settings: AppSettings) -> Response:
    """Show each component in each state, for whoever develops Escale."""
    if settings.is_production:
        raise NotFound
    return page(request, "development/components.html")


@router.get("/robots.txt", dependencies=[allow(Permission.PUBLIC)])
def robots() -> Response:
    """Keep the private pages out of search engines."""
    return PlainTextResponse("User-agent: *\nDisallow: /\nAllow: /methode\n")
