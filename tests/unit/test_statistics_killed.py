"""Closings killed at random moments: a reader always finds a whole version, no month closes twice.

Fifty of them, on both engines: benchmarks/closing_killed.py.
"""

from app.core.settings import Settings
from tests.support.build import Builder
from tests.support.closings import run


def test_a_killed_closing_leaves_the_old_version_or_the_new_one(
    build: Builder, settings: Settings
) -> None:
    told = run(build, settings, months=3, sessions=6, kills=5)

    assert told.faults == []
    assert told.kills >= 2
