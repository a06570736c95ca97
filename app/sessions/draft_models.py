"""Drafts: what an adviser was noting, kept closed until she saves or a day has passed."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Field, col

from app.core.crypto import EncryptedText, Sealed
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scope, Scoped, Wall


class Draft(Scoped, table=True):
    """A form left in the middle; its id is the id of the activity to be.

    Only its author sees it.
    """

    __tablename__ = "draft"
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    typed: Sealed = Field(
        sa_type=EncryptedText, sa_column_kwargs=personal(Purpose.FOLLOW_UP, Keep.FOLLOW_UP)
    )
    saved_at: datetime

    @classmethod
    def within(cls, scope: Scope) -> ColumnElement[bool]:
        """One's own drafts, in the structures where one works."""
        return super().within(scope) & (col(cls.account_id) == scope.account)

    def is_within(self, scope: Scope) -> bool:
        """Tell whether this draft is the person's own."""
        return self.account_id == scope.account and super().is_within(scope)
