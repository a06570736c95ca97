"""Hours when an adviser is at a place, again and again, with slots to be taken."""

from datetime import date, datetime, time
from typing import ClassVar
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint
from sqlmodel import Field

from app.agenda.repeat import Repeat
from app.core.db import coded, empty_list
from app.core.ids import new_id
from app.core.scope import Scoped, Wall


class OfficeHours(Scoped, table=True):
    """« Permanence »: the weekday is that of `first_on`; hours are civil time at the place.

    Slots are not stored: a free one is a stretch that no appointment of the adviser overlaps.
    """

    __tablename__ = "office_hours"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="hours"),
        CheckConstraint("slot_min BETWEEN 5 AND 480", name="slot"),
    )
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    adviser_id: UUID = Field(foreign_key="account.id", index=True)
    place_id: UUID = Field(foreign_key="place.id")
    repeat: Repeat = Field(sa_type=coded(Repeat))
    first_on: date
    until_on: date | None = None
    starts_at: time
    ends_at: time
    slot_min: int
    keep_holidays: bool = False
    skipped: list[str] = Field(default_factory=empty_list, sa_type=JSON)  # days, « 2026-12-25 »
    removed_at: datetime | None = None
    created_at: datetime
    version: int = 1
