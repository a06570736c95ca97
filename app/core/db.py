"""Engines and database sessions: reading and writing are two kinds, and each carries its scope.

Transactions end here and nowhere else: services flush, `writing()` commits.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from psycopg.sql import quote
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import SessionTransaction
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Relationship, Session, SQLModel

from app.core import scope as scoping
from app.core.crypto import MasterKey
from app.core.scope import Scope

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
POOL_SIZE = 20
SQLITE_BUSY_MS = 10_000
ANALYSED_ROWS = 1_000
REMEMBERED = "remembered"
KEY = "of_key"
USED_AT = "used_at"
IDLE_S = 1.0
Kind = TypeVar("Kind", bound="ReadSession")


def related(back_populates: str | None = None, **options: Any) -> Any:
    """Declare a relationship that is loaded on purpose or not at all."""
    return Relationship(
        back_populates=back_populates, sa_relationship_kwargs={"lazy": "raise", **options}
    )


def empty_list() -> list[str]:
    """Make the default of a list column; pydantic is slow to look into the builtin each time."""
    return []


def written(number: int) -> sa.ColumnElement[int]:
    """Write a number of ours into a statement: one that PostgreSQL knows lets it keep its plan."""
    return sa.literal_column(str(int(number)), sa.Integer)


def one_of(column: Any, count: int) -> sa.ColumnElement[bool]:
    """Compare a column of ids with so many, whose values `numbered` gives.

    A list of any length is written into each statement that runs, and PostgreSQL plans it anew.
    """
    values = [sa.bindparam(str(number), type_=sa.Uuid()) for number in range(count)]
    found: sa.ColumnElement[bool] = column.in_(values)
    return found


def numbered(ids: Iterable[UUID]) -> dict[str, UUID]:
    """Give ids as the values of a statement made with `one_of`."""
    return {str(number): one for number, one in enumerate(ids)}


def coded(enum: type[StrEnum]) -> Any:
    """Store an enum by its code, as text: a new value needs no migration."""
    return sa.Enum(
        enum,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class ReadSession(Session):
    """A database session that can only read."""

    writes = False

    @property
    def scope(self) -> Scope:
        """What this session may see."""
        scope: Scope = self.info["scope"]
        return scope

    @property
    def keys(self) -> MasterKey:
        """The installation's key, to open what the session reads."""
        keys: MasterKey = self.info["keys"]
        return keys

    @property
    def remembered(self) -> dict[str, Any]:
        """What was read once and serves the whole session; an undone transaction empties it."""
        kept: dict[str, Any] = self.info.setdefault(REMEMBERED, {})
        return kept

    def _no_bulk(self, *_: Any, **__: Any) -> None:
        raise scoping.ScopeViolation("bulk methods go round the scope: use insert_many")

    bulk_save_objects = _no_bulk
    bulk_insert_mappings = _no_bulk
    bulk_update_mappings = _no_bulk


class WriteSession(ReadSession):
    """A database session that reads and writes in one transaction."""

    writes = True

    def insert_many(self, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
        """Write new rows of a table without making an object of each; all name the same columns.

        Every row is judged before the first is written, as the objects of a flush are. This is the
        only bulk way in: the session's own ones are closed. Raises OutsideScope, UnscopedQuery.
        """
        scoping.refuse_foreign_values(self, model, rows)
        if rows:
            self.flush()  # rows may refer to objects that wait
            table: sa.Table = model.__table__  # type: ignore[attr-defined]
            self.connection().execute(table.insert(), rows)

    def write_open(
        self, model: type[SQLModel], row: Mapping[str, Any], *, in_place: bool = False
    ) -> None:
        """Write a row of a table open to every scope, without an object and without a flush.

        `in_place`: over the row of the same key. Raises UnscopedQuery, or OutsideScope for a table
        whose rows are of somebody.
        """
        scoping.refuse_closed(self, model)
        if in_place:
            row = {**row, KEY: row[_key(model).name]}
        self.connection().execute(_writing(model, in_place), row)


def _key(model: type[SQLModel]) -> sa.Column[Any]:
    table: sa.Table = model.__table__  # type: ignore[attr-defined]
    (key,) = table.primary_key.columns
    return key


@cache
def _writing(model: type[SQLModel], in_place: bool) -> sa.Insert | sa.Update:
    key = _key(model)
    table = key.table
    return sa.update(table).where(key == sa.bindparam(KEY)) if in_place else sa.insert(table)


scoping.install(ReadSession)


@event.listens_for(ReadSession, "after_soft_rollback")
def forget(session: Session, _: SessionTransaction) -> None:
    """Forget what was read: part of it may never have been."""
    session.info.pop(REMEMBERED, None)


@event.listens_for(ReadSession, "after_begin")
def refuse_unscoped(session: Session, _: SessionTransaction, connection: Connection) -> None:
    """Refuse a transaction of nobody, or of another scope than it was begun for."""
    scope = session.info.get("scope")
    if scope is None or connection.get_execution_options().get("scope") != scope:
        raise scoping.UnscopedQuery("this session has no scope")


class Database:
    """One installation's database, SQLite or PostgreSQL."""

    def __init__(self, url: str, keys: MasterKey) -> None:
        self.url = sa.make_url(url)
        self.keys = keys
        self.engine = make_engine(self.url)
        self._writer = self.engine.execution_options(write=True)

    @property
    def is_sqlite(self) -> bool:
        """Tell the engine apart where their words differ."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self, scope: Scope) -> Iterator[ReadSession]:
        """Open a session that cannot write.

        It ends by a commit, of nothing: after a rollback psycopg forgets the statements that it
        prepared, and PostgreSQL plans each of them anew (docs/decisions/0017).
        """
        with self._session(ReadSession, scope) as db:
            yield db
            if db.is_active:
                db.expunge_all()
                db.commit()

    @contextmanager
    def writing(self, scope: Scope) -> Iterator[WriteSession]:
        """Open a transaction; commit it at the end, or undo it all on an exception."""
        with self._session(WriteSession, scope) as db:
            yield db
            db.commit()

    def _session(self, kind: type[Kind], scope: Scope) -> Kind:
        bind = self.engine.execution_options(scope=scope, write=kind.writes)
        return kind(bind, info={"scope": scope, "keys": self.keys}, expire_on_commit=False)

    def learn_sizes(self) -> None:
        """Let SQLite learn how its tables are filled; without it a large list reads too much.

        PostgreSQL does so by itself. A few milliseconds, whatever the size (`analysis_limit`).
        """
        if self.is_sqlite:
            with self._writer.begin() as connection:
                connection.exec_driver_sql(f"PRAGMA analysis_limit={ANALYSED_ROWS}")
                connection.exec_driver_sql("ANALYZE")

    def leave_no_trace(self) -> None:
        """Empty SQLite's journal of what was just erased; PostgreSQL's is the server's to keep."""
        if self.is_sqlite:
            with self._writer.connect() as connection:
                connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def make_engine(url: sa.URL) -> Engine:
    """Build the engine, with what each database needs to be safe and quick."""
    if url.get_backend_name() != "sqlite":
        engine = sa.create_engine(
            url, pool_size=POOL_SIZE, max_overflow=0, pool_use_lifo=True,
            connect_args={"autocommit": True},  # BEGIN is ours, with what the policies are told
        )  # fmt: skip
        event.listen(engine, "connect", _open_postgresql)
        event.listen(engine, "begin", _begin_postgresql)
        event.listen(engine, "checkout", _ask_whether_there)
        event.listen(engine, "checkin", _note_use)
        return engine
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, pool_size=POOL_SIZE, max_overflow=0)
    event.listen(engine, "connect", _open_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _open_postgresql(raw: Any, _: Any) -> None:
    # What is read lies in memory or on a disk without heads: PostgreSQL's own 4 is of turning ones,
    # and had it read a whole table for the names of a page. A second process takes 5 ms to start.
    raw.execute("SET random_page_cost = 1.1; SET parallel_setup_cost = 10000")


def _begin_postgresql(connection: Connection) -> None:
    options = connection.get_execution_options()
    begin = "BEGIN"
    if options.get("scope") is not None:
        begin = _begin_words(options["scope"], options.get("write", False))
    connection.connection.dbapi_connection.execute(begin, prepare=False)  # type: ignore[union-attr]


@lru_cache(maxsize=scoping.MOST_SCOPES)
def _begin_words(scope: Scope, writes: bool) -> str:
    """Begin and tell the transaction's row policies who is asking, in one journey."""
    settings = scoping.transaction_settings(scope).items()
    calls = ", ".join(
        f"set_config({quote(name)}, {quote(value)}, true)" for name, value in settings
    )
    return f"BEGIN{'' if writes else ' READ ONLY'}; SELECT {calls}"


def _ask_whether_there(raw: Any, record: ConnectionPoolEntry, _: Any) -> None:
    """Ask a connection that was idle whether it is still there; a busy one would have said so."""
    if time.monotonic() - record.info.get(USED_AT, 0.0) < IDLE_S:
        return
    try:
        raw.execute("", prepare=False)
    except raw.Error as error:
        raise sa.exc.InvalidatePoolError from error


def _note_use(_: Any, record: ConnectionPoolEntry) -> None:
    record.info[USED_AT] = time.monotonic()


def _open_sqlite(raw: Any, _: Any) -> None:
    raw.isolation_level = None  # BEGIN is ours: sqlite3 would start a deferred transaction
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        f"busy_timeout={SQLITE_BUSY_MS}",
        "synchronous=FULL",  # with NORMAL a power cut may lose what the screen called saved
        "secure_delete=ON",
    ):
        raw.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
