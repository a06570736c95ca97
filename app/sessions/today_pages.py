"""Aujourd'hui (`/`): what is late, what is due, what was noted; and quick passages."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from app.accounts.actor import Actor
from app.accounts.current import AppSettings, CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.agenda import service as agenda
from app.agenda import workshops
from app.core import clock
from app.core.db import WriteSession
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.text import hour
from app.messages.delivery import channels_set
from app.residents import mandates
from app.residents import service as residents
from app.residents.service import NamedResident
from app.sessions import history, logging_page, passages, reminder_lines, tallies
from app.sessions.follow_up_lines import follow_up_lines
from app.sessions.models import SessionKind
from app.sessions.notices import JustDone
from app.sessions.workshop_lines import workshop_lines
from app.web.forms import Form, Submitted, submitted
from app.web.render import done, page

router = APIRouter()
SHOWN_LATE = 8
WEEK = timedelta(days=7)
SHOWN_NOTED = 5


@dataclass(frozen=True)
class Column:
    """One day of the week, for the small chart; no value for a day to come."""

    label: str
    value: int | None
    current: bool


@router.get("/", dependencies=[allow(Permission.OWN_ACCOUNT)])
def today(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    settings: AppSettings,
    just_done: JustDone,
    tout: bool = False,
) -> Response:
    """Show the adviser's day; others are led to what they come for."""
    if Permission.PLAN not in actor.permissions:
        return done(request, _home_of(actor))
    now = clock.now()
    where = logging_page.here(db, actor, now=now)
    waiting = agenda.waiting(db, actor, until=where.today + WEEK)
    due = [p for p in waiting if p.due_on <= where.today]
    lines = follow_up_lines(db, actor, waiting)
    late = [x for x in lines if x.planned.due_on < where.today]
    mine = history.Filters(on=where.today, author_id=actor.account_id)
    noted, _ = history.sessions_page(db, mine, size=12)
    return page(
        request,
        "home/today.html",
        here=where,
        late=late if tout else late[:SHOWN_LATE],
        late_count=len(late),
        due_today=[x for x in lines if x.planned.due_on == where.today],
        soon=[x for x in lines if x.planned.due_on > where.today][:4],
        due_count=len(due),
        noted=[
            (history.line(db, row), hour(row.recorded_at, where.zone))
            for row in [row for row in noted if row.kind is not SessionKind.PASSAGE][:SHOWN_NOTED]
        ],
        tally=tallies.tally(db, mine),
        passage_count=_passages(db, actor, where),
        passage_id=new_id(),
        week=_week(db, actor, where.today),
        week_tally=tallies.tally(db, _this_week(actor, where.today)),
        first_day=not waiting and tallies.tally(db, history.Filters()).activities == 0,
        workshops=workshop_lines(
            db, actor, workshops.coming(db, since=where.today - WEEK, until=where.today)
        ),
        ending=_ending(db, actor, where.today),
        today=where.today,
        stuck=reminder_lines.stuck(db, channels_set(settings)),
        toast=just_done.notice("/"),
    )


def _ending(
    db: WriteSession, actor: Actor, today: date
) -> list[tuple[NamedResident, mandates.Standing]]:
    found = mandates.ending(db, actor, today=today)
    names = residents.name_residents(db, actor, [one.resident_id for one in found], now=clock.now())
    return [(names[one.resident_id], one) for one in found if one.resident_id in names]


def _home_of(actor: Actor) -> str:
    for permission, path in (
        (Permission.READ_STATISTICS, "/statistiques"),
        (Permission.READ_REPORTS, "/rapports"),
        (Permission.READ_CATALOGUE, "/demarches"),
    ):
        if permission in actor.permissions:
            return path
    return "/methode"


def _passages(db: WriteSession, actor: Actor, where: logging_page.Here) -> int:
    if where.place is None:
        return 0
    return passages.passages_today(db, actor, where.place.id, on=where.today)


def _this_week(actor: Actor, today: date) -> history.Filters:
    monday = today - timedelta(days=today.weekday())
    return history.Filters(
        since=monday, until=monday + timedelta(days=6), author_id=actor.account_id
    )


def _week(db: WriteSession, actor: Actor, today: date) -> list[Column]:
    monday = today - timedelta(days=today.weekday())
    counts = tallies.by_day(db, _this_week(actor, today))
    names = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")
    days = [monday + timedelta(days=i) for i in range(7)]
    return [
        Column(name, None if day > today else counts.get(day, 0), day == today)
        for name, day in zip(names, days, strict=True)
        if day.weekday() < 5 or counts.get(day)
    ]


class PassageForm(Form):
    """One quick passage; the id comes with the page, so that a double tap counts once."""

    id: UUID = Field(title="Numéro")


@router.post("/passages", dependencies=[allow(Permission.LOG_SESSION)])
def one_more(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    form: Annotated[Submitted[PassageForm], Depends(submitted(PassageForm))],
) -> Response:
    """Count one passage, here and today."""
    now = clock.now()
    where = logging_page.here(db, actor, now=now)
    if where.place is None or not form.valid:
        raise NotFound("Choisissez d’abord un lieu.")
    passages.count_passage(db, actor, where.place, on=where.today, now=now, passage_id=form.data.id)
    return done(request, "/?geste=passage")


@router.post("/passages/retirer", dependencies=[allow(Permission.LOG_SESSION)])
def one_less(request: Request, db: WriteDb, actor: CurrentActor) -> Response:
    """Take back the last passage of today."""
    now = clock.now()
    where = logging_page.here(db, actor, now=now)
    if where.place is not None:
        passages.take_back_passage(db, actor, where.place, on=where.today, now=now)
    return done(request, "/?geste=passage-retire")
