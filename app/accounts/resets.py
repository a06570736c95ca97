"""Links by which somebody who forgot her password chooses another: made for her, told to her.

Whoever makes such a link could use it in her place. So it works once, for half an hour (A7); it is
in the access record; and she is told on every page, from her next request or sign-in on, until she
says that she saw it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select

from app.accounts import lockout, service, team
from app.accounts.actor import Actor
from app.accounts.invitations import KEPT, LinkEnded, by_secret
from app.accounts.links import new_secret
from app.accounts.models import Account, PasswordReset
from app.accounts.passwords import refuse_weak
from app.audit.models import Did
from app.audit.service import record
from app.core.db import ReadSession, WriteSession
from app.core.errors import Invalid, NotFound

RESET_LENGTH = timedelta(minutes=30)
ELSEWHERE = (
    "Cette personne a aussi un accès ailleurs : un administrateur seul ne peut pas ouvrir le sien. "
    "La personne qui gère l’instance d’Escale crée le lien avec la commande "
    "« escale account reset-link »."
)


@dataclass(frozen=True)
class MadeLink:
    """A link that was made for somebody. `made_by`: a name; None for a command."""

    id: UUID
    made_by: str | None
    created_at: datetime
    ends_at: datetime
    used_at: datetime | None
    is_new: bool

    def is_open(self, now: datetime) -> bool:
        """Tell whether it still opens something."""
        return self.used_at is None and self.ends_at > now


def offer_reset(db: WriteSession, actor: Actor, account_id: UUID, *, now: datetime) -> str:
    """Let somebody of the team choose a new password; give the link's secret.

    Refused for who has an access elsewhere: an administrator would open what is not hers to open.
    Raises NotFound, Invalid("reset").
    """
    team.member(db, actor.administered_id, account_id, now=now)
    if not team.is_only_here(db, actor.administered_id, account_id, now=now):
        raise Invalid("reset", ELSEWHERE)
    return _make(db, account_id, by=actor, now=now)


def offer_reset_anywhere(db: WriteSession, email: str, *, now: datetime) -> str:
    """Let anybody of the instance choose a new password: for who runs it, by a command.

    Raises NotFound, or Invalid("email") for an account that is closed.
    """
    account = service.account_by_email(db, email)
    if not account.is_active:
        raise Invalid("email", f"Le compte {account.email} est fermé.")
    return _make(db, account.id, by=None, now=now)


def _make(db: WriteSession, account_id: UUID, *, by: Actor | None, now: datetime) -> str:
    db.execute(delete(PasswordReset).where(col(PasswordReset.ends_at) < now - KEPT))
    for earlier in _of(db, account_id):
        earlier.ends_at = min(earlier.ends_at, now)
    secret, kept = new_secret()
    db.add(
        PasswordReset(
            account_id=account_id,
            token_digest=kept,
            made_by=by.account_id if by else None,
            created_at=now,
            ends_at=now + RESET_LENGTH,
        )
    )
    record(
        db,
        Did.RESET_PASSWORD,
        at=now,
        account_id=by.account_id if by else None,
        organisation_id=by.administered_id if by else None,
        subject_id=account_id,
    )
    db.flush()
    return secret


def resettable(db: ReadSession, secret: str, *, now: datetime) -> PasswordReset:
    """Find whose password a link changes. Raises NotFound, LinkEnded."""
    found = by_secret(db, PasswordReset, secret)
    if found.used_at is not None or found.ends_at <= now:
        raise LinkEnded(
            "Ce lien a déjà servi, a été annulé, ou a plus de 30 minutes. Demandez-en un autre à "
            "la personne qui vous l’a donné."
        )
    return found


def reset_password(
    db: WriteSession, found: PasswordReset, password: str, *, structures: list[str], now: datetime
) -> None:
    """Choose a new password by a link; every sign-in ends. Raises Invalid, NotFound."""
    account = db.get(Account, found.account_id)
    if account is None or not account.is_active:
        raise NotFound
    refuse_weak(password, email=account.email, name=account.name, structures=structures)
    account.password_hash = service.hasher().hash(password)
    found.used_at = now
    service.end_sign_ins(db, account.id, now=now)
    lockout.forget(db, account.id)
    record(db, Did.CHANGE_PASSWORD, at=now, subject_id=account.id)
    db.flush()


def made_for(db: ReadSession, account_id: UUID) -> list[MadeLink]:
    """List the links made for somebody in the last six months, the latest first."""
    rows = _of(db, account_id)
    names = service.names(db, {row.made_by for row in rows if row.made_by})
    return [
        MadeLink(
            row.id,
            names.get(row.made_by) if row.made_by else None,
            row.created_at,
            row.ends_at,
            row.used_at,
            row.seen_at is None,
        )
        for row in rows
    ]


def see(db: WriteSession, account_id: UUID, *, now: datetime) -> None:
    """Note that somebody saw the links made for her."""
    for row in _of(db, account_id):
        row.seen_at = row.seen_at or now


def cancel(db: WriteSession, account_id: UUID, reset_id: UUID, *, now: datetime) -> None:
    """Close a link that one did not ask for. Raises NotFound for anybody else's."""
    found = db.get(PasswordReset, reset_id)
    if found is None or found.account_id != account_id:
        raise NotFound
    found.ends_at, found.seen_at = min(found.ends_at, now), found.seen_at or now
    record(db, Did.CANCEL_RESET, at=now, account_id=account_id, subject_id=account_id)


def _of(db: ReadSession, account_id: UUID) -> list[PasswordReset]:
    return list(
        db.exec(
            select(PasswordReset)
            .where(col(PasswordReset.account_id) == account_id)
            .order_by(col(PasswordReset.created_at).desc())
        )
    )
