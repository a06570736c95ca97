"""How long a closing takes when a year holds one or ten million attendances, and in what memory.

A demonstration year is repeated inside SQLite, each time with other people: nine months stand in
the ledger, the tenth only among the activities. Then, each in a process of its own whose peak
memory is told: that month is closed (activities to ledger, and the year written to the store), and
the year is written again in full. Beside them, two floors: a bare COPY of the finished tables to
Parquet, and a bare COPY of the ledger's rows as they stand in SQLite to one Parquet file.

Writes benchmarks/results/statistics-closing.md. Usage: statistics_closing.py [ROWS...]
"""

import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import duckdb

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.core.crypto import load_master_key  # noqa: E402
from app.core.db import Database  # noqa: E402
from app.core.settings import load  # noqa: E402
from app.statistics.closing import refresh, store_of  # noqa: E402
from app.statistics.ledger import ATTENDANCE, FIELD  # noqa: E402
from app.statistics.loading import take_in  # noqa: E402
from benchmarks.processes import in_a_process  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "statistics-closing.md"
SESSIONS, SEED = 4_000, 3
NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
DUE = "2026-10"  # the month that is left to close
NINE = "month LIKE '2026-%'"
OF_DUE = f"id IN (SELECT id FROM assisted_session WHERE held_on LIKE '{DUE}-%')"
REPEATED = {  # what is repeated, the ids in it, and which rows
    "statistics_ledger": (("attendance_id", "subject"), NINE),
    "statistics_subject": (("subject", "resident_id"), "year = 2026"),
    "assisted_session": (("id",), OF_DUE),
    "attendance": (("id", "session_id", "resident_id"), f"session_{OF_DUE}"),
    "session_theme": (("id", "session_id"), f"session_{OF_DUE}"),
    "procedure_help": (
        ("id", "attendance_id", "case_id"),
        f"attendance_id IN (SELECT id FROM attendance WHERE session_{OF_DUE})",
    ),
}


def build(database: Path, rows: int) -> None:
    """Repeat a demonstration until its year has so many attendances, the last month open again."""
    for command in (["init"], ["demo", "--sessions", str(SESSIONS), "--seed", str(SEED)]):
        subprocess.run(
            [str(Path(sys.executable).with_name("escale")), *command],
            check=True,
            capture_output=True,
        )
    shutil.rmtree(load().data_dir / "facts")  # where the month to close is published already
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("DELETE FROM statistics_closing WHERE period = ?", [DUE])
        for table in ("statistics_ledger", "statistics_act"):
            db.execute(f"DELETE FROM {table} WHERE month = ?", [DUE])
        ids, which = REPEATED["attendance"]
        counted = (
            f"SELECT (SELECT count(*) FROM statistics_ledger WHERE {NINE}) + "
            f"(SELECT count(*) FROM attendance WHERE {which})"
        )
        times = rows // db.execute(counted).fetchone()[0] - 1
        for table, (ids, which) in REPEATED.items():
            db.execute(f"CREATE TEMP TABLE one AS SELECT * FROM {table} WHERE {which}")
            names = [name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")]
            values = (f"printf('%08x', k) || substr({n}, 9)" if n in ids else n for n in names)
            db.execute(
                f"WITH RECURSIVE times (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM times "
                f"WHERE k < {times}) INSERT INTO {table} ({', '.join(names)}) "
                f"SELECT {', '.join(values)} FROM times CROSS JOIN one"
            )
            db.execute("DROP TABLE one")
        db.commit()
        db.execute("ANALYZE")


def installation() -> Database:
    """Open what was built."""
    settings = load()
    return Database(settings.database_url.get_secret_value(), load_master_key(settings))


def close() -> tuple[float, int]:
    """Close the month that is due; give the seconds, and how many attendances it has."""
    started = perf_counter()
    done = refresh(installation(), load(), now=NOW)
    assert done.closed == (DUE,)
    return perf_counter() - started, done.added


def rewrite() -> float:
    """Write everything again from the ledger; give the seconds."""
    started = perf_counter()
    refresh(installation(), load(), now=NOW, full=True)
    return perf_counter() - started


def copy_tables(target: Path) -> float:
    """Copy the finished tables of the year, sorted as they are; give the seconds."""
    written = store_of(installation(), load()).current().years[2026].directory
    with closing(duckdb.connect(config={"threads": 2})) as db:
        started = perf_counter()
        for path in sorted(written.glob("*.parquet")):
            db.execute(f"COPY (FROM '{path}') TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        return perf_counter() - started


def copy_ledger(database: Path, target: Path) -> float:
    """Copy the rows of the year's ledger as they are; give the seconds."""
    ids = (
        f"SELECT attendance_id || '{FIELD}' || coalesce(subject, '') || '{FIELD}' || month || "
        f"'{FIELD}' || codes FROM statistics_ledger WHERE {NINE}"
    )
    with (
        closing(duckdb.connect(config={"threads": 2})) as db,
        closing(sqlite3.connect(database)) as ledger,
    ):
        started = perf_counter()
        lines: Iterator[str] = (line for (line,) in ledger.execute(ids))
        take_in(db, "taken", "SELECT * FROM {lines}", ATTENDANCE, lines, {})
        db.execute(f"COPY taken TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        return perf_counter() - started


def measure(rows: int) -> list[str]:
    """Build an installation, close, rewrite, copy; give the lines of the table."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        database, target = directory / "escale.db", directory / "copy.parquet"
        os.environ["ESCALE_DATA_DIR"] = str(directory / "data")
        os.environ["ESCALE_DATABASE_URL"] = f"sqlite:///{database}"
        in_a_process(build, database, rows)
        (closed, added), peak_closed = in_a_process(close)
        rewritten, peak_rewritten = in_a_process(rewrite)
        tables, _ = in_a_process(copy_tables, target)
        ledger, _ = in_a_process(copy_ledger, database, target)
        held = store_of(installation(), load()).current().years[2026].attendances
    return [
        f"| {held:,} | {what} | {seconds:.1f} | {peak:.0f} | {seconds / tables:.1f} "
        f"| {seconds / ledger:.1f} |"
        for what, seconds, peak in (
            (f"closing of a month of {added:,}", closed, peak_closed),
            ("full rewrite", rewritten, peak_rewritten),
        )
    ] + [
        f"| {held:,} | bare COPY of the finished tables | {tables:.1f} | – | 1 | – |",
        f"| {held:,} | bare COPY of the ledger’s rows | {ledger:.1f} | – | – | 1 |",
    ]


def main(sizes: list[int]) -> str:
    """Measure every size."""
    lines = [line for rows in sizes for line in measure(rows)]
    return (
        "# Closing a month, and writing a year again\n\n"
        f"SQLite, two threads, shared machine: compare columns, not days. DuckDB "
        f"{duckdb.__version__}, Python {platform.python_version()}, demonstration of seed {SEED} "
        "repeated. Goals: three times a COPY of the same rows, 700 MB.\n\n"
        "| attendances of the year | what | s | peak MB | times the tables | times the ledger |\n"
        f"|{' --- |' * 6}\n" + "\n".join(lines) + "\n"
    )


if __name__ == "__main__":
    result = main([int(size) for size in sys.argv[1:]] or [1_000_000, 10_000_000])
    RESULT.write_text(result, encoding="utf-8")
    print(result)
