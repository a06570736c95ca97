"""What a machine can tell of accessibility, on the pages of people, workshops and the agenda."""

from collections.abc import Callable
from datetime import timedelta

from axe_playwright_python.sync_playwright import Axe

from app.residents.stopping import stop_link
from tests.browser.conftest import Live, Tablet
from tests.support.build import TODAY

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
LONG = {"given_name": "Marie-Antoinette", "family_name": "Vandenbroucke-Rakotomalala"}


def addresses(live: Live) -> list[str]:
    """Give somebody a story, a workshop full of people, an anonymous visit; list the pages."""
    build = live.build
    person = build.a_resident(**LONG, phone="06 12 34 56 78")
    build.a_session(
        who="resident",
        resident_id=person.id,
        outcome={"aide-logement": "started"},
        blockers={"aide-logement": ["piece-manquante"]},
        follow_up="week",
    )
    unnamed = build.a_session()
    workshop = build.a_workshop([person])
    file, planned = f"/beneficiaires/{person.id}", f"/ateliers/{workshop.id}"
    coming = TODAY + timedelta(days=7)
    return [
        *("/", "/activites", "/ateliers", "/ateliers/nouveau", "/permanences"),
        *("/permanences/nouvelle", "/agenda/nouveau", "/agenda?vue=semaine"),
        *(f"/agenda/{coming}?vue=jour", "/agenda?vue=liste", f"/activites/{unnamed.id}/nommer"),
        *(file, f"{file}/fiche", f"{file}/mandats", f"{file}/orientations", f"{file}/diagnostic"),
        *(planned, f"{planned}/modifier", f"{planned}/annuler", f"{planned}/emargement"),
        stop_link(build.database.keys, live.settings, person.id).removeprefix(
            live.settings.base_url.rstrip("/")
        ),
    ]


def test_pages_have_no_fault_that_a_machine_finds(
    tablet: Callable[[str], Tablet], live: Live
) -> None:
    awa = tablet("awa")
    page = awa.page
    faults = []
    for path in addresses(live):
        page.emulate_media(color_scheme="light", reduced_motion="reduce")  # no colour half-way
        awa.open(path)
        page.evaluate("document.querySelectorAll('main details').forEach(d => d.open = true)")
        found = Axe().run(page, options=RULES).response["violations"]
        page.emulate_media(color_scheme="dark")  # the same page, only its colours are others
        found += Axe().run(page, options=COLOURS).response["violations"]
        faults += [(path, v["id"], v["nodes"][0]["html"]) for v in found]

    assert faults == []
