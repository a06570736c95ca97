"""What htmx swaps is what a reload would show: a fragment stands whole in its page."""

import re

import pytest

from tests.support.build import Builder
from tests.support.client import Browser


def tidy(html: str) -> str:
    """Put blanks aside, and the number that each form makes for itself."""
    fresh = re.sub(r'name="id" value="[0-9a-f-]{36}"', 'name="id"', html)
    return " ".join(fresh.split())


@pytest.mark.parametrize(
    "path",
    [
        "/activites?periode=tout",
        "/activites?periode=tout&theme=logement",
        "/demarches?q=carte",
        "/demarches",
        "/activites/nouvelle",
        "/beneficiaires/nouveau",
    ],
)
def test_a_fragment_stands_in_its_page(client: Browser, build: Builder, path: str) -> None:
    build.a_session()
    client.as_("awa")

    whole = client.get(path)
    part = client.htmx("GET", path)

    title, _, body = part.text.partition("</title>")
    assert "HX-Request-Type" in part.headers["vary"]
    assert title.startswith("<title>")
    assert f"{title}</title>" in whole.text
    assert len(body) > 200
    assert tidy(body) in tidy(whole.text)


def test_an_error_comes_back_as_the_form_alone(client: Browser, build: Builder) -> None:
    build.everybody()
    answer = client.as_("awa").htmx("POST", "/beneficiaires", data={"given_name": "Léa"})

    assert answer.status_code == 422
    assert "<title>Erreur : Nouveau bénéficiaire – Escale</title>" in answer.text
    assert "<html" not in answer.text
    assert 'role="alert"' in answer.text


def test_htmx_is_never_sent_a_303(client: Browser, build: Builder) -> None:
    build.everybody()
    form = {"given_name": "Léa", "family_name": "Roy", "informed_how": "oral"}

    answer = client.as_("awa").htmx("POST", "/beneficiaires", data=form)

    assert answer.status_code == 204
    assert answer.headers["hx-redirect"].startswith("/beneficiaires/")


def test_signed_out_htmx_keeps_the_form_where_it_stands(client: Browser, build: Builder) -> None:
    answer = client.htmx("POST", "/activites", data={})

    assert answer.status_code == 401
    assert answer.headers["hx-retarget"] == "#alerts"
    assert answer.headers["hx-reswap"] == "innerHTML"
    assert "<html" not in answer.text
