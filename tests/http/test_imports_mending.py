"""What is refused is named cell by cell, and given back as a file to mend and send again."""

import csv
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlmodel import col, select

from app.audit.models import AccessRecord, Did
from app.core.scope import Scope
from app.imports.mending import MOST_CHARACTERS, MOST_ROWS, ToMend
from app.imports.people_file import COLUMNS
from tests.http.test_imports_page import HOME, wait
from tests.support.build import Builder
from tests.support.client import Browser
from tests.support.coop_file import (
    AUTONOMY,
    OLD_COLUMNS,
    THEMES,
    Formula,
    Importer,
    columns,
    individual,
    workshop,
    write,
)
from tests.support.coop_people import person, write_people
from tests.support.imported import activities, people

Send = Callable[[Path], str]


@pytest.fixture
def send(client: Browser, build: Builder) -> Send:
    """Send a file as Awa's administrator; gives the address of the import, once it is read."""
    build.everybody()

    def sent(path: Path) -> str:
        with path.open("rb") as file:
            answer = client.as_("alix").post(HOME, files={"file": (path.name, file)})
        wait()
        return str(answer.headers["location"])

    return sent


def named(report: Any) -> list[tuple[int, str, str]]:
    """Give what a report names: line, column, value."""
    return [(bad.line, bad.column, bad.value) for bad in report.bad_rows]


def test_every_unknown_label_of_a_row_is_named_with_its_line_and_column(bring: Importer) -> None:
    report = bring(
        [
            individual(1),
            individual(
                2,
                **{
                    THEMES: "Jardinage\nE-mail\nPoterie",
                    "Genre du bénéficiaire": "?",
                    "Matériel numérique utilisé": "Minitel",
                    "Durée (min)": "longtemps",
                },
            ),
        ]
    )

    assert (report.created, report.refused, report.bad_cells) == (1, 1, 5)
    assert named(report) == [
        (24, "Durée (min)", "longtemps"),
        (24, "Matériel numérique utilisé", "Minitel"),
        (24, THEMES, "Jardinage"),
        (24, THEMES, "Poterie"),
        (24, "Genre du bénéficiaire", "?"),
    ]
    assert set(report.unknown) == {
        ("theme", "Jardinage"),
        ("theme", "Poterie"),
        ("gender", "?"),
        ("material", "Minitel"),
    }
    assert "«\u00a0Poterie\u00a0»" in report.summary()


def test_a_row_of_a_workshop_repeats_nothing_that_was_said_of_the_one_before(
    bring: Importer,
) -> None:
    rows = workshop(1, 4, **{THEMES: "Jardinage", AUTONOMY: "4/3"})
    rows[3]["Genre du bénéficiaire"] = "?"
    rows[3]["Participants"] = "neuf"

    report = bring(rows)

    assert named(report) == [
        (23, THEMES, "Jardinage"),
        (23, AUTONOMY, "4/3"),
        (26, "Genre du bénéficiaire", "?"),
    ]


def test_a_row_without_an_id_still_says_all_that_is_wrong(bring: Importer) -> None:
    report = bring([individual(1, **{"ID CRA": "12", "Type": "?", "Date": "hier"})])

    assert [(column, value) for _, column, value in named(report)] == [
        ("Date", "hier"),
        ("Type", "?"),
        ("ID CRA", "12"),
    ]


def test_formulas_without_a_result_are_named_for_what_they_are(bring: Importer) -> None:
    lost = {"Durée (min)": Formula("=30+15"), "Date": Formula("=TODAY()")}

    report = bring([individual(1), individual(2, **lost)])

    assert [(bad.column, bad.value, bad.reason) for bad in report.bad_rows] == [
        (title, "=", "la formule a été enregistrée sans son résultat")
        for title in ("Date", "Durée (min)")
    ]


def test_the_people_of_an_old_row_are_each_read(bring: Importer) -> None:
    old = dict.fromkeys(OLD_COLUMNS, "") | {
        "Date": "10/03/2024",
        "Type": "Atelier collectif",
        "Nombre de participants": 3,
        "Canaux d’accompagnement": "À distance",
        "Durée (min)": 60,
        "Genre du bénéficiaire": "Féminin\nMartien\nVénusien",
        "Tranche d’âge du bénéficiaire": "vieux\nvieux\n70 ans et plus",
    }

    report = bring([old], titles=OLD_COLUMNS)

    assert [(column, value) for _, column, value in named(report)] == [
        ("Genre du bénéficiaire", "Martien"),
        ("Genre du bénéficiaire", "Vénusien"),
        ("Tranche d’âge du bénéficiaire", "vieux"),
    ]


WEIRD = ("#N/A", "#REF!", "x" * 12_000, 1e300, -1, True, "\x1f", "9" * 400)


@pytest.mark.parametrize("title", [title for title in columns("SV") if title != "ID CRA"])
def test_no_cell_of_an_activity_stops_the_others(bring: Importer, title: str) -> None:
    rows = [individual(n, **{title: value}) for n, value in enumerate(WEIRD, 2)]

    report = bring([individual(1), *rows], titles=columns("SV"))

    assert report.created + report.refused == 1 + len(WEIRD)
    assert report.created >= 1


@pytest.mark.parametrize("name", COLUMNS)
def test_no_cell_of_a_resident_stops_the_others(bring: Importer, tmp_path: Path, name: str) -> None:
    rows = [person(**{"given_name": f"Paul {n}", name: value}) for n, value in enumerate(WEIRD)]

    report = bring.file(write_people(tmp_path / "p.xlsx", [person(), *rows]))

    assert report.created + report.unchanged + report.refused == 1 + len(WEIRD)
    assert report.created >= 1


def test_every_unknown_label_is_asked_on_the_page(
    send: Send, client: Browser, tmp_path: Path
) -> None:
    rows = [individual(1, **{THEMES: "Jardinage\nPoterie", "Statut du bénéficiaire": "Mage"})]

    page = client.get(send(write(tmp_path / "x.xlsx", rows))).text

    for label in ("Jardinage", "Poterie", "Mage"):
        assert f'name="labels" value="{label}"' in page
    assert "3\u00a0libellés inconnus" in page


def test_refused_residents_come_back_as_a_file_to_mend(
    send: Send, client: Browser, build: Builder, tmp_path: Path
) -> None:
    rows = [person(), person(given_name="Paul", birth_year=1700, gender="?"), person(phone="12")]
    address = send(write_people(tmp_path / "people.xlsx", rows))
    page = client.get(address).text

    answer = client.get(f"{address}/a-corriger.xlsx")

    for title in ("Année de naissance", "Genre"):
        assert f"<td>{title}</td>" in page
    sheet = openpyxl.load_workbook(BytesIO(answer.content))["Bénéficiaires"]
    assert [cell.value for cell in sheet[1]] == list(COLUMNS.values())
    assert sheet.max_row == 2
    assert [cell.value for cell in sheet[2]][:3] == ["Morel", "Paul", 1700]
    sheet["C2"], sheet["I2"] = 1980, "Homme"
    sheet.parent.save(tmp_path / "mended.xlsx")
    for path in (tmp_path / "people.xlsx", tmp_path / "mended.xlsx"):
        client.post(f"{send(path)}/reprendre")
        wait()
    assert [row[0] for row in people(build, "awa")] == ["Nicole Morel", "Paul Morel"]


def test_nothing_refused_offers_no_file(send: Send, client: Browser, tmp_path: Path) -> None:
    for path in (
        write(tmp_path / "x.xlsx", [individual(1)]),
        write_people(tmp_path / "p.xlsx", [person()]),
    ):
        address = send(path)

        assert "a-corriger" not in client.get(address).text
        assert client.get(f"{address}/a-corriger.xlsx").status_code == 404


@pytest.mark.parametrize("content", [b"pas un classeur", b"a;b;c\n1;2;3\n"])
def test_a_file_refused_before_any_row_offers_no_file(
    send: Send, client: Browser, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)

    address = send(path)

    page = client.get(address).text
    assert "refusée" in page
    assert "a-corriger" not in page
    assert client.get(f"{address}/a-corriger.xlsx").status_code == 404


def test_rows_that_go_in_after_all_are_offered_no_more(
    send: Send, client: Browser, tmp_path: Path
) -> None:
    address = send(write(tmp_path / "x.xlsx", [individual(1, **{THEMES: "Jardinage"})]))
    assert client.get(f"{address}/a-corriger.xlsx").status_code == 200

    client.post(
        f"{address}/libelles",
        data={"lists": ["theme"], "labels": ["Jardinage"], "codes": ["culture_numerique"]},
    )
    wait()

    assert "a-corriger" not in client.get(address).text
    assert client.get(f"{address}/a-corriger.xlsx").status_code == 404


def test_an_empty_file_is_said_to_be_and_offers_nothing_to_bring_in(
    send: Send, client: Browser, bring: Importer, tmp_path: Path
) -> None:
    for path in (write(tmp_path / "x.xlsx", []), write_people(tmp_path / "p.xlsx", [])):
        address = send(path)
        page = client.get(address).text

        assert "Ce fichier est vide" in page
        assert f'action="{address}/reprendre"' not in page
        assert client.post(f"{address}/reprendre").status_code == 409
        assert client.post(f"{address}/abandonner").status_code == 303
        assert "Ce fichier est vide" in bring.file(path).summary()


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [({"Type": "?"}, "Rien ne peut entrer avant d’être corrigé"), ({}, "Tout est déjà dans")],
)
def test_a_file_that_brings_nothing_new_says_so(
    send: Send,
    client: Browser,
    bring: Importer,
    tmp_path: Path,
    cells: dict[str, Any],
    sentence: str,
) -> None:
    bring([individual(1)])

    address = send(write(tmp_path / "x.xlsx", [individual(1, **cells)]))

    page = client.get(address).text
    assert sentence in page
    assert f'action="{address}/reprendre"' not in page


def test_a_file_to_mend_that_is_cut_says_how_much_it_holds(
    send: Send, client: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS, delimiter=";")
        file.write(";".join(COLUMNS.values()) + "\n")
        rows.writerows(person(birth_year=1700) for _ in range(MOST_ROWS + 51))

    address = send(path)
    page = client.get(address).text.replace("\u00a0", " ")
    book = openpyxl.load_workbook(
        BytesIO(client.get(f"{address}/a-corriger.xlsx").content), read_only=True
    )

    said = "Ce fichier contient les 2 000 premières lignes refusées, sur 2 051"
    assert said in page
    assert "Les 20 premières cases à corriger, sur 2 051" in page
    assert sum(1 for _ in book["Bénéficiaires"].iter_rows()) == MOST_ROWS + 1
    [[cell]] = book["À lire"].iter_rows()
    assert said in str(cell.value).replace("\u00a0", " ")


def test_many_activities_without_an_id_are_all_counted(bring: Importer) -> None:
    rows = [individual(n, **{"ID CRA": ""}) for n in range(MOST_ROWS + 10)]

    report = bring([*rows, individual(1), *workshop(2, 3, **{THEMES: "?"})])

    assert (len(report.to_mend.rows), report.to_mend.total) == (MOST_ROWS, MOST_ROWS + 13)
    assert report.bad_cells == MOST_ROWS + 11
    assert len(report.bad_rows) == 1_000


def test_what_is_kept_to_mend_is_bounded_in_length_too() -> None:
    found = ToMend()
    found.name_columns(("Notes",))

    for _ in range(MOST_CHARACTERS // 30_000 + 10):
        found.add(("x" * 30_000,))
    found.add(("court",))

    assert found.size <= MOST_CHARACTERS
    assert found.total == MOST_CHARACTERS // 30_000 + 11
    assert ["court"] not in found.rows, "the first ones, without a gap"


def test_a_text_of_a_file_to_mend_runs_nothing(send: Send, client: Browser, tmp_path: Path) -> None:
    rows = [individual(1, **{"Notes supplémentaires": "'=1", "Type": "=2+3", "Tags": "+33 6"})]

    address = send(
        write(tmp_path / "x.xlsx", [r | {"Type": Formula("=2+3", "=2+3")} for r in rows])
    )
    book = openpyxl.load_workbook(BytesIO(client.get(f"{address}/a-corriger.xlsx").content))

    cells = {cell.value: cell for cell in book["Activités"][2] if cell.value is not None}
    for text in ("=2+3", "+33 6"):
        assert (cells[text].data_type, cells[text].quotePrefix) == ("s", True)


def test_taking_the_file_is_in_the_access_record(
    send: Send, client: Browser, build: Builder, tmp_path: Path
) -> None:
    address = send(write(tmp_path / "x.xlsx", [individual(1, Type="?")]))

    client.get(f"{address}/a-corriger.xlsx")

    with build.database.reading(Scope.system("tests")) as db:
        [entry] = db.exec(select(AccessRecord).where(col(AccessRecord.did) == Did.EXPORT))
    assert str(entry.subject_id) == address.rpartition("/")[2]


def test_a_second_tap_leads_to_what_the_first_one_began(
    send: Send, client: Browser, build: Builder, tmp_path: Path
) -> None:
    address = send(write(tmp_path / "x.xlsx", [individual(1)]))

    client.post(f"{address}/reprendre")
    second = client.post(f"{address}/reprendre")
    wait()
    third = client.post(f"{address}/reprendre")

    for answer in (second, third):
        assert answer.status_code == 409
        assert "Cette fiche a changé" not in answer.text
        assert "x.xlsx" in answer.text
    assert "Cette reprise est déjà" in second.text
    assert "Cette reprise est déjà faite" in third.text
    if "refresh" in second.headers:
        assert second.headers["refresh"].endswith(f"url={address}")
    assert len(activities(build, "awa")) == 1


@pytest.mark.parametrize("way", ["libelles", "reprendre", "continuer", "abandonner", "annuler"])
def test_the_address_of_a_refused_gesture_leads_back_to_the_import(
    send: Send, client: Browser, tmp_path: Path, way: str
) -> None:
    address = send(write(tmp_path / "x.xlsx", [individual(1)]))

    answer = client.get(f"{address}/{way}")

    assert (answer.status_code, answer.headers["location"]) == (303, address)
