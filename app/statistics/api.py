"""Protected tables for other software: `/api/v1/statistics`, the same cells as on screen."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.accounts.current import AppDatabase, AppSettings, CurrentActor, allow
from app.accounts.permissions import Permission
from app.statistics.asking import API, read_table
from app.statistics.service import counter

router = APIRouter(prefix="/api/v1")


@router.get("/statistics", dependencies=[allow(Permission.READ_STATISTICS)])
def statistics(
    request: Request, database: AppDatabase, settings: AppSettings, actor: CurrentActor
) -> Response:
    """Give one protected table, exactly as this person sees it (interfaces.md § 6)."""
    with database.reading(actor.scope) as db:
        count = counter(database, settings, db, actor)
    question = read_table(request.query_params.multi_items(), API, count)
    return JSONResponse(count.answer([question])[0].to_json())
