"""When an adviser is taken: her own appointments and workshops, as instants, without a name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlmodel import col, select

from app.agenda.models import FollowUp, FollowUpState
from app.agenda.workshop_models import Workshop, WorkshopState
from app.core.clock import instant_at
from app.core.db import ReadSession
from app.organisations import service as organisations


@dataclass(frozen=True)
class Span:
    """A stretch of time, from an instant to another that is not in it."""

    starts: datetime
    ends: datetime

    def meets(self, others: Iterable["Span"]) -> bool:
        """Tell whether it overlaps one of others; what only touches does not."""
        return any(self.starts < other.ends and other.starts < self.ends for other in others)


def span(on: date, at: time, duration_min: int, zone: str) -> Span:
    """Give the instants of an hour at a place; an hour that clocks skip is read as UTC's."""
    try:
        starts = instant_at(on, at, zone)
    except ValueError:
        starts = datetime.combine(on, at, UTC)
    return Span(starts, starts + timedelta(minutes=duration_min))


def busy(
    db: ReadSession,
    organisation_id: UUID,
    adviser_id: UUID,
    *,
    since: date,
    until: date,
    but: UUID | None = None,
) -> Sequence[Span]:
    """List when an adviser is taken between two days, the days around them included.

    `but`: an appointment or workshop left out, because it is the one being moved.
    """
    zones = {p.id: p.zone for p in organisations.places(db, organisation_id)}
    # What began the day before may last past midnight; another zone's day is not this one's.
    since, until = since - timedelta(days=1), until + timedelta(days=1)
    appointments = db.exec(
        select(FollowUp).where(
            col(FollowUp.adviser_id) == adviser_id,
            col(FollowUp.state) == FollowUpState.TO_DO,
            col(FollowUp.starts_at).is_not(None),
            col(FollowUp.due_on).between(since, until),
        )
    )
    led = db.exec(
        select(Workshop).where(
            col(Workshop.adviser_id) == adviser_id,
            col(Workshop.state) == WorkshopState.PLANNED,
            col(Workshop.planned_on).between(since, until),
        )
    )
    moments: list[tuple[FollowUp | Workshop, date]] = [(row, row.due_on) for row in appointments]
    moments += [(row, row.planned_on) for row in led]
    return [
        span(on, row.starts_at, row.duration_min, zones[row.place_id])
        for row, on in moments
        if row.id != but and row.starts_at is not None and row.duration_min is not None
    ]
