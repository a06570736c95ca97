"""CSV: one long table (block, row, column, figure), in UTF-8 with semicolons, as in France."""

import csv
import io
from typing import BinaryIO

from app.core.spreadsheet import guarded
from app.exports.reports import FilledReport
from app.exports.writers.cells import counted_at, figure


def write(report: FilledReport, stream: BinaryIO) -> None:
    """Write the report; the method notes come first, one a line."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=True)
    rows = csv.writer(text, delimiter=";", lineterminator="\r\n")
    rows.writerow(["Tableau", "Ligne", "Colonne", "Valeur"])
    rows.writerow(["Méthode", "Période", "", report.period.label])
    rows.writerow(["Méthode", "Structures", "", ", ".join(map(guarded, report.scope))])
    rows.writerow(["Méthode", "Chiffres arrêtés le", "", counted_at(report.data_version)])
    for note in report.notes:
        rows.writerow(["Méthode", "Note", "", guarded(note)])
    for block in report.blocks:
        for line in block.lines:
            for title, value in zip(block.columns, line.figures, strict=True):
                rows.writerow([block.title, guarded(line.label), title, figure(value)])
    text.detach()
