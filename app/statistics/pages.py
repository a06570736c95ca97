"""Figures on screen: the dashboard, the barometer of procedures, how both are made."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from fastapi import APIRouter, Request, Response

from app.accounts.actor import Actor
from app.accounts.current import AppDatabase, AppSettings, CurrentActor, Db, allow
from app.accounts.permissions import Permission, Role
from app.core import clock, text
from app.core.clock import PARIS
from app.core.db import Database, ReadSession
from app.core.errors import Invalid
from app.core.text import NBSP
from app.reference import vocabularies
from app.sessions import logging_page
from app.statistics import periods
from app.statistics.address import (
    BY_NAME,
    Asked,
    Link,
    Refusal,
    capital,
    chips,
    in_words,
    read_address,
    refusal_of,
    selects,
)
from app.statistics.barometer import FAMILIES, View, barometer, usual_period
from app.statistics.budget import AskedTooMuch
from app.statistics.dashboard import dashboard
from app.statistics.disclosure import Status
from app.statistics.open_month import SoFar, so_far
from app.statistics.own import OwnMonth, own_months
from app.statistics.periods import Level, Period
from app.statistics.policy import INTERACTIVE_2, KEY_SPACE
from app.statistics.service import Counter, counter
from app.statistics.store import NoFigures
from app.statistics.vocabulary import MEASURES
from app.web.render import page

router = APIRouter()
DASHBOARD, BAROMETER = "/statistiques", "/demarches/barometre"
LEVELS = dict(zip(Level, ("Mois", "Trimestre", "Semestre", "Année"), strict=True))
VIEWS = dict(zip(View, ("Thème", "Démarche", "Organisme", "Blocage"), strict=True))


@dataclass(frozen=True)
class PeriodChoice:
    """The closed periods as the page offers them, and when the next month comes."""

    levels: tuple[Link, ...]
    choices: tuple[Link, ...]
    label: str
    next_one: str
    provisional: str


def period_choice(counted: Counter, chosen: Period, asked: Asked) -> PeriodChoice:
    """Offer lengths of a period, and the closed periods of the length that is shown."""
    last, first_year = counted.last_month, min(counted.view.version.years)
    closed = [
        period
        for period in periods.closed_periods(last, last.year - first_year + 1)
        if period.year >= first_year
    ]
    by_level = {
        level: sorted((p for p in closed if p.level is level), reverse=True) for level in LEVELS
    }
    facts = counted.view.version.years.get(chosen.year)
    final = periods.becomes_final_at(chosen.year).astimezone(PARIS).date()
    return PeriodChoice(
        levels=tuple(
            Link(words, asked.link(periode=_nearest(same, chosen).code), level is chosen.level)
            for level, words in LEVELS.items()
            if (same := by_level[level])
        ),
        choices=tuple(
            Link(capital(one.label), asked.link(periode=one.code), one == chosen)
            for one in by_level[chosen.level]
        ),
        label=capital(chosen.label),
        next_one=_next_month(last, clock.now()),
        provisional=(
            f"Provisoire jusqu’au {text.day(final, weekday=False)}"
            if facts is not None and not facts.is_final
            else ""
        ),
    )


def _nearest(same_level: list[Period], chosen: Period) -> Period:
    """Choose among the periods of a length, latest first: the one that ends with what is shown."""
    return next((period for period in same_level if period.end <= chosen.end), same_level[-1])


def _next_month(last: Period, now: datetime) -> str:
    """Say when the next month comes: « Novembre paraîtra le 5 décembre. »"""
    coming = periods.next_month(last)
    closing = periods.closes_at(coming)
    if closing <= now:
        return ""
    day = text.day(closing.astimezone(PARIS).date(), weekday=False)
    return f"{capital(coming.label.split()[0])} paraîtra le {day}."


@router.get(DASHBOARD, dependencies=[allow(Permission.READ_STATISTICS)])
def statistics(
    request: Request, database: AppDatabase, settings: AppSettings, db: Db, actor: CurrentActor
) -> Response:
    """Show the three divides: how many people, what stops them, and how it moves."""
    own = _own(db, actor)
    kinds = {kind.code: kind.short_label for kind in vocabularies.values("kind")}
    try:
        counted = counter(database, settings, db, actor)
    except NoFigures as nothing:
        nothing_yet = nothing.message
        return page(request, "statistics/dashboard.html", own=own, kinds=kinds, nothing=nothing_yet)
    db.rollback()  # gives its connection back: counting the question takes another
    asked = _read(request, counted)
    refusal, figures, late = asked.refusal, None, None
    if not refusal:
        try:
            paid = counted.for_page(asked.where, asked.period)
            figures = dashboard(paid, asked.where, asked.period)
        except Invalid as error:
            refusal = in_words(error, asked, counted)
        except AskedTooMuch as error:
            late = error
    chosen = figures.period if figures else _period_shown(counted, asked)
    return _answer(
        request,
        "statistics/dashboard.html",
        refusal=refusal_of(refusal, asked, late),
        late=late,
        own=own,
        kinds=kinds,
        nothing="",
        figures=figures,
        is_empty=figures is not None and figures.total.status is Status.EMPTY,
        is_hidden=figures is not None and figures.total.status is Status.HIDDEN,
        scope=scope_sentence(counted, chosen),
        period=period_choice(counted, chosen, asked),
        asked=asked,
        chips=chips(counted, asked),
        filters=selects(counted, asked),
        divides=_labelled("divide", vocabularies.codes("divide")),
        open_months=_open_months(database, actor),
    )


def _open_months(database: Database, actor: Actor) -> list[SoFar]:
    """Give a coordinator the one thing there is to see of a month that is open."""
    if Role.COORDINATOR not in actor.roles:
        return []
    return [line for line in so_far(database, actor, now=clock.now()) if line.attendances]


def _read(request: Request, counted: Counter) -> Asked:
    return read_address(request.url.path, request.query_params.multi_items(), counted)


def _own(db: ReadSession, actor: Actor) -> tuple[OwnMonth, OwnMonth] | None:
    """Count an adviser's own activities; nobody else has figures of her own."""
    if Permission.LOG_SESSION not in actor.permissions:
        return None
    return own_months(db, actor, today=logging_page.here(db, actor, now=clock.now()).today)


def _period_shown(counted: Counter, asked: Asked) -> Period:
    """Give the period of a refused page: the one asked for when it is closed."""
    try:
        return periods.parse(asked.period, last_month=counted.last_month)
    except Invalid:
        return counted.reader.usual_period()


def scope_sentence(counted: Counter, when: Period) -> str:
    """Say whose figures these are: a structure by its name, several by their territory."""
    ground = counted.view.ground(when)
    labels = ground.reference.labels
    known = labels["organisation"].items()
    structures = [label for slug, label in known if slug in counted.view.organisations]
    if len(structures) == 1:
        return structures[0]
    places = [labels["departement"][code] for code in ground.values("departement")]
    where = " et ".join(places) if len(places) <= 2 else f"{len(places)} départements"
    return f"{where} · {text.plural(len(structures), 'structure')}"


@router.get(BAROMETER, dependencies=[allow(Permission.READ_STATISTICS)])
def procedures_barometer(
    request: Request,
    database: AppDatabase,
    settings: AppSettings,
    db: Db,
    actor: CurrentActor,
    vue: str = "",
) -> Response:
    """Show which procedures need help and what blocks, by theme, procedure, body or blocker."""
    try:
        counted = counter(database, settings, db, actor)
    except NoFigures as nothing:
        return page(request, "statistics/barometer.html", nothing=nothing.message)
    db.rollback()  # gives its connection back: counting the question takes another
    asked = _read(request, counted)
    theme = asked.held.get(BY_NAME["theme"], "")
    view = View(vue) if vue in VIEWS else View.PROCEDURE if theme else View.THEME
    refusal, figures, late = asked.refusal, None, None
    if theme and view is View.THEME:
        asked, theme = replace(asked, held={}), ""
    if not refusal and asked.held.keys() - {BY_NAME["theme"]}:
        refusal = "Le baromètre se filtre par thème de démarche seulement. Enlevez l’autre filtre."
    period = usual_period(counted)
    if not refusal:
        try:
            if asked.period:
                period = periods.parse(asked.period, last_month=counted.last_month)
            figures = barometer(counted.for_page(asked.where, period.code), view, theme, period)
        except Invalid as error:
            refusal = in_words(error, asked, counted)
        except AskedTooMuch as error:
            late = error
    asked = replace(asked, view=vue)
    return _answer(
        request,
        "statistics/barometer.html",
        refusal=refusal_of(refusal, asked, late),
        late=late,
        nothing="",
        figures=figures,
        view=view,
        row_title=VIEWS[view],
        families=_labelled("blocker_family", FAMILIES),
        views=[Link(words, _of_view(asked, one), one is view) for one, words in VIEWS.items()],
        scope=scope_sentence(counted, period),
        period=period_choice(counted, period, asked),
        asked=asked,
        chips=chips(counted, asked),
    )


def _answer(
    request: Request,
    template: str,
    *,
    refusal: Refusal | None,
    late: AskedTooMuch | None,
    **context: Any,
) -> Response:
    """Answer a page of figures, or why it has none; too many questions say when to come back."""
    status = AskedTooMuch.status if late else Invalid.status if refusal else 200
    response = page(request, template, status=status, refusal=refusal, **context)
    if late:
        response.headers["Retry-After"] = str(late.retry_after_s)
    return response


def _labelled(vocabulary: str, codes: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Give the icon and the word of some codes, words kept on one line."""
    found = [vocabularies.value(vocabulary, code) for code in codes]
    return {one.code: (one.icon, one.short_label.replace(" ", NBSP)) for one in found}


def _of_view(asked: Asked, view: View) -> str:
    """Change what the rows are; rows by theme hold no theme."""
    return asked.link(vue=view) if view is not View.THEME else asked.link(vue=view, theme="")


@router.get("/methode", dependencies=[allow(Permission.PUBLIC)])
def method(request: Request) -> Response:
    """Say how figures are made and protected, and what the protection does not win."""
    bounds = (0, *INTERACTIVE_2.bounds)
    chances = [high - low for low, high in pairwise(bounds)]
    noise = [
        {
            "step": f"{step:+d}".replace("-", "−") if step else "0",
            "percent": text.number(100 * chance / KEY_SPACE, 1),
        }
        for step, chance in enumerate(chances, start=-INTERACTIVE_2.spread)
    ]
    return page(
        request,
        "statistics/method.html",
        policy=INTERACTIVE_2,
        noise=noise,
        measures=MEASURES.values(),
        closing_day=periods.CLOSING_DAY,
    )
