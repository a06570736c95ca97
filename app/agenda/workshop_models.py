"""Workshops to come: planned on a day, with the people who registered."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, UniqueConstraint
from sqlmodel import Field

from app.core.db import coded, empty_list
from app.core.ids import new_id
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scoped, Wall

_PLANNED = personal(Purpose.FOLLOW_UP, Keep.FOLLOW_UP)


class WorkshopState(StrEnum):
    """Where a workshop stands."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class Workshop(Scoped, table=True):
    """A workshop to come. Once held, `session_id` is its activity.

    Those planned together share `series_id`; each is its own, and may change alone.
    """

    __tablename__ = "workshop"
    __table_args__ = (
        CheckConstraint("duration_min BETWEEN 1 AND 1439", name="duration"),
        CheckConstraint("capacity IS NULL OR capacity BETWEEN 1 AND 200", name="capacity"),
    )
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    place_id: UUID = Field(foreign_key="place.id")
    adviser_id: UUID = Field(foreign_key="account.id", index=True)
    title: str
    level: str | None = None
    themes: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    planned_on: date = Field(index=True)
    starts_at: time  # at the place
    duration_min: int
    capacity: int | None = None
    series_id: UUID | None = Field(default=None, index=True)
    state: WorkshopState = Field(default=WorkshopState.PLANNED, sa_type=coded(WorkshopState))
    session_id: UUID | None = Field(default=None, index=True)
    former_session_id: UUID | None = Field(default=None, index=True)  # removed, then held again
    cancelled_at: datetime | None = None  # the same instant for those cancelled together
    created_at: datetime
    version: int = 1


class Registration(Scoped, table=True):
    """One person on the list of a workshop, or one anonymous place.

    Nobody is marked as waiting: those past the capacity, by `rank`, are. Whoever leaves, is erased
    or is joined with another file, the next one has the place by that alone.
    """

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("workshop_id", "resident_id"),)
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    workshop_id: UUID = Field(foreign_key="workshop.id", index=True)
    resident_id: UUID | None = Field(
        default=None, foreign_key="resident.id", index=True, sa_column_kwargs=_PLANNED
    )
    rank: int  # order of arrival
    waited: bool = False  # it was full when she came
    registered_at: datetime
