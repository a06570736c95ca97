"""Imports made by a structure, and how it reads labels that Escale does not know."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field

from app.core.crypto import EncryptedText, Sealed
from app.core.db import coded, empty_list
from app.core.ids import new_id
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scoped, Wall

_OF_A_FILE = personal(Purpose.FOLLOW_UP, Keep.FOLLOW_UP)


class Shape(StrEnum):
    """Which of the national tool's tables a file holds."""

    ACTIVITIES = "activities"
    RESIDENTS = "residents"


class RunState(StrEnum):
    """How far an import went."""

    READING = "reading"  # being tried, for the preview
    READY = "ready"  # tried, waits for somebody's word
    WRITING = "writing"
    DONE = "done"
    REFUSED = "refused"  # as a whole: nothing of it was written
    STOPPED = "stopped"  # a defect or a power cut: what was written stays, the same file goes on
    UNDONE = "undone"


class ImportRun(Scoped, table=True):
    """One import: who, when, which file, and how far it went."""

    __tablename__ = "import_run"
    __wall__: ClassVar[Wall] = Wall.STRUCTURES

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID | None = Field(default=None, foreign_key="account.id")
    file_name: str
    file_digest: str  # SHA-256
    shape: Shape = Field(default=Shape.ACTIVITIES, sa_type=coded(Shape))
    state: RunState = Field(default=RunState.WRITING, sa_type=coded(RunState))
    rows_known: int | None = None  # that the file says it has
    rows: int = 0  # read
    written: int = 0  # activities or people settled
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    places: list[str] = Field(default_factory=empty_list, sa_type=JSON)  # ids of those it made
    message: str = ""  # why it was refused or stopped
    report: Sealed | None = Field(default=None, sa_type=EncryptedText, sa_column_kwargs=_OF_A_FILE)
    refused_rows: Sealed | None = Field(
        default=None, sa_type=EncryptedText, sa_column_kwargs=_OF_A_FILE
    )  # as they stood in the file, to be mended
    started_at: datetime
    moved_at: datetime
    ended_at: datetime | None = None


class ImportLabel(Scoped, table=True):
    """What a structure says a label of its files means: a code, or nothing."""

    __tablename__ = "import_label"
    __table_args__ = (UniqueConstraint("organisation_id", "field", "label"),)
    __wall__: ClassVar[Wall] = Wall.STRUCTURES

    id: UUID = Field(default_factory=new_id, primary_key=True)
    field: str  # name of a vocabulary, or "place"
    label: str  # folded
    code: str
