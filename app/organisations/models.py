"""Structures, places, and the two levels of keys under the master key."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel, col

from app.core.ids import new_id
from app.core.scope import Scope, Scoped, Wall, among


class Organisation(SQLModel, table=True):
    """A structure: who employs advisers. Named by its slug in figures and commands."""

    __tablename__ = "organisation"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(unique=True)
    name: str
    commune: str  # Insee code of its seat
    durations: list[int] = Field(default_factory=list, sa_type=JSON)  # minutes; empty: the usual
    is_demo: bool = False
    first_day_on: date  # its first day in Escale: history before it keeps its own months
    files_version: int = 0  # grows with every change of a name: tells searches to read again
    created_at: datetime

    @classmethod
    def within(cls, scope: Scope) -> ColumnElement[bool]:
        """The structures that the scope names."""
        return among(col(cls.id), scope.structures)

    def is_within(self, scope: Scope) -> bool:
        """Tell whether the scope names this structure."""
        return self.id in scope.structures


class Place(Scoped, table=True):
    """Where people are helped. Its zone says which day it is there."""

    __tablename__ = "place"
    __wall__: ClassVar[Wall] = Wall.STRUCTURES

    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(unique=True)  # its code in figures
    name: str
    address: str = ""
    commune: str = Field(index=True)  # Insee code
    hours: str = ""  # when it opens, as the structure says it
    phone: str = ""  # where residents call, in the international form; empty: none
    zone: str = "Europe/Paris"
    opened_on: date
    closed_on: date | None = None

    def is_open(self, on: date) -> bool:
        """Tell whether somebody can be helped there on a day."""
        return self.closed_on is None or on < self.closed_on


class Tag(Scoped, table=True):
    """A word of a structure's own to mark its sessions with; ended rather than removed."""

    __tablename__ = "tag"
    __wall__: ClassVar[Wall] = Wall.STRUCTURES

    id: UUID = Field(default_factory=new_id, primary_key=True)
    label: str
    ended_on: date | None = None


class OrganisationKey(Scoped, table=True):
    """A structure's key, wrapped by the master key (C1)."""

    __tablename__ = "organisation_key"
    __table_args__ = (UniqueConstraint("organisation_id", "version"),)
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = 1
    wrapped: bytes = Field(sa_type=LargeBinary)
    created_at: datetime


class SubjectKey(Scoped, table=True):
    """One person's key, wrapped by the structure's: destroying it erases what it closed (C5)."""

    __tablename__ = "subject_key"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organisation_key_version: int = 1
    wrapped: bytes = Field(sa_type=LargeBinary)
