"""A report shared: one period of some structures, by a coordinator, with one funder's account."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ColumnElement
from sqlmodel import Field, SQLModel, col

from app.core.ids import new_id
from app.core.scope import Scope, either


class ReportShare(SQLModel, table=True):
    """What one funder may read and take: this report, this period, these structures."""

    __tablename__ = "report_share"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    report: str
    period: str
    organisations: list[str] = Field(sa_type=JSON)  # slugs, as they were when it was shared
    funder_id: UUID = Field(foreign_key="account.id", index=True)
    shared_by: UUID = Field(foreign_key="account.id", index=True)
    shared_at: datetime
    withdrawn_at: datetime | None = None

    @classmethod
    def within(cls, scope: Scope) -> ColumnElement[bool]:
        """What was shared with oneself, or by oneself."""
        if scope.account is None:
            return either()
        return either(col(cls.funder_id) == scope.account, col(cls.shared_by) == scope.account)

    def is_within(self, scope: Scope) -> bool:
        """Only who shares writes it."""
        return self.shared_by == scope.account
