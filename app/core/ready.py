"""Readiness: migrations are there, and the master key is the one that closed this database (C6)."""

from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlmodel import Field, SQLModel

from app.core.db import Database
from app.core.errors import ConfigurationError
from app.core.scope import Scope

NOT_READY = (
    "Escale n’est pas installée ici, ou sa base ne répond pas : vérifiez ESCALE_DATABASE_URL, "
    "puis lancez « escale init »."
)


class Installation(SQLModel, table=True):
    """One row: which master key closed this database, and since when it exists."""

    __tablename__ = "installation"

    id: int = Field(default=1, primary_key=True)
    key_fingerprint: str
    created_at: datetime


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
            "La clé maîtresse (ESCALE_MASTER_KEY) n’est pas celle de cette base : rien n’a été "
            "ouvert ni écrit. Remettez la bonne clé."
        )
