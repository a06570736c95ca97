"""A structure's team: who belongs to it, with which roles, and how an access ends.

An administrator acts here under the system's scope, since nobody's own scope writes memberships:
each function filters by the structure itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, func, or_, select

from app.accounts import service
from app.accounts.actor import Actor
from app.accounts.models import Account, Invitation, Login, Membership, PasswordReset
from app.accounts.permissions import Role
from app.audit.models import Did
from app.audit.service import record
from app.core.db import ReadSession, WriteSession
from app.core.errors import Invalid, NotFound

ROLES = (Role.ADVISER, Role.COORDINATOR, Role.ADMIN, Role.DPO)  # that an administrator gives
LAST_ADMIN = (
    "La structure doit garder un administrateur. Donnez d’abord ce rôle à quelqu’un d’autre."
)


@dataclass(frozen=True)
class Member:
    """Somebody of the team. `seen_at`: her last request, to ten minutes; None if never."""

    account_id: UUID
    name: str
    email: str
    roles: tuple[Role, ...]
    seen_at: datetime | None


def members(db: ReadSession, organisation_id: UUID, *, now: datetime) -> list[Member]:
    """List the team by name: those whose access is alive."""
    rows = db.exec(
        select(Account, Membership)
        .join(Membership, col(Membership.account_id) == col(Account.id))
        .where(
            col(Membership.organisation_id) == organisation_id,
            col(Account.is_active),
            *_alive(now),
        )
        .order_by(col(Account.name), col(Account.id))
    ).all()
    people = {account.id: account for account, _ in rows}
    roles: dict[UUID, set[Role]] = {}
    for account, membership in rows:
        roles.setdefault(account.id, set()).add(membership.role)
    seen = _last_seen(db, people)
    return [
        Member(
            account.id,
            account.name,
            account.email,
            tuple(role for role in Role if role in roles[account.id]),
            seen.get(account.id),
        )
        for account in people.values()
    ]


def member(db: ReadSession, organisation_id: UUID, account_id: UUID, *, now: datetime) -> Member:
    """Find somebody of the team. Raises NotFound for anybody else."""
    for one in members(db, organisation_id, now=now):
        if one.account_id == account_id:
            return one
    raise NotFound


def change_roles(
    db: WriteSession, actor: Actor, account_id: UUID, roles: Iterable[Role], *, now: datetime
) -> str | None:
    """Give somebody exactly these roles, from the next request on. Raises Invalid("roles").

    Her sign-ins end; one's own gets the new token that is given (A5).
    """
    here = actor.administered_id
    wanted = set(roles)
    if not wanted:
        raise Invalid("roles", "Choisissez au moins un rôle.")
    held = set(member(db, here, account_id, now=now).roles)
    kept = held - set(ROLES)  # a role that others gave is left as it is
    if wanted | kept == held:
        return None
    if not wanted - held <= set(ROLES):
        raise Invalid("roles", "Choisissez parmi les rôles proposés.")
    _end(db, here, account_id, held - wanted - kept, now=now)
    for role in wanted - held:
        service.add_membership(db, account_id, role, here, now=now)
    _recorded(db, actor, account_id, now)
    return _signed_in_anew(db, actor, account_id, now)


def withdraw(db: WriteSession, actor: Actor, account_id: UUID, *, now: datetime) -> str | None:
    """End somebody's access to the structure at her next request; her notes stay.

    Her sign-ins end; one's own gets the new token that is given (A5).
    Raises NotFound, or Invalid("roles") for the last administrator.
    """
    here = actor.administered_id
    held = set(member(db, here, account_id, now=now).roles)
    _end(db, here, account_id, held, now=now)
    _recorded(db, actor, account_id, now)
    return _signed_in_anew(db, actor, account_id, now)


def disable_account(db: WriteSession, email: str, *, now: datetime) -> Account:
    """Close an account at once, its sign-ins and the links it made. Raises NotFound."""
    account = service.account_by_email(db, email)
    account.is_active = False
    service.end_sign_ins(db, account.id, now=now)
    _close_links(db, None, account.id, now=now)
    record(db, Did.ACCOUNT_DISABLE, at=now, subject_id=account.id)
    return account


def is_last_admin(
    db: ReadSession, organisation_id: UUID, account_id: UUID, *, now: datetime
) -> bool:
    """Tell whether the structure would be left without administrator."""
    admins = {m.account_id for m in members(db, organisation_id, now=now) if Role.ADMIN in m.roles}
    return admins == {account_id}


def sign_ins(db: ReadSession, account_id: UUID, *, now: datetime) -> int:
    """Count the devices on which somebody is signed in."""
    return db.exec(
        select(func.count(col(Login.id))).where(
            col(Login.account_id) == account_id, col(Login.ends_at) > now
        )
    ).one()


def is_only_here(
    db: ReadSession, organisation_id: UUID, account_id: UUID, *, now: datetime
) -> bool:
    """Tell whether an account has no access beyond the structure."""
    elsewhere = select(Membership).where(
        col(Membership.account_id) == account_id,
        or_(
            col(Membership.organisation_id) != organisation_id,
            col(Membership.organisation_id).is_(None),
        ),
        *_alive(now),
    )
    return db.exec(elsewhere).first() is None


def _end(
    db: WriteSession, organisation_id: UUID, account_id: UUID, roles: set[Role], *, now: datetime
) -> None:
    rows = db.exec(
        select(Membership)
        .where(col(Membership.organisation_id) == organisation_id, *_alive(now))
        .with_for_update()  # two administrators cannot remove each other at once
    ).all()
    if Role.ADMIN in roles:
        _refuse_last_admin(db, rows, account_id)
        _close_links(db, organisation_id, account_id, now=now)
    for row in rows:
        if row.account_id == account_id and row.role in roles:
            row.ended_at = now
    db.flush()


def _refuse_last_admin(db: ReadSession, rows: Iterable[Membership], account_id: UUID) -> None:
    others = {r.account_id for r in rows if r.role is Role.ADMIN and r.account_id != account_id}
    active = select(Account).where(col(Account.id).in_(others), col(Account.is_active))
    if not others or db.exec(active).first() is None:
        raise Invalid("roles", LAST_ADMIN)


def _signed_in_anew(db: WriteSession, actor: Actor, account_id: UUID, now: datetime) -> str | None:
    is_self = account_id == actor.account_id
    service.end_sign_ins(db, account_id, now=now, but=actor.login_id if is_self else None)
    return service.renew(db, actor.login_id) if is_self else None


def _close_links(
    db: WriteSession, organisation_id: UUID | None, account_id: UUID, *, now: datetime
) -> None:
    """Close the links that a former administrator made (B5), of one structure or of all."""
    made = select(Invitation).where(
        col(Invitation.invited_by) == account_id,
        col(Invitation.used_at).is_(None),
        col(Invitation.withdrawn_at).is_(None),
    )
    if organisation_id is not None:
        made = made.where(col(Invitation.organisation_id) == organisation_id)
    for invitation in db.exec(made):
        invitation.withdrawn_at = now
    for reset in db.exec(
        select(PasswordReset).where(
            col(PasswordReset.made_by) == account_id, col(PasswordReset.ends_at) > now
        )
    ):
        reset.ends_at = now


def _alive(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Membership.since_at) <= now,
        or_(col(Membership.ended_at).is_(None), col(Membership.ended_at) > now),
    )


def _last_seen(db: ReadSession, account_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    rows = db.exec(
        select(Login.account_id, func.max(col(Login.seen_at)))
        .where(col(Login.account_id).in_(list(account_ids)))
        .group_by(col(Login.account_id))
    )
    return dict(rows.all())


def _recorded(db: WriteSession, actor: Actor, account_id: UUID, now: datetime) -> None:
    record(
        db,
        Did.CHANGE_TEAM,
        at=now,
        account_id=actor.account_id,
        organisation_id=actor.administered_id,
        subject_id=account_id,
    )
    db.flush()
