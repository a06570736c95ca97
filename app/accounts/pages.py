"""Sign-in, sign-out, and switching place: the pages of `/connexion`."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import cookies, kept, lockout, service
from app.accounts.current import (
    AppDatabase,
    AppSettings,
    CurrentActor,
    OptionalActor,
    WriteDb,
    allow,
    cookie_name,
    database,
    settings_of,
)
from app.accounts.forms import SignInForm
from app.accounts.lending import opens_while_lent
from app.accounts.permissions import Permission
from app.core import clock
from app.core.db import Database
from app.core.errors import TooMany
from app.core.scope import Scope
from app.core.settings import Settings
from app.web.forms import Submitted, blank, submitted, typed_values
from app.web.problems import on_application_error
from app.web.render import done, is_partial, page
from app.web.security import SAFE_METHODS, local_path

router = APIRouter()
NEVER_KEPT = {"password", "current"}  # a password is typed again
SubmittedSignIn = Annotated[Submitted[SignInForm], Depends(submitted(SignInForm))]


@router.get("/connexion", dependencies=[allow(Permission.PUBLIC)])
def ask(request: Request, actor: OptionalActor, next: str = "/") -> Response:
    """Show the sign-in form, or go on when somebody is signed in already."""
    if actor is not None:
        return done(request, local_path(next))
    form = blank(SignInForm, next=local_path(next))
    return page(request, "accounts/sign_in.html", form=form, kept="", ended=False)


@router.post("/connexion", dependencies=[allow(Permission.PUBLIC)])
def enter(
    request: Request, database: AppDatabase, settings: AppSettings, form: SubmittedSignIn
) -> Response:
    """Sign somebody in; the same words and the same time for an unknown address (A4)."""
    closed = form.value("kept")
    wait = 0
    if form.valid:
        entered = _try(request, database, settings, form.data)
        if isinstance(entered, Entered):
            typing = kept.reopen(database.keys, entered.account_id, closed)
            response = (
                page(request, "accounts/resume.html", typing=typing)
                if typing
                else done(request, local_path(form.data.next))
            )
            cookies.give_login(response, settings, entered.token)
            cookies.give_device(response, settings, entered.device)
            return response
        wait = entered
        form.errors["email"] = lockout.patience(wait) if wait else service.WRONG
    form.raw.pop("password", None)
    status = TooMany.status if wait else 422
    response = page(
        request, "accounts/sign_in.html", form=form, kept=closed, ended=False, status=status
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


@dataclass(frozen=True)
class Entered:
    """A sign-in that succeeded: whose, and the values of its two cookies."""

    account_id: UUID
    token: str
    device: str


def _try(
    request: Request, database: Database, settings: Settings, typed: SignInForm
) -> Entered | int:
    """Try a password; give the seconds to wait first, 0 when it was wrong."""
    now = clock.now()
    device = cookies.device_of(request, settings)
    tried = lockout.try_password(
        database,
        typed.email,
        typed.password,
        address=cookies.address_of(request),
        device=device,
        now=now,
    )
    if tried.proof is None:
        return tried.wait
    with database.writing(Scope.system("sign-in")) as db:
        found = service.sign_in(
            db,
            tried.proof,
            browser=cookies.browser_of(request),
            former=request.cookies.get(cookie_name(settings)),
            now=now,
        )
        if found is None:
            return 0
        lockout.succeeded(db, tried.attempt)
        known = lockout.remember(db, found.login.account_id, device, now=now)
        return Entered(found.login.account_id, found.token, known)


@router.post("/deconnexion", dependencies=[allow(Permission.OWN_ACCOUNT)])
@opens_while_lent
def leave(request: Request, db: WriteDb, actor: CurrentActor, settings: AppSettings) -> Response:
    """Sign out; the browser forgets cached pages, not what waits on the tablet (F2)."""
    service.sign_out(db, actor, now=clock.now())
    response = done(request, "/connexion")
    response.delete_cookie(
        cookie_name(settings), path="/", secure=settings.is_production, httponly=True
    )
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def say_ended(request: Request, error: Exception) -> Response:
    """Answer a link that serves no more: why, what to do, and the way to sign in."""
    return page(request, "accounts/link_ended.html", status=410, message=str(error))


async def keep_typing(request: Request, error: Exception) -> Response:
    """Answer a request that needs sign-in: the form stays where htmx is, else comes back after."""
    if request.url.path.startswith("/api/"):
        return on_application_error(request, error)
    if is_partial(request):
        response = page(request, "accounts/ended.html", status=401)
        response.headers["HX-Retarget"] = "#alerts"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    going_to = request.url.path if request.method in SAFE_METHODS else "/"
    form = blank(SignInForm, next=local_path(going_to))
    closed = ""
    if request.method not in SAFE_METHODS:
        closed = await _typing_of(request)
    return page(
        request, "accounts/sign_in.html", form=form, kept=closed, ended=bool(closed), status=401
    )


async def _typing_of(request: Request) -> str:
    owner = _owner_of_ended_login(request)
    if owner is None:
        return ""
    typed = typed_values(await request.form(max_files=0))
    fields = {name: values for name, values in typed.items() if name not in NEVER_KEPT}
    typing = kept.Typing(request.url.path, fields)
    return kept.close(database(request).keys, owner, typing)


def _owner_of_ended_login(request: Request) -> UUID | None:
    token = request.cookies.get(cookie_name(settings_of(request)))
    if token is None:
        return None
    with database(request).reading(Scope.system("ended sign-in")) as db:
        return service.owner_of_token(db, token)
