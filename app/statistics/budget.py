"""How much an account may ask: 100 new questions a day, six times as many a quarter, then a pace.

Enough answers, each a little off, would rebuild what they protect (Dinur & Nissim 2003): so new
questions are counted (disclosure-control § 3.6). What was asked already is free. A question is
kept as a keyed digest; neither a log nor the access record holds it.
"""

import hashlib
import hmac
import json
import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum

from sqlalchemy import Integer, cast
from sqlmodel import col, delete, func, select

from app.accounts.actor import Actor
from app.accounts.models import Account
from app.audit.models import Did
from app.audit.service import record
from app.core import clock
from app.core.clock import PARIS
from app.core.db import Database, ReadSession, WriteSession
from app.core.errors import TooMany
from app.core.text import NBSP, number
from app.statistics.models import StatisticsQuestion
from app.statistics.periods import Period
from app.statistics.questions import Question
from app.statistics.reference import Clauses, Ground
from app.statistics.vocabulary import DIMENSIONS

DAYS_A_QUARTER = 6  # a quarter has as many questions as six full days
PACE_S = 30  # between two new questions, past either
_KEY = "questions to the statistics"
# What pages cut some of their rows by, or hold at one value beside them, under any filters.
_WHERE = frozenset({"departement", "epci", "place"})
_CROSSED = {
    "divide": _WHERE | {"age_band", "procedure_theme"},
    "outcome": frozenset({"procedure_theme", "provider"}),
}


class Span(StrEnum):
    """Over what a budget holds."""

    DAY = "day"
    QUARTER = "quarter"


_DEEDS = {Span.DAY: Did.ASK_PAST_DAY, Span.QUARTER: Did.ASK_PAST_QUARTER}
_WORDS = {Span.DAY: "aujourd’hui", Span.QUARTER: "ce trimestre"}
PASSED = {deed: span for span, deed in _DEEDS.items()}


class AskedTooMuch(TooMany):
    """The budget is spent: when the next question is possible, and why."""

    title = "Beaucoup de questions"

    def __init__(self, wait_s: int, passed: Span, limit: int) -> None:
        self.sentence = f"Encore une question dans {number(wait_s)}{NBSP}s."
        self.why = (
            f"Vous avez posé {number(limit)} questions nouvelles {_WORDS[passed]}. À force de "
            "croiser des tableaux, on finirait par reconnaître quelqu’un"
            f"{NBSP}: au-delà, une question nouvelle toutes les {PACE_S} secondes. Revoir, trier "
            "ou télécharger ce qui a déjà été demandé reste libre, comme les pages sans filtre."
        )
        super().__init__(f"{self.sentence} {self.why}", retry_after_s=wait_s)


@dataclass(frozen=True)
class Asking:
    """One question as it is counted: `name` is the same by every road that leads to it.

    `free_with`: what makes it free once it was asked, such as the page that shows this table.
    An empty `name` is free.
    """

    name: str
    free_with: str = ""


def of_page(where: Clauses, period: Period, ground: Ground, scope: Iterable[str]) -> Asking:
    """Name a page under some filters; the one without filters is free."""
    held = _canonical(where, ground)
    return Asking(_named("page", (), held, period, scope) if held else "")


def of_table(question: Question, ground: Ground, scope: Iterable[str]) -> Asking:
    """Name a table by its dimensions and period, whatever it measures.

    One that unfiltered pages show is free, and one of a page that was asked for is free with it.
    """
    held = _canonical(question.where, ground)
    by = _finest(question.dimensions, held)
    on_page = _filters_of_page(by, held)
    if on_page == ():
        return Asking("")
    level = (question.level,) if question.level else ()
    return Asking(
        _named("table", (*by, *level), held, question.period, scope),
        _named("page", (), on_page, question.period, scope) if on_page else "",
    )


def _canonical(where: Clauses, ground: Ground) -> Clauses:
    """Drop what is implied, as the rule does; what cannot be in the period stays as it is asked."""
    reduced = ground.canonical(where)
    return where if reduced is None else reduced


def _finest(names: Iterable[str], held: Clauses) -> tuple[str, ...]:
    """Leave out each dimension of the rows that a finer one tells."""
    wanted = set(names)
    told = {above for name in wanted | {c.dimension for c in held} for above in _above(name)}
    return tuple(sorted(wanted - told))


def _above(name: str) -> set[str]:
    parents = DIMENSIONS[name].parents
    return {*parents, *(above for parent in parents for above in _above(parent))}


def _filters_of_page(by: Sequence[str], held: Clauses) -> Clauses | None:
    """Give the filters of the page that shows such a table; None when no page does."""
    rows = [name for name in by if name not in _CROSSED]
    crossed = _CROSSED.keys() & {*by, *(clause.dimension for clause in held)}
    if len(rows) > 1 or len(crossed) > 1:
        return None
    if not rows or not crossed:
        return held
    (beside,) = crossed
    if rows[0] not in _CROSSED[beside]:
        return held if beside not in by else None
    return tuple(clause for clause in held if clause.dimension != beside)


def _named(
    kind: str, by: Iterable[str], held: Clauses, period: Period, scope: Iterable[str]
) -> str:
    return json.dumps([kind, sorted(by), held, period.code, sorted(scope)])


@dataclass(frozen=True)
class Budget:
    """What one account may still ask; `structure` is where she works, for the access record."""

    database: Database
    actor: Actor
    a_day: int

    def spend(self, asked: Iterable[Asking]) -> None:
        """Count each question that is new. Raises AskedTooMuch, and then none is counted.

        Its own transaction, closed before anything is answered; what was asked before only reads.
        """
        wanted = {
            (self._digest(one.name), self._digest(one.free_with)) for one in asked if one.name
        }
        if not wanted:
            return
        with self.database.reading(self.actor.scope) as db:
            if not self._fresh(db, wanted):
                return
        with self.database.writing(self.actor.scope) as db:
            refusal = self._counted(db, wanted)
        if refusal is not None:  # once what there is to record of it is written
            raise refusal

    def _digest(self, name: str) -> bytes:
        key = self.database.keys.derive(_KEY)
        words = f"{self.actor.account_id}:{name}"
        return hmac.new(key, words.encode(), hashlib.sha256).digest()

    def _fresh(self, db: ReadSession, wanted: Collection[tuple[bytes, bytes]]) -> set[bytes]:
        known = set(
            db.exec(
                select(StatisticsQuestion.digest).where(
                    col(StatisticsQuestion.account_id) == self.actor.account_id,
                    col(StatisticsQuestion.digest).in_({one for pair in wanted for one in pair}),
                )
            )
        )
        return {digest for digest, with_page in wanted if not known & {digest, with_page}}

    def _counted(
        self, db: WriteSession, wanted: Collection[tuple[bytes, bytes]]
    ) -> AskedTooMuch | None:
        own = select(Account.id).where(col(Account.id) == self.actor.account_id)
        db.exec(own.with_for_update(key_share=True)).one()  # one question at a time an account
        now = clock.now()
        fresh = self._fresh(db, wanted)
        passed = self._passed(db, len(fresh), now)
        for span in passed:
            self._say_once(db, span, now)
        wait = self._wait(db, len(fresh), now) if passed else 0
        if wait:
            return AskedTooMuch(wait, passed[-1], self._limit(passed[-1]))
        for digest in sorted(fresh):
            self._add(db, digest, now)
        return None

    def _passed(self, db: ReadSession, more: int, now: datetime) -> list[Span]:
        """List the budgets that so many more questions would pass."""
        begun = _begun(now)
        asked_at = col(StatisticsQuestion.asked_at)
        day, quarter = db.exec(
            select(
                func.sum(cast(asked_at >= begun[Span.DAY], Integer)),
                func.sum(cast(asked_at >= begun[Span.QUARTER], Integer)),
            ).where(
                col(StatisticsQuestion.account_id) == self.actor.account_id,
                col(StatisticsQuestion.is_question),
            )
        ).one()
        asked = {Span.DAY: day or 0, Span.QUARTER: quarter or 0}
        return [span for span in Span if asked[span] + more > self._limit(span)]

    def _limit(self, span: Span) -> int:
        return self.a_day if span is Span.DAY else DAYS_A_QUARTER * self.a_day

    def _wait(self, db: ReadSession, more: int, now: datetime) -> int:
        """Seconds still to wait: the pace for each question, since the last one."""
        last = db.exec(
            select(func.max(col(StatisticsQuestion.asked_at))).where(
                col(StatisticsQuestion.account_id) == self.actor.account_id,
                col(StatisticsQuestion.is_question),
            )
        ).one()
        waited = (now - last).total_seconds() if last else 0
        return max(0, math.ceil(PACE_S * more - waited))

    def _say_once(self, db: WriteSession, span: Span, now: datetime) -> None:
        """Put in the access record that a budget was passed: once a day, not once a question."""
        mark = self._digest(f"{span} passed on {now.astimezone(PARIS).date()}")
        if db.get(StatisticsQuestion, (self.actor.account_id, mark)) is not None:
            return
        self._add(db, mark, now, is_question=False)
        where = self.actor.current.organisation_id if self.actor.current else None
        record(db, _DEEDS[span], at=now, account_id=self.actor.account_id, organisation_id=where)

    def _add(
        self, db: WriteSession, digest: bytes, now: datetime, *, is_question: bool = True
    ) -> None:
        db.add(
            StatisticsQuestion(
                account_id=self.actor.account_id,
                digest=digest,
                asked_at=now,
                is_question=is_question,
            )
        )


def _begun(now: datetime) -> dict[Span, datetime]:
    """Give when the day and the quarter began, by the clocks of Paris."""
    today = now.astimezone(PARIS).date()
    first = today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1)
    days = {Span.DAY: today, Span.QUARTER: first}
    return {
        span: datetime.combine(day, time(0), PARIS).astimezone(UTC) for span, day in days.items()
    }


def forget_questions(db: WriteSession, *, now: datetime) -> int:
    """Remove what was asked before this quarter; returns how many rows."""
    old = delete(StatisticsQuestion).where(
        col(StatisticsQuestion.asked_at) < _begun(now)[Span.QUARTER]
    )
    return int(db.execute(old).rowcount)  # type: ignore[attr-defined]
