"""Sign-in, sign-out, switching, and the accounts an administrator makes."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import bindparam
from sqlmodel import col, select

from app.accounts.actor import Actor, Standing
from app.accounts.links import digest as _digest
from app.accounts.links import new_secret
from app.accounts.models import Account, Login, Membership, PasswordReset
from app.accounts.passwords import refuse_weak
from app.accounts.permissions import HELD_IN_A_STRUCTURE, Role
from app.audit.models import Did
from app.audit.service import record
from app.core.db import ReadSession, WriteSession
from app.core.errors import Invalid, NotFound
from app.core.text import clean

LOGIN_LENGTH = timedelta(hours=12)
COOKIE_LENGTH = timedelta(days=30)  # dead after 12 h, it still says whose typing is to be kept
SEEN_EVERY = timedelta(minutes=10)
OLDEST_FIRST = (col(Membership.since_at), col(Membership.id))
WRONG = "Adresse ou mot de passe inconnus."
_UNSEEN = (
    select(PasswordReset.created_at)
    .where(col(PasswordReset.account_id) == col(Account.id), col(PasswordReset.seen_at).is_(None))
    .order_by(col(PasswordReset.created_at).desc())
    .limit(1)
    .scalar_subquery()
)
_SIGNED_IN = (  # built once: each request asks it
    select(Login, Account, Membership, _UNSEEN)
    .join(Account, col(Account.id) == col(Login.account_id))
    .join(Membership, col(Membership.account_id) == col(Account.id), isouter=True)
    .where(col(Login.token_digest) == bindparam("digest"))
    .order_by(*OLDEST_FIRST)
)


@cache
def hasher() -> PasswordHash:
    """Give the password hasher: argon2id, 64 MiB, t = 3, p = 1 (security-privacy A1)."""
    return PasswordHash((Argon2Hasher(time_cost=3, memory_cost=65_536, parallelism=1),))


@cache
def _nobody() -> str:
    """A hash of no one's password: an unknown account takes the same time as a wrong password."""
    return hasher().hash(secrets.token_urlsafe(16))


@dataclass(frozen=True)
class SignedIn:
    """A fresh sign-in: the token goes to the browser only."""

    token: str
    login: Login


def normal_email(email: str) -> str:
    """Write an address as it is stored and compared."""
    return email.strip().lower()


def checked_email(email: str) -> str:
    """Give an address as it is stored. Raises Invalid("email")."""
    address = normal_email(email)
    if "@" not in address.strip("@") or len(address) > 254 or any(c.isspace() for c in address):
        raise Invalid("email", "Écrivez une adresse e-mail complète, par exemple awa@ville.fr.")
    return address


@dataclass(frozen=True)
class Proof:
    """What a typed password proved, read without holding a transaction open."""

    account_id: UUID | None
    is_right: bool
    fresher: str | None  # the hash to keep from now on, when parameters rose


def prove(db: ReadSession, email: str, password: str) -> Proof:
    """Check a password; an unknown address takes the same time (A4)."""
    account = db.exec(select(Account).where(Account.email == normal_email(email))).first()
    stored = account.password_hash if account else _nobody()
    right, fresher = hasher().verify_and_update(password, stored)
    if account is None:
        return Proof(None, False, None)
    return Proof(account.id, right and account.is_active, fresher)


def sign_in(
    db: WriteSession, proof: Proof, *, browser: str, former: str | None, now: datetime
) -> SignedIn | None:
    """Open a sign-in on a right password; None, and a line in the record, on a wrong one.

    `former`: the token that the browser came with, whose sign-in ends.
    """
    account = db.get(Account, proof.account_id) if proof.account_id else None
    if account is None or not proof.is_right:
        record(db, Did.SIGN_IN_FAILED, at=now, succeeded=False, account_id=proof.account_id)
        return None
    if proof.fresher:
        account.password_hash = proof.fresher
    end_former(db, former, now=now)
    return open_login(db, account.id, browser=browser, now=now)


def open_login(db: WriteSession, account_id: UUID, *, browser: str, now: datetime) -> SignedIn:
    """Open a sign-in for an account that has shown who it is."""
    token, token_digest = new_secret()
    login = Login(
        account_id=account_id,
        token_digest=token_digest,
        created_at=now,
        seen_at=now,
        ends_at=now + LOGIN_LENGTH,
        browser=browser,
    )
    db.add(login)
    record(db, Did.SIGN_IN, at=now, account_id=account_id)
    return SignedIn(token, login)


def end_former(db: WriteSession, token: str | None, *, now: datetime) -> None:
    """End the sign-in that a browser had before another took its place."""
    former = db.exec(select(Login).where(Login.token_digest == _digest(token or ""))).first()
    if former is not None:
        former.ends_at = min(former.ends_at, now)


def renew(db: WriteSession, login_id: UUID | None) -> str:
    """Give a sign-in whose rights changed another token; the former opens nothing (A5).

    Raises NotFound.
    """
    login = db.get(Login, login_id)
    if login is None:
        raise NotFound
    token, login.token_digest = new_secret()
    db.flush()
    return token


def end_sign_ins(
    db: WriteSession, account_id: UUID, *, now: datetime, but: UUID | None = None
) -> None:
    """End every sign-in of an account at its next request, but perhaps one."""
    for login in db.exec(select(Login).where(col(Login.account_id) == account_id)):
        if login.id != but:
            login.ends_at = min(login.ends_at, now)


def sign_out(db: WriteSession, actor: Actor, *, now: datetime) -> None:
    """End this browser's sign-in."""
    login = db.get(Login, actor.login_id)
    if login is not None:
        login.ends_at = now
    record(db, Did.SIGN_OUT, at=now, account_id=actor.account_id)


def actor_of_token(db: ReadSession, token: str, *, now: datetime) -> Actor | None:
    """Find who holds a token; None when the sign-in has ended or the account is closed."""
    rows = db.execute(_SIGNED_IN, {"digest": _digest(token)}).all()
    if not rows or rows[0][0].ends_at <= now:
        return None
    login, account, _, reset_at = rows[0]
    actor = _actor(account, [row[2] for row in rows if row[2] is not None], now=now, login=login)
    return replace(actor, reset_at=reset_at) if actor else None


def owner_of_token(db: ReadSession, token: str) -> UUID | None:
    """Find whose browser it was, even after the sign-in has ended."""
    login = db.exec(select(Login).where(Login.token_digest == _digest(token))).first()
    return login.account_id if login else None


def actor_of(db: ReadSession, account_id: UUID, *, now: datetime) -> Actor | None:
    """Build the actor of an account from its live memberships; None when the account is closed."""
    account = db.get(Account, account_id)
    if account is None:
        return None
    return _actor(account, _memberships(db, account_id), now=now, login=None)


def _actor(
    account: Account, memberships: Sequence[Membership], *, now: datetime, login: Login | None
) -> Actor | None:
    if not account.is_active:
        return None
    live = _live(memberships, now)
    standings = _standings(live)
    chosen = login.organisation_id if login else None
    current = next((s for s in standings if s.organisation_id == chosen), None)
    return Actor(
        account_id=account.id,
        name=account.name,
        email=account.email,
        login_id=login.id if login else None,
        standings=standings,
        instance_roles=frozenset(m.role for m in live if m.organisation_id is None)
        - HELD_IN_A_STRUCTURE,
        current=current or _usual(standings),
        place_id=login.place_id if login else None,
        seen_at=login.seen_at if login else None,
        lent_to=login.lent_to if login else None,
    )


def _standings(memberships: Sequence[Membership]) -> tuple[Standing, ...]:
    roles: dict[UUID, set[Role]] = {}
    for membership in memberships:
        if membership.organisation_id is not None:
            roles.setdefault(membership.organisation_id, set()).add(membership.role)
    return tuple(Standing(organisation, frozenset(held)) for organisation, held in roles.items())


def _usual(standings: tuple[Standing, ...]) -> Standing | None:
    """Where somebody works until she says otherwise: the first structure that she advises in."""
    advising = [s for s in standings if Role.ADVISER in s.roles]
    return next(iter(advising or standings), None)


def _memberships(db: ReadSession, account_id: UUID) -> Sequence[Membership]:
    return db.exec(
        select(Membership).where(col(Membership.account_id) == account_id).order_by(*OLDEST_FIRST)
    ).all()


def _live(memberships: Iterable[Membership], now: datetime) -> list[Membership]:
    return [
        m for m in memberships if m.since_at <= now and (m.ended_at is None or m.ended_at > now)
    ]


def touch(db: WriteSession, login_id: UUID | None, *, now: datetime) -> None:
    """Note that a sign-in is in use, to ten minutes."""
    login = db.get(Login, login_id)
    if login is not None and now - login.seen_at >= SEEN_EVERY:
        login.seen_at = now


def switch(
    db: WriteSession, actor: Actor, organisation_id: UUID, place_id: UUID | None, *, now: datetime
) -> str | None:
    """Work in another of one's structures, or at another place. Raises NotFound.

    Gives the sign-in's new token when the structure changes, since rights change with it.
    """
    login = db.get(Login, actor.login_id)
    if login is None or organisation_id not in {s.organisation_id for s in actor.standings}:
        raise NotFound
    login.organisation_id, login.place_id = organisation_id, place_id
    record(db, Did.SWITCH, at=now, account_id=actor.account_id, organisation_id=organisation_id)
    stays = actor.current is not None and actor.current.organisation_id == organisation_id
    return None if stays else renew(db, login.id)


def create_account(
    db: WriteSession,
    *,
    email: str,
    name: str,
    password: str,
    memberships: Sequence[tuple[Role, UUID | None]],
    now: datetime,
    structures: Sequence[str] = (),
    is_demo: bool = False,
) -> Account:
    """Make an account with its memberships; `structures` are their names. Raises Invalid."""
    address = checked_email(email)
    password = password.strip()  # as every form reads it
    if db.exec(select(Account).where(Account.email == address)).first() is not None:
        raise Invalid("email", "Un compte existe déjà avec cette adresse.")
    if not clean(name):
        raise Invalid("name", "Écrivez le prénom et le nom de la personne.")
    refuse_weak(password, email=address, name=name, structures=structures)
    account = Account(
        email=address,
        name=clean(name),
        password_hash=hasher().hash(password),
        is_demo=is_demo,
        created_at=now,
    )
    db.add(account)
    db.flush()
    for role, organisation_id in memberships:
        add_membership(db, account.id, role, organisation_id, now=now)
    record(db, Did.ACCOUNT_CREATE, at=now, subject_id=account.id)
    return account


def add_membership(
    db: WriteSession, account_id: UUID, role: Role, organisation_id: UUID | None, *, now: datetime
) -> None:
    """Give somebody a role in a structure, or for the instance; one she had comes back."""
    same = [
        col(Membership.account_id) == account_id,
        col(Membership.role) == role,
        col(Membership.organisation_id) == organisation_id,
    ]
    member = db.exec(select(Membership).where(*same)).first()
    if member is None:
        member = Membership(
            account_id=account_id, role=role, organisation_id=organisation_id, since_at=now
        )
        db.add(member)
    elif member.ended_at is not None:
        member.since_at, member.ended_at = now, None
    db.flush()


def account_by_email(db: ReadSession, email: str) -> Account:
    """Find an account by its address. Raises NotFound."""
    account = db.exec(select(Account).where(Account.email == normal_email(email))).first()
    if account is None:
        raise NotFound(f"Aucun compte avec l’adresse {normal_email(email)}.")
    return account


def names(db: ReadSession, account_ids: set[UUID]) -> dict[UUID, str]:
    """Give the names of some colleagues."""
    if not account_ids:
        return {}
    rows = db.exec(select(Account).where(col(Account.id).in_(account_ids)))
    return {account.id: account.name for account in rows}
