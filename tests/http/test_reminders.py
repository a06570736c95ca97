"""Reminders: what goes, when, to whom, what stops it; against a real mail server and a provider."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from app.agenda import service as agenda
from app.agenda.models import FollowUp, FollowUpState
from app.agenda.moments import Moment
from app.agenda.reminding import LEASE, LEASE_LENGTH, remind
from app.audit.models import AccessRecord, Did
from app.core.db import Database
from app.core.errors import Unavailable
from app.core.ids import new_id
from app.core.jobs import take_lease
from app.core.scope import Scope
from app.core.settings import Settings
from app.main import create_app
from app.messages import service as messages
from app.messages.models import Message
from app.privacy.erasing import Why, erase
from app.residents import agreements
from app.residents import service as residents
from app.residents.agreement_models import Accepts
from app.residents.forms import ResidentForm
from app.residents.models import Resident
from app.residents.service import NamedResident
from app.sessions import merging
from tests.support.build import NOW, TODAY, Builder
from tests.support.client import Browser
from tests.support.post import TOKEN, MailHouse, SmsHouse, mail_house, sms_house

FRIDAY = date(2026, 11, 27)
TEN = time(10)
TWO_DAYS_BEFORE = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # Friday 10 h in Paris, less 48 h
TWO_HOURS_BEFORE = datetime(2026, 11, 27, 7, 0, tzinfo=UTC)


@pytest.fixture
def mail() -> Iterator[MailHouse]:
    with mail_house() as house:
        yield house


@pytest.fixture
def sms() -> Iterator[SmsHouse]:
    with sms_house() as house:
        yield house


@pytest.fixture
def posted(settings: Settings, mail: MailHouse, sms: SmsHouse) -> Settings:
    """Settings of an installation that sends."""
    return Settings(
        **settings.model_dump()
        | {"smtp_url": mail.url, "sms_url": sms.url, "sms_token": TOKEN}
        | {"base_url": "https://escale.test"}
    )


@pytest.fixture
def at(database: Database, posted: Settings) -> Callable[[datetime], int]:
    """Run the job when the clock says so."""
    return lambda now: remind(database, posted, tick=lambda: now)


def somebody(build: Builder, *, agrees: bool = True, **facts: Any) -> NamedResident:
    person = build.a_resident(**{"phone": "06 12 34 56 78", "email": "nicole@exemple.fr"} | facts)
    if agrees:
        actor = build.actor("awa")
        with build.database.writing(actor.scope) as db:
            agreements.set_agreement(
                db, actor, person.id, Accepts.REMINDERS, is_given=True, today=TODAY, now=NOW
            )
    return person


def appointment(build: Builder, who: NamedResident, **facts: Any) -> FollowUp:
    actor = build.actor("awa")
    when = {"due_on": FRIDAY, "starts_at": TEN, "duration_min": 30} | facts
    moment = Moment(place_id=build.structure_of("awa").place.id, **when)
    with build.database.writing(actor.scope) as db:
        return agenda.plan(
            db, actor, moment, reason="Dossier RSA", now=NOW, resident_id=who.id,
            procedure="aide-logement",
        )  # fmt: skip


def listed(build: Builder) -> list[tuple[str, str]]:
    """Give what the list says: when it was to go, and what became of it."""
    with build.database.reading(build.actor("awa").scope) as db:
        rows = db.exec(select(Message).order_by(col(Message.starts_at), col(Message.next_at)))
        return [(m.ahead.value, (m.why or m.state).value) for m in rows]


def test_an_appointment_is_reminded_twice_and_each_time_once(
    build: Builder, at: Callable[[datetime], int], sms: SmsHouse, mail: MailHouse
) -> None:
    appointment(build, somebody(build))

    at(NOW)
    at(TWO_DAYS_BEFORE - timedelta(minutes=1))
    before = len(sms.asked)
    for now in (TWO_DAYS_BEFORE, TWO_HOURS_BEFORE):
        at(now)
        at(now + timedelta(minutes=10))

    assert before == 0
    assert len(sms.asked) == len(sms.sent) == 2
    assert [said["to"] for said in sms.sent.values()] == ["+33612345678"] * 2
    assert {said["text"] for said in sms.sent.values()} == {
        "Rappel : rendez-vous le vendredi 27 novembre à 10 h 00, Médiathèque des Quais. "
        "Répondez STOP pour ne plus recevoir de rappels."
    }
    assert mail.taken == []
    assert listed(build) == [("48h", "sent"), ("2h", "sent")]


def test_an_e_mail_says_the_least_in_the_persons_language_and_how_to_stop(
    build: Builder, at: Callable[[datetime], int], mail: MailHouse, client: Browser
) -> None:
    who = somebody(build, language="ar", reached_by="email", email="amina@exemple.fr")
    appointment(build, who)

    at(NOW)
    at(TWO_DAYS_BEFORE)

    [(to, message)] = mail.taken
    text = message.get_content()
    assert to == ["amina@exemple.fr"]
    assert message["To"] == "amina@exemple.fr"
    assert message["Subject"] == "تذكير بموعدكم"
    assert message["From"].addresses[0].display_name == "Médiathèque des Quais"
    assert message["Content-Language"] == "ar"
    assert message.get_content_type() == "text/plain"
    assert "الجمعة 27 نوفمبر" in text
    assert not re.search(r"RSA|logement|Leroux|Nicole", text + str(message.items()))
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message["List-Unsubscribe"].strip("<>")
    assert link in text

    path = link.removeprefix("https://escale.test")
    asked = client.get(path)
    assert 'dir="rtl"' in asked.text
    assert client.get(path.replace("arret/", "arret/A")).status_code == 404
    with build.database.reading(build.actor("awa").scope) as db:
        assert agreements.accepts(db, who.id, Accepts.REMINDERS), "a look stops nothing"

    one_click = client.post(
        path,
        content="List-Unsubscribe=One-Click",
        headers={"sec-fetch-site": "cross-site", "origin": "https://mail.example"},
    )
    at(TWO_HOURS_BEFORE)

    assert one_click.status_code == 200
    assert listed(build) == [("48h", "sent"), ("2h", "no_agreement")]
    assert len(mail.taken) == 1


def withdraw(build: Builder, who: NamedResident, planned: FollowUp) -> None:
    actor = build.actor("awa")
    with build.database.writing(actor.scope) as db:
        agreements.set_agreement(
            db, actor, who.id, Accepts.REMINDERS, is_given=False, today=TODAY, now=NOW
        )


def cancel(build: Builder, who: NamedResident, planned: FollowUp) -> None:
    actor = build.actor("awa")
    with build.database.writing(actor.scope) as db:
        agenda.close(db, actor, planned.id, FollowUpState.DECLINED, now=NOW)


def move_a_day(build: Builder, who: NamedResident, planned: FollowUp) -> None:
    actor = build.actor("awa")
    moment = replace(agenda.moment_of(planned), due_on=FRIDAY + timedelta(days=1))
    with build.database.writing(actor.scope) as db:
        agenda.postpone(db, actor, planned.id, moment, version=planned.version, now=NOW)


def forget_how_to_reach(build: Builder, who: NamedResident, planned: FollowUp) -> None:
    actor = build.actor("awa")
    form = ResidentForm(
        given_name="Nicole", family_name="Leroux", phone="01 99 00 12 34", informed_how="oral",
        version=who.version,
    )  # fmt: skip
    with build.database.writing(actor.scope) as db:
        residents.change_resident(db, actor, who.id, form, today=TODAY, now=NOW)


def erase_her(build: Builder, who: NamedResident, planned: FollowUp) -> None:
    with build.database.writing(Scope.system("tests")) as db:
        erase(db, who.id, why=Why.ASKED, by=None, now=NOW)


@pytest.mark.parametrize(
    ("deed", "then"),
    [
        (withdraw, [("48h", "no_agreement"), ("2h", "no_agreement")]),
        (cancel, [("48h", "cancelled"), ("2h", "cancelled")]),
        (forget_how_to_reach, [("48h", "no_address"), ("2h", "no_address")]),
        (erase_her, []),
    ],
)
def test_everything_is_looked_at_again_at_the_instant_of_sending(
    build: Builder,
    at: Callable[[datetime], int],
    sms: SmsHouse,
    mail: MailHouse,
    deed: Callable[[Builder, NamedResident, FollowUp], None],
    then: list[tuple[str, str]],
) -> None:
    who = somebody(build)
    planned = appointment(build, who)
    at(NOW)

    deed(build, who, planned)
    for now in (TWO_DAYS_BEFORE, TWO_HOURS_BEFORE):
        at(now)

    assert (sms.asked, mail.taken) == ([], [])
    assert listed(build) == then


def test_a_moved_appointment_is_reminded_of_its_new_time_and_back_again_of_the_old_one(
    build: Builder, at: Callable[[datetime], int], sms: SmsHouse
) -> None:
    actor, planned = build.actor("awa"), appointment(build, somebody(build))
    at(NOW)
    at(TWO_DAYS_BEFORE)
    move_a_day(build, somebody(build), planned)
    at(TWO_HOURS_BEFORE)
    moved = listed(build)

    with build.database.writing(actor.scope) as db:
        agenda.reopen(db, actor, planned.id, now=NOW)
    at(TWO_HOURS_BEFORE + timedelta(minutes=10))

    # Saturday's two days before came while it was still on Friday: only its two hours are left.
    assert moved == [("48h", "sent"), ("2h", "moved"), ("48h", "too_late"), ("2h", "waiting")]
    assert len(sms.sent) == 2
    assert listed(build)[:2] == [("48h", "sent"), ("2h", "sent")]
    assert "vendredi 27" in list(sms.sent.values())[-1]["text"]


def test_what_is_planned_late_or_early_in_the_day_says_why_it_is_not_reminded(
    build: Builder, at: Callable[[datetime], int], sms: SmsHouse
) -> None:
    who = somebody(build)
    for hour, day in ((time(8, 10), FRIDAY), (time(9), FRIDAY), (time(17), TODAY)):
        appointment(build, who, due_on=day, starts_at=hour)

    at(NOW)
    at(datetime(2026, 11, 24, 14, 0, tzinfo=UTC))  # 15 h, two hours before 17 h
    at(datetime(2026, 11, 25, 8, 0, tzinfo=UTC))
    sent = len(sms.sent)
    at(datetime(2026, 11, 27, 6, 59, tzinfo=UTC))
    still = len(sms.sent)
    at(datetime(2026, 11, 27, 7, 0, tzinfo=UTC))  # 8 h: the night is over

    assert (sent, still, len(sms.sent)) == (3, 3, 4)
    assert listed(build) == [
        ("48h", "too_late"), ("2h", "sent"),  # today, 17 h
        ("48h", "sent"), ("2h", "night"),  # 8 h 10
        ("48h", "sent"), ("2h", "sent"),  # 9 h
    ]  # fmt: skip


@pytest.mark.parametrize("way", ["email", "sms"])
def test_a_server_that_is_away_is_asked_again_later_and_later_and_one_that_refuses_is_not(
    build: Builder, at: Callable[[datetime], int], mail: MailHouse, sms: SmsHouse, way: str
) -> None:
    appointment(build, somebody(build, reached_by=way))
    appointment(
        build,
        somebody(build, reached_by=way, email="nobody@exemple.fr", phone="06 00 00 00 00"),
        starts_at=time(10, 5),
    )
    mail.answers, sms.answers = ["451 later"] * 2, [503, 302]
    mail.refused, sms.refused = {"nobody@exemple.fr"}, {"+33600000000"}

    at(NOW)
    seen = []
    for minutes in (0, 4, 5, 19, 20, 60, 120):
        at(TWO_DAYS_BEFORE + timedelta(minutes=minutes))
        seen.append([said for _, said in listed(build)])

    states = [one[0] for one in seen]
    assert states == ["waiting"] * 4 + ["sent"] * 3
    assert seen[-1][2] == "refused"
    if way == "sms":
        assert [said["to"] for _, said in sms.asked].count("+33612345678") == 3
        assert [said["to"] for _, said in sms.asked].count("+33600000000") == 1
        assert len(sms.sent) == 1
    else:
        assert len(mail.taken) == 1


def test_messages_wait_while_nothing_is_set_and_go_once_it_is(
    build: Builder,
    database: Database,
    settings: Settings,
    posted: Settings,
    sms: SmsHouse,
    client: Browser,
) -> None:
    appointment(build, somebody(build))
    remind(database, settings, tick=lambda: NOW)
    remind(database, settings, tick=lambda: TWO_DAYS_BEFORE)

    said = client.as_("awa").get("/").text
    remind(database, posted, tick=lambda: TWO_DAYS_BEFORE + timedelta(minutes=10))

    assert "Les messages attendent" in said
    assert len(sms.sent) == 1
    assert "Les messages attendent" not in client.get("/").text


def test_stop_ends_the_agreement_in_every_file_with_that_phone_and_says_who_did_it(
    build: Builder, database: Database, posted: Settings
) -> None:
    hers, his = somebody(build), somebody(build, given_name="Paul", email=None)
    other = somebody(build, given_name="Lina", phone="06 99 99 99 99")
    said = {"from": "0612345678", "text": "Stop svp"}
    secret = {"authorization": f"Bearer {TOKEN}"}
    with Browser(create_app(posted, database=database), build) as client:
        client.headers.pop("sec-fetch-site")  # a machine, not a browser
        refused = client.post("/rappels/sms", json=said, headers={"authorization": "Bearer x"})
        odd = client.post("/rappels/sms", content=b"{", headers=secret)
        chat = client.post("/rappels/sms", json=said | {"text": "Merci"}, headers=secret)
        before = [_agrees(build, who) for who in (hers, his, other)]
        stopped = client.post("/rappels/sms", json=said, headers=secret)
        again = client.post("/rappels/sms", json=said, headers=secret)
        client.headers["sec-fetch-site"] = "same-origin"
        page = client.as_("awa").get(f"/beneficiaires/{hers.id}").text

    codes = [answer.status_code for answer in (refused, odd, chat, stopped, again)]
    assert codes == [404, 422, 204, 204, 204]
    assert before == [True, True, True]
    assert [_agrees(build, who) for who in (hers, his, other)] == [False, False, True]
    assert "A arrêté les rappels" in page
    with database.reading(Scope.system("tests")) as db:
        deeds = db.exec(select(AccessRecord).where(AccessRecord.did == Did.STOP_REMINDERS)).all()
    assert {(one.subject_id, one.account_id) for one in deeds} == {(hers.id, None), (his.id, None)}


def _agrees(build: Builder, who: NamedResident) -> bool:
    with build.database.reading(build.actor("awa").scope) as db:
        return agreements.accepts(db, who.id, Accepts.REMINDERS)


def test_a_persons_page_says_when_she_is_reminded_or_why_not(
    build: Builder, database: Database, posted: Settings, sms: SmsHouse
) -> None:
    who, silent = somebody(build, language="ro"), somebody(build, agrees=False)
    appointment(build, who)
    appointment(build, silent)
    sms.answers = [422]
    with Browser(create_app(posted, database=database), build) as client:
        client.as_("awa")
        planned = client.get(f"/beneficiaires/{who.id}").text
        remind(database, posted, tick=lambda: NOW)
        remind(database, posted, tick=lambda: TWO_DAYS_BEFORE)
        refused = client.get(f"/beneficiaires/{who.id}").text
        quiet = client.get(f"/beneficiaires/{silent.id}").text

    assert "Rappel prévu mercredi\u00a025 novembre à 10\u00a0h\u00a000 par SMS" in planned
    assert "(en roumain, traduction à relire)" in planned
    assert "Rappel pas envoyé" in refused
    assert "refusé à l’envoi" in refused
    assert "Pas de rappel\u00a0: la personne n’a pas donné son accord" in quiet


def test_a_reminder_that_went_to_one_file_does_not_go_again_once_two_are_joined(
    build: Builder, at: Callable[[datetime], int], sms: SmsHouse
) -> None:
    kept, gone = somebody(build), somebody(build, given_name="Nicolle")
    actor = build.actor("awa")
    appointment(build, gone)
    both = build.a_workshop([gone], planned_on=FRIDAY)
    at(NOW)
    at(TWO_DAYS_BEFORE + timedelta(hours=5))
    before = len(sms.sent)

    with build.database.writing(actor.scope) as db:
        merging.merge(db, actor, kept.id, gone.id, now=TWO_DAYS_BEFORE)
    at(TWO_DAYS_BEFORE + timedelta(hours=6))
    joined = len(sms.sent)
    at(TWO_HOURS_BEFORE)
    at(TWO_HOURS_BEFORE + timedelta(hours=4))

    assert (before, joined, len(sms.sent)) == (2, 2, 4)
    assert [said["text"].split(" le ")[0] for said in sms.sent.values()].count(
        "Rappel : atelier numérique"
    ) == 2
    with build.database.reading(actor.scope) as db:
        about = db.exec(select(Message).where(Message.about_id == both.id)).all()
    assert {m.resident_id for m in about} == {kept.id}


def test_two_senders_do_not_work_at_once(
    build: Builder, database: Database, posted: Settings
) -> None:
    with database.writing(Scope.system("tests")) as db:
        take_lease(db, LEASE, now=NOW, length=LEASE_LENGTH)

    with pytest.raises(Unavailable):
        remind(database, posted, tick=lambda: NOW)
    assert remind(database, posted, tick=lambda: NOW + LEASE_LENGTH) == 0


def test_a_message_that_cannot_be_written_holds_back_no_other(
    build: Builder, at: Callable[[datetime], int], sms: SmsHouse
) -> None:
    bad, good = somebody(build), somebody(build, phone="06 99 99 99 99")
    for who in (bad, good):
        appointment(build, who)
    with build.database.writing(build.actor("awa").scope) as db:
        db.get_one(Resident, bad.id).language = "xx"  # of a version to come

    at(NOW)
    at(TWO_DAYS_BEFORE)

    assert [said["to"] for said in sms.sent.values()] == ["+33699999999"]


def test_more_is_to_come_in_a_country_than_one_statement_takes(database: Database) -> None:
    with database.reading(Scope.system("tests")) as db:
        assert messages.about(db, [new_id() for _ in range(70_000)]) == []
