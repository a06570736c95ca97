"""One's own account: where one is signed in, and one's password."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from app.accounts import lockout, service
from app.accounts.actor import Actor
from app.accounts.models import Account, Login
from app.accounts.passwords import refuse_weak
from app.audit.models import Did
from app.audit.service import record
from app.core.db import ReadSession, WriteSession
from app.core.errors import Invalid, NotFound


@dataclass(frozen=True)
class Device:
    """One browser that is signed in."""

    id: UUID
    browser: str
    since: datetime
    seen_at: datetime
    is_this_one: bool


def devices(db: ReadSession, actor: Actor, *, now: datetime) -> list[Device]:
    """List where somebody is signed in, this browser first, then the latest seen."""
    rows = db.exec(
        select(Login)
        .where(col(Login.account_id) == actor.account_id, col(Login.ends_at) > now)
        .order_by(col(Login.seen_at).desc(), col(Login.id))
    )
    found = [
        Device(
            login.id,
            login.browser or "Navigateur inconnu",
            login.created_at,
            login.seen_at,
            login.id == actor.login_id,
        )
        for login in rows
    ]
    return sorted(found, key=lambda device: not device.is_this_one)


def revoke(db: WriteSession, actor: Actor, login_id: UUID, *, now: datetime) -> None:
    """End one of one's sign-ins at its next request. Raises NotFound for anybody else's."""
    login = db.get(Login, login_id)
    if login is None or login.account_id != actor.account_id:
        raise NotFound
    login.ends_at = min(login.ends_at, now)
    record(db, Did.REVOKE_DEVICE, at=now, account_id=actor.account_id, subject_id=login.id)
    db.flush()


def change_password(
    db: WriteSession,
    actor: Actor,
    *,
    current: str,
    password: str,
    device: str | None,
    now: datetime,
) -> None:
    """Choose a new password; every other sign-in ends (A5). Raises Invalid."""
    account = db.get(Account, actor.account_id)
    if account is None:
        raise NotFound
    if not service.hasher().verify(current, account.password_hash):
        raise Invalid("current", "Ce n’est pas votre mot de passe actuel. Tapez-le de nouveau.")
    refuse_weak(password, email=account.email, name=account.name)
    account.password_hash = service.hasher().hash(password)
    for login in db.exec(select(Login).where(col(Login.account_id) == account.id)):
        if login.id != actor.login_id:
            login.ends_at = min(login.ends_at, now)
    lockout.forget(db, account.id, but=device)
    record(db, Did.CHANGE_PASSWORD, at=now, account_id=account.id, subject_id=account.id)
    db.flush()
