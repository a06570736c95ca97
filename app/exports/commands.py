"""`escale export`."""

from pathlib import Path
from typing import Annotated

import typer

from app.accounts.service import account_by_email, actor_of
from app.core import clock
from app.core.commands import installation
from app.core.errors import NotFound
from app.core.scope import Scope
from app.exports import service


def export(
    report: Annotated[str, typer.Argument(help="programme-national.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Fichier à écrire.")],
    format: Annotated[str, typer.Option(help="xlsx ou csv.")] = "xlsx",
    period: Annotated[str | None, typer.Option(help="2026-T3, 2026-S1, 2026…")] = None,
    as_: Annotated[str | None, typer.Option("--as", help="Adresse du compte qui demande.")] = None,
) -> None:
    """Écrit un rapport dans un fichier, pour une période close."""
    service.format_named(format)
    with installation() as (settings, database):
        with database.reading(Scope.system("export")) as db:
            if as_ is None:
                filled = service.build_for_all(database, settings, db, report, period)
            else:
                actor = actor_of(db, account_by_email(db, as_).id, now=clock.now())
                if actor is None:
                    raise NotFound(f"Le compte {as_} est fermé.")
                filled = service.build(database, settings, db, actor, report, period)
        with database.writing(Scope.system("export")) as db:
            account = account_by_email(db, as_).id if as_ else None
            service.note_export(db, account, now=clock.now())
    output.write_bytes(service.as_file(filled, format))
    typer.echo(f"{output.name} : {filled.period.label}, {len(filled.blocks)} tableaux.")
