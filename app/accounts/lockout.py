"""Slows whoever guesses passwords, and never locks anybody out (security-privacy A4).

Failures are counted by address typed and by network prefix, for fifteen minutes, in the database;
what is kept is a keyed digest, for a day at most. A browser that signed in to the account before is
counted by itself, so that strangers cannot slow a colleague.
"""

import hashlib
import hmac
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select

from app.accounts.links import digest, new_secret
from app.accounts.models import Account, KnownDevice, SignInFailure
from app.accounts.service import Proof, normal_email, prove
from app.core.db import Database, ReadSession, WriteSession
from app.core.scope import Scope
from app.core.text import plural

WINDOW = timedelta(minutes=15)
FREE, FREE_AT_HOME = 5, 20  # failures before the first wait; on a known device
LONGEST = 60  # seconds
KEPT = timedelta(hours=24)
DEVICE_LENGTH = timedelta(days=180)
PREFIX = {4: 24, 6: 64}


@dataclass(frozen=True)
class Attempt:
    """A try at signing in: how many seconds to wait first, or the failure it counts as so far."""

    wait: int
    failure_id: UUID | None = None


@dataclass(frozen=True)
class Tried:
    """A password that was tried: what it proved, None when it has to wait (seconds) first."""

    attempt: Attempt
    proof: Proof | None

    @property
    def wait(self) -> int:
        """Seconds to wait before the next try."""
        return self.attempt.wait


def try_password(
    database: Database,
    email: str,
    password: str,
    *,
    address: str,
    device: str | None,
    now: datetime,
) -> Tried:
    """Count a try, then check the password: its cost holds no transaction open.

    Whoever finds the password right calls `succeeded`.
    """
    scope = Scope.system("sign-in")
    with database.writing(scope) as db:
        attempt = begin(db, email=email, address=address, device=device, now=now)
    if attempt.wait:
        return Tried(attempt, None)
    with database.reading(scope) as reading:
        return Tried(attempt, prove(reading, email, password))


def patience(wait: int) -> str:
    """Ask somebody to wait, in seconds."""
    return f"Patientez {plural(wait, 'seconde')}, puis réessayez."


def begin(
    db: WriteSession, *, email: str, address: str, device: str | None, now: datetime
) -> Attempt:
    """Count a try as a failure until it succeeds, unless it comes too early."""
    db.execute(delete(SignInFailure).where(col(SignInFailure.at) < now - KEPT))
    account = db.exec(
        select(Account).where(col(Account.email) == normal_email(email)).with_for_update()
    ).first()  # tries at one account wait for each other
    known = _known(db, account, device, now)
    who = _keyed(db, "email", normal_email(email))
    whence = _keyed(db, "prefix", prefix(address))
    if known is not None:
        wait = _wait(_failures(db, now, device_digest=known), FREE_AT_HOME, now)
    else:
        wait = max(
            _wait(_failures(db, now, email_digest=who), FREE, now),
            _wait(_failures(db, now, prefix_digest=whence), FREE, now),
        )
    if wait:
        return Attempt(wait)
    failure = SignInFailure(email_digest=who, prefix_digest=whence, device_digest=known, at=now)
    db.add(failure)
    db.flush()
    return Attempt(0, failure.id)


def succeeded(db: WriteSession, attempt: Attempt) -> None:
    """Take a try back from the count: the password was right."""
    db.execute(delete(SignInFailure).where(col(SignInFailure.id) == attempt.failure_id))


def remember(db: WriteSession, account_id: UUID, device: str | None, *, now: datetime) -> str:
    """Know this browser from now on; give the value of its long-lived cookie."""
    db.execute(delete(KnownDevice).where(col(KnownDevice.seen_at) < now - DEVICE_LENGTH))
    ours = (
        device is not None
        and db.exec(
            select(KnownDevice).where(col(KnownDevice.token_digest) == digest(device))
        ).first()
    )
    secret = device if device and ours else new_secret()[0]  # never one that somebody planted
    known = db.exec(
        select(KnownDevice).where(
            col(KnownDevice.account_id) == account_id,
            col(KnownDevice.token_digest) == digest(secret),
        )
    ).first()
    if known is None:
        known = KnownDevice(account_id=account_id, token_digest=digest(secret), seen_at=now)
        db.add(known)
    known.seen_at = now
    db.flush()
    return secret


def forget(db: WriteSession, account_id: UUID, *, but: str | None = None) -> None:
    """Know no browser of an account any more, but perhaps this one."""
    query = delete(KnownDevice).where(col(KnownDevice.account_id) == account_id)
    if but:
        query = query.where(col(KnownDevice.token_digest) != digest(but))
    db.execute(query)


def prefix(address: str) -> str:
    """Give the network of an address: its /24, or its /64 in IPv6; what is no address as it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    return str(ip_network(f"{found}/{PREFIX[found.version]}", strict=False))


def _known(
    db: ReadSession, account: Account | None, device: str | None, now: datetime
) -> bytes | None:
    if account is None or not device:
        return None
    found = db.exec(
        select(KnownDevice).where(
            col(KnownDevice.account_id) == account.id,
            col(KnownDevice.token_digest) == digest(device),
            col(KnownDevice.seen_at) >= now - DEVICE_LENGTH,
        )
    ).first()
    return found.token_digest if found else None


def _failures(db: ReadSession, now: datetime, **by: bytes) -> list[datetime]:
    return list(
        db.exec(
            select(SignInFailure.at)
            .filter_by(**by)
            .where(col(SignInFailure.at) > now - WINDOW)
            .order_by(col(SignInFailure.at))
        )
    )


def _wait(failures: list[datetime], free: int, now: datetime) -> int:
    """Seconds still to wait: 2, 4, 8 … 60 after the last failure."""
    beyond = len(failures) - free
    if beyond < 0:
        return 0
    delay = min(LONGEST, 1 << min(beyond + 1, 6))
    return max(0, math.ceil(delay - (now - failures[-1]).total_seconds()))


def _keyed(db: ReadSession, kind: str, text: str) -> bytes:
    key = db.keys.derive("failures at sign-in")
    return hmac.new(key, f"{kind}:{text}".encode(), hashlib.sha256).digest()
