"""The funder's file: one period, shared with one funder, who takes it and nothing else."""

import io
from datetime import UTC, datetime

import openpyxl
import pytest

from app.core import clock
from app.core.db import Database
from app.core.settings import Settings
from app.statistics.closing import refresh
from tests.support.build import Builder
from tests.support.client import Browser

AFTER = datetime(2026, 12, 6, 9, tzinfo=UTC)


@pytest.fixture
def november(
    build: Builder, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty people in November, closed."""
    for _ in range(60):
        build.a_session()
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    refresh(database, settings, now=AFTER)


def share(client: Browser, **changes: str) -> str:
    """Claire shares November with Farid; give the report's address."""
    form = {"period": "2026-11", "email": "farid@exemple.fr"} | changes
    response = client.as_("claire").post("/rapports", data=form)
    assert response.status_code == 303, response.text
    return str(response.headers["location"])


def test_a_funder_reads_and_takes_what_was_shared(client: Browser, november: None) -> None:
    path = share(client)

    listed = client.as_("farid").get("/rapports")
    read = client.get(path)
    book = client.get(f"{path}/programme-national.xlsx")
    table = client.get(f"{path}/programme-national.csv")

    assert path in listed.text
    assert "novembre 2026" in read.text
    assert openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames == [
        "Statistiques",
        "Méthode",
    ]
    assert table.text.startswith("\ufeffTableau;Ligne;Colonne;Valeur")
    assert all("Awa" not in answer.text for answer in (read, table))


def test_the_same_figures_give_the_same_bytes(client: Browser, november: None) -> None:
    path = share(client)

    client.as_("farid")
    first, second = (client.get(f"{path}/programme-national.xlsx").content for _ in range(2))

    assert first == second


def test_another_funder_or_a_withdrawn_report_finds_nothing(
    client: Browser, november: None
) -> None:
    path = share(client)

    by_admin = client.as_("alix").get(path)
    client.as_("claire").post(f"{path}/retirer")
    withdrawn = client.as_("farid").get(path)

    assert by_admin.status_code == withdrawn.status_code == 404


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"period": "2026-12"}, "Pas encore de chiffres"),
        ({"period": "2026-1"}, "calendrier"),
        ({"email": "awa@exemple.fr"}, "Aucun financeur"),
        ({"email": ""}, "Écrivez l’adresse"),
    ],
)
def test_what_cannot_be_shared_says_why(
    client: Browser, november: None, changes: dict[str, str], sentence: str
) -> None:
    form = {"period": "2026-11", "email": "farid@exemple.fr"} | changes

    response = client.as_("claire").post("/rapports", data=form)

    assert response.status_code == 422
    assert sentence in response.text
