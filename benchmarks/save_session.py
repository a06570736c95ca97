"""Save a session through HTTP, beside a bare commit of the same rows by the driver.

Prints and writes `benchmarks/results/save-session.md`. Both run on the same machine, interleaved,
with the same durability; ratios are to be read, not absolute times.
"""

import argparse
import platform
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import sqlalchemy as sa
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.core import clock  # noqa: E402
from app.core.db import Database  # noqa: E402
from app.core.ids import new_id  # noqa: E402
from app.core.settings import load  # noqa: E402
from app.main import create_app  # noqa: E402
from tests.conftest import MASTER  # noqa: E402
from tests.support import engines  # noqa: E402
from tests.support.build import Builder  # noqa: E402


@contextmanager
def served(app: object, port: int) -> Iterator[None]:
    """Serve an application on the loopback."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))  # type: ignore[arg-type]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    yield
    server.should_exit = True
    thread.join(10)


def percentiles(times: list[float]) -> tuple[float, float]:
    """Give p50 and p95 in milliseconds."""
    ordered = sorted(times)
    return statistics.median(ordered) * 1000, ordered[int(len(ordered) * 0.95)] * 1000


ROWS = (
    ("assisted_session", 1),
    ("attendance", 1),
    ("procedure_help", 1),
    ("session_theme", 2),
    ("access_record", 1),
)


def bare_commit(database: Database) -> Callable[[], None]:
    """Make what the driver alone does: as many rows, of like size, in one durable transaction."""
    engine = database._writer
    with engine.begin() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("CREATE TABLE bench (id BLOB PRIMARY KEY, payload TEXT)")

    def commit() -> None:
        with engine.begin() as connection:
            for name, count in ROWS:
                for _ in range(count):
                    mark = "?" if database.is_sqlite else "%s"
                    connection.exec_driver_sql(
                        f"INSERT INTO bench VALUES ({mark}, {mark})",
                        (new_id().bytes, name * 12),
                    )

    return commit


def measure(engine_name: str, saves: int, template: engines.Template, folder: Path) -> list[str]:
    """Time saves and floors in turn, and write one line of the table for each."""
    with template.copy(folder) as url:
        settings = load(env="test", database_url=url, data_dir=folder / "data", master_key=MASTER)
        database = Database(url, engines.key(MASTER))
        build = Builder(database)
        token, place = build.token("awa"), build.structure_of("awa").place
        if engine_name == "postgresql":
            owner = sa.create_engine(url.replace(engines.SERVER, engines.OWNER))
            with owner.begin() as connection:
                connection.exec_driver_sql(
                    "CREATE TABLE bench (id BYTEA PRIMARY KEY, payload TEXT)"
                )
                connection.exec_driver_sql(f"GRANT ALL ON bench TO {engines.SERVER}")
            owner.dispose()
        commit = bare_commit(database)
        empty = Starlette(routes=[Route("/", lambda _: PlainTextResponse("ok"), methods=["POST"])])
        app = create_app(settings, database=database)
        today = clock.now().date().isoformat()
        saved, floor = [], []
        with served(app, 8971), served(empty, 8972), httpx2.Client() as client:
            headers = {"sec-fetch-site": "same-origin", "cookie": f"escale={token}"}
            for number in range(saves + 50):
                form = {
                    "id": str(new_id()), "held_on": today, "place_id": str(place.id),
                    "duration_min": "30", "age_band": "soixante_dix_plus", "gender": "feminin",
                    "procedures": "aide-logement", "outcome-aide-logement": "started",
                    "blockers-aide-logement": "mot-de-passe",
                }  # fmt: skip
                started = time.perf_counter()
                response = client.post(
                    "http://127.0.0.1:8971/activites", data=form, headers=headers
                )
                taken = time.perf_counter() - started
                if response.status_code != 303:
                    sys.exit(f"refused: {response.status_code}")
                started = time.perf_counter()
                client.post("http://127.0.0.1:8972/", data=form)
                commit()
                bare = time.perf_counter() - started
                if number >= 50:
                    saved.append(taken)
                    floor.append(bare)
        database.close()
    (s50, s95), (f50, f95) = percentiles(saved), percentiles(floor)
    return [
        f"| {engine_name} | {s50:.1f} | {s95:.1f} | {f50:.1f} | {f95:.1f} "
        f"| {s50 / f50:.1f} | {s95 / f95:.1f} |"
    ]


def main() -> None:
    """Run on both engines."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--saves", type=int, default=2000)
    saves = parser.parse_args().saves
    lines = []
    with tempfile.TemporaryDirectory() as name, engines.embedded_postgresql() as server:
        server.run("ALTER SYSTEM SET fsync = on")
        server.run("SELECT pg_reload_conf()")
        folder = Path(name)
        for engine in ("sqlite", "postgresql"):
            inside = folder / engine
            inside.mkdir()
            made = (
                engines.SqliteTemplate(inside, MASTER)
                if engine == "sqlite"
                else engines.PostgreSQLTemplate(server, MASTER)
            )
            lines += measure(engine, saves, made, inside)
    text = "\n".join(
        [
            "# Saving a session through HTTP",
            "",
            f"{saves} saves by the form, against an empty Starlette route and a bare commit of as "
            "many rows by the driver with the same durability, in turn. Goal: ≤ 4 × p50 and p95.",
            f"Python {platform.python_version()}, {platform.machine()}, 2 cores shared.",
            f"Command: `.venv/bin/python benchmarks/save_session.py --saves {saves}`",
            "",
            "| engine | save p50 ms | p95 | floor p50 ms | p95 | ratio p50 | ratio p95 |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *lines,
            "",
        ]
    )
    print(text)
    (ROOT / "benchmarks/results/save-session.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
