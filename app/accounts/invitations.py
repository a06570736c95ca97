"""Invitations to a team: links that work once, opened by POST (A7)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select

from app.accounts import service, team
from app.accounts.actor import Actor
from app.accounts.links import digest, new_secret
from app.accounts.models import Account, Invitation, PasswordReset
from app.accounts.permissions import Role
from app.audit.models import Did
from app.audit.service import record
from app.core.db import ReadSession, WriteSession
from app.core.errors import EscaleError, Invalid, NotFound

Link = TypeVar("Link", Invitation, PasswordReset)
INVITATION_LENGTH = timedelta(hours=48)
KEPT = timedelta(days=182)
ALREADY = "Vous avez déjà un accès avec cette adresse. Connectez-vous, puis ouvrez ce lien."
CLOSED = (
    "Le compte de cette adresse a été fermé. Demandez à la personne qui gère Escale dans votre "
    "structure de vous inviter avec une autre adresse."
)


USED = (
    "Cette invitation a déjà servi. Si c’est vous qui l’avez ouverte, connectez-vous avec le mot "
    "de passe que vous avez choisi. Sinon, prévenez la personne qui vous l’a donnée."
)
WITHDRAWN = (
    "Cette invitation a été retirée. Demandez à la personne qui vous l’a donnée s’il vous en faut "
    "une autre."
)
EXPIRED = (
    "Cette invitation a plus de 48 heures. Demandez un nouveau lien à la personne qui vous a donné "
    "celui-ci : elle le crée en une minute, dans « Administration », puis « Équipe »."
)


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
    found = by_secret(db, Invitation, secret)
    if found.used_at is not None:
        raise LinkEnded(USED)
    if found.withdrawn_at is not None:
        raise LinkEnded(WITHDRAWN)
    if found.ends_at <= now:
        raise LinkEnded(EXPIRED)
    return found


def join(db: WriteSession, actor: Actor, secret: str, *, now: datetime) -> str:
    """Take up the role as the person signed in; give her sign-in's new token, others end (A5).

    Raises ForSomebodyElse, LinkEnded, NotFound.
    """
    found = opened(db, secret, now=now)
    if found.email != actor.email:
        raise ForSomebodyElse
    service.add_membership(db, actor.account_id, found.role, found.organisation_id, now=now)
    _used(db, found, actor.account_id, now)
    service.end_sign_ins(db, actor.account_id, now=now, but=actor.login_id)
    return service.renew(db, actor.login_id)


def join_anew(
    db: WriteSession,
    found: Invitation,
    *,
    name: str,
    password: str,
    structures: Sequence[str],
    now: datetime,
) -> Account:
    """Make the invited person's account with the role, once `opened`. Raises Invalid."""
    known = db.exec(select(Account).where(col(Account.email) == found.email)).first()
    if known is not None:
        raise Invalid("", ALREADY if known.is_active else CLOSED)
    account = service.create_account(
        db,
        email=found.email,
        name=name,
        password=password,
        memberships=[(found.role, found.organisation_id)],
        structures=structures,
        now=now,
    )
    _used(db, found, account.id, now)
    return account


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


def by_secret(db: ReadSession, model: type[Link], secret: str) -> Link:
    """Find what a link's secret opens, alone when the session writes. Raises NotFound."""
    query = select(model).where(col(model.token_digest) == digest(secret))
    found = db.exec(query.with_for_update() if db.writes else query).first()  # once, even twice
    if found is None:
        raise NotFound("Ce lien n’existe pas. Copiez-le en entier.")
    return found
