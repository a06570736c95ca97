"""What identifies a resident stands nowhere in clear, and whoever reads a file is recorded."""

import logging

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel, select

from app.audit.models import AccessRecord, Did
from app.audit.service import verify
from app.core.crypto import Undecipherable
from app.core.db import Database
from app.core.ids import new_id
from app.core.scope import Scope
from app.core.settings import Settings
from app.organisations.keys import KeyRing
from app.residents.models import Resident
from app.statistics.closing import refresh
from tests.support.build import NOW, Builder
from tests.support.client import Browser
from tests.support.written import everything_written

SECRETS = {
    "given_name": "Zéphyrine",
    "family_name": "Quatremer",
    "phone": "06 98 76 54 32",
    "email": "zephyrine@quatremer.example",
    "note": "préfère le matin",
}


def needles() -> list[bytes]:
    """List the texts to look for, as written and as folded."""
    words = ["Zéphyrine", "zephyrine", "Quatremer", "quatremer", "698765432", "préfère le matin"]
    return [form for word in words for form in (word.encode(), word.encode("utf-16-le"))]


def test_no_identity_stands_in_clear_anywhere(
    client: Browser,
    build: Builder,
    database: Database,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    logger = logging.getLogger("escale")
    logger.propagate = True
    caplog.set_level(logging.INFO, "escale")
    client.as_("awa")
    client.post("/beneficiaires", data=SECRETS | {"informed_how": "oral"})
    with database.reading(build.actor("awa").scope) as db:
        person = db.exec(select(Resident)).one()
    page = client.get(f"/beneficiaires/{person.id}")
    client.post("/beneficiaires/recherche", data={"q": "quatremer"})
    build.a_session(
        who="resident",
        resident_id=person.id,
        follow_up="week",
        follow_up_reason="rappeler Zéphyrine",
        note="voir Mme Quatremer",
    )
    refresh(database, settings, now=NOW)

    written = everything_written(settings, database, request)

    assert "Zéphyrine Quatremer" in page.text
    assert [n for n in needles() if n in written] == []
    assert "Quatremer" not in caplog.text
    assert len(written) > 10_000


def test_reading_a_file_is_in_the_access_record(
    client: Browser, build: Builder, database: Database
) -> None:
    person = build.a_resident()

    client.as_("awa").get(f"/beneficiaires/{person.id}")

    with database.reading(Scope.system("tests")) as db:
        reads = db.exec(select(AccessRecord).where(AccessRecord.did == Did.READ_RESIDENT)).all()
    assert [(r.account_id, r.subject_id) for r in reads] == [(build.account_id("awa"), person.id)]


def test_the_access_record_cannot_be_changed(database: Database, build: Builder) -> None:
    build.a_resident()

    for statement in ("UPDATE access_record SET shown = 9", "DELETE FROM access_record"):
        with pytest.raises(sa.exc.DBAPIError), database._writer.begin() as connection:
            connection.exec_driver_sql(statement)


def test_the_chain_is_whole_then_tells_where_it_breaks(database: Database, build: Builder) -> None:
    build.a_resident()
    with database.reading(Scope.system("tests")) as db:
        before = verify(db)
        entry = db.exec(select(AccessRecord).where(AccessRecord.did == Did.CREATE_RESIDENT)).one()

    with database.writing(Scope.system("tests")) as db:
        head = db.get(type(entry), entry.id)
        assert head is not None
        db.expunge(head)
    from app.audit.models import ChainHead

    with database.writing(Scope.system("tests")) as db:
        chain = db.get(ChainHead, entry.chain)
        assert chain is not None
        chain.position += 1  # an entry is missing at the end
    with database.reading(Scope.system("tests")) as db:
        after = verify(db)

    assert before is None
    assert after is not None
    assert after.chain == entry.chain


def test_an_entry_that_cannot_be_read_is_named(database: Database, build: Builder) -> None:
    build.a_resident()
    with database.reading(Scope.system("tests")) as db:
        entry = db.exec(select(AccessRecord).where(AccessRecord.did == Did.CREATE_RESIDENT)).one()
        last = max(e.position for e in db.exec(select(AccessRecord)) if e.chain == entry.chain)
    table = SQLModel.metadata.tables["access_record"]

    with database._writer.begin() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SELECT set_config('escale.system', 'on', true)")
        connection.execute(
            sa.insert(table).values(
                id=new_id(), chain=entry.chain, position=last + 1, at=NOW, succeeded=True,
                did=sa.literal_column("'inconnu'"), previous="", digest="",
            )
        )  # fmt: skip
    with database.reading(Scope.system("tests")) as db:
        broken = verify(db)

    assert broken is not None
    assert (broken.chain, broken.position) == (entry.chain, last + 1)


def test_a_ciphertext_moved_to_another_row_does_not_open(
    database: Database, build: Builder
) -> None:
    one, other = build.a_resident(), build.a_resident(given_name="Paul")
    actor = build.actor("awa")

    with database.writing(actor.scope) as db:
        rows = {r.id: r for r in db.exec(select(Resident))}
        rows[other.id].given_name = rows[one.id].given_name
        cipher = KeyRing(db).cipher_of(rows[one.id].key_id)
        with pytest.raises(Undecipherable):
            cipher.open(
                rows[other.id].given_name, table="resident", column="given_name", row=other.id
            )


def test_every_personal_column_says_what_it_is_for() -> None:
    from app.core.personal import Personal
    from app.operations.tables import METADATA

    names = {
        "name",
        "email",
        "phone",
        "given_name",
        "family_name",
        "birth_year",
        "note",
        "reason",
        "age_band",
        "gender",
        "status",
        "commune",
    }
    people = {"account", "resident", "attendance", "follow_up"}
    columns = [
        c for t in METADATA.sorted_tables if t.name in people for c in t.columns if c.name in names
    ]

    assert columns
    assert [str(c) for c in columns if not isinstance(c.info.get("personal"), Personal)] == []


def test_the_server_does_not_start_with_another_master_key(
    settings: Settings, database: Database
) -> None:
    from app.core.crypto import MasterKey
    from app.core.errors import ConfigurationError
    from app.main import create_app

    stranger = Database(settings.database_url.get_secret_value(), MasterKey(b"x" * 32))

    with pytest.raises(ConfigurationError, match="pas celle de cette base"):
        create_app(settings, database=stranger)
    stranger.close()
