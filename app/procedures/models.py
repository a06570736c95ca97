"""Procedures of the catalogue, and one resident's progress in each."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from app.core.db import coded, empty_list
from app.core.ids import new_id
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scoped, Wall


class Outcome(StrEnum):
    """How far a procedure got at the end of a visit (interfaces.md § 6)."""

    PREPARED = "prepared"
    STARTED = "started"
    WAITING = "waiting"
    FINISHED = "finished"
    REDIRECTED = "redirected"
    ABANDONED = "abandoned"

    @property
    def closes(self) -> bool:
        """Tell whether nothing more is expected of this structure."""
        return self in (Outcome.FINISHED, Outcome.REDIRECTED, Outcome.ABANDONED)


class Procedure(SQLModel, table=True):
    """An online procedure of the national catalogue: reference data, the same for everybody."""

    __tablename__ = "procedure"

    slug: str = Field(primary_key=True)
    title: str
    short_title: str
    synonyms: list[str] = Field(sa_type=JSON)
    theme: str = Field(index=True)
    national_theme: str  # one of the 30 codes
    provider_code: str = Field(index=True)
    provider: str
    host: str
    is_franceconnect: bool | None = None  # None: not known
    documents: list[str] = Field(sa_type=JSON)
    fiche_id: str = ""
    service_id: str = ""
    weight: float = 0.0  # how often people come for it, for search only
    retired_on: date | None = None


class ProcedureCase(Scoped, table=True):
    """One resident's procedure, from the first visit about it to its end."""

    __tablename__ = "procedure_case"
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    resident_id: UUID = Field(foreign_key="resident.id", index=True)
    procedure: str = Field(foreign_key="procedure.slug")
    outcome: Outcome = Field(
        sa_type=coded(Outcome), sa_column_kwargs=personal(Purpose.FOLLOW_UP, Keep.RESIDENT)
    )
    blockers: list[str] = Field(
        default_factory=empty_list,
        sa_type=JSON,
        sa_column_kwargs=personal(Purpose.FOLLOW_UP, Keep.RESIDENT),
    )
    papers: list[str] = Field(
        default_factory=empty_list,
        sa_type=JSON,
        sa_column_kwargs=personal(Purpose.FOLLOW_UP, Keep.RESIDENT),
    )  # brought so far
    opened_on: date
    moved_on: date
    closed_on: date | None = None
