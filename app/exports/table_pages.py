"""`/statistiques/tableau.<format>`: any table that is shown, as a file."""

from fastapi import APIRouter, Request, Response

from app.accounts.current import AppDatabase, AppSettings, CurrentActor, allow
from app.accounts.permissions import Permission
from app.core import clock
from app.core.text import slugify
from app.exports.service import note_export
from app.exports.table_files import as_file, format_named, table_file
from app.statistics.asking import DOWNLOAD, LINK, read_table
from app.statistics.service import counter

router = APIRouter()


@router.get(f"{DOWNLOAD}.{{format}}", dependencies=[allow(Permission.READ_STATISTICS)])
def take_table(
    request: Request,
    database: AppDatabase,
    settings: AppSettings,
    actor: CurrentActor,
    format: str,
) -> Response:
    """Give one protected table as a file; who took it is in the record first."""
    media_type = format_named(format).media_type
    with database.reading(actor.scope) as db:
        count = counter(database, settings, db, actor)
    question = read_table(request.query_params.multi_items(), LINK, count)
    table = table_file(count.answer([question])[0], count)
    content = as_file(table, format)
    with database.writing(actor.scope) as db:
        note_export(db, actor.account_id, now=clock.now())
    labels = count.view.reference(question.period.year).labels
    held = [slugify(labels[dimension][value]) for dimension, value in question.where]
    filename = "-".join(("escale", slugify(table.title), question.period.code, *held))
    return Response(
        content,
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{filename}.{format}"'},
    )
