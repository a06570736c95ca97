"""A simulated month of appointments: lives that change, servers that fail, a sender that is killed.

What truly stood at each instant is kept here, apart from the database; `faults` holds every message
and every reason against it.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time as clock_of_this_machine
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from app.agenda import service as agenda
from app.agenda.models import FollowUpState
from app.agenda.moments import Moment
from app.core.clock import instant_at
from app.core.db import Database
from app.core.languages import LANGUAGES
from app.core.scope import Scope
from app.core.settings import ROOT, Settings
from app.messages.models import Ahead, Message, MessageState
from app.organisations import service as organisations
from app.organisations.models import Organisation, Place
from app.privacy.erasing import Why, erase
from app.residents import agreements, stopping
from app.residents import service as residents
from app.residents.agreement_models import Accepts
from app.residents.forms import ResidentForm
from app.residents.service import NamedResident
from tests.support.build import Builder
from tests.support.post import MailHouse, SmsHouse

TESTS = Scope.system("tests")
BEFORE = {Ahead.TWO_DAYS: timedelta(hours=48), Ahead.TWO_HOURS: timedelta(hours=2)}
MARGIN = {Ahead.TWO_DAYS: timedelta(hours=4), Ahead.TWO_HOURS: timedelta(minutes=15)}
HOURS = (7, 8, 9, 10, 10, 11, 11, 13, 14, 14, 15, 16, 16, 17, 18, 22)
EARLY = (1, 20, 47, 60, 70, 90, 120, 150, 200, 280)  # hours before, when one is planned
WAYS_TO_DIE = ("any moment", "mail taken", "sms taken")


@dataclass(frozen=True)
class Scale:
    """How long, how many, how often."""

    first: date
    days: int
    step: timedelta
    appointments: int
    kills: int
    lead_days: int = 12  # how long before the first day people start to plan
    seed: int = 1


@dataclass
class Life:
    """What was true, since when. `None`: not, or not any more."""

    changes: list[tuple[datetime, Any]] = field(default_factory=list)

    def be(self, since: datetime, value: Any) -> None:
        """Change."""
        self.changes.append((since, value))

    def at(self, instant: datetime) -> Any:
        """Give what was true at an instant."""
        return next((value for since, value in reversed(self.changes) if since <= instant), None)


@dataclass
class Planned:
    """One appointment of the month."""

    who: int
    place: Place
    made_at: datetime
    day: date
    hour: time
    id: UUID | None = None
    starts: Life = field(default_factory=Life)


@dataclass
class Somebody:
    """One person of the month."""

    facts: dict[str, str]
    agrees: Life = field(default_factory=Life)
    reached: Life = field(default_factory=Life)
    file: NamedResident | None = None
    is_erased: bool = False


class Sender:
    """The process that sends; killed with SIGKILL, it starts again."""

    def __init__(self, settings: Settings) -> None:
        secrets = ("database_url", "sms_token", "smtp_url", "master_key")
        told = {name: getattr(settings, name).get_secret_value() for name in secrets}
        told |= {"sms_url": settings.sms_url, "base_url": settings.base_url, "env": "test"}
        self._told = json.dumps(told) + "\n"
        self._process: subprocess.Popen[str] | None = None
        self._is_killed = False

    def tell(self, now: datetime) -> None:
        """Give it an instant."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.month_worker"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self._write(self._told)
        self._write(now.isoformat() + "\n")

    def answered(self) -> bool:
        """Wait for its answer."""
        process = self._process
        if process is None or process.stdout is None:
            return False
        is_done = process.stdout.readline() == "ok\n"
        if is_done and not self._is_killed:
            return True
        if process.wait() != -signal.SIGKILL:
            raise RuntimeError("the sender fell by itself")
        self._close(process)
        return False

    def kill(self) -> None:
        """Kill it as a power cut does."""
        if self._process is not None:
            self._is_killed = True  # perhaps once its work was done
            os.kill(self._process.pid, signal.SIGKILL)

    def stop(self) -> None:
        """Let it go."""
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
            process.wait()
            self._close(process)

    def _write(self, text: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(text)
            self._process.stdin.flush()

    def _close(self, process: subprocess.Popen[str]) -> None:
        self._process, self._is_killed = None, False
        for pipe in (process.stdin, process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()


class Month:
    """A month, from its first midnight (Paris) to its last."""

    def __init__(
        self, build: Builder, settings: Settings, mail: MailHouse, sms: SmsHouse, scale: Scale
    ) -> None:
        self.database: Database = build.database
        self.scale, self.chance = scale, random.Random(scale.seed)
        self.actor, self.mail, self.sms = build.actor("awa"), mail, sms
        self.now = instant_at(
            scale.first - timedelta(days=scale.lead_days), time(0), "Europe/Paris"
        )
        self.ends = self.now + timedelta(days=scale.lead_days + scale.days + 2)
        self.sender = Sender(settings)
        self.taken: list[tuple[str, datetime]] = []
        self.deaths: Counter[str] = Counter()
        self.died_at: list[datetime] = []
        self.deeds: Counter[str] = Counter()
        self.armed, self.dies_by = "", 0
        mail.on_taken = partial(self._taken, "mail taken")
        sms.on_taken = partial(self._taken, "sms taken")
        self.places = self._places(build)
        self.people = [self._somebody(n) for n in range(max(8, scale.appointments // 3))]
        self.planned = [self._planned(n) for n in range(scale.appointments)]

    def _places(self, build: Builder) -> list[Place]:
        own = build.structure_of("awa")
        with self.database.writing(TESTS) as db:
            structure = db.get_one(Organisation, own.organisation.id)
            overseas = organisations.create_place(
                db, structure, name="Case à lire", commune="97411", opened_on=date(2020, 1, 1)
            )
        return [own.place, own.place, overseas]

    def _somebody(self, number: int) -> Somebody:
        kind = self.chance.random()
        facts = {"phone": f"06{number:08d}", "email": f"p{number}@exemple.fr"}
        if kind < 0.08:
            facts = {}
        elif kind < 0.2:
            facts = {"phone": f"01{number:08d}"} | (
                {} if kind < 0.14 else {"email": facts["email"]}
            )
        facts["reached_by"] = self.chance.choice(["", "sms", "email", "telephone"])
        facts["language"] = self.chance.choice(list(LANGUAGES))
        person = Somebody(facts)
        if self.chance.random() < 0.05:
            self.mail.refused.add(facts.get("email", ""))
            self.sms.refused.add("+33" + facts.get("phone", "0")[1:])
        return person

    def _planned(self, number: int) -> Planned:
        place = self.chance.choice(self.places)
        day = self.scale.first + timedelta(days=self.chance.randrange(self.scale.days))
        hour = time(self.chance.choice(HOURS),
                    self.chance.choice([0, 0, 10, 15, 30, 45]))  # fmt: skip
        if number % 50 == 49:
            hour = time(2, 30)  # the hour that comes twice, that night
        starts = instant_at(day, hour, place.zone)
        early = self.chance.choice(EARLY)
        return Planned(
            self.chance.randrange(len(self.people)), place,
            starts - timedelta(hours=early, minutes=7), day, hour,
        )  # fmt: skip

    def live(self) -> None:
        """Let the time pass, step by step."""
        to_plan = sorted(self.planned, key=lambda p: p.made_at)
        steps = int((self.ends - self.now) / self.scale.step)
        quiet = int(timedelta(days=self.scale.lead_days) / self.scale.step)
        apart = (steps - quiet) // (self.scale.kills + 1)
        kills = range(quiet, steps, apart)
        for person in self.people:
            self._meet(person)
        for step in range(steps):
            self.now += self.scale.step
            while to_plan and to_plan[0].made_at <= self.now:
                self._plan(to_plan.pop(0))
            self._things_happen()
            if step in kills and not self.armed and self.deaths.total() < self.scale.kills:
                self.armed, self.dies_by = WAYS_TO_DIE[self.deaths.total() % 3], step + apart // 2
            self._work(is_last_chance=step >= self.dies_by)
        self.sender.stop()

    def _work(self, *, is_last_chance: bool) -> None:
        """Let the sender work, and perhaps die: at the gesture chosen, or at any moment."""
        self.sender.tell(self.now)
        if self.armed and is_last_chance:
            self.armed = "any moment"
        if self.armed == "any moment" and (is_last_chance or self._is_busy()):
            clock_of_this_machine.sleep(self.chance.random() * 0.03)
            self.sender.kill()
        if not self.sender.answered():
            self.deaths[self.armed] += 1
            self.died_at.append(self.now)
            self.armed = ""

    def _is_busy(self) -> bool:
        with self.database.reading(TESTS) as db:
            due = select(Message.id).where(
                col(Message.state) == MessageState.WAITING, col(Message.next_at) <= self.now
            )
            return db.exec(due.limit(1)).first() is not None

    def _taken(self, how: str, key: str) -> None:
        self.taken.append((key, self.now))
        if self.armed == how:
            self.sender.kill()

    def _meet(self, person: Somebody) -> None:
        form = ResidentForm(
            given_name="Nicole", family_name="Leroux", informed_how="oral", **person.facts
        )
        with self.database.writing(self.actor.scope) as db:
            person.file = residents.create_resident(
                db, self.actor, form, today=self.now.date(), now=self.now
            )
        can_sms = person.facts.get("phone", "01").startswith("06")
        person.reached.be(self.now, can_sms or "email" in person.facts)
        if self.chance.random() < 0.9:
            self._agree(person, True)

    def _agree(self, person: Somebody, is_given: bool) -> None:
        with self.database.writing(self.actor.scope) as db:
            agreements.set_agreement(
                db, self.actor, person.file.id, Accepts.REMINDERS,  # type: ignore[union-attr]
                is_given=is_given, today=self.now.date(), now=self.now,
            )  # fmt: skip
        person.agrees.be(self.now, is_given)

    def _plan(self, one: Planned) -> None:
        while self.people[one.who].is_erased:
            one.who = self.chance.randrange(len(self.people))
        person, starts = self.people[one.who], instant_at(one.day, one.hour, one.place.zone)
        if person.file is None or starts <= self.now:
            return
        moment = Moment(one.day, one.place.id, one.hour, 30)
        with self.database.writing(self.actor.scope) as db:
            row = agenda.plan(
                db, self.actor, moment, reason="", now=self.now, resident_id=person.file.id
            )
        one.id = row.id
        one.starts.be(self.now, starts)

    def _things_happen(self) -> None:
        """Change a few lives, and let a server fail now and then."""
        often = self.scale.appointments * self.scale.step / timedelta(days=self.scale.days) / 2
        for deed in (self._cancel, self._move, self._come_back, self._change_mind):
            if self.chance.random() < often / 4:
                deed()
        if self.chance.random() < often / 40:
            self._erase()
        if self.chance.random() < 0.04:
            self.mail.answers.append("451 later")
            self.sms.answers.append(self.chance.choice([503, 500, 429, 302]))
        elif self.chance.random() < 0.2:
            self.mail.answers.clear()
            self.sms.answers.clear()

    def _some(self, is_live: bool) -> Planned | None:
        """Choose among what is planned for the next four days (or was called off)."""
        near = [
            p for p in self.planned
            if p.id and not self.people[p.who].is_erased
            and bool(p.starts.at(self.now)) is is_live
            and (not is_live or self.now < p.starts.at(self.now) < self.now + timedelta(days=4))
        ]  # fmt: skip
        return self.chance.choice(near) if near else None

    def _cancel(self) -> None:
        one = self._some(True)
        if one is None or one.id is None:
            return
        how = self.chance.choice([FollowUpState.DECLINED, FollowUpState.CALLED_OFF])
        with self.database.writing(self.actor.scope) as db:
            agenda.close(db, self.actor, one.id, how, now=self.now)
        one.starts.be(self.now, None)
        self.deeds["cancelled"] += 1

    def _come_back(self) -> None:
        one = self._some(False)
        if one is None or one.id is None:
            return
        with self.database.writing(self.actor.scope) as db:
            row = agenda.follow_up(db, one.id)
            if row.state is FollowUpState.TO_DO:
                return
            row = agenda.reopen(db, self.actor, one.id, now=self.now)
            zone = self.places[0].zone if row.place_id == self.places[0].id else one.place.zone
            starts = instant_at(row.due_on, row.starts_at or time(0), zone)
        one.starts.be(self.now, starts)
        self.deeds["taken again"] += 1

    def _move(self) -> None:
        one = self._some(True)
        if one is None or one.id is None:
            return
        with self.database.writing(self.actor.scope) as db:
            row = agenda.follow_up(db, one.id)
            if row.former_due_on is not None and self.chance.random() < 0.5:
                row = agenda.reopen(db, self.actor, one.id, now=self.now)
            else:
                days = self.chance.choice([0, 1, 1, 2, 5])
                hour = time(self.chance.choice([8, 9, 13, 17]), 20)
                moment = replace(
                    agenda.moment_of(row), due_on=row.due_on + timedelta(days=days), starts_at=hour
                )
                starts = instant_at(moment.due_on, hour, one.place.zone)
                if not self.now < starts < self.ends - timedelta(days=1):
                    return
                row = agenda.postpone(
                    db, self.actor, one.id, moment, version=row.version, now=self.now
                )
            starts = instant_at(row.due_on, row.starts_at or time(0), one.place.zone)
        one.starts.be(self.now, starts)
        self.deeds["moved"] += 1

    def _change_mind(self) -> None:
        person = self.chance.choice([p for p in self.people if not p.is_erased])
        if not person.agrees.at(self.now):
            self._agree(person, True)
        elif self.chance.random() < 0.5:
            self._agree(person, False)
        else:
            with self.database.writing(TESTS) as db:
                found = stopping.stop_for_phone(db, person.facts.get("phone", ""), now=self.now)
            if found:
                person.agrees.be(self.now, False)
        self.deeds["changed her mind"] += 1

    def _erase(self) -> None:
        person = self.chance.choice([p for p in self.people if not p.is_erased])
        with self.database.writing(TESTS) as db:
            erase(db, person.file.id, why=Why.ASKED, by=None, now=self.now)  # type: ignore[union-attr]
        person.is_erased = True
        for one in self.planned:
            if self.people[one.who] is person:
                one.starts.be(self.now, None)
        self.deeds["erased"] += 1

    # What came of it

    def rows(self) -> list[Message]:
        """Read the list."""
        with self.database.reading(TESTS) as db:
            return list(db.exec(select(Message)))

    def faults(self) -> list[str]:
        """List all that should not have been."""
        rows = {str(m.id): m for m in self.rows()}
        mails = self.mail.keys()
        found = [f"{key} taken {n} times by mail" for key, n in mails.items() if n > 1]
        found += [f"{key} by both ways" for key in mails if key in self.sms.sent]
        gone = {key for key, _ in self.taken}
        for key, instant in self.taken:
            found += [f"{key}: {fault}" for fault in self._went_wrong(rows.get(key), instant)]
        for key, row in rows.items():
            fault = self._untrue(row, key in gone)
            if fault:
                found.append(f"{key} {row.ahead} {row.starts_at} {row.why or row.state}: {fault}")
        return found + self._not_stated(list(rows.values()))

    def _went_wrong(self, row: Message | None, instant: datetime) -> list[str]:
        if row is None:
            return []  # erased after it went
        one = next(p for p in self.planned if p.id == row.about_id)
        there = instant.astimezone(ZoneInfo(one.place.zone))
        checks = {
            "of another time, or called off": one.starts.at(instant) == row.starts_at,
            "without agreement": self.people[one.who].agrees.at(instant),
            "at night": time(8) <= there.time() < time(20),
            "too early": instant >= row.starts_at - BEFORE[row.ahead],
            "too late": instant < row.starts_at - MARGIN[row.ahead],
        }
        return [fault for fault, holds in checks.items() if not holds]

    def _untrue(self, row: Message, has_gone: bool) -> str:
        """Say what is untrue of a state or a reason; nothing when it holds."""
        one = next(p for p in self.planned if p.id == row.about_id)
        person, then = self.people[one.who], row.changed_at
        due = row.starts_at - BEFORE[row.ahead]
        night = _by_day(due, one.place.zone)
        if row.state is MessageState.SENT:
            return "" if has_gone else "nobody took it"
        truths: dict[str, bool] = {
            "cancelled": one.starts.at(then) is None,
            "moved": one.starts.at(then) not in (None, row.starts_at),
            "no_agreement": not person.agrees.at(then),
            "no_address": not person.reached.at(then),
            "too_late": _since(one.starts, row.starts_at, then) > night - self.scale.step
            or any(night <= died <= then for died in self.died_at),
            "night": max(night, _by_day(then, one.place.zone)) >= row.starts_at - MARGIN[row.ahead],
            "refused": bool(self.mail.refused or self.sms.refused),
            "unreachable": row.attempts > 0,
            "unknown": row.in_doubt,
        }
        why = row.why.value if row.why else row.state.value
        if has_gone and why != "unknown":
            return "it went"
        return "" if truths.get(why) else "this is not so"

    def _not_stated(self, rows: list[Message]) -> list[str]:
        stated = {(m.about_id, m.starts_at, m.ahead) for m in rows}
        held = [(p, p.starts.at(self.ends)) for p in self.planned if p.id]
        return [
            f"{p.id} {starts}: nothing is said of {ahead}"
            for p, starts in held
            if starts and starts == p.starts.at(starts - 2 * self.scale.step)
            for ahead in BEFORE
            if (p.id, starts, ahead) not in stated
        ]


def _by_day(instant: datetime, zone: str) -> datetime:
    there = instant.astimezone(ZoneInfo(zone))
    while not 8 <= there.hour < 20:
        instant = (instant + timedelta(hours=1)).replace(minute=0)
        there = instant.astimezone(ZoneInfo(zone))
    return instant


def _since(life: Life, starts: datetime, then: datetime) -> datetime:
    """Give when an appointment came to be at a time (the last time it did, before then)."""
    return max(
        (since for since, value in life.changes if value == starts and since <= then),
        default=datetime.max.replace(tzinfo=UTC),
    )
