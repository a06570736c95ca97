"""Keeps what each import did: begun, how far it went, ended."""

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
from app.imports.models import ImportRun, RunState
from app.imports.report import ImportReport
from app.organisations.keys import organisation_cipher

TABLE = "import_run"
LONGEST_NAME = 200
SILENT = timedelta(minutes=10)  # without a word from it, an import has stopped


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


def digest_of(path: Path) -> str:
    """Name a file by its content (SHA-256)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def advance(
    db: WriteSession, run_id: UUID, report: ImportReport, places: Sequence[UUID], *, at: datetime
) -> None:
    """Note how far an import went, in the transaction of what it wrote."""
    run = run_of(db, run_id)
    run.shape, run.rows, run.refused = report.shape, report.rows, report.refused
    run.created, run.updated, run.unchanged = report.created, report.updated, report.unchanged
    run.written = report.created + report.updated + report.unchanged
    run.places = [str(place_id) for place_id in places]
    run.moved_at = at


def tell(db: WriteSession, run_id: UUID, done: int, length: int | None, *, at: datetime) -> None:
    """Note how many rows were read or written, of how many."""
    run = run_of(db, run_id)
    run.rows, run.rows_known, run.moved_at = done, length, at


def enter(db: WriteSession, run_id: UUID, before: RunState, after: RunState) -> ImportRun:
    """Go to the next step, once: two taps make one import. Raises NotFound, or Conflict."""
    run = db.get(ImportRun, run_id, with_for_update=True)
    if run is None:
        raise NotFound("Cette reprise n’existe pas, ou n’est pas de votre structure.")
    if run.state is not before:
        raise Conflict("Cette reprise a déjà avancé. Rechargez la page.")
    run.state = after
    db.flush()
    return run


def end(
    db: WriteSession,
    run_id: UUID,
    report: ImportReport,
    *,
    state: RunState,
    at: datetime,
) -> None:
    """Note what an import, or its preview, came to. What it says of people is sealed."""
    run = run_of(db, run_id)
    cipher = organisation_cipher(db, run.organisation_id)
    said = json.dumps(report.to_json(), ensure_ascii=False)
    run.report = cipher.seal(said, table=TABLE, column="report", row=run.id)
    if report.refused_rows:
        rows = json.dumps(report.refused_rows, ensure_ascii=False)
        run.refused_rows = cipher.seal(rows, table=TABLE, column="refused_rows", row=run.id)
    run.state, run.moved_at = state, at
    run.ended_at = at if state is RunState.DONE else None
    if state is RunState.DONE:
        record(
            db,
            Did.IMPORT,
            at=at,
            account_id=run.account_id,
            organisation_id=run.organisation_id,
            subject_id=run.id,
        )


def fail(target: Target, run_id: UUID, state: RunState, message: str, *, at: datetime) -> None:
    """Note why an import was refused, or stopped."""
    with target.database.writing(target.scope) as db:
        run = run_of(db, run_id)
        run.state, run.message, run.moved_at, run.ended_at = state, message, at, at


def runs(db: ReadSession, organisation_id: UUID) -> list[ImportRun]:
    """List the imports of a structure, the latest first."""
    found = db.exec(
        select(ImportRun)
        .where(col(ImportRun.organisation_id) == organisation_id)
        .order_by(col(ImportRun.started_at).desc(), col(ImportRun.id).desc())
        .limit(50)
    )
    return list(found)


def run_of(db: ReadSession, run_id: UUID) -> ImportRun:
    """Find one import of the structures in scope. Raises NotFound."""
    run = db.get(ImportRun, run_id)
    if run is None:
        raise NotFound("Cette reprise n’existe pas, ou n’est pas de votre structure.")
    return run


def said(db: ReadSession, run: ImportRun) -> dict[str, Any]:
    """Open what an import reported; empty before its end."""
    return _opened(db, run, "report") or {}


def refused_rows(db: ReadSession, run: ImportRun) -> list[list[Any]]:
    """Open the rows that an import refused, titles first, as they stood in the file."""
    return _opened(db, run, "refused_rows") or []


def has_stopped(run: ImportRun, *, now: datetime) -> bool:
    """Tell whether an import that should be going has said nothing for long."""
    return run.state in (RunState.READING, RunState.WRITING) and now - run.moved_at > SILENT


def _opened(db: ReadSession, run: ImportRun, column: str) -> Any:
    sealed = getattr(run, column)
    if sealed is None:
        return None
    cipher = organisation_cipher(db, run.organisation_id)
    return json.loads(cipher.open(sealed, table=TABLE, column=column, row=run.id))
