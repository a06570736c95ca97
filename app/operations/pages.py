"""`/healthz` and `/readyz`: two words, nothing more, for whoever watches the server (F9)."""

from fastapi import APIRouter, Response
from starlette.responses import PlainTextResponse

from app.accounts.current import AppDatabase, allow
from app.accounts.permissions import Permission
from app.core.errors import ConfigurationError
from app.operations.ready import check_master_key

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


@router.get("/robots.txt", dependencies=[allow(Permission.PUBLIC)])
def robots() -> Response:
    """Keep the private pages out of search engines."""
    return PlainTextResponse("User-agent: *\nDisallow: /\nAllow: /methode\n")
