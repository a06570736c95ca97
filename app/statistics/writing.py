"""A protected table as plain text, for the terminal."""

from app.core.text import number
from app.statistics.answers import Status
from app.statistics.tables import PublishedTable

WORDS = {Status.HIDDEN: "masqué", Status.EMPTY: "–"}


def as_text(table: PublishedTable) -> str:
    """Write a table: title, one line a cell, notes. A hidden cell is as long as any other word."""
    lines = [f"{table.measure.with_unit}, {table.period.label}"]
    for cell in table.cells:
        label = " · ".join(cell.labels[name] for name in table.by) or "Ensemble"
        answer = cell.answer
        figure = number(answer.value) if answer.value is not None else WORDS[answer.status]
        lines.append(f"{label}\t{figure}")
    return "\n".join([*lines, "", *table.notes])
