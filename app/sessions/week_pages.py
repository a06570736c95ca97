"""`/activites/semaine`: a week of one's activities, corrected in one list."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.core import clock
from app.core.db import WriteSession
from app.organisations import service as organisations
from app.sessions import history, logging_page, week
from app.sessions.models import AssistedSession
from app.sessions.notices import JustDone, Notice
from app.sessions.service import OLDEST
from app.sessions.week import WeekForm
from app.web.forms import Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
SubmittedWeek = Annotated[Submitted[WeekForm], Depends(submitted(WeekForm))]


@router.get("/activites/semaine", dependencies=[allow(Permission.LOG_SESSION)])
def show(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    just_done: JustDone,
    lundi: date | None = None,
) -> Response:
    """Show a week, this one when none is named."""
    monday = _monday(lundi, logging_page.here(db, actor, now=clock.now()).today)
    toast = just_done.notice(f"/activites/semaine?lundi={monday}")
    return _show(
        request, db, actor, monday, _as_typed(week.of_week(db, actor, monday)), toast=toast
    )


@router.post("/activites/semaine", dependencies=[allow(Permission.LOG_SESSION)])
def save(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    form: SubmittedWeek,
    lundi: date | None = None,
) -> Response:
    """Save every row that changed, or none when one of them cannot be."""
    now = clock.now()
    monday = _monday(lundi, logging_page.here(db, actor, now=now).today)
    if form.valid:
        wanted = list(week.changes(week.of_week(db, actor, monday), form.data))
        for name, message in week.problems(db, actor, wanted, form.data, now=now):
            form.errors.setdefault(name, message)
    if form.valid:
        for change in wanted:
            week.apply(db, actor, change, now=now)
        return done(request, f"/activites/semaine?lundi={monday}&geste=enregistre")
    return _show(request, db, actor, monday, form, status=422)


def _monday(asked: date | None, today: date) -> date:
    """Give the Monday of the day asked; a day when nothing can have been noted is not one."""
    day = asked if asked is not None and OLDEST <= asked <= today + timedelta(days=7) else today
    return day - timedelta(days=day.weekday())


def _as_typed(rows: list[AssistedSession]) -> Submitted[WeekForm]:
    facts: dict[str, Any] = {}
    for row in rows:
        facts[f"version-{row.id}"] = row.version
        facts[f"held_on-{row.id}"] = row.held_on.isoformat()
        facts[f"duration_min-{row.id}"] = row.duration_min
        facts[f"place_id-{row.id}"] = row.place_id
    return blank(WeekForm, **facts)


def _show(
    request: Request,
    db: WriteSession,
    actor: Actor,
    monday: date,
    form: Submitted[WeekForm],
    *,
    status: int = 200,
    toast: Notice | None = None,
) -> Response:
    today = logging_page.here(db, actor, now=clock.now()).today
    rows = week.of_week(db, actor, monday)
    if status != 200:
        for row in rows:
            form.raw[f"version-{row.id}"] = [str(row.version)]
    return page(
        request,
        "sessions/week.html",
        block="form",
        status=status,
        form=form,
        lines=[history.line(db, row) for row in rows],
        place_choices=[
            {"code": p.id, "label": p.name} for p in organisations.places(db, actor.organisation_id)
        ],
        monday=monday,
        sunday=monday + timedelta(days=6),
        before=monday - timedelta(days=7),
        after=monday + timedelta(days=7) if monday + timedelta(days=7) <= today else None,
        today=today,
        toast=toast,
    )
