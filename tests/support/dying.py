"""An import in a process of its own, killed on its way: what a power cut leaves behind."""

import os
import signal
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

from app.core import clock
from app.core.db import Database
from app.core.settings import Settings
from app.imports import runs, service
from app.imports.models import ImportRun, RunState
from app.imports.runs import Target
from tests.support import engines


def import_and_die(
    settings: Settings,
    target: Target,
    path: Path,
    *,
    after: int,
    batch: int = 20,
    tried: ImportRun | None = None,
) -> None:
    """Bring a file in by small batches, and die when progress was told for the `after`th time.

    `tried`: the run of a page, read already. Its last word is an hour before the target's now.
    """
    process = get_context("spawn").Process(
        target=_die,
        args=(
            settings.database_url.get_secret_value(),
            settings.master_key.get_secret_value() if settings.master_key else "",
            target.organisation_id,
            target.now,
            path,
            after,
            batch,
            tried.id if tried else None,
        ),
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def _die(
    url: str,
    master: str,
    organisation_id: UUID,
    now: datetime,
    path: Path,
    after: int,
    batch: int,
    run_id: UUID | None,
) -> None:
    clock.now = lambda: now
    service.BATCH = batch
    target = Target(Database(url, engines.key(master)), organisation_id, now)
    told = 0

    def progress(*_: int | None) -> None:
        nonlocal told
        told += 1
        if told == after:
            os.kill(os.getpid(), signal.SIGKILL)

    if run_id is None:
        service.import_file(target, path, progress=progress)
        return
    with target.database.writing(target.scope) as db:
        run = runs.enter(db, run_id, RunState.READY, RunState.WRITING, at=now)
    service.carry_out(target, path, run, progress)
