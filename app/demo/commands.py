"""`escale demo`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from app.core import clock
from app.core.commands import installation, progress_bar
from app.demo.make import PASSWORD, has_demo, is_empty, make
from app.statistics.closing import refresh

WHO = f"""Comptes de démonstration, mot de passe {PASSWORD} :
  awa@mediatheque.example        conseillère, Médiathèque des Quais
  bruno@france-services.example  conseiller, France services du Val
  claire@departement.example     coordinatrice
  farid@financeur.example        financeur
  alix@mediatheque.example       administratrice
  dora@departement.example       DPO
  root@escale.example            administratrice de l’instance"""


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
        today = clock.civil_day(clock.now(), "Europe/Paris")
        last = min(until.date(), today) if until else today
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
    typer.echo(f"{made} activités de démonstration. Mot de passe des comptes : {PASSWORD}")


def tell_demo_accounts() -> None:
    """Name the demonstration accounts to whoever opens an installation that has them."""
    with installation() as (_, database):
        if has_demo(database):
            typer.echo(WHO)
