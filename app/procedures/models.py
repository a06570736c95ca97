"""Procedures of the catalogue and of structures, and one resident's progress in each."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import JSON, Boolean, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from app.core.crypto import EncryptedText, Sealed
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
    """An online procedure that activities refer to by slug: reference data, the same for everybody.

    A local one has here its place in figures only, under a title that says nothing; what it is
    called stands in `LocalProcedure`, behind its structure's wall.
    """

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
    is_local: bool = Field(
        default=False, sa_type=Boolean, sa_column_kwargs={"server_default": false()}
    )


class LocalProcedure(Scoped, table=True):
    """A procedure that one structure adds: proposed by an adviser, in use once accepted."""

    __tablename__ = "local_procedure"
    __wall__: ClassVar[Wall] = Wall.STRUCTURES

    slug: str = Field(primary_key=True, foreign_key="procedure.slug")
    title: str
    short_title: str
    synonyms: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    theme: str
    provider: str = ""
    host: str = ""
    documents: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    is_proposed: bool = False
    retired_on: date | None = None


class HiddenProcedure(Scoped, table=True):
    """An official procedure that a structure does not want to be offered."""

    __tablename__ = "hidden_procedure"
    __table_args__ = (UniqueConstraint("organisation_id", "procedure"),)
    __wall__: ClassVar[Wall] = Wall.STRUCTURES

    id: UUID = Field(default_factory=new_id, primary_key=True)
    procedure: str = Field(foreign_key="procedure.slug")
    hidden_on: date


class CatalogueState(SQLModel, table=True):
    """One row: the age and origin of the catalogue; `version` grows with every change of it."""

    __tablename__ = "catalogue_state"

    id: int = Field(default=1, primary_key=True)
    version: int = 0
    gathered_on: date
    source: str
    licence: str


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
    )  # brought to visits so far
    paper_marks: dict[str, bool] = Field(
        default_factory=dict,
        sa_type=JSON,
        sa_column_kwargs=personal(Purpose.FOLLOW_UP, Keep.RESIDENT),
    )  # ticked or unticked on the file since
    opened_on: date
    moved_on: date
    closed_on: date | None = None
    deadline_on: date | None = Field(
        default=None, sa_column_kwargs=personal(Purpose.FOLLOW_UP, Keep.RESIDENT)
    )
    reference: Sealed | None = Field(
        default=None,
        sa_type=EncryptedText,
        sa_column_kwargs=personal(Purpose.FOLLOW_UP, Keep.RESIDENT),
    )  # number that the administration gave the file, closed under the person's key
    version: int = 1

    @property
    def brought(self) -> list[str]:
        """Papers that the person has: those of her visits, as ticked or unticked since."""
        known = [paper for paper in self.papers if self.paper_marks.get(paper, True)]
        ticked = [paper for paper, has in self.paper_marks.items() if has]
        return list(dict.fromkeys(known + ticked))
