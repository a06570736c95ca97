"""The dashboards on screen: one family of pages, one address that says what is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from app.accounts.actor import Actor
from app.accounts.current import AppDatabase, AppSettings, CurrentActor, Db, allow
from app.accounts.permissions import Permission, Role
from app.core import clock
from app.core.db import Database, ReadSession
from app.core.errors import Invalid
from app.core.settings import Settings
from app.reference import vocabularies
from app.sessions import logging_page
from app.statistics.address import (
    Asked,
    chips,
    in_words,
    labelled,
    read_address,
    selects,
)
from app.statistics.answering import answer_page
from app.statistics.answers import Status
from app.statistics.budget import AskedTooMuch
from app.statistics.choosing import (
    BAROMETER,
    DASHBOARD,
    FOLLOW_UPS_PATH,
    accepts,
    period_choice,
    period_of,
    period_shown,
    scope_sentence,
    siblings,
)
from app.statistics.dashboards.activity import activity
from app.statistics.dashboards.asking import Beside, beside, comparison
from app.statistics.dashboards.divides import divides
from app.statistics.dashboards.followups import follow_ups
from app.statistics.dashboards.overview import overview
from app.statistics.dashboards.territories import territories
from app.statistics.open_month import SoFar, so_far
from app.statistics.own import OwnMonth, own_months
from app.statistics.periods import Period
from app.statistics.service import Counter, counter
from app.statistics.store import NoFigures
from app.web.render import page

router = APIRouter()


@dataclass(frozen=True)
class Sheet:
    """One page of the family: its address, its words, its template, how its figures are made."""

    path: str
    label: str
    title: str
    template: str
    make: Callable[[Counter, Asked, Period, Beside | None], Any]


OVERVIEW = Sheet(DASHBOARD, "L’essentiel", "Chiffres", "overview", overview)
DIVIDES = Sheet(f"{DASHBOARD}/fractures", "Fractures", "Les trois fractures", "divides", divides)
ACTIVITY = Sheet(f"{DASHBOARD}/activite", "Activité", "Activité", "activity", activity)
FOLLOW_UPS = Sheet(FOLLOW_UPS_PATH, "Suivis", "Suivis", "follow_ups", follow_ups)
TERRITORIES = Sheet(
    f"{DASHBOARD}/territoires", "Territoires", "Territoires", "territories", territories
)


def pages_of_figures() -> dict[str, str]:
    """Give the pages of figures by address, in the order of their navigation."""
    found = {OVERVIEW.path: OVERVIEW.label, DIVIDES.path: DIVIDES.label, BAROMETER: "Démarches"}
    return found | {one.path: one.label for one in (ACTIVITY, FOLLOW_UPS, TERRITORIES)}


@dataclass(frozen=True)
class Reading:
    """What a page of figures has read: what is asked, and the answer or why there is none."""

    counted: Counter
    asked: Asked
    when: Period
    other: Beside | None = None
    figures: Any = None
    refusal: str = ""
    late: AskedTooMuch | None = None


def _read(counted: Counter, request: Request, sheet: Sheet) -> Reading:
    """Read an address and answer it: the one place where a page knows all before it asks."""
    asked = read_address(request.url.path, request.query_params.multi_items(), counted)
    if asked.refusal:
        return Reading(counted, asked, period_shown(counted, asked), refusal=asked.refusal)
    try:
        when = period_of(counted, asked)
        other = beside(counted, asked, when)
        paid = counted.for_page(asked.where, when.code)
        if other is not None and not other.is_time:  # another territory is another question
            counted.for_page(other.where, other.period.code)
        figures = sheet.make(paid, asked, when, other)
    except Invalid as error:
        refusal = in_words(error, asked, counted)
        return Reading(counted, asked, period_shown(counted, asked), refusal=refusal)
    except AskedTooMuch as error:
        return Reading(counted, asked, period_shown(counted, asked), late=error)
    return Reading(counted, asked, when, other, figures)


def _shown(
    sheet: Sheet,
    request: Request,
    database: Database,
    settings: Settings,
    db: ReadSession,
    actor: Actor,
    **more: Any,
) -> Response:
    template = f"statistics/{sheet.template}.html"
    try:
        counted = counter(database, settings, db, actor)
    except NoFigures as nothing:
        return page(request, template, sheet=sheet, nothing=nothing.sentence, refusal=None, **more)
    db.rollback()  # gives its connection back: counting the question takes another
    reading = _read(counted, request, sheet)
    asked, figures, when = reading.asked, reading.figures, reading.when
    return answer_page(
        request,
        template,
        asked,
        refusal=reading.refusal,
        late=reading.late,
        sheet=sheet,
        nothing="",
        figures=figures,
        is_empty=figures is not None and figures.total.status is Status.EMPTY,
        is_hidden=figures is not None and figures.total.status is Status.HIDDEN,
        scope=scope_sentence(counted, when),
        period=period_choice(counted, when, asked),
        comparison=comparison(counted, asked, when, reading.other),
        chips=chips(counted, asked),
        filters=[one for one in selects(counted, asked) if accepts(sheet.path, one["name"])],
        siblings=siblings(asked, pages_of_figures()),
        divides=labelled("divide", vocabularies.codes("divide")),
        **more,
    )


@router.get(DASHBOARD, dependencies=[allow(Permission.READ_STATISTICS)])
def statistics(
    request: Request, database: AppDatabase, settings: AppSettings, db: Db, actor: CurrentActor
) -> Response:
    """Show the period at a glance: how much, what stops people, how it moves, where."""
    return _shown(
        OVERVIEW,
        request,
        database,
        settings,
        db,
        actor,
        own=_own(db, actor),
        kinds={kind.code: kind.short_label for kind in vocabularies.values("kind")},
        open_months=_open_months(database, actor),
    )


@router.get(DIVIDES.path, dependencies=[allow(Permission.READ_STATISTICS)])
def statistics_of_divides(
    request: Request, database: AppDatabase, settings: AppSettings, db: Db, actor: CurrentActor
) -> Response:
    """Show the three divides by age, territory, theme and time."""
    return _shown(DIVIDES, request, database, settings, db, actor)


@router.get(ACTIVITY.path, dependencies=[allow(Permission.READ_STATISTICS)])
def statistics_of_activity(
    request: Request, database: AppDatabase, settings: AppSettings, db: Db, actor: CurrentActor
) -> Response:
    """Show what advisers do: where, how long, how, about what."""
    return _shown(ACTIVITY, request, database, settings, db, actor)


@router.get(FOLLOW_UPS.path, dependencies=[allow(Permission.READ_STATISTICS)])
def statistics_of_follow_ups(
    request: Request, database: AppDatabase, settings: AppSettings, db: Db, actor: CurrentActor
) -> Response:
    """Show follow-ups, and how many people did not come."""
    return _shown(FOLLOW_UPS, request, database, settings, db, actor)


@router.get(TERRITORIES.path, dependencies=[allow(Permission.READ_STATISTICS)])
def statistics_of_territories(
    request: Request, database: AppDatabase, settings: AppSettings, db: Db, actor: CurrentActor
) -> Response:
    """Show where people are helped, and where there is no place."""
    return _shown(TERRITORIES, request, database, settings, db, actor)


def _open_months(database: Database, actor: Actor) -> list[SoFar]:
    """Give a coordinator the one thing there is to see of a month that is open."""
    if Role.COORDINATOR not in actor.roles:
        return []
    return [line for line in so_far(database, actor, now=clock.now()) if line.attendances]


def _own(db: ReadSession, actor: Actor) -> tuple[OwnMonth, OwnMonth] | None:
    """Count an adviser's own activities; nobody else has figures of her own."""
    if Permission.LOG_SESSION not in actor.permissions:
        return None
    return own_months(db, actor, today=logging_page.here(db, actor, now=clock.now()).today)
