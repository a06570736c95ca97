"""The outgoing list: that a message is owed, by which way, and what became of it.

Neither its text nor whom it goes to stands here: both are looked up at the instant of sending.
"""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from app.core.db import coded
from app.core.ids import new_id
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scoped, Wall

_REMINDER = personal(Purpose.CONTACT, Keep.FOLLOW_UP)


class Channel(StrEnum):
    """By which way a message goes."""

    SMS = "sms"
    EMAIL = "email"


class Ahead(StrEnum):
    """How long before."""

    TWO_DAYS = "48h"
    TWO_HOURS = "2h"


class MessageState(StrEnum):
    """Where a message stands. One that is being sent is said so before it is tried."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    UNSENT = "unsent"


class Why(StrEnum):
    """Why a message was not sent."""

    CANCELLED = "cancelled"
    MOVED = "moved"
    SETTLED = "settled"
    NO_AGREEMENT = "no_agreement"
    NO_ADDRESS = "no_address"
    TOO_LATE = "too_late"
    NIGHT = "night"
    NOT_SET = "not_set"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


class Message(Scoped, table=True):
    """One reminder of one thing at one moment, for one person: never twice (unique)."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("about_id", "resident_id", "starts_at", "ahead"),)
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    resident_id: UUID = Field(foreign_key="resident.id", index=True, sa_column_kwargs=_REMINDER)
    about_id: UUID  # a follow-up, or a workshop
    ahead: Ahead = Field(sa_type=coded(Ahead))
    starts_at: datetime = Field(sa_column_kwargs=_REMINDER)  # what it reminds of
    next_at: datetime = Field(index=True)  # when it is tried, or tried again
    until_at: datetime  # from then on it is of no use
    channel: Channel | None = Field(default=None, sa_type=coded(Channel))
    state: MessageState = Field(default=MessageState.WAITING, sa_type=coded(MessageState))
    why: Why | None = Field(default=None, sa_type=coded(Why))
    attempts: int = 0
    in_doubt: bool = False  # tried, and nobody knows whether it went
    changed_at: datetime
