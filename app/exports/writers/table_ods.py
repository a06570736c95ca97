"""ODS of one table, by odfdo: a sheet of figures, a sheet on method."""

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from app.exports.writers.table import TableFile

if TYPE_CHECKING:
    from odfdo import Table

MIMETYPE = "mimetype"  # first and as it is (ODF 1.3 part 2, § 3.3)
DATED = (1980, 1, 1, 0, 0, 0)


def write(table: TableFile, stream: BinaryIO) -> None:
    """Write the workbook, dated as its figures; a text is typed as one, so that none is run."""
    from odfdo import Document  # with lxml, a tenth of a second that only this format costs

    document = Document("spreadsheet")
    document.body.clear()
    document.meta.title = table.title
    document.meta.creation_date = table.made_at
    document.body.append(_sheet("Tableau", (table.header, *table.rows)))
    document.body.append(_sheet("Méthode", ((table.title,), (), *table.method)))
    packed = io.BytesIO()
    document.save(packed)
    _copy_undated(packed, stream)


def _sheet(name: str, rows: Iterable[Sequence[str | int]]) -> "Table":
    from odfdo import Cell, Row, Table

    sheet = Table(name)
    for cells in rows:
        row = Row()
        for position, value in enumerate(cells):
            row.set_cell(position, Cell(value))
        sheet.append_row(row)
    return sheet


def _copy_undated(packed: BinaryIO, stream: BinaryIO) -> None:
    """Copy an archive without the time at which it was packed: the same figures, the same bytes."""
    with ZipFile(packed) as source, ZipFile(stream, "w") as target:
        for name in source.namelist():
            entry = ZipInfo(name, DATED)
            entry.compress_type = ZIP_STORED if name == MIMETYPE else ZIP_DEFLATED
            target.writestr(entry, source.read(name))
