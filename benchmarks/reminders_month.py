"""Send the reminders of a month of 500 appointments; the sender is killed 20 times on its way.

The clock is simulated, from 1 October to 31 October 2026: the night when summer time ends is in it.
The mail server (aiosmtpd), the SMS provider (HTTP) and SIGKILL are real. Prints and writes
`benchmarks/results/reminders-month.md`; fails when one message went twice or a reason is untrue.
"""

import argparse
import platform
import sys
import tempfile
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.core import clock  # noqa: E402
from app.core.db import Database  # noqa: E402
from app.core.settings import load  # noqa: E402
from tests.conftest import MASTER  # noqa: E402
from tests.support import engines  # noqa: E402
from tests.support.build import NOW, Builder  # noqa: E402
from tests.support.month import Month, Scale  # noqa: E402
from tests.support.post import TOKEN, MailHouse, SmsHouse, mail_house, sms_house  # noqa: E402

SAID = {
    "sent": "sent once",
    "cancelled": "not sent: called off",
    "moved": "not sent: moved to another time",
    "settled": "not sent: already done",
    "no_agreement": "not sent: no agreement (never given, withdrawn, or STOP)",
    "no_address": "not sent: no mobile, no e-mail",
    "too_late": "not sent: planned too late for it (or the sender died until too late)",
    "night": "not sent: its time is at night",
    "refused": "not sent: refused for good by the server",
    "unreachable": "not sent: the server failed until too late",
    "unknown": "result unknown, not sent again",
}


def lived(engine: str, template: engines.Template, folder: Path, scale: Scale) -> list[str]:
    """Live the month on one engine; give the lines of its table."""
    with template.copy(folder) as url, mail_house() as mail, sms_house() as sms:
        settings = load(
            env="test", database_url=url, data_dir=folder / "data", master_key=MASTER,
            smtp_url=mail.url, sms_url=sms.url, sms_token=TOKEN,
        )  # fmt: skip
        database = Database(url, engines.key(MASTER))
        month = Month(Builder(database), settings, mail, sms, scale)
        began = time.perf_counter()
        month.live()
        took = time.perf_counter() - began
        faults = month.faults()
        lines = told(engine, month, mail, sms, took, faults)
        database.close()
    if faults or month.deaths.total() != scale.kills:
        sys.exit("\n".join([*lines, *faults]))
    return lines


def told(
    engine: str, month: Month, mail: MailHouse, sms: SmsHouse, took: float, faults: list[str]
) -> list[str]:
    """Write what came of the month on one engine."""
    rows = month.rows()
    came = Counter((m.why or m.state).value for m in rows)
    planned = sum(1 for p in month.planned if p.id)
    deeds = ", ".join(f"{n} {deed}" for deed, n in sorted(month.deeds.items()))
    deaths = ", ".join(f"{n} at “{how}”" for how, n in sorted(month.deaths.items()))
    return [
        f"## {engine}",
        f"{planned} appointments planned; then {deeds}. {month.deaths.total()} kills: {deaths}. "
        f"{took:.0f} s.",
        "",
        "| what came of a reminder | how many |",
        "| --- | --- |",
        *(f"| {SAID[code]} | {number} |" for code, number in came.most_common()),
        f"| **all on the list** | {len(rows)} |",
        "",
        f"Taken: {len(mail.taken)} e-mails, {len(sms.sent)} SMS. Taken twice: "
        f"{sum(n - 1 for n in mail.keys().values())} e-mails; the provider was asked "
        f"{len(sms.asked)} times and sent once a key. Untrue or unstated: {len(faults)}.",
        "",
    ]


def main() -> None:
    """Run on both engines."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--appointments", type=int, default=500)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    clock.now = lambda: NOW
    scale = Scale(
        date(2026, 10, 1), 31, timedelta(minutes=15), asked.appointments, asked.kills,
        seed=asked.seed,
    )  # fmt: skip
    lines = []
    with tempfile.TemporaryDirectory() as name, engines.embedded_postgresql() as server:
        for engine in ("sqlite", "postgresql"):
            inside = Path(name) / engine
            inside.mkdir()
            made: engines.Template = (
                engines.SqliteTemplate(inside, MASTER)
                if engine == "sqlite"
                else engines.PostgreSQLTemplate(server, MASTER)
            )
            lines += lived(engine, made, inside, scale)
    text = "\n".join(
        [
            "# A month of reminders, the sender killed on its way",
            "",
            f"{asked.appointments} appointments of October 2026 at a place in Brittany and one in "
            "La Réunion, looked at every 15 minutes of simulated time; each has two reminders on "
            "the list, at each time it was moved to. Servers fail now and then. Every message "
            "taken and every reason is held against what truly stood at that instant. "
            "Goal: each once or not at all, for a true reason.",
            f"Python {platform.python_version()}, {platform.machine()}, 2 cores shared.",
            f"Command: `.venv/bin/python benchmarks/reminders_month.py --seed {asked.seed}`",
            "",
            *lines,
        ]
    )
    print(text)
    (ROOT / "benchmarks/results/reminders-month.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
