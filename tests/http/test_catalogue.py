"""The catalogue: what people say leads to the right procedure."""

import re
from dataclasses import replace

import pytest
from sqlmodel import select

from app.accounts.actor import Actor, Standing
from app.accounts.permissions import Role
from app.core.db import Database
from app.core.errors import Invalid
from app.core.scope import Scope
from app.procedures import local
from app.procedures.forms import LocalProcedureForm
from app.procedures.models import LocalProcedure, Procedure
from app.procedures.service import catalogue, changed
from tests.support.build import NOW, Builder
from tests.support.client import Browser


@pytest.mark.parametrize(
    ("typed", "title"),
    [("carte grize", "carte grise"), ("la caf", "CAF"), ("permi", "permis"), ("inpots", "mpôt")],
)
def test_a_procedure_is_found_in_spite_of_a_slip(
    client: Browser, build: Builder, typed: str, title: str
) -> None:
    found = client.as_("awa").get("/demarches", params={"q": typed})

    assert title in found.text


def test_a_procedure_has_its_page(client: Browser, build: Builder) -> None:
    page = client.as_("awa").get("/demarches/carte-grise-occasion").text

    for said in ("immatriculation.ants.gouv.fr", "Papiers à préparer", "ce qui aide", "Noter"):
        assert said in page


def test_an_unknown_procedure_is_a_page_that_does_not_exist(
    client: Browser, build: Builder
) -> None:
    response = client.as_("awa").get("/demarches/nulle-part")

    assert response.status_code == 404
    assert "n’est pas au catalogue" in response.text


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/activites?periode=zzz&lieu=zzz&theme=zzz&apres=zzz&genre=zzz&personne=zzz", 200),
        ("/activites/pas-un-numero/corriger", 404),
        ("/demarches?theme=zzz&organisme=zzz", 200),
        (f"/demarches?q={'x' * 3000}", 200),
        ("/nulle-part", 404),
    ],
)
def test_an_odd_address_never_breaks(
    client: Browser, build: Builder, path: str, wanted: int
) -> None:
    response = client.as_("awa").get(path)

    assert response.status_code == wanted
    assert "Traceback" not in response.text
    assert "<h1" in response.text


BUS = {
    "title": "Carte de bus du Val",
    "short_title": "Carte de bus",
    "theme": "transport",
    "provider": "Transports du Val",
    "address": "https://bus.exemple.fr/cartes/",
    "synonyms": "la carte Ticto\nabonnement bus",
    "documents": "photo d’identité",
}
OWN = "/administration/demarches"


def own_slug(build: Builder, who: str = "awa", **changes: str) -> str:
    """Write a local procedure in the structure where somebody works; give its slug."""
    form = LocalProcedureForm(**(BUS | changes))
    writer = replace_role(build.actor(who), Role.ADMIN)
    with build.database.writing(writer.scope) as db:
        return local.add(db, writer, form, now=NOW).slug


def replace_role(actor: Actor, role: Role) -> Actor:
    """Give somebody one role where she works."""
    standing = Standing(actor.organisation_id, frozenset({role}))
    return replace(actor, standings=(standing,), current=standing)


def found_by(client: Browser, who: str, typed: str) -> str:
    """Search the catalogue as somebody, and what « Pour quoi ? » offers."""
    client.as_(who)
    page = client.get("/demarches", params={"q": typed}).text
    return page + client.post("/activites/nouvelle/sujets", data={"q": typed}).text


def test_a_coordinator_writes_a_local_procedure_that_is_found_in_its_structure_only(
    client: Browser, build: Builder
) -> None:
    build.everybody()
    here = build.structure_of("awa").organisation.id

    made = client.as_("claire").post(OWN, data=BUS | {"organisation_id": str(here)})
    shown = client.get(f"{OWN}?structure={here}").text

    assert made.status_code == 303
    assert "Carte de bus du Val" in shown
    slug = re.search(r"demarches/(local-\w+)", shown)
    assert slug is not None
    assert "Carte de bus du Val" in found_by(client, "awa", "ticto")
    assert "bus.exemple.fr/cartes" in client.get(f"/demarches/{slug[1]}").text
    assert "Carte de bus du Val" not in found_by(client, "bruno", "ticto")
    assert client.get(f"/demarches/{slug[1]}").status_code == 404


def test_an_adviser_proposes_and_what_she_proposed_waits_to_be_accepted(
    client: Browser, build: Builder
) -> None:
    proposed = client.as_("awa").post(OWN, data=BUS)
    listed = client.get(OWN).text
    before = found_by(client, "awa", "ticto")
    slug = _only_local(build)
    refused = client.as_("awa").post(f"{OWN}/{slug}/remettre")

    accepted = client.as_("alix").post(f"{OWN}/{slug}/remettre")

    assert proposed.status_code == accepted.status_code == 303
    assert "geste=proposee" in proposed.headers["location"]
    assert "Proposée" in listed
    assert "Carte de bus du Val" not in before
    assert refused.status_code == 403
    assert "Carte de bus du Val" in found_by(client, "awa", "ticto")


def test_a_local_procedure_is_logged_in_its_structure_and_nowhere_else(build: Builder) -> None:
    slug = own_slug(build)

    session = build.a_session(by="awa", procedures=[slug], outcome={slug: "finished"})

    assert session.id
    with pytest.raises(Invalid, match="du catalogue"):
        build.a_session(by="bruno", procedures=[slug], outcome={slug: "finished"})


def test_a_local_procedure_of_another_structure_can_be_neither_read_nor_changed(
    client: Browser, build: Builder
) -> None:
    slug = own_slug(build, who="bruno")
    theirs = build.structure_of("bruno").organisation.id
    client.as_("alix")

    answers = [
        client.get(f"{OWN}/{slug}"),
        client.get(f"{OWN}?structure={theirs}"),
        client.post(f"{OWN}/{slug}", data=BUS | {"title": "Autre nom"}),
        client.post(f"{OWN}/{slug}/retirer"),
        client.post(f"{OWN}/aide-logement/masquer", data={"organisation_id": str(theirs)}),
        client.post(OWN, data=BUS | {"organisation_id": str(theirs)}),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert "Carte de bus du Val" in found_by(client, "bruno", "ticto")
    assert "/demarches/aide-logement" in found_by(client, "bruno", "aide logement")


def test_a_retired_local_procedure_is_offered_no_more_and_past_activities_keep_its_name(
    client: Browser, build: Builder
) -> None:
    slug = own_slug(build)
    build.a_session(by="awa", procedures=[slug], outcome={slug: "finished"})

    client.as_("alix").post(f"{OWN}/{slug}/retirer")

    assert "Carte de bus du Val" not in found_by(client, "awa", "ticto")
    assert "Carte de bus" in client.get("/activites?periode=tout").text
    with pytest.raises(Invalid, match="du catalogue"):
        build.a_session(by="awa", procedures=[slug], outcome={slug: "finished"})


def test_a_hidden_procedure_is_offered_no_more_in_its_structure_and_comes_back(
    client: Browser, build: Builder
) -> None:
    build.a_session(by="awa")
    client.as_("awa")
    heading = re.search(r"<h1>(.*?)</h1>", client.get("/demarches/aide-logement").text)
    frequent_before = 'value="aide-logement"' in client.get("/activites/nouvelle").text

    hidden = client.as_("alix").post(f"{OWN}/aide-logement/masquer")
    listed = client.get(OWN).text
    search = found_by(client, "awa", "aide logement")
    frequent = 'value="aide-logement"' in client.get("/activites/nouvelle").text
    past = client.get("/activites?periode=tout").text
    elsewhere = found_by(client, "bruno", "aide logement")

    assert hidden.status_code == 303
    assert heading is not None
    assert heading[1] in listed
    assert '/demarches/aide-logement"' not in search
    assert 'procedures:aide-logement"' not in search
    assert frequent_before
    assert not frequent
    assert "logement" in past
    assert "/demarches/aide-logement" in elsewhere
    client.as_("alix").post(f"{OWN}/aide-logement/montrer")
    assert "/demarches/aide-logement" in found_by(client, "awa", "aide logement")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"title": ""}, "Remplissez « Nom complet »"),
        ({"title": "x" * 121}, "120 caractères au plus"),
        ({"theme": "cuisine"}, "Choisissez un des thèmes proposés."),
        ({"theme": "numerique"}, "Choisissez un des thèmes proposés."),
        ({"address": "http://bus.exemple.fr"}, "commencer par https://"),
        ({"address": "javascript://exemple.fr"}, "commencer par https://"),
        ({"address": "https://moi@exemple.fr"}, "Écrivez l’adresse du site"),
        ({"address": "https://127.0.0.1/"}, "Écrivez l’adresse du site"),
        ({"address": "https://localhost"}, "Écrivez l’adresse du site"),
        ({"address": "https://exemple.fr:8443/"}, "Écrivez l’adresse du site"),
        ({"synonyms": "\n".join(f"mot {n}" for n in range(21))}, "20 au plus, un par ligne"),
        ({"documents": "x" * 81}, "Chacun tient en 80 caractères"),
        ({"title": "carte DE bus du val"}, "a déjà une démarche de ce nom"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_everything_typed_is_kept(
    client: Browser, build: Builder, typed: dict[str, str], sentence: str
) -> None:
    own_slug(build)

    answer = client.as_("alix").post(OWN, data=BUS | {"provider": "Régie & fils"} | typed)

    assert answer.status_code == 422
    assert sentence in answer.text.replace("\xa0", " ")
    assert "Régie &amp; fils" in answer.text


def test_a_change_of_the_catalogue_is_seen_by_a_server_that_runs(
    database: Database, client: Browser, build: Builder
) -> None:
    client.as_("awa").get("/demarches")

    with database.writing(Scope.system("tests")) as db:
        db.get_one(Procedure, "aide-logement").title = "Un titre tout neuf"
        changed(db)

    assert "Un titre tout neuf" in client.get("/demarches/aide-logement").text


def test_a_change_that_was_undone_is_seen_by_nobody(database: Database, build: Builder) -> None:
    build.everybody()
    with database.writing(Scope.system("tests")) as db:
        db.get_one(Procedure, "aide-logement").title = "Jamais écrit"
        changed(db)
        assert catalogue(db).find("aide-logement").title == "Jamais écrit"
        db.rollback()

    with database.reading(build.actor("awa").scope) as db:
        assert catalogue(db).find("aide-logement").title != "Jamais écrit"


def test_figures_know_a_local_procedure_without_its_name(
    database: Database, build: Builder
) -> None:
    slug = own_slug(build)

    with database.reading(Scope.system("tests")) as db:
        counted = catalogue(db).find(slug)

    assert counted.title == "Démarche propre à une structure"
    assert (counted.theme, counted.provider_code, counted.host) == ("transport", "aucun", "")


def test_a_search_stays_in_the_address_for_the_way_back(client: Browser, build: Builder) -> None:
    page = client.as_("awa").get("/demarches?q=carte+grise").text

    assert 'hx-replace-url="true"' in page
    assert 'value="carte grise"' in page


def _only_local(build: Builder) -> str:
    with build.database.reading(Scope.system("tests")) as db:
        return db.exec(select(LocalProcedure)).one().slug
