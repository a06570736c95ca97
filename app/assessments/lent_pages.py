"""What a lent tablet shows outside its assessment, and how the adviser takes it back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import cookies, lending
from app.accounts.actor import Actor
from app.accounts.current import AppDatabase, AppSettings, CurrentActor, allow
from app.accounts.lending import LENT_PAGE, opens_while_lent
from app.accounts.permissions import Permission
from app.assessments import service
from app.assessments.forms import PasswordForm
from app.assessments.pages import home, where_to_go_on
from app.assessments.service import Opened
from app.core import clock
from app.core.db import Database
from app.core.errors import TooMany
from app.web.forms import Submitted, blank, submitted
from app.web.problems import on_application_error
from app.web.render import done, page

router = APIRouter()
SubmittedPassword = Annotated[Submitted[PasswordForm], Depends(submitted(PasswordForm))]
OWN = [allow(Permission.OWN_ACCOUNT)]


def say_lent(request: Request, error: Exception) -> Response:
    """Answer whatever a lent browser may not open: the lent screen."""
    if request.url.path.startswith("/api/"):
        return on_application_error(request, error)
    return done(request, LENT_PAGE)


@router.get(LENT_PAGE, dependencies=OWN)
@opens_while_lent
def lent(request: Request, database: AppDatabase, actor: CurrentActor) -> Response:
    """Say that the tablet is lent, or thank who finished; ask the adviser's password."""
    if actor.lent_to is None:
        return done(request, "/")
    return _show(request, database, actor, blank(PasswordForm))


@router.post(LENT_PAGE, dependencies=OWN)
@opens_while_lent
def take_back(
    request: Request,
    database: AppDatabase,
    actor: CurrentActor,
    settings: AppSettings,
    form: SubmittedPassword,
) -> Response:
    """Take the tablet back, and show where the assessment stands."""
    if actor.lent_to is None:
        return done(request, "/")
    token, wait = None, 0
    if form.valid:
        token, refusal, wait = lending.take_back(
            database,
            actor,
            form.data.password,
            address=cookies.address_of(request),
            device=cookies.device_of(request, settings),
            now=clock.now(),
        )
        if token is None:
            form.errors["password"] = refusal
    if token is not None:
        opened = _lent_to(database, actor)
        return cookies.with_new_login(done(request, _after(opened)), settings, token)
    form.raw.pop("password", None)
    response = _show(request, database, actor, form, status=TooMany.status if wait else 422)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _lent_to(database: Database, actor: Actor) -> Opened | None:
    """Open the assessment; None when it was erased, or began again, meanwhile."""
    if actor.lent_to is None:
        return None
    with database.reading(actor.scope) as db:
        resident_id = service.whose(db, actor.lent_to)
        return service.read(db, resident_id, actor.lent_to) if resident_id else None


def _after(opened: Opened | None) -> str:
    if opened is None:
        return "/beneficiaires"
    here = home(opened.resident_id)
    return f"{here}/{opened.id}" if opened.finished_at else here


def _show(
    request: Request,
    database: Database,
    actor: Actor,
    form: Submitted[PasswordForm],
    *,
    status: int = 200,
) -> Response:
    opened = _lent_to(database, actor)
    return page(
        request,
        "assessments/lent.html",
        status=status,
        form=form,
        is_finished=opened is not None and opened.finished_at is not None,
        path_on=where_to_go_on(opened) if opened and not opened.finished_at else None,
    )
