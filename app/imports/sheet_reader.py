"""Reads a sheet's XML line by line: the values that openpyxl would give, in a third of its time.

What styles and shared texts mean comes from openpyxl, which opened the workbook (ECMA-376 § 18.3).
"""

import re
from collections import deque
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import IO, Any
from xml.parsers.expat import ParserCreate

from openpyxl.utils.datetime import from_excel, from_ISO8601

_CHUNK = 2**16
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_IN_TEXT = frozenset({"v", "t"})  # a value, or a text that stands in the sheet itself
Values = tuple[Any, ...]


@dataclass(frozen=True)
class Meaning:
    """What a cell's numbers refer to in its workbook."""

    texts: list[str]
    dates: Set[int]  # styles that show a number as a date
    lengths: Set[int]  # styles that show it as a length of time
    epoch: datetime


def read_texts(part: IO[bytes]) -> list[str]:
    """Read the texts that the cells of a workbook share (ECMA-376 § 18.4).

    openpyxl takes escapes off by half: « _x005F_x000D_ » could not be told from a real one.
    Raises ExpatError for what is no table of texts.
    """
    texts: list[str] = []
    parts: list[str] = []
    tags, inside = _Tags(), [""]

    def start(name: str, _: dict[str, str]) -> None:
        inside.append(tags[name])
        if tags[name] == "si":
            parts.clear()

    def end(name: str) -> None:
        inside.pop()
        if tags[name] == "si":
            texts.append(unescaped("".join(parts)))

    def text(found: str) -> None:
        if inside[-1] == "t" and inside[-2] != "rPh":  # how a Japanese text is said: no part of it
            parts.append(found)

    parser = ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    parser.ParseFile(part)
    return texts


def unescaped(text: str) -> str:
    """Read the characters that a workbook writes « _x000D_ » (ECMA-376 § 22.9.2.19)."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if 0xD800 <= code <= 0xDFFF else chr(code)  # half a character is no text


def read_lines(
    part: IO[bytes], meaning: Meaning, *, max_row: int, max_column: int
) -> Iterator[tuple[int, Values]]:
    """Give each line's number and values, those of empty lines left out.

    Raises ValueError, IndexError or ExpatError for what is no sheet.
    """
    reader = _Reader(meaning, max_column)
    while chunk := part.read(_CHUNK):
        reader.parse(chunk, False)
        while reader.lines:
            line, values = reader.lines.popleft()
            if line > max_row:
                return
            yield line, values
    reader.parse(b"", True)
    yield from reader.lines


class _Reader:
    """Walks the cells of a sheet, whose references are optional."""

    def __init__(self, meaning: Meaning, max_column: int) -> None:
        self.lines: deque[tuple[int, Values]] = deque()
        self._max_column = max_column
        self._tags = _Tags()
        self._readers = _readers(meaning)
        self._number = _numbers(meaning)
        self._line = self._column = 0
        self._values: list[Any] = []
        self._kind = "n"
        self._style = "0"
        self._texts: list[str] = []
        self._is_text = self._in_phonetic = False
        parser = ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self.parse = parser.Parse

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = self._tags[name]
        if tag == "c":
            reference = attributes.get("r")
            self._column = _column(reference) if reference else self._column + 1
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s", "0")
            self._texts = []
        elif tag in _IN_TEXT:
            self._is_text = not self._in_phonetic
        elif tag == "row":
            self._line = int(attributes.get("r", self._line + 1))
            self._column, self._values = 0, [None] * self._max_column
        elif tag == "rPh":  # how a Japanese text is said: no part of it
            self._in_phonetic = True

    def _text(self, text: str) -> None:
        if self._is_text:
            self._texts.append(text)

    def _end(self, name: str) -> None:
        tag = self._tags[name]
        if tag in _IN_TEXT:
            self._is_text = False
        elif tag == "c":
            if self._texts and self._column <= self._max_column:
                self._keep(self._texts[0] if len(self._texts) == 1 else "".join(self._texts))
        elif tag == "row":
            self.lines.append((self._line, tuple(self._values)))
        elif tag == "rPh":
            self._in_phonetic = False

    def _keep(self, text: str) -> None:
        read = self._readers.get(self._kind)
        value = read(text) if read else self._number(text, self._style)
        self._values[self._column - 1] = value


class _Tags(dict[str, str]):
    """Names of elements without their namespace, which differs between two kinds of file."""

    def __missing__(self, name: str) -> str:
        """Cut a name the first time."""
        self[name] = name.rpartition(" ")[2]
        return self[name]


def _readers(meaning: Meaning) -> dict[str, Callable[[str], Any]]:
    texts = meaning.texts
    return {
        "s": lambda text: texts[int(text)],
        "str": unescaped,
        "inlineStr": unescaped,
        "e": str,
        "b": lambda text: bool(int(text)),
        "d": from_ISO8601,
    }


def _numbers(meaning: Meaning) -> Callable[[str, str], Any]:
    @lru_cache(4_000)
    def number(text: str, style: str) -> Any:
        found = _number(text)
        if int(style) not in meaning.dates:
            return found
        try:
            return from_excel(found, meaning.epoch, timedelta=int(style) in meaning.lengths)
        except (OverflowError, ValueError):
            return "#VALUE!"  # no day has this number: what openpyxl and spreadsheets show

    return number


def _number(text: str) -> int | float:
    if "." in text or "E" in text or "e" in text:
        return float(text)
    return int(text)


@lru_cache(20_000)
def _column(reference: str) -> int:
    number = 0
    for letter in reference.rstrip("0123456789"):
        number = number * 26 + ord(letter) - 64
    if not 1 <= number <= 16_384:
        raise ValueError("no such column")
    return number
