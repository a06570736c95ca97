"""How fast the national export comes in, beside openpyxl reading the same file and doing nothing.

Each run is a process of its own, on a fresh SQLite database; the two kinds take turns. Writes
benchmarks/results/import-history.md. The aim is half of openpyxl's speed, in flat memory.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "import-history.md"
SEED = 1
MASTER = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
KINDS = {
    "bare": "openpyxl reads, nothing more",
    "dry": "`--dry-run`: read, checked, nothing written",
    "first": "first import",
    "again": "the same file again",
}


def make(path: Path, rows: int) -> None:
    """Write the file."""
    from tests.support import coop_file

    coop_file.write(path, coop_file.history(rows, seed=SEED))


def bare(path: Path, _: Path) -> Callable[[], int]:
    """Read every row with openpyxl as the import does, and drop it."""
    import openpyxl

    def run() -> int:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        return sum(1 for _ in book["Activités"].iter_rows(values_only=True))

    return run


def importing(path: Path, folder: Path, *, dry_run: bool) -> Callable[[], int]:
    """Import the file in a database that stays in the folder."""
    from app.core import clock
    from app.core.scope import Scope
    from app.core.settings import load
    from app.imports.runs import Target
    from app.imports.service import import_file
    from app.operations.setup import prepare
    from app.organisations import service as organisations

    settings = load(
        env="test",
        database_url=f"sqlite:///{folder / 'escale.db'}",
        data_dir=folder,
        master_key=MASTER,
    )
    now = clock.now()
    database = prepare(settings, now=now)
    with database.writing(Scope.system("benchmark")) as db:
        known = organisations.organisations(db)
        made = known or [
            organisations.create_organisation(db, name="Banc", commune="35238", now=now)
        ]

    def run() -> int:
        return import_file(Target(database, made[0].id, now), path, dry_run=dry_run).rows

    return run


def round_trip(folder: Path) -> None:
    """Take the imported history out, bring it back, and print what changed and two hashes."""
    import hashlib

    import openpyxl

    from app.core import clock
    from app.core.commands import installation
    from app.core.scope import Scope
    from app.exports.history import ACTIVITIES, write_history
    from app.imports.runs import Target
    from app.imports.service import import_file
    from app.organisations import service as organisations

    digests = []
    with installation() as (_, database):
        with database.reading(Scope.system("benchmark")) as db:
            [organisation] = organisations.organisations(db)
        for name in ("out.xlsx", "back.xlsx"):
            path = folder / name
            with database.reading(Scope.system("benchmark")) as db:
                write_history(db, organisation, ACTIVITIES, path, now=clock.now())
            report = import_file(Target(database, organisation.id, clock.now()), path)
            digest = hashlib.sha256()
            sheet = openpyxl.load_workbook(path, read_only=True)["Activités"]
            for row in sheet.iter_rows(min_row=22, values_only=True):
                digest.update(repr(row).encode())
            digests.append(digest.hexdigest())
    print(
        f"Taken out, brought back, taken out again: {report.rows} rows, {report.created} created,"
        f" {report.updated} updated, {report.unchanged} activities unchanged; tables"
        f" {'equal' if digests[0] == digests[1] else 'DIFFERENT'},"
        f" SHA-256 `{digests[0]}` and `{digests[1]}`."
    )


def child(kind: str, path: Path, folder: Path) -> None:
    """Measure one run in this process and print it."""
    run = bare(path, folder) if kind == "bare" else importing(path, folder, dry_run=kind == "dry")
    started, computed = perf_counter(), process_time()
    rows = run()
    figures = {
        "rows": rows,
        "wall": perf_counter() - started,
        "cpu": process_time() - computed,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(figures))


def measured(kind: str, path: Path, folder: Path) -> dict[str, float]:
    """Measure one run in a process of its own."""
    command = [sys.executable, __file__, "--child", kind, str(path), str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, check=True, capture_output=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def page(rows: int, rounds: int) -> str:
    """Run everything and give the result as a Markdown page."""
    runs: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "coop.xlsx"
        command = [sys.executable, __file__, "--make", str(path), str(rows)]
        subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, check=True)
        for number in range(rounds):
            data = folder / str(number)
            data.mkdir()
            for kind in KINDS:
                runs[kind].append(measured(kind, path, data))
        command = [sys.executable, __file__, "--round-trip", str(data)]
        environment = {
            "PYTHONPATH": str(ROOT),
            "ESCALE_ENV": "test",
            "ESCALE_DATABASE_URL": f"sqlite:///{data / 'escale.db'}",
            "ESCALE_DATA_DIR": str(data),
            "ESCALE_MASTER_KEY": MASTER,
        }
        trip = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        size = path.stat().st_size / 2**20
    floor = median(run["cpu"] / run["rows"] for run in runs["bare"])
    lines = [_line(kind, runs[kind], floor) for kind in KINDS]
    return (
        "# Import of the national export\n\n"
        f"{rows} rows (seed {SEED}), {size:.1f} MiB; medians of {rounds} rounds, each run in a"
        " process of its own, in turn.\nThe ratio compares processor time, since machines are"
        " shared: 1.00 is openpyxl's own speed, the aim is 0.50.\n"
        f"Python {platform.python_version()}, openpyxl {version('openpyxl')},"
        f" SQLAlchemy {version('sqlalchemy')}, SQLite, {platform.machine()}.\n"
        "Made by `benchmarks/import_history.py`.\n\n"
        "| | rows/s (processor) | rows/s (clock) | ratio | peak memory |\n"
        "| --- | --- | --- | --- | --- |\n"
        + "\n".join(lines)
        + f"\n\n{trip.stdout.decode().strip()}\n"
    )


def _line(kind: str, runs: list[dict[str, float]], floor: float) -> str:
    cpu = median(run["cpu"] / run["rows"] for run in runs)
    wall = median(run["wall"] / run["rows"] for run in runs)
    peak = max(run["peak_mib"] for run in runs)
    return (
        f"| {KINDS[kind]} | {1 / cpu:.0f} | {1 / wall:.0f} | {floor / cpu:.2f} | {peak:.0f} MiB |"
    )


def main() -> int:
    """Measure, print the page and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--round-trip", help=argparse.SUPPRESS)
    asked: Any = parser.parse_args()
    if asked.child:
        child(asked.child[0], Path(asked.child[1]), Path(asked.child[2]))
    elif asked.round_trip:
        round_trip(Path(asked.round_trip))
    elif asked.make:
        make(Path(asked.make[0]), int(asked.make[1]))
    else:
        found = page(asked.rows, asked.rounds)
        RESULT.parent.mkdir(parents=True, exist_ok=True)
        RESULT.write_text(found, encoding="utf-8")
        sys.stdout.write(found)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
