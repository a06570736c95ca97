"""Migrations: from nothing to the models, down and up again, on both engines."""

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from app.core.db import Database, make_engine
from app.core.settings import Settings
from app.migrations.upgrade import config_for
from app.operations.tables import METADATA
from tests.support import engines


def owner_engine(settings: Settings, template: engines.Template) -> sa.Engine:
    """Open the database as the owner of its tables."""
    url = settings.database_url.get_secret_value().replace(engines.SERVER, engines.OWNER)
    return make_engine(sa.make_url(url)).execution_options(write=True)


def test_migrations_make_exactly_the_models(
    settings: Settings, database: Database, template: engines.Template
) -> None:
    engine = owner_engine(settings, template)

    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        differences = [d for d in compare_metadata(context, METADATA) if "alembic" not in str(d)]

    engine.dispose()
    assert differences == []


def test_down_and_up_again(
    settings: Settings, database: Database, template: engines.Template
) -> None:
    engine = owner_engine(settings, template)

    with engine.begin() as connection:
        command.downgrade(config_for(connection), "base")
        emptied = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
    with engine.begin() as connection:
        command.upgrade(config_for(connection), "head")
        filled = set(sa.inspect(connection).get_table_names())

    engine.dispose()
    assert emptied == set()
    assert filled >= set(METADATA.tables)
