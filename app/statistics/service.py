"""Protected figures for a person: who may count what, and the one door of `PublishedTable`s."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlmodel import col, select

from app.accounts.actor import Actor
from app.accounts.permissions import Permission
from app.core import text
from app.core.clock import PARIS
from app.core.db import Database, ReadSession
from app.core.errors import Forbidden
from app.core.settings import Settings
from app.core.text import NBSP
from app.organisations.models import Organisation
from app.statistics import periods
from app.statistics.budget import Budget, of_page, of_table
from app.statistics.closing import store_of
from app.statistics.periods import Level, Period
from app.statistics.policy import INTERACTIVE_5
from app.statistics.questions import Question, Reader
from app.statistics.store import FactStore, NoFigures, Version
from app.statistics.tables import Memory, PublishedTable, Viewpoint, publish
from app.statistics.vocabulary import MEASURES

ENOUGH_FOR_A_QUARTER = 400
_memories: dict[str, Memory] = {}


@dataclass(frozen=True)
class Counter:
    """What somebody may count: her structures, through the store that serves now.

    New questions are counted in her budget; without one, the list of questions is a fixed one.
    `caution` is said with every answer: an older version serves.
    """

    view: Viewpoint
    reader: Reader
    budget: Budget | None = None
    caution: str = ""

    @property
    def last_month(self) -> Period:
        """The latest closed month."""
        return self.view.version.last_month

    def ask(
        self,
        measure: str,
        by: Sequence[str] = (),
        where: Sequence[str] = (),
        period: str | None = None,
    ) -> Question:
        """Read a question. Raises Invalid with a sentence that says what would be possible."""
        return self.reader.read(measure, by, where, period)

    def answer(self, asked: Sequence[Question]) -> list[PublishedTable]:
        """Answer questions, those of one period together.

        Each is counted first. Raises AskedTooMuch, and then nothing is answered.
        """
        if self.budget is not None:
            ground, scope = self.view.ground, self.view.organisations
            self.budget.spend(of_table(one, ground(one.period), scope) for one in asked)
        tables = publish(asked, self.view)
        if not self.caution:
            return tables
        return [replace(table, notes=(*table.notes, self.caution)) for table in tables]

    def for_page(self, where: Sequence[str], period: str | None) -> "Counter":
        """Count a page under these filters as one question, whatever it then asks.

        Raises Invalid, or AskedTooMuch.
        """
        if self.budget is not None:
            asked = self.ask("residents", (), where, period)
            ground = self.view.ground(asked.period)
            page = of_page(asked.where, asked.period, ground, self.view.organisations)
            self.budget.spend([page])
        return self.for_fixed_list()

    def for_fixed_list(self) -> "Counter":
        """Ask without counting: for a report, whose questions nobody chooses."""
        return replace(self, budget=None)


def counter(database: Database, settings: Settings, db: ReadSession, actor: Actor) -> Counter:
    """Open the figures of the structures somebody may count.

    Raises Forbidden for a role without figures, NoFigures before the first closing.
    """
    if Permission.READ_STATISTICS not in actor.permissions or not actor.counted:
        raise Forbidden("Votre rôle ne donne pas accès aux chiffres.")
    counted = _slugs(db, actor.counted)
    found = counter_of(database, settings, counted, own=counted)  # hers to see one by one
    return replace(found, budget=Budget(database, actor, settings.questions_a_day))


def counter_of(
    database: Database, settings: Settings, counted: frozenset[str], *, own: frozenset[str]
) -> Counter:
    """Open the figures of some structures by their slugs.

    `own`: those that the reader may see one by one. Of the others, a small one is not named, and
    a total that is nearly all of one is hidden.
    """
    store = _store(database, settings)
    version = store.current()
    memory = _memories.setdefault(str(settings.data_dir), Memory())
    found = counter_on(version, counted, own=own, memory=memory)
    return replace(found, caution=_caution(store, version))


def counter_on(
    version: Version, counted: frozenset[str], *, own: frozenset[str], memory: Memory
) -> Counter:
    """Open the figures of some structures in one version. Raises NoFigures if they have none."""
    known = version.organisations
    if not counted & known:
        raise NoFigures
    view = Viewpoint(version, counted & known, own & known, INTERACTIVE_5, memory)
    reader = Reader(
        version.last_month, view.reference, view.organisations, lambda: _usual_period(view)
    )
    return Counter(view, reader)


def _caution(store: FactStore, version: Version) -> str:
    """Say of which day the figures are when the latest cannot be read; "" when they can."""
    if store.is_latest(version):
        return ""
    day = datetime.fromisoformat(version.data_version).astimezone(PARIS)
    return (
        f"Les derniers chiffres ne se lisent pas{NBSP}: ceux-ci sont arrêtés au "
        f"{text.day(day.date(), year=True, weekday=False)}."
    )


def _slugs(db: ReadSession, ids: frozenset[UUID]) -> frozenset[str]:
    if not ids:
        return frozenset()
    return frozenset(db.exec(select(Organisation.slug).where(col(Organisation.id).in_(ids))))


def _usual_period(view: Viewpoint) -> Period:
    """Choose the period when none is asked (interfaces.md § 6).

    The last closed quarter if it has 400 persons in scope, else the last closed year, semester,
    or quarter; before the first quarter closes, the last month.
    """
    closed = periods.closed_periods(view.version.last_month)
    first = min(view.version.years)
    last = {
        level: next((p for p in _latest_first(closed, level) if p.year >= first), None)
        for level in Level
    }
    quarter = last[Level.QUARTER]
    if quarter is not None:
        asked = Question(MEASURES["residents"], (), (), quarter)
        total = publish([asked], view)[0].total
        if (total.value or 0) >= ENOUGH_FOR_A_QUARTER:
            return quarter
    chosen = last[Level.YEAR] or last[Level.SEMESTER] or quarter
    return chosen or view.version.last_month


def _latest_first(closed: Sequence[Period], level: Level) -> list[Period]:
    found = [period for period in closed if period.level is level]
    return sorted(found, key=lambda period: (period.year, period.number), reverse=True)


@lru_cache(maxsize=32)
def _store(database: Database, settings: Settings) -> FactStore:
    return store_of(database, settings)
