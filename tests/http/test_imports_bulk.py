"""Many rows at once go through the same walls as one."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import select

from app.accounts.models import Membership
from app.core.crypto import Sealed
from app.core.db import Database
from app.core.ids import new_id
from app.core.scope import OutsideScope, ScopeViolation
from app.sessions.models import AssistedSession, SessionKind, SessionTheme, Source
from tests.support.build import NOW, TODAY, Builder


def values(organisation_id: UUID, **changed: Any) -> dict[str, Any]:
    """Make the values of an activity."""
    return {
        "id": new_id(),
        "organisation_id": organisation_id,
        "kind": SessionKind.WORKSHOP,
        "held_on": TODAY,
        "duration_min": 30,
        "material": ["ordinateur"],
        "note": Sealed(b"closed"),
        "recorded_at": NOW,
        "source": Source.COOP,
        **changed,
    }


def test_many_rows_are_stored_as_objects_would_be(database: Database, build: Builder) -> None:
    actor = build.actor("awa")

    with database.writing(actor.scope) as db:
        db.insert_many(AssistedSession, [values(actor.organisation_id) for _ in range(3)])

    with database.reading(actor.scope) as db:
        stored = db.exec(select(AssistedSession)).all()
    assert len(stored) == 3
    first = stored[0]
    assert (first.kind, first.source) == (SessionKind.WORKSHOP, Source.COOP)
    assert (first.material, first.tags, first.version) == (["ordinateur"], [], 1)
    assert first.note == Sealed(b"closed")
    assert first.recorded_at == NOW


def test_one_foreign_row_refuses_them_all_before_the_first(
    database: Database, build: Builder
) -> None:
    actor = build.actor("awa")
    theirs = build.structure_of("bruno").organisation.id
    rows = [values(actor.organisation_id), values(theirs)]

    with database.writing(actor.scope) as db:
        with pytest.raises(OutsideScope):
            db.insert_many(AssistedSession, rows)
        assert db.exec(select(AssistedSession)).first() is None


@pytest.mark.parametrize("missing", [{}, {"organisation_id": None}])
def test_a_row_that_names_no_structure_is_refused(
    database: Database, build: Builder, missing: dict[str, Any]
) -> None:
    row = {"id": new_id(), "session_id": new_id(), "theme": "email", **missing}

    with database.writing(build.actor("awa").scope) as db, pytest.raises(OutsideScope):
        db.insert_many(SessionTheme, [row])


def test_a_table_with_a_rule_of_its_own_takes_no_bulk(database: Database, build: Builder) -> None:
    actor = build.actor("awa")

    with database.writing(actor.scope) as db, pytest.raises(OutsideScope):
        db.insert_many(Membership, [{"organisation_id": actor.organisation_id}])


def test_a_clear_text_is_refused_in_a_sealed_column(database: Database, build: Builder) -> None:
    actor = build.actor("awa")

    with database.writing(actor.scope) as db:
        with pytest.raises(sa.exc.StatementError):
            db.insert_many(AssistedSession, [values(actor.organisation_id, note=b"clear")])
        db.rollback()


@pytest.mark.parametrize(
    "way", ["bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings"]
)
def test_the_bulk_ways_of_the_library_are_closed(
    database: Database, build: Builder, way: str
) -> None:
    with database.writing(build.actor("awa").scope) as db, pytest.raises(ScopeViolation):
        getattr(db, way)(AssistedSession, [])


def test_an_insert_statement_is_still_refused(database: Database, build: Builder) -> None:
    actor = build.actor("awa")

    with database.writing(actor.scope) as db, pytest.raises(ScopeViolation):
        db.execute(sa.insert(AssistedSession), [values(actor.organisation_id)])
