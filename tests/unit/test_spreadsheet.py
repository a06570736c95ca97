"""Texts of a file open as texts, and are found again as they were (security-privacy F5)."""

import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.spreadsheet import guarded, is_risky, unguarded
from app.exports.reports import NATIONAL, FilledBlock, FilledReport, Line
from app.exports.writers import csv_file, xlsx_file
from app.statistics import periods

RISKY = ("=1+1", "+33", "-2", "@somme", "\t=1", "\r=1")


@given(st.text(alphabet="'=+-@a \t\r\n", max_size=8))
def test_a_guarded_text_runs_nothing_and_reads_as_before(text: str) -> None:
    written = guarded(text)

    assert not is_risky(written)
    assert unguarded(written) == text


@pytest.mark.parametrize("text", ["", "l’été", "'quoted'", "'", "3/8", "a=b"])
def test_an_ordinary_text_is_left_alone(text: str) -> None:
    assert guarded(text) == unguarded(text) == text


def report(*labels: str) -> FilledReport:
    """Make a report with lines of some names."""
    lines = tuple(Line(label, (12,)) for label in labels)
    return FilledReport(
        report=NATIONAL,
        period=periods.read("2026-T3"),
        scope=("Médiathèque",),
        data_version="2026-10-05T02:00:00Z",
        blocks=(FilledBlock("Par lieu", "Réponse", ("Accompagnements",), lines),),
        notes=(),
        hidden=0,
        cells=len(labels),
    )


def test_names_in_a_report_are_texts_in_both_formats() -> None:
    book, table = io.BytesIO(), io.BytesIO()

    xlsx_file.write(report(*RISKY), book)
    csv_file.write(report(*RISKY), table)

    sheet = openpyxl.load_workbook(book)["Statistiques"]
    cells = [cell for [cell] in sheet.iter_rows(max_col=1) if str(cell.value)[:1] in "=+-@"]
    assert len(cells) >= 4
    assert {(cell.data_type, cell.quotePrefix) for cell in cells} == {("s", True)}
    rows = csv.reader(io.StringIO(table.getvalue().decode("utf-8-sig"), newline=""), delimiter=";")
    assert not [cell for row in rows for cell in row if is_risky(cell)]
