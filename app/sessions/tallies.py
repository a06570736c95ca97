"""What a list of activities says beside its rows: how much there is, and what a filter can be."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Select, case, func, literal, select, union_all
from sqlmodel import col

from app.core.db import ReadSession, written
from app.sessions.history import Filters, conditions
from app.sessions.models import AssistedSession, Attendance, ProcedureHelp, SessionTheme

MOST_COUNTED = 1_000
PROCEDURES, THEMES = -2, -1  # what a row of the summary is, when it is not the nth tally


@dataclass(frozen=True)
class Tally:
    """How much was noted: activities, people, minutes; when cut, at least as much."""

    activities: int
    attendances: int
    minutes: int

    @property
    def is_cut(self) -> bool:
        """Tell whether there are more than were counted."""
        return self.activities > MOST_COUNTED


@dataclass(frozen=True)
class Summary:
    """The procedures and themes that a structure ever noted, and its tallies."""

    procedures: set[str]
    themes: set[str]
    tallies: list[Tally]


def tally(db: ReadSession, filters: Filters) -> Tally:
    """Count activities, people and minutes under some filters.

    Past MOST_COUNTED activities the count stops, and people are told as many: a list is to work
    in, figures are elsewhere.
    """
    row = db.execute(_counted(filters.asked, 0), filters.values("0")).one()
    return Tally(*row[2:])


def summary(db: ReadSession, *several: Filters) -> Summary:
    """Count under each of several filters, and tell what a filter can be, in one statement."""
    values: dict[str, Any] = {}
    for at, filters in enumerate(several):
        values |= filters.values(str(at))
    rows = db.execute(_summary(tuple(f.asked for f in several)), values).all()
    counted = {row[0]: Tally(*row[2:]) for row in rows}
    return Summary(
        procedures={row[1] for row in rows if row[0] == PROCEDURES},
        themes={row[1] for row in rows if row[0] == THEMES},
        tallies=[counted[at] for at in range(len(several))],
    )


@cache
def _summary(several: tuple[frozenset[str], ...]) -> CompoundSelect[Any]:
    return union_all(
        *(_counted(asked, at) for at, asked in enumerate(several)),
        _ever_noted(PROCEDURES, col(ProcedureHelp.procedure)),
        _ever_noted(THEMES, col(SessionTheme.theme)),
    )


@cache
def _counted(asked: frozenset[str], at: int) -> Select[Any]:
    found = (
        select(col(AssistedSession.id), col(AssistedSession.duration_min))
        .where(*conditions(asked, str(at)))
        .limit(written(MOST_COUNTED + 1))
        .cte()
    )
    minutes = func.coalesce(func.sum(found.c.duration_min), written(0)).label("minutes")
    all_of_it = select(func.count().label("activities"), minutes).select_from(found).subquery().c
    people = select(func.count(col(Attendance.id))).where(
        col(Attendance.session_id).in_(select(found.c.id))
    )
    is_cut = all_of_it.activities > written(MOST_COUNTED)
    return select(
        written(at),
        literal(""),
        all_of_it.activities,
        case((is_cut, all_of_it.activities), else_=people.scalar_subquery()),
        all_of_it.minutes,
    )


def _ever_noted(mark: int, column: Any) -> Select[Any]:
    """Take each value as the next one in an index after the last.

    To list what is in the rows would read them all, and PostgreSQL's plan for any value would too.
    """
    each = select(func.min(column).label("code")).cte(recursive=True)
    following = select(func.min(column)).where(column > each.c.code).scalar_subquery()
    each = each.union_all(select(following).where(each.c.code.is_not(None)))
    nothing = [written(0)] * 3
    return select(written(mark), each.c.code, *nothing).where(each.c.code.is_not(None))


def by_day(db: ReadSession, filters: Filters) -> dict[date, int]:
    """Count people by day under some filters."""
    rows = db.execute(
        select(col(AssistedSession.held_on), func.count(col(Attendance.id)))
        .join(Attendance, col(Attendance.session_id) == col(AssistedSession.id))
        .where(*conditions(filters.asked))
        .group_by(col(AssistedSession.held_on)),
        filters.values(),
    )
    return {row[0]: row[1] for row in rows}
