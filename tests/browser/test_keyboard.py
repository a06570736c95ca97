"""Somebody who uses no mouse and no screen sets her structure up (accessibility-eco.md § 1)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import TABLET, Live, Tablet

FOCUSED = """() => {
  const it = document.activeElement;
  if (it === document.body) return { name: "" };  // the end of the page
  const drawn = it.matches(".choice") ? it.labels[0] : it;
  const box = drawn.getBoundingClientRect();
  const style = getComputedStyle(drawn);
  return {
    name: it.ariaLabel || it.labels?.[0]?.textContent || it.textContent || "",
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.bottom > 0 && box.top < innerHeight,
  };
}"""
MOST_STOPS = 40
PATIENCE_MS = 5_000


class Keyboard:
    """A page on which somebody only presses keys."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, name: str) -> None:
        """Press Tab until what has this name is reached; every stop on the way is seen."""
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            stop = self.page.evaluate(FOCUSED)
            if stop["name"]:
                assert stop["ring"], f"the focus is not seen on « {stop['name'].strip()} »"
                assert stop["inside"], f"« {stop['name'].strip()} » is out of sight"
            if name in " ".join(stop["name"].split()):
                return
        pytest.fail(f"« {name} » is not reached in {MOST_STOPS} stops")

    def press(self, name: str) -> None:
        """Reach a link or a button, and use it; what it opens is there."""
        self.reach(name)
        with self.page.expect_navigation(timeout=PATIENCE_MS):
            self.page.keyboard.press("Enter")

    def follow(self, name: str, field: str) -> None:
        """Use a line of the error summary: it gives the focus to its field."""
        self.reach(name)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_label(field, exact=True)).to_be_focused()

    def skip_to_main(self) -> None:
        """Pass the navigation by its link, the first stop of a page."""
        self.page.keyboard.press("Tab")
        expect(self.page.get_by_role("link", name="Aller au contenu")).to_be_focused()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("main")).to_be_focused()

    def write(self, name: str, text: str) -> None:
        """Reach a field and type in it."""
        self.reach(name)
        self.page.keyboard.type(text)

    def send(self) -> None:
        """Press Enter in a field: its form leaves."""
        with self.page.expect_navigation(timeout=PATIENCE_MS):
            self.page.keyboard.press("Enter")


def test_alix_sets_up_her_structure_with_the_keyboard_only(
    tablet: Callable[[str], Tablet], live: Live, chromium: Browser
) -> None:
    alix = tablet("alix")
    alix.open("/administration")
    keys = Keyboard(alix.page)

    link = she_invites_an_adviser(keys)
    the_adviser_enters(chromium, live, link)
    she_adds_a_place(keys)
    she_adds_two_tags(keys)
    she_hides_a_procedure(keys)


def she_invites_an_adviser(keys: Keyboard) -> str:
    keys.press("Équipe")
    keys.press("Créer le lien")
    expect(keys.page.locator(".error-summary")).to_be_focused()
    keys.write("Adresse e-mail", "zoe@exemple.fr")
    keys.reach("Rôle")
    keys.page.keyboard.press("ArrowDown")
    keys.press("Créer le lien")

    shown = keys.page.get_by_label("Copiez ce lien maintenant")
    expect(shown).to_be_focused()
    return shown.input_value()


def the_adviser_enters(chromium: Browser, live: Live, link: str) -> None:
    context = chromium.new_context(viewport=TABLET, locale="fr-FR")
    zoe = Keyboard(context.new_page())
    zoe.page.goto(live.url + "/invitation/" + link.rsplit("/", 1)[-1])
    zoe.write("Prénom et nom", "Zoé Martin")
    zoe.write("Mot de passe", "aaaaaaaaaaaaaaaa")
    zoe.send()
    expect(zoe.page.locator(".error-summary")).to_be_focused()
    zoe.follow("Ce mot de passe se devine", "Mot de passe")
    zoe.page.keyboard.type("trois bateaux verts")
    zoe.send()

    expect(zoe.page.get_by_role("heading", level=1)).to_have_text("Bonjour Zoé")
    context.close()


def she_adds_a_place(keys: Keyboard) -> None:
    keys.press("Administration")
    keys.press("Lieux")
    keys.write("Nom du lieu", "Mairie de Vitré")
    keys.write("Commune", "35500")
    keys.send()
    expect(keys.page.locator(".error-summary")).to_be_focused()
    keys.follow("Choisissez une de ces communes", "Commune")
    keys.reach("Vitré")
    keys.page.keyboard.press("Space")
    keys.send()

    expect(keys.page.locator("#t-places")).to_be_focused()
    expect(keys.page.locator("main")).to_contain_text("Mairie de Vitré")


def she_adds_two_tags(keys: Keyboard) -> None:
    keys.press("Administration")
    keys.press("Structure")
    for tag in ("Bus numérique", "Quartier"):
        keys.write("Nouvelle étiquette", tag)
        keys.send()
        expect(keys.page.locator("#t-tags")).to_be_focused()
        expect(keys.page.locator("main")).to_contain_text(tag)


def she_hides_a_procedure(keys: Keyboard) -> None:
    keys.press("Administration")
    keys.skip_to_main()
    keys.press("Démarches")
    keys.write("Démarche à masquer", "carte grise")
    keys.send()
    expect(keys.page.locator("#t-hidden")).to_be_focused()
    keys.press("Masquer")

    expect(keys.page.locator("#t-hidden")).to_be_focused()
    expect(keys.page.get_by_role("button", name="Montrer")).to_have_count(1)
