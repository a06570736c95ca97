"""The application is a value: create_app assembles it, here and nowhere else."""

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from app.accounts import pages as accounts
from app.accounts.current import SignInNeeded
from app.accounts.invitations import LinkEnded
from app.accounts.lending import Lent, keep_lent
from app.assessments import lent_pages
from app.assessments import pages as assessments
from app.core.crypto import load_master_key
from app.core.db import Database
from app.core.errors import EscaleError
from app.core.ready import check_master_key
from app.core.settings import Settings
from app.exports import pages as exports
from app.exports import table_pages
from app.imports import pages as imports
from app.operations import pages as operations
from app.organisations import (
    administration_pages,
    invitation_pages,
    team_pages,
)
from app.organisations import own_pages as own_account
from app.organisations import pages as organisations
from app.organisations.shell import fill_shell
from app.privacy import notices_pages
from app.privacy import pages as privacy
from app.procedures import own_pages as own_procedures
from app.procedures import pages as procedures
from app.residents import api as residents_api
from app.residents import mandate_pages, stop_pages
from app.residents import pages as residents
from app.sessions import (
    agenda_pages,
    assessment_pages,
    case_pages,
    draft_pages,
    feed_pages,
    file_pages,
    follow_up_pages,
    list_pages,
    merge_pages,
    naming_pages,
    office_pages,
    referral_pages,
    registration_pages,
    sheet_pages,
    today_pages,
    week_pages,
    workshop_pages,
    workshop_plan_pages,
)
from app.sessions import pages as sessions
from app.statistics import api as statistics_api
from app.statistics import pages as statistics
from app.statistics.dashboards import pages as dashboards
from app.web import problems
from app.web.logging import RequestLog
from app.web.render import STATIC
from app.web.security import Gatekeeper
from app.web.static import HashedStatic

SMALL_BYTES = 500  # below, compressing saves nothing
YOUNG_OBJECTS = 10_000  # a page leaves 3,000 alive until its end: looking sooner finds little
ROUTERS = (  # what is asked most often first: they are tried in turn
    today_pages.router,
    list_pages.router,
    draft_pages.router,
    week_pages.router,
    workshop_pages.router,  # before the activities, whose addresses would take its own
    sessions.router,
    naming_pages.router,
    merge_pages.router,  # before the files, whose addresses would take its own
    residents.router,
    residents_api.router,
    file_pages.router,
    case_pages.router,
    agenda_pages.router,
    follow_up_pages.router,
    dashboards.router,
    statistics.router,  # before the catalogue, whose addresses would take the barometer’s
    procedures.router,
    own_procedures.router,
    accounts.router,
    own_account.router,
    organisations.router,
    administration_pages.router,
    team_pages.router,
    invitation_pages.router,
    operations.router,
    feed_pages.router,
    statistics_api.router,
    stop_pages.router,
    sheet_pages.router,
    referral_pages.router,
    mandate_pages.router,
    assessment_pages.router,
    assessments.router,
    lent_pages.router,
    privacy.router,
    notices_pages.router,
    workshop_plan_pages.router,  # before the one workshop, whose address would take its own
    registration_pages.router,
    office_pages.router,
    exports.router,
    table_pages.router,
    imports.router,
)


def create_app(settings: Settings, *, database: Database | None = None) -> FastAPI:
    """Assemble the application. Raises ConfigurationError when it would not be safe to serve."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = database or Database(
        settings.database_url.get_secret_value(), load_master_key(settings)
    )
    check_master_key(database)
    app = FastAPI(
        title="Escale",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        dependencies=[Depends(fill_shell), Depends(keep_lent)],
        lifespan=_lifespan(database, settles=settings.env != "test"),
    )
    app.state.settings = settings
    app.state.database = database
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", HashedStatic(directory=STATIC), name="static")
    app.add_exception_handler(SignInNeeded, accounts.keep_typing)
    app.add_exception_handler(LinkEnded, accounts.say_ended)
    app.add_exception_handler(Lent, lent_pages.say_lent)
    app.add_exception_handler(EscaleError, problems.on_application_error)
    app.add_exception_handler(RequestValidationError, problems.on_bad_address)
    app.add_exception_handler(HTTPException, problems.on_http_exception)
    app.add_middleware(GZipMiddleware, minimum_size=SMALL_BYTES, compresslevel=6)
    app.add_middleware(
        Gatekeeper, settings=settings, problem=problems.problem, on_defect=problems.on_defect
    )
    app.add_middleware(RequestLog)
    return app


def _settle_memory() -> None:
    """Have the collector look for garbage among what requests make, and less often.

    What is loaded by now stays as long as the process: walking it again found nothing in 0.1 s.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


def _lifespan(
    database: Database, *, settles: bool
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Run the jobs while the application is open. `settles`: it is alone in its process."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        runner = getattr(app.state, "runner", None)
        if runner is not None:
            runner.start()
        if settles:
            _settle_memory()
        yield
        if runner is not None:
            runner.stop()
        database.close()

    return lifespan
