"""Resident files: found as one types, never doubled by mistake, never overwritten."""

import pytest

from tests.support.build import Builder
from tests.support.client import Browser

FILE = {
    "given_name": "Jeanne", "family_name": "Le Goff", "birth_year": "1948",
    "phone": "06 12 34 56 78", "informed_how": "oral", "gender": "feminin",
}  # fmt: skip


@pytest.mark.parametrize(
    "typed",
    ["lero", "LEROUX", "nicole ler", "leroux nicole", "lerou", "lerroux", "1951", "0612345678"],
)
def test_a_person_is_found_as_one_types(client: Browser, build: Builder, typed: str) -> None:
    build.a_resident(phone="06 12 34 56 78")
    build.a_resident(given_name="Paul", family_name="Martin", birth_year=1980)

    found = client.as_("awa").post("/beneficiaires/recherche", data={"q": typed})

    assert "Nicole Leroux" in found.text
    assert "Paul Martin" not in found.text


def test_a_changed_name_is_found_at_once(client: Browser, build: Builder) -> None:
    person = build.a_resident()
    client.as_("awa").post("/beneficiaires/recherche", data={"q": "leroux"})

    client.post(
        f"/beneficiaires/{person.id}",
        data={
            "given_name": "Nicole",
            "family_name": "Zola",
            "informed_how": "oral",
            "version": "1",
        },
    )
    found = client.post("/beneficiaires/recherche", data={"q": "zola"})

    assert "Nicole Zola" in found.text


def test_a_likely_double_is_shown_before_a_second_file(client: Browser, build: Builder) -> None:
    build.a_resident(given_name="Jeanne", family_name="Le Goff")

    asked = client.as_("awa").post("/beneficiaires", data=FILE)
    made = client.post("/beneficiaires", data=FILE | {"not_a_double": "1"})

    assert asked.status_code == 422
    assert "Existe peut-être déjà" in asked.text
    assert 'value="1948"' in asked.text
    assert made.status_code == 303


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"given_name": ""}, "given_name", "Écrivez le prénom"),
        ({"birth_year": "1850"}, "birth_year", "entre 1900"),
        ({"birth_year": "vieux"}, "birth_year", "4 chiffres"),
        ({"phone": "12"}, "phone", "10 chiffres"),
        ({"email": "jeanne"}, "email", "adresse complète"),
        ({"commune": "Sainte-Colombe"}, "commune", "Précisez la commune"),
        ({"informed_how": ""}, "informed_how", "informée"),
    ],
)
def test_a_wrong_field_says_what_to_do(
    client: Browser, build: Builder, changes: dict[str, str], field: str, sentence: str
) -> None:
    response = client.as_("awa").post("/beneficiaires", data=FILE | changes)

    assert response.status_code == 422
    assert f'href="#f-{field}"' in response.text
    assert sentence in response.text
    assert 'value="Le Goff"' in response.text


def test_two_colleagues_editing_see_both_versions(client: Browser, build: Builder) -> None:
    person = build.a_resident()
    path = f"/beneficiaires/{person.id}"
    form = {"given_name": "Nicole", "informed_how": "oral", "version": "1"}

    client.as_("awa").post(path, data=form | {"family_name": "Leroux-Petit"})
    second = client.post(path, data=form | {"family_name": "Leroux-Grand"})

    assert second.status_code == 409
    assert "Leroux-Petit" in second.text
    assert 'value="Leroux-Grand"' in second.text


def test_the_page_tells_one_story(client: Browser, build: Builder) -> None:
    person = build.a_resident()
    build.a_session(
        who="resident",
        resident_id=person.id,
        outcome={"aide-logement": "started"},
        blockers={"aide-logement": ["piece-manquante", "franceconnect"]},
        papers={"aide-logement": ["bail"]},
        follow_up="week",
        note="revient jeudi",
    )

    page = client.as_("awa").get(f"/beneficiaires/{person.id}").text

    for said in ("commencée", "Pièce manquante", "Bail", "à apporter", "revient jeudi", "1 visite"):
        assert said in page.replace("\u00a0", " ")
    for told in (page, client.get("/activites").text):
        assert "pas de FranceConnect" in told


def file_typed(**changes: str) -> dict[str, str]:
    """Fill a resident's form as a browser would post it."""
    return {"given_name": "Odile", "family_name": "Marchand", "informed_how": "oral"} | changes


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"note": "mot de passe : azerty12"}, "note"),
        ({"note": "IBAN FR7630006000011234567890189"}, "note"),
        ({"note": "elle a un cancer"}, "note"),
        ({"family_name": "FR7630006000011234567890189"}, "family_name"),
        ({"informed_how": "autrement"}, "informed_how"),
    ],
)
def test_what_must_not_be_kept_is_refused_in_a_file_too(
    client: Browser, build: Builder, changes: dict[str, str], field: str
) -> None:
    answer = client.as_("awa").post("/beneficiaires", data=file_typed(**changes))

    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text


def test_words_of_health_are_kept_once_confirmed(client: Browser, build: Builder) -> None:
    note = {"note": "handicap : place près de l’écran"}

    asked = client.as_("awa").post("/beneficiaires", data=file_typed(**note))
    kept = client.post("/beneficiaires", data=file_typed(**note, note_confirmed="true"))

    assert 'name="note_confirmed"' in asked.text
    assert kept.status_code == 303


def test_a_follow_up_about_no_procedure_of_the_catalogue_is_refused(
    client: Browser, build: Builder
) -> None:
    person = build.a_resident()

    answer = client.as_("awa").post(
        f"/beneficiaires/{person.id}/suivis",
        data={"when": "week", "reason": "relancer", "procedure": "inconnue"},
    )

    assert answer.status_code == 422
    assert "du catalogue" in answer.text


def test_a_file_is_changed_in_words_and_two_changes_are_compared(
    client: Browser, build: Builder
) -> None:
    person = build.a_resident(commune="Lille", phone="06 55 93 07 92")
    path = f"/beneficiaires/{person.id}"
    form = client.as_("awa").get(f"{path}/modifier").text
    typed = file_typed(version="1", given_name="Nicole", family_name="Leroux", birth_year="1951")

    first = client.post(path, data=typed | {"note": "préfère le matin"})
    second = client.post(path, data=typed | {"phone": "06 11 11 11 11"})

    assert 'value="Lille (Nord)"' in form
    assert 'value="06 55 93 07 92"' in form
    assert first.headers["location"] == f"{path}?geste=enregistre"
    assert second.status_code == 409
    assert "<td>préfère le matin</td><td>rien</td>" in second.text
    assert "<td>rien</td><td>06 11 11 11 11</td>" in second.text


def test_a_likely_double_takes_the_focus(client: Browser, build: Builder) -> None:
    build.a_resident()

    page = (
        client.as_("awa")
        .post("/beneficiaires", data=file_typed(given_name="Nicole", family_name="Leroux"))
        .text
    )

    assert "<title>Erreur" in page
    assert 'role="alert" tabindex="-1" autofocus' in page


def test_an_address_left_by_a_refusal_leads_on(client: Browser, build: Builder) -> None:
    person, session = build.a_resident(), build.a_session()
    client.as_("awa")

    plan = client.get(f"/beneficiaires/{person.id}/suivis")
    correction = client.get(f"/activites/{session.id}")

    assert plan.headers["location"] == f"/beneficiaires/{person.id}"
    assert correction.headers["location"] == f"/activites/{session.id}/corriger"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Saint-Denis", "Précisez la commune"),
        ("Zzzville", "Aucune commune à ce nom"),
        ("Saint-Denis (Seine-Saint-Denis)", ""),
        ("lille", ""),
    ],
)
def test_a_commune_is_taken_by_its_name_or_by_the_name_that_the_message_proposes(
    client: Browser, build: Builder, typed: str, said: str
) -> None:
    answer = client.as_("awa").post("/beneficiaires", data=file_typed(commune=typed))

    assert said in answer.text
    assert answer.status_code == (422 if said else 303)
