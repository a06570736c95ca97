"""How many taps the gestures of every day take, counted on a tablet (ux.md § 4)."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import expect
from sqlmodel import select

from app.sessions.models import Attendance
from tests.browser.conftest import Live, Tablet
from tests.support.build import NOW


def noted_often(live: Live) -> None:
    """Give Awa habits, so that her chips are those of somebody at work."""
    for days in range(1, 4):
        live.build.a_session(
            now=NOW - timedelta(days=days), held_on=(NOW - timedelta(days=days)).date()
        )
        live.build.a_session(
            now=NOW - timedelta(days=days),
            held_on=(NOW - timedelta(days=days)).date(),
            procedures=[],
            outcome={},
            themes=["email"],
        )


def test_s1_anonymous_and_a_frequent_procedure_finished_in_six_taps(
    tablet: Callable[[str], Tablet], live: Live
) -> None:
    noted_often(live)
    awa = tablet("awa")
    awa.open("/")

    awa.tap("a.hero")
    awa.tap("label[for=c-age_band-soixante_dix_plus]")
    awa.tap("label[for=c-gender-feminin]")
    awa.tap("label[for=c-procedures-aide-logement]")
    awa.tap("[data-for-outcome=finished]")
    awa.tap("button.primary")

    expect(awa.page.locator(".toast")).to_contain_text("Enregistré")
    assert awa.taps <= 6


def test_s3_a_resident_by_name_and_a_rare_procedure_in_seven_taps(
    tablet: Callable[[str], Tablet], live: Live
) -> None:
    live.build.a_resident(given_name="Nicole", family_name="Leroux")
    awa = tablet("awa")
    awa.open("/")

    awa.tap("a.hero")
    awa.tap("label[for=who-resident]")
    expect(awa.page.locator("#f-person_q")).to_be_focused()
    awa.type("ler")
    awa.tap("#people .result")
    expect(awa.page.locator(".person")).to_contain_text("Nicole Leroux")
    expect(awa.page.locator("#f-q")).to_be_focused()
    awa.type("pass")
    awa.tap("#subjects .result")
    awa.tap("[data-for-outcome=finished]")
    awa.tap("label[for=c-duration-45]")
    awa.tap("button.primary")

    expect(awa.page.locator(".toast")).to_contain_text("Enregistré")
    assert awa.taps <= 7
    assert awa.letters == 7


def test_s5_a_quick_passage_in_one_tap_and_undone_in_one(
    tablet: Callable[[str], Tablet], live: Live
) -> None:
    awa = tablet("awa")
    awa.open("/")

    awa.tap(".stepper .strong")
    expect(awa.page.locator(".stepper output")).to_have_text("1")
    assert awa.taps == 1
    awa.tap(".toast button")

    expect(awa.page.locator(".stepper output")).to_have_text("0")


def test_s7_the_same_again_in_three_taps(tablet: Callable[[str], Tablet], live: Live) -> None:
    live.build.a_session()
    awa = tablet("awa")
    awa.open("/")

    awa.tap("a.hero")
    awa.tap("text=Encore un pareil")
    awa.tap("button.primary")

    expect(awa.page.locator(".toast")).to_contain_text("Enregistré")
    assert awa.taps <= 3


def test_s4_a_skill_with_its_autonomy_in_six_taps(
    tablet: Callable[[str], Tablet], live: Live
) -> None:
    noted_often(live)
    awa = tablet("awa")
    awa.open("/")

    awa.tap("a.hero")
    awa.tap("label[for=c-age_band-soixante_dix_plus]")
    awa.tap("label[for=c-gender-feminin]")
    awa.tap("label[for=c-themes-email]")
    awa.tap("#cards .segmented label >> nth=1")
    awa.tap("button.primary")

    expect(awa.page.locator(".toast")).to_contain_text("Enregistré")
    assert awa.taps <= 6


def test_s6_a_workshop_held_with_one_absent_and_two_more_in_five_taps(
    tablet: Callable[[str], Tablet], live: Live
) -> None:
    people = [
        live.build.a_resident(given_name=name, family_name="Leroux")
        for name in ("Nicole", "Paul", "Zohra", "Ali", "Odile", "Jean", "Fatou", "Li")
    ]
    live.build.a_workshop(people)
    awa = tablet("awa")
    awa.open("/")

    awa.tap("a.button:has-text('Tenu')")
    awa.tap("text=Paul Leroux")
    awa.tap("[data-step='1']")
    awa.tap("[data-step='1']")
    awa.tap("button.primary")

    expect(awa.page.locator(".toast")).to_contain_text("Enregistré")
    assert awa.taps <= 5
    with live.build.database.reading(live.build.actor("awa").scope) as db:
        came = db.exec(select(Attendance)).all()
    assert len(came) == 9
    assert people[1].id not in {a.resident_id for a in came}


def test_a_note_left_with_the_cross_is_taken_up_again(
    tablet: Callable[[str], Tablet], live: Live
) -> None:
    awa = tablet("awa")
    awa.open("/activites/nouvelle")

    awa.tap("label[for=c-age_band-soixante_dix_plus]")
    awa.tap("a[title=Fermer]")
    awa.tap("a.hero")
    awa.tap("text=Reprendre la note")

    expect(awa.page.locator("#c-age_band-soixante_dix_plus")).to_be_checked()
