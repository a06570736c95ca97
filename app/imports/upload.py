"""Keeps a file that somebody sent for as long as its import lasts, and runs that import apart."""

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import BinaryIO
from uuid import UUID

from app.core import clock
from app.core.errors import EscaleError, Invalid
from app.core.ids import new_id
from app.core.settings import Settings
from app.imports import runs
from app.imports.models import ImportRun, RunState
from app.imports.runs import Overtaken, Target
from app.imports.service import INTERRUPTED, carry_out

MAX_FILE = 25 * 2**20
LONGEST_WAIT_S = 24 * 3600
logger = logging.getLogger("escale")


def receive(target: Target, settings: Settings, stream: BinaryIO, name: str) -> ImportRun:
    """Keep a file under the data directory, for its owner only, and begin to try it.

    Raises Invalid("file") for an empty one.
    """
    folder = _folder(settings)
    arriving = folder / f"{new_id()}.part"
    with os.fdopen(os.open(arriving, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as kept:
        shutil.copyfileobj(stream, kept)
    if not arriving.stat().st_size:
        arriving.unlink()
        raise Invalid("file", "Choisissez un fichier qui n’est pas vide.")
    run = runs.begin(target, arriving, name=name, state=RunState.READING)
    arriving.rename(file_of(settings, run.id))
    start(target, settings, run)
    return run


def file_of(settings: Settings, run_id: UUID) -> Path:
    """Say where the file of an import waits."""
    return _folder(settings) / f"{run_id}.xlsx"


def start(target: Target, settings: Settings, run: ImportRun) -> Thread:
    """Try a file (`READING`) or bring it in (`WRITING`), in a thread of its own."""
    work = _try if run.state is RunState.READING else _bring
    thread = Thread(
        target=_guarded, args=(work, target, settings, run), name=f"import {run.id}", daemon=True
    )
    thread.start()
    return thread


def forget(settings: Settings, run_id: UUID) -> None:
    """Remove the file of an import."""
    file_of(settings, run_id).unlink(missing_ok=True)


def forget_old(settings: Settings) -> None:
    """Remove the files that nobody confirmed within a day."""
    oldest = clock.now().timestamp() - LONGEST_WAIT_S
    for path in _folder(settings).iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _folder(settings: Settings) -> Path:
    folder = settings.data_dir / "imports"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _guarded(
    work: Callable[[Target, Settings, ImportRun], None],
    target: Target,
    settings: Settings,
    run: ImportRun,
) -> None:
    """Say on the import's page what stopped it; the file goes with it."""
    try:
        work(target, settings, run)
    except Overtaken:
        return  # the file is another attempt's by now
    except Exception as error:
        known = isinstance(error, EscaleError)
        if not known:
            logger.error("import", exc_info=error)
        runs.fail(
            target,
            run,
            RunState.REFUSED if isinstance(error, Invalid) else RunState.STOPPED,
            error.message if isinstance(error, EscaleError) else INTERRUPTED,
            at=clock.now(),
        )
        forget(settings, run.id)


def _try(target: Target, settings: Settings, run: ImportRun) -> None:
    report = carry_out(target, file_of(settings, run.id), None, _telling(target, run))
    with target.database.writing(target.scope) as db:
        runs.advance(db, run, report, at=clock.now())
        runs.end(db, run, report, state=RunState.READY, at=clock.now())


def _bring(target: Target, settings: Settings, run: ImportRun) -> None:
    carry_out(target, file_of(settings, run.id), run, _telling(target, run))
    forget(settings, run.id)


def _telling(target: Target, run: ImportRun) -> Callable[[int, int | None], None]:
    def tell(done: int, length: int | None) -> None:
        with target.database.writing(target.scope) as db:
            runs.tell(db, run, done, length, at=clock.now())

    return tell
