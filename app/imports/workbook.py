"""Opens a workbook that somebody sent: refuses what could harm, gives its rows as plain values.

Nothing here knows what the rows mean (security-privacy F4).
"""

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError, ParserCreate

from defusedxml import DefusedXmlException
from openpyxl import Workbook
from openpyxl.reader.excel import ExcelReader
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.xml.constants import SHARED_STRINGS

from app.core.errors import Invalid
from app.imports.csv_book import CsvSheet, read_csv
from app.imports.sheet_reader import Meaning, Values, read_lines, read_texts
from app.imports.sheet_structure import Structure, examine

MAX_UNPACKED = 200 * 2**20
MAX_RATIO = 100
MAX_PARTS = 2_000
MAX_CSV = 200 * 2**20
MAX_ROWS = 1_048_576
EXCEL_EPOCH = datetime(1899, 12, 30)
MAX_COLUMNS = 256
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    DefusedXmlException,
    ParseError,
    ExpatError,
    EOFError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
)


@dataclass(frozen=True)
class Book:
    """A workbook that may be read, closed with the block that opened it."""

    sheets: tuple["AnySheet", ...]
    epoch: datetime  # what day 0 is: 1900 or 1904


@dataclass(frozen=True)
class Sheet:
    """One sheet, read from the top each time."""

    source: Any  # a ReadOnlyWorksheet, whose published types are wrong
    archive: zipfile.ZipFile
    length: int | None  # lines that it says it has
    title: str

    def rows(self) -> Iterator[tuple[int, Values]]:
        """Give each line's number and values, save for lines that are not written at all.

        Raises Invalid when the file turns out to be damaged.
        """
        book = self.source.parent
        meaning = Meaning(
            self.source._shared_strings, book._date_formats, book._timedelta_formats, book.epoch
        )
        with _damage_told(), self.archive.open(self.source._worksheet_path) as part:
            yield from read_lines(part, meaning, max_row=MAX_ROWS, max_column=MAX_COLUMNS)

    def structure(self) -> Structure:
        """Find merged cells, and formulas that were saved without a result."""
        with _damage_told(), self.archive.open(self.source._worksheet_path) as part:
            return examine(part)


AnySheet = Sheet | CsvSheet


class _Reader(ExcelReader):
    """Opens a workbook as openpyxl does, save for the texts that its cells share."""

    def read_strings(self) -> None:
        """Read them with their escapes, which openpyxl leaves."""
        found = self.package.find(SHARED_STRINGS)  # type: ignore[no-untyped-call]
        if found is not None:
            with self.archive.open(found.PartName[1:]) as part:
                self.shared_strings = read_texts(part)


@contextmanager
def opened(path: Path) -> Iterator[Book]:
    """Open a workbook or a CSV for a block. Raises Invalid("file", …) for a dangerous one."""
    table = _refuse_other_formats(path)
    if table is not None:
        yield Book((table,), EXCEL_EPOCH)
        return
    with warnings.catch_warnings(action="ignore"):  # openpyxl tells what it drops: styles, menus
        with _damage_told():
            archive, book = _open_safely(path)
        try:
            yield Book(
                tuple(
                    _sheet(sheet, archive)
                    for sheet in book.worksheets
                    if isinstance(sheet, ReadOnlyWorksheet)
                ),
                book.epoch,
            )
        finally:
            book.close()
            archive.close()


def _open_safely(path: Path) -> tuple[zipfile.ZipFile, Workbook]:
    archive = zipfile.ZipFile(path)
    try:
        _refuse_bombs(archive, path)
        _refuse_links(archive)
        for part in archive.infolist():
            if part.filename.endswith((".xml", ".rels")):
                _refuse_declarations(archive, part)
        reader = _Reader(path, read_only=True, data_only=True, keep_links=False)
        reader.read()
        return archive, reader.wb
    except BaseException:
        archive.close()
        raise


def _sheet(source: ReadOnlyWorksheet, archive: zipfile.ZipFile) -> Sheet:
    length = source.max_row
    source.reset_dimensions()  # a wrong one would hide the last lines
    return Sheet(source, archive, length, source.title)


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise Invalid(
            "file", "Ce classeur est abîmé. Ouvrez-le, enregistrez-le de nouveau, puis réessayez."
        ) from error


def _refuse_other_formats(path: Path) -> CsvSheet | None:
    """Give the table of a CSV, None for a workbook; refuse all else."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise Invalid(
            "file", f"Le fichier «\u00a0{path.name}\u00a0» ne peut pas être lu."
        ) from error
    if start == _OLE:
        raise Invalid(
            "file",
            "Ce classeur est protégé par un mot de passe, ou d’un ancien format (.xls). "
            "Enregistrez-le en .xlsx, sans mot de passe.",
        )
    if start == _ZIP and zipfile.is_zipfile(path):
        return None
    table = read_csv(path, width=MAX_COLUMNS, largest=MAX_CSV) if start != _ZIP else None
    if table is None:
        raise Invalid(
            "file",
            "Ce fichier n’est pas un classeur .xlsx ni un tableau CSV. "
            "Choisissez l’export de La Coop ou d’Escale.",
        )
    return table


def _refuse_bombs(archive: zipfile.ZipFile, path: Path) -> None:
    """Trust declared sizes: zipfile reads no more of a part than it says."""
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        raise Invalid(
            "file",
            f"Ce classeur est fait de plus de {MAX_PARTS} morceaux. "
            "Ouvrez-le, enregistrez-le de nouveau, puis réessayez.",
        )
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * path.stat().st_size:
        raise Invalid(
            "file",
            "Ce classeur est trop gros une fois décompressé (200 Mio au plus). "
            "Exportez une période plus courte.",
        )
    if "xl/workbook.xml" not in archive.namelist():
        raise Invalid(
            "file", "Ce fichier n’est pas un classeur .xlsx. Choisissez l’export de La Coop."
        )


def _refuse_links(archive: zipfile.ZipFile) -> None:
    for name in archive.namelist():
        if name.startswith(("xl/externalLinks/", "xl/connections")):
            raise Invalid(
                "file",
                "Ce classeur est lié à d’autres fichiers. Enregistrez-en une copie sans liaison.",
            )


def _refuse_declarations(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse a document type, hence entities, and an encoding that our own scan would not read.

    The parser stops at what it refuses: no entity is ever expanded.
    """
    met_root: list[str] = []
    parser = ParserCreate()
    parser.StartElementHandler = lambda name, _: met_root.append(name)
    parser.StartDoctypeDeclHandler = _refuse_declared
    parser.XmlDeclHandler = lambda _, encoding, __: (
        _refuse_declared() if encoding and encoding.lower() not in ("utf-8", "us-ascii") else None
    )
    with archive.open(part) as file:
        while not met_root and (chunk := file.read(4096)):
            if b"\x00" in chunk:
                _refuse_declared()
            parser.Parse(chunk)
    if not met_root:
        _refuse_declared()


def _refuse_declared(*_: Any) -> None:
    raise Invalid(
        "file",
        "Ce classeur contient des déclarations XML qu’Escale refuse. "
        "Ouvrez-le, enregistrez-le de nouveau, puis réessayez.",
    )
