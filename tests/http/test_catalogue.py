"""The catalogue: what people say leads to the right procedure."""

import pytest

from tests.support.build import Builder
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
