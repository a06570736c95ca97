"""Figures on screen: who reads them, what is hidden, what is refused and how it is said."""

import re
from datetime import date

import pytest

from app.core import clock
from app.core.clock import civil_day
from app.core.db import Database
from app.core.scope import Scope
from app.core.settings import Settings
from app.procedures.models import Outcome
from app.sessions.models import AssistedSession, Attendance, ProcedureHelp
from app.statistics.closing import refresh
from tests.support.build import NOW, Builder
from tests.support.client import Browser

QUARTER = [date(2026, 7, 15), date(2026, 8, 12), date(2026, 9, 16)]
USUAL, RARE = "aide-logement", "carte-grise"
AGES = ["soixante_dix_plus", "soixante_soixante_neuf", "quarante_cinquante_neuf"]


def note(
    database: Database, build: Builder, who: str, day: date, number: int, **facts: object
) -> None:
    """Write many activities at once, of one anonymous person each, all valid."""
    structure = build.structure_of(who)
    with database.writing(Scope.system("tests")) as db:
        for each in range(number):
            session = AssistedSession(
                organisation_id=structure.organisation.id,
                place_id=structure.place.id,
                author_id=build.account_id(who),
                held_on=day,
                duration_min=30,
                recorded_at=NOW,
            )
            attendance = Attendance(
                organisation_id=structure.organisation.id,
                age_band=str(facts.get("age_band") or AGES[each % len(AGES)]),
                gender="feminin" if each % 2 else "masculin",
                equipment=["phone_only"] if each % 3 else ["adequate"],
            )
            attendance.procedures = [
                ProcedureHelp(
                    organisation_id=structure.organisation.id,
                    procedure=str(facts.get("procedure", USUAL)),
                    outcome=Outcome.FINISHED if each % 2 else Outcome.STARTED,
                    blockers=["mot-de-passe"] if each % 3 == 0 else [],
                )
            ]
            session.attendances = [attendance]
            db.add(session)


@pytest.fixture
def closed(build: Builder, database: Database, settings: Settings) -> None:
    """A quarter in two structures, with two minors and three people of a rare procedure."""
    build.everybody()
    for day in QUARTER:
        for who in ("awa", "bruno"):
            note(database, build, who, day, 60)
    note(database, build, "awa", QUARTER[0], 2, age_band="douze_dix_huit")
    note(database, build, "awa", QUARTER[1], 3, procedure=RARE)
    refresh(database, settings, now=NOW)


def row(page: str, label: str) -> list[str]:
    """Find the rows of charts and tables that bear a label, without what draws them."""
    label = label.replace(" ", "[ \u00a0]")
    rows = re.findall(rf"<(?:li|tr)>(?:(?!</li>|</tr>).)*{label}.*?</(?:li|tr)>", page, re.S)
    return [re.sub(r"<svg.*?</svg>|<[^>]+>", " ", each, flags=re.S) for each in rows]


@pytest.mark.parametrize("path", ["/statistiques", "/demarches/barometre"])
@pytest.mark.parametrize("who", ["farid", "dora", "root"])
def test_a_role_without_figures_is_refused(client: Browser, who: str, path: str) -> None:
    assert client.as_(who).get(path).status_code == 403


@pytest.mark.parametrize("path", ["/statistiques", "/demarches/barometre"])
def test_nobody_reads_figures_without_signing_in(client: Browser, path: str) -> None:
    response = client.get(path, headers={"accept": "text/html"})

    assert response.status_code in (302, 303, 401)
    assert "bénéficiaires" not in response.text


def test_the_method_is_public(client: Browser) -> None:
    page = client.get("/methode").text

    assert "Un chiffre est montré quand au moins 11 personnes y figurent" in page
    assert "19,8" in page  # the chance of no noise, in per cent
    assert "Deux coordinateurs" in page


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("who", ["awa", "claire", "alix"])
def test_those_who_count_see_the_three_divides(client: Browser, who: str) -> None:
    response = client.as_(who).get("/statistiques?periode=2026-T3")

    assert response.status_code == 200
    for word in ("Compétences", "Équipement", "Connexion", "accompagnements", "15,4"):
        assert word in response.text
    assert "Les totaux ne sont pas la somme des lignes" in response.text
    assert "Provisoire jusqu’au 31" in response.text


@pytest.mark.usefixtures("closed")
def test_a_coordinator_sees_figures_and_no_name(client: Browser) -> None:
    page = client.as_("claire").get("/statistiques?periode=2026-T3").text

    (total,) = re.findall(r'<dt>bénéficiaires</dt><dd class="figure">(\d+)</dd>', page)
    assert abs(int(total) - 365) <= 6
    assert "2\u00a0structures" in page
    for name in ("Awa", "Diallo", "Bruno", "Leroux", "Les miens"):
        assert name not in page
