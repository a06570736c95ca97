"""Brings the past of a structure in from the national tool's export of activities.

A file is read whole before its first row is written, so that one refused as a whole leaves nothing;
it is then written by batches, between which colleagues save.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path

from app.core import clock
from app.core.clock import civil_day
from app.core.errors import EscaleError, Invalid
from app.imports import runs
from app.imports.activities import RowReader
from app.imports.gathering import Activity, Gathering
from app.imports.header import find_table
from app.imports.mapping import meanings
from app.imports.mending import refused_rows
from app.imports.models import ImportRun, RunState, Shape
from app.imports.people import (
    People,
    batches_of,
    by_name,
    known_people,
    met_in,
    names_changed,
    recount,
)
from app.imports.people_file import PeopleTable, find_people, read_people
from app.imports.report import ImportReport, Remark
from app.imports.runs import Target
from app.imports.spool import Spool
from app.imports.store import Store
from app.imports.workbook import opened
from app.organisations import service as organisations
from app.organisations.models import Organisation
from app.reference import geography

BATCH = 1_000
INTERRUPTED = (
    "La reprise s’est arrêtée en chemin. Reprenez le même fichier\u00a0: rien n’est doublé."
)

Progress = Callable[[int, int | None], None]


def import_file(
    target: Target, path: Path, *, dry_run: bool = False, progress: Progress | None = None
) -> ImportReport:
    """Bring in an export of activities; the same file again changes nothing.

    A row that cannot be read is in the report, its activity stays out and the rest goes in.
    `progress` is told how many rows were read, then written, and how many of both there are.
    Memory does not grow with the file, save for workshops whose participants stand apart.

    Raises Invalid("file") for a file that cannot be trusted or understood as a whole: nothing of
    it was written.
    """
    run = None if dry_run else runs.begin(target, path)
    try:
        report = carry_out(target, path, run, progress or (lambda *_: None))
    except Exception as error:
        if run is not None:
            _say_why(target, run, error)
        raise
    return report


def _say_why(target: Target, run: ImportRun, error: Exception) -> None:
    is_refused = isinstance(error, Invalid)  # known before the first row is written
    runs.fail(
        target,
        run.id,
        RunState.REFUSED if is_refused else RunState.STOPPED,
        error.message if isinstance(error, EscaleError) else INTERRUPTED,
        at=clock.now(),
    )


def carry_out(
    target: Target, path: Path, run: ImportRun | None, progress: Progress
) -> ImportReport:
    """Read a file whole, then write it for a run; without one, only count what would be.

    Its titles say whether it holds activities or residents.
    """
    report = ImportReport(is_dry_run=run is None, run=str(run.id) if run else None)
    with target.database.reading(target.scope) as db:
        [organisation] = organisations.organisations(db, frozenset({target.organisation_id}))
    today = civil_day(target.now, geography.commune(organisation.commune).zone)
    with opened(path) as book:
        people = find_people(book)
        if people is not None:
            report.shape = Shape.RESIDENTS
            _bring_people(target, organisation, run, report, people, today, progress)
            return report
    with target.database.reading(target.scope) as db:
        own = meanings(db, organisation.id)
        names = by_name(known_people(db, organisation.id))
        places = {label: code for (field, label), code in own.items() if field == "place"}
        run_id = run.id if run else None
        store = Store(db, organisation, report, now=target.now, run_id=run_id, own=places)
    reading = partial(RowReader, today=today, own=own, people=names)
    with closing(Spool[Activity]()) as spool:
        length = _read(path, reading, report, spool, progress)
        _write(target, store, run, report, spool, length, progress)
    return report


def _bring_people(
    target: Target,
    organisation: Organisation,
    run: ImportRun | None,
    report: ImportReport,
    table: PeopleTable,
    today: date,
    progress: Progress,
) -> None:
    run_id = run.id if run else None
    with target.database.reading(target.scope) as db:
        own = meanings(db, organisation.id)
        people = People(db, organisation, report, run_id)
    found = list(batches_of(read_people(table, own, report, today=today)))
    for batch in found:
        opening = target.database.reading if run is None else target.database.writing
        with opening(target.scope) as db:
            people.keep(db, batch, now=target.now, today=today)
        progress(report.rows, report.rows)
    report.remarks[Remark.TO_TELL] = report.created
    if run is not None:
        with target.database.writing(target.scope) as writing:
            names_changed(writing, organisation.id)
            runs.advance(writing, run.id, report, (), at=clock.now())
            runs.end(writing, run.id, report, state=RunState.DONE, at=clock.now())


def _read(
    path: Path,
    reading: Callable[..., RowReader],
    report: ImportReport,
    spool: Spool[Activity],
    progress: Progress,
) -> int | None:
    with opened(path) as book:
        table = find_table(book)
        reader = reading(epoch=book.epoch)
        twice = table.length and 2 * table.length  # each row is read, then written
        gathering = Gathering(table, reader, report)
        for batch in _batches(gathering.activities()):
            spool.put(batch)
            progress(report.rows, twice)
        if report.refused:
            lines = {bad.line for bad in report.bad_rows}
            report.refused_rows = refused_rows(table, lines, gathering.refused)
    return twice


def _write(
    target: Target,
    store: Store,
    run: ImportRun | None,
    report: ImportReport,
    spool: Spool[Activity],
    length: int | None,
    progress: Progress,
) -> None:
    done = report.rows
    for batch in spool.batches():
        with target.database.reading(target.scope) as db:
            plan = store.plan(db, batch)
        if run is not None:
            store.places.make(target.database)
            with target.database.writing(target.scope) as db:
                store.write(db, plan)
                runs.advance(db, run.id, report, store.places.made, at=clock.now())
        done += sum(len(activity.persons) for activity in batch)
        progress(done, length)
    if run is not None:
        with target.database.writing(target.scope) as db:
            store.places.settle(db)
            recount(db, met_in(db, run.id))
            runs.advance(db, run.id, report, store.places.made, at=clock.now())
            runs.end(db, run.id, report, state=RunState.DONE, at=clock.now())


def _batches(activities: Iterable[Activity]) -> Iterator[list[Activity]]:
    batch: list[Activity] = []
    for activity in activities:
        batch.append(activity)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
