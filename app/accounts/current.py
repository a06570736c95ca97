"""What routes ask for: the signed-in person, her database session, her permission."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import Annotated, TypeVar

from anyio import CancelScope, CapacityLimiter, to_thread
from fastapi import Depends, Request
from fastapi.params import Depends as Dependency
from starlette.concurrency import run_in_threadpool

from app.accounts import service
from app.accounts.actor import Actor
from app.accounts.permissions import Permission
from app.audit.models import Did
from app.audit.service import record
from app.core import clock
from app.core.db import Database, ReadSession, WriteSession
from app.core.errors import EscaleError, Forbidden
from app.core.scope import Scope
from app.core.settings import Settings

COOKIE = "escale"
SECURE_COOKIE = "__Host-escale"
Held = TypeVar("Held", bound=ReadSession)


class SignInNeeded(EscaleError):
    """Nobody is signed in: the page leads to sign-in and back."""

    status = 401
    title = "Connectez-vous"
    advice = (
        "Votre session est terminée. Connectez-vous : rien de ce que vous avez tapé n’est perdu."
    )


def cookie_name(settings: Settings) -> str:
    """Name the cookie: `__Host-` where it can only travel on https (A5)."""
    return SECURE_COOKIE if settings.is_production else COOKIE


def database(request: Request) -> Database:
    """Give the application's database."""
    found: Database = request.app.state.database
    return found


def settings_of(request: Request) -> Settings:
    """Give the application's settings."""
    found: Settings = request.app.state.settings
    return found


async def _app_database(request: Request) -> Database:  # async: no thread for a mere look-up
    return database(request)


async def _app_settings(request: Request) -> Settings:
    return settings_of(request)


AppDatabase = Annotated[Database, Depends(_app_database)]
AppSettings = Annotated[Settings, Depends(_app_settings)]


# What every request asks for takes the application from the request itself: FastAPI walks each
# dependency's own ones anew wherever it stands, which was a twentieth of a page.
def optional_actor(request: Request) -> Actor | None:
    """Find who is signed in, from the cookie."""
    token = request.cookies.get(cookie_name(settings_of(request)))
    if not token:
        return None
    now = clock.now()
    with database(request).reading(Scope.system("sign-in")) as db:
        actor = service.actor_of_token(db, token, now=now)
    if actor is not None and actor.seen_at and now - actor.seen_at >= service.SEEN_EVERY:
        with database(request).writing(actor.scope) as writing:
            service.touch(writing, actor.login_id, now=now)
    return actor


OptionalActor = Annotated[Actor | None, Depends(optional_actor)]


async def current_actor(actor: OptionalActor) -> Actor:
    """Require somebody. Raises SignInNeeded."""
    if actor is None:
        raise SignInNeeded
    return actor


CurrentActor = Annotated[Actor, Depends(current_actor)]


async def read_db(request: Request, actor: CurrentActor) -> AsyncIterator[ReadSession]:
    """Open a session that reads within the person's scope; the page's frame asks it too."""
    async with _lent(request, database(request).reading(actor.scope)) as db:
        yield db


async def write_db(request: Request, actor: CurrentActor) -> AsyncIterator[WriteSession]:
    """Open the request's transaction; it commits before the answer leaves (scope="function")."""
    async with _lent(request, database(request).writing(actor.scope)) as db:
        yield db


@asynccontextmanager
async def _lent(request: Request, opened: AbstractContextManager[Held]) -> AsyncIterator[Held]:
    """Open a session in no thread, since it asks nothing before its first use; end it in one.

    As FastAPI ends a dependency: to the end, and outside the limit of threads, whose holders may
    wait for this connection.
    """
    request.state.db = opened.__enter__()
    try:
        yield request.state.db
    except BaseException as error:
        request.state.db = None
        await _in_thread(opened.__exit__, type(error), error, error.__traceback__)
        raise
    request.state.db = None
    await _in_thread(opened.__exit__, None, None, None)


async def _in_thread(end: Callable[..., object], *told: object) -> None:
    with CancelScope(shield=True):
        await to_thread.run_sync(end, *told, limiter=CapacityLimiter(1))


@contextmanager
def own_reading(request: Request, actor: Actor) -> Iterator[ReadSession]:
    """Read in the request's own session while it has one, else in a new one."""
    lent: ReadSession | None = getattr(request.state, "db", None)
    if lent is not None:
        with lent.no_autoflush:
            yield lent
    else:
        with database(request).reading(actor.scope) as db:
            yield db


Db = Annotated[ReadSession, Depends(read_db, scope="function")]
WriteDb = Annotated[WriteSession, Depends(write_db, scope="function")]


def requires(permission: Permission) -> Callable[..., Awaitable[None]]:
    """Make the dependency by which a route declares what it asks of a person.

    Raises SignInNeeded, or Forbidden after a line in the access record.
    """

    async def check(request: Request, actor: OptionalActor) -> None:
        if permission is Permission.PUBLIC:
            return
        if actor is None:
            raise SignInNeeded
        if permission not in actor.permissions:
            await run_in_threadpool(_note_refusal, database(request), actor)
            raise Forbidden

    check.permission = permission  # type: ignore[attr-defined]
    return check


def _note_refusal(database: Database, actor: Actor) -> None:
    with database.writing(actor.scope) as db:
        record(db, Did.REFUSED, at=clock.now(), account_id=actor.account_id, succeeded=False)


def allow(permission: Permission) -> Dependency:
    """Declare a route's permission: `dependencies=[allow(Permission.X)]`."""
    return Dependency(requires(permission))
