"""`/rappels/…`: how reminders stop without a sign-in: an e-mail's link, an SMS that says STOP.

Neither carries a cookie: the link is signed, the SMS provider knows the token.
"""

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, ValidationError

from app.accounts.current import AppDatabase, AppSettings, allow
from app.accounts.permissions import Permission
from app.core import clock
from app.core.db import Database
from app.core.errors import NotFound
from app.core.languages import direction, translator
from app.core.scope import Scope
from app.messages.models import Channel
from app.residents import stopping
from app.web.render import page

router = APIRouter()
PUBLIC = [allow(Permission.PUBLIC)]
STOPPING = Scope.system("reminders stopped by the person herself")


class Incoming(BaseModel):
    """What the provider says that somebody answered."""

    sender: str = Field(alias="from", max_length=40)
    text: str = Field(max_length=2000)


async def incoming(request: Request) -> Incoming | None:
    """Read an answer; None for what is none."""
    try:
        return Incoming.model_validate_json(await request.body())
    except ValidationError:
        return None


@router.get("/rappels/arret/{token}", dependencies=PUBLIC)
def ask(request: Request, database: AppDatabase, token: str) -> Response:
    """Ask before anything stops: mail scanners open links."""
    return _said(request, database, token, is_done=False)


@router.post("/rappels/arret/{token}", dependencies=PUBLIC)
def stop(request: Request, database: AppDatabase, token: str) -> Response:
    """Stop one person's reminders: from the page, or in one click from her mail (RFC 8058)."""
    resident_id = stopping.resident_of(database.keys, token)
    if resident_id is not None:
        with database.writing(STOPPING) as db:
            stopping.stop(db, resident_id, Channel.EMAIL, now=clock.now())
    return _said(request, database, token, is_done=True)


def _said(request: Request, database: Database, token: str, *, is_done: bool) -> Response:
    resident_id = stopping.resident_of(database.keys, token)
    if resident_id is None:
        raise NotFound("Ce lien n’est pas entier. Ouvrez-le depuis l’e-mail que vous avez reçu.")
    with database.reading(STOPPING) as db:
        language = stopping.language_of(db, resident_id)
    return page(
        request,
        "residents/stop.html",
        say=translator(language),
        language=language,
        direction=direction(language),
        action=f"{stopping.PATH}{token}",
        is_done=is_done,
    )


@router.post("/rappels/sms", dependencies=PUBLIC)
def answered(
    request: Request,
    database: AppDatabase,
    settings: AppSettings,
    said: Annotated[Incoming | None, Depends(incoming)],
) -> Response:
    """Take what a person answered to an SMS: STOP stops, the rest is not kept.

    Without the token, or when no provider is set, there is nothing here (404).
    """
    known = settings.sms_token.get_secret_value() if settings.sms_token else ""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not known or not hmac.compare_digest(given.encode(), known.encode()):
        return Response(status_code=404)
    if said is None:
        return Response(status_code=422)
    if stopping.says_stop(said.text):
        with database.writing(STOPPING) as db:
            stopping.stop_for_phone(db, said.sender, now=clock.now())
    return Response(status_code=204)
