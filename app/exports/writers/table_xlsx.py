"""XLSX of one table: a sheet of figures, a sheet on method."""

from typing import BinaryIO

import xlsxwriter

from app.core.spreadsheet import is_risky
from app.exports.writers.table import TableFile

WIDE, NARROW, PAGE = 44, 22, 100


def write(table: TableFile, stream: BinaryIO) -> None:
    """Write the workbook, dated as its figures; no text of it is a formula."""
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"title": table.title, "author": "Escale", "created": table.made_at})
        head = book.add_format({"bold": True, "bottom": 1})
        number = book.add_format({"num_format": "#,##0", "align": "right"})
        text = book.add_format({"quote_prefix": True})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        figures = book.add_worksheet("Tableau")
        figures.set_column(0, len(table.header) - 1, WIDE)
        figures.freeze_panes(1, 0)
        for column, title in enumerate(table.header):
            figures.write_string(0, column, title, head)
        for line, row in enumerate(table.rows, 1):
            *labels, figure = row
            for column, label in enumerate(map(str, labels)):
                figures.write_string(line, column, label, text if is_risky(label) else None)
            figures.write(line, len(labels), figure, number)
        method = book.add_worksheet("Méthode")
        method.set_column(0, 0, NARROW)
        method.set_column(1, 1, PAGE)
        method.write_string(0, 0, table.title, head)
        for line, (name, sentence) in enumerate(table.method, 2):
            method.write_string(line, 0, name)
            method.write_string(line, 1, sentence, wrap)
