"""Migrations: from nothing to the models, down and up again, on both engines."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlmodel import col, select

from app.agenda.workshop_models import Registration
from app.core.db import Database, make_engine
from app.core.ids import new_id
from app.core.settings import Settings
from app.migrations.upgrade import config_for, upgrade
from app.operations.tables import METADATA
from app.sessions.models import ProcedureHelp
from tests.support import engines
from tests.support.build import Builder


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


def test_what_is_told_of_rows_when_upgrading_is_true_of_them(
    settings: Settings, database: Database, template: engines.Template, build: Builder
) -> None:
    people = [build.a_resident(given_name=name) for name in ("Nicole", "Paul", "Zohra")]
    build.a_workshop(people)
    visits = [build.a_session() for _ in range(2)]
    engine = owner_engine(settings, template)
    if database.is_sqlite:  # as `upgrade` does
        sa.event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=OFF"))

    with engine.begin() as connection:
        command.downgrade(config_for(connection), "20261128_agenda")
    with engine.begin() as connection:
        command.upgrade(config_for(connection), "head")
    engine.dispose()

    with database.reading(build.actor("awa").scope) as db:
        listed = db.exec(select(Registration).order_by(col(Registration.rank))).all()
        helped = set(db.exec(select(ProcedureHelp.session_id)))
    assert [(one.rank, one.resident_id) for one in listed] == [
        (rank + 1, person.id) for rank, person in enumerate(people)
    ], "who registered first stays first"
    assert helped == {visit.id for visit in visits}


def test_rows_that_refer_to_each_other_come_through_every_migration(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    engine = make_engine(sa.make_url(url)).execution_options(write=True)
    with engine.begin() as connection:
        command.upgrade(config_for(connection), "20261124_walls")
    ids = {name: new_id().hex for name in ("organisation", "place", "account", "follow_up")}
    day, at = date(2026, 11, 24), datetime(2026, 11, 24, tzinfo=UTC)
    rows = {
        "organisation": {"slug": "a", "name": "A", "commune": "35238", "first_day_on": day,
                         "is_demo": False, "files_version": 0, "created_at": at},
        "place": {"organisation_id": ids["organisation"], "slug": "p", "name": "P", "address": "",
                  "commune": "35238", "zone": "Europe/Paris", "opened_on": day},
        "account": {"email": "a@b.fr", "name": "A", "password_hash": "x", "is_active": True,
                    "is_demo": False, "created_at": at},
        "procedure": {"slug": "p", "title": "P", "short_title": "P"},
        "follow_up": {"organisation_id": ids["organisation"], "procedure": "p",
                      "place_id": ids["place"], "adviser_id": ids["account"], "due_on": day,
                      "reason": b"", "state": "to_do", "postponed": 0, "created_at": at,
                      "version": 1},
    }  # fmt: skip
    with engine.begin() as connection:
        for name, row in rows.items():
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            blank = {c.name: _blank(c) for c in table.columns if not c.nullable}
            key = {"id": ids[name]} if name in ids else {}
            connection.execute(sa.insert(table).values(blank | row | key))
    engine.dispose()

    upgrade(url, url)

    engine = make_engine(sa.make_url(url))
    with engine.begin() as connection:
        kept = connection.exec_driver_sql("SELECT procedure FROM follow_up").scalar_one()
    engine.dispose()
    assert kept == "p"


def _blank(column: sa.Column[Any]) -> object:
    kinds = {sa.JSON: "[]", sa.Boolean: False, sa.Integer: 0, sa.Float: 0.0}
    return next((v for kind, v in kinds.items() if isinstance(column.type, kind)), "")


def test_former_row_policies_come_to_read_a_setting_once_a_statement(
    settings: Settings, database: Database, template: engines.Template, engine_name: str
) -> None:
    if engine_name != "postgresql":
        pytest.skip("row policies are PostgreSQL's")
    engine = owner_engine(settings, template)
    system = "current_setting('escale.system', true) = 'on'"
    listed = "string_to_array(NULLIF(current_setting('escale.{}', true), ''), ',')::uuid[]"
    account = "NULLIF(current_setting('escale.account', true), '')::uuid"
    former = {
        "resident": f"organisation_id = ANY({listed.format('work')})",
        "membership": f"account_id = {account} OR "
        f"organisation_id = ANY({listed.format('structures')})",
    }

    with engine.begin() as connection:
        policies = sa.text("SELECT tablename, qual, with_check FROM pg_policies ORDER BY 1")
        wanted = connection.execute(policies).all()
        command.downgrade(config_for(connection), "20261128_papers")
        for table, rule in former.items():
            check = "false" if table == "membership" else rule
            connection.exec_driver_sql(
                f"ALTER POLICY scope ON {table} USING ({system} OR ({rule}))"
                f" WITH CHECK ({system} OR ({check}))"
            )
        assert connection.execute(policies).all() != wanted
        command.upgrade(config_for(connection), "head")
        found = connection.execute(policies).all()

    engine.dispose()
    assert found == wanted
