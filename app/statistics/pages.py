"""Figures on screen: the barometer of procedures, and how figures are made."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from app.accounts.current import AppDatabase, AppSettings, CurrentActor, Db, allow
from app.accounts.permissions import Permission
from app.core.errors import Invalid
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
from app.statistics.derived import FEW_PERSONS
from app.statistics.policy import INTERACTIVE_4
from app.statistics.service import counter
from app.statistics.store import NoFigures
from app.statistics.vocabulary import DIMENSIONS, MEASURES
from app.web.render import page

router = APIRouter()
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
    asked = replace(asked, view=vue, compare="")
    return answer_page(
        request,
        "statistics/barometer.html",
        asked,
        refusal=refusal,
        late=late,
        nothing="",
        figures=figures,
        view=view,
        row_title=VIEWS[view],
        families=labelled("blocker_family", FAMILIES),
        siblings=siblings(asked, dashboards.pages_of_figures()),
        views=[Link(words, _of_view(asked, one), one is view) for one, words in VIEWS.items()],
        scope=scope_sentence(counted, period),
        period=period_choice(counted, period, asked),
        chips=chips(counted, asked),
    )


def _of_view(asked: Asked, view: View) -> str:
    """Change what the rows are; rows by theme hold no theme."""
    return asked.link(vue=view) if view is not View.THEME else asked.link(vue=view, theme="")


@router.get("/methode", dependencies=[allow(Permission.PUBLIC)])
def method(request: Request, settings: AppSettings) -> Response:
    """Say how figures are made and protected, and what the protection does not win."""
    return page(
        request,
        "statistics/method.html",
        policy=INTERACTIVE_4,
        noise=method_page.noise(INTERACTIVE_4),
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
