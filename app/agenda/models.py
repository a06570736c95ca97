"""Follow-ups: something to come back to, on a day."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlmodel import Field

from app.core.crypto import EncryptedText, Sealed
from app.core.db import coded
from app.core.ids import new_id
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scoped, Wall

_PLANNED = personal(Purpose.FOLLOW_UP, Keep.FOLLOW_UP)


class FollowUpState(StrEnum):
    """Where a follow-up stands."""

    TO_DO = "to_do"
    DONE = "done"
    CANCELLED = "cancelled"


class FollowUp(Scoped, table=True):
    """Somebody, or a procedure, to come back to. The reason is closed under the person's key."""

    __tablename__ = "follow_up"
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    resident_id: UUID | None = Field(default=None, foreign_key="resident.id", index=True)
    procedure: str | None = Field(default=None, foreign_key="procedure.slug")
    place_id: UUID = Field(foreign_key="place.id")
    adviser_id: UUID = Field(foreign_key="account.id", index=True)
    session_id: UUID | None = Field(default=None, index=True)  # the visit it was planned in
    due_on: date = Field(index=True, sa_column_kwargs=_PLANNED)
    reason: Sealed = Field(sa_type=EncryptedText, sa_column_kwargs=_PLANNED)
    state: FollowUpState = Field(default=FollowUpState.TO_DO, sa_type=coded(FollowUpState))
    former_due_on: date | None = None  # so that « Reporter » can be undone
    postponed: int = 0
    done_session_id: UUID | None = None  # the visit that settled it
    settled_at: datetime | None = None
    created_at: datetime
    version: int = 1
