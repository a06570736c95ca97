"""An adviser's morning: three people to come back to, called, postponed, settled by a visit."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import expect
from sqlmodel import select

from app.agenda import service as agenda
from app.agenda.models import FollowUp, FollowUpState
from app.agenda.moments import Moment
from app.sessions.models import AssistedSession
from tests.browser.conftest import Live, Tablet
from tests.support.build import NOW, TODAY

PEOPLE = ("Nicole", "Paul", "Zohra")
REASONS = ("Envoyer l’avis d’impôt", "Retrouver le mot de passe", "Finir la demande")


def three_overdue(live: Live) -> None:
    """Plan, ten days ago, what should have been done since."""
    actor = live.build.actor("awa")
    before = NOW - timedelta(days=10)
    for rank, (given, reason) in enumerate(zip(PEOPLE, REASONS, strict=True)):
        person = live.build.a_resident(
            given_name=given, family_name="Leroux", phone=f"06 12 34 56 7{rank}"
        )
        with live.build.database.writing(actor.scope) as db:
            agenda.plan(
                db,
                actor,
                Moment(TODAY - timedelta(days=5 - rank), live.build.structure_of("awa").place.id),
                resident_id=person.id,
                procedure="aide-logement",
                reason=reason,
                now=before,
            )


def test_a_morning_takes_fourteen_taps_at_most(tablet: Callable[[str], Tablet], live: Live) -> None:
    three_overdue(live)
    awa = tablet("awa")
    awa.open("/")
    late = awa.page.locator("section[aria-labelledby=t-late] li")

    expect(late).to_have_count(3)
    expect(late.first).to_contain_text("Nicole Leroux")
    call = late.first.locator("a[href^='tel:']")
    assert call.get_attribute("href") == "tel:0612345670"
    awa.taps += 1  # the phone dials: nothing of ours opens
    awa.tap("a[title='Reporter']")
    awa.tap("label[for=c-when-tomorrow]")
    awa.tap("form[aria-labelledby=t-move] button.strong")
    expect(awa.page.locator(".toast")).to_contain_text("Reporté")
    expect(late).to_have_count(2)

    awa.tap("button[title='Fait : Paul Leroux']".replace(" :", "\u00a0:"))
    expect(awa.page.locator(".toast")).to_contain_text("Fait")
    expect(late).to_have_count(1)

    awa.tap("a[title='Noter la visite de Zohra Leroux']")
    expect(awa.page.locator(".person")).to_contain_text("Zohra Leroux")
    awa.tap("[data-for-outcome=finished]")
    awa.tap("button.primary")
    expect(awa.page.locator(".toast")).to_contain_text("Enregistré")
    expect(awa.page.locator("section[aria-labelledby=t-late]")).to_contain_text("Rien en retard")

    assert awa.taps <= 14
    with live.build.database.reading(live.build.actor("awa").scope) as db:
        states = sorted(row.state for row in db.exec(select(FollowUp)))
        (visit,) = db.exec(select(AssistedSession)).all()
    assert states == [FollowUpState.DONE, FollowUpState.DONE, FollowUpState.TO_DO]
    assert visit.kind == "individual"
