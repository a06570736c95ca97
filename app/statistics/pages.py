"""Figures on screen: the barometer of procedures, and how figures are made."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from app.accounts.current import AppDatabase, AppSettings, CurrentActor, Db, allow
from app.accounts.permissions import Permission
from app.core.errors import Invalid
from app.core.text import NBSP
from app.statistics import method as method_page
from app.statistics import periods
from app.statistics.address import (
    BY_NAME,
    Asked,
    Link,
    chips,
    in_words,
    labelled,
    read_address,
)
from app.statistics.answering import answer_page
from app.statistics.barometer import FAMILIES, View, barometer, usual_period
from app.statistics.budget import DAYS_A_QUARTER, AskedTooMuch
from app.statistics.choosing import BAROMETER, period_choice, scope_sentence, siblings
from app.statistics.dashboards import pages as dashboards
from app.statistics.dashboards.asking import TIMES, beside, comparison
from app.statistics.derived import FEW_PERSONS
from app.statistics.policy import INTERACTIVE_5
from app.statistics.service import Counter, counter
from app.statistics.store import NoFigures
from app.statistics.vocabulary import DIMENSIONS, MEASURES
from app.web.render import page

router = APIRouter()
ONLY_TIME = (
    f"Le baromètre se compare dans le temps seulement{NBSP}: "
    "à l’année d’avant, ou à la période d’avant."
)
VIEWS = dict(zip(View, ("Thème", "Démarche", "Organisme", "Blocage"), strict=True))


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
        return page(request, "statistics/barometer.html", nothing=nothing.sentence)
    db.rollback()  # gives its connection back: counting the question takes another
    asked = read_address(request.url.path, request.query_params.multi_items(), counted)
    theme = asked.held.get(BY_NAME["theme"], "")
    view = View(vue) if vue in VIEWS else View.PROCEDURE if theme else View.THEME
    if theme and view is View.THEME:
        asked = replace(asked, held={})
    read = _read(counted, replace(asked, view=vue), view)
    asked, period = read.asked, read.when
    return answer_page(
        request,
        "statistics/barometer.html",
        asked,
        refusal=read.refusal,
        late=read.late,
        nothing="",
        figures=read.figures,
        view=view,
        row_title=VIEWS[view],
        families=labelled("blocker_family", FAMILIES),
        siblings=siblings(asked, dashboards.pages_of_figures()),
        views=[Link(words, _of_view(asked, one), one is view) for one, words in VIEWS.items()],
        scope=scope_sentence(counted, period),
        period=period_choice(counted, period, asked),
        comparison=replace(comparison(counted, asked, period, read.other), territories=()),
        chips=chips(counted, asked),
    )


def _read(counted: Counter, asked: Asked, view: View) -> dashboards.Reading:
    """Answer the barometer, or say why it has no answer."""
    refusal, when, theme = asked.refusal, usual_period(counted), BY_NAME["theme"]
    if not refusal and asked.held.keys() - {theme}:
        refusal = "Le baromètre se filtre par thème de démarche seulement. Enlevez l’autre filtre."
    if asked.compare not in TIMES:
        refusal = refusal or ONLY_TIME
        asked = replace(asked, compare="")
    try:
        if refusal:
            raise Invalid("", refusal)
        if asked.period:
            when = periods.parse(asked.period, last_month=counted.last_month)
        other = beside(counted, asked, when)
        paid = counted.for_page(asked.where, when.code)
        figures = barometer(paid, view, asked.held.get(theme, ""), when, other)
    except Invalid as error:
        return dashboards.Reading(counted, asked, when, refusal=in_words(error, asked, counted))
    except AskedTooMuch as error:
        return dashboards.Reading(counted, asked, when, late=error)
    return dashboards.Reading(counted, asked, when, other, figures)


def _of_view(asked: Asked, view: View) -> str:
    """Change what the rows are; rows by theme hold no theme."""
    return asked.link(vue=view) if view is not View.THEME else asked.link(vue=view, theme="")


@router.get("/methode", dependencies=[allow(Permission.PUBLIC)])
def method(request: Request, settings: AppSettings) -> Response:
    """Say how figures are made and protected, and what the protection does not win."""
    return page(
        request,
        "statistics/method.html",
        policy=INTERACTIVE_5,
        noise=method_page.noise(INTERACTIVE_5),
        attacks=method_page.attacks(),
        usefulness=method_page.usefulness(),
        alone=method_page.alone(),
        measures=MEASURES.values(),
        dimensions=DIMENSIONS.values(),
        closing_day=periods.CLOSING_DAY,
        few=FEW_PERSONS,
        questions_a_day=settings.questions_a_day,
        questions_a_quarter=DAYS_A_QUARTER * settings.questions_a_day,
    )
