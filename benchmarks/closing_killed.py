"""Kill the closing of months at 50 random moments, on both engines; what readers find after each.

The process is killed with SIGKILL at a moment drawn over the length of a closing. Prints and writes
`benchmarks/results/closing-killed.md`; fails when a reader finds a part of a version, a month
closes twice, or the rows or bytes at the end are not those of a run that was left alone.
"""

import platform
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.core import clock  # noqa: E402
from app.core.db import Database  # noqa: E402
from app.core.settings import load  # noqa: E402
from tests.conftest import MASTER  # noqa: E402
from tests.support import engines  # noqa: E402
from tests.support.build import NOW, Builder  # noqa: E402
from tests.support.closings import Told, run  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "closing-killed.md"
MONTHS, SESSIONS, KILLS = 32, 40, 50


def lived(template: engines.Template, folder: Path) -> tuple[Told, float]:
    """Close the months on one engine."""
    with template.copy(folder) as url:
        settings = load(env="test", database_url=url, data_dir=folder / "data", master_key=MASTER)
        database = Database(url, engines.key(MASTER))
        began = time.perf_counter()
        told = run(Builder(database), settings, MONTHS, SESSIONS, KILLS)
        took = time.perf_counter() - began
        database.close()
    return told, took


def people(database: Database) -> None:
    """Write the usual people."""
    Builder(database).everybody()


def main() -> None:
    """Run on both engines and write the page."""
    clock.now = lambda: NOW
    rows, faults = [], []
    with tempfile.TemporaryDirectory() as place, engines.embedded_postgresql() as server:
        folder = Path(place)
        for name in ("sqlite", "made", "pg"):
            (folder / name).mkdir()
        templates: dict[str, engines.Template] = {
            "SQLite": engines.SqliteTemplate(folder / "made", MASTER, people),
            "PostgreSQL": engines.PostgreSQLTemplate(server, MASTER, people),
        }
        for engine, template in templates.items():
            there = folder / ("sqlite" if engine == "SQLite" else "pg")
            told, took = lived(template, there)
            faults += [f"{engine}: {fault}" for fault in told.faults]
            rows.append(
                f"| {engine} | {told.kills} | {told.survived} | {told.old_seen} | "
                f"{told.new_seen - MONTHS} | {len(told.faults)} | {took:.0f} |"
            )
    page = (
        "# Closings that are killed\n\n"
        f"{MONTHS} months of {SESSIONS} activities and as many follow-ups; a year becomes final on "
        f"the way. {KILLS} closings are killed (SIGKILL) at a moment drawn over the length of a "
        "closing, then each month is left to close. After each, a reader opens the store and reads "
        "its tables; at the end, ledger and files are compared with a run left alone. Faults: a "
        "part of a version, a month closed twice, other rows or bytes at the end.\n\n"
        "| engine | killed | done before the moment | a reader then finds the old version | or the "
        "new one | faults | seconds in all |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + f"\n\n{platform.machine()}, Python {platform.python_version()}.\n"
    )
    print(page)
    if faults:
        sys.exit("\n".join(faults))
    RESULT.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
