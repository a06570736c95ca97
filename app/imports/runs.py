"""Keeps what each import did: begun, how far it went, ended, or stopped without a word."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from app.audit.models import Did
from app.audit.service import record
from app.core.db import Database, ReadSession, WriteSession
from app.core.errors import Conflict, NotFound
from app.core.scope import Scope
from app.imports.mending import ToMend
from app.imports.models import ImportRun, RunState
from app.imports.report import ImportReport
from app.organisations.keys import organisation_cipher

TABLE = "import_run"
LONGEST_NAME = 200
SILENT = timedelta(minutes=5)  # without a word from it, an import has stopped
GOING = frozenset({RunState.READING, RunState.WRITING})
_GONE = "Cette reprise n’existe pas, ou n’est pas de votre structure."
_ALREADY = {
    RunState.READING: "Ce fichier est en cours de lecture. Attendez de voir ce qui entrera.",
    RunState.READY: "Ce fichier est lu. Relisez ce qui entrera.",
    RunState.WRITING: "Cette reprise est déjà lancée. Cette page dit où elle en est.",
    RunState.DONE: "Cette reprise est déjà faite.",
    RunState.REFUSED: "Ce fichier a été refusé\u00a0: rien n’en est entré.",
    RunState.STOPPED: "Cette reprise s’est arrêtée.",
    RunState.UNDONE: "Cette reprise est déjà annulée.",
}


class Overtaken(Conflict):
    """An import was taken back, or started again, while this process still worked on it."""

    advice = "Cette reprise a été annulée, ou lancée de nouveau ailleurs."


@dataclass(frozen=True)
class Target:
    """Where a file goes, and who sends it."""

    database: Database
    organisation_id: UUID
    now: datetime
    account_id: UUID | None = None

    @property
    def scope(self) -> Scope:
        """What an import may reach: its own structure, whoever asked for it."""
        mine = frozenset({self.organisation_id})
        return Scope(work=mine, structures=mine)


def begin(
    target: Target, path: Path, *, name: str | None = None, state: RunState = RunState.WRITING
) -> ImportRun:
    """Note that an import begins. Raises OSError when its file cannot be read."""
    run = ImportRun(
        organisation_id=target.organisation_id,
        account_id=target.account_id,
        file_name=(name or path.name)[:LONGEST_NAME],
        file_digest=digest_of(path),
        state=state,
        started_at=target.now,
        moved_at=target.now,
    )
    with target.database.writing(target.scope) as db:
        db.add(run)
    return run


def take_up(target: Target, path: Path) -> ImportRun | None:
    """Go on with the import of this very file that never came to its end; None when there is none.

    A process that would still work on it is overtaken: nothing comes in twice.
    """
    with target.database.writing(target.scope) as db:
        unended = _unended(db, target.organisation_id, digest_of(path))
        if not unended:
            return None
        run = unended[0]
        _restart(run, RunState.WRITING, at=target.now)
        run.account_id = target.account_id or run.account_id
    return run


def digest_of(path: Path) -> str:
    """Name a file by its content (SHA-256)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def advance(db: WriteSession, run: ImportRun, report: ImportReport, *, at: datetime) -> None:
    """Note how far an import went, in the transaction of what it wrote. Raises Overtaken."""
    row = _mine(db, run)
    settled = report.created + report.updated + report.unchanged
    if row.state is RunState.WRITING and not row.written and settled:
        _note(db, row, at=at)
    row.shape, row.rows, row.refused = report.shape, report.rows, report.refused
    row.created, row.updated, row.unchanged = report.created, report.updated, report.unchanged
    row.written = settled if row.state is RunState.WRITING else 0
    row.moved_at = at


def made_places(db: WriteSession, run: ImportRun, places: Sequence[UUID]) -> None:
    """Note the places that an import made, in the transaction that makes them. Raises Overtaken."""
    row = _mine(db, run)
    row.places = [*row.places, *map(str, places)]


def tell(db: WriteSession, run: ImportRun, done: int, length: int | None, *, at: datetime) -> None:
    """Note how many rows were read or written, of how many. Raises Overtaken."""
    row = _mine(db, run)
    row.rows, row.rows_known, row.moved_at = done, length, at


def enter(
    db: WriteSession, run_id: UUID, before: RunState, after: RunState, *, at: datetime
) -> ImportRun:
    """Go to the next step, once: two taps make one import. Raises NotFound, or Conflict.

    The import of the same file that was left half way is closed: it can still be taken back.
    """
    run = locked(db, run_id)
    if run.state is not before:
        raise Conflict(_ALREADY[run.state])
    if after is RunState.WRITING:
        for other in _unended(db, run.organisation_id, run.file_digest):
            other.state, other.ended_at = RunState.STOPPED, at
            other.message = "Le même fichier a été envoyé de nouveau\u00a0: la suite est avec lui."
    run.state, run.moved_at = after, at
    db.flush()
    return run


def go_on(db: WriteSession, run_id: UUID, *, now: datetime) -> ImportRun:
    """Start again, where it is, what stopped without a word. Raises NotFound, or Conflict."""
    run = locked(db, run_id)
    if not has_stopped(run, now=now):
        raise Conflict(_ALREADY[run.state])
    _restart(run, run.state, at=now)
    db.flush()
    return run


def drop(db: WriteSession, run_id: UUID, *, now: datetime) -> None:
    """Forget an import that wrote nothing: read, or stopped while it was. Raises Conflict."""
    run = locked(db, run_id)
    is_dead = run.state is RunState.READING and has_stopped(run, now=now)
    if run.state is not RunState.READY and not is_dead:
        raise Conflict(_ALREADY[run.state])
    db.delete(run)


def end(
    db: WriteSession,
    run: ImportRun,
    report: ImportReport,
    *,
    state: RunState,
    at: datetime,
) -> None:
    """Note what an import, or its preview, came to. What it says of people is sealed.

    Raises Overtaken.
    """
    row = _mine(db, run)
    cipher = organisation_cipher(db, row.organisation_id)
    said = json.dumps(report.to_json(), ensure_ascii=False)
    row.report = cipher.seal(said, table=TABLE, column="report", row=row.id)
    row.refused_rows = None  # those of a reading before, when a label had no meaning yet
    if report.to_mend.total:
        rows = json.dumps(report.to_mend.to_json(), ensure_ascii=False)
        row.refused_rows = cipher.seal(rows, table=TABLE, column="refused_rows", row=row.id)
    row.state, row.moved_at = state, at
    row.ended_at = at if state is RunState.DONE else None
    if state is RunState.DONE and not row.written:
        _note(db, row, at=at)


def fail(target: Target, run: ImportRun, state: RunState, message: str, *, at: datetime) -> None:
    """Note why an import was refused, or stopped; what overtook it has the last word."""
    with target.database.writing(target.scope) as db:
        try:
            row = _mine(db, run)
        except (NotFound, Overtaken):
            return
        row.state, row.message, row.moved_at, row.ended_at = state, message, at, at


def runs(db: ReadSession, organisation_id: UUID) -> list[ImportRun]:
    """List the imports of a structure, the latest first."""
    found = db.exec(
        select(ImportRun)
        .where(col(ImportRun.organisation_id) == organisation_id)
        .order_by(col(ImportRun.started_at).desc(), col(ImportRun.id).desc())
        .limit(50)
    )
    return list(found)


def interrupted(db: ReadSession, organisation_id: UUID, *, now: datetime) -> list[ImportRun]:
    """List the imports of a structure that wrote a part of a file, and that nothing ended."""
    listed = runs(db, organisation_id)
    ended = {run.file_digest for run in listed if run.state is RunState.DONE}
    return [
        run
        for run in listed
        if run.written
        and run.file_digest not in ended
        and run.state is not RunState.DONE
        and may_have_written(run, now=now)
    ]


def run_of(db: ReadSession, run_id: UUID) -> ImportRun:
    """Find one import of the structures in scope. Raises NotFound."""
    run = db.get(ImportRun, run_id)
    if run is None:
        raise NotFound(_GONE)
    return run


def said(db: ReadSession, run: ImportRun) -> dict[str, Any]:
    """Open what an import reported; empty before its end."""
    found: dict[str, Any] = _opened(db, run, "report") or {}
    return found


def refused_rows(db: ReadSession, run: ImportRun) -> ToMend:
    """Open the rows that an import refused, as they stood in the file.

    Raises NotFound when there is none: nothing was refused, or the whole file was.
    """
    kept = _opened(db, run, "refused_rows") if run.state is not RunState.REFUSED else None
    if kept is None:
        raise NotFound("Cette reprise n’a pas de ligne à corriger.")
    return ToMend.of_json(kept)


def has_stopped(run: ImportRun, *, now: datetime) -> bool:
    """Tell whether an import that should be going has said nothing for long."""
    return run.state in GOING and now - run.moved_at > SILENT


def brings_something(run: ImportRun) -> bool:
    """Tell whether a file that was tried has anything new to bring in."""
    return run.created + run.updated > 0


def may_have_written(run: ImportRun, *, now: datetime) -> bool:
    """Tell whether an import is over, well or not, and can be looked at to be taken back."""
    is_dead = run.state is RunState.WRITING and has_stopped(run, now=now)
    return is_dead or run.state in (RunState.DONE, RunState.STOPPED)


def locked(db: WriteSession, run_id: UUID) -> ImportRun:
    """Find one import, which nothing else changes before the end. Raises NotFound."""
    run = db.get(ImportRun, run_id, with_for_update=True)
    if run is None:
        raise NotFound(_GONE)
    return run


def _mine(db: WriteSession, run: ImportRun) -> ImportRun:
    row = locked(db, run.id)
    if row.state not in GOING or row.started_at != run.started_at:
        raise Overtaken
    return row


def _unended(db: WriteSession, organisation_id: UUID, digest: str) -> list[ImportRun]:
    found = db.exec(
        select(ImportRun)
        .where(
            col(ImportRun.organisation_id) == organisation_id,
            col(ImportRun.file_digest) == digest,
            col(ImportRun.state).in_((RunState.WRITING, RunState.STOPPED)),
        )
        .order_by(col(ImportRun.started_at).desc(), col(ImportRun.id).desc())
        .with_for_update()
    )
    return list(found)


def _restart(run: ImportRun, state: RunState, *, at: datetime) -> None:
    """Begin anew under the same number; the instant tells this attempt from the one before."""
    run.state, run.message, run.ended_at = state, "", None
    run.started_at = run.moved_at = at


def note_taken(db: WriteSession, run: ImportRun, *, account_id: UUID | None, at: datetime) -> None:
    """Write who took the rows to mend: they name people."""
    record(
        db,
        Did.EXPORT,
        at=at,
        account_id=account_id,
        organisation_id=run.organisation_id,
        subject_id=run.id,
    )


def _note(db: WriteSession, run: ImportRun, *, at: datetime) -> None:
    record(
        db,
        Did.IMPORT,
        at=at,
        account_id=run.account_id,
        organisation_id=run.organisation_id,
        subject_id=run.id,
    )


def _opened(db: ReadSession, run: ImportRun, column: str) -> Any:
    sealed = getattr(run, column)
    if sealed is None:
        return None
    cipher = organisation_cipher(db, run.organisation_id)
    return json.loads(cipher.open(sealed, table=TABLE, column=column, row=run.id))
