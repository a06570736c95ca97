"""How a transaction begins, what it may do and what a connection keeps when it ends."""

import gc

import pytest
import sqlalchemy as sa
from sqlmodel import col, func, select

from app.audit.models import AccessRecord
from app.core import db as core
from app.core.db import Database, ReadSession
from app.core.ids import new_id
from app.core.scope import OutsideScope, Scope, UnscopedQuery, _walled
from app.organisations.models import Place
from app.residents.models import Resident
from tests.support.build import Builder


def test_a_transaction_begun_for_one_scope_serves_no_other(
    database: Database, build: Builder
) -> None:
    mine, theirs = build.actor("awa").scope, build.actor("bruno").scope

    with database.reading(mine) as db:
        db.info["scope"] = theirs
        with pytest.raises(UnscopedQuery):
            db.exec(select(Place)).all()
    with database.reading(mine) as db:
        db.info.pop("scope")
        with pytest.raises(UnscopedQuery):
            db.connection()
    with ReadSession(database.engine, info={"scope": mine}) as db, pytest.raises(UnscopedQuery):
        db.exec(select(Place)).all()


def test_a_statement_prepared_for_one_scope_shows_another_its_own_rows(
    database: Database, build: Builder, engine_name: str
) -> None:
    build.a_resident(of="bruno")
    scopes = {who: build.actor(who).scope for who in ("awa", "bruno")}
    statement = select(func.count(col(Resident.id)))

    seen: dict[str, set[int]] = {"awa": set(), "bruno": set()}
    for who in ("bruno", "awa") * 8:
        with database.reading(scopes[who]) as db:
            seen[who].add(db.exec(statement).one())

    assert seen == {"awa": {0}, "bruno": {1}}
    if engine_name == "postgresql":  # and it was: a rollback would have made it forgotten
        with database.engine.connect() as connection:
            kept = connection.exec_driver_sql("SELECT statement FROM pg_prepared_statements")
            assert any("FROM resident" in row.statement for row in kept)


def test_a_statement_made_of_another_is_asked_as_it_stands(
    database: Database, build: Builder
) -> None:
    nicole = build.a_resident()
    everybody = select(col(Resident.id))

    with database.reading(build.actor("awa").scope) as db:
        first = db.execute(everybody).scalars().all()
        nobody = db.execute(everybody.where(sa.false())).scalars().all()
    with database.reading(build.actor("bruno").scope) as db:
        theirs = db.execute(everybody).scalars().all()

    assert (first, nobody, theirs) == ([nicole.id], [], [])
    assert everybody in _walled
    kept = len(_walled)
    del everybody
    gc.collect()
    assert len(_walled) < kept  # what was asked once is not kept


def test_only_a_table_open_to_every_scope_is_written_without_objects(
    database: Database, build: Builder
) -> None:
    place = {"id": new_id(), "organisation_id": build.structure_of("awa").organisation.id}

    with database.writing(build.actor("awa").scope) as db, pytest.raises(OutsideScope):
        db.write_open(Place, place)
    with database.writing(Scope.system("tests")) as db:
        db.info.pop("scope")
        with pytest.raises(UnscopedQuery):
            db.write_open(AccessRecord, {})


def test_an_idle_connection_that_was_cut_is_replaced_before_it_is_used(
    database: Database, build: Builder, engine_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine_name != "postgresql":
        pytest.skip("SQLite has no server to lose")
    monkeypatch.setattr(core, "IDLE_S", 0.0)
    with database.engine.connect() as one:
        number = one.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    another = Database(database.url.render_as_string(hide_password=False), database.keys)
    with another.engine.connect() as other:
        other.exec_driver_sql("SELECT pg_terminate_backend(%s, 5000)", (number,))
    another.close()

    with database.reading(build.actor("awa").scope) as db:
        assert db.exec(select(func.count(col(Place.id)))).one() == 1
