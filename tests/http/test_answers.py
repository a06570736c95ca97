"""What Escale answers when something is not as it should be: readable, safe, and quiet."""

import logging
from collections.abc import Iterator

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI

from tests.support.build import Builder
from tests.support.client import Browser

TYPED = "mot de passe de Mme Leroux"


@pytest.fixture
def log() -> Iterator[list[logging.LogRecord]]:
    """Collect what the application logs."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]
    for name in ("escale", "uvicorn.error"):
        logging.getLogger(name).addHandler(handler)
    yield records
    for name in ("escale", "uvicorn.error"):
        logging.getLogger(name).removeHandler(handler)


def test_a_defect_is_answered_safely_and_its_words_go_nowhere(
    app: FastAPI, client: Browser, log: list[logging.LogRecord]
) -> None:
    @app.get("/casse", response_model=None)
    def broken() -> None:
        raise RuntimeError(TYPED)

    answer = client.get("/casse")

    assert answer.status_code == 500
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src" in answer.headers["content-security-policy"]
    assert answer.headers["x-request-id"] in answer.text
    assert TYPED not in answer.text
    assert any(record.getMessage() == "defect" for record in log)
    assert all(TYPED not in record.getMessage() for record in log)


def test_a_network_that_drops_while_sending_is_no_defect(
    app: FastAPI, build: Builder, log: list[logging.LogRecord]
) -> None:
    sent: list[object] = []
    messages = iter(
        [
            {"type": "http.request", "body": b"id=", "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    scope = {
        "type": "http", "method": "POST", "path": "/activites", "raw_path": b"/activites",
        "query_string": b"", "scheme": "http", "http_version": "1.1", "root_path": "",
        "client": ("127.0.0.1", 1), "server": ("escale.test", 80),
        "headers": [
            (b"host", b"escale.test"), (b"sec-fetch-site", b"same-origin"),
            (b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", b"100"),
            (b"cookie", b"escale=" + build.token("awa").encode()),
        ],
    }  # fmt: skip

    async def receive() -> dict[str, object]:
        return next(messages)

    async def send(message: object) -> None:
        sent.append(message)

    with start_blocking_portal() as portal:
        portal.call(app, scope, receive, send)

    assert not [record for record in log if record.levelno >= logging.ERROR]


def test_head_answers_as_get_without_a_body(client: Browser) -> None:
    answer = client.head("/healthz")

    assert answer.status_code == 200
    assert answer.content == b""


def test_a_wrong_method_names_the_right_one(client: Browser) -> None:
    answer = client.put("/connexion")

    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


def test_what_is_no_form_is_said_to_be_unreadable(client: Browser) -> None:
    answer = client.as_("awa").post(
        "/activites", content=b"--", headers={"content-type": "multipart/form-data"}
    )

    assert answer.status_code == 400
    assert "n’a pas pu être lu" in answer.text


def test_an_address_with_a_slash_too_many_is_not_sent_elsewhere(client: Browser) -> None:
    assert client.as_("awa").get("/activites/").status_code == 404
