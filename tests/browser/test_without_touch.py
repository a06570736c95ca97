"""Noting by keyboard only, and without JavaScript: the same activity comes out."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from app.sessions.models import AssistedSession, Attendance, ProcedureHelp
from tests.browser.conftest import TABLET, Live, Tablet
from tests.support.build import NOW

MOST_TABS = 60


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is on an element; every stop on the way must show its focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} is not reached in {MOST_TABS} Tabs")


def noted(live: Live, model: type[Any]) -> list[Any]:
    """Read back what Awa's structure holds."""
    with live.build.database.reading(live.build.actor("awa").scope) as db:
        return list(db.exec(select(model)))


def test_a_visit_is_noted_by_keyboard_only(tablet: Callable[[str], Tablet], live: Live) -> None:
    nicole = live.build.a_resident(given_name="Nicole", family_name="Leroux")
    awa = tablet("awa")
    awa.open("/")
    page = awa.page
    press = page.keyboard.press

    press("Alt+n")
    expect(page.locator("h1")).to_have_text("Noter un accompagnement")
    page.wait_for_load_state("networkidle")  # the scripts are there
    tab_to(page, "[name=who]")
    press("ArrowRight")
    expect(page.locator("#f-person_q")).to_be_focused()
    awa.type("ler")
    expect(page.locator("#people .result").first).to_contain_text("Nicole Leroux")
    press("ArrowDown")
    press("Enter")
    expect(page.locator(".person")).to_contain_text("Nicole Leroux")
    expect(page.locator("#f-q")).to_be_focused()
    awa.type("carte gr")
    expect(page.locator("#subjects .result").first).to_be_visible()
    press("ArrowDown")
    press("Enter")
    expect(page.locator("#cards .card")).to_have_count(1)
    tab_to(page, "[name^=outcome-]")
    press("2")
    expect(page.locator("[name^=outcome-][value=waiting]")).to_be_checked()
    tab_to(page, "[name^=blockers-]")
    press("Space")
    press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("Enregistré")

    (visit,) = noted(live, Attendance)
    (help_,) = noted(live, ProcedureHelp)
    assert visit.resident_id == nicole.id
    assert (help_.outcome, len(help_.blockers)) == ("waiting", 1)


def test_visits_and_workshops_are_noted_without_javascript(chromium: Browser, live: Live) -> None:
    live.build.a_resident(given_name="Nicole", family_name="Leroux")
    context = chromium.new_context(viewport=TABLET, locale="fr-FR", java_script_enabled=False)  # type: ignore[arg-type]
    token = live.build.token("awa", now=NOW)
    context.add_cookies([{"name": "escale", "value": token, "url": live.url}])
    page = context.new_page()

    page.goto(f"{live.url}/activites/nouvelle")
    page.locator("label[for=c-gender-feminin]").click()
    page.fill("#f-q", "la caf")
    page.press("#f-q", "Enter")
    page.locator("#subjects .result").first.click()
    expect(page.locator("#cards .card")).to_have_count(1)
    expect(page.locator("#c-gender-feminin")).to_be_checked()
    page.locator("[data-for-outcome=started]").click()
    page.locator("#cards label.chip[for*=blockers]").first.click()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Enregistré")

    page.goto(f"{live.url}/activites/atelier")
    page.fill("#f-person_q", "ler")
    page.get_by_role("button", name="Chercher la personne").click()
    page.locator("#people .result").click()
    page.fill("#f-title", "Premiers e-mails")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator(".error-summary")).to_contain_text("Choisissez au moins un sujet.")
    page.locator("label.chip[for*=themes]").first.click()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Enregistré")
    context.close()

    kinds = sorted(session.kind for session in noted(live, AssistedSession))
    assert kinds == ["individual", "workshop"]
    assert [h.outcome for h in noted(live, ProcedureHelp)] == ["started"]
