"""Fixtures of several files of HTTP tests: a history brought in, by the command's way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.imports.report import ImportReport
from tests.support.build import Builder
from tests.support.coop_file import Importer
from tests.support.coop_people import write_people

Meet = Callable[..., ImportReport]


@pytest.fixture
def bring(build: Builder, tmp_path: Path) -> Importer:
    """Import files, or rows of activities, in Awa's structure."""
    return Importer(build, tmp_path)


@pytest.fixture
def meet(bring: Importer, tmp_path: Path) -> Meet:
    """Import rows of residents in Awa's structure."""

    def met(*rows: dict[str, Any]) -> ImportReport:
        return bring.file(write_people(tmp_path / "people.xlsx", list(rows)))

    return met
