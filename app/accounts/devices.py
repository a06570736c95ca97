"""One's own account: where one is signed in, and one's password."""

from collections.abc import Iterable
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

WRONG = "Ce n’est pas votre mot de passe actuel. Tapez-le de nouveau."


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


def refuse_new(
    actor: Actor, *, current: str, password: str, structures: Iterable[str] = ()
) -> None:
    """Refuse a new password that is weak, or the one that was typed as the present one.

    Raises Invalid("password").
    """
    if password == current:
        raise Invalid("password", "C’est le même mot de passe. Choisissez-en un autre.")
    refuse_weak(password, email=actor.email, name=actor.name, structures=structures)


def record_wrong(db: WriteSession, actor: Actor, *, now: datetime) -> None:
    """Record that one's present password was typed wrong."""
    record(
        db,
        Did.CHANGE_PASSWORD,
        at=now,
        account_id=actor.account_id,
        subject_id=actor.account_id,
        succeeded=False,
    )


def change_password(
    db: WriteSession, actor: Actor, password: str, *, device: str | None, now: datetime
) -> str:
    """Take a new password, once the present one was found right; give the sign-in's new token.

    Every other sign-in ends, and no other browser is known any more (A5).
    """
    account = db.get(Account, actor.account_id)
    if account is None:
        raise NotFound
    account.password_hash = service.hasher().hash(password)
    service.end_sign_ins(db, account.id, now=now, but=actor.login_id)
    lockout.forget(db, account.id, but=device)
    record(db, Did.CHANGE_PASSWORD, at=now, account_id=account.id, subject_id=account.id)
    return service.renew(db, actor.login_id)
