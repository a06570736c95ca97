"""`escale import`."""

from pathlib import Path
from typing import Annotated

import typer

from app.core import clock
from app.core.commands import echo_json, installation, progress_bar
from app.core.errors import Invalid, NotBuilt
from app.core.scope import Scope
from app.imports.service import import_file
from app.organisations.service import organisation_by_slug

FORMATS = ("auto", "coop-xlsx")
LATER_FORMATS = ("coop-csv", "escale-csv")


def import_(
    file: Annotated[Path, typer.Argument(help="Fichier à reprendre.")],
    organisation: Annotated[str, typer.Option(help="Code de la structure.")],
    format: Annotated[str, typer.Option(help="auto ou coop-xlsx.")] = "auto",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Dit tout, n’écrit rien.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Un document JSON.")] = False,
) -> None:
    """Reprend l’historique d’une structure depuis l’export de l’outil national."""
    if format in LATER_FORMATS:
        raise NotBuilt(f"Le format {format} : pas encore dans cette version d’Escale.")
    if format not in FORMATS:
        raise Invalid("format", f"Aucun format « {format} ». Il y a : {', '.join(FORMATS)}.")
    if not file.is_file():
        raise Invalid("file", f"Le fichier {file.name} n’existe pas.")
    with (
        installation() as (_, database),
        progress_bar("Reprise") as advance,
        database.writing(Scope.system("import")) as db,
    ):
        found = organisation_by_slug(db, organisation)
        report = import_file(
            db,
            found,
            file,
            now=clock.now(),
            dry_run=dry_run,
            progress=lambda done, total: advance(done, total or 0),
        )
    if json:
        echo_json(report.to_json())
    else:
        typer.echo(report.summary())
