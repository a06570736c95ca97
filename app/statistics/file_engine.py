"""The engine of what writes files of figures: bounded in memory, silent."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb


@contextmanager
def writing_engine(spill: Path, memory_mb: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an engine for what writes files; what memory does not hold is put aside in a folder.

    It is told to be silent: it takes a process that a server spawns for a person's terminal, and
    would draw its progress in the log.
    """
    with closing(duckdb.connect(":memory:", config={"threads": 2})) as db:
        db.execute(
            f"SET enable_progress_bar = false; SET memory_limit = '{memory_mb}MB'; "
            f"SET temp_directory = '{spill}'"
        )
        yield db
