"""`escale jobs run`."""

from contextlib import nullcontext, suppress
from time import sleep
from typing import Annotated

import typer

from app.core.commands import installation
from app.jobs.runner import EVERY_S, run_once

jobs = typer.Typer(help="Travaux périodiques.", no_args_is_help=True)


@jobs.callback()
def jobs_group() -> None:
    """Travaux périodiques."""


@jobs.command("run")
def run(
    once: Annotated[bool, typer.Option("--once", help="Une fois, puis s’arrête.")] = False,
) -> None:
    """Fait ce qui est dû : les rappels, les fiches réunies à vider, la clôture des mois."""
    with installation() as (settings, database):
        while True:
            with nullcontext() if once else suppress(Exception):  # logged; tried again later
                run_once(database, settings)
            if once:
                return
            sleep(EVERY_S)
