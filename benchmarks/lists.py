"""Lists of 100,000 activities: requests a second beside a Starlette page of the same bytes.

Prints and writes `benchmarks/results/lists.md`, with the statements of each page. One worker on
the loopback; the two are asked in turn, so that ratios hold on a shared machine.
"""

import argparse
import platform
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from random import Random

import httpx2
import sqlalchemy as sa
from sqlalchemy import event
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.core.db import Database  # noqa: E402
from app.core.ids import new_id  # noqa: E402
from app.core.settings import load  # noqa: E402
from app.main import create_app  # noqa: E402
from app.sessions.models import (  # noqa: E402
    AssistedSession,
    Attendance,
    ProcedureHelp,
    SessionKind,
    SessionTheme,
)
from benchmarks.save_session import served  # noqa: E402
from tests.conftest import MASTER  # noqa: E402
from tests.support import engines  # noqa: E402
from tests.support.build import NOW, TODAY, Builder  # noqa: E402

PAGES = (
    ("semaine", "/activites"),
    ("tout", "/activites?periode=tout"),
    ("une démarche", "/activites?periode=tout&demarche=aide-logement"),
    ("un thème", "/activites?periode=tout&theme=logement"),
    ("page suivante", ""),
    ("bénéficiaires", "/beneficiaires"),
    ("recherche", "/beneficiaires/recherche"),
    ("démarches", "/demarches?q=carte+grize"),
)
TYPED = {"q": "lerou 1951"}  # a name never stands in an address: the search is posted
RESIDENTS = 2_000
SLUGS = ("aide-logement", "carte-grise-occasion")
APP, FLOOR = 8973, 8974


def fill(database: Database, build: Builder, count: int) -> None:
    """Write activities of four years, as the driver can: one in ten is a workshop of four.

    One individual session in three is a followed person's, whose name the list opens.
    """
    rng, structure = Random(1), build.structure_of("awa")
    people = [build.a_resident(family_name=f"Leroux {n}").id for n in range(RESIDENTS)]
    actor = build.actor("awa")
    rows: dict[type, list[dict[str, object]]] = {
        AssistedSession: [], Attendance: [], ProcedureHelp: [], SessionTheme: [],
    }  # fmt: skip
    for _ in range(count):
        session_id, workshop = new_id(), rng.random() < 0.1
        base = {"organisation_id": actor.organisation_id}
        rows[AssistedSession].append(
            base
            | {
                "id": session_id, "place_id": structure.place.id, "author_id": actor.account_id,
                "kind": SessionKind.WORKSHOP if workshop else SessionKind.INDIVIDUAL,
                "held_on": TODAY - timedelta(days=rng.randrange(1460)), "duration_min": 30,
                "recorded_at": NOW, "title": "Premiers e-mails" if workshop else None,
            }
        )  # fmt: skip
        for _ in range(4 if workshop else 1):
            seat = new_id()
            followed = not workshop and rng.random() < 1 / 3
            rows[Attendance].append(
                base
                | {
                    "id": seat, "session_id": session_id,
                    "resident_id": rng.choice(people) if followed else None,
                }
            )  # fmt: skip
            if not workshop:
                rows[ProcedureHelp].append(
                    base
                    | {
                        "id": new_id(), "attendance_id": seat, "session_id": session_id,
                        "procedure": rng.choice(SLUGS), "outcome": "finished",
                    }
                )  # fmt: skip
        rows[SessionTheme].append(
            base
            | {"id": new_id(), "session_id": session_id, "theme": rng.choice(("logement", "email"))}
        )
    with database._writer.begin() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SELECT set_config('escale.system', 'on', true)")
        for model, values in rows.items():
            lists = {c.name: [] for c in model.__table__.columns if isinstance(c.type, sa.JSON)}  # type: ignore[attr-defined]
            table = model.__table__  # type: ignore[attr-defined]
            filled = [_defaults(model) | lists | row for row in values]
            for start in range(0, len(filled), 5_000):
                connection.execute(sa.insert(table), filled[start : start + 5_000])


def _defaults(model: type) -> dict[str, object]:
    return {
        name: field.default
        for name, field in model.model_fields.items()  # type: ignore[attr-defined]
        if not field.is_required() and field.default_factory is None
    }


def ask(client: httpx2.Client, address: str, headers: dict[str, str]) -> httpx2.Response:
    """Ask for a page as a browser does; the search is posted by its form."""
    if address.endswith("/recherche"):
        return client.post(address, data=TYPED, headers=headers)
    return client.get(address, headers=headers)


def measure(
    engine_name: str, count: int, runs: int, template: engines.Template, folder: Path
) -> list[str]:
    """Time each page and its floor in turn; write one line of the table for each."""
    lines = []
    with template.copy(folder) as url:
        settings = load(database_url=url, data_dir=folder / "data", master_key=MASTER)
        database = Database(url, engines.key(MASTER))
        build = Builder(database)
        token = build.token("awa")
        fill(database, build, count)
        database.learn_sizes()
        if engine_name == "postgresql":  # what autovacuum does within minutes
            owner = sa.create_engine(url.replace(engines.SERVER, engines.OWNER))
            with owner.begin() as connection:
                connection.exec_driver_sql("ANALYZE")
            owner.dispose()
        statements: list[str] = []
        event.listen(
            database.engine, "before_cursor_execute",
            lambda _, __, statement, *___: statements.append(statement),
        )  # fmt: skip
        app = create_app(settings, database=database)
        body: dict[str, bytes] = {}
        floor = Starlette(routes=[Route("/", lambda _: HTMLResponse(body["page"]))])
        headers = {
            "cookie": f"escale={token}", "accept-encoding": "gzip",
            "sec-fetch-site": "same-origin",
        }  # fmt: skip
        with served(app, APP), served(floor, FLOOR), httpx2.Client(timeout=60) as client:
            following = ""
            for title, path in PAGES:
                address = f"http://127.0.0.1:{APP}{path or following}"
                page = ask(client, address, headers)
                if page.status_code != 200:
                    sys.exit(f"{title}: {page.status_code}")
                if 'href="/activites?' in page.text and "apres=" in page.text:
                    following = page.text.split('"/activites?')[-1].split('"')[0]
                    following = "/activites?" + following.replace("&amp;", "&")
                body["page"] = page.content
                statements.clear()
                ask(client, address, headers)
                asked = [
                    s
                    for s in statements
                    if s.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "WITH"))
                    and "set_config" not in s
                ]
                ours, theirs = [], []
                for _ in range(runs):
                    for times, where in ((ours, address), (theirs, f"http://127.0.0.1:{FLOOR}/")):
                        started = time.perf_counter()
                        ask(client, where, headers)
                        times.append(time.perf_counter() - started)
                our, their = statistics.median(ours), statistics.median(theirs)
                lines.append(
                    f"| {engine_name} | {title} | {1 / our:.0f} | {1 / their:.0f} "
                    f"| 1/{our / their:.1f} | {len(asked)} | {len(page.content) / 1000:.0f} |"
                )
        database.close()
    return lines


def main() -> None:
    """Run on both engines."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--activities", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=60)
    options = parser.parse_args()
    lines = []
    with tempfile.TemporaryDirectory() as name, engines.embedded_postgresql() as server:
        folder = Path(name)
        for engine in ("sqlite", "postgresql"):
            inside = folder / engine
            inside.mkdir()
            made = (
                engines.SqliteTemplate(inside, MASTER)
                if engine == "sqlite"
                else engines.PostgreSQLTemplate(server, MASTER)
            )
            lines += measure(engine, options.activities, options.runs, made, inside)
    text = "\n".join(
        [
            f"# Lists of {options.activities:,} activities",
            "",
            f"Median of {options.runs} requests, one worker, in turn with a Starlette page of the "
            "same bytes and no database. Goal: ≥ 1/15, ≤ 8 statements. One individual activity in "
            f"three is one of {RESIDENTS:,} followed persons', whose name the list opens: three "
            "statements of such a page write the access record.",
            f"Python {platform.python_version()}, {platform.machine()}, 2 cores shared.",
            f"Command: `.venv/bin/python benchmarks/lists.py --activities {options.activities} "
            f"--runs {options.runs}`",
            "",
            "| engine | page | requests/s | floor | ratio | statements | kB |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *lines,
            "",
        ]
    )
    print(text)
    (ROOT / "benchmarks/results/lists.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
