"""`escale procedures update`: the official archive and our CSV, well made and hostile."""

import csv
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from app.core import clock
from app.core.db import Database
from app.core.scope import Scope
from app.procedures.models import CatalogueState, Procedure
from tests.http.test_commands import escale  # noqa: F401
from tests.support import fiches
from tests.support.build import Builder
from tests.support.client import Browser

SHIPPED = Path("data/procedures.csv")
IDENTITY, GREY_CARD = "R45668", "carte-grise-occasion"


Update = Callable[..., tuple[int, str, str]]


def plain(text: str) -> str:
    """Make no-break spaces ordinary, to compare."""
    return text.replace("\xa0", " ")


@pytest.fixture
def update(escale: Update) -> Update:  # noqa: F811
    """Run `escale procedures update …`: exit code, output, errors."""

    def run(*words: str) -> tuple[int, str, str]:
        code, out, err = escale("procedures", "update", *words)
        return code, plain(out), plain(err)

    return run


@pytest.fixture
def rows() -> list[dict[str, str]]:
    """Rows of the shipped catalogue."""
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def written(path: Path, rows: list[dict[str, str]]) -> Path:
    """Write rows in our format."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def all_of(rows: list[dict[str, str]], *more: str) -> str:
    """Write a fiche that cites every service we know as we know it."""
    known = {
        row["service_id"]: fiches.service(
            row["service_id"], row["title"], url=f"https://{row['host'] or 'exemple.fr'}/"
        )
        for row in rows
        if row["service_id"]
    }
    return fiches.fiche("F1", *known.values(), *more)


def in_base(database: Database, slug: str) -> Procedure:
    """Read a procedure."""
    with database.reading(Scope.system("tests")) as db:
        return db.exec(select(Procedure).where(Procedure.slug == slug)).one()


def test_the_archive_adds_changes_and_retires_line_by_line_then_changes_nothing(
    database: Database,
    update: Update,
    tmp_path: Path,
) -> None:
    archive = fiches.of_fiches(
        tmp_path / "vosdroits.zip",
        fiches.fiche(
            "F1",
            fiches.service(IDENTITY, "Demander sa carte d’identité", url="https://ants.gouv.fr/a"),
            fiches.service("R99001", "Demander le chèque chauffage", source="Agence neuve"),
            fiches.service("R99002", "Lettre type", kind="Modèle de document"),
        ),
    )

    code, out, _ = update(str(archive))
    _, again, _ = update(str(archive))

    assert code == 0
    assert "ajoutée : Demander le chèque chauffage" in out
    assert "changée : Demander sa carte d’identité (titre, adresse" in out
    assert "retirée : " in out
    assert "Lettre type" not in out
    assert again.startswith("0 démarche ajoutée, 0 démarche changée, 0 démarche retirée")
    new = in_base(database, "demander-le-cheque-chauffage")
    assert (new.theme, new.provider_code, new.host) == (
        "logement",
        "agence-neuve",
        "www.service-public.gouv.fr",
    )
    assert in_base(database, "carte-identite-predemande").host == "ants.gouv.fr"
    assert in_base(database, "mot-de-passe").retired_on is None


def test_a_dry_run_says_it_all_and_writes_nothing(
    database: Database,
    update: Update,
    tmp_path: Path,
) -> None:
    archive = fiches.of_fiches(
        tmp_path / "a.zip", fiches.fiche("F1", fiches.service("R99001", "Nouvelle démarche"))
    )

    code, out, _ = update(str(archive), "--dry-run", "--json")
    said = json.loads(out)

    assert code == 0
    assert said["dry_run"] is True
    assert said["added"] == [
        {"slug": "nouvelle-demarche", "title": "Nouvelle démarche", "facts": []}
    ]
    assert said["counts"]["retired"] == len(said["retired"]) > 100
    with database.reading(Scope.system("tests")) as db:
        assert not any(
            p.retired_on or p.slug == "nouvelle-demarche" for p in db.exec(select(Procedure))
        )
        assert db.exec(select(CatalogueState)).one().gathered_on.isoformat() == "2026-11-24"


def test_what_activities_refer_to_is_retired_and_not_removed_then_taken_back(
    client: Browser,
    build: Builder,
    update: Update,
    rows: list[dict[str, str]],
    tmp_path: Path,
) -> None:
    session = build.a_session(procedures=[GREY_CARD], outcome={GREY_CARD: "started"})
    title = next(row["title"] for row in rows if row["slug"] == GREY_CARD)
    client.as_("awa")
    found_before = client.get("/demarches", params={"q": "carte grise"}).text
    without = [row for row in rows if row["slug"] != GREY_CARD]

    _, out, _ = update(str(written(tmp_path / "less.csv", without)))
    found_after = client.get("/demarches", params={"q": "carte grise"}).text
    page = client.get(f"/demarches/{GREY_CARD}").text
    kept = client.get("/activites?periode=tout").text

    assert f"retirée : {title}" in out
    assert f"/demarches/{GREY_CARD}" in found_before
    assert f"/demarches/{GREY_CARD}" not in found_after
    assert "n’existe plus depuis" in page
    assert str(session.id) in kept
    _, back, _ = update(str(SHIPPED))
    assert f"reprise : {title}" in back
    assert f"/demarches/{GREY_CARD}" in client.get("/demarches?q=carte+grise").text


def test_the_shipped_catalogue_changes_nothing(update: Update) -> None:
    code, out, _ = update(str(SHIPPED))

    assert code == 0
    assert out.startswith("0 démarche ajoutée, 0 démarche changée, 0 démarche retirée, 0 démarche")


def test_the_foot_of_the_catalogue_shows_the_date_of_the_archive(
    client: Browser,
    build: Builder,
    update: Update,
    rows: list[dict[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client.as_("awa")
    shipped = plain(client.get("/demarches").text)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 2, 9, tzinfo=UTC))
    archive = fiches.of_fiches(tmp_path / "a.zip", all_of(rows))

    update(str(archive))

    assert "Catalogue du 24 novembre 2026, DILA, Licence Ouverte 2.0" in shipped.replace(
        "\xa0", " "
    )
    now = plain(client.get("/demarches").text)
    assert "Catalogue du 28 novembre 2026, DILA, Licence Ouverte 2.0" in now


def test_a_row_with_an_unknown_theme_is_named_and_the_rest_goes_in(
    database: Database,
    update: Update,
    rows: list[dict[str, str]],
    tmp_path: Path,
) -> None:
    rows[0]["theme"] = "cuisine"
    rows[1]["title"] = "Un autre titre"

    code, out, _ = update(str(written(tmp_path / "a.csv", rows)))

    assert code == 0
    assert "Ligne 2, colonne theme : « cuisine » n’est pas un thème." in out
    assert "changée : Un autre titre (titre)" in out
    assert in_base(database, rows[0]["slug"]).retired_on is None


def test_a_fiche_of_an_unknown_theme_is_named_and_the_rest_goes_in(
    update: Update,
    tmp_path: Path,
) -> None:
    archive = fiches.of_fiches(
        tmp_path / "a.zip",
        fiches.fiche("F1", fiches.service("R99001", "Astrologie en ligne"), theme="Ésotérisme"),
        fiches.fiche("F2", fiches.service("R99002", "Changer de compteur"), theme="Logement"),
    )

    _, out, _ = update(str(archive), "--dry-run")

    assert "R99001, « Astrologie en ligne » : thème « Ésotérisme » inconnu." in out
    assert "ajoutée : Changer de compteur" in out


ENTITIES = '<?xml version="1.0"?><!DOCTYPE P [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE P SYSTEM "file:///etc/hostname">'
ONE = fiches.fiche("F1", fiches.service("R99001", "Nouvelle"))


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"F1.xml": ENTITIES + "<Publication>&b;</Publication>"}, "définit des entités"),
        ({"F1.xml": OUTSIDE + "<Publication/>"}, "type de document"),
        ({"F1.xml": ONE, "../../etc/F2.xml": ONE}, "mène hors d’elle-même"),
        ({"F1.xml": ONE, "..\\F2.xml": ONE}, "mène hors d’elle-même"),
        ({"F1.xml": ONE, "/etc/F2.xml": ONE}, "mène hors d’elle-même"),
        ({"F1.xml": ONE[: len(ONE) // 2]}, "coupée ou mal formée"),
        ({"F1.xml": ONE.encode()[:-20] + b"\xff\xfe"}, "coupée ou mal formée"),
        ({"F1.xml": b"0" * 3_000_000}, "100 fois sa taille"),
        ({"notes.txt": "rien"}, "Aucune démarche en ligne"),
        ({}, "Aucune démarche en ligne"),
    ],
)
def test_a_hostile_archive_is_refused_with_a_sentence(
    database: Database,
    update: Update,
    tmp_path: Path,
    files: dict[str, str | bytes],
    sentence: str,
) -> None:
    archive = fiches.archive(tmp_path / "a.zip", files)

    code, out, err = update(str(archive))

    assert code == 1
    assert out == ""
    assert sentence in err
    with database.reading(Scope.system("tests")) as db:
        assert all(p.retired_on is None for p in db.exec(select(Procedure)))


def test_an_archive_of_30_000_entries_is_refused(
    update: Update,
    tmp_path: Path,
) -> None:
    archive = fiches.archive(
        tmp_path / "a.zip", {f"F{number}.xml": b"<a/>" for number in range(30_000)}
    )

    code, _, err = update(str(archive))

    assert code == 1
    assert "plus de 20" in err


def test_an_archive_that_says_more_than_200_mib_is_refused(
    update: Update,
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for number in range(5):
            made.writestr(f"F{number}.xml", bytes(45 * 1024**2))

    code, _, err = update(str(path))

    assert code == 1
    assert "200 Mio" in err


def test_a_damaged_archive_is_refused(
    update: Update,
    tmp_path: Path,
) -> None:
    path = fiches.of_fiches(tmp_path / "a.zip", ONE)
    path.write_bytes(path.read_bytes()[:-40])

    code, _, err = update(str(path))

    assert code == 1
    assert "abîmée" in err


def test_files_that_are_neither_are_refused(
    update: Update,
    rows: list[dict[str, str]],
    tmp_path: Path,
) -> None:
    (tmp_path / "a.zip").write_text("slug,title\n")
    (tmp_path / "latin.csv").write_bytes("slug,title,é\n".encode("latin-1"))
    (tmp_path / "empty.csv").write_bytes(b"")
    written(tmp_path / "columns.csv", [{"slug": "a", "title": "A"}])
    written(tmp_path / "twice.csv", [*rows, rows[0]])

    said = {
        name: update(str(tmp_path / name))
        for name in ("a.zip", "latin.csv", "empty.csv", "columns.csv", "twice.csv", "absent.csv")
    }

    assert {code for code, _, _ in said.values()} == {1}
    for name, sentence in (
        ("a.zip", "n’est pas une archive zip"),
        ("latin.csv", "UTF-8"),
        ("empty.csv", "colonne manque"),
        ("columns.csv", "colonne theme"),
        ("twice.csv", "est déjà pris"),
        ("absent.csv", "n’existe pas"),
    ):
        assert sentence in said[name][2]
