"""`/conformite`: what the DPO of some structures is told of, in plain words."""

from fastapi import APIRouter, Request, Response

from app.accounts.current import AppDatabase, AppSettings, CurrentActor, allow
from app.accounts.permissions import Permission
from app.core import clock
from app.core.clock import PARIS
from app.privacy.notices import asked_much
from app.statistics.budget import DAYS_A_QUARTER, PACE_S, Span
from app.web.render import page

router = APIRouter()


@router.get("/conformite", dependencies=[allow(Permission.OVERSEE)])
def notices(
    request: Request, database: AppDatabase, settings: AppSettings, actor: CurrentActor
) -> Response:
    """Say who asked the statistics very many questions; never which."""
    a_day = settings.questions_a_day
    limits = {
        Span.DAY: (a_day, "en un jour"),
        Span.QUARTER: (DAYS_A_QUARTER * a_day, "en un trimestre"),
    }
    found = asked_much(database, actor, now=clock.now())
    rows = [(one.name, one.at.astimezone(PARIS), *limits[one.span]) for one in found]
    return page(request, "privacy/notices.html", rows=rows, limits=limits.values(), pace=PACE_S)
