"""`escale export activites` and `beneficiaires`: a true workbook, a true CSV, both come back."""

import csv
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.exports.history import ACTIVITIES, ACTIVITY_COLUMNS, RESIDENT_COLUMNS, RESIDENTS
from app.imports.runs import Target
from app.imports.service import import_file
from tests.http.test_commands import escale  # noqa: F401
from tests.support.build import NOW, Builder
from tests.support.coop_file import V1, Importer, columns, history, individual, workshop
from tests.support.coop_people import person, write_people
from tests.support.imported import activities, people

HERE = ("--organisation", "mediatheque-des-quais")
KINDS = (RESIDENTS, ACTIVITIES)
RISKY = ("=1+1", "+33 6", "-2", "@somme", "'=1", "''=1", "'", "-", "l’été", '="a;b"\nfin')
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bring(build: Builder, tmp_path: Path) -> Importer:
    """Import files in Awa's structure."""
    return Importer(build, tmp_path)


@pytest.fixture
def take(escale: Any, build: Builder) -> Command:  # noqa: F811
    """Run `escale export …`: exit code, output, errors."""
    build.everybody()
    return lambda *words: escale("export", *map(str, words))


@pytest.fixture
def held(bring: Importer, tmp_path: Path) -> Importer:
    """Give Awa's structure a past full of what spreadsheets would run or lose."""
    bring.file(
        write_people(
            tmp_path / "p.xlsx",
            [
                person(),
                person(given_name="Paul", birth_year="-", phone="+41 22 730 51 11", email="-"),
                *(person(given_name=f"Léa {n}", note=text) for n, text in enumerate(RISKY)),
            ],
        )
    )
    bring(
        [
            *history(80, seed=3),
            individual(900, **{"Bénéficiaire": "Nicole Morel", "Source de la donnée": V1}),
            *workshop(901, 8, **{"Nom de l’atelier": "=HYPERLINK(1)", "Tags": "@nord\n+sud"}),
            *(
                individual(910 + n, **{"Notes supplémentaires": text, "Adresse": "+1 rue"})
                for n, text in enumerate(RISKY)
            ),
        ],
        titles=columns("SV"),
    )
    return bring


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_what_is_taken_out_comes_back_the_same(
    held: Importer, take: Command, tmp_path: Path, format: str
) -> None:
    there = held.build.structure_of("bruno").organisation
    for kind in KINDS:
        path = tmp_path / f"{kind}.{format}"
        code, _, err = take(kind, "--format", format, *HERE, "-o", path)
        assert (code, err) == (0, "")

        again = held.file(path)
        elsewhere = import_file(Target(held.build.database, there.id, NOW), path)

        assert (again.created, again.updated, again.refused) == (0, 0, 0)
        assert elsewhere.refused == 0
        assert elsewhere.created == again.unchanged > 0
    assert activities(held.build, "awa") == activities(held.build, "bruno")
    assert people(held.build, "awa") == people(held.build, "bruno")
    assert {row[12] for row in activities(held.build, "awa")} >= set(RISKY)


def test_a_csv_is_one_and_no_cell_of_it_runs(held: Importer, take: Command, tmp_path: Path) -> None:
    titles = {ACTIVITIES: ACTIVITY_COLUMNS, RESIDENTS: RESIDENT_COLUMNS}
    for kind in KINDS:
        path = tmp_path / f"{kind}.csv"
        _, out, _ = take(kind, "--format", "csv", *HERE, "-o", path)

        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, delimiter=";"))
        assert tuple(rows[0]) == titles[kind]
        assert f"{len(rows) - 1}\u00a0lignes" in out
        cells = [cell for row in rows for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
        assert "'=1+1" in cells
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_risky_cell_of_a_workbook_is_a_text_and_stays_one(
    held: Importer, take: Command, tmp_path: Path
) -> None:
    for kind in KINDS:
        take(kind, *HERE, "-o", tmp_path / "x.xlsx")

        book = openpyxl.load_workbook(tmp_path / "x.xlsx")
        cells = [cell for row in book.worksheets[0].iter_rows(min_row=22) for cell in row]
        risky = [c for c in cells if isinstance(c.value, str) and c.value[:1] in "=+-@"]
        assert "=1+1" in {cell.value for cell in risky}
        assert {(cell.data_type, cell.quotePrefix) for cell in risky} == {("s", True)}


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("activites", "--format", "pdf", *HERE), 3, "pas encore"),
        (("beneficiaires", "--format", "ods", *HERE), 3, "pas encore"),
        (("activites", "--format", "doc", *HERE), 1, "Aucun format"),
        (("activites", "--format", "csv"), 1, "--organisation"),
        (("activites", "--organisation", "inconnue"), 1, "inconnue"),
        (("activites", "--period", "2026", *HERE), 1, "--period"),
        (("beneficiaires", *HERE, "--as", "bruno@exemple.fr"), 1, "travaillent dans la structure"),
        (("beneficiaires", *HERE, "--as", "claire@exemple.fr"), 1, "travaillent"),
    ],
)
def test_what_cannot_be_taken_is_one_sentence_and_no_file(
    take: Command, tmp_path: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    path = tmp_path / "x"

    ended, out, err = take(*words, "-o", path)

    assert (ended, out) == (code, "")
    assert sentence in err
    assert not path.exists()


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_file_that_cannot_be_written_is_said(take: Command, tmp_path: Path, format: str) -> None:
    path = tmp_path / "absent" / "x"

    code, out, err = take("activites", "--format", format, *HERE, "-o", path)

    assert (code, out) == (1, "")
    assert "Impossible" in err


def test_a_folder_is_no_name_of_a_file(take: Command, tmp_path: Path) -> None:
    code, out, err = take("activites", *HERE, "-o", tmp_path)

    assert (code, out, "est un dossier" in err) == (1, "", True)
