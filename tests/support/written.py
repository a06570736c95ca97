"""Every byte that an installation writes: its data directory, and the database's own files."""

from pathlib import Path

import pytest

from app.core.db import Database
from app.core.settings import Settings
from tests.support.engines import PostgreSQL


def everything_written(
    settings: Settings, database: Database, request: pytest.FixtureRequest
) -> bytes:
    """Read the data directory, and the files of SQLite or of the whole PostgreSQL server."""
    files = [p for p in Path(settings.data_dir).rglob("*") if p.is_file()]
    if database.is_sqlite:
        base = Path(str(database.url.database))
        files += base.parent.glob(f"{base.name}*")
    else:
        server: PostgreSQL = request.getfixturevalue("postgresql")
        server.run("CHECKPOINT")
        files += [p for p in Path(server.folder).rglob("*") if p.is_file()]
    return b"".join(path.read_bytes() for path in files)
