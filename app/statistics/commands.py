"""`escale facts …` and `escale stats`."""

from typing import Annotated

import duckdb
import typer

from app.accounts.service import account_by_email, actor_of
from app.core import clock
from app.core.commands import echo_json, installation
from app.core.errors import NotFound
from app.core.scope import Scope
from app.core.text import NBSP
from app.statistics.closing import refresh
from app.statistics.preparing import prepare
from app.statistics.service import counter
from app.statistics.writing import as_text

NOT_PREPARED = (
    "Les pages n’ont pas pu être préparées (place sur le disque, droits du dossier kept-figures)"
    f"{NBSP}: elles s’ouvriront plus lentement."
)
facts = typer.Typer(help="Chiffres protégés.", no_args_is_help=True)


@facts.command("refresh")
def facts_refresh(
    full: Annotated[bool, typer.Option(help="Réécrit tout depuis le registre.")] = False,
) -> None:
    """Clôt les mois qui doivent l’être et met les chiffres à jour."""
    with installation() as (settings, database):
        done = refresh(database, settings, now=clock.now(), full=full)
        try:
            prepare(database, settings)
        except (OSError, duckdb.Error):  # a full disk, most often: the figures are there
            typer.echo(NOT_PREPARED, err=True)
    if done.closed:
        typer.echo(f"Mois clos : {', '.join(done.closed)} ({done.added} accompagnements).")
    typer.echo("Chiffres mis à jour." if done.is_published else "Les chiffres étaient à jour.")


def stats(
    as_: Annotated[str, typer.Option("--as", help="Adresse du compte qui demande.")],
    measure: Annotated[list[str] | None, typer.Option(help="Mesure, répétable.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="Dimension, répétable.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="dimension=valeur, répétable.")] = None,
    period: Annotated[str | None, typer.Option(help="2026-09, 2026-T3, 2026-S1 ou 2026.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Un document JSON.")] = False,
) -> None:
    """Donne un tableau protégé, exactement comme cette personne le verrait."""
    with installation() as (settings, database):
        with database.reading(Scope.system("stats")) as db:
            account = account_by_email(db, as_)
            actor = actor_of(db, account.id, now=clock.now())
            if actor is None:
                raise NotFound(f"Le compte {as_} est fermé.")
            count = counter(database, settings, db, actor)
        questions = [
            count.ask(name, by or (), where or (), period) for name in measure or ["attendances"]
        ]
        tables = count.answer(questions)
    if json:
        documents = [table.to_json() for table in tables]
        echo_json(documents[0] if len(documents) == 1 else documents)
        return
    for table in tables:
        typer.echo(as_text(table))
