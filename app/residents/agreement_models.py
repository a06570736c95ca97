"""What a person accepted, and took back."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlmodel import Field

from app.core.db import coded
from app.core.ids import new_id
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scoped, Wall
from app.messages.models import Channel

_PROOF = personal(Purpose.PROOF, Keep.RESIDENT)


class Accepts(StrEnum):
    """What can be accepted."""

    REMINDERS = "reminders"
    SHARING = "sharing"
    NAMED_SHEET = "named_sheet"


class Agreement(Scoped, table=True):
    """One agreement, from the day it was given to the day it was taken back."""

    __tablename__ = "agreement"
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    resident_id: UUID = Field(foreign_key="resident.id", index=True)
    accepts: Accepts = Field(sa_type=coded(Accepts), sa_column_kwargs=_PROOF)
    given_on: date = Field(sa_column_kwargs=_PROOF)
    given_to: UUID | None = Field(default=None, foreign_key="account.id")
    ended_on: date | None = Field(default=None, sa_column_kwargs=_PROOF)
    stopped_by: Channel | None = Field(
        default=None, sa_type=coded(Channel), sa_column_kwargs=_PROOF
    )  # how the person stopped it by herself; None when an adviser noted it
