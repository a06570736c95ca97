"""A structure runs itself: places, settings, tags, team."""

import re
from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from app.accounts.models import Invitation
from app.accounts.permissions import Role
from app.core import clock
from app.core.db import Database
from app.core.errors import Invalid
from app.core.ids import new_id
from app.core.scope import Scope
from app.organisations import service
from app.organisations.models import Place, Tag
from tests.support.build import TODAY, Builder
from tests.support.client import Browser
from tests.support.team import WITHDRAW, roles_of

PLACE = {
    "name": "Mairie annexe",
    "commune": "Rennes",
    "address": "2 rue du Port",
    "hours": "mardi, 9 h – 12 h",
}


def place_named(database: Database, name: str) -> Place:
    with database.reading(Scope.system("tests")) as db:
        return db.exec(select(Place).where(col(Place.name) == name)).one()


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
    assert "Choisissez une de ces communes" in answer.text
    assert "2 rue du Port" in answer.text


def test_a_postal_code_that_one_commune_has_is_taken_at_once(
    client: Browser, database: Database
) -> None:
    client.as_("alix").post("/administration/lieux", data=PLACE | {"commune": "35000"})

    assert place_named(database, "Mairie annexe").commune == "35238"


def test_communes_of_one_postal_code_are_offered_and_one_is_chosen(
    client: Browser, database: Database
) -> None:
    asked = client.as_("alix").post("/administration/lieux", data=PLACE | {"commune": "35500"})
    offered = re.findall(r'type="radio" name="commune" value="([^"]+)"', asked.text)

    chosen = client.post(
        "/administration/lieux", data=PLACE | {"commune": ["35500", "Taillis (Ille-et-Vilaine)"]}
    )

    assert asked.status_code == 422
    assert offered[0] == "Vitré (Ille-et-Vilaine)", "the largest comes first"
    assert "Taillis (Ille-et-Vilaine)" in offered
    assert all(value in asked.text for value in ("35500", *PLACE.values()) if value != "Rennes")
    assert chosen.status_code == 303
    assert place_named(database, "Mairie annexe").commune == "35330"


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
        client.get(f"/administration/equipe/{bruno}/retirer"),
        client.post(f"/administration/equipe/{bruno}/retirer", data=WITHDRAW),
        client.post(f"/administration/equipe/{bruno}/lien"),
        client.post("/administration", data={"organisation_id": str(theirs.organisation.id)}),
        client.get(f"/administration/equipe/{new_id()}"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert roles_of(database, bruno) == {Role.ADVISER}


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
