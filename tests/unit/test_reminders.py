"""When reminders go, what they say, and what a mail or an SMS border lets through."""

import ssl
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from app.agenda.reminder_texts import letter, sms
from app.agenda.reminders import Kind, Occasion, by_day, slots, takes_sms, way_to
from app.core.clock import instant_at
from app.core.errors import ConfigurationError
from app.core.ids import new_id
from app.core.languages import LANGUAGES
from app.core.phones import normal_phone, spoken_phone
from app.core.settings import Settings, load
from app.messages.delivery import Letter, Outcome
from app.messages.mail import MailServer, deliverable
from app.messages.models import Ahead, Channel, Why
from app.organisations.models import Place
from app.residents.stopping import says_stop
from tests.support.build import NOW
from tests.support.post import mail_house

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
PRIVATE = (
    "Hôpital Sud",
    "HOPITAL SUD",
    "CSAPA des Quais",
    "Maison d’arrêt, prison",
    "Paroisse Saint-Jean",
)


def an_occasion(name: str = "Médiathèque des Quais", **facts: object) -> Occasion:
    place = Place(name=name, address="1 quai Sud", zone="Europe/Paris")
    starts = instant_at(date(2026, 9, 30), time(10, 30), place.zone)
    return Occasion(new_id(), new_id(), new_id(), Kind.APPOINTMENT, place, starts)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    st.sampled_from(["Europe/Paris", "Indian/Reunion", "America/Cayenne", "Pacific/Noumea"]),
)
def test_no_reminder_is_due_at_night_nor_once_it_is_of_no_use(starts: datetime, zone: str) -> None:
    for slot in slots(starts, zone, now=LONG_AGO):
        there = slot.due_at.astimezone(ZoneInfo(zone))
        assert time(8) <= there.time() < time(20)
        assert slot.why is Why.NIGHT or slot.due_at < slot.until_at < starts


def test_the_night_when_summer_time_ends_is_as_long_as_it_is() -> None:
    at_nine = instant_at(date(2026, 10, 25), time(9), "Europe/Paris")
    monday = instant_at(date(2026, 10, 26), time(10), "Europe/Paris")

    two_hours = {s.ahead: s for s in slots(at_nine, "Europe/Paris", now=LONG_AGO)}[Ahead.TWO_HOURS]
    two_days = {s.ahead: s for s in slots(monday, "Europe/Paris", now=LONG_AGO)}[Ahead.TWO_DAYS]

    assert two_hours.due_at == datetime(2026, 10, 25, 7, tzinfo=UTC)  # 8 h, winter time
    assert two_days.due_at == datetime(2026, 10, 24, 9, tzinfo=UTC)  # 48 true hours before
    late = datetime(2026, 10, 24, 18, 0, tzinfo=UTC)  # 20 h, summer time
    assert by_day(late, "Europe/Paris") == datetime(2026, 10, 25, 7, tzinfo=UTC)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_french_or_english_sms_is_one_of_160_gsm_characters(language: str, kind: Kind) -> None:
    names = ["Médiathèque", "Œuvre « L’Été » – château d’Août", "Espace " + "numérique " * 12]

    for name in names:
        one = an_occasion(name)
        text = sms(Occasion(**{**vars(one), "kind": kind}), language)
        assert len(text) <= 160
        assert "STOP" in text
        assert set(text).isdisjoint("’«»–\u00a0œûâ")


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("name", PRIVATE)
def test_a_place_that_tells_of_health_faith_or_justice_is_not_named(
    name: str, language: str
) -> None:
    for channel in Channel:
        written = letter(
            an_occasion(name), channel, key="k", to="x", language=language,
            stop_link="https://escale.test/x", now=NOW,
        )  # fmt: skip
        assert name.split()[0] not in written.text
        assert "quai" not in written.text
        assert name not in written.sender


@pytest.mark.parametrize(
    ("phone", "email", "reached_by", "way"),
    [
        ("+33612345678", "a@b.fr", "", Channel.SMS),
        ("+33612345678", "a@b.fr", "email", Channel.EMAIL),
        ("+33199001234", "a@b.fr", "sms", Channel.EMAIL),
        ("+33199001234", None, "telephone", None),
        ("+262262123456", None, "", None),
        ("+262692123456", None, "", Channel.SMS),
        (None, None, "email", None),
    ],
)
def test_people_are_reached_as_they_prefer_among_what_they_have(
    phone: str | None, email: str | None, reached_by: str, way: Channel | None
) -> None:
    assert way_to(phone, email, reached_by, list(Channel)) is way
    only_mail = way_to("+33612345678", "a@b.fr", "sms", [Channel.EMAIL])
    assert only_mail is Channel.EMAIL, "a way that is set goes before one that is not"


def test_overseas_numbers_are_written_for_the_whole_world_and_said_as_there() -> None:
    for typed, known in (("0692 12 34 56", "+262692123456"), ("0690123456", "+590690123456")):
        assert normal_phone(typed) == known
        assert takes_sms(known)
        assert spoken_phone(known).replace(" ", "") == typed.replace(" ", "")


@pytest.mark.parametrize(
    "address",
    [
        "a@b.fr\r\nBcc: x@y.fr", "a@b.fr,x@y.fr", "a b@c.fr", "<a@b.fr>", "é@b.fr", "@b.fr",
        "a@b", "a@-b.fr", '"a"@b.fr', "a@b..fr", "a..b@c.fr", "a.@b.fr", "=?utf-8?q?a?=@b.fr",
    ],
)  # fmt: skip
def test_an_address_that_is_not_one_plain_address_is_not_written_to(address: str) -> None:
    assert deliverable(address) is None


def test_a_domain_in_any_script_is_written_in_ascii() -> None:
    assert deliverable("zoe@Médiathèque.fr") == "zoe@xn--mdiathque-53af.fr"


def test_a_line_break_in_a_subject_writes_no_header() -> None:
    bad = Letter("k", "a@b.fr", "x", NOW, subject="Rappel\r\nBcc: x@y.fr", stop_link="https://x")
    with mail_house() as house:
        server = MailServer(Settings(smtp_url=house.url))
        with pytest.raises(ValueError, match="linefeed"):
            server.carry(bad)
        assert house.taken == []


def test_a_place_named_as_an_encoded_word_writes_no_header() -> None:
    name = "=?utf-8?q?Quais=0D=0ABcc:_x@y.fr?="
    sent = Letter("k", "a@b.fr", "x", NOW, subject="Rappel", sender=name, stop_link="https://x")
    with mail_house() as house:
        assert MailServer(Settings(smtp_url=house.url)).carry(sent) is Outcome.ACCEPTED
        [(_, message)] = house.taken

    assert "Bcc" not in message
    assert message["From"].addresses[0].domain == "127.0.0.1"


def test_a_mail_server_that_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    with mail_house(_self_signed(tmp_path)) as house:
        url = house.url.replace("smtp://", "smtps://")
        letter_ = Letter("k", "a@b.fr", "x", NOW, subject="Rappel", stop_link="https://x")

        outcome = MailServer(Settings(smtp_url=url)).carry(letter_)

    assert outcome is Outcome.LATER
    assert house.taken == []


def _self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)  # TLS reads the clock of this machine
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.parametrize(
    ("text", "stops"),
    [("STOP", True), (" stop svp", True), ("Arrêt", True), ("قف", True), ("Merci !", False),
     ("ok, non-stop", False), ("", False)],
)  # fmt: skip
def test_an_answer_stops_when_its_first_word_says_so(text: str, stops: bool) -> None:
    assert says_stop(text) is stops


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("smtp_url", "mail.exemple.fr"), ("smtp_url", "smtp://h:port"), ("sms_url", "ftp://x"),
        ("mail_from", "a@b.fr, x@y.fr"),
    ],
)  # fmt: skip
def test_a_setting_that_names_no_server_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"ESCALE_{name.upper()}") as refused:
        load(**{name: value})
    assert value not in str(refused.value)


def test_production_sends_no_number_in_clear_nor_without_a_token() -> None:
    safe = {"env": "production", "master_key": "k", "base_url": "https://escale.test"}
    for more in ({"sms_url": "http://x.fr", "sms_token": "t"}, {"sms_url": "https://x.fr"}):
        with pytest.raises(ConfigurationError, match="ESCALE_SMS"):
            load(**safe, **more)
