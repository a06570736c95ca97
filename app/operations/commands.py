"""`escale audit verify`, and the commands of the contract that this version does not have."""

from collections.abc import Callable

import typer

from app.audit.service import verify
from app.core.commands import installation
from app.core.errors import Conflict, NotBuilt
from app.core.scope import Scope

audit = typer.Typer(help="Registre des accès.", no_args_is_help=True)
LATER = {
    "release": ("create", "list", "verify"),
    "keys": ("rotate", "status"),
    "retention": ("run",),
    None: ("backup", "restore", "check"),
}
ANYTHING = {"allow_extra_args": True, "ignore_unknown_options": True}


@audit.callback()
def audit_group() -> None:
    """Registre des accès."""


@audit.command("verify")
def audit_verify() -> None:
    """Vérifie la chaîne du registre ; nomme le premier maillon brisé."""
    with installation() as (_, database), database.reading(Scope.system("audit verify")) as db:
        broken = verify(db)
    if broken is not None:
        raise Conflict(f"Chaîne {broken.chain} : le maillon {broken.position} ne suit pas.")
    typer.echo("Le registre des accès est entier.")


def later(cli: typer.Typer) -> None:
    """Name the commands to come: each says in one line that it is not there, and exits 3."""
    for group, names in LATER.items():
        where = cli if group is None else typer.Typer(help="Pas encore disponible.")
        if group is not None:
            where.callback()(_nothing)
            cli.add_typer(where, name=group)
        for name in names:
            said = f"escale {group} {name}" if group else f"escale {name}"
            where.command(name, context_settings=ANYTHING, help="Pas encore disponible.")(
                _saying(said)
            )


def _nothing() -> None:
    return None


def _saying(said: str) -> Callable[[], None]:
    def refuse() -> None:
        raise NotBuilt(f"« {said} » : pas encore dans cette version d’Escale.")

    return refuse
