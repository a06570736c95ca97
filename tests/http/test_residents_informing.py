"""People whose file came from another tool are listed until somebody notes that they were told."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.audit.models import AccessRecord, Did
from app.core.db import Database
from app.core.scope import Scope
from app.imports.people import known_people
from app.residents import informing
from app.residents.informing import PAGE
from app.residents.models import Resident
from app.residents.service import NamedResident
from tests.support.build import TODAY, Builder
from tests.support.client import Browser
from tests.support.coop_file import Importer
from tests.support.coop_people import person, write_people

LIST = "/beneficiaires?liste=a-informer"


@pytest.fixture
def bring(build: Builder, tmp_path: Path) -> Any:
    """Import residents in Awa's structure; gives their files."""
    importer = Importer(build, tmp_path)

    def brought(many: int) -> list[NamedResident]:
        rows = [person(given_name=f"Nicole {n}", birth_year=1950) for n in range(many)]
        importer.file(write_people(tmp_path / "people.xlsx", rows))
        actor = build.actor("awa")
        with build.database.reading(actor.scope) as db:
            known = known_people(db, actor.organisation_id)
        return [one for one in known if one.informed_how == informing.TO_TELL]

    return brought


def stored(database: Database, resident_id: UUID) -> Resident:
    """Read a file as it is stored."""
    with database.reading(Scope.system("tests")) as db:
        return db.exec(select(Resident).where(col(Resident.id) == resident_id)).one()


def test_who_is_to_be_told_is_listed_and_counted_until_told(
    client: Browser, build: Builder, database: Database, bring: Any
) -> None:
    told_already = build.a_resident(given_name="Jeanne")
    first, second = bring(2)

    home = client.as_("awa").get("/beneficiaires").text
    listed = client.get(LIST).text
    answer = client.post(f"/beneficiaires/{first.id}/informer", data={"informed_how": "papier"})
    after = client.get(LIST).text

    assert "À informer (2)" in home
    assert f'href="{LIST}"' in home
    for found in (first, second):
        assert f'href="/beneficiaires/{found.id}"' in listed
    assert str(told_already.id) not in listed
    assert answer.headers["location"] == f"/beneficiaires/{first.id}?geste=enregistre"
    assert str(first.id) not in after
    assert "À informer (1)" in after
    row = stored(database, first.id)
    assert (row.informed_how, row.informed_on) == ("papier", TODAY)
    assert row.informed_by == build.account_id("awa")


def test_the_file_says_that_the_person_is_to_be_told_and_no_more_once_she_was(
    client: Browser, bring: Any
) -> None:
    [found] = bring(1)
    address = f"/beneficiaires/{found.id}"

    before = client.as_("awa").get(address).text
    client.post(f"{address}/informer", data={"informed_how": "oral"})
    after = client.get(address).text

    assert "Cette fiche vient d’un autre outil" in before
    assert "Droits expliqués" not in before, "nobody told her yet"
    assert "Cette fiche vient" not in after
    assert "(de vive voix, par " in after


def test_the_form_of_a_file_notes_who_told_the_person_and_when(
    client: Browser, build: Builder, database: Database, bring: Any
) -> None:
    [found] = bring(1)
    with database.writing(build.actor("awa").scope) as db:
        db.get_one(Resident, found.id).informed_on = TODAY.replace(month=1)

    client.as_("awa").post(
        f"/beneficiaires/{found.id}",
        data={
            "given_name": "Nicole",
            "family_name": "Morel",
            "informed_how": "oral",
            "version": "1",
        },
    )

    row = stored(database, found.id)
    assert (row.informed_how, row.informed_on) == ("oral", TODAY)
    assert row.informed_by == build.account_id("awa")


def test_who_was_told_stays_told_by_the_first(
    client: Browser, build: Builder, database: Database
) -> None:
    found = build.a_resident()

    client.as_("awa").post(f"/beneficiaires/{found.id}/informer", data={"informed_how": "papier"})

    row = stored(database, found.id)
    assert (row.informed_how, row.version) == ("oral", 1)


@pytest.mark.parametrize("how", ["", "reprise", "pigeon"])
def test_a_way_to_tell_that_is_none_is_refused(
    client: Browser, database: Database, bring: Any, how: str
) -> None:
    [found] = bring(1)

    answer = client.as_("awa").post(
        f"/beneficiaires/{found.id}/informer", data={"informed_how": how}
    )

    assert answer.status_code == 422
    assert stored(database, found.id).informed_how == "reprise"
    back = client.get(f"/beneficiaires/{found.id}/informer")
    assert back.headers["location"] == f"/beneficiaires/{found.id}"


@pytest.mark.parametrize(("who", "status"), [("bruno", 404), ("claire", 403), ("alix", 403)])
def test_only_who_works_there_tells(
    client: Browser, database: Database, bring: Any, who: str, status: int
) -> None:
    [found] = bring(1)

    answer = client.as_(who).post(
        f"/beneficiaires/{found.id}/informer", data={"informed_how": "oral"}
    )

    assert answer.status_code == status
    assert stored(database, found.id).informed_how == "reprise"
    assert str(found.id) not in client.get(LIST).text


def test_telling_is_in_the_access_record(client: Browser, database: Database, bring: Any) -> None:
    [found] = bring(1)

    client.as_("awa").post(f"/beneficiaires/{found.id}/informer", data={"informed_how": "oral"})

    with database.reading(Scope.system("tests")) as db:
        query = select(AccessRecord.subject_id).where(col(AccessRecord.did) == Did.CHANGE_RESIDENT)
        assert db.exec(query).all() == [found.id]


def test_a_long_list_comes_page_by_page_each_person_once(client: Browser, bring: Any) -> None:
    found = bring(2 * PAGE + 3)
    client.as_("awa")

    seen: list[str] = []
    address: str | None = LIST
    while address:
        page = client.get(address).text
        seen += [str(p.id) for p in found if f'href="/beneficiaires/{p.id}"' in page]
        start = page.find("/beneficiaires?liste=a-informer&amp;apres=")
        address = page[start : page.index('"', start)].replace("&amp;", "&") if start > 0 else None

    assert sorted(seen) == sorted(str(p.id) for p in found)


def test_the_list_asks_no_more_of_the_database_when_it_is_long(
    client: Browser, database: Database, bring: Any
) -> None:
    said: list[str] = []

    def statements(address: str) -> int:
        said.clear()
        client.get(address)
        return len(said)

    bring(2)
    client.as_("awa").get(LIST)
    sa.event.listen(
        database.engine, "before_cursor_execute", lambda _, __, text, *___: said.append(text)
    )
    recent, few = statements("/beneficiaires"), statements(LIST)
    bring(PAGE + 5)
    many = statements(LIST)

    assert few == many
    assert few <= recent


def test_the_count_stops_where_nobody_counts_any_more(
    build: Builder, database: Database, bring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(informing, "MOST_COUNTED", 3)
    bring(5)

    with database.reading(build.actor("awa").scope) as db:
        assert informing.how_many_to_tell(db) == 4


def test_nobody_to_tell_shows_no_list(client: Browser, build: Builder) -> None:
    build.a_resident()

    assert "À informer" not in client.as_("awa").get("/beneficiaires").text
    assert "Toutes les personnes ont été informées" in client.get(LIST).text


def test_a_search_without_script_keeps_the_lists_in_sight(client: Browser, bring: Any) -> None:
    bring(1)

    page = client.as_("awa").post("/beneficiaires/recherche", data={"q": "nicole"}).text

    assert "Trouvé" in page
    assert "À informer (1)" in page
