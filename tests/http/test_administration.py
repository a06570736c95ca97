"""A structure runs itself: places, settings, tags, team."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from app.accounts.models import Account, Invitation, Membership
from app.accounts.permissions import Role
from app.core import clock
from app.core.db import Database
from app.core.errors import Invalid
from app.core.ids import new_id
from app.core.scope import Scope
from app.organisations import service
from app.organisations.models import Place, Tag
from tests.http.test_commands import escale  # noqa: F401
from tests.support.build import PASSWORD, TODAY, Builder
from tests.support.client import Browser

PLACE = {
    "name": "Mairie annexe",
    "commune": "Rennes",
    "address": "2 rue du Port",
    "hours": "mardi, 9 h – 12 h",
}
LINK = re.compile(r"/(?:invitation|mot-de-passe)/[\w-]{43}")
NEW_PERSON = {"name": "Zoé Martin", "password": "trois bateaux verts"}


def place_named(database: Database, name: str) -> Place:
    with database.reading(Scope.system("tests")) as db:
        return db.exec(select(Place).where(col(Place.name) == name)).one()


def invited(client: Browser, email: str = "zoe@exemple.fr", role: str = "adviser") -> str:
    """Invite somebody as Alix; give the path of the link."""
    page = client.as_("alix").post("/administration/equipe", data={"email": email, "role": role})
    found = LINK.search(page.text)
    assert found, page.text
    client.cookies.clear()
    return found.group()


def roles_of(database: Database, account_id: UUID) -> set[Role]:
    with database.reading(Scope.system("tests")) as db:
        rows = db.exec(select(Membership).where(col(Membership.account_id) == account_id))
        return {row.role for row in rows if row.ended_at is None}


def test_the_way_in_is_shown_to_the_administrator_only(client: Browser) -> None:
    seen = client.as_("alix").get("/administration")
    hidden = client.as_("awa").get("/activites")

    assert seen.status_code == 200
    assert "Médiathèque des Quais" in seen.text
    assert 'href="/administration"' not in hidden.text


def test_a_place_is_added_with_its_commune_and_time_zone(
    client: Browser, database: Database
) -> None:
    answer = client.as_("alix").post(
        "/administration/lieux", data=PLACE | {"commune": "Saint-Denis (La Réunion)"}
    )

    place = place_named(database, "Mairie annexe")
    listed = client.get(answer.headers["location"])
    assert (place.commune, place.zone) == ("97411", "Indian/Reunion")
    assert "2 rue du Port" in listed.text
    assert "Lieu ajouté" in listed.text


def test_an_ambiguous_commune_is_asked_again_and_what_was_typed_stays(client: Browser) -> None:
    answer = client.as_("alix").post(
        "/administration/lieux", data=PLACE | {"commune": "Saint-Denis"}
    )

    assert answer.status_code == 422
    assert "Précisez la commune" in answer.text
    assert "2 rue du Port" in answer.text


def test_a_place_is_changed(client: Browser, build: Builder, database: Database) -> None:
    place = build.structure_of("alix").place

    client.as_("alix").post(f"/administration/lieux/{place.id}", data=PLACE)

    changed = place_named(database, "Mairie annexe")
    assert (changed.id, changed.slug, changed.hours) == (place.id, place.slug, PLACE["hours"])


def test_a_place_closed_while_somebody_logs_there_says_so_at_saving(
    client: Browser, build: Builder, database: Database
) -> None:
    client.as_("alix").post("/administration/lieux", data=PLACE)
    place = place_named(database, "Mairie annexe")
    with database.writing(Scope.system("tests")) as db:
        kept = db.get(Place, place.id)
        assert kept is not None
        kept.opened_on = date(2026, 1, 1)
    build.a_session(place_id=place.id)

    closed = client.post(
        f"/administration/lieux/{place.id}/fermer", data={"closed_on": TODAY.isoformat()}
    )
    with pytest.raises(Invalid, match="Ce lieu est fermé depuis le 24\xa0novembre 2026"):
        build.a_session(place_id=place.id)

    assert closed.status_code == 303
    assert "fermé depuis le 24" in client.get("/administration/lieux").text
    client.post(f"/administration/lieux/{place.id}/rouvrir")
    build.a_session(place_id=place.id)


@pytest.mark.parametrize(
    ("day", "because"),
    [("2999-01-01", "aujourd’hui ou un jour passé"), ("1990-01-01", "pas encore ouvert")],
)
def test_a_place_closes_on_a_day_that_makes_sense(
    client: Browser, database: Database, day: str, because: str
) -> None:
    client.as_("alix").post("/administration/lieux", data=PLACE)
    place = place_named(database, "Mairie annexe")

    answer = client.post(f"/administration/lieux/{place.id}/fermer", data={"closed_on": day})

    assert answer.status_code == 422
    assert because in answer.text


def test_the_last_open_place_stays_open(client: Browser, build: Builder) -> None:
    place = build.structure_of("alix").place

    answer = client.as_("alix").post(
        f"/administration/lieux/{place.id}/fermer", data={"closed_on": TODAY.isoformat()}
    )

    assert answer.status_code == 422
    assert "dernier lieu ouvert" in answer.text


def test_two_open_places_do_not_share_a_name(client: Browser) -> None:
    client.as_("alix").post("/administration/lieux", data=PLACE)

    answer = client.post("/administration/lieux", data=PLACE | {"name": "MAIRIE  annexe"})

    assert answer.status_code == 422
    assert "porte déjà ce nom" in answer.text


def test_usual_durations_are_those_of_the_structure(
    client: Browser, build: Builder, database: Database
) -> None:
    here = build.structure_of("alix").organisation.id
    with database.reading(Scope.system("tests")) as db:
        before = service.usual_durations(db, here)

    client.as_("alix").post(
        "/administration/structure", data={"name": "Les Quais", "durations": "45 min, 10; 20 10"}
    )

    with database.reading(Scope.system("tests")) as db:
        after = service.usual_durations(db, here)
    assert before == (15, 30, 45, 60, 90)
    assert after == (10, 20, 45)
    assert "Les Quais" in client.get("/administration").text


@pytest.mark.parametrize(
    "typed", ["2", "500", "-15", "une heure", "5 10 15 20 25 30 35", "9999999"]
)
def test_durations_that_are_none_are_refused_and_kept_on_screen(
    client: Browser, typed: str
) -> None:
    answer = client.as_("alix").post(
        "/administration/structure", data={"name": "Les Quais", "durations": typed}
    )

    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text


def test_a_tag_is_offered_then_no_more_then_again(
    client: Browser, build: Builder, database: Database
) -> None:
    here = build.structure_of("alix").organisation.id

    def offered() -> list[str]:
        with database.reading(Scope.system("tests")) as db:
            return [t.label for t in service.tags(db, here, on=clock.now().date())]

    client.as_("alix").post("/administration/structure/etiquettes", data={"label": "Mairie"})
    twice = client.post("/administration/structure/etiquettes", data={"label": "mairie"})
    assert offered() == ["Mairie"]
    with database.reading(Scope.system("tests")) as db:
        tag = db.exec(select(Tag)).one()
    client.post(f"/administration/structure/etiquettes/{tag.id}/retirer")
    assert offered() == []
    client.post("/administration/structure/etiquettes", data={"label": "Mairie"})

    assert offered() == ["Mairie"]
    assert twice.status_code == 422
    assert "existe déjà" in twice.text


def test_nothing_of_another_structure_is_reached_by_its_id(
    client: Browser, build: Builder, database: Database
) -> None:
    theirs = build.structure_of("bruno")
    with database.writing(Scope.system("tests")) as db:
        tag = Tag(organisation_id=theirs.organisation.id, label="Val")
        invitation = Invitation(
            organisation_id=theirs.organisation.id,
            email="qui@exemple.fr",
            role=Role.ADVISER,
            token_digest=b"x",
            created_at=clock.now(),
            ends_at=clock.now() + timedelta(hours=1),
        )
        db.add(tag)
        db.add(invitation)
    bruno = build.account_id("bruno")
    client.as_("alix")

    answers = [
        client.get(f"/administration/lieux/{theirs.place.id}"),
        client.post(f"/administration/lieux/{theirs.place.id}", data=PLACE),
        client.post(f"/administration/lieux/{theirs.place.id}/fermer", data={"closed_on": TODAY}),
        client.post(f"/administration/lieux/{theirs.place.id}/rouvrir"),
        client.post(f"/administration/structure/etiquettes/{tag.id}/retirer"),
        client.post(f"/administration/equipe/invitations/{invitation.id}/retirer"),
        client.get(f"/administration/equipe/{bruno}"),
        client.post(f"/administration/equipe/{bruno}", data={"roles": ["admin"]}),
        client.post(f"/administration/equipe/{bruno}/retirer"),
        client.post(f"/administration/equipe/{bruno}/lien"),
        client.post("/administration", data={"organisation_id": str(theirs.organisation.id)}),
        client.get(f"/administration/equipe/{new_id()}"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert roles_of(database, bruno) == {Role.ADVISER}


def test_the_team_is_listed_with_roles_and_last_visit(client: Browser, build: Builder) -> None:
    build.token("awa")

    page = client.as_("alix").get("/administration/equipe")

    assert "Awa Diallo" in page.text
    assert "Conseiller numérique" in page.text
    assert "Dernier passage\xa0: aujourd’hui" in page.text
    assert "Bruno Petit" not in page.text


def test_an_invited_person_makes_her_account_once(client: Browser, database: Database) -> None:
    link = invited(client)
    looked = client.get(link)

    joined = client.post(link, data=NEW_PERSON)
    home = client.get("/")
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


def test_an_expired_or_withdrawn_invitation_says_so(client: Browser, database: Database) -> None:
    old, withdrawn = invited(client), invited(client, "lea@exemple.fr")
    with database.writing(Scope.system("tests")) as db:
        for row in db.exec(select(Invitation)):
            if row.email == "zoe@exemple.fr":
                row.ends_at = clock.now() - timedelta(minutes=1)
            else:
                to_withdraw = row.id
    client.as_("alix").post(f"/administration/equipe/invitations/{to_withdraw}/retirer")
    client.cookies.clear()

    late, gone = client.get(old), client.post(withdrawn, data=NEW_PERSON)

    assert (late.status_code, gone.status_code) == (410, 410)
    assert "plus de 48 heures" in late.text
    assert "a été retirée" in gone.text
    assert client.get(f"/invitation/{'x' * 43}").status_code == 404


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


def test_a_withdrawn_colleague_is_out_at_the_next_request_and_her_notes_stay(
    client: Browser, build: Builder, app: Any, database: Database
) -> None:
    build.a_session(by="awa")
    awa = Browser(app, build).as_("awa")
    before = awa.get("/activites")

    answer = client.as_("alix").post(f"/administration/equipe/{build.account_id('awa')}/retirer")
    after = awa.get("/activites")

    assert (before.status_code, after.status_code) == (200, 403)
    assert "Les notes restent" in client.get(answer.headers["location"]).text
    assert roles_of(database, build.account_id("awa")) == set()


def test_a_withdrawn_colleague_may_be_invited_again(
    client: Browser, build: Builder, database: Database
) -> None:
    awa = build.account_id("awa")
    client.as_("alix").post(f"/administration/equipe/{awa}/retirer")
    link = invited(client, "awa@exemple.fr")

    client.as_("awa").post(f"{link}/rejoindre")

    assert roles_of(database, awa) == {Role.ADVISER}


def test_the_last_administrator_cannot_leave_nor_lose_the_role(
    client: Browser, build: Builder, database: Database
) -> None:
    alix = build.account_id("alix")
    client.as_("alix")

    left = client.post(f"/administration/equipe/{alix}/retirer")
    lost = client.post(f"/administration/equipe/{alix}", data={"roles": ["adviser"]})
    nothing = client.post(f"/administration/equipe/{alix}", data={})

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

    left = client.post(f"/administration/equipe/{alix}/retirer")

    assert left.headers["location"] == "/compte"
    assert roles_of(database, awa) == {Role.ADVISER, Role.ADMIN}
    assert client.get("/administration").status_code == 403
    client.cookies.clear()
    assert client.get(link).status_code == 410


def test_an_adviser_of_one_structure_runs_another(
    client: Browser, build: Builder, database: Database
) -> None:
    link = invited(client, "bruno@exemple.fr", "admin")

    client.as_("bruno").post(f"{link}/rejoindre")

    assert "Médiathèque des Quais" in client.get("/administration").text
    assert client.get("/activites").status_code == 200


def test_a_role_that_nobody_gives_here_is_refused(
    client: Browser, build: Builder, database: Database
) -> None:
    awa = build.account_id("awa")

    answer = client.as_("alix").post(
        f"/administration/equipe/{awa}", data={"roles": ["adviser", "instance_admin"]}
    )

    assert answer.status_code == 422
    assert roles_of(database, awa) == {Role.ADVISER}


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
    assert awa.get("/activites").status_code == 401
    old = client.post("/connexion", data={"email": "awa@exemple.fr", "password": PASSWORD})
    new = client.post(
        "/connexion", data={"email": "awa@exemple.fr", "password": "quatre vélos jaunes"}
    )
    assert (old.status_code, new.status_code) == (422, 303)


def test_an_administrator_resets_nobody_who_has_an_access_elsewhere(
    client: Browser, build: Builder
) -> None:
    answer = client.as_("alix").post(f"/administration/equipe/{build.account_id('claire')}/lien")

    assert answer.status_code == 422
    assert "aussi un accès ailleurs" in answer.text


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


def test_two_structures_may_have_places_of_the_same_name(
    client: Browser, build: Builder, database: Database
) -> None:
    theirs = build.structure_of("bruno")
    with database.writing(Scope.system("tests")) as db:
        service.create_place(
            db, theirs.organisation, name=PLACE["name"], commune="35238", opened_on=TODAY
        )

    answer = client.as_("alix").post("/administration/lieux", data=PLACE)

    assert answer.status_code == 303
