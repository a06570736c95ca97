"""Figures on screen: who reads them, what is hidden, what is refused and how it is said."""

import re
import shutil
from datetime import date

import pytest
import sqlalchemy as sa

from app.core import clock
from app.core.clock import civil_day
from app.core.db import Database
from app.core.scope import Scope
from app.core.settings import Settings
from app.organisations import service as organisations
from app.procedures.models import Outcome
from app.sessions.models import AssistedSession, Attendance, ProcedureHelp
from app.statistics import periods
from app.statistics.answers import EMPTY, HIDDEN, Answer, Status
from app.statistics.closing import refresh, store_of
from app.statistics.dashboards.charts import compared
from app.statistics.preparing import prepare
from app.statistics.service import counter_on
from app.statistics.tables import Memory, PublishedTable
from tests.support.build import NOW, Builder
from tests.support.client import Browser

QUARTER = [date(2026, 7, 15), date(2026, 8, 12), date(2026, 9, 16)]
USUAL = ["ameli-compte", "aide-logement", "aide-logement-etudiant"]
RARE = "passeport-suivi"
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
                place_id=facts.get("place_id", structure.place.id),
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
            if each % 5:  # some come for something else than a procedure
                helped = ProcedureHelp(
                    organisation_id=structure.organisation.id,
                    session_id=session.id,
                    procedure=str(facts.get("procedure", USUAL[each % len(USUAL)])),
                    outcome=Outcome.FINISHED if each % 2 else Outcome.STARTED,
                    blockers=["mot-de-passe"] if each % 3 == 0 else [],
                )
                attendance.procedures = [helped]
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
    note(database, build, "awa", QUARTER[1], 4, procedure=RARE)
    refresh(database, settings, now=NOW)


def row(page: str, label: str) -> list[str]:
    """Find the rows of charts and tables that bear a label, without what draws them."""
    label = label.replace(" ", "[ \u00a0]")
    rows = re.findall(rf"<(?:li|tr)>(?:(?!</li>|</tr>).)*{label}.*?</(?:li|tr)>", page, re.S)
    return [re.sub(r"<svg.*?</svg>|<[^>]+>", " ", each, flags=re.S) for each in rows]


@pytest.mark.parametrize("path", ["/statistiques", "/statistiques/suivis", "/demarches/barometre"])
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
    assert "13,1" in page  # the chance of no noise, in per cent
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
    assert abs(int(total) - 366) <= 6
    assert "2\u00a0structures" in page
    for name in ("Awa", "Diallo", "Bruno", "Leroux", "Les miens"):
        assert name not in page


@pytest.mark.usefixtures("closed")
def test_a_small_figure_is_hidden_and_leaks_nothing(client: Browser) -> None:
    page = client.as_("claire").get("/statistiques?periode=2026-T3").text

    shown = row(page, "12 – 17 ans")
    assert len(shown) == 2  # the chart, and the table that says the same
    for each in shown:
        assert "masqué" in each
        assert not re.search(r"\d", each.replace("12", "").replace("17", ""))


@pytest.mark.usefixtures("closed")
def test_a_rare_procedure_has_no_row_in_the_barometer(client: Browser) -> None:
    page = client.as_("claire").get("/demarches/barometre?vue=demarche&periode=2026-T3").text

    assert f"/demarches/{USUAL[1]}" in page
    assert f"/demarches/{RARE}" not in page
    assert "Autres démarches\u00a0: sans chiffre" in page.replace("démarches :", "démarches\u00a0:")


@pytest.mark.usefixtures("closed")
def test_each_theme_of_the_barometer_leads_to_its_procedures(client: Browser) -> None:
    page = client.as_("claire").get("/demarches/barometre?periode=2026-T3").text

    assert "Ce qui bloque, par thème" in page
    assert "vue=demarche&amp;theme=logement" in page
    inside = client.get("/demarches/barometre?vue=demarche&theme=logement&periode=2026-T3").text
    assert f"/demarches/{USUAL[1]}" in inside


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("periode=2026-11", "Pas encore de chiffres pour « novembre 2026 »"),
        ("periode=2026-07-02..2026-09-12", "Une période est un mois, un trimestre"),
        ("periode=2026-T3&couleur=bleu", "Le filtre «\u00a0couleur\u00a0» n’existe pas ici."),
        ("periode=2026-T3&genre=autre", "n’est pas une valeur de «\u00a0Genre\u00a0»"),
        ("periode=2026-T3&genre=feminin&genre=masculin", "Une seule valeur par filtre"),
        ("periode=2026-T3&gender=feminin,masculin", "Une seule valeur par filtre"),
        ("lieu=mediatheque-des-quais&periode=2019", "Rien n’était ouvert dans cette période"),
        ("periode=2026-T3&genre=feminin&age=60_plus&type=individual", "Deux filtres au plus"),
        (
            "periode=2026-T3&lieu=mediatheque-des-quais&structure=france-services-du-val",
            "ne peuvent aller ensemble",
        ),
    ],
)
def test_a_refused_question_says_what_would_be_possible(
    client: Browser, query: str, sentence: str
) -> None:
    response = client.as_("claire").get(f"/statistiques?{query}")

    assert response.status_code == 422
    assert sentence in response.text
    assert "<title>Erreur : " in response.text.replace("\u00a0", " ")
    assert 'class="figure"' not in response.text


@pytest.mark.usefixtures("closed")
def test_an_open_month_is_refused_with_two_periods_and_the_filters_kept(client: Browser) -> None:
    page = client.as_("claire").get("/statistiques?periode=2026-11&genre=feminin").text

    assert "octobre 2026 et septembre 2026" in page
    assert "periode=2026-10&amp;genre=feminin" in page
    assert "Genre\u00a0: Femme" in page


@pytest.mark.usefixtures("closed")
def test_a_place_of_another_structure_is_not_a_value(client: Browser) -> None:
    response = client.as_("awa").get("/statistiques?lieu=france-services-du-val")

    assert response.status_code == 422
    assert "France services du Val" not in response.text


@pytest.mark.usefixtures("closed")
def test_pages_of_figures_keep_the_period_and_the_filters(
    client: Browser, database: Database
) -> None:
    claire = client.as_("claire")
    here = "/statistiques/fractures?periode=2026-T3&lieu=mediatheque-des-quais&genre=feminin"
    claire.get(here)  # what is asked for the first time may cost more
    said: list[str] = []
    sa.event.listen(
        database.engine, "before_cursor_execute", lambda _, __, text, *___: said.append(text)
    )

    page = claire.get(here).text

    asked = [s for s in said if not s.startswith(("BEGIN", "PRAGMA")) and "set_config" not in s]
    assert len(asked) <= 8
    segment = r'<a class="segment" href="([^"]+)"[^>]*>(?:<svg.*?</svg>)?\s*([^<]+?)\s*</a>'
    found = re.findall(segment, page, re.S)
    to = {label: href.replace("&amp;", "&") for href, label in found}
    assert to["Fractures"] == here
    assert to["Activité"] == here.replace("fractures", "activite")
    assert to["Suivis"].endswith("?periode=2026-T3&lieu=mediatheque-des-quais")  # no gender there
    assert to["Démarches"] == "/demarches/barometre?periode=2026-T3"
    for label in ("Activité", "Suivis", "Territoires", "Démarches", "L’essentiel"):
        response = claire.get(to[label])
        assert response.status_code == 200, label
        assert "Les totaux ne sont pas la somme des lignes" in response.text
        assert 'id="pourquoi"' in response.text
    assert claire.get("/statistiques/suivis?periode=2026-T3&genre=feminin").status_code == 422


@pytest.mark.usefixtures("closed")
def test_the_divides_are_shared_by_age_place_theme_and_month(client: Browser) -> None:
    page = client.as_("claire").get("/statistiques/fractures?periode=2026-T3").text

    for title in ("selon l’âge", "selon le lieu", "selon le thème", "mois par mois"):
        assert title in page
    (minors,) = row(page, "12 – 17 ans")
    assert "masqué" in minors
    assert not re.search(r"\d", minors.replace("12", "").replace("17", ""))
    assert "Repère national" in page
    assert "Insee Première" in page


@pytest.mark.usefixtures("closed")
def test_a_figure_is_set_beside_another_time_another_territory_or_nothing(client: Browser) -> None:
    claire = client.as_("claire")

    alone = claire.get("/statistiques?periode=2026-T3").text  # no figures the year before
    assert "Comparer à\u00a0: rien" in alone
    semester = claire.get("/statistiques/activite?periode=2026-09&comparer=avant").text
    beside = re.compile("(qu’en|écart sûr avec) août 2026")
    assert beside.search(semester)
    barometer = claire.get("/demarches/barometre?periode=2026-09&comparer=avant&theme=logement")
    assert "Aides (dessous\u00a0: août 2026)" in barometer.text
    assert beside.search(barometer.text)
    elsewhere = claire.get("/demarches/barometre?comparer=lieu:france-services-du-val")
    assert (elsewhere.status_code, "dans le temps seulement" in elsewhere.text) == (422, True)
    beside = claire.get(
        "/statistiques/activite?periode=2026-T3&lieu=mediatheque-des-quais"
        "&comparer=lieu:france-services-du-val"
    ).text
    assert re.search("France services du Val\u00a0: 1[78]\\d", beside)  # 180, and its noise
    months = claire.get("/statistiques?periode=2026-T3&comparer=lieu:france-services-du-val").text
    assert "Barre de gauche\u00a0: France services du Val." in months
    awa = client.as_("awa")  # nobody compares with a structure that is not hers
    refused = awa.get("/statistiques/activite?periode=2026-T3&comparer=lieu:france-services-du-val")
    assert refused.status_code == 422
    assert "Cette comparaison n’existe pas ici" in refused.text
    assert "France services du Val" not in refused.text


def test_territories_are_a_list_that_filters_a_map_and_where_no_place_is(
    client: Browser, build: Builder, database: Database, settings: Settings
) -> None:
    build.everybody()
    with database.writing(Scope.system("tests")) as db:
        far = organisations.create_place(
            db,
            build.structure_of("bruno").organisation,
            name="Antenne de Saint-Malo",
            commune="35288",
            opened_on=date(2020, 1, 1),
        )
        far_id = far.id
    note(database, build, "awa", QUARTER[0], 150)
    note(database, build, "bruno", QUARTER[1], 120, place_id=far_id)
    refresh(database, settings, now=NOW)
    claire = client.as_("claire")

    page = claire.get("/statistiques/territoires?periode=2026-T3").text

    (drawing,) = re.findall(r'<svg class="map".*?</svg>', page, re.S)
    assert 'role="img"' in drawing
    assert "<a" not in drawing
    assert "tabindex" not in drawing
    assert len(re.findall("<path", drawing)) == 18
    assert len(re.findall('<path class="none"', drawing)) == 16
    assert "<strong>16 intercommunalités sur 18</strong>" in page
    assert "<li>CA Fougères Agglomération</li>" in page  # without a place of theirs
    href = re.findall(r'href="([^"]*interco=[^"]*)"', page)[0].replace("&amp;", "&")
    inside = claire.get(href)
    assert inside.status_code == 200
    assert "Intercommunalité\u00a0: " in inside.text
    assert 'class="map"' not in inside.text


@pytest.mark.usefixtures("closed")
def test_the_barometer_says_how_far_procedures_get(client: Browser) -> None:
    page = client.as_("claire").get("/demarches/barometre?vue=organisme&periode=2026-T3").text

    assert "Où en sont les démarches, par organisme" in page
    rows = re.findall(r"(?s)<tr><th scope=.row.>([^<]+)<(.*?)</tr>", page)
    done = [  # carried through is said twice, and alike
        (name, re.sub(r"<[^>]+>|\s", "", cell))
        for name, cells in rows
        for cell in re.findall(r'(?s)data-label="(?:Menées à bout|Terminée)">(.*?)</td>', cells)
    ]
    assert len(done) == 2 * len(set(done)) > 0
    assert "par=provider" in page.partition("Où en sont")[0]  # each table has its files


def test_an_adviser_reads_her_own_figures_exactly(
    client: Browser, build: Builder, database: Database
) -> None:
    today = civil_day(clock.now(), "Europe/Paris")
    resident = build.a_resident(of="awa")
    for outcome in ("finished", "started"):
        build.a_session(
            held_on=today,
            now=clock.now(),
            duration_min=45,
            who="resident",
            resident_id=resident.id,
            outcome={"aide-logement": outcome},
        )
    build.a_session(held_on=today, now=clock.now(), procedures=USUAL[1:2])
    note(database, build, "alix", today, 5)  # a colleague of the same structure

    page = client.as_("awa").get("/statistiques").text

    tiles = dict(re.findall(r'<dt>([^<]+)</dt><dd class="figure">([^<]+)</dd>', page))
    assert tiles["accompagnements"] == "3"
    assert tiles["personnes"] == "2"
    assert tiles["de votre temps"].replace("\u00a0", " ") == "2 h"
    assert tiles["démarches terminées"] == "2"
    assert "Pas encore de chiffres" in page


def test_before_the_first_closing_the_page_says_so(client: Browser, build: Builder) -> None:
    build.everybody()

    for path in ("/statistiques", "/demarches/barometre"):
        response = client.as_("claire").get(path)

        assert response.status_code == 200
        assert "Pas encore de chiffres" in response.text


@pytest.mark.parametrize(
    ("now", "then", "sentence"),
    [
        (1248, 1240, "sans écart sûr avec le 3e trimestre 2025"),  # noise alone can make it
        (1248, 1100, "13\u00a0% de plus qu’au 3e trimestre 2025"),
        (900, 1000, "10\u00a0% de moins qu’au 3e trimestre 2025"),
        (60, 80, "moins qu’au 3e trimestre 2025 (environ\u00a080)"),
    ],
)
def test_a_figure_is_compared_in_words(now: int, then: int, sentence: str) -> None:
    former = periods.read("2025-T3")

    answers = (Answer(Status.PUBLISHED, now, 6), Answer(Status.PUBLISHED, then, 6))

    assert compared(*answers, former) == sentence


def test_nothing_is_compared_with_what_is_not_there() -> None:
    former, figure = periods.read("2025"), Answer(Status.PUBLISHED, 900)

    assert compared(figure, HIDDEN, former) == "masqué en 2025"
    assert compared(figure, EMPTY, former) == ""
    assert compared(HIDDEN, figure, former) == ""


@pytest.mark.usefixtures("closed")
def test_pages_made_at_closing_are_kept_for_every_process(
    database: Database, settings: Settings
) -> None:
    version = store_of(database, settings).current()
    every = version.organisations

    def answer(memory: Memory) -> PublishedTable:
        counted = counter_on(version, every, own=every, memory=memory)
        return counted.answer([counted.ask("residents", ("age_band",), [], "2026-T3")])[0]

    live = answer(Memory())
    shutil.rmtree(version.kept)  # what was just asked
    version.kept.mkdir()
    (version.kept / "prepared-interactive-1").touch()  # by another rule
    assert prepare(database, settings) > 0
    assert prepare(database, settings) == 0  # made once
    for path in version.years[2026].directory.glob("*.parquet"):
        path.rename(path.with_suffix(".away"))  # nothing can be counted again
    kept = answer(Memory())

    assert kept.to_json() == live.to_json()
    assert [cell.labels for cell in kept.cells] == [cell.labels for cell in live.cells]
