"""PostgreSQL databases lent to one test after another, each put back as it was made.

To make one takes half a second, to put back the few rows that a test changed some hundredths.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from app.core.ids import new_id

_CATALOGUES = ("class", "attribute", "constraint", "policy", "proc", "trigger")
_SCHEMA = sql.SQL(" UNION ALL ").join(
    sql.SQL("SELECT count(*), max(xmin::text::bigint) FROM {}").format(sql.Identifier(f"pg_{name}"))
    for name in _CATALOGUES
)
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
Marks = dict[str, tuple[int, int | None]]  # of each table: how many rows, and who wrote the last


@dataclass
class _Made:
    """A database, what its tables held when it was made, and how they read since."""

    name: str
    superuser: psycopg.Connection
    schema: list[tuple[int, int]]
    rows: dict[str, bytes]
    marks: Marks


class Pool:
    """Databases made of one template; `address` opens one as the superuser."""

    def __init__(self, address: str, template: str, owner: str) -> None:
        self._address, self._template, self._owner = address, template, owner
        self._free: list[_Made] = []

    @contextmanager
    def lend(self) -> Iterator[str]:
        """Give the name of a database that reads as the template does."""
        made = self._free.pop() if self._free else self._make()
        try:
            yield made.name
        finally:
            if self._put_back(made):
                self._free.append(made)
            else:
                self._drop(made)

    def close(self) -> None:
        """Leave the databases that nobody has."""
        for made in self._free:
            made.superuser.close()

    def _make(self) -> _Made:
        name = f"test_{new_id().hex[-12:]}"
        with psycopg.connect(f"{self._address} dbname=postgres", autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name} TEMPLATE {self._template} OWNER {self._owner}")
        superuser = psycopg.connect(f"{self._address} dbname={name}", autocommit=True)
        superuser.execute("SET session_replication_role = replica")  # no trigger, no foreign key
        tables = [table for (table,) in superuser.execute(_TABLES)]
        rows = {table: _read(superuser, table) for table in tables}
        return _Made(name, superuser, _schema(superuser), rows, _marks(superuser, tables))

    def _put_back(self, made: _Made) -> bool:
        """Put back the rows of the tables that changed; False when the schema itself did."""
        made.superuser.execute(_OTHERS)
        if _schema(made.superuser) != made.schema:
            return False
        now = _marks(made.superuser, made.rows)
        changed = [table for table, mark in now.items() if mark != made.marks[table]]
        with made.superuser.transaction():
            for table in changed:
                _write(made.superuser, table, made.rows[table])
        made.marks |= _marks(made.superuser, changed)
        return True

    def _drop(self, made: _Made) -> None:
        made.superuser.close()
        with psycopg.connect(f"{self._address} dbname=postgres", autocommit=True) as server:
            server.execute(f"DROP DATABASE {made.name} WITH (FORCE)")


def _schema(db: psycopg.Connection) -> list[tuple[int, int]]:
    return db.execute(_SCHEMA).fetchall()


def _marks(db: psycopg.Connection, tables: Iterable[str]) -> Marks:
    asked = [
        sql.SQL("SELECT {}, count(*), max(xmin::text::bigint) FROM {}").format(
            sql.Literal(table), sql.Identifier(table)
        )
        for table in tables
    ]
    found = db.execute(sql.SQL(" UNION ALL ").join(asked)).fetchall() if asked else []
    return {table: (count, last) for table, count, last in found}


def _read(db: psycopg.Connection, table: str) -> bytes:
    copy = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(table))
    with db.cursor().copy(copy) as rows:
        return b"".join(rows)


def _write(db: psycopg.Connection, table: str, rows: bytes) -> None:
    db.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    copy = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(sql.Identifier(table))
    with db.cursor().copy(copy) as into:
        into.write(rows)
