"""Activities and attendances, with every field of the national reporting.

Codes are those of interfaces.md § 6; the national ones (age band, gender, status, autonomy, theme,
mode, material, referral, level) are the national tool's, to the letter.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from app.accounts.models import Account
from app.core.crypto import EncryptedText, Sealed
from app.core.db import coded, empty_list, related
from app.core.ids import new_id
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scoped, Wall
from app.procedures.models import Outcome

_STATISTICS = personal(Purpose.STATISTICS, Keep.STATISTICS)
_FOLLOW_UP = personal(Purpose.FOLLOW_UP, Keep.RESIDENT)
MAX_DURATION_MIN = 1439


class SessionKind(StrEnum):
    """What sort of activity it was; a passage has no length and nothing is asked."""

    INDIVIDUAL = "individual"
    WORKSHOP = "workshop"
    PASSAGE = "passage"


class Source(StrEnum):
    """Where a row comes from; what is not of Escale keeps its own months in the figures."""

    ESCALE = "escale"
    COOP = "coop"
    DEMO = "demo"


def _codes(kwargs: dict[str, Any]) -> Any:
    return Field(default_factory=empty_list, sa_type=JSON, sa_column_kwargs=kwargs)


class AssistedSession(Scoped, table=True):
    """What an adviser did, at one place, on one civil day."""

    __tablename__ = "assisted_session"
    __table_args__ = (
        CheckConstraint(f"duration_min BETWEEN 1 AND {MAX_DURATION_MIN}", name="duration"),
        CheckConstraint("(kind = 'passage') = (duration_min IS NULL)", name="passage_no_length"),
        UniqueConstraint("organisation_id", "source", "source_id"),
        Index("ix_assisted_session_recent", "organisation_id", "held_on", "id"),
    )
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    place_id: UUID | None = Field(default=None, foreign_key="place.id", index=True)
    author_id: UUID | None = Field(default=None, foreign_key="account.id", index=True)
    kind: SessionKind = Field(default=SessionKind.INDIVIDUAL, sa_type=coded(SessionKind))
    held_on: date  # day at the place, which may be overseas
    duration_min: int | None = None  # None for a quick passage
    mode: str = "lieu_activite"
    commune: str | None = None  # Insee code, when it was not in a place of the structure
    material: list[str] = _codes(_STATISTICS)
    note: Sealed | None = Field(default=None, sa_type=EncryptedText, sa_column_kwargs=_FOLLOW_UP)
    precision: Sealed | None = Field(
        default=None, sa_type=EncryptedText, sa_column_kwargs=_FOLLOW_UP
    )  # name of a procedure as the national tool wrote it, in free text
    note_key_id: UUID | None = Field(default=None, foreign_key="subject_key.id")
    title: str | None = None  # of a workshop
    level: str | None = None  # of a workshop
    tags: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    source: Source = Field(default=Source.ESCALE, sa_type=coded(Source))
    source_id: str | None = None
    source_digest: str | None = None
    import_run_id: UUID | None = Field(default=None, index=True)  # the import that brought it in
    updated_run_id: UUID | None = Field(default=None, index=True)  # the last that changed it
    import_updates: int = 0  # how many of its versions are of imports
    recorded_at: datetime
    changed_at: datetime | None = None
    removed_at: datetime | None = None  # deleted, and still to be undone
    version: int = 1

    attendances: list["Attendance"] = related(
        "session", cascade="all, delete-orphan", order_by="Attendance.id"
    )  # ids grow: the first is the person it was about
    themes: list["SessionTheme"] = related("session", cascade="all, delete-orphan")
    author: Account | None = related(viewonly=True)


class Attendance(Scoped, table=True):
    """One resident helped during one activity: the unit everybody counts."""

    __tablename__ = "attendance"
    __table_args__ = (UniqueConstraint("session_id", "resident_id"),)
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    session_id: UUID = Field(foreign_key="assisted_session.id", index=True)
    resident_id: UUID | None = Field(default=None, foreign_key="resident.id", index=True)
    age_band: str = Field(default="non_communique", sa_column_kwargs=_STATISTICS)
    gender: str = Field(default="non_communique", sa_column_kwargs=_STATISTICS)
    status: str = Field(default="non_communique", sa_column_kwargs=_STATISTICS)
    commune: str | None = Field(default=None, sa_column_kwargs=_STATISTICS)  # where she lives
    is_first: bool | None = Field(default=None, sa_column_kwargs=_STATISTICS)
    autonomy_before: str | None = Field(default=None, sa_column_kwargs=_STATISTICS)
    autonomy: str | None = Field(default=None, sa_column_kwargs=_STATISTICS)  # national: after
    clicked_by: str | None = Field(default=None, sa_column_kwargs=_STATISTICS)
    divides: list[str] = _codes(_STATISTICS)  # ticked for the person
    equipment: list[str] = _codes(_STATISTICS)  # what she has
    home_connection: str | None = Field(default=None, sa_column_kwargs=_STATISTICS)
    is_referred: bool | None = Field(default=None, sa_column_kwargs=_STATISTICS)
    referral: str | None = Field(default=None, sa_column_kwargs=_STATISTICS)
    has_random_profile: bool = False  # profile dealt at random: never crossed

    session: AssistedSession = related("attendances")
    procedures: list["ProcedureHelp"] = related("attendance", cascade="all, delete-orphan")


class ProcedureHelp(Scoped, table=True):
    """One procedure helped with during one attendance: how far it got and what blocked it."""

    __tablename__ = "procedure_help"
    __table_args__ = (
        UniqueConstraint("attendance_id", "procedure"),
        Index("ix_procedure_help_noted", "organisation_id", "procedure", "session_id"),
    )
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    attendance_id: UUID = Field(foreign_key="attendance.id", index=True)
    session_id: UUID  # of its attendance, which keeps it: lists filter on this table alone
    case_id: UUID | None = Field(default=None, foreign_key="procedure_case.id", index=True)
    procedure: str = Field(foreign_key="procedure.slug", index=True)
    outcome: Outcome = Field(sa_type=coded(Outcome), sa_column_kwargs=_STATISTICS)
    blockers: list[str] = _codes(_STATISTICS)  # the first is the main one
    papers: list[str] = _codes(_STATISTICS)  # brought that day

    attendance: Attendance = related("procedures")


class SessionTheme(Scoped, table=True):
    """One national theme of an activity; a digital one may carry the autonomy reached."""

    __tablename__ = "session_theme"
    __table_args__ = (
        UniqueConstraint("session_id", "theme"),
        Index("ix_session_theme_theme", "organisation_id", "theme"),
    )
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    session_id: UUID = Field(foreign_key="assisted_session.id", index=True)
    theme: str
    autonomy: str | None = Field(default=None, sa_column_kwargs=_STATISTICS)

    session: AssistedSession = related("themes")
