"""`escale …`: each command calls one service function, and says in French what it refused."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from app.accounts.service import account_by_email, actor_of
from app.core import clock
from app.core.commands import echo_json, installation, progress_bar
from app.core.errors import ConfigurationError, EscaleError, NotBuilt, NotFound
from app.core.scope import Scope
from app.core.settings import load
from app.demo.make import PASSWORD, is_empty, make
from app.operations.setup import prepare
from app.organisations.account_commands import accounts
from app.organisations.commands import organisations
from app.statistics.closing import refresh
from app.statistics.service import counter
from app.statistics.writing import as_text

cli = typer.Typer(
    help="Escale, le carnet de bord des conseillers numériques.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
cli.add_typer(accounts, name="account")
cli.add_typer(organisations, name="organisation")


@cli.command()
def init() -> None:
    """Prépare l’installation : clés, base de données, données de référence. Peut être relancé."""
    prepare(load(), now=clock.now()).close()
    typer.echo("Escale est prête.")


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="Adresse d’écoute.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port d’écoute.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Nombre de processus.")] = 1,
) -> None:
    """Ouvre l’application."""
    import uvicorn

    uvicorn.run(
        "app.server:create",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        server_header=False,
        timeout_keep_alive=15,
        log_level="warning",
        forwarded_allow_ips=load().trusted_proxies or None,
    )


facts = typer.Typer(help="Chiffres protégés.", no_args_is_help=True)
cli.add_typer(facts, name="facts")


@facts.command("refresh")
def facts_refresh(
    full: Annotated[bool, typer.Option(help="Réécrit tout depuis le registre.")] = False,
) -> None:
    """Clôt les mois qui doivent l’être et met les chiffres à jour."""
    with installation() as (settings, database):
        done = refresh(database, settings, now=clock.now(), full=full)
    if done.closed:
        typer.echo(f"Mois clos : {', '.join(done.closed)} ({done.added} accompagnements).")
    typer.echo("Chiffres mis à jour." if done.is_published else "Les chiffres étaient à jour.")


@cli.command()
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


@cli.command()
def demo(
    sessions: Annotated[int, typer.Option(min=1, help="Activités par an.")] = 6000,
    seed: Annotated[int, typer.Option(help="La même graine donne les mêmes données.")] = 1,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Jusqu’à ce jour.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Même en production.")] = False,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Seulement s’il n’y a aucun compte.")
    ] = False,
) -> None:
    """Remplit l’installation de données de démonstration crédibles, toutes fictives."""
    with installation() as (settings, database):
        if if_empty and not is_empty(database):
            return
        last = until.date() if until else clock.civil_day(clock.now(), "Europe/Paris")
        with progress_bar("Données de démonstration") as advance:
            made = make(
                database,
                settings,
                sessions=sessions,
                seed=seed,
                until=last,
                force=force,
                progress=advance,
            )
        refresh(database, settings, now=until.replace(tzinfo=UTC) if until else clock.now())
    typer.echo(
        f"{made} activités. Comptes : awa@mediatheque.example et les autres, "
        f"mot de passe {PASSWORD}."
    )


def main() -> None:
    """Run a command: exit 1 with a French sentence when refused, 3 when it is not built yet."""
    try:
        cli()
    except NotBuilt as error:
        _refuse(error, 3)
    except (ConfigurationError, EscaleError) as error:
        _refuse(error, 1)


def _refuse(error: EscaleError, code: int) -> None:
    print(error.message, file=sys.stderr)
    raise SystemExit(code)
