"""Changing place or structure, from the header."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from app.accounts import cookies
from app.accounts import service as accounts
from app.accounts.current import AppSettings, CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.core import clock
from app.core.errors import NotFound
from app.organisations.models import Place
from app.web.forms import Form, Submitted, submitted
from app.web.render import done
from app.web.security import local_path

router = APIRouter()


class SwitchForm(Form):
    """The place chosen in the header."""

    place_id: UUID = Field(title="Lieu")
    next: str = Field(default="/", title="Retour", max_length=2048)


@router.post("/compte/lieu", dependencies=[allow(Permission.LOG_SESSION)])
def switch_place(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    settings: AppSettings,
    form: Annotated[Submitted[SwitchForm], Depends(submitted(SwitchForm))],
) -> Response:
    """Work at another place; its structure comes with it."""
    place = db.get(Place, form.data.place_id) if form.valid else None
    if place is None:
        raise NotFound
    token = accounts.switch(db, actor, place.organisation_id, place.id, now=clock.now())
    return cookies.with_new_login(done(request, local_path(form.data.next)), settings, token)
