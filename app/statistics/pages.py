"""Figures on screen: the dashboard, the barometer of procedures, how both are made."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from app.accounts.actor import Actor
from app.accounts.current import AppDatabase, AppSettings, CurrentActor, Db, allow
from app.accounts.permissions import Permission
from app.core import clock, text
from app.core.clock import PARIS
from app.core.db import ReadSession
from app.core.errors import Invalid
from app.core.text import NBSP
from app.reference import vocabularies
from app.statistics import periods
from app.statistics.barometer import FAMILIES, View, barometer, usual_period
from app.statistics.dashboard import dashboard
from app.statistics.disclosure import Status
from app.statistics.own import OwnMonth, own_months
from app.statistics.periods import Level, Period
from app.statistics.policy import INTERACTIVE_1, KEY_SPACE
from app.statistics.service import Counter, counter
from app.statistics.store import NoFigures
from app.statistics.vocabulary import MEASURES
from app.web.render import page

router = APIRouter()
DASHBOARD, BAROMETER = "/statistiques", "/demarches/barometre"
MAX_FILTERS = 2  # with the rows of a table, three things at once
NAMED_VALUES = 12
LEVELS = dict(zip(Level, ("Mois", "Trimestre", "Semestre", "Année"), strict=True))
VIEWS = dict(zip(View, ("Thème", "Démarche", "Organisme", "Blocage"), strict=True))
TITLES = {
    View.THEME: "Ce qui bloque, par thème de démarche",
    View.PROCEDURE: "Ce qui bloque, par démarche",
    View.PROVIDER: "Ce qui bloque, par organisme",
    View.BLOCKER: "Les blocages les plus fréquents",
}
_CODE = re.compile(r"\b\d{4}(?:-(?:\d{2}|T\d|S\d))?(?= \()")


@dataclass(frozen=True)
class Filter:
    """One filter of the page: its name in the address, what it holds, its words."""

    name: str
    dimension: str
    label: str
    every: str


FILTERS = (
    Filter("lieu", "place", "Lieu", "Tous les lieux"),
    Filter("structure", "organisation", "Structure", "Toutes les structures"),
    Filter("departement", "departement", "Département", "Tous les départements"),
    Filter("age", "age_group", "Âge", "Tous les âges"),
    Filter("genre", "gender", "Genre", "Tous les genres"),
    Filter("type", "kind", "Type", "Tous les types"),
    Filter("theme", "procedure_theme", "Thème de démarche", "Tous les thèmes"),
)
_BY_NAME = {name: one for one in FILTERS for name in (one.name, one.dimension)}


@dataclass(frozen=True)
class Link:
    """A choice drawn as a link."""

    label: str
    href: str
    is_current: bool = False


@dataclass(frozen=True)
class Asked:
    """What an address asks: a period, filters that can be held, and why it is refused."""

    path: str
    period: str
    held: Mapping[Filter, str]
    refusal: str = ""
    view: str = ""

    @property
    def where(self) -> list[str]:
        """The filters as questions write them."""
        return [f"{one.dimension}={value}" for one, value in self.held.items()]

    def link(self, **changes: str) -> str:
        """Write the address with some answers changed; an empty one is taken away."""
        state = {"periode": self.period, "vue": self.view}
        state |= {one.name: value for one, value in self.held.items()}
        kept = {name: value for name, value in (state | changes).items() if value}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path


def read_address(request: Request, counted: Counter, ignored: Iterable[str] = ()) -> Asked:
    """Read the address; what cannot be held is left out, with the sentence that refuses it."""
    period, held, refusal = "", dict[Filter, str](), ""
    for name, value in request.query_params.multi_items():
        if name == "periode":
            period = value.strip()[:20]
        elif value and name not in ignored:
            one = _BY_NAME.get(name)
            refusal = refusal or _refused(counted, one, name, value, held, period)
            if one is not None and value in values(counted, one, period):
                held.setdefault(one, value)
    if len(held) > MAX_FILTERS and not refusal:
        refusal = (
            f"Deux filtres au plus à la fois{NBSP}: au-delà, presque tout serait masqué. "
            f"Enlevez-en {len(held) - MAX_FILTERS}."
        )
    return Asked(request.url.path, period, held, refusal)


def values(counted: Counter, one: Filter, period: str) -> dict[str, str]:
    """Give what a filter can hold in the year of a period, with the words for it."""
    try:
        year = periods.read(period).year
    except ValueError:
        year = counted.last_month.year
    ground = counted.view.ground(Period(year, Level.YEAR, 1))
    labels = ground.reference.labels[one.dimension]
    return {value: labels[value] for value in ground.values(one.dimension)}


def _refused(
    counted: Counter,
    one: Filter | None,
    name: str,
    value: str,
    held: Mapping[Filter, str],
    period: str,
) -> str:
    """Say why one part of an address cannot be answered, and what could; "" when it can."""
    if one is None:
        possible = ", ".join(each.label.lower() for each in FILTERS)
        return f"Le filtre {_quoted(name)} n’existe pas ici. Filtres possibles{NBSP}: {possible}."
    known = values(counted, one, period)
    listed = [label for code, label in known.items() if code in re.split(r"[,;|]", value)]
    if one in held or len(listed) > 1:
        return (
            f"Une seule valeur par filtre{NBSP}: pas de liste pour {_quoted(one.label)}. "
            "Gardez-en une, ou aucune."
        )
    if value not in known:
        names = ", ".join(list(known.values())[:NAMED_VALUES])
        more = f" ({len(known)} en tout)" if len(known) > NAMED_VALUES else ""
        return (
            f"{_quoted(value)} n’est pas une valeur de {_quoted(one.label)}. "
            f"Valeurs possibles{NBSP}: {names}{more}."
        )
    return ""


def _quoted(words: str) -> str:
    return f"«{NBSP}{words[:60]}{NBSP}»"


def _in_words(error: Invalid, asked: Asked, counted: Counter) -> str:
    """Put a refusal in the words of the page, which has labels and no codes."""
    if error.field != "where":
        return error.message
    names = [
        _quoted(values(counted, one, asked.period)[value]) for one, value in asked.held.items()
    ]
    return f"{' et '.join(names)} ne peuvent aller ensemble. Enlevez l’un de ces filtres."


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
            Link(_capital(one.label), asked.link(periode=one.code), one == chosen)
            for one in by_level[chosen.level]
        ),
        label=_capital(chosen.label),
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
    """Say when the next month comes: « Novembre paraîtra le 5 décembre. »"""
    coming = periods.next_month(last)
    closing = periods.closes_at(coming)
    if closing <= now:
        return ""
    day = text.day(closing.astimezone(PARIS).date(), weekday=False)
    return f"{_capital(coming.label.split()[0])} paraîtra le {day}."


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


@router.get(DASHBOARD, dependencies=[allow(Permission.READ_STATISTICS)])
def statistics(
    request: Request, database: AppDatabase, settings: AppSettings, db: Db, actor: CurrentActor
) -> Response:
    """Show the three divides: how many people, what stops them, and how it moves."""
    own = _own(db, actor)
    kinds = {kind.code: kind.label for kind in vocabularies.values("kind")}
    divides = {one.code: (one.icon, one.label) for one in vocabularies.values("divide")}
    try:
        counted = counter(database, settings, db, actor)
    except NoFigures as nothing:
        nothing_yet = nothing.message
        return page(request, "statistics/dashboard.html", own=own, kinds=kinds, nothing=nothing_yet)
    asked = read_address(request, counted)
    refusal, figures = asked.refusal, None
    if not refusal:
        try:
            figures = dashboard(counted, asked.where, asked.period)
        except Invalid as error:
            refusal = _in_words(error, asked, counted)
    chosen = figures.period if figures else _period_shown(counted, asked)
    return page(
        request,
        "statistics/dashboard.html",
        status=422 if refusal else 200,
        own=own,
        kinds=kinds,
        nothing="",
        refusal=refusal,
        possible=possible(refusal, asked),
        figures=figures,
        is_empty=figures is not None and figures.total.status is Status.EMPTY,
        is_hidden=figures is not None and figures.total.status is Status.HIDDEN,
        scope=scope_sentence(counted, chosen),
        period=period_choice(counted, chosen, asked),
        asked=asked,
        chips=chips(counted, asked),
        filters=selects(counted, asked),
        divides=divides,
    )


def _own(db: ReadSession, actor: Actor) -> tuple[OwnMonth, OwnMonth] | None:
    """Count an adviser's own activities; nobody else has figures of her own."""
    if Permission.LOG_SESSION not in actor.permissions:
        return None
    return own_months(db, actor, today=clock.now().astimezone(PARIS).date())


def _period_shown(counted: Counter, asked: Asked) -> Period:
    """Give the period of a refused page: the one asked for when it is closed."""
    try:
        return periods.parse(asked.period, last_month=counted.last_month)
    except Invalid:
        return counted.reader.usual_period()


def possible(refusal: str, asked: Asked) -> list[Link]:
    """Make links of the periods that a refusal names."""
    codes = _CODE.findall(refusal)
    return [Link(_capital(periods.read(code).label), asked.link(periode=code)) for code in codes]


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


def chips(counted: Counter, asked: Asked) -> list[Link]:
    """Show each filter in force with the address that takes it away."""
    return [
        Link(
            f"{one.label}{NBSP}: {values(counted, one, asked.period)[value]}",
            asked.link(**{one.name: ""}),
        )
        for one, value in asked.held.items()
    ]


def selects(counted: Counter, asked: Asked) -> list[dict[str, Any]]:
    """Describe the lists of the filter bar; what has one value only is no choice."""
    found: list[dict[str, Any]] = []
    for one in FILTERS:
        known = values(counted, one, asked.period)
        if len(known) > 1:
            found.append(
                {
                    "name": one.name,
                    "label": one.label,
                    "every": one.every,
                    "options": [{"code": code, "label": label} for code, label in known.items()],
                    "chosen": asked.held.get(one, ""),
                }
            )
    return found


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
    asked = read_address(request, counted, ignored=("vue",))
    theme = asked.held.get(_BY_NAME["theme"], "")
    view = View(vue) if vue in VIEWS else View.PROCEDURE if theme else View.THEME
    refusal, figures = asked.refusal, None
    if theme and view is View.THEME:
        asked, theme = replace(asked, held={}), ""
    if not refusal and asked.held.keys() - {_BY_NAME["theme"]}:
        refusal = "Le baromètre se filtre par thème de démarche seulement. Enlevez l’autre filtre."
    period = usual_period(counted)
    if not refusal:
        try:
            if asked.period:
                period = periods.parse(asked.period, last_month=counted.last_month)
            figures = barometer(counted, view, theme, period)
        except Invalid as error:
            refusal = _in_words(error, asked, counted)
    asked = replace(asked, view=vue)
    return page(
        request,
        "statistics/barometer.html",
        status=422 if refusal else 200,
        nothing="",
        refusal=refusal,
        possible=possible(refusal, asked),
        figures=figures,
        view=view,
        title=TITLES[view],
        row_title=VIEWS[view],
        families={
            one.code: (one.icon, one.short_label.replace(" ", NBSP))
            for one in vocabularies.values("blocker_family")
            if one.code in FAMILIES
        },
        views=[Link(words, _of_view(asked, one), one is view) for one, words in VIEWS.items()],
        scope=scope_sentence(counted, period),
        period=period_choice(counted, period, asked),
        asked=asked,
        chips=chips(counted, asked),
    )


def _of_view(asked: Asked, view: View) -> str:
    """Change what the rows are; rows by theme hold no theme."""
    return asked.link(vue=view) if view is not View.THEME else asked.link(vue=view, theme="")


@router.get("/methode", dependencies=[allow(Permission.PUBLIC)])
def method(request: Request) -> Response:
    """Say how figures are made and protected, and what the protection does not win."""
    bounds = (0, *INTERACTIVE_1.bounds)
    chances = [high - low for low, high in pairwise(bounds)]
    noise = [
        {
            "step": f"{step:+d}".replace("-", "−") if step else "0",
            "percent": text.number(100 * chance / KEY_SPACE, 1),
        }
        for step, chance in enumerate(chances, start=-INTERACTIVE_1.spread)
    ]
    return page(
        request,
        "statistics/method.html",
        policy=INTERACTIVE_1,
        noise=noise,
        measures=MEASURES.values(),
        closing_day=periods.CLOSING_DAY,
    )
