"""Fixtures shared by every test: both engines, a ready database, the usual people, a client."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from fastapi import FastAPI
from hypothesis import settings as properties

from app.core import clock
from app.core.db import Database
from app.core.settings import Settings, load
from app.main import create_app
from app.residents import finding
from tests.support import engines
from tests.support.build import NOW, Builder
from tests.support.client import Browser

# Nothing is asserted as time: a busy machine is no defect.
properties.register_profile("escale", deadline=None)
properties.load_profile("escale")

MASTER = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


class Watch:
    """The tests' clock: their own day, begun anew by each test, then going like any clock."""

    def __init__(self) -> None:
        self.begun = time.monotonic()

    def now(self) -> datetime:
        """Tell the time."""
        return NOW + timedelta(seconds=time.monotonic() - self.begun)


@pytest.fixture(scope="session", autouse=True)
def the_tests_day() -> Iterator[Watch]:
    """Start the clock on the tests' own day: what passes today passes in ten years."""
    watch = Watch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", watch.now)
        yield watch


@pytest.fixture(autouse=True)
def the_tests_hour(the_tests_day: Watch) -> None:
    """Begin each test at the same instant, however long the others took."""
    the_tests_day.begun = time.monotonic()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[engines.PostgreSQL]:
    """An embedded PostgreSQL server, one a test process."""
    with engines.embedded_postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def templates(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., engines.Template]:
    """Migrated databases with the catalogue, made once a process, copied for each test."""

    @cache
    def of(engine: str, *, with_people: bool = False) -> engines.Template:
        people = populate if with_people else None
        if engine == "sqlite":
            folder = tmp_path_factory.mktemp("template")
            return engines.SqliteTemplate(folder, MASTER, people)
        return engines.PostgreSQLTemplate(request.getfixturevalue("postgresql"), MASTER, people)

    return of


def populate(database: Database) -> None:
    """Write the two structures and the usual people once, for every test that builds on them."""
    Builder(database).everybody()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Name the engine: every test that touches the database runs on both."""
    return str(request.param)


@pytest.fixture
def template(
    engine_name: str, templates: Callable[..., engines.Template], request: pytest.FixtureRequest
) -> engines.Template:
    """Give the database to copy: with the usual people for a test that has them."""
    return templates(engine_name, with_people="build" in request.fixturenames)


@pytest.fixture
def settings(template: engines.Template, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a fresh installation."""
    with template.copy(tmp_path) as url:
        yield load(env="test", database_url=url, data_dir=tmp_path / "data", master_key=MASTER)


@pytest.fixture
def database(settings: Settings, template: engines.Template) -> Iterator[Database]:
    """A fresh database; statements compiled for an earlier test are used again.

    Names opened for it are not: both have the same structures, under the same numbers.
    """
    finding.forget_opened_names()
    found = Database(settings.database_url.get_secret_value(), engines.key(MASTER))
    template.share_statements(found)
    yield found
    found.close()


@pytest.fixture
def build(database: Database) -> Builder:
    """Builders of valid data, and the usual people."""
    return Builder(database)


@pytest.fixture
def app(settings: Settings, database: Database) -> FastAPI:
    """The application on that database."""
    return create_app(settings, database=database)


@pytest.fixture
def client(app: FastAPI, build: Builder) -> Iterator[Browser]:
    """A browser without JavaScript; `client.as_("awa")` signs in."""
    with Browser(app, build) as browser:
        yield browser
