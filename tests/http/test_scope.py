"""The three walls: each has a test that fails without it."""

import subprocess

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlmodel import col, func, select

from app.core.db import Database
from app.core.scope import OutsideScope, ScopeViolation, UnscopedQuery, scoped_models, walls_of
from app.core.settings import ROOT
from app.organisations.models import Place
from app.residents.models import Resident
from app.sessions.models import AssistedSession, Attendance, SessionTheme
from tests.support.build import Builder


def test_a_query_without_a_filter_sees_only_ones_own_structure(
    database: Database, build: Builder
) -> None:
    build.a_resident(of="awa")
    build.a_resident(of="bruno", given_name="Paul")

    with database.reading(build.actor("awa").scope) as db:
        seen = db.exec(select(func.count(col(Resident.id)))).one()

    assert seen == 1


def test_joins_and_subqueries_are_filtered_too(database: Database, build: Builder) -> None:
    build.a_session(by="bruno")

    with database.reading(build.actor("awa").scope) as db:
        joined = db.exec(
            select(AssistedSession, Attendance).join(
                Attendance, col(Attendance.session_id) == col(AssistedSession.id)
            )
        ).all()
        nested = db.exec(
            select(Place).where(col(Place.id).in_(select(AssistedSession.place_id)))
        ).all()

    assert joined == []
    assert nested == []


def test_a_foreign_row_is_not_found_by_its_id(database: Database, build: Builder) -> None:
    theirs = build.a_resident(of="bruno")

    with database.reading(build.actor("awa").scope) as db:
        assert db.get(Resident, theirs.id) is None


def test_a_bulk_update_touches_only_ones_own_rows(database: Database, build: Builder) -> None:
    build.a_session(by="bruno")

    with database.writing(build.actor("awa").scope) as db:
        touched = db.exec(sa.update(SessionTheme).values(autonomy="autonome")).rowcount

    assert touched == 0


def test_a_coordinator_sees_no_resident_and_no_session(database: Database, build: Builder) -> None:
    build.a_resident(of="awa")
    build.a_session(by="awa")

    with database.reading(build.actor("claire").scope) as db:
        assert db.exec(select(Resident)).all() == []
        assert db.exec(select(AssistedSession)).all() == []


def test_a_row_for_another_structure_is_refused(database: Database, build: Builder) -> None:
    theirs = build.structure_of("bruno").organisation.id

    with database.writing(build.actor("awa").scope) as db:
        db.add(SessionTheme(organisation_id=theirs, session_id=theirs, theme="email"))
        with pytest.raises(OutsideScope):
            db.flush()
        db.rollback()


def test_a_session_without_a_scope_answers_nothing(database: Database) -> None:
    with pytest.raises(UnscopedQuery), database.reading(None) as db:  # type: ignore[arg-type]
        db.exec(select(Resident)).all()


@pytest.mark.parametrize(
    "statement",
    [
        sa.text("SELECT * FROM resident"),
        sa.select(sa.table("resident", sa.column("id"))),
        sa.insert(Resident),
        select(Resident).from_statement(sa.text("SELECT * FROM resident")),
    ],
)
def test_what_would_escape_the_filter_is_refused(
    database: Database, build: Builder, statement: sa.Executable
) -> None:
    with pytest.raises(ScopeViolation), database.reading(build.actor("awa").scope) as db:
        db.execute(statement)


def test_a_read_session_cannot_write(database: Database, build: Builder) -> None:
    actor = build.actor("awa")

    with database.reading(actor.scope) as db:
        place = db.exec(select(Place)).one()
        place.name = "Autre"
        with pytest.raises(sa.exc.DBAPIError):
            db.flush()


def test_every_scoped_table_is_behind_a_row_policy(database: Database, engine_name: str) -> None:
    if engine_name != "postgresql":
        pytest.skip("row policies are PostgreSQL's")
    tables = {str(model.__tablename__) for model in scoped_models()}

    with database.engine.connect() as connection:
        guarded = set(
            connection.exec_driver_sql(
                "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
            ).scalars()
        )

    assert tables, "no scoped table found"
    assert tables <= guarded


def test_postgresql_hides_rows_when_the_filter_is_gone(
    database: Database, build: Builder, engine_name: str
) -> None:
    if engine_name != "postgresql":
        pytest.skip("row policies are PostgreSQL's")
    build.a_resident(of="bruno")
    build.a_session(by="bruno")
    mine = build.structure_of("awa").organisation.id
    tables = [str(model.__tablename__) for model in scoped_models()]

    with database.engine.begin() as connection:
        unset = [
            connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar()  # noqa: S608
            for table in tables
        ]
        for name in ("work", "structures"):
            connection.exec_driver_sql(
                "SELECT set_config(%s, %s, true)", (f"escale.{name}", str(mine))
            )
        residents = connection.exec_driver_sql("SELECT count(*) FROM resident").scalar()

    assert unset == [0] * len(tables)
    assert residents == 0


def test_postgresql_refuses_a_foreign_insert(
    database: Database, build: Builder, engine_name: str
) -> None:
    if engine_name != "postgresql":
        pytest.skip("row policies are PostgreSQL's")
    place = build.structure_of("bruno").place

    with database.engine.begin() as connection, pytest.raises(sa.exc.DBAPIError, match="row-level"):
        connection.exec_driver_sql(
            "INSERT INTO place (id, organisation_id, slug, name, address, commune, zone,"
            " opened_on) VALUES (gen_random_uuid(), %s, 'x', 'x', '', '35238', 'UTC', now())",
            (place.organisation_id,),
        )


def test_system_scopes_are_opened_in_known_places_only() -> None:

    found = subprocess.run(
        ["grep", "-rlE", r"Scope\.system\(", "app", "--include=*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert set(found.stdout.split()) <= SYSTEM_SCOPES


SYSTEM_SCOPES = {
    "app/accounts/current.py",
    "app/accounts/lending.py",
    "app/accounts/lockout.py",
    "app/accounts/pages.py",
    "app/agenda/reminding.py",
    "app/demo/make.py",
    "app/exports/commands.py",
    "app/exports/pages.py",
    "app/exports/service.py",
    "app/imports/commands.py",
    "app/jobs/runner.py",
    "app/imports/places.py",
    "app/imports/undo.py",
    "app/operations/commands.py",
    "app/core/ready.py",
    "app/operations/setup.py",
    "app/organisations/account_commands.py",
    "app/organisations/commands.py",
    "app/organisations/invitation_pages.py",
    "app/organisations/own_pages.py",
    "app/organisations/team_pages.py",
    "app/privacy/commands.py",
    "app/privacy/pages.py",
    "app/residents/stop_pages.py",
    "app/sessions/feed_pages.py",
    "app/sessions/referral_pages.py",
    "app/procedures/commands.py",
    "app/statistics/closing.py",
    "app/statistics/commands.py",
    "app/statistics/open_month.py",
    "app/statistics/projecting.py",
}


def test_scopes_share_a_compiled_statement_and_never_its_values(
    database: Database, build: Builder
) -> None:
    for who in ("awa", "bruno", "bruno"):
        build.a_session(by=who)
    statement = select(AssistedSession).options(
        selectinload(AssistedSession.attendances),  # type: ignore[arg-type]
        joinedload(AssistedSession.themes),  # type: ignore[arg-type]
    )

    def seen(who: str) -> int:
        with database.reading(build.actor(who).scope) as db:
            rows = db.exec(statement).unique().all()
            assert all(row.attendances for row in rows)
            return len(rows)

    first = [seen("awa"), seen("bruno"), seen("claire")]
    database.engine.clear_compiled_cache()
    again = [seen("claire"), seen("bruno"), seen("awa")]

    assert first == [1, 2, 0]
    assert again == [0, 2, 1]
    assert walls_of(build.actor("awa").scope)._name == walls_of(build.actor("bruno").scope)._name
