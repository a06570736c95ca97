"""The process that sends reminders in a simulated month: it runs the job at each instant it reads.

First line: settings, as JSON. Then instants; each is answered by « ok » once the job is done.
"""

import json
import sys
from contextlib import suppress
from datetime import datetime

from app.agenda.reminding import remind
from app.core.crypto import load_master_key
from app.core.db import Database
from app.core.errors import Unavailable
from app.core.settings import Settings


def main() -> None:
    """Work until the input ends, or the process is killed."""
    settings = Settings(**json.loads(sys.stdin.readline()))
    database = Database(settings.database_url.get_secret_value(), load_master_key(settings))
    for line in sys.stdin:
        now = datetime.fromisoformat(line.strip())
        with suppress(Unavailable):  # a lease that a dead process left
            remind(database, settings, tick=lambda now=now: now)
        print("ok", flush=True)


if __name__ == "__main__":
    main()
