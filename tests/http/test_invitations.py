"""Invitations to a team: links that work once, for one address."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from app.accounts.models import Account, Invitation
from app.accounts.permissions import Role
from app.core import clock
from app.core.db import Database
from app.core.scope import Scope
from tests.http.test_commands import escale  # noqa: F401
from tests.support.build import Builder
from tests.support.client import Browser
from tests.support.team import LINK, WITHDRAW, invited, roles_of

NEW_PERSON = {"name": "Zoé Martin", "password": "trois bateaux verts"}


def test_an_invited_person_makes_her_account_once(client: Browser, database: Database) -> None:
    link = invited(client)
    looked = client.get(link)

    joined = client.post(link, data=NEW_PERSON)
    home = client.get("/compte")
    client.cookies.clear()
    again = client.post(link, data=NEW_PERSON)

    assert "Médiathèque des Quais" in looked.text
    assert joined.headers["location"] == "/"
    assert home.status_code == 200
    assert again.status_code == 410
    assert "a déjà servi" in again.text
    with database.reading(Scope.system("tests")) as db:
        account = db.exec(select(Account).where(col(Account.email) == "zoe@exemple.fr")).one()
    assert roles_of(database, account.id) == {Role.ADVISER}


def test_looking_at_a_link_uses_nothing_and_its_secret_is_not_kept(
    client: Browser, database: Database
) -> None:
    link = invited(client)

    for _ in range(3):
        assert client.get(link).status_code == 200

    with database.reading(Scope.system("tests")) as db:
        kept = db.exec(select(Invitation)).one()
    assert kept.used_at is None
    assert link.split("/")[-1].encode() not in kept.token_digest


def test_a_weak_password_is_said_beside_the_field_and_uses_nothing(client: Browser) -> None:
    link = invited(client)

    refused = client.post(link, data=NEW_PERSON | {"password": "motdepasse123"})
    taken = client.post(link, data=NEW_PERSON)

    assert refused.status_code == 422
    assert "Zoé Martin" in refused.text
    assert "motdepasse123" not in refused.text
    assert taken.status_code == 303


def expire(database: Database) -> None:
    """Let 48 hours pass over every invitation."""
    with database.writing(Scope.system("tests")) as db:
        for row in db.exec(select(Invitation)):
            row.ends_at = clock.now() - timedelta(minutes=1)


def accounts_of(database: Database, email: str) -> int:
    with database.reading(Scope.system("tests")) as db:
        return len(db.exec(select(Account).where(col(Account.email) == email)).all())


def test_an_expired_invitation_says_why_what_to_do_and_where_to_sign_in(
    client: Browser, database: Database
) -> None:
    link = invited(client)
    expire(database)

    looked, joined = client.get(link), client.post(link, data=NEW_PERSON)

    assert (looked.status_code, joined.status_code) == (410, 410)
    for page in (looked.text, joined.text):
        assert '<h1 class="center">Ce lien ne sert plus</h1>' in page
        assert "plus de 48 heures" in page
        assert "Demandez un nouveau lien" in page
        assert "Se connecter" in page
    assert accounts_of(database, "zoe@exemple.fr") == 0


def test_an_expired_invitation_is_taken_by_no_account(
    client: Browser, build: Builder, database: Database
) -> None:
    link = invited(client, "bruno@exemple.fr", "coordinator")
    expire(database)

    late = client.as_("bruno").post(f"{link}/rejoindre")

    assert late.status_code == 410
    assert roles_of(database, build.account_id("bruno")) == {Role.ADVISER}


def test_an_invitation_withdrawn_between_looking_and_joining_makes_nothing(
    client: Browser, database: Database
) -> None:
    link = invited(client)
    looked = client.get(link)
    page = client.as_("alix").get("/administration/equipe")
    withdraw = re.search(r"/administration/equipe/invitations/[^/]+/retirer", page.text)
    assert withdraw
    client.post(withdraw.group())
    client.cookies.clear()

    gone = client.post(link, data=NEW_PERSON)

    assert (looked.status_code, gone.status_code) == (200, 410)
    assert "a été retirée" in gone.text
    assert accounts_of(database, "zoe@exemple.fr") == 0


def test_a_link_that_was_never_made_is_not_found(client: Browser) -> None:
    assert client.get(f"/invitation/{'x' * 43}").status_code == 404
    assert client.post(f"/invitation/{'x' * 43}", data=NEW_PERSON).status_code == 404


@pytest.mark.parametrize("how", ["withdrawn", "another role", "closed"])
def test_who_no_longer_runs_the_structure_invites_nobody(
    client: Browser,
    build: Builder,
    database: Database,
    escale: Callable[..., tuple[int, str, str]],  # noqa: F811
    how: str,
) -> None:
    link = invited(client)
    awa, alix = build.account_id("awa"), build.account_id("alix")
    client.as_("alix").post(f"/administration/equipe/{awa}", data={"roles": ["adviser", "admin"]})

    client.as_("awa")
    if how == "withdrawn":
        client.post(f"/administration/equipe/{alix}/retirer", data=WITHDRAW)
    elif how == "another role":
        client.post(f"/administration/equipe/{alix}", data={"roles": ["coordinator"]})
    else:
        escale("account", "disable", "alix@exemple.fr")
    client.cookies.clear()

    assert client.post(link, data=NEW_PERSON).status_code == 410
    assert accounts_of(database, "zoe@exemple.fr") == 0


def test_an_invitation_is_taken_once_by_an_account_too(
    client: Browser, build: Builder, database: Database
) -> None:
    link = invited(client, "bruno@exemple.fr", "coordinator")
    bruno = build.account_id("bruno")
    client.as_("bruno").post(f"{link}/rejoindre")
    client.as_("alix").post(f"/administration/equipe/{bruno}/retirer", data=WITHDRAW)

    again = client.as_("bruno").post(f"{link}/rejoindre")

    assert again.status_code == 410
    assert "a déjà servi" in again.text
    assert roles_of(database, bruno) == {Role.ADVISER}


def test_an_account_that_was_closed_is_not_opened_by_an_invitation(
    client: Browser,
    build: Builder,
    database: Database,
    escale: Callable[..., tuple[int, str, str]],  # noqa: F811
) -> None:
    link = invited(client, "bruno@exemple.fr")
    escale("account", "disable", "bruno@exemple.fr")

    refused = client.post(link, data=NEW_PERSON)

    assert refused.status_code == 422
    assert "a été fermé" in refused.text
    assert "Zoé Martin" in refused.text
    assert client.as_("bruno").get("/compte").status_code == 401


def test_a_structures_name_is_no_password_of_its_own_people(client: Browser) -> None:
    link = invited(client)

    refused = client.post(link, data=NEW_PERSON | {"password": "Médiathèque des Quais"})

    assert refused.status_code == 422
    assert "nom d’Escale ou de votre structure" in refused.text


def test_joining_a_second_structure_gives_a_new_cookie_and_ends_the_others(
    client: Browser, build: Builder, app: Any
) -> None:
    link = invited(client, "bruno@exemple.fr", "coordinator")
    client.as_("bruno")
    elsewhere = Browser(app, build).as_("bruno")
    former = client.cookies["escale"]

    client.post(f"{link}/rejoindre")

    assert client.cookies["escale"] != former
    assert client.get("/compte").status_code == 200
    assert elsewhere.get("/compte").status_code == 401
    client.cookies.set("escale", former, domain="escale.test", path="/")
    assert client.get("/compte").status_code == 401


def test_somebody_signed_in_with_another_address_cannot_take_an_invitation(
    client: Browser, build: Builder, database: Database
) -> None:
    link = invited(client, "bruno@exemple.fr")
    client.as_("dora")

    answers = [
        client.get(link),
        client.post(f"{link}/rejoindre"),
        client.post(link, data=NEW_PERSON),
    ]

    assert {answer.status_code for answer in answers} == {409}
    assert all("pour une autre adresse" in answer.text for answer in answers)
    assert roles_of(database, build.account_id("dora")) == {Role.DPO}


def test_an_account_invited_to_a_second_structure_signs_in_and_accepts(
    client: Browser, build: Builder, database: Database
) -> None:
    link = invited(client, "Bruno@exemple.fr", "coordinator")
    unsigned = client.post(link, data=NEW_PERSON)

    client.as_("bruno")
    offered = client.get(link)
    client.post(f"{link}/rejoindre")

    assert unsigned.status_code == 422
    assert "Connectez-vous" in unsigned.text
    assert f'action="{link}/rejoindre"' in offered.text
    assert roles_of(database, build.account_id("bruno")) == {Role.ADVISER, Role.COORDINATOR}


def test_a_new_invitation_to_the_same_role_closes_the_former(client: Browser) -> None:
    first, second = invited(client), invited(client)

    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200


@pytest.mark.parametrize(
    ("typed", "because"),
    [
        ({"email": "awa", "role": "adviser"}, "adresse e-mail complète"),
        ({"email": "awa@exemple.fr", "role": "adviser"}, "a déjà ce rôle"),
        ({"email": "zoe@exemple.fr", "role": "instance_admin"}, "Choisissez un rôle"),
        ({"email": "zoe@exemple.fr"}, "Choisissez un rôle"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused(
    client: Browser, typed: dict[str, str], because: str
) -> None:
    answer = client.as_("alix").post("/administration/equipe", data=typed)

    assert answer.status_code == 422
    assert because in answer.text


def test_the_command_invites_and_prints_the_link(
    build: Builder,
    client: Browser,
    escale: Callable[..., tuple[int, str, str]],  # noqa: F811
) -> None:
    build.everybody()

    code, out, _ = escale(
        *("account", "invite", "zoe@exemple.fr"),
        *("--role", "adviser", "--organisation", "mediatheque-des-quais"),
    )
    refused, _, said = escale("account", "invite", "zoe@exemple.fr", "--role", "adviser")

    link = LINK.search(out)
    assert code == 0
    assert link
    assert client.get(link.group()).status_code == 200
    assert refused == 1
    assert "--organisation" in said


def test_an_adviser_of_one_structure_runs_another(
    client: Browser, build: Builder, database: Database
) -> None:
    link = invited(client, "bruno@exemple.fr", "admin")

    client.as_("bruno").post(f"{link}/rejoindre")

    assert "Médiathèque des Quais" in client.get("/administration").text
    assert client.get("/beneficiaires").status_code == 200
