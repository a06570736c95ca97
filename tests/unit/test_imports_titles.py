"""Columns under other titles are taken when nothing else could be meant; all others are told."""

from datetime import date
from pathlib import Path

import openpyxl

from app.imports.header import find_table, other_activities
from app.imports.people_file import find_people, read_people
from app.imports.report import ImportReport
from app.imports.titles import ACTIVITIES
from app.imports.workbook import opened
from tests.support import coop_file
from tests.support.coop_file import individual, write
from tests.support.coop_people import person, write_people

RENAMED = {
    "Thématique(s) d’accompagnement": "Thématiques d'accompagnement",
    "Genre du bénéficiaire": "Genre",
    "Notes supplémentaires": "Note supplémentaire",
    "Tags": "Étiquettes",
    "ID CRA": "Id. CRA",
}


def said_of(path: Path) -> list[str]:
    """Give what is said of a file's columns, without no-break spaces."""
    with opened(path) as book:
        return [said.replace("\u00a0", " ") for said in find_table(book).header.columns_said()]


def test_a_whole_file_has_nothing_said_of_its_columns(tmp_path: Path) -> None:
    for variant in ("S", "SV", "O", "OV"):
        titles = coop_file.columns(variant)
        assert said_of(write(tmp_path / "x.xlsx", [individual()], titles=titles)) == []


def test_a_title_in_the_plural_is_read_and_any_other_is_told(tmp_path: Path) -> None:
    titles = [RENAMED.get(title, title) for title in coop_file.columns()]
    path = write(tmp_path / "x.xlsx", [individual()], titles=titles)

    missing, unread = said_of(path)

    assert "absentes de ce fichier : « Tags », « Genre du bénéficiaire »." in missing
    assert "ne reprend pas : « Étiquettes », « Genre »." in unread
    with opened(path) as book:
        assert {"themes", "note"} <= find_table(book).header.positions.keys()


def test_a_title_that_two_columns_nearly_have_is_taken_from_neither() -> None:
    placed = ACTIVITIES.place(("Date", "ID CRA", "Tag", "TAGs."))
    assert placed.unread == ["Tag"]  # the other one is exactly « Tags »

    placed = ACTIVITIES.place(("Date", "ID CRA", "Adresses", "Les adresses", "L’adresses"))
    assert "address" not in placed.positions


def test_a_former_file_tells_of_what_is_read_no_more(tmp_path: Path) -> None:
    path = write(tmp_path / "x.xlsx", [], titles=coop_file.OLD_COLUMNS)

    assert said_of(path) == [
        "Colonnes de ce fichier qu’Escale ne reprend pas : « La démarche est-elle finalisée ? »."
    ]


def test_columns_of_a_residents_file_are_told_too(tmp_path: Path) -> None:
    path = write_people(tmp_path / "x.xlsx", [person()])
    book = openpyxl.load_workbook(path)
    titles = {cell.value: cell for cell in book.active[13]}
    titles["Genre"].value, titles["Notes supplémentaires"].value = "Sexe", "Notes"
    book.save(path)
    report = ImportReport(is_dry_run=True)

    with opened(path) as again:
        table = find_people(again)
        assert table is not None
        assert list(read_people(table, {}, report, today=date(2026, 11, 24)))

    missing, unread = (said.replace("\u00a0", " ") for said in report.notices[:2])
    assert "« Genre », « Notes supplémentaires »" in missing
    assert "« Sexe », « Notes »" in unread


def test_activities_beside_residents_are_named_by_their_sheet(tmp_path: Path) -> None:
    path = write_people(tmp_path / "x.xlsx", [person()])
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("Mes activités")
    sheet.append(coop_file.columns())
    book.save(path)

    with opened(path) as again:
        table = find_people(again)
        assert table is not None
        assert other_activities(again, table.sheet) == ["Mes activités"]
