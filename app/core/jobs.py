"""Leases: a periodic job runs in one place at a time, and a crash only delays it."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Field, SQLModel

from app.core.db import WriteSession

NOBODY = datetime(1970, 1, 1, tzinfo=UTC)  # until when a lease that is given back is held


class Lease(SQLModel, table=True):
    """Who may run a job until when."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    until_at: datetime


def take_lease(db: WriteSession, name: str, *, now: datetime, length: timedelta) -> bool:
    """Take a job's lease if nobody holds it; the row is locked until the transaction ends."""
    lease = db.get(Lease, name, with_for_update=True)
    if lease is not None and lease.until_at > now:
        return False
    if lease is None:
        lease = Lease(name=name, until_at=now)
        db.add(lease)
    lease.until_at = now + length
    db.flush()
    return True


def release_lease(db: WriteSession, name: str) -> None:
    """Give a job's lease back, also to a clock that goes back after this."""
    lease = db.get(Lease, name, with_for_update=True)
    if lease is not None:
        lease.until_at = NOBODY
