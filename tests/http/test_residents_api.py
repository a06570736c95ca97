"""Resident files by the API: searched in the body, within one's structure, recorded."""

from uuid import uuid4

import pytest
from sqlmodel import select

from app.audit.models import AccessRecord, Did
from app.core.db import Database
from app.core.scope import Scope
from tests.support.build import Builder
from tests.support.client import Browser


def test_a_search_gives_the_best_first_with_their_attributes(
    client: Browser, build: Builder
) -> None:
    nicole = build.a_resident(phone="06 12 34 56 78", commune="Rennes")
    build.a_resident(given_name="Nicolas", family_name="Leroi", birth_year=1980)

    answer = client.as_("awa").post(
        "/api/v1/residents/search", json={"q": "leroux nic", "limit": 2}
    )

    assert answer.status_code == 200
    items = answer.json()["items"]
    assert items[0]["id"] == str(nicole.id)
    assert (items[0]["given_name"], items[0]["family_name"]) == ("Nicole", "Leroux")
    assert (items[0]["birth_year"], items[0]["phone"]) == (1951, "+33612345678")
    assert len(items) <= 2


def test_another_structures_people_are_not_found(client: Browser, build: Builder) -> None:
    nicole = build.a_resident()

    found = client.as_("bruno").post("/api/v1/residents/search", json={"q": "leroux"})
    read = client.get(f"/api/v1/residents/{nicole.id}")

    assert found.json() == {"items": [], "next": None}
    assert read.status_code == 404
    assert read.headers["content-type"] == "application/problem+json"


def test_reading_a_file_and_a_list_are_in_the_record(
    client: Browser, build: Builder, database: Database
) -> None:
    nicole = build.a_resident()
    client.as_("awa").post("/api/v1/residents/search", json={"q": "leroux"})
    read = client.get(f"/api/v1/residents/{nicole.id}")

    with database.reading(Scope.system("tests")) as db:
        did = [row.did for row in db.exec(select(AccessRecord).order_by(AccessRecord.position))]
    assert read.json()["family_name"] == "Leroux"
    assert did[-2:] == [Did.LIST_RESIDENTS, Did.READ_RESIDENT]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"leroux",
        b"[]",
        b'{"limit": 3}',
        b'{"q": 12}',
        b'{"q": "leroux", "limit": 0}',
        b'{"q": "leroux", "limit": 51}',
        b'{"q": "leroux", "who": "all"}',
        b'{"q": "' + b"x" * 81 + b'"}',
        b"\xff\xfe",
    ],
)
def test_a_wrong_question_is_refused_with_what_to_send(
    client: Browser, build: Builder, body: bytes
) -> None:
    build.a_resident()

    answer = client.as_("awa").post("/api/v1/residents/search", content=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert '"q"' in answer.json()["detail"]
    assert "leroux" not in answer.text


@pytest.mark.parametrize("who", ["claire", "farid", "alix"])
def test_who_reads_no_file_searches_none(client: Browser, build: Builder, who: str) -> None:
    answer = client.as_(who).post("/api/v1/residents/search", json={"q": "leroux"})

    assert answer.status_code == 403


def test_nobody_searches_without_signing_in(client: Browser) -> None:
    answer = client.post("/api/v1/residents/search", json={"q": "leroux"})
    unknown = client.get(f"/api/v1/residents/{uuid4()}")

    assert {answer.status_code, unknown.status_code} == {401}
    assert answer.headers["content-type"] == "application/problem+json"
