"""One assessment: answers and scores closed under the person's key, divides in codes."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field

from app.core.crypto import EncryptedText, Sealed
from app.core.db import empty_list
from app.core.ids import new_id
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scoped, Wall

_TOLD = personal(Purpose.FOLLOW_UP, Keep.RESIDENT)


class Assessment(Scoped, table=True):
    """A self-assessment of one resident, under way until `finished_at`.

    `bank_version` says which questions were asked; `divides` is empty until it is finished.
    """

    __tablename__ = "assessment"
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    resident_id: UUID = Field(foreign_key="resident.id", index=True)
    bank_version: int
    answers: Sealed = Field(sa_type=EncryptedText, sa_column_kwargs=_TOLD)
    scores: Sealed | None = Field(default=None, sa_type=EncryptedText, sa_column_kwargs=_TOLD)
    divides: list[str] = Field(
        default_factory=empty_list,
        sa_type=JSON,
        sa_column_kwargs=personal(Purpose.STATISTICS, Keep.RESIDENT),
    )
    started_at: datetime
    started_by: UUID | None = Field(default=None, foreign_key="account.id")
    finished_at: datetime | None = Field(default=None, index=True)
