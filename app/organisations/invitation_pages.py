"""`/invitation/…`: what an invited person opens. Looking at it changes nothing (A7)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import cookies, invitations, lockout, service
from app.accounts.current import AppDatabase, AppSettings, OptionalActor, SignInNeeded, allow
from app.accounts.forms import JoinForm
from app.accounts.invitations import ForSomebodyElse
from app.accounts.models import Invitation
from app.accounts.permissions import Permission
from app.core import clock
from app.core.db import Database, ReadSession
from app.core.scope import Scope
from app.organisations.models import Organisation
from app.web.forms import Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
SYSTEM = Scope.system("an invitation")
SubmittedJoin = Annotated[Submitted[JoinForm], Depends(submitted(JoinForm))]


@router.get("/invitation/{token}", dependencies=[allow(Permission.PUBLIC)])
def look(request: Request, database: AppDatabase, actor: OptionalActor, token: str) -> Response:
    """Show what is offered; the same page whether the address has an account or not."""
    return _page(request, database, token, actor.email if actor else None, blank(JoinForm))


@router.post("/invitation/{token}/rejoindre", dependencies=[allow(Permission.PUBLIC)])
def join(
    request: Request,
    database: AppDatabase,
    settings: AppSettings,
    actor: OptionalActor,
    token: str,
) -> Response:
    """Take up the role with the account that is signed in."""
    if actor is None:
        with database.reading(SYSTEM) as db:
            invitations.opened(db, token, now=clock.now())
        raise SignInNeeded
    with database.writing(SYSTEM) as db:
        renewed = invitations.join(db, actor, token, now=clock.now())
    return cookies.with_new_login(done(request, "/"), settings, renewed)


@router.post("/invitation/{token}", dependencies=[allow(Permission.PUBLIC)])
def join_anew(
    request: Request,
    database: AppDatabase,
    settings: AppSettings,
    actor: OptionalActor,
    token: str,
    form: SubmittedJoin,
) -> Response:
    """Make the account of the invited person, and sign her in."""
    now = clock.now()
    device = cookies.device_of(request, settings)
    with database.writing(SYSTEM) as db:
        found = invitations.opened(db, token, now=now)
        if actor is not None and actor.email != found.email:
            raise ForSomebodyElse
        if form.valid:
            with form.collecting_errors(db):
                made = invitations.join_anew(
                    db,
                    found,
                    name=form.data.name,
                    password=form.data.password,
                    structures=_structures(db, found),
                    now=now,
                )
                opened = service.open_login(
                    db, made.id, browser=cookies.browser_of(request), now=now
                )
                known = lockout.remember(db, made.id, device, now=now)
    if not form.valid:
        form.raw.pop("password", None)
        email = actor.email if actor else None
        return _page(request, database, token, email, form, status=422)
    response = done(request, "/")
    cookies.give_login(response, settings, opened.token)
    cookies.give_device(response, settings, known)
    return response


def _structures(db: ReadSession, found: Invitation) -> list[str]:
    """Name the structure of an invitation; none when it is for the instance."""
    structure = db.get(Organisation, found.organisation_id) if found.organisation_id else None
    return [structure.name] if structure else []


def _page(
    request: Request,
    database: Database,
    token: str,
    signed_in: str | None,
    form: Submitted[JoinForm],
    *,
    status: int = 200,
) -> Response:
    with database.reading(SYSTEM) as db:
        found = invitations.opened(db, token, now=clock.now())
        structures = _structures(db, found)
    if signed_in is not None and signed_in != found.email:
        raise ForSomebodyElse
    return page(
        request,
        "administration/invitation.html",
        status=status,
        token=token,
        form=form,
        email=found.email,
        role=found.role.label,
        structure="".join(structures),
        signed_in=signed_in,
    )
