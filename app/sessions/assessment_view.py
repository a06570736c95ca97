"""How an assessment's result is shown: strong points first, one next step, radar, what helps."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.agenda import registrations, workshops
from app.agenda.workshop_models import Workshop
from app.assessments import scoring, service
from app.assessments.bank import Theme
from app.assessments.scoring import Change, Step, Told
from app.assessments.service import Opened
from app.core.clock import civil_day
from app.core.db import ReadSession
from app.procedures.models import Procedure
from app.procedures.service import catalogue

WITHIN_DAYS = 120


@dataclass(frozen=True)
class Axis:
    """One theme on the radar and in its table. None: the answers do not tell."""

    label: str
    value: int | None
    before: int | None


@dataclass(frozen=True)
class Result:
    """A finished assessment, as it is told."""

    id: UUID
    on: date
    before_on: date | None
    strong: list[Theme]
    is_strong: bool  # else its one theme is only the best of all
    step: Step
    axes: list[Axis]
    changes: list[Change]
    told: Told


@dataclass(frozen=True)
class Standing:
    """Where a resident stands: the last result, and the one under way with its next question."""

    result: Result | None
    under_way: Opened | None
    next_rank: int
    count: int
    finished: list[tuple[UUID, date]]  # with the day it ended


@dataclass(frozen=True)
class Helps:
    """What is proposed for the next step."""

    workshop: Workshop | None
    is_registered: bool
    procedures: list[Procedure]
    resource: str
    host: str


def standing(every: list[Opened], zone: str) -> Standing:
    """Tell the last result and what is under way. `every`: the latest first."""
    finished = by_end(every)
    under_way = next((one for one in every if one.finished_at is None), None)
    rank = count = 0
    if under_way is not None:
        count = len(under_way.bank.questions)
        left = under_way.to_answer
        rank = under_way.bank.rank(left.id) if left else count
    last = result(finished[0], finished[1:], zone) if finished else None
    return Standing(last, under_way, rank, count, [(one.id, _day(one, zone)) for one in finished])


def by_end(every: list[Opened]) -> list[Opened]:
    """List the finished ones, the latest first."""
    ended = [(one.finished_at, one) for one in every if one.finished_at is not None]
    return [one for _, one in sorted(ended, key=lambda pair: pair[0], reverse=True)]


def results(every: list[Opened], zone: str) -> list[Result]:
    """Tell each finished assessment beside the one before it, the latest first."""
    finished = by_end(every)
    return [result(one, finished[at + 1 :], zone) for at, one in enumerate(finished)]


def result(one: Opened, earlier: list[Opened], zone: str) -> Result:
    """Tell one finished assessment beside the one before it, if there is one."""
    previous = earlier[0] if earlier else None
    before = previous.scores if previous else {}
    strong = scoring.strong_points(one.bank, one.scores)
    return Result(
        id=one.id,
        on=_day(one, zone),
        before_on=_day(previous, zone) if previous else None,
        strong=strong,
        is_strong=any((one.scores[theme.code] or 0) >= scoring.STRONG for theme in strong),
        step=scoring.next_step(one.bank, one.scores),
        axes=[
            Axis(theme.label, one.scores.get(theme.code), before.get(theme.code))
            for theme in one.bank.themes
        ],
        changes=scoring.changes(one.bank, before, one.scores),
        told=scoring.told(one.bank, one.answers),
    )


def _day(one: Opened, zone: str) -> date:
    return civil_day(one.finished_at or one.started_at, zone)


def noted(db: ReadSession, resident_id: UUID, assessment_id: UUID) -> dict[str, Any]:
    """Give what the note of an assessment starts with; the adviser sees and changes it."""
    opened = service.read(db, resident_id, assessment_id)
    told = scoring.told(opened.bank, opened.answers)
    return {
        "themes": ["diagnostic_numerique"],
        "equipment": told.equipment,
        "home_connection": told.home_connection,
        "divides": told.divides,
        "autonomy_before": told.autonomy,
    }


def helps(db: ReadSession, step: Step, resident_id: UUID, *, today: date) -> Helps | None:
    """Propose for a step: the first workshop with a seat left, entries of the catalogue, a site."""
    theme = step.theme
    if theme is None:
        return None
    rows = [
        row
        for row in workshops.coming(db, since=today, until=today + timedelta(WITHIN_DAYS))
        if set(row.themes) & set(theme.workshops)
    ]
    taken = registrations.count_people(db, [row.id for row in rows]) if rows else {}
    hers = next((row for row in rows if _is_on_the_list(db, row, resident_id)), None)
    seat = next((r for r in rows if r.capacity is None or taken.get(r.id, 0) < r.capacity), None)
    known = catalogue(db)
    return Helps(
        workshop=hers or seat,
        is_registered=hers is not None,
        procedures=[found for slug in theme.procedures if (found := known.get(slug))],
        resource=theme.resource,
        host=theme.host,
    )


def _is_on_the_list(db: ReadSession, row: Workshop, resident_id: UUID) -> bool:
    arrived = registrations.people_of(db, row).everybody
    return any(one.resident_id == resident_id for one in arrived)
