"""An administrator brings history in by the page, says what labels mean, and takes it back."""

import stat
from io import BytesIO
from pathlib import Path
from threading import enumerate as threads
from typing import Any

import openpyxl
import pytest
from sqlmodel import col, select

from app.core.db import Database
from app.core.settings import Settings
from app.imports.service import BATCH, Target, import_file
from app.imports.upload import file_of
from app.organisations.models import Place
from app.sessions.models import AssistedSession, SessionTheme
from tests.support.build import NOW, Builder
from tests.support.client import Browser
from tests.support.coop_file import THEMES, Importer, individual, workshop, write
from tests.support.coop_people import person, write_people

HOME = "/administration/import"


def wait() -> None:
    """Let the imports that run come to their end."""
    for thread in threads():
        if thread.name.startswith("import "):
            thread.join()


@pytest.fixture
def send(client: Browser, build: Builder, tmp_path: Path) -> Any:
    """Send rows as Awa's administrator; gives the address of the import."""
    build.everybody()

    def sent(rows: list[dict[str, Any]], name: str = "coop.xlsx") -> str:
        path = write(tmp_path / "sent.xlsx", rows)
        with path.open("rb") as file:
            answer = client.as_("alix").post(HOME, files={"file": (name, file)})
        assert answer.status_code == 303, answer.text
        wait()
        return str(answer.headers["location"])

    return sent


def stored(database: Database, build: Builder) -> list[AssistedSession]:
    """Read the activities of Awa's structure."""
    with database.reading(build.actor("awa").scope) as db:
        return list(db.exec(select(AssistedSession)))


def test_a_file_is_tried_then_brought_in_then_taken_back(
    send: Any, client: Browser, database: Database, build: Builder
) -> None:
    address = send([individual(1, **{"Nom du lieu": "Foyer rural"}), *workshop(2, 3)])

    preview = client.get(address)
    assert "Ce qui entrera" in preview.text
    assert "lignes lues. Activités\u00a0: 2\u00a0nouvelles" in preview.text
    assert stored(database, build) == []

    assert client.post(f"{address}/reprendre").status_code == 303
    wait()
    assert "Ce qui est entré" in client.get(address).text
    assert len(stored(database, build)) == 2
    assert "coop.xlsx" in client.get(HOME).text

    assert client.post(f"{address}/annuler").headers["location"] == f"{HOME}?geste=annulee"
    assert stored(database, build) == []
    with database.reading(build.actor("awa").scope) as db:
        assert "Foyer rural" not in {place.name for place in db.exec(select(Place))}


def test_two_taps_bring_a_file_in_once(send: Any, client: Browser) -> None:
    address = send([individual(1)])

    answers = [client.post(f"{address}/reprendre").status_code for _ in range(2)]
    wait()

    assert answers == [303, 409]


def test_an_unknown_label_is_asked_once_and_remembered(
    send: Any, client: Browser, database: Database, build: Builder
) -> None:
    address = send([individual(1, **{THEMES: "E-mail\nJardinage"})])
    assert "Jardinage" in client.get(address).text

    said = {"lists": ["theme"], "labels": ["Jardinage"], "codes": ["culture_numerique"]}
    assert client.post(f"{address}/libelles", data=said).status_code == 303
    wait()
    client.post(f"{address}/reprendre")
    wait()

    with database.reading(build.actor("awa").scope) as db:
        assert set(db.exec(select(SessionTheme.theme))) == {"email", "culture_numerique"}
    again = send([individual(2, **{THEMES: "JARDINAGE"})])
    assert "libellé inconnu" not in client.get(again).text


def test_a_label_may_be_left_out(
    send: Any, client: Browser, database: Database, build: Builder
) -> None:
    address = send([individual(1, **{THEMES: "E-mail\nJardinage"})])

    client.post(
        f"{address}/libelles",
        data={"lists": ["theme"], "labels": ["Jardinage"], "codes": ["-"]},
    )
    wait()
    client.post(f"{address}/reprendre")
    wait()

    with database.reading(build.actor("awa").scope) as db:
        assert set(db.exec(select(SessionTheme.theme))) == {"email"}


def test_a_place_of_the_file_may_be_one_of_ours(
    send: Any, client: Browser, database: Database, build: Builder
) -> None:
    address = send([individual(1, **{"Nom du lieu": "La médiath."})])
    with database.reading(build.actor("awa").scope) as db:
        ours = db.exec(select(Place)).one()

    said = {"lists": ["place"], "labels": ["La médiath."], "codes": [str(ours.id)]}
    client.post(f"{address}/libelles", data=said)
    wait()
    client.post(f"{address}/reprendre")
    wait()

    assert [session.place_id for session in stored(database, build)] == [ours.id]


def test_a_code_of_no_list_is_refused(send: Any, client: Browser) -> None:
    address = send([individual(1, **{THEMES: "Jardinage"})])

    answer = client.post(
        f"{address}/libelles",
        data={"lists": ["theme"], "labels": ["Jardinage"], "codes": ["jardin"]},
    )

    assert answer.status_code == 422


def test_refused_rows_come_back_as_a_file_to_mend(
    send: Any, client: Browser, database: Database, build: Builder, tmp_path: Path
) -> None:
    rows = workshop(1, 3)
    rows[1] = rows[1] | {"Durée (min)": "longtemps"}
    address = send([*rows, individual(2)])
    client.post(f"{address}/reprendre")
    wait()
    assert "longtemps" in client.get(address).text

    book = openpyxl.load_workbook(BytesIO(client.get(f"{address}/a-corriger.xlsx").content))
    sheet = book.active
    assert sheet is not None
    assert sheet.max_row == 4, "every row of the workshop comes back"
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.value = 60 if cell.value == "longtemps" else cell.value
    for line in sheet.iter_rows(min_row=2):
        line[[c.value for c in sheet[1]].index("Durée (min)")].value = 60
    mended = tmp_path / "mended.xlsx"
    book.save(mended)
    with mended.open("rb") as file:
        again = client.post(HOME, files={"file": ("mended.xlsx", file)}).headers["location"]
    wait()
    client.post(f"{again}/reprendre")
    wait()

    assert len(stored(database, build)) == 2


def test_a_file_refused_as_a_whole_says_why(client: Browser, build: Builder) -> None:
    build.everybody()
    files = {"file": ("x.xlsx", b"pas un classeur")}

    address = client.as_("alix").post(HOME, files=files).headers["location"]
    wait()

    assert "n’est pas un classeur .xlsx" in client.get(address).text


@pytest.mark.parametrize("files", [{}, {"file": ("vide.xlsx", b"")}])
def test_no_file_is_told_beside_the_field(
    client: Browser, build: Builder, files: dict[str, Any]
) -> None:
    build.everybody()

    answer = client.as_("alix").post(HOME, files=files or {"autre": ("a", b"b")})

    assert answer.status_code == 422
    assert "Choisissez un fichier" in answer.text


def test_the_file_is_kept_closed_and_goes_after(
    send: Any, client: Browser, settings: Settings
) -> None:
    address = send([individual(1)])
    path = file_of(settings, address.rpartition("/")[2])  # type: ignore[arg-type]

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    client.post(f"{address}/reprendre")
    wait()
    assert not path.exists()


def test_only_this_address_takes_a_large_file(client: Browser, build: Builder) -> None:
    build.everybody()
    large = {"file": ("x.xlsx", b"x" * 2 * 2**20)}

    assert client.as_("alix").post(HOME, files=large).status_code == 303
    assert client.post("/administration/lieux", files=large).status_code == 413
    wait()


def test_what_was_corrected_since_keeps_an_import(
    send: Any, client: Browser, database: Database, build: Builder
) -> None:
    address = send([individual(1)])
    client.post(f"{address}/reprendre")
    wait()
    with database.writing(build.actor("awa").scope) as db:
        db.exec(select(AssistedSession)).one().version += 1

    answer = client.post(f"{address}/annuler")

    assert answer.status_code == 409
    assert "1\u00a0activité corrigée" in answer.text
    assert len(stored(database, build)) == 1


@pytest.mark.parametrize("who", ["awa", "claire"])
def test_an_import_is_for_those_who_run_the_structure(send: Any, client: Browser, who: str) -> None:
    address = send([individual(1)])

    for path in (HOME, address, f"{address}/a-corriger.xlsx"):
        assert client.as_(who).get(path).status_code in (403, 404)


def test_a_tried_file_can_be_abandoned(send: Any, client: Browser, settings: Settings) -> None:
    address = send([individual(1)])

    assert client.post(f"{address}/abandonner").status_code == 303

    assert client.get(address).status_code == 404
    assert not list((settings.data_dir / "imports").iterdir())


def test_colleagues_save_while_an_import_is_written(
    bring: Importer, build: Builder, database: Database
) -> None:
    """The writer is free between batches: a save then is neither refused nor lost."""
    write(bring.path, [individual(n) for n in range(1, BATCH + 2)])
    target = Target(database, build.structure_of("awa").organisation.id, NOW)
    saved = []

    def meanwhile(_: int, __: int | None) -> None:
        saved.append(build.a_session().id)

    report = import_file(target, bring.path, progress=meanwhile)

    assert len(saved) >= 2
    with database.reading(build.actor("awa").scope) as db:
        kept = set(db.exec(select(col(AssistedSession.id))))
    assert set(saved) <= kept
    assert len(kept) == report.created + len(saved)


def test_a_file_of_people_warns_when_somebody_once_objected(
    client: Browser, build: Builder, tmp_path: Path
) -> None:
    path = write_people(tmp_path / "people.xlsx", [person()])
    client.as_("alix")

    def tried() -> str:
        with path.open("rb") as file:
            answer = client.post(HOME, files={"file": (path.name, file)})
        wait()
        return str(client.get(answer.headers["location"]).text)

    before = tried()
    gone = build.a_resident()
    client.as_("awa").post(
        f"/beneficiaires/{gone.id}/effacer", data={"why": "opposition", "word": "effacer"}
    )
    client.as_("alix")

    assert "ne pas vouloir de fiche" not in before
    assert "1\u00a0personne a dit ne pas vouloir de fiche ici" in tried()
