"""Months that close one after the other, once left alone and once killed at random moments.

The same people and acts are closed twice, under the same subjects: what the killed run leaves must
be what the other left, row by row and byte by byte.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import duckdb
from sqlmodel import delete, select

from app.agenda.models import FollowUp, FollowUpState
from app.core.crypto import Sealed
from app.core.db import Database
from app.core.scope import Scope
from app.core.settings import ROOT, Settings
from app.sessions.models import AssistedSession, Attendance, SessionTheme
from app.statistics import periods
from app.statistics.closing import LEASE_LENGTH, store_of
from app.statistics.models import (
    StatisticsAct,
    StatisticsClosing,
    StatisticsLedger,
    StatisticsReference,
)
from app.statistics.periods import Period
from app.statistics.vocabulary import Table
from tests.support.build import NOW, Builder

TESTS = Scope.system("tests")
FROZEN = (StatisticsLedger, StatisticsAct, StatisticsClosing, StatisticsReference)
PEOPLE = 12


@dataclass
class Told:
    """What came of the closings that were killed."""

    kills: int = 0
    survived: int = 0  # it was done before the moment came
    old_seen: int = 0  # versions that a reader found after a kill
    new_seen: int = 0
    faults: list[str] = field(default_factory=list)


class Closer:
    """The process that closes, one child a closing."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def close(self, now: datetime, folder: Path, after: float | None = None) -> dict[str, Any]:
        """Close what is due at an instant; kill it after some seconds."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        asked = {"now": now.isoformat(), "folder": str(folder), "after": after}
        stdin.write(json.dumps(asked) + "\n")
        stdin.flush()
        answer: dict[str, Any] = json.loads(stdout.readline())
        return answer


@contextmanager
def closer(settings: Settings) -> Iterator[Closer]:
    """Start the process that closes, and let it go."""
    key = settings.master_key
    told = {
        "env": "test",
        "database_url": settings.database_url.get_secret_value(),
        "master_key": key.get_secret_value() if key else None,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.closing_worker"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(told) + "\n")
        yield Closer(process)
        process.stdin.close()


def fill(build: Builder, months: list[Period], sessions: int, seed: int) -> None:
    """Write the activities of some months, and a follow-up for each of them."""
    chance = Random(seed)
    people = [build.a_resident(family_name=f"Leroux{n}").id for n in range(PEOPLE)]
    here = build.structure_of("awa")
    awa = build.actor("awa").account_id
    with build.database.writing(TESTS) as db:
        for month in months:
            for _ in range(sessions):
                day = date(month.year, month.number, chance.randint(1, 28))
                who = chance.choice([None, *people])
                session = AssistedSession(
                    organisation_id=here.organisation.id,
                    place_id=here.place.id,
                    author_id=awa,
                    held_on=day,
                    duration_min=30,
                    recorded_at=NOW,
                )
                db.add(session)
                db.flush()
                of = {"organisation_id": session.organisation_id, "session_id": session.id}
                db.add(SessionTheme(**of, theme=chance.choice(("email", "bureautique"))))
                db.add(Attendance(**of, resident_id=who, gender="feminin"))
                db.add(
                    FollowUp(
                        organisation_id=session.organisation_id,
                        resident_id=who,
                        place_id=here.place.id,
                        adviser_id=awa,
                        due_on=day,
                        reason=Sealed(),
                        state=chance.choice((FollowUpState.DONE, FollowUpState.NO_SHOW)),
                        created_at=NOW,
                    )
                )


class Closings:
    """Two runs of the same months on one database."""

    def __init__(self, build: Builder, settings: Settings, months: list[Period]) -> None:
        self.database: Database = build.database
        self.settings = settings
        self.months = months
        self.alone = settings.data_dir / "alone"
        self.killed = settings.data_dir / "killed"
        self.reach = 0.0  # seconds within which a closing is killed

    def leave_alone(self, closer: Closer) -> None:
        """Close every month once, undisturbed."""
        for month in self.months:
            self.reach = closer.close(periods.closes_at(month), self.alone)["took"]

    def begin_again(self) -> None:
        """Take back all that closings left but the subjects of people."""
        with self.database.writing(TESTS) as db:
            for table in FROZEN:
                db.exec(delete(table))

    def kill(self, closer: Closer, kills: int, seed: int) -> Told:
        """Close every month again, killed on its way as often as there are kills for it."""
        chance = Random(seed)
        told = Told()
        spare = len(self.months) // 4  # a closing may be done before its moment
        for rank, month in enumerate(self.months):
            now = periods.closes_at(month)
            wanted = min(kills, -(-kills * (rank + 1) // (len(self.months) - spare)))
            while told.kills < wanted and self._served() != self._version_of(month):
                before = self._served()
                moment = chance.uniform(0, self.reach)
                is_killed = closer.close(now, self.killed, moment)["killed"]
                told.kills += is_killed
                told.survived += not is_killed
                self.reach *= 1.05 if is_killed else 0.8  # as fast as this machine is now
                self._look(month, before, told)
                now += LEASE_LENGTH + timedelta(minutes=1)  # what a dead process holds
            closer.close(now, self.killed)
            self._look(month, self._version_of(month), told)
        told.faults += self._differences()
        return told

    def _served(self) -> str | None:
        version = store_of(self.database, self._settings(self.killed)).current_or_none()
        return version.data_version if version else None

    def _settings(self, folder: Path) -> Settings:
        return self.settings.model_copy(update={"data_dir": folder})

    def _version_of(self, month: Period) -> str:
        return periods.closes_at(month).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _look(self, month: Period, before: str | None, told: Told) -> None:
        """Read as anybody would: a whole version, the old one or the new one."""
        version = store_of(self.database, self._settings(self.killed)).current_or_none()
        served = version.data_version if version else None
        if served == before and before != self._version_of(month):
            told.old_seen += 1
        elif served == self._version_of(month):
            told.new_seen += 1
        else:
            told.faults.append(f"{month.code}: a reader finds {served} after {before}")
        for year in version.years.values() if version else ():
            rows = duckdb.read_parquet(str(year.path(Table.ATTENDANCES))).fetchall()
            if len(rows) != year.attendances:
                told.faults.append(f"{month.code}: a part of {served} serves")
        with self.database.reading(TESTS) as db:
            closed = sorted(db.exec(select(StatisticsClosing.period)).all())
        due = [m.code for m in self.months[: self.months.index(month) + 1]]
        if [code for code in closed if "-" in code] not in (due, due[:-1]):
            told.faults.append(f"{month.code}: closed are {closed}")

    def _differences(self) -> list[str]:
        """Compare the last version of both runs."""
        files = [self._files(folder) for folder in (self.alone, self.killed)]
        return [] if files[0] == files[1] else ["the killed run left other bytes"]

    def _files(self, folder: Path) -> dict[str, str]:
        version = store_of(self.database, self._settings(folder)).current()
        return {
            str(path.relative_to(version.directory)): sha256(path.read_bytes()).hexdigest()
            for path in version.directory.rglob("*")
            if path.is_file()
        }

    def ledger(self) -> list[tuple[Any, ...]]:
        """Give all that the closings froze, as they left it."""
        with self.database.reading(TESTS) as db:
            rows = [
                (r.attendance_id, r.subject, r.month, r.codes)
                for r in db.exec(select(StatisticsLedger))
            ]
            rows += [
                (r.act_id, r.subject, r.month, r.codes) for r in db.exec(select(StatisticsAct))
            ]
        return sorted(rows, key=lambda row: row[0])


def run(build: Builder, settings: Settings, months: int, sessions: int, kills: int) -> Told:
    """Close some months twice, and give what came of the killed run, faults included."""
    span = [Period(2025, periods.Level.MONTH, 1)]
    while len(span) < months:
        span.append(periods.next_month(span[-1]))
    fill(build, span, sessions, seed=1)
    closings = Closings(build, settings, span)
    with closer(settings) as process:
        closings.leave_alone(process)
        before = closings.ledger()
        closings.begin_again()
        told = closings.kill(process, kills, seed=2)
    if closings.ledger() != before:
        told.faults.append("the killed run froze other rows")
    return told
