"""What the fact store is written from: the ledger of closed months, its subjects, the closings.

Only the closing job reads and writes these tables: no person's scope opens them.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Index, false
from sqlmodel import Field, SQLModel

from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scope

_CODED = personal(Purpose.STATISTICS, Keep.STATISTICS)


class _Closed(SQLModel):
    """A table that no scope opens but the system's."""

    @classmethod
    def within(cls, scope: Scope) -> ColumnElement[bool]:
        """Nothing, for anybody."""
        return false()

    def is_within(self, scope: Scope) -> bool:
        """Never."""
        return False


class StatisticsLedger(_Closed, table=True):
    """One attendance, coded as it was when its month closed; frozen until the year is final."""

    __tablename__ = "statistics_ledger"
    __table_args__ = (Index("ix_statistics_ledger_month", "month"),)

    attendance_id: UUID = Field(primary_key=True)  # no foreign key: figures outlive the row
    subject: UUID | None = None  # random, of a named person for one year; None: anonymous
    month: str  # statistical month, as 2026-09
    codes: dict[str, Any] = Field(sa_type=JSON, sa_column_kwargs=_CODED)


class StatisticsAct(_Closed, table=True):
    """One workshop, follow-up or assessment, coded as it was when its month closed."""

    __tablename__ = "statistics_act"
    __table_args__ = (Index("ix_statistics_act_month", "month"),)

    act_id: UUID = Field(primary_key=True)  # no foreign key: figures outlive the row
    what: str  # a code of `ledger.What`
    subject: UUID | None = None  # as in statistics_ledger; a workshop has none
    month: str
    codes: dict[str, Any] = Field(sa_type=JSON, sa_column_kwargs=_CODED)


class StatisticsSubject(_Closed, table=True):
    """Which resident a subject of a year is; dropped at once when the person is erased."""

    __tablename__ = "statistics_subject"
    __table_args__ = (Index("ix_statistics_subject_resident", "resident_id", "year"),)

    subject: UUID = Field(primary_key=True)
    year: int
    resident_id: UUID = Field(foreign_key="resident.id")


class StatisticsClosing(_Closed, table=True):
    """One closed month, or (`is_final`) one year made final."""

    __tablename__ = "statistics_closing"

    period: str = Field(primary_key=True)  # 2026-09, or 2026 for a final year
    closed_at: datetime
    is_final: bool = False
    with_acts: bool = True  # an earlier version closed months without workshops and follow-ups


class StatisticsReference(_Closed, table=True):
    """Labels, order and hierarchies of one year, as they were when its months closed."""

    __tablename__ = "statistics_reference"

    year: int = Field(primary_key=True)
    document: dict[str, Any] = Field(sa_type=JSON)


__all__ = [
    "StatisticsAct",
    "StatisticsClosing",
    "StatisticsLedger",
    "StatisticsReference",
    "StatisticsSubject",
]
