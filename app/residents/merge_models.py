"""Two files joined into one, so that it can be undone; and two people known to be two."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field

from app.core.crypto import EncryptedText, Sealed
from app.core.ids import new_id
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scoped, Wall


class Merge(Scoped, table=True):
    """What joining two files moved: enough to part them again within 30 days."""

    __tablename__ = "resident_merge"
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kept_id: UUID = Field(foreign_key="resident.id", index=True)
    gone_id: UUID = Field(foreign_key="resident.id", index=True)
    former: Sealed = Field(
        sa_type=EncryptedText, sa_column_kwargs=personal(Purpose.FOLLOW_UP, Keep.RESIDENT)
    )  # what the kept file said before, under its own key
    moved: dict[str, list[str]] = Field(sa_type=JSON)  # ids by kind of row
    merged_at: datetime
    merged_by: UUID | None = Field(default=None, foreign_key="account.id")
    undone_at: datetime | None = None
    forgotten_at: datetime | None = None  # when the other file lost its words: too late to part


class TwoPeople(Scoped, table=True):
    """Two files that look alike and are not one person's: not proposed again."""

    __tablename__ = "two_people"
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    first_id: UUID = Field(foreign_key="resident.id")  # the smaller id
    second_id: UUID = Field(foreign_key="resident.id")
    said_at: datetime
    said_by: UUID | None = Field(default=None, foreign_key="account.id")
