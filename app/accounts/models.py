"""Accounts, what they are members of, and where they are signed in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, UniqueConstraint, false, select
from sqlmodel import Field, SQLModel, col

from app.accounts.permissions import Role
from app.core.db import coded
from app.core.ids import new_id
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scope, among, either


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
                among(col(Membership.organisation_id), scope.structures)
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
            conditions.append(among(col(cls.organisation_id), scope.structures))
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
    lent_to: UUID | None = None  # the assessment that it opens, and nothing else
    browser: str = Field(
        default="", sa_column_kwargs=personal(Purpose.SECURITY, Keep.SIGN_IN)
    )  # family and system only: « Firefox, Windows »

    @classmethod
    def within(cls, scope: Scope) -> ColumnElement[bool]:
        """One's own sign-ins."""
        return either(*([col(cls.account_id) == scope.account] if scope.account else []))

    def is_within(self, scope: Scope) -> bool:
        """One's own sign-ins."""
        return self.account_id == scope.account


class _Closed(SQLModel):
    """A table that no scope opens but the system's."""

    @classmethod
    def within(cls, scope: Scope) -> ColumnElement[bool]:
        """Nothing."""
        return false()

    def is_within(self, scope: Scope) -> bool:
        """Never."""
        return False


class Invitation(_Closed, table=True):
    """A role offered by a link to whoever has an address; the link itself is never stored (A7)."""

    __tablename__ = "invitation"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    email: str = Field(sa_column_kwargs=personal(Purpose.SIGN_IN, Keep.SIGN_IN))
    role: Role = Field(sa_type=coded(Role))
    token_digest: bytes = Field(sa_type=LargeBinary, unique=True)  # SHA-256 of 256 random bits
    invited_by: UUID | None = Field(default=None, foreign_key="account.id")  # None: a command
    created_at: datetime
    ends_at: datetime
    used_at: datetime | None = None
    withdrawn_at: datetime | None = None


class PasswordReset(_Closed, table=True):
    """The right to choose a new password, by a link of half an hour that works once (A7).

    `seen_at`: when the person was told of it and said so, on her account's page.
    """

    __tablename__ = "password_reset"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    token_digest: bytes = Field(sa_type=LargeBinary, unique=True)
    made_by: UUID | None = Field(default=None, foreign_key="account.id")  # None: a command
    created_at: datetime
    ends_at: datetime
    used_at: datetime | None = None
    seen_at: datetime | None = None


class SignInFailure(_Closed, table=True):
    """One sign-in that failed; addresses are keyed digests, and rows live a day (A4)."""

    __tablename__ = "sign_in_failure"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email_digest: bytes = Field(
        sa_type=LargeBinary,
        index=True,
        sa_column_kwargs=personal(Purpose.SECURITY, Keep.DAY),
    )
    prefix_digest: bytes = Field(  # of a /24, or a /64
        sa_type=LargeBinary,
        index=True,
        sa_column_kwargs=personal(Purpose.SECURITY, Keep.DAY),
    )
    device_digest: bytes | None = Field(default=None, sa_type=LargeBinary)  # a known device only
    at: datetime = Field(index=True)


class KnownDevice(SQLModel, table=True):
    """A browser that signed in to an account before: strangers' failures do not slow it (A4)."""

    __tablename__ = "known_device"
    __table_args__ = (UniqueConstraint("account_id", "token_digest"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    token_digest: bytes = Field(sa_type=LargeBinary)
    seen_at: datetime = Field(sa_column_kwargs=personal(Purpose.SECURITY, Keep.SIGN_IN))

    @classmethod
    def within(cls, scope: Scope) -> ColumnElement[bool]:
        """One's own browsers."""
        return either(*([col(cls.account_id) == scope.account] if scope.account else []))

    def is_within(self, scope: Scope) -> bool:
        """One's own browsers."""
        return self.account_id == scope.account


__all__: list[Any] = [
    "Account",
    "Invitation",
    "KnownDevice",
    "Login",
    "Membership",
    "PasswordReset",
    "SignInFailure",
]
