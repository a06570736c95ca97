"""`escale export`."""

from pathlib import Path
from typing import Annotated

import typer

from app.accounts.service import account_by_email, actor_of
from app.core import clock
from app.core.commands import installation
from app.core.errors import Invalid, NotFound
from app.core.scope import Scope
from app.core.text import plural
from app.exports import service
from app.exports.history import HISTORIES, history_scope, write_history
from app.organisations.service import organisation_by_slug


def export(
    report: Annotated[str, typer.Argument(help="programme-national, activites, beneficiaires.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Fichier à écrire.")],
    format: Annotated[str, typer.Option(help="xlsx ou csv.")] = "xlsx",
    period: Annotated[str | None, typer.Option(help="2026-T3, 2026-S1, 2026…")] = None,
    as_: Annotated[str | None, typer.Option("--as", help="Adresse du compte qui demande.")] = None,
    organisation: Annotated[
        str | None, typer.Option(help="Code de la structure, pour son historique.")
    ] = None,
) -> None:
    """Écrit un rapport d’une période close, ou l’historique d’une structure, dans un fichier."""
    service.format_named(format)
    if output.is_dir():
        raise Invalid(
            "output", f"{output} est un dossier\u00a0: dites aussi le nom du fichier à y écrire."
        )
    if report in HISTORIES:
        if period is not None:
            raise Invalid("period", "Un historique sort en entier\u00a0: retirez --period.")
        _take_history(report, organisation, as_, output, is_csv=format == "csv")
        return
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


def _take_history(
    kind: str, slug: str | None, email: str | None, output: Path, *, is_csv: bool
) -> None:
    """Write what a structure holds, names included: for those who work there."""
    if slug is None:
        raise Invalid("organisation", "Dites la structure\u00a0: --organisation CODE.")
    now = clock.now()
    with installation() as (_, database):
        with database.reading(Scope.system("export")) as db:
            organisation = organisation_by_slug(db, slug)
            actor = actor_of(db, account_by_email(db, email).id, now=now) if email else None
        scope = history_scope(organisation.id, actor, is_asked_by_somebody=email is not None)
        with database.writing(Scope.system("export")) as db:
            service.note_export(db, actor.account_id if actor else None, now=now)
        with database.reading(scope) as db:
            rows = write_history(db, organisation, kind, output, now=now, is_csv=is_csv)
    typer.echo(f"{output.name}\u00a0: {plural(rows, 'ligne')}.")
