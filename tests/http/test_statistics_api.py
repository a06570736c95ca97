"""Protected tables by the API, by the command and as files: the same cells as on the page."""

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from defusedxml.ElementTree import fromstring
from sqlmodel import col, func, select

from app.audit.models import AccessRecord, Did
from app.core.db import Database
from app.core.scope import Scope
from app.core.settings import Settings
from app.core.text import number
from app.exports.table_files import as_file, table_file
from app.organisations.models import Organisation
from app.statistics.asking import table_address
from app.statistics.closing import refresh
from app.statistics.models import StatisticsQuestion
from app.statistics.service import counter
from tests.http.test_commands import escale  # noqa: F401
from tests.http.test_statistics_pages import QUARTER, RARE, USUAL, closed, note  # noqa: F401
from tests.support.build import NOW, Builder
from tests.support.client import Browser

API = "/api/v1/statistics"
ASKED = {"measure": "residents", "by": "age_band", "period": "2026-T3"}
TABLE = "/statistiques/tableau.{}?mesure=residents&par=age_band&periode=2026-T3"
Escale = Callable[..., tuple[int, str, str]]


def cells_of_page(page: str, caption: str) -> list[str]:
    """Read the figures of one table of a page, row after row."""
    (table,) = re.findall(rf"<table[^>]*><caption>{caption}</caption>(.*?)</table>", page, re.S)
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.S)[1:]
    return [re.sub(r"<[^>]+>", "", row.rpartition("<td")[2].partition(">")[2]) for row in rows]


@pytest.mark.usefixtures("closed")
def test_page_command_api_and_file_give_the_same_cells(
    client: Browser, escale: Escale, database: Database  # noqa: F811
) -> None:  # fmt: skip
    client.as_("claire")

    answer = client.get(API, params=ASKED)
    page = client.get("/statistiques?periode=2026-T3").text
    code, said, _ = escale(
        "stats", "--measure", "residents", "--by", "age_band", "--period", "2026-T3",
        "--as", "claire@exemple.fr", "--json",
    )  # fmt: skip
    file = client.get(TABLE.format("json"))

    assert (answer.status_code, code) == (200, 0)
    table = answer.json()
    assert table == json.loads(said)
    assert {name: value for name, value in file.json().items() if name != "labels"} == table
    assert (table["where"], table["policy"], table["unit"]) == (
        {},
        "interactive-5",
        "bénéficiaires",
    )
    figures = [cell["value"] for cell in table["cells"] if cell["status"] != "empty"]
    words = ["masqué" if figure is None else number(figure) for figure in figures]
    assert "masqué" in words
    shown = [
        re.sub("environ\u00a0", "", cell) for cell in cells_of_page(page, "Bénéficiaires par âge")
    ]
    assert shown == words
    with database.reading(Scope.system("tests")) as db:
        assert db.exec(select(func.count(col(StatisticsQuestion.digest)))).one() == 0  # all free


@pytest.mark.usefixtures("closed")
def test_a_hidden_small_figure_is_as_long_as_a_hidden_zero(client: Browser) -> None:
    client.as_("claire")
    asked = {"by": ["procedure"], "period": "2026-T3"}

    cells = client.get(API, params=asked).json()["cells"]
    by_code = {cell["procedure"]: cell for cell in cells}
    never = next(code for code in by_code if code not in (*USUAL, RARE))
    alone = [
        client.get(API, params={"where": f"procedure={code}", "period": "2026-T3"})
        for code in (RARE, never)
    ]

    assert {**by_code[RARE], "procedure": ""} == {**by_code[never], "procedure": ""}
    assert by_code[RARE]["status"] == "hidden"
    assert alone[0].text.replace(RARE, "") == alone[1].text.replace(never, "")
    names = [{k for k in one.headers if k != "content-length"} for one in alone]
    assert names[0] == names[1]


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("rows", ["", "&par=month", "&par=gender"])
def test_a_file_of_a_few_people_differs_from_one_of_nobody_by_a_word(
    client: Browser, rows: str
) -> None:
    """Same status, headers, order and bytes, but for the code and label that were asked."""
    client.as_("claire")
    known = client.get(API, params={"by": "procedure", "period": "2026-T3"}).json()["cells"]
    never = next(
        c["procedure"]
        for c in known
        if c["procedure"] not in USUAL and len(c["procedure"]) == len(RARE)
    )
    assert never != RARE

    for format in ("json", "csv", "xlsx", "ods"):
        few, none = (
            client.get(
                f"/statistiques/tableau.{format}?mesure=residents&ou=procedure%3D{code}"
                f"&periode=2026-T3{rows}"
            )
            for code in (RARE, never)
        )
        assert (few.status_code, few.headers.keys()) == (none.status_code, none.headers.keys())
        named, _, asked = few.headers["content-disposition"].partition("-2026-T3-")
        assert none.headers["content-disposition"].startswith(f"{named}-2026-T3-")
        assert asked.endswith(f'.{format}"')
        assert without_names(few.content) == without_names(none.content)


def without_names(content: bytes) -> list[str]:
    """Give the texts of a file, or of each file in it, less what names the procedure asked."""
    if content.startswith(b"PK"):
        with ZipFile(io.BytesIO(content)) as archive:
            members = [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    else:
        members = [content.decode("utf-8", "replace")]
    hidden = re.compile(r"Démarche\u00a0: [^<\r\n,\"]*|\"procedure\": ?\"[^\"]*\"")
    return [hidden.sub("", member) for member in members]


REFUSED = [
    ("measure=people", "Mesures possibles"),
    ("measure=residents&measure=procedures", "une seule valeur de measure"),
    ("by=age_bands", "Vouliez-vous dire"),
    ("by=age_band&by=age_band", "deux fois"),
    ("by=age_band,gender", "n’existe pas"),
    ("where=gender", "dimension=valeur"),
    ("where=gender=feminin&where=gender=masculin", "pas de liste"),
    ("where=gender=feminin&where=gender=feminin", "pas de liste"),
    ("where=gender=feminin,masculin", "pas de liste"),
    ("where=gender%3Dfeminin%2Cmasculin", "pas de liste"),
    ("where=gender=feminin%253Bmasculin", "n’est pas une valeur"),
    ("where=gender=feminin;masculin", "pas de liste"),
    ("where=gender=feminin|masculin", "pas de liste"),
    ('where=gender=["feminin","masculin"]', "pas de liste"),
    ("where[]=gender=feminin", "Le paramètre «\u00a0where[]\u00a0» n’existe pas"),
    ("gender=feminin", "répétez by=… ou where=dimension=valeur"),
    ("by=gender&where=gender=feminin", "déjà fixée"),
    ("where=month=2026-07", "period=2026-09"),
    ("where=procedure=aide-logement&where=procedure_theme=sante", "ne peuvent aller ensemble"),
    ("by=gender&by=status&by=kind&by=mode&by=age_band", "Quatre dimensions au plus"),
    ("period=2026-T4", "Les périodes les plus proches"),
    ("period=2026-07..2026-09", "2026-T3"),
    ("period=2026-09/2026-07", "2026-T3"),
    ("period=2026-07/", "Les périodes les plus proches"),
    ("period=2026-T3&period=2026-S1", "une seule valeur de period"),
    ("by=year&period=2026-T3", "plus long que la période"),
    ("where=gender=%00", "n’est pas une valeur"),
]


@pytest.mark.usefixtures("closed")
def test_what_has_no_answer_is_refused_with_a_sentence(client: Browser, database: Database) -> None:
    client.as_("claire")

    for query, sentence in REFUSED:
        answer = client.get(
            f"{API}?period=2026-T3&{query}" if "period=" not in query else f"{API}?{query}"
        )
        assert answer.status_code == 422, query
        assert answer.headers["content-type"] == "application/problem+json"
        assert sentence in answer.json()["detail"], (query, answer.json()["detail"])
    assert client.get(f"{API}?measure=satisfaction").status_code == 501
    link = client.get("/statistiques/tableau.csv?par=gender&par=gender")
    assert (link.status_code, "deux fois" in link.text) == (422, True)
    assert client.get("/statistiques/tableau.pdf").status_code == 422
    with database.reading(Scope.system("tests")) as db:
        assert db.exec(select(func.count(col(StatisticsQuestion.digest)))).one() == 0


@pytest.mark.usefixtures("closed")
def test_questions_by_the_api_and_by_link_are_counted_once(
    client: Browser, database: Database, settings: Settings
) -> None:
    client.as_("claire")
    crossed = f"{API}?by=gender&by=age_band&period=2026-T3"
    link = "/statistiques/tableau.csv?mesure=procedures&par=age_band&par=gender&periode=2026-T3"

    assert client.get(crossed).status_code == client.get(link).status_code == 200
    client.app.state.settings = settings.model_copy(update={"questions_a_day": 1})  # type: ignore[attr-defined]
    assert client.get(crossed).status_code == client.get(link).status_code == 200
    late = client.get(f"{API}?by=gender&by=kind&period=2026-T3")
    late_link = client.get("/statistiques/tableau.csv?par=gender&par=kind&periode=2026-T3")

    assert (late.status_code, late_link.status_code) == (429, 429)
    assert int(late.headers["retry-after"]) in range(1, 31)
    assert late.json()["detail"].startswith("Encore une question dans ")
    assert "Encore une question dans " in late_link.text
    with database.reading(Scope.system("tests")) as db:
        deeds = db.exec(select(AccessRecord.did)).all()
    assert deeds.count(Did.EXPORT) == 2
    assert deeds.count(Did.ASK_PAST_DAY) == 1


def test_before_the_first_closing_every_road_says_when(client: Browser, build: Builder) -> None:
    build.everybody()
    client.as_("awa")

    answer, link = client.get(API), client.get(TABLE.format("csv"))

    assert (answer.status_code, link.status_code) == (503, 503)
    assert "paraissent le 5" in answer.json()["detail"]
    assert "paraissent le 5" in link.text
    assert client.as_("farid").get(API).status_code == 403
    client.cookies.clear()
    assert client.get(API).json()["title"] == "Connectez-vous"


@pytest.mark.usefixtures("closed")
def test_an_older_version_says_of_which_day_it_is(
    client: Browser, database: Database, build: Builder, settings: Settings
) -> None:
    client.as_("claire")
    before = client.get(API, params=ASKED).json()
    note(database, build, "awa", QUARTER[0].replace(month=11), 60)
    refresh(database, settings, now=NOW.replace(month=12, day=5, hour=9))
    newest = json.loads((settings.data_dir / "facts/current.json").read_text())["version"]
    (settings.data_dir / "facts/versions" / newest / "manifest.json").write_text("{}")

    older = client.get(API, params=ASKED).json()

    *notes, caution = older.pop("notes")
    assert caution.startswith(
        "Les derniers chiffres ne se lisent pas\u00a0: ceux-ci sont arrêtés au"
    )
    assert caution.endswith("novembre 2026.")
    assert (older, notes) == ({k: v for k, v in before.items() if k != "notes"}, before["notes"])


def test_a_table_as_a_file_in_every_format(
    client: Browser, build: Builder, database: Database, settings: Settings
) -> None:
    build.everybody()
    with database.writing(Scope.system("tests")) as db:
        for organisation in db.exec(select(Organisation)):
            organisation.name = f"=1+1 {organisation.slug}"
    for who in ("awa", "bruno"):
        note(database, build, who, QUARTER[0], 60)
    refresh(database, settings, now=NOW)
    client.as_("claire")
    actor = build.actor("claire")
    with database.reading(actor.scope) as db:
        count = counter(database, settings, db, actor)
    question = count.ask("residents", ("organisation",), (), "2026-T3")
    labels = ["=1+1 france-services-du-val", "=1+1 mediatheque-des-quais"]

    files = {}
    for format in ("csv", "xlsx", "ods", "json"):
        taken = client.get(table_address(question, format))
        assert taken.status_code == 200
        name = f"escale-beneficiaires-par-structure-2026-T3.{format}"
        assert taken.headers["content-disposition"] == f'attachment; filename="{name}"'
        table = count.answer([question])[0]
        assert taken.content == as_file(table_file(table, count), format)  # the same bytes
        files[format] = taken.content

    figures = [cell["value"] for cell in json.loads(files["json"])["cells"]]
    wanted = [list(row) for row in zip(labels, figures, strict=True)]
    rows = list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig")), delimiter=";"))
    assert files["csv"].startswith(b"\xef\xbb\xbf")
    assert rows[0] == ["Structure", "Bénéficiaires"]
    assert rows[1:3] == [[f"'{label}", str(figure)] for label, figure in wanted]
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    assert [[cell.value for cell in row] for row in book["Tableau"].iter_rows(min_row=2)] == wanted
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    sheets = ods(files["ods"])
    assert sheets["Tableau"][1:] == [[label, str(figure)] for label, figure in wanted]
    method = sheets["Méthode"][2:]
    assert ["Période", "3e trimestre 2026"] in method
    assert ["Chiffres arrêtés le", "5\u00a0novembre 2026, 4\u00a0h\u00a000"] in method
    assert any("(version interactive-5)" in words for _, words in method)
    explained = [words for name, words in method if name == "Note"]
    assert any(words.startswith("Masqué\u00a0: moins de 11 personnes") for words in explained)
    assert [row[1] for row in rows if row and row[0] == "Note"] == explained
    assert [row[1].value for row in book["Méthode"].iter_rows(min_row=3)][-len(explained) :] == (
        explained
    )


def ods(content: bytes) -> dict[str, list[list[str]]]:
    """Read the texts of each sheet; a cell with a formula is none of ours."""
    tables = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist()[0] == "mimetype"
        tree: Any = fromstring(archive.read("content.xml"))
    assert not any(f"{tables}formula" in cell.attrib for cell in tree.iter())
    return {
        sheet.attrib[f"{tables}name"]: [
            ["".join(cell.itertext()) for cell in row.iter(f"{tables}table-cell")]
            for row in sheet.iter(f"{tables}table-row")
        ]
        for sheet in tree.iter(f"{tables}table")
    }
