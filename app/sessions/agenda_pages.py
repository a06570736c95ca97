"""The agenda (`/agenda`): a day, a week or a list, and planning from it."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from itertools import chain
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import service as accounts
from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.agenda import office_hours
from app.agenda.forms import AgendaForm, HourForm
from app.core import clock
from app.core.db import WriteSession
from app.core.errors import NotFound
from app.core.text import day as said_day
from app.residents import finding
from app.residents import service as residents
from app.sessions import agenda_view, logging_page, office_lines
from app.sessions.notices import JustDone
from app.web.forms import Submitted, blank, check, submitted
from app.web.render import done, fragment, page

router = APIRouter()
PLAN = [allow(Permission.PLAN)]
SubmittedAgenda = Annotated[Submitted[AgendaForm], Depends(submitted(AgendaForm))]
LISTED_DAYS, RECENT_PEOPLE = 28, 4
YEARS = range(2000, 2101)


class View(StrEnum):
    """How much of the agenda is shown."""

    DAY = "jour"
    WEEK = "semaine"
    LIST = "liste"

    def first(self, day: date) -> date:
        """Give the first day shown: a week begins on its Monday."""
        return day - timedelta(days=day.weekday()) if self is View.WEEK else day

    @property
    def length(self) -> int:
        """Count the days shown."""
        return {View.DAY: 1, View.WEEK: 7, View.LIST: LISTED_DAYS}[self]


@dataclass(frozen=True)
class Link:
    """One way of seeing, as a link."""

    label: str
    href: str
    is_current: bool


@router.get("/agenda", dependencies=PLAN)
def today(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    just_done: JustDone,
    vue: View = View.WEEK,
) -> Response:
    """Show the present week, or day, or the list from today on."""
    day = logging_page.here(db, actor, now=clock.now()).today
    return _show(request, db, actor, day, vue, just_done)


@router.get("/agenda/nouveau", dependencies=PLAN)
def new(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    jour: date | None = None,
    heure: time | None = None,
    duree: int | None = None,
    lieu: UUID | None = None,
    permanence: UUID | None = None,
) -> Response:
    """Show the form of an appointment, on the day or in the slot it was asked from."""
    where = logging_page.here(db, actor, now=clock.now())
    form = blank(
        AgendaForm,
        on=max(jour or where.today, where.today),
        starts_at=heure.strftime("%H:%M") if heure else None,
        duration_min=duree,
        place_id=lieu or (where.place.id if where.place else None),
        office_hours_id=permanence,
    )
    return _form(request, db, actor, form)


@router.post("/agenda/nouveau/recherche", dependencies=PLAN)
def search(request: Request, db: WriteDb, actor: CurrentActor, form: SubmittedAgenda) -> Response:
    """Find who the appointment is with; all that was typed stays."""
    form.errors.clear()
    return _form(request, db, actor, form, typed=form.value("person_q").strip()[:80])


@router.post("/agenda/nouveau/jour", dependencies=PLAN)
def tell_day(request: Request, db: WriteDb, actor: CurrentActor, form: SubmittedAgenda) -> Response:
    """Say what the day typed holds already, before saving."""
    where = logging_page.here(db, actor, now=clock.now())
    same_day = _same_day(db, actor, where, form)
    return fragment(request, "agenda/plan.html", "same_day", same_day=same_day)


@router.post("/agenda/nouveau", dependencies=PLAN)
def plan(request: Request, db: WriteDb, actor: CurrentActor, form: SubmittedAgenda) -> Response:
    """Plan it, and show its day."""
    row, gone = None, False
    if form.valid:
        row, gone = logging_page.plan_from(
            db,
            actor,
            form,
            resident_id=form.data.resident_id,
            procedure=None,
            now=clock.now(),
            office_hours_id=form.data.office_hours_id,
        )
    if row is not None and row.adviser_id != actor.account_id:
        return done(request, f"/permanences?suivi={row.id}&geste=prevu")
    if row is not None:
        return done(request, f"/agenda/{row.due_on}?suivi={row.id}&geste=prevu")
    return _form(request, db, actor, form, status=422, gone=gone)


@router.get("/agenda/{jour}", dependencies=PLAN)
def one_day(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    just_done: JustDone,
    jour: date,
    vue: View = View.DAY,
) -> Response:
    """Show a day, or the week or the list that it opens. Raises NotFound for another century's."""
    if jour.year not in YEARS:
        raise NotFound("Cette date est trop lointaine.")
    return _show(request, db, actor, jour, vue, just_done)


def _show(
    request: Request, db: WriteSession, actor: Actor, day: date, view: View, just_done: JustDone
) -> Response:
    now = clock.now()
    where = logging_page.here(db, actor, now=now)
    first = view.first(day)
    last = first + timedelta(days=view.length - 1)
    days = agenda_view.days(db, actor, since=first, until=last, commune=_commune(where))
    desks = office_lines.own_desks(db, actor, since=first, until=last, now=now)
    shows_today = first <= where.today <= last
    path = _path(day, view, where.today)
    return page(
        request,
        "agenda/agenda.html",
        view=view,
        day=day,
        days=[
            d
            for d in days
            if d.on.weekday() < 5 or d.entries or d.on in desks or view is not View.WEEK
        ],
        desks=desks,
        heading=_heading(day, first, view),
        late=agenda_view.late(db, actor, today=where.today, now=now) if shows_today else [],
        hours=agenda_view.hours_of(days, chain.from_iterable(desks.values())),
        here=where,
        today=where.today,
        now_at=now.astimezone(ZoneInfo(where.zone)).time(),
        is_empty=not desks and not any(d.entries for d in days),
        links=[
            Link(label, _path(day, other, where.today), other is view)
            for other, label in ((View.DAY, "Jour"), (View.WEEK, "Semaine"), (View.LIST, "Liste"))
        ],
        before=_path(first - timedelta(days=view.length), view, None),
        after=_path(last + timedelta(days=1), view, None),
        back=path,
        toast=just_done.notice(path),
    )


def _commune(where: logging_page.Here) -> str:
    place = where.place or next(iter(where.every), None)
    return place.commune if place else ""


def _path(day: date, view: View, today: date | None) -> str:
    """Give the address of a view: the day is left out when it is today."""
    return f"/agenda?vue={view}" if day == today else f"/agenda/{day}?vue={view}"


def _heading(day: date, first: date, view: View) -> str:
    if view is View.DAY:
        said = said_day(day)
        return said[:1].upper() + said[1:]
    start = said_day(first, weekday=False)
    return f"Semaine du {start}" if view is View.WEEK else f"À partir du {start}"


def _form(
    request: Request,
    db: WriteSession,
    actor: Actor,
    form: Submitted[AgendaForm],
    *,
    status: int = 200,
    gone: bool = False,
    typed: str = "",
) -> Response:
    now = clock.now()
    where = logging_page.here(db, actor, now=now)
    chosen = logging_page.readable_ids(form.values("resident_id"))
    if typed:
        found = finding.search_residents(db, actor, typed, now=now)
    else:
        found = finding.recent_residents(db, actor, now=now, limit=RECENT_PEOPLE)
    kept = residents.name_residents(db, actor, chosen, now=now)
    people = list({p.id: p for p in [*kept.values(), *found]}.values())
    return page(
        request,
        "agenda/plan.html",
        block="found",
        status=status,
        form=form,
        people=people,
        typed=typed,
        is_found=bool(found),
        gone=gone,
        same_day=_same_day(db, actor, where, form),
        colleague=_colleague(db, actor, form),
        today=where.today,
        **logging_page.moment_choices(db, actor, form),
    )


def _colleague(db: WriteSession, actor: Actor, form: Submitted[AgendaForm]) -> str:
    """Name the colleague whose slot is being taken; nobody for one's own agenda."""
    for number in logging_page.readable_ids(form.values("office_hours_id")):
        adviser_id = office_hours.office_hours(db, number).adviser_id
        if adviser_id != actor.account_id:
            return accounts.names(db, {adviser_id}).get(adviser_id, "")
    return ""


def _same_day(
    db: WriteSession, actor: Actor, where: logging_page.Here, form: Submitted[AgendaForm]
) -> dict[str, Any] | None:
    """Gather what is known of the day typed, to say it before saving; None for no day."""
    try:
        on = date.fromisoformat(form.value("on"))
    except ValueError:
        return None
    if on.year not in YEARS:
        return None
    found = agenda_view.days(db, actor, since=on, until=on, commune=_commune(where))[0]
    moment = _typed_hour(form)
    clashes = agenda_view.clashes_with(found.timed, on, *moment, zone=where.zone) if moment else ()
    return {"day": found, "said": said_day(on), "clashes": clashes}


def _typed_hour(form: Submitted[AgendaForm]) -> tuple[time, int] | None:
    """Read the hour and the length while the rest of the form may still be wrong."""
    known = ("starts_at", "duration_min")
    alone = check(HourForm, {name: form.values(name) for name in known})
    return (alone.data.starts_at, alone.data.duration_min) if alone.valid else None
