"""Signing in: guesses are slowed, colleagues are not; passwords and devices of one's own."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.accounts import lockout
from app.accounts.browsers import family
from app.accounts.models import KnownDevice, Login, SignInFailure
from app.core import clock
from app.core.db import Database
from app.core.scope import Scope
from tests.support.build import NOW, PASSWORD, Builder
from tests.support.client import Browser

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def enter(client: Browser, email: str = "awa@exemple.fr", password: str = PASSWORD) -> Any:
    return client.post("/connexion", data={"email": email, "password": password})


def guess(client: Browser, times: int, email: str = "awa@exemple.fr") -> list[Any]:
    return [enter(client, email, "au hasard") for _ in range(times)]


def later(database: Database, by: timedelta) -> None:
    """Let time pass: what was counted becomes older."""
    with database.writing(Scope.system("tests")) as db:
        for failure in db.exec(select(SignInFailure)):
            failure.at -= by


def test_after_five_failures_the_next_try_is_told_how_long_to_wait(
    client: Browser, build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.everybody()
    monkeypatch.setattr(clock, "now", lambda: NOW)  # six tries may take seconds on a busy machine

    answers = guess(client, 6)

    assert [a.status_code for a in answers] == [422] * 5 + [429]
    assert "Patientez 2\xa0secondes" in answers[-1].text
    assert answers[-1].headers["retry-after"] == "2"
    assert "awa@exemple.fr" in answers[-1].text
    assert "au hasard" not in answers[-1].text


def test_the_right_password_waits_too_and_then_opens(
    client: Browser, build: Builder, database: Database
) -> None:
    build.everybody()
    guess(client, 5)

    early = enter(client)
    later(database, timedelta(seconds=2))
    opened = enter(client)

    assert (early.status_code, opened.status_code) == (429, 303)


def test_an_unknown_address_is_slowed_in_the_same_words(
    client: Browser, build: Builder, database: Database
) -> None:
    build.everybody()

    known = guess(client, 6)[-1]
    later(database, timedelta(minutes=15))
    unknown = guess(client, 6, "qui@exemple.fr")[-1]

    assert known.status_code == unknown.status_code == 429
    assert known.text.replace("awa@", "qui@") == unknown.text


def test_the_wait_grows_and_stops_at_a_minute(database: Database) -> None:
    waits = []
    at = NOW
    for _ in range(14):
        with database.writing(Scope.system("tests")) as db:
            tried = lockout.begin(db, email="a@b.fr", address="192.0.2.1", device=None, now=at)
        waits.append(tried.wait)
        if tried.wait:
            at += timedelta(seconds=tried.wait)
            with database.writing(Scope.system("tests")) as db:
                lockout.begin(db, email="a@b.fr", address="192.0.2.1", device=None, now=at)

    assert waits == [0] * 5 + [2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_it_is_never_a_lock_fifteen_minutes_later_nothing_is_left(
    client: Browser, build: Builder, database: Database
) -> None:
    build.everybody()
    guess(client, 6)

    later(database, timedelta(minutes=15))

    assert enter(client).status_code == 303


def test_one_network_that_tries_many_addresses_is_slowed(client: Browser, build: Builder) -> None:
    build.everybody()

    answers = [guess(client, 1, f"p{n}@exemple.fr")[0] for n in range(6)]

    assert [a.status_code for a in answers] == [422] * 5 + [429]


def test_nobody_can_slow_a_colleague_on_a_browser_that_is_known(
    client: Browser, build: Builder, app: Any
) -> None:
    build.everybody()
    awa = Browser(app, build)
    enter(awa)
    awa.post("/deconnexion")

    slowed = guess(client, 6)[-1]
    opened = enter(awa)

    assert slowed.status_code == 429
    assert opened.status_code == 303


def test_a_known_browser_knows_its_own_accounts_only(
    client: Browser, build: Builder, app: Any
) -> None:
    build.everybody()
    bruno = Browser(app, build)
    enter(bruno, "bruno@exemple.fr")
    guess(client, 6)

    assert enter(bruno).status_code == 429


def test_a_known_browser_does_not_guess_for_ever(
    client: Browser, build: Builder, database: Database
) -> None:
    build.everybody()
    enter(client)
    client.cookies.delete("escale")
    with database.writing(Scope.system("tests")) as db:
        known = db.exec(select(KnownDevice)).one()
        for _ in range(lockout.FREE_AT_HOME):
            db.add(
                SignInFailure(
                    email_digest=b"x",
                    prefix_digest=b"y",
                    device_digest=known.token_digest,
                    at=clock.now(),
                )
            )

    assert enter(client).status_code == 429


def test_addresses_are_kept_as_keyed_digests_for_a_day(
    client: Browser, build: Builder, database: Database
) -> None:
    build.everybody()
    guess(client, 1)
    later(database, timedelta(hours=25))
    guess(client, 1)

    with database.reading(Scope.system("tests")) as db:
        rows = db.exec(select(SignInFailure)).all()
    assert len(rows) == 1
    assert b"awa" not in rows[0].email_digest
    assert len(rows[0].prefix_digest) == 32


def test_a_right_password_leaves_no_failure(
    client: Browser, build: Builder, database: Database
) -> None:
    build.everybody()

    enter(client)

    with database.reading(Scope.system("tests")) as db:
        assert db.exec(select(SignInFailure)).all() == []


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_counts_by_its_network(address: str, network: str) -> None:
    assert lockout.prefix(address) == network


def test_the_browser_is_told_coarsely(client: Browser, build: Builder, database: Database) -> None:
    build.everybody()
    client.headers["user-agent"] = FIREFOX

    enter(client)
    page = client.get("/compte")

    assert "Firefox, Windows" in page.text
    assert "cet appareil" in page.text
    assert "140" not in family(FIREFOX)
    assert family("") == "Navigateur inconnu"


def test_a_sign_in_in_use_is_seen_to_ten_minutes(
    client: Browser, build: Builder, database: Database
) -> None:
    client.cookies.set("escale", build.token("awa", now=clock.now() - timedelta(hours=2)))

    client.get("/compte")

    with database.reading(Scope.system("tests")) as db:
        login = db.exec(select(Login)).one()
    assert clock.now() - login.seen_at < timedelta(minutes=1)
