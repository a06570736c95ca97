"""`escale import`."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from app.core import clock
from app.core.commands import echo_json, installation, progress_bar
from app.core.errors import Invalid, Unavailable
from app.core.scope import Scope
from app.core.text import plural
from app.imports import runs
from app.imports.runs import Target
from app.imports.service import import_file
from app.imports.undo import brought
from app.imports.undo import undo as take_back
from app.organisations.service import organisation_by_slug

STOPPED_HERE = (
    "La reprise s’est arrêtée en chemin. Relancez la même commande\u00a0: rien n’est doublé."
)
FORMATS = ("auto", "coop-xlsx", "coop-csv", "escale-csv")  # told by what is in the file


def import_(
    organisation: Annotated[str, typer.Option(help="Code de la structure.")],
    file: Annotated[Path | None, typer.Argument(help="Fichier à reprendre.")] = None,
    format: Annotated[str, typer.Option(help="auto, coop-xlsx, coop-csv ou escale-csv.")] = "auto",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Dit tout, n’écrit rien.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Un document JSON.")] = False,
    undo: Annotated[
        UUID | None, typer.Option("--undo", help="Annule en entier la reprise qui a ce numéro.")
    ] = None,
) -> None:
    """Reprend l’historique d’une structure depuis l’export de l’outil national."""
    if undo is not None:
        _take_back(organisation, undo)
        return
    if format not in FORMATS:
        raise Invalid("format", f"Aucun format « {format} ». Il y a : {', '.join(FORMATS)}.")
    if file is None:
        raise Invalid("file", "Nommez le fichier à reprendre.")
    if not file.is_file():
        raise Invalid("file", f"Le fichier {file.name} n’existe pas.")
    with installation() as (_, database), progress_bar("Reprise") as advance:
        with database.reading(Scope.system("import")) as db:
            found = organisation_by_slug(db, organisation)
        target = Target(database, found.id, clock.now())
        _tell_interrupted(target, file)
        try:
            report = import_file(
                target,
                file,
                dry_run=dry_run,
                progress=lambda done, total: advance(done, total or 0),
            )
        except KeyboardInterrupt as error:
            raise Unavailable(STOPPED_HERE) from error
    if json:
        echo_json(report.to_json())
    else:
        typer.echo(report.summary())


def _tell_interrupted(target: Target, file: Path) -> None:
    """Name, on standard error, the imports of other files that never came to their end."""
    with target.database.reading(target.scope) as db:
        found = runs.interrupted(db, target.organisation_id, now=target.now)
    for run in found:
        if run.file_digest != runs.digest_of(file):
            typer.echo(
                f"Reprise interrompue\u00a0: «\u00a0{run.file_name}\u00a0». Relancez-la avec ce "
                f"fichier, ou annulez-la\u00a0: --undo {run.id}",
                err=True,
            )


def _take_back(organisation: str, run_id: UUID) -> None:
    with installation() as (_, database):
        with database.reading(Scope.system("import")) as db:
            found = organisation_by_slug(db, organisation)
        target = Target(database, found.id, clock.now())
        with database.reading(target.scope) as db:
            gone = brought(db, runs.run_of(db, run_id))
        run = take_back(target, run_id)
    activities, files = plural(gone.activities, "activité"), plural(gone.files, "fiche")
    later = plural(gone.updated, "mise à jour", "mises à jour")
    updated = f", dont {later} par une reprise suivante" if gone.updated else ""
    typer.echo(
        f"La reprise de «\u00a0{run.file_name}\u00a0» est annulée. "
        f"Retiré\u00a0: {activities}, {files}{updated}. Le reste n’a pas changé."
    )
