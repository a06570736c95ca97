"""One's own account: its password, its devices, and a new cookie whenever rights change (A5)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from app.accounts import service
from app.accounts.models import Login
from app.accounts.permissions import Role
from app.audit.models import Did
from app.core import clock
from app.core.db import Database
from app.core.scope import Scope
from tests.http.test_sign_in import enter, guess, later
from tests.support.build import PASSWORD, Builder
from tests.support.client import Browser
from tests.support.team import NEXT, recorded


def test_one_device_is_signed_out_from_another(client: Browser, build: Builder, app: Any) -> None:
    lost = Browser(app, build).as_("awa")
    page = client.as_("awa").get("/compte")
    actions = re.findall(r'action="(/compte/appareils/[^"]+)"', page.text)

    answer = client.post(actions[0])

    assert len(actions) == 1, "this device is not to be signed out from here"
    assert "Appareil déconnecté" in client.get(answer.headers["location"]).text
    assert lost.get("/compte").status_code == 401


def test_a_colleagues_device_is_not_found(
    client: Browser, build: Builder, database: Database
) -> None:
    build.token("bruno")
    with database.reading(Scope.system("tests")) as db:
        theirs = db.exec(
            select(Login).where(col(Login.account_id) == build.account_id("bruno"))
        ).one()

    answer = client.as_("awa").post(f"/compte/appareils/{theirs.id}/deconnecter")

    assert answer.status_code == 404


def test_a_changed_password_ends_the_other_sign_ins(
    client: Browser, build: Builder, app: Any
) -> None:
    elsewhere = Browser(app, build).as_("awa")
    client.as_("awa")

    changed = client.post("/compte/mot-de-passe", data={"current": PASSWORD, "password": NEXT})

    assert changed.status_code == 303
    assert client.get("/compte").status_code == 200
    assert elsewhere.get("/compte").status_code == 401
    client.cookies.clear()
    assert enter(client, password=PASSWORD).status_code == 422
    assert enter(client, password=NEXT).status_code == 303


@pytest.mark.parametrize(
    ("typed", "because"),
    [
        ({"current": "un autre", "password": NEXT}, "votre mot de passe actuel"),
        ({"current": PASSWORD, "password": "motdepasse123"}, "trop courant"),
        ({"current": PASSWORD, "password": "vive diallo toujours"}, "sans votre nom"),
        ({"current": PASSWORD, "password": "court"}, "au moins 12 signes"),
        ({"current": PASSWORD, "password": PASSWORD}, "le même mot de passe"),
        ({"current": PASSWORD, "password": "Médiathèque-des-Quais"}, "de votre structure"),
        ({"password": NEXT}, "Tapez votre mot de passe actuel"),
    ],
)
def test_a_refused_change_says_why_and_changes_nothing(
    client: Browser, build: Builder, typed: dict[str, str], because: str
) -> None:
    client.as_("awa")

    refused = client.post("/compte/mot-de-passe", data=typed)

    assert refused.status_code == 422
    assert because in refused.text
    assert NEXT not in refused.text
    assert enter(client).status_code == 303


def change(client: Browser, current: str, password: str = NEXT) -> Any:
    return client.post("/compte/mot-de-passe", data={"current": current, "password": password})


def test_a_wrong_current_password_is_slowed_like_a_sign_in(
    client: Browser, build: Builder, database: Database
) -> None:
    client.as_("awa")

    answers = [change(client, "au hasard") for _ in range(6)]
    early = change(client, PASSWORD)
    later(database, timedelta(seconds=2))
    changed = change(client, PASSWORD)

    assert [a.status_code for a in answers] == [422] * 5 + [429]
    assert "Patientez 2\xa0secondes" in answers[-1].text
    assert answers[-1].headers["retry-after"] == "2"
    assert (early.status_code, changed.status_code) == (429, 303)
    assert [r.succeeded for r in recorded(database, Did.CHANGE_PASSWORD)] == [False] * 5 + [True]


def test_strangers_slow_nobody_who_changes_her_password_on_a_known_browser(
    client: Browser, build: Builder, app: Any
) -> None:
    build.everybody()
    enter(client)

    slowed = guess(Browser(app, build), 6)[-1]
    changed = change(client, PASSWORD)

    assert (slowed.status_code, changed.status_code) == (429, 303)


def test_who_mistypes_her_own_password_slows_no_colleague_on_a_known_browser(
    client: Browser, build: Builder, app: Any
) -> None:
    build.everybody()
    enter(client, "bruno@exemple.fr")
    awa = Browser(app, build).as_("awa")

    slowed = [change(awa, "au hasard") for _ in range(6)][-1]

    assert (slowed.status_code, change(client, PASSWORD).status_code) == (429, 303)


def test_a_weak_new_password_counts_as_no_guess(client: Browser, build: Builder) -> None:
    client.as_("awa")

    answers = [change(client, PASSWORD, "court") for _ in range(6)]

    assert {a.status_code for a in answers} == {422}
    assert change(client, PASSWORD).status_code == 303


def copied(client: Browser, app: Any, build: Builder) -> Browser:
    """Hand the cookie that a browser has now to somebody else."""
    thief = Browser(app, build)
    thief.cookies.set("escale", client.cookies["escale"], domain="escale.test", path="/")
    return thief


def test_signing_in_gives_a_new_cookie_and_ends_the_one_the_browser_came_with(
    client: Browser, build: Builder, app: Any
) -> None:
    client.as_("bruno")
    planted = copied(client, app, build)

    enter(client)

    assert "Awa Diallo" in client.get("/compte").text
    assert planted.get("/compte").status_code == 401


def test_a_cookie_that_nobody_gave_is_not_taken_up_at_sign_in(
    client: Browser, build: Builder, app: Any
) -> None:
    build.everybody()
    client.cookies.set("escale", "x" * 43, domain="escale.test", path="/")
    planted = copied(client, app, build)

    enter(client)

    assert client.get("/compte").status_code == 200
    assert planted.get("/compte").status_code == 401


def test_changing_ones_password_gives_a_new_cookie_and_the_old_one_is_dead(
    client: Browser, build: Builder, app: Any
) -> None:
    client.as_("awa")
    thief = copied(client, app, build)

    change(client, PASSWORD)

    assert client.get("/compte").status_code == 200
    assert thief.get("/compte").status_code == 401


def test_another_structure_gives_a_new_cookie_and_another_place_none(
    client: Browser, build: Builder, database: Database, app: Any
) -> None:
    here, there = build.structure_of("awa"), build.structure_of("bruno")
    with database.writing(Scope.system("tests")) as db:
        service.add_membership(
            db, build.account_id("awa"), Role.ADVISER, there.organisation.id, now=clock.now()
        )
    client.as_("awa")
    first = copied(client, app, build)
    client.post("/compte/lieu", data={"place_id": str(here.place.id)})
    same = first.get("/compte").status_code

    client.post("/compte/lieu", data={"place_id": str(there.place.id)})

    assert same == 200
    assert client.get("/compte").status_code == 200
    assert first.get("/compte").status_code == 401


def test_running_another_structure_gives_a_new_cookie(
    client: Browser, build: Builder, database: Database, app: Any
) -> None:
    there = build.structure_of("bruno").organisation.id
    with database.writing(Scope.system("tests")) as db:
        service.add_membership(db, build.account_id("alix"), Role.ADMIN, there, now=clock.now())
    client.as_("alix")
    thief = copied(client, app, build)

    client.post("/administration", data={"organisation_id": str(there)})

    assert "France services du Val" in client.get("/administration").text
    assert thief.get("/compte").status_code == 401


def test_spaces_around_a_password_are_dropped_wherever_it_is_chosen(
    client: Browser, build: Builder, database: Database
) -> None:
    with database.writing(Scope.system("tests")) as db:
        service.create_account(
            db,
            email="zoe@exemple.fr",
            name="Zoé Martin",
            password=f" {NEXT} ",
            memberships=[(Role.FUNDER, None)],
            now=clock.now(),
        )

    assert enter(client, "zoe@exemple.fr", f"{NEXT} ").status_code == 303
