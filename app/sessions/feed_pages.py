"""`/compte/agenda`: links that show one's agenda elsewhere; `/agenda.ics`: what they open."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from app.accounts.actor import Actor
from app.accounts.current import AppDatabase, AppSettings, CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.accounts.said import Said
from app.agenda import feeds
from app.core import clock
from app.core.clock import civil_day
from app.core.db import WriteSession
from app.core.scope import Scope
from app.core.text import hour, relative_day
from app.organisations import service as organisations
from app.sessions.calendar import calendar_of
from app.web.forms import Form, Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
PLAN = [allow(Permission.PLAN)]
FEEDS = Scope.system("calendar feed")  # finds a link by its digest; the rest has the adviser's own


class FeedForm(Form):
    """What a link shows."""

    initials: bool = Field(default=False, title="Montrer les initiales")


SubmittedFeed = Annotated[Submitted[FeedForm], Depends(submitted(FeedForm))]


@router.get("/agenda.ics", dependencies=[allow(Permission.PUBLIC)])
def feed(database: AppDatabase, cle: str = "") -> Response:
    """Give the agenda that a link opens; any other link is told nothing (404)."""
    now = clock.now()
    with database.reading(FEEDS) as db:
        found = feeds.reader(db, cle, now=now)
    if found is None:
        return Response(status_code=404)
    with database.writing(found.actor.scope) as db:
        file = calendar_of(db, found.actor, shows_initials=found.shows_initials, now=now)
    return Response(file, media_type="text/calendar")


@router.get("/compte/agenda", dependencies=PLAN)
def links(request: Request, db: WriteDb, actor: CurrentActor, geste: str = "") -> Response:
    """List one's links."""
    toast = Said("Lien coupé\u00a0: il n’ouvre plus rien.") if geste == "coupe" else None
    return _show(request, db, actor, blank(FeedForm), toast=toast)


@router.post("/compte/agenda", dependencies=PLAN)
def make(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    settings: AppSettings,
    form: SubmittedFeed,
) -> Response:
    """Make a link; it is shown once, to be copied."""
    if form.valid:
        with form.collecting_errors(db):
            secret = feeds.make(db, actor, shows_initials=form.data.initials, now=clock.now())
    if not form.valid:
        return _show(request, db, actor, form, status=422)
    link = f"{settings.base_url.rstrip('/')}/agenda.ics?cle={secret}"
    return page(request, "agenda/feed_link.html", link=link)


@router.post("/compte/agenda/{feed_id}/couper", dependencies=PLAN)
def cut(request: Request, db: WriteDb, actor: CurrentActor, feed_id: UUID) -> Response:
    """Cut a link."""
    feeds.revoke(db, actor, feed_id, now=clock.now())
    return done(request, "/compte/agenda?geste=coupe")


def _show(
    request: Request,
    db: WriteSession,
    actor: Actor,
    form: Submitted[FeedForm],
    *,
    status: int = 200,
    toast: Said | None = None,
) -> Response:
    zone = organisations.zone(db, actor.organisation_id)
    today = civil_day(clock.now(), zone)
    made = [
        (
            one,
            f"{relative_day(civil_day(one.created_at, zone), today)}, {hour(one.created_at, zone)}",
        )
        for one in feeds.own(db, actor)
    ]
    return page(request, "agenda/feeds.html", status=status, form=form, made=made, toast=toast)
