"""Runs the periodic jobs, in the server (`ESCALE_JOBS=inline`) or by `escale jobs run`."""

import logging
from contextlib import suppress
from threading import Event, Thread

from app.agenda.reminding import remind
from app.core import clock
from app.core.db import Database
from app.core.errors import Unavailable
from app.core.settings import Settings
from app.statistics.closing import refresh

EVERY_S = 600
logger = logging.getLogger("escale")


def run_once(database: Database, settings: Settings) -> None:
    """Do what is due: reminders, the closing of months, and what keeps large lists quick."""
    database.learn_sizes()
    with suppress(Unavailable):  # another process is at it
        tried = remind(database, settings)
        if tried:
            logger.info("reminders", extra={"facts": {"tried": tried}})
    try:
        done = refresh(database, settings, now=clock.now())
    except Unavailable:
        return  # another process is at it
    if done.closed:
        logger.info("closed", extra={"facts": {"months": list(done.closed)}})


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
            try:
                run_once(self._database, self._settings)
            except Exception as error:
                logger.error("job", exc_info=error)
            if self._stop.wait(EVERY_S):
                return
