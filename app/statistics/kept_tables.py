"""Protected tables kept on disk beside the version they were made from, for every process.

Months are frozen, so a table stays true as long as its version; it goes with it. A file that cannot
be read or written is no file: the table is made again.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.statistics.answers import Answer, Status

FILE = "kept.sqlite"
MOST_BYTES = 256_000_000
PAGE_BYTES = 4096
BUSY_S = 2

Cells = list[tuple[dict[str, str], dict[str, str], Answer]]  # values, labels, figure


class KeptTables:
    """The tables kept with one version; only what may be published is ever in it."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE

    def get(self, names: Sequence[str]) -> dict[str, tuple[Cells, tuple[str, ...]]]:
        """Give the cells and notes of those that are kept."""
        marks = ", ".join("?" for _ in names)
        try:
            if not self._path.exists():
                return {}
            with self._open() as db:
                rows = db.execute(
                    f"SELECT name, table_ FROM kept WHERE name IN ({marks})",  # noqa: S608
                    [_digest(name) for name in names],
                ).fetchall()
            found = {digest: _read(content) for digest, content in rows}
        except (sqlite3.Error, zlib.error, ValueError, KeyError, TypeError, OSError):
            return {}
        return {name: found[_digest(name)] for name in names if _digest(name) in found}

    def put(self, tables: Mapping[str, tuple[Cells, tuple[str, ...]]]) -> None:
        """Keep tables, as long as there is room."""
        rows = [(_digest(name), _written(*table)) for name, table in tables.items()]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._open() as db, db:
                db.executemany("INSERT OR IGNORE INTO kept VALUES (?, ?)", rows)
        except (sqlite3.Error, OSError):
            return

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self._path, timeout=BUSY_S)
        try:
            db.execute(f"PRAGMA max_page_count = {MOST_BYTES // PAGE_BYTES}")
            db.execute("PRAGMA synchronous = OFF")  # what is lost is made again
            db.execute(
                "CREATE TABLE IF NOT EXISTS kept (name BLOB PRIMARY KEY, table_ BLOB) WITHOUT ROWID"
            )
            yield db
        finally:
            db.close()


def _digest(name: str) -> bytes:
    return sha256(name.encode()).digest()


def _written(cells: Cells, notes: Iterable[str]) -> bytes:
    rows = [
        [values, labels, answer.status.value, answer.value, answer.spread]
        for values, labels, answer in cells
    ]
    document = json.dumps([rows, list(notes)], ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(document.encode())


def _read(content: bytes) -> tuple[Cells, tuple[str, ...]]:
    rows: list[Any]
    rows, notes = json.loads(zlib.decompress(content))
    cells = [
        (values, labels, Answer(Status(status), value, spread))
        for values, labels, status, value, spread in rows
    ]
    return cells, tuple(notes)
