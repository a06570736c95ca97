"""`escale …`: each command calls one service function, and says in French what it refused."""

import sys
from typing import Annotated

import typer
import uvicorn
from sqlalchemy.exc import ArgumentError, OperationalError

from app.core import clock
from app.core.errors import ConfigurationError, EscaleError, NotBuilt
from app.core.settings import load
from app.demo.commands import demo, tell_demo_accounts
from app.exports.commands import export
from app.imports.commands import import_
from app.jobs.commands import jobs
from app.operations.commands import audit, later
from app.operations.setup import prepare
from app.organisations.account_commands import accounts
from app.organisations.commands import organisations
from app.privacy.commands import resident
from app.procedures.commands import procedures
from app.statistics.commands import facts, stats

cli = typer.Typer(
    help="Escale, le carnet de bord des conseillers numériques.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
cli.add_typer(accounts, name="account")
cli.add_typer(organisations, name="organisation")
cli.add_typer(facts, name="facts")
cli.add_typer(procedures, name="procedures")
cli.add_typer(resident, name="resident")
cli.add_typer(audit, name="audit")
cli.add_typer(jobs, name="jobs")
cli.command()(demo)
cli.command("import")(import_)
cli.command()(stats)
cli.command()(export)
later(cli)


@cli.command()
def init() -> None:
    """Prépare l’installation : clés, base de données, données de référence. Peut être relancé."""
    prepare(load(), now=clock.now()).close()
    typer.echo("Escale est prête.")


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="Adresse d’écoute.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port d’écoute.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Nombre de processus.")] = 1,
) -> None:
    """Ouvre l’application."""
    tell_demo_accounts()
    typer.echo(f"Escale est ouverte : http://{host}:{port}")
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


def main() -> None:
    """Run a command: exit 1 with a French sentence when refused, 3 when it is not built yet."""
    try:
        cli()
    except NotBuilt as error:
        _refuse(error.message, 3)
    except (ConfigurationError, EscaleError) as error:
        _refuse(error.message, 1)
    except (ArgumentError, OperationalError):
        _refuse("La base de données ne s’ouvre pas : vérifiez ESCALE_DATABASE_URL.", 1)
    except OSError as error:
        _refuse(f"Impossible de lire ou d’écrire {error.filename or 'ce fichier'}.", 1)


def _refuse(sentence: str, code: int) -> None:
    print(sentence, file=sys.stderr)
    raise SystemExit(code)
