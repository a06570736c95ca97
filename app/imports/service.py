"""Brings the past of a structure in from the national tool's export of activities."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from app.audit.models import Did
from app.audit.service import record
from app.core.clock import civil_day
from app.core.db import WriteSession
from app.imports.activities import RowReader
from app.imports.gathering import Activity, Gathering
from app.imports.header import find_table
from app.imports.report import ImportReport
from app.imports.store import Store
from app.imports.workbook import opened
from app.organisations.models import Organisation
from app.reference import geography

BATCH = 500

Progress = Callable[[int, int | None], None]


def import_file(
    db: WriteSession,
    organisation: Organisation,
    path: Path,
    *,
    now: datetime,
    dry_run: bool = False,
    progress: Progress | None = None,
    account_id: UUID | None = None,
) -> ImportReport:
    """Bring in an export of activities; the same file again changes nothing.

    A row that cannot be read is in the report, its activity stays out and the rest goes in.
    `progress` is told how many rows were read and, when the file says so, how many there are.
    Memory does not grow with the file, save for workshops whose participants stand apart.

    Raises Invalid("file") for a file that cannot be trusted or understood as a whole: the caller
    then lets the transaction go, and nothing of it stays.
    """
    report = ImportReport(is_dry_run=dry_run)
    store = Store(db, organisation, report, now=now, dry_run=dry_run)
    with opened(path) as book:
        table = find_table(book)
        reader = RowReader(
            epoch=book.epoch,
            today=civil_day(now, geography.commune(organisation.commune).zone),
        )
        for batch in _batches(Gathering(table, reader, report).activities()):
            store.keep(batch)
            if progress is not None:
                progress(report.rows, table.length)
    store.finish()
    if not dry_run:
        record(db, Did.IMPORT, at=now, account_id=account_id, organisation_id=organisation.id)
    return report


def _batches(activities: Iterator[Activity]) -> Iterator[list[Activity]]:
    batch: list[Activity] = []
    for activity in activities:
        batch.append(activity)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
