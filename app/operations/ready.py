"""Readiness: migrations are there, and the master key is the one that closed this database (C6)."""

from sqlalchemy.exc import DBAPIError

from app.core.db import Database
from app.core.errors import ConfigurationError
from app.core.scope import Scope
from app.operations.models import Installation

NOT_READY = "La base de données n’est pas prête : lancez « escale init »."


def check_master_key(database: Database) -> None:
    """Refuse to serve without migrations or with another master key. Raises ConfigurationError."""
    try:
        with database.reading(Scope.system("start-up check")) as db:
            installation = db.get(Installation, 1)
    except DBAPIError as error:
        raise ConfigurationError(NOT_READY) from error
    if installation is None:
        raise ConfigurationError(NOT_READY)
    if installation.key_fingerprint != database.keys.fingerprint:
        raise ConfigurationError(
            "La clé maîtresse (ESCALE_MASTER_KEY) n’est pas celle de cette base : rien n’a été "
            "ouvert ni écrit. Remettez la bonne clé."
        )
