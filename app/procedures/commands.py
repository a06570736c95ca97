"""`escale procedures update`."""

from pathlib import Path
from typing import Annotated

import typer

from app.audit.models import Did
from app.audit.service import record
from app.core import clock
from app.core.commands import echo_json, installation, progress_bar
from app.core.scope import Scope
from app.procedures.update import read_source, update_catalogue

procedures = typer.Typer(help="Catalogue des démarches.", no_args_is_help=True)


@procedures.callback()
def procedures_group() -> None:
    """Catalogue des démarches."""


@procedures.command("update")
def update(
    file: Annotated[Path, typer.Argument(help="Archive des fiches (zip), ou CSV du catalogue.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Dit tout, n’écrit rien.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Un document JSON.")] = False,
) -> None:
    """Met le catalogue à jour, et dit chaque démarche ajoutée, changée, retirée ou reprise."""
    with installation() as (_, database):
        with progress_bar("Lecture") as advance:
            source = read_source(file, progress=advance)
        now = clock.now()
        with database.writing(Scope.system("procedures update")) as db:
            done = update_catalogue(db, source, today=now.date(), dry_run=dry_run)
            if done.lines and not dry_run:
                record(db, Did.UPDATE_CATALOGUE, at=now, shown=len(done.lines))
    if json:
        echo_json(done.to_json(dry_run=dry_run))
        return
    for line in (*done.lines, *(f"laissée de côté\u00a0: {refused}" for refused in done.refused)):
        typer.echo(line)
    typer.echo(done.summary() + (" Rien n’a été écrit." if dry_run else ""))
