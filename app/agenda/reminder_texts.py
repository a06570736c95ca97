"""What a reminder says: where, which day, at what hour, how to stop. No procedure, no reason.

A place whose name tells of health, faith or justice is not named: others read over shoulders.
"""

import re
import textwrap
import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

from app.agenda.reminders import Kind, Occasion
from app.core.languages import day_in, hour_in, translator
from app.core.phones import spoken_phone
from app.core.sensitive import to_confirm
from app.core.text import clean, fold
from app.messages.delivery import Letter
from app.messages.models import Channel

SMS_LENGTH = 160  # GSM 03.38, one SMS
IN_GSM = ("fr", "en")  # languages that stay themselves in the GSM alphabet
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "«": '"', "»": '"', "–": "-", "—": "-", "…": "...", "œ": "oe", "Œ": "OE"}
)
_PRIVATE = re.compile(
    r"\b(hopital|hospital|chu|clinique|psych|addict|csapa|caarud|penitent|prison|spip|detention"
    r"|cada|chrs|asile|refugie|paroisse|eglise|mosquee|synagogue|temple)"
)  # in a folded name: many are written without their accents
SMS = {
    Kind.APPOINTMENT: "Rappel\u00a0: rendez-vous le {day} à {hour}, {place}. "
    "Répondez STOP pour ne plus recevoir de rappels.",
    Kind.WORKSHOP: "Rappel\u00a0: atelier numérique le {day} à {hour}, {place}. "
    "Répondez STOP pour ne plus recevoir de rappels.",
}
SUBJECT = {
    Kind.APPOINTMENT: "Rappel de votre rendez-vous",
    Kind.WORKSHOP: "Rappel de votre atelier",
}
SENTENCE = {
    Kind.APPOINTMENT: "Vous avez rendez-vous le {day} à {hour}.",
    Kind.WORKSHOP: "Vous avez un atelier numérique le {day} à {hour}.",
}
WHERE = "Lieu\u00a0: {place}"
TELL_US = "Vous ne pouvez pas venir\u00a0? Prévenez-nous."
TO_STOP = "Vous ne voulez plus recevoir de rappels\u00a0? Ouvrez cette page\u00a0:"
PRODUCT = "Escale"
UNNAMED = "chez votre conseiller numérique"


def letter(
    occasion: Occasion,
    channel: Channel,
    *,
    key: str,
    to: str,
    language: str,
    stop_link: str,
    now: datetime,
) -> Letter:
    """Write a reminder, in the person's language and the hours of the place."""
    if channel is Channel.SMS:
        return Letter(key, to, sms(occasion, language), now)
    say = translator(language)
    return Letter(
        key,
        to,
        _mail(occasion, language, stop_link),
        now,
        subject=say(SUBJECT[occasion.kind]),
        sender=_named(occasion) or PRODUCT,
        language=language,
        stop_link=stop_link,
    )


def sms(occasion: Occasion, language: str) -> str:
    """Write an SMS; in French and English one of 160 GSM characters, the place cut if need be."""
    place = _place(occasion, language)
    text = _filled(occasion, language, SMS[occasion.kind], place)
    if language not in IN_GSM:
        return text
    phone = occasion.place.phone
    longer = _filled(
        occasion,
        language,
        SMS[occasion.kind],
        f"{place}, {spoken_phone(phone)}" if phone else place,
    )
    if len(_in_gsm(longer)) <= SMS_LENGTH:
        return _in_gsm(longer)
    over = len(_in_gsm(text)) - SMS_LENGTH
    if over > 0:
        cut = textwrap.shorten(place, max(len(place) - over, 4), placeholder="...")
        text = _filled(occasion, language, SMS[occasion.kind], cut)
    return _in_gsm(text)


def _mail(occasion: Occasion, language: str, stop_link: str) -> str:
    say = translator(language)
    place, address = _place(occasion, language), clean(occasion.place.address)
    lines = (
        say("Bonjour,"),
        _filled(occasion, language, SENTENCE[occasion.kind]),
        "\n".join(
            [say(WHERE).format(place=place), *([address] if address and _named(occasion) else [])]
        ),
        f"{say(TELL_US)} {spoken_phone(occasion.place.phone)}".strip(),
        f"{say(TO_STOP)}\n{stop_link}",
    )
    return "\n\n".join(lines) + "\n"


def _filled(occasion: Occasion, language: str, text: str, place: str = "") -> str:
    there = occasion.starts_at.astimezone(ZoneInfo(occasion.place.zone))
    return translator(language)(text).format(
        day=day_in(language, there.date()), hour=hour_in(language, there.time()), place=place
    )


def _place(occasion: Occasion, language: str) -> str:
    return _named(occasion) or translator(language)(UNNAMED)


def _named(occasion: Occasion) -> str:
    """Give the place's name; nothing when it tells too much."""
    name = clean(occasion.place.name)
    return "" if _PRIVATE.search(fold(name)) or to_confirm(name) else name


def _in_gsm(text: str) -> str:
    """Write a text in the GSM alphabet: letters it has not lose their accent (3GPP 23.038)."""
    found: list[str] = []
    for char in text.replace("\u00a0", " ").translate(_PLAIN):
        kept = char if char in _GSM else unicodedata.normalize("NFKD", char)
        found.extend(c for c in kept if c in _GSM)
    return "".join(found)
