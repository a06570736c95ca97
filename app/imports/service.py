"""Brings the past of a structure in from the national tool's export of activities.

A file is read whole before its first row is written, so that one refused as a whole leaves nothing;
it is then written by batches, between which colleagues save.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

from app.core import clock
from app.core.clock import civil_day
from app.core.errors import EscaleError, Invalid
from app.imports import runs
from app.imports.activities import RowReader
from app.imports.gathering import Activity, Gathering
from app.imports.header import find_table, other_activities
from app.imports.mapping import meanings
from app.imports.models import ImportRun, RunState, Shape
from app.imports.people import People, by_name, known_people, names_changed
from app.imports.people_file import Found, PeopleTable, find_people, read_people
from app.imports.report import ImportReport, Remark
from app.imports.runs import Target
from app.imports.spool import Spool
from app.imports.store import Store
from app.imports.workbook import opened
from app.organisations import service as organisations
from app.organisations.models import Organisation
from app.reference import geography
from app.sessions.visits import recount

BATCH = 1_000
INTERRUPTED = (
    "La reprise s’est arrêtée en chemin. Envoyez le même fichier\u00a0: rien n’est doublé."
)

Progress = Callable[[int, int | None], None]
T = TypeVar("T")


def import_file(
    target: Target, path: Path, *, dry_run: bool = False, progress: Progress | None = None
) -> ImportReport:
    """Bring in an export of activities or residents; the same file again changes nothing.

    A row that cannot be read is in the report, its activity stays out and the rest goes in.
    `progress` is told how many rows were read, then written, and how many of both there are.
    Memory does not grow with the file, save for workshops whose participants stand apart. The
    import of this very file that was left half way goes on, under its number.

    Raises Invalid("file") for a file that cannot be trusted or understood as a whole: nothing of
    it was written. Raises Overtaken when somebody took it back or started it again meanwhile.
    """
    taken_up = None if dry_run else runs.take_up(target, path)
    run = None if dry_run else taken_up or runs.begin(target, path)
    try:
        report = carry_out(target, path, run, progress or (lambda *_: None))
        report.is_taken_up = taken_up is not None
    except BaseException as error:  # Ctrl+C too: what was written stays, and says so
        if run is not None:
            _say_why(target, run, error)
        raise
    return report


def _say_why(target: Target, run: ImportRun, error: BaseException) -> None:
    is_refused = isinstance(error, Invalid)  # known before the first row is written
    runs.fail(
        target,
        run,
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
            report.columns += map(_left_aside, other_activities(book, people.sheet))
            _bring_people(target, organisation, run, report, people, today, progress)
            return report
    with target.database.reading(target.scope) as db:
        own = meanings(db, organisation.id)
        names = by_name(known_people(db, organisation.id))
        places = {label: code for (field, label), code in own.items() if field == "place"}
        store = Store(db, organisation, report, now=target.now, run=run, own=places)
    reading = partial(RowReader, today=today, own=own, people=names)
    with closing(Spool[Activity]()) as spool:
        gathering, length = _read(path, reading, report, spool, progress)
        store.absent = gathering.absent
        batches = map(gathering.settled, spool.batches())
        _write(target, store, run, report, batches, length, progress)
    return report


def _left_aside(sheet: str) -> str:
    return (
        f"La feuille «\u00a0{sheet}\u00a0» a un tableau d’activités, qui n’est pas lu\u00a0: ce "
        "fichier est repris pour ses bénéficiaires. Enregistrez cette feuille dans un fichier à "
        "part, et envoyez-le ensuite."
    )


def _bring_people(
    target: Target,
    organisation: Organisation,
    run: ImportRun | None,
    report: ImportReport,
    table: PeopleTable,
    today: date,
    progress: Progress,
) -> None:
    with target.database.reading(target.scope) as db:
        own = meanings(db, organisation.id)
        people = People(db, organisation, report, run.id if run else None)
    twice = table.length and 2 * table.length
    with closing(Spool[Found]()) as spool:
        for batch in _batches(read_people(table, own, report, today=today)):
            spool.put(batch)
            progress(report.rows, twice)
        for done, batch in enumerate(spool.batches(), 1):
            if run is None:
                with target.database.reading(target.scope) as db:
                    people.keep(db, batch, now=target.now, today=today)
            else:
                with target.database.writing(target.scope) as db:
                    people.keep(db, batch, now=target.now, today=today)
                    names_changed(db, organisation.id)
                    runs.advance(db, run, report, at=clock.now())
            progress(report.rows + done * BATCH, twice)
    report.remarks[Remark.TO_TELL] = report.created
    _end(target, run, report)


def _read(
    path: Path,
    reading: Callable[..., RowReader],
    report: ImportReport,
    spool: Spool[Activity],
    progress: Progress,
) -> tuple[Gathering, int | None]:
    with opened(path) as book:
        table = find_table(book)
        report.columns += table.header.columns_said()
        reader = reading(epoch=book.epoch)
        twice = table.length and 2 * table.length  # each row is read, then written
        gathering = Gathering(table, reader, report)
        for batch in _batches(gathering.activities()):
            spool.put(batch)
            progress(report.rows, twice)
        if report.refused:
            report.to_mend = gathering.to_mend()
    return gathering, twice


def _write(
    target: Target,
    store: Store,
    run: ImportRun | None,
    report: ImportReport,
    batches: Iterable[list[Activity]],
    length: int | None,
    progress: Progress,
) -> None:
    """Write batch by batch; each leaves everything as it would be were it the last one."""
    done = report.rows
    for batch in batches:
        with target.database.reading(target.scope) as db:
            plan = store.plan(db, batch)
        if run is not None:
            store.places.make(target.database, run)
            with target.database.writing(target.scope) as db:
                met = store.write(db, plan)
                store.places.settle(db)
                recount(db, met)
                runs.advance(db, run, report, at=clock.now())
        done += sum(len(activity.persons) for activity in batch)
        progress(done, length)
    _end(target, run, report)


def _end(target: Target, run: ImportRun | None, report: ImportReport) -> None:
    if run is not None:
        with target.database.writing(target.scope) as db:
            runs.advance(db, run, report, at=clock.now())
            runs.end(db, run, report, state=RunState.DONE, at=clock.now())


def _batches(found: Iterable[T]) -> Iterator[list[T]]:
    batch: list[T] = []
    for one in found:
        batch.append(one)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
