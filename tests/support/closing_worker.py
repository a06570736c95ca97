"""The process that closes months: each closing is a child of its own, killed when it is told so.

First line: settings, as JSON. Then one closing a line, as JSON: `now`, the `folder` of its facts
and `after`, seconds until SIGKILL or nothing. Each is answered by a line of JSON: whether it was
`killed`, and how long it `took`.
"""

import json
import os
import signal
import sys
import time
import traceback
from datetime import datetime
from pathlib import Path
from typing import Any

from app.core.crypto import load_master_key
from app.core.db import Database
from app.core.settings import Settings
from app.operations import tables  # noqa: F401  every table is known, as in the application
from app.statistics.closing import refresh


def main() -> None:
    """Work until the input ends. Nothing is opened here: a child would share it."""
    told = json.loads(sys.stdin.readline())
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    for line in sys.stdin:
        asked = json.loads(line)
        began = time.perf_counter()
        child = os.fork()
        if child == 0:
            _close(Settings(**told | {"data_dir": Path(asked["folder"])}), asked)
        if asked["after"] is not None and not signal.sigtimedwait({signal.SIGCHLD}, asked["after"]):
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        while signal.sigtimedwait({signal.SIGCHLD}, 0):
            pass
        killed = os.WIFSIGNALED(status)
        if not killed and os.WEXITSTATUS(status):
            raise SystemExit("a closing fell by itself")
        print(json.dumps({"killed": killed, "took": time.perf_counter() - began}), flush=True)


def _close(settings: Settings, asked: dict[str, Any]) -> None:
    try:
        database = Database(settings.database_url.get_secret_value(), load_master_key(settings))
        refresh(database, settings, now=datetime.fromisoformat(asked["now"]))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
