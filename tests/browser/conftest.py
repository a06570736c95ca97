"""A real server on the loopback and a real Chromium, shared by the stories of a process."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app.core import clock
from app.core.db import Database
from app.core.settings import Settings, load
from app.main import create_app
from tests.conftest import MASTER
from tests.support import engines
from tests.support.build import NOW, Builder
from tools.find_browser import find

TABLET = {"width": 1180, "height": 820}
ARTIFACTS = Path(__file__).resolve().parents[1] / ".artifacts"


@dataclass
class Live:
    """A running Escale: its address, builders, and a clock that a test moves."""

    url: str
    build: Builder
    now: datetime
    settings: Settings

    def at(self, now: datetime) -> None:
        """Move the clock."""
        self.now = now


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, one a test process."""
    path = find()
    if path is None:
        pytest.fail("Aucun Chromium : lancez « make test », qui en cherche ou en installe un.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def live(
    templates: Callable[[str], engines.Template],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Live]:
    """A server on SQLite, its clock held at 10 h 08 on a Tuesday."""
    with templates("sqlite").copy(tmp_path) as address:
        settings = load(
            env="test", database_url=address, data_dir=tmp_path / "data", master_key=MASTER
        )
        database = Database(address, engines.key(MASTER))
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        found = Live(f"http://127.0.0.1:{port}", Builder(database), NOW, settings)
        monkeypatch.setattr(clock, "now", lambda: found.now)
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(settings, database=database), port=port, log_level="error", workers=1
            )
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            thread.join(0.02)
        yield found
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh tablet."""
    found = chromium.new_context(viewport=TABLET, locale="fr-FR", has_touch=True)
    found.clock.set_system_time(NOW)
    yield found
    found.close()


@dataclass
class Tablet:
    """A page on which somebody taps; taps and letters are counted."""

    page: Page
    live: Live
    taps: int = 0
    letters: int = 0

    def open(self, path: str) -> None:
        """Go to an address, as from a bookmark: no tap."""
        self.page.goto(f"{self.live.url}{path}")

    def tap(self, selector: str) -> None:
        """Tap once; the target must be visible and large enough."""
        target = self.page.locator(selector).first
        target.wait_for()
        self.page.wait_for_load_state("load")  # its scripts listen, as they do to a human's finger
        target.tap()
        self.taps += 1

    def type(self, text: str) -> None:
        """Type letters where the focus is."""
        self.page.keyboard.type(text, delay=1)
        self.letters += len(text)

    def shot(self, name: str) -> None:
        """Keep a picture."""
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.wait_for_load_state("networkidle")  # a page half there cannot be pictured
        self.page.screenshot(path=ARTIFACTS / f"{name}.png")


@pytest.fixture
def tablet(context: BrowserContext, live: Live) -> Callable[[str], Tablet]:
    """Hand the tablet to somebody."""

    def of(who: str) -> Tablet:
        context.clear_cookies()
        token = live.build.token(who, now=live.now)
        context.add_cookies([{"name": "escale", "value": token, "url": live.url}])
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console", lambda m: problems.append(m.text) if "Content Security" in m.text else None
        )
        return Tablet(page, live)

    return of
