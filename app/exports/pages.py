"""`/rapports`: a coordinator shares one period with one funder, who reads it and takes the file."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from app.accounts import service as accounts
from app.accounts.actor import Actor
from app.accounts.current import (
    AppDatabase,
    AppSettings,
    CurrentActor,
    Db,
    WriteDb,
    allow,
)
from app.accounts.permissions import Permission
from app.core import clock
from app.core.db import Database, ReadSession
from app.core.errors import NotFound
from app.core.scope import Scope
from app.core.settings import Settings
from app.exports import service
from app.exports.models import ReportShare
from app.exports.reports import REPORTS, FilledReport
from app.statistics import periods
from app.statistics.service import counter
from app.statistics.store import NoFigures
from app.web.forms import Form, Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
NATIONAL = "programme-national"


class ShareForm(Form):
    """One closed period, for one funder."""

    period: str = Field(
        title="Période",
        max_length=8,
        json_schema_extra={"messages": {"*": "Choisissez une période close."}},
    )
    email: str = Field(
        title="Adresse du financeur",
        description="Celle de son compte Escale.",
        max_length=254,
        json_schema_extra={"messages": {"missing": "Écrivez l’adresse du financeur."}},
    )


SubmittedShare = Annotated[Submitted[ShareForm], Depends(submitted(ShareForm))]


@router.get("/rapports", dependencies=[allow(Permission.READ_REPORTS)])
def reports(
    request: Request, db: Db, actor: CurrentActor, database: AppDatabase, settings: AppSettings
) -> Response:
    """List what is shared; whoever makes reports may take a draft and share a period."""
    return _list(request, db, actor, database, settings, blank(ShareForm))


@router.post("/rapports", dependencies=[allow(Permission.SHARE_REPORTS)])
def share(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    database: AppDatabase,
    settings: AppSettings,
    form: SubmittedShare,
) -> Response:
    """Share one period with one funder."""
    if form.valid:
        with form.collecting_errors(db):
            made = service.share(
                database,
                settings,
                db,
                actor,
                email=form.data.email,
                period=form.data.period,
                now=clock.now(),
            )
        if form.valid:
            return done(request, f"/rapports/{made.id}")
    return _list(request, db, actor, database, settings, form, status=422)


def _list(
    request: Request,
    db: ReadSession,
    actor: Actor,
    database: Database,
    settings: Settings,
    form: Submitted[ShareForm],
    *,
    status: int = 200,
) -> Response:
    may_make = Permission.READ_STATISTICS in actor.permissions
    closed: list[periods.Period] = []
    if may_make:
        try:
            last = counter(database, settings, db, actor).last_month
            closed = sorted(periods.closed_periods(last), key=_longest_first)
        except NoFigures:
            may_make = False
    rows = service.shares(db)
    return page(
        request,
        "exports/list.html",
        status=status,
        form=form,
        rows=[_row(row, actor) for row in rows],
        funders=_funder_names(database, rows) if may_make else {},
        closed=[{"code": p.code, "label": p.label} for p in closed],
        may_share=may_make and Permission.SHARE_REPORTS in actor.permissions,
        may_take=may_make,
    )


def _longest_first(period: periods.Period) -> tuple[int, int, int]:
    return -period.year, -periods.LENGTH[period.level], -period.number


def _row(share: ReportShare, actor: Actor) -> dict[str, Any]:
    return {
        "id": share.id,
        "title": REPORTS[share.report].title,
        "period": periods.read(share.period).label,
        "structures": len(share.organisations),
        "shared_on": share.shared_at.date(),
        "funder_id": share.funder_id,
        "is_mine": share.shared_by == actor.account_id,
    }


def _funder_names(database: Database, rows: list[ReportShare]) -> dict[UUID, str]:
    """Name the funders to whoever shared with them; they belong to no structure."""
    with database.reading(Scope.system("names of funders")) as db:
        return accounts.names(db, {row.funder_id for row in rows})


@router.get("/rapports/brouillon", dependencies=[allow(Permission.READ_STATISTICS)])
def draft(
    db: WriteDb,
    actor: CurrentActor,
    database: AppDatabase,
    settings: AppSettings,
    periode: str | None = None,
    format: str = "xlsx",
) -> Response:
    """Give a draft as a file: the figures this person sees, for a closed period."""
    try:
        report = service.build(database, settings, db, actor, NATIONAL, periode)
    except NoFigures as error:
        raise NotFound(error.message) from error
    return _file(db, actor, report, format, None)


@router.get("/rapports/{share_id}", dependencies=[allow(Permission.READ_REPORTS)])
def read(
    request: Request,
    db: Db,
    actor: CurrentActor,
    database: AppDatabase,
    settings: AppSettings,
    share_id: UUID,
) -> Response:
    """Show one shared report: the result in a sentence, then the tables."""
    found = service.shared(db, share_id)
    report = service.build_shared(database, settings, found)
    return page(
        request,
        "exports/report.html",
        share=_row(found, actor),
        report=report,
        essential=_essential(report),
        sizes={name: len(service.as_file(report, name)) // 1024 + 1 for name in service.WRITERS},
    )


def _essential(report: FilledReport) -> dict[str, int | None]:
    helped, people = report.blocks[0].lines[0], report.blocks[1].lines[0]
    return {"attendances": helped.figures[0], "residents": people.figures[0]}


@router.get(
    "/rapports/{share_id}/programme-national.{format}",
    dependencies=[allow(Permission.READ_REPORTS)],
)
def take(
    db: WriteDb,
    actor: CurrentActor,
    database: AppDatabase,
    settings: AppSettings,
    share_id: UUID,
    format: str,
) -> Response:
    """Give the file of a shared report; who took it is in the record first."""
    found = service.shared(db, share_id)
    return _file(db, actor, service.build_shared(database, settings, found), format, share_id)


@router.post("/rapports/{share_id}/retirer", dependencies=[allow(Permission.SHARE_REPORTS)])
def withdraw(request: Request, db: WriteDb, actor: CurrentActor, share_id: UUID) -> Response:
    """Stop sharing a report."""
    service.withdraw(db, actor, share_id, now=clock.now())
    return done(request, "/rapports")


def _file(
    db: WriteDb, actor: Actor, report: FilledReport, name: str, subject_id: UUID | None
) -> Response:
    media_type = service.format_named(name).media_type
    service.note_export(db, actor.account_id, now=clock.now(), subject_id=subject_id)
    filename = f"escale-{report.report.name}-{report.period.code}.{name}"
    return Response(
        service.as_file(report, name),
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
