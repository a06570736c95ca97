"""Bring a database to the present schema, and give the server's role its rights."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection

from app.core.db import make_engine
from app.core.settings import ROOT


def config_for(connection: Connection) -> Config:
    """Give Alembic's configuration on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "app" / "migrations"))
    config.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def upgrade(owner_url: str, server_url: str) -> None:
    """Run the migrations as the owner; on PostgreSQL, let the server's role use the tables."""
    engine = make_engine(sa.make_url(owner_url)).execution_options(write=True)
    if engine.dialect.name == "sqlite":
        # SQLite changes a table by making it anew: what refers to it must not mind meanwhile.
        sa.event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=OFF"))
    try:
        with engine.begin() as connection:
            command.upgrade(config_for(connection), "head")
            _refuse_orphans(connection)
            role = sa.make_url(server_url).username
            if connection.dialect.name == "postgresql" and owner_url != server_url and role:
                _grant(connection, role)
    finally:
        engine.dispose()


def _refuse_orphans(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if orphans:
        raise RuntimeError(f"the migration leaves rows without what they refer to: {orphans[:3]}")


def _grant(connection: Connection, role: str) -> None:
    """Give all but change and removal of the access record (security-privacy D2)."""
    name = connection.dialect.identifier_preparer.quote(role)
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
        f"REVOKE UPDATE, DELETE, TRUNCATE ON access_record FROM {name}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {name}",
    ):
        connection.exec_driver_sql(statement)
