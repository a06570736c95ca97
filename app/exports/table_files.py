"""One protected table as a file, with the note on method inside it."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from app.core.errors import Invalid
from app.core.text import NBSP
from app.exports.writers import table_csv, table_json, table_ods, table_xlsx
from app.exports.writers.cells import counted_at
from app.exports.writers.table import TableFile
from app.statistics.answers import Answer, Status
from app.statistics.service import Counter
from app.statistics.tables import PublishedTable
from app.statistics.vocabulary import DIMENSIONS, PERIOD_DIMENSIONS
from app.statistics.writing import WORDS


@dataclass(frozen=True)
class Format:
    """A file format: how a table is written in it, and what a browser calls it."""

    write: Callable[[TableFile, BinaryIO], None]
    media_type: str


FORMATS = {
    "csv": Format(table_csv.write, "text/csv; charset=utf-8"),
    "xlsx": Format(
        table_xlsx.write, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ),
    "ods": Format(table_ods.write, "application/vnd.oasis.opendocument.spreadsheet"),
    "json": Format(table_json.write, "application/json"),
}


def format_named(name: str) -> Format:
    """Find a format. Raises Invalid."""
    if name not in FORMATS:
        formats = ", ".join(FORMATS)
        raise Invalid("format", f"Aucun format «{NBSP}{name}{NBSP}». Il y a{NBSP}: {formats}.")
    return FORMATS[name]


def as_file(table: TableFile, name: str) -> bytes:
    """Write a table in a format; the same figures give the same bytes."""
    stream = io.BytesIO()
    format_named(name).write(table, stream)
    return stream.getvalue()


def table_file(table: PublishedTable, count: Counter) -> TableFile:
    """Put a table in words: what its rows are, whose figures, how they are made."""
    labels = count.view.reference(table.period.year).labels
    structures = labels["organisation"]
    scope = [structures[slug] for slug in structures if slug in count.view.organisations]
    names = [_name(dimension) for dimension in table.by]
    title, measure = table.measure.title, table.measure.with_unit
    if names:
        title += f" par {' et '.join(name[0].lower() + name[1:] for name in names)}"
    filters = [f"{_name(c.dimension)}{NBSP}: {labels[c.dimension][c.value]}" for c in table.where]
    rows = [
        (*(cell.labels[name] for name in table.by), _figure(cell.answer)) for cell in table.cells
    ]
    return TableFile(
        title=title,
        header=(*(names or [""]), measure),
        rows=tuple(row if names else ("Ensemble", *row) for row in rows),
        method=(
            ("Mesure", measure),
            ("Définition", table.measure.definition),
            ("Période", table.period.label),
            ("Structures", ", ".join(scope)),
            ("Filtres", ", ".join(filters) or "aucun"),
            ("Chiffres arrêtés le", counted_at(table.data_version)),
            (
                "Règle de protection",
                f"décrite à la page «{NBSP}Méthode{NBSP}» (version {table.policy})",
            ),
            *(("Note", note) for note in table.notes),
            ("Note", f"{WORDS[Status.EMPTY]}{NBSP}: cette case ne peut pas exister."),
        ),
        data_version=table.data_version,
        document=table.to_json() | {"labels": _labels(table, labels, scope)},
    )


def _labels(table: PublishedTable, labels: Any, scope: list[str]) -> dict[str, Any]:
    return {
        "measure": table.measure.title,
        "definition": table.measure.definition,
        "period": table.period.label,
        "scope": scope,
        "where": {c.dimension: labels[c.dimension][c.value] for c in table.where},
        "dimensions": {
            name: {
                "label": _name(name),
                "values": {cell.values[name]: cell.labels[name] for cell in table.cells},
            }
            for name in table.by
        },
    }


def _name(dimension: str) -> str:
    named = DIMENSIONS.get(dimension)
    return named.label if named else {str(k): v for k, v in PERIOD_DIMENSIONS.items()}[dimension]


def _figure(answer: Answer) -> int | str:
    return WORDS[answer.status] if answer.value is None else answer.value
