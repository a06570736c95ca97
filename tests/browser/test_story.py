"""One story, from an adviser's tablet to a funder's file, told in a real browser."""

import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import openpyxl
from playwright.sync_api import expect

from app.core.ids import new_id
from app.statistics.closing import refresh
from tests.browser.conftest import Live, Tablet
from tests.support.build import NOW

A_WEEK_LATER = NOW + timedelta(days=7)
AFTER_CLOSING = datetime(2026, 12, 6, 9, 0, tzinfo=UTC)
NAMES = ("Leroux", "Benali")


def a_busy_structure(live: Live) -> None:
    """Give November enough people for its figures to be shown."""
    ages = ("soixante_dix_plus", "soixante_soixante_neuf", "quarante_cinquante_neuf")
    for number in range(150):
        day = date(2026, 11, 2 + number % 20)
        live.build.a_session(
            now=datetime(day.year, day.month, day.day, 10, number % 60, tzinfo=UTC),
            id=new_id(),
            held_on=day,
            age_band=ages[number % 3],
            gender="feminin" if number % 2 else "masculin",
            divides=["skills"] if number % 3 else [],
        )


def test_from_the_tablet_to_the_funders_file(tablet: Callable[[str], Tablet], live: Live) -> None:
    a_busy_structure(live)
    live.build.a_resident(given_name="Nicole", family_name="Leroux")
    stuck = live.build.a_resident(given_name="Karim", family_name="Benali", gender="masculin")

    awa = tablet("awa")
    awa_notes_three_visits(awa, stuck.id)
    awa_narrows_her_list(awa)
    awa_finds_it_late_a_week_after(awa, live)
    live.at(AFTER_CLOSING)
    refresh(live.build.database, live.settings, now=AFTER_CLOSING)
    claire_sees_november_and_no_person(tablet("claire"), live)
    farid_takes_the_file(tablet("farid"), live)
    bruno_sees_nothing_of_it(tablet("bruno"), live, stuck.id)


def awa_notes_three_visits(awa: Tablet, stuck: object) -> None:
    awa.open("/")
    awa.tap("a.hero")
    awa.tap("label[for=c-age_band-soixante_dix_plus]")
    awa.tap("label[for=c-procedures-aide-logement]")
    awa.tap("[data-for-outcome=finished]")
    awa.shot("story-1-noter")
    awa.tap("button.primary")
    expect(awa.page.locator(".toast")).to_contain_text("Enregistré")

    awa.tap("a.hero")
    awa.tap("label[for=who-resident]")
    awa.type("ler")
    awa.tap("#people .result")
    expect(awa.page.locator(".person")).to_contain_text("Leroux")
    awa.type("carte gri")
    awa.tap("#subjects .result")
    awa.tap("[data-for-outcome=finished]")
    awa.tap("button.primary")
    expect(awa.page.locator(".toast")).to_contain_text("Enregistré")

    awa.open(f"/activites/nouvelle?personne={stuck}&demarche=titre-sejour-anef")
    awa.tap("[data-for-outcome=started]")
    awa.tap(".blocked label[for*=piece-manquante], .blocked label[for*=blockers]")
    awa.tap(".open-follow-up")
    awa.tap("label[for=c-follow_up-tomorrow]")
    awa.shot("story-2-bloquee")
    awa.tap("button.primary")
    expect(awa.page.locator(".toast")).to_contain_text("Enregistré")


def awa_narrows_her_list(awa: Tablet) -> None:
    awa.open("/activites")
    awa.page.select_option("#f-periode", "tout")
    expect(awa.page).to_have_url(re.compile(r"/activites\?periode=tout$"))
    awa.page.select_option("#f-genre", "individual")
    expect(awa.page).to_have_url(re.compile(r"/activites\?periode=tout&genre=individual$"))


def awa_finds_it_late_a_week_after(awa: Tablet, live: Live) -> None:
    live.at(A_WEEK_LATER)
    awa.open("/")
    late = awa.page.locator("li", has_text="Karim Benali").first
    expect(late).to_contain_text("6 jours de retard")
    awa.shot("story-3-aujourdhui")
    late.get_by_role("link", name="Noter la visite").tap()
    expect(awa.page.locator(".person")).to_contain_text("Karim Benali")
    awa.tap("[data-for-outcome=finished]")
    awa.tap("button.primary")
    expect(awa.page.locator(".toast")).to_contain_text("Enregistré")
    expect(awa.page.locator(".journey")).not_to_contain_text("jours de retard")


def claire_sees_november_and_no_person(claire: Tablet, live: Live) -> None:
    claire.open("/statistiques?periode=2026-11")
    expect(claire.page.locator("main")).to_contain_text("novembre 2026", ignore_case=True)
    expect(claire.page.locator("main")).to_contain_text("15")
    claire.shot("story-4-chiffres")
    for path in ("/statistiques?periode=2026-11", "/demarches/barometre", "/rapports"):
        claire.open(path)
        text = claire.page.content()
        assert all(name not in text for name in (*NAMES, "Awa"))
    for path in ("/beneficiaires", "/activites", "/activites/nouvelle"):
        response = claire.page.goto(f"{live.url}{path}")
        assert response is not None
        assert response.status == 403

    claire.open("/rapports")
    claire.page.select_option("#f-period", "2026-11")
    claire.page.fill("#f-email", "farid@exemple.fr")
    claire.tap("button.primary")
    expect(claire.page.locator("h1")).to_contain_text("novembre 2026")


def farid_takes_the_file(farid: Tablet, live: Live) -> None:
    farid.open("/")
    expect(farid.page).to_have_url(f"{live.url}/rapports")
    farid.tap(".lines a.name")
    expect(farid.page.locator("h1")).to_contain_text("novembre 2026")
    farid.shot("story-5-rapport")
    with farid.page.expect_download() as waited:
        farid.tap("text=Tableur XLSX")
    book = openpyxl.load_workbook(io.BytesIO(waited.value.path().read_bytes()))
    assert book.sheetnames == ["Statistiques", "Méthode"]
    for path in ("/statistiques", "/beneficiaires", "/activites", "/demarches"):
        response = farid.page.goto(f"{live.url}{path}")
        assert response is not None
        assert response.status == 403


def bruno_sees_nothing_of_it(bruno: Tablet, live: Live, stuck: object) -> None:
    for path in ("/", "/activites?periode=tout", "/beneficiaires", "/statistiques"):
        bruno.open(path)
        assert all(name not in bruno.page.content() for name in NAMES)
    response = bruno.page.goto(f"{live.url}/beneficiaires/{stuck}")
    assert response is not None
    assert response.status == 404
