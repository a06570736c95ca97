"""Accounts, what they are members of, and where they are signed in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, UniqueConstraint, select
from sqlmodel import Field, SQLModel, col

from app.accounts.permissions import Role
from app.core.db import coded
from app.core.ids import new_id
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scope, either


class Account(SQLModel, table=True):
    """Somebody who signs in."""

    __tablename__ = "account"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str = Field(
        unique=True, sa_column_kwargs=personal(Purpose.SIGN_IN, Keep.ACCOUNT)
    )  # trimmed, lower case
    name: str = Field(sa_column_kwargs=personal(Purpose.SIGN_IN, Keep.ACCOUNT))
    password_hash: str = Field(sa_column_kwargs=personal(Purpose.SIGN_IN, Keep.ACCOUNT))
    is_active: bool = True
    is_demo: bool = False
    created_at: datetime

    @classmethod
    def within(cls, scope: Scope) -> ColumnElement[bool]:
        """Oneself, and the people of one's structures."""
        conditions = [col(cls.id) == scope.account] if scope.account else []
        if scope.structures:
            members = select(col(Membership.account_id)).where(
                col(Membership.organisation_id).in_(scope.structures)
            )
            conditions.append(col(cls.id).in_(members))
        return either(*conditions)

    def is_within(self, scope: Scope) -> bool:
        """Only one's own account is written outside the system's scope."""
        return self.id == scope.account


class Membership(SQLModel, table=True):
    """A role in a structure, or for the instance when there is no structure."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("account_id", "organisation_id", "role"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    role: Role = Field(sa_type=coded(Role))
    since_at: datetime
    ended_at: datetime | None = None

    @classmethod
    def within(cls, scope: Scope) -> ColumnElement[bool]:
        """One's own memberships, and those of one's structures."""
        conditions = [col(cls.account_id) == scope.account] if scope.account else []
        if scope.structures:
            conditions.append(col(cls.organisation_id).in_(scope.structures))
        return either(*conditions)

    def is_within(self, scope: Scope) -> bool:
        """No membership is written outside the system's scope."""
        return False


class Login(SQLModel, table=True):
    """One signed-in browser; the token itself is never stored."""

    __tablename__ = "login"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    token_digest: bytes = Field(sa_type=LargeBinary, unique=True)  # SHA-256 of 256 random bits
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    place_id: UUID | None = Field(default=None, foreign_key="place.id")
    created_at: datetime = Field(sa_column_kwargs=personal(Purpose.SECURITY, Keep.SIGN_IN))
    seen_at: datetime = Field(sa_column_kwargs=personal(Purpose.SECURITY, Keep.SIGN_IN))
    ends_at: datetime

    @classmethod
    def within(cls, scope: Scope) -> ColumnElement[bool]:
        """One's own sign-ins."""
        return either(*([col(cls.account_id) == scope.account] if scope.account else []))

    def is_within(self, scope: Scope) -> bool:
        """One's own sign-ins."""
        return self.account_id == scope.account


__all__: list[Any] = ["Account", "Login", "Membership"]
