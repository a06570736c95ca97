"""The one thing said of months that are still open: attendances so far, in round tens."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlmodel import col, func, select

from app.accounts.actor import Actor
from app.accounts.permissions import Permission, Role
from app.core.clock import PARIS
from app.core.db import Database
from app.core.errors import Forbidden
from app.core.scope import Scope
from app.organisations.models import Organisation
from app.sessions.models import AssistedSession, Attendance
from app.statistics.periods import Period, last_closed_month, month_of, next_month

LEAST, STEP = 20, 10
NIGHT = time(4, 0)


@dataclass(frozen=True)
class SoFar:
    """One structure in one open month; `attendances` is None under twenty."""

    organisation: str
    month: Period
    attendances: int | None


def so_far(database: Database, actor: Actor, *, now: datetime) -> list[SoFar]:
    """Count each coordinated structure's attendances of open months, as of last night.

    Raises Forbidden for anybody but a coordinator.
    """
    if Permission.READ_STATISTICS not in actor.permissions or Role.COORDINATOR not in actor.roles:
        raise Forbidden("Seul un coordinateur voit le mois en cours.")
    months = _open_months(now)
    with database.reading(Scope.system("open month")) as db:
        names = db.exec(
            select(Organisation)
            .where(col(Organisation.id).in_(actor.counted))
            .order_by(col(Organisation.name))
        ).all()
        counted = db.exec(
            select(
                col(AssistedSession.organisation_id),
                col(AssistedSession.held_on),
                func.count(col(Attendance.id)),
            )
            .join(Attendance, col(Attendance.session_id) == col(AssistedSession.id))
            .where(
                col(AssistedSession.organisation_id).in_(actor.counted),
                col(AssistedSession.removed_at).is_(None),
                col(AssistedSession.held_on) >= date(months[0].year, months[0].number, 1),
                col(AssistedSession.recorded_at) < _last_night(now),
            )
            .group_by(col(AssistedSession.organisation_id), col(AssistedSession.held_on))
        ).all()
    return [
        SoFar(
            organisation.name,
            month,
            _round(
                sum(
                    number
                    for structure, day, number in counted
                    if structure == organisation.id and month_of(day) == month
                )
            ),
        )
        for month in months
        for organisation in names
    ]


def _open_months(now: datetime) -> list[Period]:
    months = [next_month(last_closed_month(now))]
    while months[-1] < month_of(now.astimezone(PARIS).date()):
        months.append(next_month(months[-1]))
    return months


def _last_night(now: datetime) -> datetime:
    """Give the last four o'clock of the morning in Paris."""
    local = now.astimezone(PARIS)
    night = datetime.combine(local.date(), NIGHT, PARIS)
    return night if night <= local else night - timedelta(days=1)


def _round(number: int) -> int | None:
    rounded = (number + STEP // 2) // STEP * STEP
    return rounded if number >= LEAST else None
