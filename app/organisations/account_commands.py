"""`escale account …`: here rather than in accounts, since a role is held in a structure."""

import sys
from typing import Annotated, Any

import typer
from sqlmodel import col, select

from app.accounts import invitations, resets, service, team
from app.accounts.models import Account, Membership
from app.accounts.permissions import HELD_IN_A_STRUCTURE, Role
from app.core import clock
from app.core.commands import echo_json, installation
from app.core.db import ReadSession
from app.core.errors import Invalid
from app.core.scope import Scope
from app.organisations.models import Organisation
from app.organisations.service import organisation_by_slug

accounts = typer.Typer(help="Comptes de l’instance.", no_args_is_help=True)


@accounts.command("create")
def create(
    email: Annotated[str, typer.Argument(help="Adresse e-mail.")],
    name: Annotated[str, typer.Option(help="Prénom et nom.")],
    role: Annotated[Role, typer.Option(help="Rôle.")],
    organisation: Annotated[
        list[str] | None, typer.Option(help="Code de la structure, répétable.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Lit le mot de passe sur l’entrée standard.")
    ] = False,
) -> None:
    """Crée un compte. Le mot de passe est demandé au clavier."""
    if not organisation and role in HELD_IN_A_STRUCTURE:
        raise Invalid(
            "organisation", "Ce rôle se tient dans une structure : ajoutez --organisation."
        )
    password = (
        sys.stdin.readline().rstrip("\n")
        if password_stdin
        else typer.prompt("Mot de passe", hide_input=True, confirmation_prompt=True)
    )
    with installation() as (_, database), database.writing(Scope.system("account create")) as db:
        found = [organisation_by_slug(db, slug) for slug in organisation or []]
        service.create_account(
            db,
            email=email,
            name=name,
            password=password,
            memberships=[(role, one.id) for one in found] or [(role, None)],
            structures=[one.name for one in found],
            now=clock.now(),
        )
    typer.echo(f"Compte créé : {service.normal_email(email)}")


@accounts.command("invite")
def invite(
    email: Annotated[str, typer.Argument(help="Adresse e-mail.")],
    role: Annotated[Role, typer.Option(help="Rôle.")],
    organisation: Annotated[str | None, typer.Option(help="Code de la structure.")] = None,
) -> None:
    """Invite quelqu’un par un lien, à transmettre : il sert une fois, pendant 48 heures."""
    if organisation is None and role in HELD_IN_A_STRUCTURE:
        raise Invalid(
            "organisation", "Ce rôle se tient dans une structure : ajoutez --organisation."
        )
    with (
        installation() as (settings, database),
        database.writing(Scope.system("account invite")) as db,
    ):
        where = organisation_by_slug(db, organisation).id if organisation else None
        secret = invitations.invite(
            db, email=email, role=role, organisation_id=where, by=None, now=clock.now()
        )
    typer.echo(f"{settings.base_url.rstrip('/')}/invitation/{secret}")


@accounts.command("reset-link")
def reset_link(email: Annotated[str, typer.Argument(help="Adresse e-mail.")]) -> None:
    """Donne un lien pour choisir un autre mot de passe : il sert une fois, pendant 30 minutes.

    La personne en est avertie dans Escale, et le registre des accès le garde.
    """
    with (
        installation() as (settings, database),
        database.writing(Scope.system("account reset-link")) as db,
    ):
        secret = resets.offer_reset_anywhere(db, email, now=clock.now())
    typer.echo(f"{settings.base_url.rstrip('/')}/mot-de-passe/{secret}")


@accounts.command("disable")
def disable(email: Annotated[str, typer.Argument(help="Adresse e-mail.")]) -> None:
    """Ferme un compte : ses connexions s’arrêtent à la requête suivante."""
    with installation() as (_, database), database.writing(Scope.system("account disable")) as db:
        team.disable_account(db, email, now=clock.now())
    typer.echo(f"Compte fermé : {service.normal_email(email)}")


@accounts.command("list")
def list_(json: Annotated[bool, typer.Option("--json", help="Un document JSON.")] = False) -> None:
    """Nomme les comptes, leurs rôles et leurs structures."""
    with installation() as (_, database), database.reading(Scope.system("account list")) as db:
        lines = _lines(db)
    if json:
        echo_json(lines)
        return
    for line in lines:
        state = "" if line["is_active"] else "\t(fermé)"
        typer.echo(f"{line['email']}\t{line['name']}\t{', '.join(line['roles'])}{state}")


def _lines(db: ReadSession) -> list[dict[str, Any]]:
    slugs = {o.id: o.slug for o in db.exec(select(Organisation))}
    roles: dict[object, list[str]] = {}
    for member in db.exec(select(Membership).where(col(Membership.ended_at).is_(None))):
        where = slugs.get(member.organisation_id) if member.organisation_id else None
        label = f"{member.role.value}@{where}" if where else member.role.value
        roles.setdefault(member.account_id, []).append(label)
    return [
        {
            "email": account.email,
            "name": account.name,
            "roles": sorted(roles.get(account.id, [])),
            "is_active": account.is_active,
        }
        for account in db.exec(select(Account).order_by(col(Account.email)))
    ]
