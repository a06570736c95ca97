"""`escale organisation …`."""

from dataclasses import asdict
from typing import Annotated

import typer

from app.core import clock
from app.core.commands import echo_json, installation
from app.core.errors import Invalid
from app.core.scope import Scope
from app.core.text import clean, plural
from app.organisations import service

organisations = typer.Typer(help="Structures de l’instance.", no_args_is_help=True)


@organisations.command("list")
def list_(json: Annotated[bool, typer.Option("--json", help="Un document JSON.")] = False) -> None:
    """Nomme les structures : code, nom, lieux, conseillers."""
    with installation() as (_, database), database.reading(Scope.system("organisation list")) as db:
        lines = service.summary(db)
    if json:
        echo_json([asdict(line) for line in lines])
        return
    for line in lines:
        places, advisers = plural(line.places, "lieu", "lieux"), plural(line.advisers, "conseiller")
        typer.echo(f"{line.slug}\t{line.name}\t{places}\t{advisers}")


@organisations.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Nom de la structure.")],
    commune: Annotated[str, typer.Option(help="Code Insee de son siège.")],
) -> None:
    """Crée une structure, avec un premier lieu du même nom."""
    if not clean(name):
        raise Invalid("name", "Donnez un nom à la structure.")
    now = clock.now()
    with (
        installation() as (_, database),
        database.writing(Scope.system("organisation create")) as db,
    ):
        made = service.create_organisation(db, name=name, commune=commune, now=now)
        service.create_place(db, made, name=name, commune=commune, opened_on=now.date())
    typer.echo(made.slug)
