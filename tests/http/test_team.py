"""A team: who belongs to it, with which roles, and how an access ends."""

from typing import Any

from app.accounts.permissions import Role
from app.audit.models import Did
from app.core.db import Database
from app.core.scope import Scope
from app.sessions.models import AssistedSession
from tests.support.build import Builder
from tests.support.client import Browser
from tests.support.team import WITHDRAW, invited, recorded, roles_of


def test_the_team_is_listed_with_roles_and_last_visit(client: Browser, build: Builder) -> None:
    build.token("awa")

    page = client.as_("alix").get("/administration/equipe")

    assert "Awa Diallo" in page.text
    assert "Conseiller numérique" in page.text
    assert "Dernier passage\xa0: aujourd’hui" in page.text
    assert "Bruno Petit" not in page.text


def test_an_access_is_withdrawn_after_a_page_that_says_what_ends_and_asks_for_the_word(
    client: Browser, build: Builder, database: Database
) -> None:
    awa = build.account_id("awa")
    build.token("awa")
    page = f"/administration/equipe/{awa}/retirer"
    client.as_("alix")

    asked = client.get(page)
    by_mistake = client.post(page)
    another = client.post(page, data={"word": "oui"})
    kept = roles_of(database, awa)
    done = client.post(page, data={"word": " Retirer "})

    assert asked.status_code == 200
    assert "Rôle qui s’arrête\xa0: <strong>Conseiller numérique</strong>" in asked.text
    assert "1\xa0appareil sera déconnecté" in asked.text
    assert {by_mistake.status_code, another.status_code} == {422}
    assert "Tapez le mot «\xa0retirer\xa0» pour continuer" in another.text
    assert 'value="oui"' in another.text
    assert kept == {Role.ADVISER}
    assert done.status_code == 303
    assert roles_of(database, awa) == set()


def test_a_withdrawn_colleague_is_out_at_the_next_request_and_her_notes_stay(
    client: Browser, build: Builder, app: Any, database: Database
) -> None:
    note = build.a_session(by="awa")
    awa = Browser(app, build).as_("awa")
    before = awa.get("/compte")

    answer = client.as_("alix").post(
        f"/administration/equipe/{build.account_id('awa')}/retirer", data=WITHDRAW
    )
    after = awa.get("/compte")
    back = awa.as_("awa").get("/beneficiaires")

    assert (before.status_code, after.status_code, back.status_code) == (200, 401, 403)
    assert "Les notes restent" in client.get(answer.headers["location"]).text
    assert roles_of(database, build.account_id("awa")) == set()
    with database.reading(Scope.system("tests")) as db:
        assert db.get(AssistedSession, note.id) is not None
    assert [r.subject_id for r in recorded(database, Did.CHANGE_TEAM)] == [build.account_id("awa")]


def test_a_withdrawn_colleague_may_be_invited_again(
    client: Browser, build: Builder, database: Database
) -> None:
    awa = build.account_id("awa")
    client.as_("alix").post(f"/administration/equipe/{awa}/retirer", data=WITHDRAW)
    link = invited(client, "awa@exemple.fr")

    client.as_("awa").post(f"{link}/rejoindre")

    assert roles_of(database, awa) == {Role.ADVISER}


def test_the_last_administrator_cannot_leave_nor_lose_the_role(
    client: Browser, build: Builder, database: Database
) -> None:
    alix = build.account_id("alix")
    client.as_("alix")

    asked = client.get(f"/administration/equipe/{alix}/retirer")
    left = client.post(f"/administration/equipe/{alix}/retirer", data=WITHDRAW)
    lost = client.post(f"/administration/equipe/{alix}", data={"roles": ["adviser"]})
    nothing = client.post(f"/administration/equipe/{alix}", data={})

    assert "Vous êtes le seul administrateur" in asked.text
    assert {left.status_code, lost.status_code, nothing.status_code} == {422}
    assert "doit garder un administrateur" in left.text
    assert "doit garder un administrateur" in lost.text
    assert roles_of(database, alix) == {Role.ADMIN}


def test_with_another_administrator_she_may_leave_and_her_links_close(
    client: Browser, build: Builder, database: Database
) -> None:
    link = invited(client)
    awa, alix = build.account_id("awa"), build.account_id("alix")
    client.as_("alix")
    client.post(f"/administration/equipe/{awa}", data={"roles": ["adviser", "admin"]})

    left = client.post(f"/administration/equipe/{alix}/retirer", data=WITHDRAW)

    assert left.headers["location"] == "/compte"
    assert roles_of(database, awa) == {Role.ADVISER, Role.ADMIN}
    assert client.get("/administration").status_code == 403
    client.cookies.clear()
    assert client.get(link).status_code == 410


def test_whose_role_changes_signs_in_again_and_what_she_wrote_is_kept(
    client: Browser, build: Builder, app: Any
) -> None:
    awa = Browser(app, build).as_("awa")
    roles = {"roles": ["adviser", "coordinator"]}

    client.as_("alix").post(f"/administration/equipe/{build.account_id('awa')}", data=roles)
    refused = awa.post("/beneficiaires", data={"given_name": "Nicole"})

    assert refused.status_code == 401
    assert 'name="kept"' in refused.text


def test_the_same_roles_again_sign_nobody_out(client: Browser, build: Builder, app: Any) -> None:
    awa = Browser(app, build).as_("awa")

    client.as_("alix").post(
        f"/administration/equipe/{build.account_id('awa')}", data={"roles": ["adviser"]}
    )

    assert awa.get("/compte").status_code == 200


def test_who_changes_her_own_roles_goes_on_with_a_new_cookie_and_the_old_one_is_dead(
    client: Browser, build: Builder, app: Any
) -> None:
    client.as_("alix")
    thief, elsewhere = Browser(app, build), Browser(app, build).as_("alix")
    thief.cookies.set("escale", client.cookies["escale"], domain="escale.test", path="/")

    client.post(
        f"/administration/equipe/{build.account_id('alix')}", data={"roles": ["admin", "adviser"]}
    )

    assert client.get("/administration").status_code == 200
    assert {thief.get("/compte").status_code, elsewhere.get("/compte").status_code} == {401}


def test_a_role_that_nobody_gives_here_is_refused(
    client: Browser, build: Builder, database: Database
) -> None:
    awa = build.account_id("awa")

    answer = client.as_("alix").post(
        f"/administration/equipe/{awa}", data={"roles": ["adviser", "instance_admin"]}
    )

    assert answer.status_code == 422
    assert roles_of(database, awa) == {Role.ADVISER}
