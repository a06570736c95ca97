"""`/compte`: one's password and one's devices; and the page of a link that resets a password."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import cookies, devices, lockout, resets
from app.accounts.actor import Actor
from app.accounts.current import (
    AppDatabase,
    AppSettings,
    CurrentActor,
    WriteDb,
    allow,
)
from app.accounts.forms import NewPasswordForm, PasswordForm
from app.accounts.permissions import Permission
from app.accounts.said import Said
from app.core import clock
from app.core.db import Database
from app.core.errors import Invalid, TooMany
from app.core.scope import Scope
from app.core.settings import Settings
from app.core.text import hour, relative_day
from app.organisations import service
from app.web.forms import Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
SubmittedPassword = Annotated[Submitted[PasswordForm], Depends(submitted(PasswordForm))]
SubmittedNew = Annotated[Submitted[NewPasswordForm], Depends(submitted(NewPasswordForm))]
OWN = [allow(Permission.OWN_ACCOUNT)]
RESETS = Scope.system("password reset")  # each function of accounts.resets filters by account
SAID = {
    "mot-de-passe": "Mot de passe changé. Vos autres appareils sont déconnectés.",
    "appareil": "Appareil déconnecté",
    "lien-annule": "Lien annulé : il n’ouvre plus rien.",
}


@router.get("/compte", dependencies=OWN)
def account(
    request: Request, database: AppDatabase, actor: CurrentActor, geste: str = ""
) -> Response:
    """Show one's password form, one's devices, and the links made to change one's password."""
    toast = Said(SAID[geste]) if geste in SAID else None
    return _account_page(request, database, actor, blank(PasswordForm), toast=toast)


@router.post("/compte/mot-de-passe", dependencies=OWN)
def change_password(
    request: Request,
    database: AppDatabase,
    actor: CurrentActor,
    settings: AppSettings,
    form: SubmittedPassword,
) -> Response:
    """Change one's password; other devices are signed out, and this one gets a new cookie.

    Wrong ones are slowed like those of sign-in: an unlocked tablet is no place to guess (A4).
    """
    token, wait = None, 0
    if form.valid:
        token, wait = _change(request, database, actor, settings, form)
    if token is not None:
        changed = done(request, "/compte?geste=mot-de-passe")
        return cookies.with_new_login(changed, settings, token)
    status = TooMany.status if wait else 422
    response = _account_page(request, database, actor, form, status=status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _change(
    request: Request,
    database: Database,
    actor: Actor,
    settings: Settings,
    form: Submitted[PasswordForm],
) -> tuple[str | None, int]:
    """Try to change a password; give the sign-in's new token, or the seconds to wait.

    What is wrong is added to the form's errors.
    """
    now, typed = clock.now(), form.data
    device = cookies.device_of(request, settings)
    with database.reading(actor.scope) as reading:
        structures = service.names_of_own(reading, actor.account_id, now=now)
    try:
        devices.refuse_new(
            actor, current=typed.current, password=typed.password, structures=structures
        )
    except Invalid as refused:
        form.errors[refused.field] = refused.message
        return None, 0
    tried = lockout.try_password(
        database,
        actor.email,
        typed.current,
        address=cookies.address_of(request),
        device=device,
        now=now,
    )
    with database.writing(RESETS) as db:
        if tried.proof is None:
            form.errors["current"] = lockout.patience(tried.wait)
        elif not tried.proof.is_right:
            form.errors["current"] = devices.WRONG
            devices.record_wrong(db, actor, now=now)
        else:
            lockout.succeeded(db, tried.attempt)
            changed = devices.change_password(db, actor, typed.password, device=device, now=now)
            return changed, 0
    return None, tried.wait


@router.post("/compte/appareils/{login_id}/deconnecter", dependencies=OWN)
def revoke(request: Request, db: WriteDb, actor: CurrentActor, login_id: UUID) -> Response:
    """Sign one of one's devices out."""
    devices.revoke(db, actor, login_id, now=clock.now())
    return done(request, "/compte?geste=appareil#t-devices")


@router.post("/compte/liens/vus", dependencies=OWN)
def see_links(request: Request, database: AppDatabase, actor: CurrentActor) -> Response:
    """Take the notice away: one saw that links were made."""
    with database.writing(RESETS) as db:
        resets.see(db, actor.account_id, now=clock.now())
    return done(request, "/compte")


@router.post("/compte/liens/{reset_id}/annuler", dependencies=OWN)
def cancel_link(
    request: Request, database: AppDatabase, actor: CurrentActor, reset_id: UUID
) -> Response:
    """Close a link that one did not ask for."""
    with database.writing(RESETS) as db:
        resets.cancel(db, actor.account_id, reset_id, now=clock.now())
    return done(request, "/compte?geste=lien-annule#t-links")


@router.get("/mot-de-passe/{token}", dependencies=[allow(Permission.PUBLIC)])
def ask_new(request: Request, database: AppDatabase, token: str) -> Response:
    """Show the form of a reset; looking at it changes nothing (A7)."""
    with database.reading(RESETS) as db:
        resets.resettable(db, token, now=clock.now())
    return page(request, "accounts/new_password.html", form=blank(NewPasswordForm), token=token)


@router.post("/mot-de-passe/{token}", dependencies=[allow(Permission.PUBLIC)])
def choose_new(request: Request, database: AppDatabase, token: str, form: SubmittedNew) -> Response:
    """Take the new password, once."""
    now = clock.now()
    with database.writing(RESETS) as db:
        found = resets.resettable(db, token, now=now)
        if form.valid:
            structures = service.names_of_own(db, found.account_id, now=now)
            with form.collecting_errors(db):
                resets.reset_password(db, found, form.data.password, structures=structures, now=now)
    if form.valid:
        return page(request, "accounts/password_chosen.html")
    return page(request, "accounts/new_password.html", form=form, token=token, status=422)


def _account_page(
    request: Request,
    database: Database,
    actor: Actor,
    form: Submitted[PasswordForm],
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    form.raw.clear()  # a password is never sent back
    now = clock.now()
    with database.reading(RESETS) as db:
        zone = service.zone(db, actor.current.organisation_id if actor.current else None)
        own_devices = devices.devices(db, actor, now=now)
        links = resets.made_for(db, actor.account_id)
    return page(
        request,
        "accounts/account.html",
        status=status,
        form=form,
        devices=own_devices,
        links=links,
        when=lambda instant: _moment(instant, now, zone),
        now=now,
        **more,
    )


def _moment(instant: datetime, now: datetime, zone: str) -> str:
    """Say when something was: « aujourd’hui, 10 h 08 »."""
    day = clock.civil_day(instant, zone)
    return f"{relative_day(day, clock.civil_day(now, zone))}, {hour(instant, zone)}"
