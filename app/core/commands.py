"""What commands share: an open installation, and one way to print JSON."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from app.core.crypto import load_master_key
from app.core.db import Database
from app.core.settings import Settings, load


@contextmanager
def installation() -> Iterator[tuple[Settings, Database]]:
    """Open the installation that the environment names, for one command."""
    settings = load()
    database = Database(settings.database_url.get_secret_value(), load_master_key(settings))
    try:
        yield settings, database
    finally:
        database.close()


def echo_json(document: Any) -> None:
    """Print one JSON document on standard output."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
