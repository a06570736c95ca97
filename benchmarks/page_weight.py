"""Bytes and requests of each page, first visit and next, in Chromium, against the budgets.

Needs a running demo: `make run` in another terminal. Writes `benchmarks/results/page-weight.md`.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools.find_browser import find  # noqa: E402

AWA, CLAIRE = "awa@mediatheque.example", "claire@departement.example"
ALIX = "alix@mediatheque.example"
PASSWORD = "escale-demo-2026"


@dataclass(frozen=True)
class Budget:
    """A page and its limits, in kB compressed."""

    name: str
    path: str
    who: str | None
    first: int
    following: int | None
    requests: int
    nodes: int


BUDGETS = (
    Budget("connexion", "/connexion", None, 45, None, 6, 300),
    Budget("aujourd’hui", "/", AWA, 60, 8, 8, 800),
    Budget("noter", "/activites/nouvelle", AWA, 60, 10, 8, 900),
    Budget("activités", "/activites", AWA, 60, 15, 8, 1200),
    Budget("une semaine", "/activites/semaine", AWA, 60, 15, 8, 1200),
    Budget("agenda", "/agenda", AWA, 60, 15, 8, 1200),
    Budget("ateliers", "/ateliers", AWA, 60, 15, 8, 1200),
    Budget("atelier tenu", "/activites/atelier", AWA, 60, 15, 8, 1200),
    Budget("bénéficiaires", "/beneficiaires", AWA, 60, 15, 8, 1200),
    Budget("démarches", "/demarches", AWA, 60, 15, 8, 1200),
    Budget("statistiques", "/statistiques", CLAIRE, 75, 25, 8, 1500),
    Budget("fractures", "/statistiques/fractures", CLAIRE, 75, 25, 8, 1500),
    Budget("activité chiffrée", "/statistiques/activite", CLAIRE, 75, 25, 8, 1500),
    Budget("suivis chiffrés", "/statistiques/suivis", CLAIRE, 75, 25, 8, 1500),
    Budget("territoires", "/statistiques/territoires", CLAIRE, 75, 25, 8, 1500),
    Budget("baromètre", "/demarches/barometre", CLAIRE, 60, 15, 8, 1200),
    Budget("rapports", "/rapports", CLAIRE, 60, 15, 8, 1200),
    Budget("équipe", "/administration/equipe", ALIX, 60, 15, 8, 1200),
    Budget("historique", "/administration/import", ALIX, 60, 15, 8, 1200),
    Budget("mon compte", "/compte", ALIX, 60, 15, 8, 1200),
    Budget("méthode", "/methode", None, 60, 15, 8, 1200),
)


def weigh(page: Page, url: str) -> tuple[float, int]:
    """Load a page and add up what came over the wire: kB and requests (cached ones not counted)."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    loaded: list[float] = []
    session.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    page.goto(url)
    page.wait_for_load_state("networkidle")
    session.detach()
    real = [size for size in loaded if size > 0]
    return sum(real) / 1000, len(real)


def measure(browser: Browser, base: str, budget: Budget) -> str:
    """Weigh one page twice in a fresh profile, signed in when it needs it."""
    context = browser.new_context(viewport={"width": 1180, "height": 820})
    if budget.who:
        context.request.post(
            f"{base}/connexion",
            form={"email": budget.who, "password": PASSWORD, "next": "/methode"},
            headers={"sec-fetch-site": "same-origin"},
        )
    page = context.new_page()
    first, requests = weigh(page, base + budget.path)
    nodes = page.evaluate("document.querySelectorAll('*').length")
    following, _ = weigh(page, base + budget.path)
    context.close()
    is_within = (
        first <= budget.first
        and requests <= budget.requests
        and nodes <= budget.nodes
        and (budget.following is None or following <= budget.following)
    )
    return (
        f"| {budget.name} | {first:.1f} / {budget.first} | {following:.1f} / "
        f"{budget.following or '–'} | {requests} / {budget.requests} | {nodes} / {budget.nodes} "
        f"| {'tenu' if is_within else '**dépassé**'} |"
    )


def main() -> None:
    """Weigh every page of the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    base = parser.parse_args().url
    chromium = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        lines = [measure(browser, base, budget) for budget in BUDGETS]
        browser.close()
    text = "\n".join(
        [
            "# Poids des pages",
            "",
            "Octets compressés (kB, mesurés par Chromium) / budget, demandes, nœuds ; données de "
            "démonstration. Commande : `make run`, puis `.venv/bin/python "
            "benchmarks/page_weight.py`.",
            "",
            "| page | première visite | suivante | demandes | nœuds | budget |",
            "| --- | --- | --- | --- | --- | --- |",
            *lines,
            "",
        ]
    )
    print(text)
    (ROOT / "benchmarks/results/page-weight.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
