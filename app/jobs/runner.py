"""Runs the periodic jobs, in the server (`ESCALE_JOBS=inline`) or by `escale jobs run`."""

import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

from app.agenda.reminding import remind
from app.core import clock
from app.core.db import Database
from app.core.errors import Unavailable
from app.core.scope import Scope
from app.core.settings import Settings
from app.residents.merging import forget_joined
from app.statistics.budget import forget_questions
from app.statistics.closing import refresh
from app.statistics.preparing import prepare

EVERY_S = 600
logger = logging.getLogger("escale")
Facts = dict[str, object]


def _learn_sizes(database: Database, _: Settings) -> Facts:
    database.learn_sizes()
    return {}


def _remind(database: Database, settings: Settings) -> Facts:
    tried = remind(database, settings)
    return {"tried": tried} if tried else {}


def _forget_joined(database: Database, _: Settings) -> Facts:
    with database.writing(Scope.system("words of files joined long ago")) as db:
        count = forget_joined(db, now=clock.now())
    if count:
        database.leave_no_trace()
    return {"files": count} if count else {}


def _forget_questions(database: Database, _: Settings) -> Facts:
    with database.writing(Scope.system("questions of former quarters")) as db:
        count = forget_questions(db, now=clock.now())
    return {"questions": count} if count else {}


def _close_months(database: Database, settings: Settings) -> Facts:
    closed = refresh(database, settings, now=clock.now()).closed
    return {"months": list(closed)} if closed else {}


def _prepare_figures(database: Database, settings: Settings) -> Facts:
    pages = prepare(database, settings)
    return {"pages": pages} if pages else {}


JOBS: dict[str, Callable[[Database, Settings], Facts]] = {
    "sizes": _learn_sizes,
    "reminders": _remind,
    "joined": _forget_joined,
    "questions": _forget_questions,
    "closed": _close_months,
    "prepared": _prepare_figures,
}


def run_once(database: Database, settings: Settings) -> None:
    """Do what is due. One job that fails holds back no other; the last failure is raised."""
    failure: Exception | None = None
    for name, job in JOBS.items():
        try:
            with suppress(Unavailable):  # another process is at it
                facts = job(database, settings)
                if facts:
                    logger.info(name, extra={"facts": facts})
        except Exception as error:
            logger.error("job", exc_info=error, extra={"facts": {"job": name}})
            failure = error
    if failure is not None:
        raise failure


class Runner:
    """A thread of the server that runs the jobs until it is stopped."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._stop = Event()
        self._thread = Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, letting a job that runs come to its end."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with suppress(Exception):  # logged; tried again at the next turn
                run_once(self._database, self._settings)
            if self._stop.wait(EVERY_S):
                return
