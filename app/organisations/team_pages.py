"""`/administration/equipe`: inviting by a link, changing roles, ending an access."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import cookies, invitations, resets, team
from app.accounts.actor import Actor
from app.accounts.current import AppDatabase, AppSettings, CurrentActor, allow
from app.accounts.permissions import Permission, Role
from app.accounts.team import Member
from app.core import clock
from app.core.db import ReadSession
from app.core.scope import Scope
from app.core.settings import Settings
from app.organisations import service
from app.organisations.forms import WITHDRAW, InviteForm, RolesForm, WithdrawForm
from app.organisations.said import said
from app.web.forms import Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
RUNS = [allow(Permission.ADMINISTER)]
TEAM = "/administration/equipe"
SYSTEM = Scope.system("a structure's team")  # each function of accounts.team filters by structure
SubmittedInvite = Annotated[Submitted[InviteForm], Depends(submitted(InviteForm))]
SubmittedWithdrawal = Annotated[Submitted[WithdrawForm], Depends(submitted(WithdrawForm))]
SubmittedRoles = Annotated[Submitted[RolesForm], Depends(submitted(RolesForm))]
ROLE_CHOICES = [{"code": role.value, "label": role.label} for role in team.ROLES]


@router.get(TEAM, dependencies=RUNS)
def people(
    request: Request, database: AppDatabase, actor: CurrentActor, geste: str = ""
) -> Response:
    """List the team and the invitations on their way."""
    with database.reading(SYSTEM) as db:
        return _team_page(request, db, actor, blank(InviteForm), toast=said(geste))


@router.post(TEAM, dependencies=RUNS)
def invite(
    request: Request,
    database: AppDatabase,
    settings: AppSettings,
    actor: CurrentActor,
    form: SubmittedInvite,
) -> Response:
    """Make an invitation; its link is shown once, to be copied."""
    with database.writing(SYSTEM) as db:
        if form.valid:
            with form.collecting_errors(db):
                secret = invitations.invite(
                    db,
                    email=form.data.email,
                    role=form.data.role,
                    organisation_id=actor.administered_id,
                    by=actor.account_id,
                    now=clock.now(),
                )
        if not form.valid:
            return _team_page(request, db, actor, form, status=422)
    return _link_page(request, settings, f"/invitation/{secret}", invited=form.data.email)


@router.post(TEAM + "/invitations/{invitation_id}/retirer", dependencies=RUNS)
def withdraw_invitation(
    request: Request, database: AppDatabase, actor: CurrentActor, invitation_id: UUID
) -> Response:
    """Close an invitation's link."""
    with database.writing(SYSTEM) as db:
        invitations.withdraw_invitation(db, actor, invitation_id, now=clock.now())
    return done(request, f"{TEAM}?geste=invitation-retiree#t-team")


@router.get(TEAM + "/{account_id}", dependencies=RUNS)
def person(
    request: Request, database: AppDatabase, actor: CurrentActor, account_id: UUID
) -> Response:
    """Show somebody's roles and how her access ends."""
    with database.reading(SYSTEM) as db:
        one = team.member(db, actor.administered_id, account_id, now=clock.now())
    return _person_page(request, actor, one, blank(RolesForm, roles=_codes(one)))


@router.post(TEAM + "/{account_id}", dependencies=RUNS)
def change_roles(
    request: Request,
    database: AppDatabase,
    settings: AppSettings,
    actor: CurrentActor,
    account_id: UUID,
    form: SubmittedRoles,
) -> Response:
    """Give somebody exactly the chosen roles."""
    now, renewed = clock.now(), None
    with database.writing(SYSTEM) as db:
        one = team.member(db, actor.administered_id, account_id, now=now)
        if form.valid:
            with form.collecting_errors(db):
                renewed = team.change_roles(db, actor, account_id, form.data.roles, now=now)
    if not form.valid:
        return _person_page(request, actor, one, form, status=422)
    stays = account_id != actor.account_id or Role.ADMIN in form.data.roles
    response = done(request, f"{TEAM}?geste=role#t-team" if stays else "/compte")
    return cookies.with_new_login(response, settings, renewed)


@router.get(TEAM + "/{account_id}/retirer", dependencies=RUNS)
def ask_withdrawal(
    request: Request, database: AppDatabase, actor: CurrentActor, account_id: UUID
) -> Response:
    """Say what ends with somebody's access, and ask for the word."""
    with database.reading(SYSTEM) as db:
        return _withdrawal_page(request, db, actor, account_id, blank(WithdrawForm))


@router.post(TEAM + "/{account_id}/retirer", dependencies=RUNS)
def withdraw(
    request: Request,
    database: AppDatabase,
    settings: AppSettings,
    actor: CurrentActor,
    account_id: UUID,
    form: SubmittedWithdrawal,
) -> Response:
    """End somebody's access to the structure, once the word is typed."""
    renewed = None
    with database.writing(SYSTEM) as db:
        team.member(db, actor.administered_id, account_id, now=clock.now())
        if form.valid:
            with form.collecting_errors(db):
                renewed = team.withdraw(db, actor, account_id, now=clock.now())
        if not form.valid:
            return _withdrawal_page(request, db, actor, account_id, form, status=422)
    stays = account_id != actor.account_id
    response = done(request, f"{TEAM}?geste=retire#t-team" if stays else "/compte")
    return cookies.with_new_login(response, settings, renewed)


@router.post(TEAM + "/{account_id}/lien", dependencies=RUNS)
def offer_reset(
    request: Request,
    database: AppDatabase,
    settings: AppSettings,
    actor: CurrentActor,
    account_id: UUID,
) -> Response:
    """Make a link by which somebody chooses a new password; shown once, to be copied."""
    now = clock.now()
    with database.writing(SYSTEM) as db:
        one = team.member(db, actor.administered_id, account_id, now=now)
        form = blank(RolesForm, roles=_codes(one))
        with form.collecting_errors(db):
            secret = resets.offer_reset(db, actor, account_id, now=now)
    if form.errors:
        return _person_page(request, actor, one, form, status=422)
    return _link_page(request, settings, f"/mot-de-passe/{secret}", reset=one.name)


def _codes(one: Member) -> list[str]:
    return [role.value for role in one.roles]


def _team_page(
    request: Request,
    db: ReadSession,
    actor: Actor,
    form: Submitted[InviteForm],
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    now = clock.now()
    zone = service.zone(db, actor.administered_id)
    return page(
        request,
        "administration/team.html",
        status=status,
        form=form,
        members=team.members(db, actor.administered_id, now=now),
        invitations=invitations.pending(db, actor.administered_id, now=now),
        roles=ROLE_CHOICES,
        today=clock.civil_day(now, zone),
        day_of=lambda instant: clock.civil_day(instant, zone),
        **more,
    )


def _person_page(
    request: Request,
    actor: Actor,
    one: Member,
    form: Submitted[RolesForm],
    *,
    status: int = 200,
) -> Response:
    return page(
        request,
        "administration/person.html",
        status=status,
        member=one,
        form=form,
        roles=ROLE_CHOICES,
        is_self=one.account_id == actor.account_id,
    )


def _withdrawal_page(
    request: Request,
    db: ReadSession,
    actor: Actor,
    account_id: UUID,
    form: Submitted[WithdrawForm],
    *,
    status: int = 200,
) -> Response:
    now, here = clock.now(), actor.administered_id
    return page(
        request,
        "administration/withdraw.html",
        status=status,
        form=form,
        member=team.member(db, here, account_id, now=now),
        word=WITHDRAW,
        is_self=account_id == actor.account_id,
        is_last=team.is_last_admin(db, here, account_id, now=now),
        sign_ins=team.sign_ins(db, account_id, now=now),
    )


def _link_page(
    request: Request, settings: Settings, path: str, *, invited: str = "", reset: str = ""
) -> Response:
    link = settings.base_url.rstrip("/") + path
    return page(request, "administration/link.html", link=link, invited=invited, reset=reset)
