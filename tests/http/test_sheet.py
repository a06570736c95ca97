"""The sheet a resident takes home: her own data only, what was kept on screen, nothing else."""

import io
from typing import Any

import pytest
from pypdf import PdfReader
from sqlmodel import select

from app.audit.models import AccessRecord, Did
from app.core.db import Database
from app.core.scope import Scope
from app.organisations.models import Place
from app.residents.agreement_models import Agreement
from app.residents.service import NamedResident
from tests.support.build import Builder
from tests.support.client import Browser


@pytest.fixture
def nicole(build: Builder) -> NamedResident:
    """Somebody helped today beside somebody else, with papers still to bring."""
    person = build.a_resident()
    other = build.a_resident(given_name="Mohamed", family_name="Benali", birth_year=1980)
    build.a_session(
        who="resident",
        resident_id=person.id,
        others=[other.id],
        procedures=["aide-logement"],
        outcome={"aide-logement": "started"},
        themes=["email"],
        note="Parle de son voisin Gaston",
    )
    return person


def give(client: Browser, person: NamedResident, **fields: Any) -> Any:
    """Ask for the sheet."""
    return client.as_("awa").post(f"/beneficiaires/{person.id}/fiche", data=fields)


def words(response: Any) -> str:
    """Read a PDF's text."""
    pages = PdfReader(io.BytesIO(response.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_sheet_holds_what_was_kept_and_nobody_else(
    client: Browser, build: Builder, database: Database, nicole: NamedResident
) -> None:
    with database.writing(build.actor("awa").scope) as db:
        db.exec(select(Place)).first().phone = "+33261910000"  # type: ignore[union-attr]
    offered = client.as_("awa").get(f"/beneficiaires/{nicole.id}/fiche").text
    kept = give(client, nicole, done=["started:aide-logement"], bring=["RIB"], names="true",
                blocks=["sites"], language="fr", paper="a5")  # fmt: skip
    page = give(client, nicole, done=["learnt:email", "waiting:passeport"], as_page="true",
                language="ar", more_done="Adresse e-mail ouverte")  # fmt: skip

    assert "Votre demande est commencée" in offered
    assert "Votre RIB" in offered
    assert kept.headers["content-type"] == "application/pdf"
    assert "no-store" in kept.headers["cache-control"]
    said = words(kept)
    assert "Nicole Leroux" in said
    assert "caf.fr" in said
    assert "Votre RIB" in said
    assert "02 61 91 00 00" in said
    assert "Nous avons travaillé" not in said
    assert 'dir="rtl"' in page.text
    assert "Adresse e-mail ouverte" in page.text
    assert "passeport" not in page.text.lower()
    for text in (said, page.text):
        assert "Benali" not in text
        assert "Gaston" not in text


def test_names_of_procedures_are_an_agreement_taken_back_by_unticking(
    client: Browser, build: Builder, database: Database, nicole: NamedResident
) -> None:
    give(client, nicole, names="true")
    ticked = client.get(f"/beneficiaires/{nicole.id}/fiche").text
    silent = words(give(client, nicole, done=["started:aide-logement"], blocks=["sites"]))

    assert 'name="names" value="true" id="c-names-true" checked' in ticked
    assert "logement" not in silent
    assert "caf.fr" not in silent
    with database.reading(build.actor("awa").scope) as db:
        (agreed,) = db.exec(select(Agreement)).all()
    assert agreed.ended_on
    with database.reading(Scope.system("test")) as db:
        told = db.exec(select(AccessRecord).where(AccessRecord.did == Did.GIVE_SHEET)).all()
    assert [one.subject_id for one in told] == [nicole.id] * 2


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("more_done", "Mot de passe : Soleil35", "Un mot de passe"),
        ("more_to_bring", "IBAN FR76 3000 6000 0112 3456 7890 189", "compte"),
        ("language", "xx", "Choisissez une des réponses proposées."),
        ("paper", "a3", "Choisissez une des réponses proposées."),
    ],
)
def test_no_credential_goes_on_it_and_the_rest_is_kept(
    client: Browser, nicole: NamedResident, field: str, typed: str, said: str
) -> None:
    response = give(client, nicole, bring=["RIB"], **{field: typed})

    assert response.status_code == 422
    assert said in response.text
    assert 'value="RIB" id="c-bring-RIB" checked' in response.text


def test_the_sheet_of_a_stranger_does_not_exist(client: Browser, nicole: NamedResident) -> None:
    path = f"/beneficiaires/{nicole.id}/fiche"
    assert client.as_("bruno").get(path).status_code == 404
    assert client.as_("bruno").post(path, data={}).status_code == 404
