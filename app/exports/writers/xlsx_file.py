"""XLSX: a sheet of figures, block after block as in the national file, and a sheet on method."""

from datetime import datetime
from typing import BinaryIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.core.spreadsheet import is_risky
from app.exports.reports import FilledReport
from app.exports.writers.cells import counted_at, figure

WIDE, NARROW = 62, 16


def write(report: FilledReport, stream: BinaryIO) -> None:
    """Write the workbook, dated as its figures: the bytes do not depend on a clock."""
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties(
            {
                "title": report.report.title,
                "author": "Escale",
                "created": datetime.fromisoformat(report.data_version),
            }
        )
        bold = book.add_format({"bold": True, "font_size": 13})
        head = book.add_format({"bold": True, "bottom": 1})
        number = book.add_format({"num_format": "#,##0"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        text = book.add_format({"quote_prefix": True})
        _figures(book.add_worksheet("Statistiques"), report, bold, head, number, text)
        _method(book.add_worksheet("Méthode"), report, bold, wrap)


def _figures(
    sheet: Worksheet,
    report: FilledReport,
    bold: Format,
    head: Format,
    number: Format,
    text: Format,
) -> None:
    sheet.set_column(0, 0, WIDE)
    sheet.set_column(1, 4, NARROW)
    sheet.write_string(0, 0, report.report.title, bold)
    sheet.write_string(1, 0, f"{report.period.label} · {', '.join(report.scope)}")
    sheet.write_string(2, 0, "Brouillon, chiffres protégés : voir la feuille « Méthode »")
    row = 4
    for block in report.blocks:
        sheet.write_string(row, 0, block.title, bold)
        row += 1
        for column, title in enumerate((block.row_title, *block.columns)):
            sheet.write_string(row, column, title, head)
        for line in block.lines:
            row += 1
            sheet.write_string(row, 0, line.label, text if is_risky(line.label) else None)
            for column, value in enumerate(line.figures, 1):
                sheet.write(row, column, figure(value), number)
        row += 2


def _method(sheet: Worksheet, report: FilledReport, bold: Format, wrap: Format) -> None:
    sheet.set_column(0, 0, 100)
    sheet.write_string(0, 0, "Comment ces chiffres sont faits", bold)
    facts = (
        f"Période : {report.period.label}.",
        f"Structures : {', '.join(report.scope)}.",
        f"Chiffres arrêtés le {counted_at(report.data_version)}.",
        f"Cases masquées : {report.hidden} sur {report.cells}.",
    )
    for row, sentence in enumerate((*facts, *report.notes), 2):
        sheet.write_string(row, 0, sentence, wrap)
