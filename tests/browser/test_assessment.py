"""Two people before one tablet: started together, stopped, taken up, lent, finished, looked at."""

from collections.abc import Callable
from uuid import UUID

from playwright.sync_api import Page, expect

from app.assessments import service
from app.assessments.bank import bank
from tests.browser.conftest import Live, Tablet
from tests.support.build import PASSWORD

QUESTIONS = bank().questions
WIDE, PHONE = {"width": 1180, "height": 820}, {"width": 360, "height": 740}
SMALLEST = 72


A_FRENCH_VOICE = """
window.said = [];
Object.defineProperty(window, "speechSynthesis", {value: {
  getVoices: () => [{localService: true, lang: "fr-FR"}],
  addEventListener() {}, cancel() {}, speak: (one) => window.said.push(one.text),
}});
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""


def answer(page: Page, rank: int, code: str) -> None:
    """Answer one question, by touch, and go on."""
    expect(page.locator("h1")).to_have_text(QUESTIONS[rank - 1].text)
    page.locator(f"label[for=a-{code}]").tap()
    page.locator("button.primary").tap()


def elsewhere(live: Live, resident_id: UUID) -> None:
    """Answer all that is left but the last question, on another tablet."""
    with live.build.database.writing(live.build.actor("awa").scope) as db:
        (opened,) = service.of_resident(db, resident_id)
        for question in opened.bank.unanswered(opened.answers)[:-1]:
            code = question.answers[0 if question.theme == "safety" else 1].code
            service.answer(db, resident_id, opened.id, question, code)


def test_an_assessment_is_stopped_taken_up_alone_and_looked_at_together(
    tablet: Callable[[str], Tablet], live: Live
) -> None:
    person = live.build.a_resident()
    awa = tablet("awa")
    page = awa.page
    page.add_init_script(A_FRENCH_VOICE)
    awa.open(f"/beneficiaires/{person.id}")
    page.get_by_role("link", name="Faire le diagnostic").tap()
    page.get_by_role("button", name="Nous répondons ensemble").tap()
    expect(page.locator(".where")).to_contain_text("Question 1 sur 20")
    page.get_by_role("button", name="Écouter").tap()
    (heard,) = page.evaluate("window.said")
    assert heard.startswith(QUESTIONS[0].text)
    assert heard.endswith("Je ne sais pas.")
    page.locator("button.primary").tap()
    expect(page.locator(".error")).to_contain_text("Choisissez une réponse")
    for rank, question in enumerate(QUESTIONS[:3], 1):
        answer(page, rank, question.answers[-1].code)
    page.get_by_role("link", name="Question d’avant").tap()
    expect(page.locator("input:checked")).to_have_value(QUESTIONS[2].answers[-1].code)
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        heights = [
            box["height"] for each in page.locator(".answer").all() if (box := each.bounding_box())
        ]
        assert len(heights) == len(QUESTIONS[2].answers) + 1
        assert min(heights) >= SMALLEST
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.get_by_role("link", name="Arrêter").tap()

    page.get_by_role("link", name="Reprendre à la question 4 sur 20").tap()
    page.get_by_role("button", name="La personne répond seule").tap()
    expect(page.locator(".where")).to_contain_text("Question 4 sur 20")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cette tablette est à vous")
    awa.open("/beneficiaires")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cette tablette est à vous")
    page.get_by_role("link", name="Continuer").tap()
    page.locator("#a-unknown").focus()  # by keyboard only
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(QUESTIONS[4].text)
    elsewhere(live, person.id)
    answer(page, 5, QUESTIONS[4].answers[-1].code)
    page.get_by_role("link", name="Arrêter").tap()
    page.get_by_role("link", name="Continuer").tap()
    answer(page, len(QUESTIONS), QUESTIONS[-1].answers[0].code)
    page.get_by_role("button", name="Terminer").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Merci, c’est fini")
    page.get_by_label("Mot de passe du conseiller").fill(PASSWORD)
    page.get_by_role("button", name="Reprendre la tablette").tap()

    expect(page.get_by_role("heading", level=1)).to_have_text("Résultat du diagnostic")
    expect(page.locator("section[aria-labelledby=t-strong]")).to_contain_text("Équipement")
    expect(page.locator("section[aria-labelledby=t-step]")).to_contain_text("faux message")
    expect(page.get_by_role("img", name="Diagnostic")).to_be_visible()
    expect(page.get_by_role("row", name="Sécurité 0")).to_be_visible()
    awa.open(f"/beneficiaires/{person.id}")
    expect(page.locator("section[aria-labelledby=t-assessment]")).to_contain_text("Point fort")
