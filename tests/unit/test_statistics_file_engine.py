"""The engine that writes files says nothing, whatever process it is in."""

import subprocess
import sys

WORK = """
from pathlib import Path
from app.statistics.file_engine import writing_engine
with writing_engine(Path("aside"), 100) as db:
    print(db.execute("SELECT current_setting('enable_progress_bar')").fetchone())
"""


def test_a_process_without_a_file_of_its_own_sees_no_progress_bar() -> None:
    # What DuckDB takes for a person typing at a terminal; a server's spawned process is one.
    done = subprocess.run([sys.executable, "-c", WORK], capture_output=True, text=True, check=True)

    assert done.stdout == "(False,)\n"
