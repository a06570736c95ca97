"""Referrals: a resident sent on to another service, and what came of it."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlmodel import Field

from app.core.crypto import EncryptedText, Sealed
from app.core.db import coded
from app.core.ids import new_id
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scoped, Wall

_FOLLOW_UP = personal(Purpose.FOLLOW_UP, Keep.RESIDENT)


class CameBack(StrEnum):
    """What came of a referral."""

    WAITING = "waiting"
    HELPED = "helped"
    NOT_HELPED = "not_helped"
    NOT_GONE = "not_gone"
    NO_NEWS = "no_news"


class Referral(Scoped, table=True):
    """One referral; the other service's name and the words are closed under the person's key.

    The name of a service beside a person may tell of her health (art. 9 RGPD).
    """

    __tablename__ = "referral"
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    resident_id: UUID = Field(foreign_key="resident.id", index=True)
    service: Sealed = Field(sa_type=EncryptedText, sa_column_kwargs=_FOLLOW_UP)
    reason: Sealed | None = Field(default=None, sa_type=EncryptedText, sa_column_kwargs=_FOLLOW_UP)
    answer: Sealed | None = Field(default=None, sa_type=EncryptedText, sa_column_kwargs=_FOLLOW_UP)
    gave_contact: bool = Field(
        default=False, sa_column_kwargs=personal(Purpose.PROOF, Keep.RESIDENT)
    )
    sent_on: date = Field(sa_column_kwargs=_FOLLOW_UP)
    sent_by: UUID | None = Field(default=None, foreign_key="account.id")
    came_back: CameBack = Field(
        default=CameBack.WAITING, sa_type=coded(CameBack), sa_column_kwargs=_FOLLOW_UP
    )
    came_back_on: date | None = Field(default=None, sa_column_kwargs=_FOLLOW_UP)
    version: int = 1
