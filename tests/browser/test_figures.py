"""Pages of figures: faults that a machine finds, the keyboard, and a phone with larger text."""

from collections.abc import Callable
from datetime import date

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from app.statistics.closing import refresh
from tests.browser.conftest import Live, Tablet
from tests.browser.test_accessible import COLOURS, RULES
from tests.http.test_statistics_pages import note

PAGES = [
    f"/statistiques{one}?periode=2026-T3"
    for one in ("", "/fractures", "/activite", "/suivis", "/territoires")
]
PHONE_AT_TWICE_THE_TEXT = {"width": 160, "height": 400}


def test_figures_are_read_by_everybody(tablet: Callable[[str], Tablet], live: Live) -> None:
    for who, number in (("awa", 150), ("bruno", 90)):
        note(live.build.database, live.build, who, date(2026, 8, 12), number)
    refresh(live.build.database, live.settings, now=live.now)
    claire = tablet("claire")
    page = claire.page
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    faults: list[object] = []
    for path in (*PAGES, "/demarches/barometre?periode=2026-T3", "/methode"):
        claire.open(path)
        page.evaluate("document.querySelectorAll('main details').forEach(d => d.open = true)")
        found = Axe().run(page, options=RULES).response["violations"]
        page.emulate_media(color_scheme="dark")
        found += Axe().run(page, options=COLOURS).response["violations"]
        page.emulate_media(color_scheme="light")
        faults += [(path, v["id"], v["nodes"][0]["html"]) for v in found]
    assert faults == []

    claire.open("/statistiques/activite?periode=2026-T3")
    table = page.get_by_role("table", name="Accompagnements par lieu")
    expect(table).to_have_count(0)
    page.locator("section", has_text="Accompagnements par lieu").locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(table).to_be_visible()

    page.set_viewport_size(PHONE_AT_TWICE_THE_TEXT)
    for one in PAGES:
        claire.open(one)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE_AT_TWICE_THE_TEXT["width"], one
