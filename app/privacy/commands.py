"""`escale resident`: what is held about a person, and erasing her."""

from typing import Annotated
from uuid import UUID

import typer

from app.core import clock
from app.core.commands import echo_json, installation
from app.core.errors import NotFound
from app.core.scope import Scope
from app.core.text import plural
from app.privacy import access, erasing
from app.privacy.erasing import Why

resident = typer.Typer(help="Les droits d’une personne sur ses données.", no_args_is_help=True)
Number = Annotated[str, typer.Argument(help="Numéro de la fiche, tel que dans son adresse.")]


def _read(number: str) -> UUID:
    try:
        return UUID(number)
    except ValueError:
        raise NotFound("Ce numéro n’est pas celui d’une fiche.") from None


@resident.callback()
def resident_group() -> None:
    """Les droits d’une personne sur ses données."""


@resident.command("export")
def export_resident(number: Number) -> None:
    """Écrit tout ce qui est gardé sur une personne, et qui l’a lu : un document JSON."""
    with installation() as (_, database), database.writing(Scope.system("access right")) as db:
        held = access.document(db, _read(number), by=None, now=clock.now())
    echo_json(held)


@resident.command("erase")
def erase_resident(
    number: Number,
    reason: Annotated[Why, typer.Option("--reason", help="Pourquoi.")],
) -> None:
    """Efface une personne : ses visites restent dans les comptes, sans elle."""
    with installation() as (_, database):
        with database.writing(Scope.system("erasure")) as db:
            done = erasing.erase(db, _read(number), why=reason, by=None, now=clock.now())
        database.leave_no_trace()
    typer.echo(f"Effacée. {plural(done.visits, 'visite reste', 'visites restent')} sans nom.")
