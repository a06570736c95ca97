"""Links by which somebody who forgot her password chooses another."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlmodel import select

from app.accounts.models import PasswordReset
from app.audit.models import Did
from app.core import clock
from app.core.db import Database
from app.core.scope import Scope
from tests.http.test_commands import escale  # noqa: F401
from tests.support.build import PASSWORD, Builder
from tests.support.client import Browser
from tests.support.team import LINK, NEXT, WITHDRAW, recorded


def test_a_reset_link_works_once_and_ends_every_sign_in(
    client: Browser, build: Builder, app: Any
) -> None:
    awa = Browser(app, build).as_("awa")
    page = client.as_("alix").post(f"/administration/equipe/{build.account_id('awa')}/lien")
    link = LINK.search(page.text)
    assert link
    client.cookies.clear()

    looked = client.get(link.group())
    weak = client.post(link.group(), data={"password": "motdepasse123"})
    chosen = client.post(link.group(), data={"password": "quatre vélos jaunes"})
    again = client.post(link.group(), data={"password": "quatre vélos jaunes"})

    assert (looked.status_code, weak.status_code, chosen.status_code) == (200, 422, 200)
    assert again.status_code == 410
    assert awa.get("/compte").status_code == 401
    old = client.post("/connexion", data={"email": "awa@exemple.fr", "password": PASSWORD})
    new = client.post(
        "/connexion", data={"email": "awa@exemple.fr", "password": "quatre vélos jaunes"}
    )
    assert (old.status_code, new.status_code) == (422, 303)


def offered(client: Browser, build: Builder, to: str = "awa") -> str:
    """Make a link as Alix; give its path."""
    page = client.as_("alix").post(f"/administration/equipe/{build.account_id(to)}/lien")
    found = LINK.search(page.text)
    assert found, page.text
    client.cookies.clear()
    return found.group()


def test_an_administrator_resets_nobody_who_has_an_access_elsewhere(
    client: Browser, build: Builder, database: Database
) -> None:
    answer = client.as_("alix").post(f"/administration/equipe/{build.account_id('claire')}/lien")

    assert answer.status_code == 422
    assert "aussi un accès ailleurs" in answer.text
    assert "escale account reset-link" in answer.text
    assert recorded(database, Did.RESET_PASSWORD) == []


def test_a_reset_link_is_dead_after_half_an_hour(
    client: Browser, build: Builder, database: Database
) -> None:
    link = offered(client, build)
    with database.writing(Scope.system("tests")) as db:
        made = db.exec(select(PasswordReset)).one()
        assert made.ends_at - made.created_at == timedelta(minutes=30)
        made.ends_at = clock.now()

    late = client.post(link, data={"password": NEXT})

    assert late.status_code == 410
    assert "plus de 30 minutes" in late.text
    assert "Demandez-en un autre" in late.text


def test_a_new_link_closes_the_former(client: Browser, build: Builder) -> None:
    first, second = offered(client, build), offered(client, build)

    assert (client.get(first).status_code, client.get(second).status_code) == (410, 200)


def test_who_no_longer_runs_the_structure_resets_nobody(client: Browser, build: Builder) -> None:
    link = offered(client, build)
    alix = build.account_id("alix")
    client.as_("alix").post(
        f"/administration/equipe/{build.account_id('awa')}", data={"roles": ["adviser", "admin"]}
    )

    client.as_("awa").post(f"/administration/equipe/{alix}/retirer", data=WITHDRAW)
    client.cookies.clear()

    assert client.post(link, data={"password": NEXT}).status_code == 410


def test_who_runs_the_instance_resets_by_a_command_even_in_two_structures(
    client: Browser,
    build: Builder,
    database: Database,
    escale: Callable[..., tuple[int, str, str]],  # noqa: F811
) -> None:
    claire = build.account_id("claire")

    code, out, _ = escale("account", "reset-link", " Claire@exemple.fr ")
    link = LINK.search(out)
    assert link
    chosen = client.post(link.group(), data={"password": NEXT})
    again = client.post(link.group(), data={"password": NEXT})

    assert (code, chosen.status_code, again.status_code) == (0, 200, 410)
    signed_in = client.post("/connexion", data={"email": "claire@exemple.fr", "password": NEXT})
    assert signed_in.status_code == 303
    made = recorded(database, Did.RESET_PASSWORD)
    assert [(r.account_id, r.subject_id) for r in made] == [(None, claire)]
    assert [r.subject_id for r in recorded(database, Did.CHANGE_PASSWORD)] == [claire]


def test_the_command_refuses_who_is_unknown_and_who_is_closed(
    build: Builder,
    escale: Callable[..., tuple[int, str, str]],  # noqa: F811
) -> None:
    build.everybody()
    escale("account", "disable", "bruno@exemple.fr")

    unknown = escale("account", "reset-link", "qui@exemple.fr")
    closed = escale("account", "reset-link", "bruno@exemple.fr")

    assert (unknown[0], closed[0]) == (1, 1)
    assert "Aucun compte" in unknown[2]
    assert "est fermé" in closed[2]
    assert unknown[1] == closed[1] == ""


def test_the_person_is_told_where_she_is_signed_in_and_may_cancel_the_link(
    client: Browser, build: Builder, app: Any, database: Database
) -> None:
    awa = Browser(app, build).as_("awa")
    before = awa.get("/beneficiaires")
    link = offered(client, build)

    told = awa.get("/beneficiaires")
    page = awa.get("/compte")
    cancel = re.search(r"/compte/liens/[^/]+/annuler", page.text)
    assert cancel
    awa.post(cancel.group())

    assert "Un lien pour changer votre mot de passe" not in before.text
    assert "Un lien pour changer votre mot de passe" in told.text
    assert "Créé par Alix Moreau" in page.text
    assert client.post(link, data={"password": NEXT}).status_code == 410
    assert "Un lien pour changer votre mot de passe" not in awa.get("/beneficiaires").text
    assert [r.account_id for r in recorded(database, Did.CANCEL_RESET)] == [build.account_id("awa")]


def test_the_person_is_told_at_her_next_sign_in_until_she_says_that_she_saw_it(
    client: Browser, build: Builder
) -> None:
    client.post(offered(client, build), data={"password": NEXT})
    client.post("/connexion", data={"email": "awa@exemple.fr", "password": NEXT})

    told = client.get("/beneficiaires")
    client.post("/compte/liens/vus")
    after = client.get("/beneficiaires")
    account = client.get("/compte")

    assert "Un lien pour changer votre mot de passe" in told.text
    assert "Un lien pour changer votre mot de passe" not in after.text
    assert "a servi aujourd’hui" in account.text, "the list stays"


def test_a_colleagues_link_is_not_found(
    client: Browser, build: Builder, database: Database
) -> None:
    link = offered(client, build)
    with database.reading(Scope.system("tests")) as db:
        made = db.exec(select(PasswordReset)).one()

    answer = client.as_("bruno").post(f"/compte/liens/{made.id}/annuler")
    client.cookies.clear()

    assert answer.status_code == 404
    assert client.get(link).status_code == 200


def test_a_reset_link_takes_no_password_made_of_the_structures_name(
    client: Browser, build: Builder
) -> None:
    refused = client.post(offered(client, build), data={"password": "Médiathèque des Quais"})

    assert refused.status_code == 422
    assert "nom d’Escale ou de votre structure" in refused.text
