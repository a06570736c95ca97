"""Follow-ups: something to come back to, on a day; at an hour, it is an appointment."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, LargeBinary
from sqlmodel import Field, col

from app.core.crypto import EncryptedText, Sealed
from app.core.db import coded
from app.core.ids import new_id
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scope, Scoped, Wall, either

_PLANNED = personal(Purpose.FOLLOW_UP, Keep.FOLLOW_UP)


class FollowUpState(StrEnum):
    """Where a follow-up stands. A postponed one is still to do."""

    TO_DO = "to_do"
    DONE = "done"
    CANCELLED = "cancelled"  # taken back by who had just planned it
    CALLED_OFF = "called_off"  # cancelled by the adviser
    DECLINED = "declined"  # cancelled by the resident
    NO_SHOW = "no_show"


class FollowUp(Scoped, table=True):
    """Somebody, or a procedure, to come back to. The reason is closed under the person's key.

    With an hour it is an appointment: `starts_at` is civil time at the place.
    """

    __tablename__ = "follow_up"
    __table_args__ = (
        CheckConstraint("(starts_at IS NULL) = (duration_min IS NULL)", name="appointment"),
        CheckConstraint("duration_min BETWEEN 1 AND 1439", name="duration"),
    )
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    resident_id: UUID | None = Field(default=None, foreign_key="resident.id", index=True)
    procedure: str | None = Field(default=None, foreign_key="procedure.slug")
    place_id: UUID = Field(foreign_key="place.id")
    adviser_id: UUID = Field(foreign_key="account.id", index=True)
    session_id: UUID | None = Field(default=None, index=True)  # the visit it was planned in
    due_on: date = Field(index=True, sa_column_kwargs=_PLANNED)
    starts_at: time | None = Field(default=None, sa_column_kwargs=_PLANNED)
    duration_min: int | None = None
    reason: Sealed = Field(sa_type=EncryptedText, sa_column_kwargs=_PLANNED)
    state: FollowUpState = Field(default=FollowUpState.TO_DO, sa_type=coded(FollowUpState))
    former_due_on: date | None = None  # so that « Reporter » can be undone
    former_starts_at: time | None = None
    former_duration_min: int | None = None
    former_place_id: UUID | None = None
    postponed: int = 0
    done_session_id: UUID | None = None  # the visit that settled it
    settled_at: datetime | None = None
    created_at: datetime
    version: int = 1


class CalendarFeed(Scoped, table=True):
    """The right to read one adviser's agenda of one structure by a link, which is never stored."""

    __tablename__ = "calendar_feed"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    token_digest: bytes = Field(sa_type=LargeBinary, unique=True)  # SHA-256 of 256 random bits
    shows_initials: bool = False
    created_at: datetime = Field(sa_column_kwargs=personal(Purpose.SECURITY, Keep.ACCOUNT))

    @classmethod
    def within(cls, scope: Scope) -> ColumnElement[bool]:
        """One's own links."""
        return either(*([col(cls.account_id) == scope.account] if scope.account else []))

    def is_within(self, scope: Scope) -> bool:
        """One's own link, in a structure where one works."""
        return self.account_id == scope.account and self.organisation_id in scope.work
