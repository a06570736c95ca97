"""`/compte`: one's password and one's devices; and the page of a link that resets a password."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import cookies, devices, invitations
from app.accounts.actor import Actor
from app.accounts.current import (
    AppDatabase,
    AppSettings,
    CurrentActor,
    Db,
    WriteDb,
    allow,
)
from app.accounts.forms import NewPasswordForm, PasswordForm
from app.accounts.permissions import Permission
from app.accounts.said import Said
from app.core import clock
from app.core.db import ReadSession
from app.core.scope import Scope
from app.organisations import service
from app.web.forms import Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
SubmittedPassword = Annotated[Submitted[PasswordForm], Depends(submitted(PasswordForm))]
SubmittedNew = Annotated[Submitted[NewPasswordForm], Depends(submitted(NewPasswordForm))]
OWN = [allow(Permission.OWN_ACCOUNT)]
SAID = {
    "mot-de-passe": "Mot de passe changé. Vos autres appareils sont déconnectés.",
    "appareil": "Appareil déconnecté",
}


@router.get("/compte", dependencies=OWN)
def account(request: Request, db: Db, actor: CurrentActor, geste: str = "") -> Response:
    """Show one's password form and one's devices."""
    toast = Said(SAID[geste]) if geste in SAID else None
    return _account_page(request, db, actor, blank(PasswordForm), toast=toast)


@router.post("/compte/mot-de-passe", dependencies=OWN)
def change_password(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    settings: AppSettings,
    form: SubmittedPassword,
) -> Response:
    """Change one's password; other devices are signed out."""
    if form.valid:
        with form.collecting_errors(db):
            devices.change_password(
                db,
                actor,
                current=form.data.current,
                password=form.data.password,
                device=cookies.device_of(request, settings),
                now=clock.now(),
            )
        if form.valid:
            return done(request, "/compte?geste=mot-de-passe")
    return _account_page(request, db, actor, form, status=422)


@router.post("/compte/appareils/{login_id}/deconnecter", dependencies=OWN)
def revoke(request: Request, db: WriteDb, actor: CurrentActor, login_id: UUID) -> Response:
    """Sign one of one's devices out."""
    devices.revoke(db, actor, login_id, now=clock.now())
    return done(request, "/compte?geste=appareil")


@router.get("/mot-de-passe/{token}", dependencies=[allow(Permission.PUBLIC)])
def ask_new(request: Request, database: AppDatabase, token: str) -> Response:
    """Show the form of a reset; looking at it changes nothing (A7)."""
    with database.reading(Scope.system("password reset")) as db:
        invitations.resettable(db, token, now=clock.now())
    return page(request, "accounts/new_password.html", form=blank(NewPasswordForm), token=token)


@router.post("/mot-de-passe/{token}", dependencies=[allow(Permission.PUBLIC)])
def choose_new(request: Request, database: AppDatabase, token: str, form: SubmittedNew) -> Response:
    """Take the new password, once."""
    with database.writing(Scope.system("password reset")) as db:
        invitations.resettable(db, token, now=clock.now())
        if form.valid:
            with form.collecting_errors(db):
                invitations.reset_password(db, token, form.data.password, now=clock.now())
    if form.valid:
        return page(request, "accounts/password_chosen.html")
    return page(request, "accounts/new_password.html", form=form, token=token, status=422)


def _account_page(
    request: Request,
    db: ReadSession,
    actor: Actor,
    form: Submitted[PasswordForm],
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    form.raw.clear()  # a password is never sent back
    now = clock.now()
    zone = service.zone(db, actor.current.organisation_id if actor.current else None)
    return page(
        request,
        "accounts/account.html",
        status=status,
        form=form,
        devices=devices.devices(db, actor, now=now),
        today=clock.civil_day(now, zone),
        day_of=lambda instant: clock.civil_day(instant, zone),
        zone=zone,
        **more,
    )
