"""What a reader of values does not see in a sheet: merged cells, formulas without a result."""

import re
from dataclasses import dataclass, field
from typing import IO, Any
from xml.parsers.expat import ParserCreate

from openpyxl.utils import range_boundaries

# Almost no file has any: looking for the tags costs a twentieth of parsing.
_WORTH_PARSING = re.compile(rb"<(?:\w+:)?(?:f|mergeCell)[\s/>]")
_CHUNK, _OVERLAP = 2**20, 64
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d+)")


@dataclass
class Structure:
    """Merged blocks as first and last lines, and columns of empty formulas by line (from 1)."""

    merged_lines: list[tuple[int, int]] = field(default_factory=list)
    empty_formulas: dict[int, set[int]] = field(default_factory=dict)

    def is_merged(self, line: int) -> bool:
        """Tell whether some cells of a line are merged."""
        return any(first <= line <= last for first, last in self.merged_lines)


def examine(part: IO[bytes]) -> Structure:
    """Read a sheet's XML once, and once more only if there is something to find."""
    before = b""
    while chunk := part.read(_CHUNK):
        if _WORTH_PARSING.search(before + chunk):
            part.seek(0)
            return _Finder().read(part)
        before = chunk[-_OVERLAP:]
    return Structure()


class _Finder:
    """Walks the cells of a sheet, whose references are optional."""

    def __init__(self) -> None:
        self._found = Structure()
        self._line = self._column = 0
        self._has_formula = self._has_result = self._in_value = False

    def read(self, part: IO[bytes]) -> Structure:
        parser = ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.ParseFile(part)
        return self._found

    def _start(self, name: str, attributes: dict[str, Any]) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "row":
            self._line, self._column = int(attributes.get("r", self._line + 1)), 0
        elif tag == "c":
            self._column = _column(attributes.get("r", "")) or self._column + 1
            self._has_formula = False
            self._has_result = attributes.get("t") == "str"  # an empty text is a result
        elif tag == "f":
            self._has_formula = True
        elif tag == "v":
            self._in_value = True
        elif tag == "mergeCell":
            _, first, _, last = range_boundaries(attributes["ref"])
            self._found.merged_lines.append((first or 1, last or first or 1))

    def _text(self, _: str) -> None:
        if self._in_value:
            self._has_result = True

    def _end(self, name: str) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "v":
            self._in_value = False
        elif tag == "c" and self._has_formula and not self._has_result:
            self._found.empty_formulas.setdefault(self._line, set()).add(self._column)


def _column(reference: str) -> int:
    match = _REFERENCE.fullmatch(reference)
    number = 0
    for letter in match.group(1) if match else "":
        number = number * 26 + ord(letter) - 64
    return number
