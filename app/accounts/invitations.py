"""Invitations to a team, and resets of a password: links that work once, opened by POST (A7)."""

from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select

from app.accounts import lockout, service, team
from app.accounts.actor import Actor
from app.accounts.links import digest, new_secret
from app.accounts.models import Account, Invitation, Login, PasswordReset
from app.accounts.passwords import refuse_weak
from app.accounts.permissions import Role
from app.audit.models import Did
from app.audit.service import record
from app.core.db import ReadSession, WriteSession
from app.core.errors import EscaleError, Invalid, NotFound

Link = TypeVar("Link", Invitation, PasswordReset)
INVITATION_LENGTH = timedelta(hours=48)
RESET_LENGTH = timedelta(minutes=30)
KEPT = timedelta(days=182)
ALREADY = "Vous avez déjà un accès avec cette adresse. Connectez-vous, puis ouvrez ce lien."


class LinkEnded(EscaleError):
    """A link that was used, withdrawn, or is too old."""

    status = 410
    title = "Ce lien ne sert plus"
    advice = "Demandez un nouveau lien à la personne qui gère Escale dans votre structure."


class ForSomebodyElse(EscaleError):
    """An invitation for another address than that of the person signed in."""

    status = 409
    title = "Cette invitation est pour une autre adresse"
    advice = "Déconnectez-vous, puis ouvrez ce lien de nouveau."


def invite(
    db: WriteSession,
    *,
    email: str,
    role: Role,
    organisation_id: UUID | None,
    by: UUID | None,
    now: datetime,
) -> str:
    """Offer a role to an address, whether it has an account or not; give the link's secret.

    An earlier invitation to the same role is withdrawn. Raises Invalid("email").
    """
    address = service.checked_email(email)
    db.execute(delete(Invitation).where(col(Invitation.ends_at) < now - KEPT))
    for earlier in pending(db, organisation_id, now=now):
        if earlier.email == address and earlier.role is role:
            earlier.withdrawn_at = now
    if organisation_id is not None:
        for one in team.members(db, organisation_id, now=now):
            if one.email == address and role in one.roles:
                raise Invalid("email", f"{one.name} a déjà ce rôle dans l’équipe.")
    secret, kept = new_secret()
    invitation = Invitation(
        organisation_id=organisation_id,
        email=address,
        role=role,
        token_digest=kept,
        invited_by=by,
        created_at=now,
        ends_at=now + INVITATION_LENGTH,
    )
    db.add(invitation)
    record(
        db,
        Did.INVITE,
        at=now,
        account_id=by,
        organisation_id=organisation_id,
        subject_id=invitation.id,
    )
    db.flush()
    return secret


def pending(db: ReadSession, organisation_id: UUID | None, *, now: datetime) -> list[Invitation]:
    """List the invitations of a structure that still open something, the latest first."""
    return list(
        db.exec(
            select(Invitation)
            .where(
                col(Invitation.organisation_id) == organisation_id,
                col(Invitation.used_at).is_(None),
                col(Invitation.withdrawn_at).is_(None),
                col(Invitation.ends_at) > now,
            )
            .order_by(col(Invitation.created_at).desc())
        )
    )


def withdraw_invitation(
    db: WriteSession, actor: Actor, invitation_id: UUID, *, now: datetime
) -> None:
    """Close an invitation's link. Raises NotFound for another structure's."""
    found = db.get(Invitation, invitation_id)
    if found is None or found.organisation_id != actor.administered_id:
        raise NotFound
    found.withdrawn_at = found.withdrawn_at or now
    record(
        db,
        Did.CHANGE_TEAM,
        at=now,
        account_id=actor.account_id,
        organisation_id=found.organisation_id,
        subject_id=found.id,
    )
    db.flush()


def opened(db: ReadSession, secret: str, *, now: datetime) -> Invitation:
    """Find what a link offers. Raises NotFound, or LinkEnded with the reason."""
    found = _by_secret(db, Invitation, secret)
    if found.used_at is not None:
        raise LinkEnded("Cette invitation a déjà servi. Connectez-vous avec votre mot de passe.")
    if found.withdrawn_at is not None:
        raise LinkEnded("Cette invitation a été retirée. Demandez-en une autre à votre structure.")
    if found.ends_at <= now:
        raise LinkEnded("Cette invitation a plus de 48 heures. Demandez-en une autre.")
    return found


def join(db: WriteSession, actor: Actor, secret: str, *, now: datetime) -> Invitation:
    """Take up the role as the person signed in. Raises ForSomebodyElse, LinkEnded, NotFound."""
    found = opened(db, secret, now=now)
    if found.email != actor.email:
        raise ForSomebodyElse
    service.add_membership(db, actor.account_id, found.role, found.organisation_id, now=now)
    _used(db, found, actor.account_id, now)
    return found


def join_anew(db: WriteSession, secret: str, *, name: str, password: str, now: datetime) -> Account:
    """Make the invited person's account with the role. Raises Invalid, LinkEnded, NotFound."""
    found = opened(db, secret, now=now)
    known = select(Account).where(col(Account.email) == found.email)
    if db.exec(known).first() is not None:
        raise Invalid("", ALREADY)
    account = service.create_account(
        db,
        email=found.email,
        name=name,
        password=password,
        memberships=[(found.role, found.organisation_id)],
        now=now,
    )
    _used(db, found, account.id, now)
    return account


def offer_reset(db: WriteSession, actor: Actor, account_id: UUID, *, now: datetime) -> str:
    """Let somebody of the team choose a new password; give the link's secret.

    Refused for who has an access elsewhere: an administrator would open what is not hers to open.
    Raises NotFound, Invalid("reset").
    """
    team.member(db, actor.administered_id, account_id, now=now)
    if not team.is_only_here(db, actor.administered_id, account_id, now=now):
        raise Invalid(
            "reset",
            "Cette personne a aussi un accès ailleurs. Elle change son mot de passe elle-même, "
            "dans « Mon compte ».",
        )
    db.execute(delete(PasswordReset).where(col(PasswordReset.ends_at) < now - KEPT))
    for earlier in db.exec(
        select(PasswordReset).where(
            col(PasswordReset.account_id) == account_id, col(PasswordReset.ends_at) > now
        )
    ):
        earlier.ends_at = now
    secret, kept = new_secret()
    db.add(
        PasswordReset(
            account_id=account_id,
            token_digest=kept,
            made_by=actor.account_id,
            created_at=now,
            ends_at=now + RESET_LENGTH,
        )
    )
    record(
        db,
        Did.RESET_PASSWORD,
        at=now,
        account_id=actor.account_id,
        organisation_id=actor.administered_id,
        subject_id=account_id,
    )
    db.flush()
    return secret


def resettable(db: ReadSession, secret: str, *, now: datetime) -> PasswordReset:
    """Find whose password a link changes. Raises NotFound, LinkEnded."""
    found = _by_secret(db, PasswordReset, secret)
    if found.used_at is not None or found.ends_at <= now:
        raise LinkEnded("Ce lien a déjà servi, ou a plus de 30 minutes. Demandez-en un autre.")
    return found


def reset_password(db: WriteSession, secret: str, password: str, *, now: datetime) -> None:
    """Choose a new password by a link; every sign-in ends. Raises Invalid, NotFound, LinkEnded."""
    found = resettable(db, secret, now=now)
    account = db.get(Account, found.account_id)
    if account is None or not account.is_active:
        raise NotFound
    refuse_weak(password, email=account.email, name=account.name)
    account.password_hash = service.hasher().hash(password)
    found.used_at = now
    for login in db.exec(select(Login).where(col(Login.account_id) == account.id)):
        login.ends_at = min(login.ends_at, now)
    lockout.forget(db, account.id)
    record(db, Did.CHANGE_PASSWORD, at=now, subject_id=account.id)
    db.flush()


def _used(db: WriteSession, found: Invitation, account_id: UUID, now: datetime) -> None:
    found.used_at = now
    record(
        db,
        Did.JOIN_TEAM,
        at=now,
        account_id=account_id,
        organisation_id=found.organisation_id,
        subject_id=found.id,
    )
    db.flush()


def _by_secret(db: ReadSession, model: type[Link], secret: str) -> Link:
    query = select(model).where(col(model.token_digest) == digest(secret))
    found = db.exec(query.with_for_update() if db.writes else query).first()  # once, even twice
    if found is None:
        raise NotFound("Ce lien n’existe pas. Copiez-le en entier.")
    return found
