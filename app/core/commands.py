"""What commands share: an open installation, and one way to print JSON."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import typer
from rich.console import Console
from rich.progress import Progress

from app.core.crypto import load_master_key
from app.core.db import Database
from app.core.errors import ConfigurationError
from app.core.ready import NOT_READY, check_master_key
from app.core.settings import Settings, load


@contextmanager
def installation() -> Iterator[tuple[Settings, Database]]:
    """Open the installation that the environment names, for one command."""
    settings = load()
    url = settings.database_url.get_secret_value()
    file = sa.make_url(url).database if url.startswith("sqlite") else None
    if file and not Path(file).exists():  # to connect would leave an empty file behind
        raise ConfigurationError(NOT_READY)
    database = Database(url, load_master_key(settings))
    try:
        check_master_key(database)
        yield settings, database
    finally:
        database.close()


def echo_json(document: Any) -> None:
    """Print one JSON document on standard output."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show progress on standard error when it is a terminal; say nothing elsewhere."""
    with Progress(
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
