"""What a person's page says of her reminders: the next one, those that went, why one did not."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from app.agenda.models import FollowUp
from app.agenda.occasions import of_follow_up
from app.agenda.reminders import Occasion, slots, way_to
from app.agenda.service import Planned
from app.core.clock import civil_day
from app.core.db import ReadSession
from app.core.languages import FRENCH, is_reviewed
from app.core.text import clock_time, day, plural
from app.messages import service as messages
from app.messages.models import Channel, Message, MessageState, Why
from app.organisations.models import Place
from app.residents import agreements
from app.residents.agreement_models import Accepts
from app.residents.service import NamedResident
from app.sessions.events import Event

BY = {Channel.SMS: "par SMS", Channel.EMAIL: "par e-mail"}
WHY = {
    Why.CANCELLED: "annulé",
    Why.MOVED: "déplacé",
    Why.SETTLED: "c’était déjà fait",
    Why.NO_AGREEMENT: "la personne n’a pas donné son accord",
    Why.NO_ADDRESS: "ni mobile, ni e-mail dans la fiche",
    Why.TOO_LATE: "il est trop tard",
    Why.NIGHT: "il sonnerait la nuit",
    Why.NOT_SET: "aucun envoi n’était réglé",
    Why.REFUSED: "refusé à l’envoi. Vérifiez le numéro ou l’adresse",
    Why.UNREACHABLE: "le service d’envoi n’a pas répondu à temps",
    Why.UNKNOWN: "résultat inconnu. Il n’est pas renvoyé\u00a0: il arriverait peut-être deux fois",
}
WORTH_TELLING = frozenset({Why.NO_ADDRESS, Why.NOT_SET, Why.REFUSED, Why.UNREACHABLE, Why.UNKNOWN})
IN_FRENCH = {
    "ar": "arabe",
    "en": "anglais",
    "pt": "portugais",
    "tr": "turc",
    "uk": "ukrainien",
    "ro": "roumain",
    "prs": "dari",
}
STOPPED_BY = {Channel.SMS: "En répondant STOP.", Channel.EMAIL: "Par le lien d’un e-mail."}


def of_coming(
    db: ReadSession,
    person: NamedResident,
    planned: Sequence[Planned],
    channels: frozenset[Channel],
    *,
    now: datetime,
) -> dict[UUID, str]:
    """Say, for each appointment to come, when the person is reminded, or why she is not."""
    ids = [p.id for p in planned]
    rows = db.exec(
        select(FollowUp, Place)
        .join(Place, col(Place.id) == col(FollowUp.place_id))
        .where(col(FollowUp.id).in_(ids), col(FollowUp.starts_at).is_not(None))
    )
    found = [occasion for row, place in rows if (occasion := of_follow_up(row, place))]
    coming = [one for one in found if one.off is None and one.starts_at > now]
    if not coming:
        return {}
    listed = messages.about(db, [one.about_id for one in coming])
    way = way_to(person.phone, person.email, person.reached_by, channels)
    missing = None if way else Why.NO_ADDRESS
    if not agreements.accepts(db, person.id, Accepts.REMINDERS):
        missing = Why.NO_AGREEMENT
    return {
        one.about_id: _none(missing)
        if missing or way is None
        else _next(one, [m for m in listed if _is_of(m, one)], way, now=now)
        + _in_language(person.language)
        + ("" if way in channels else f". Il attendra\u00a0: {_not_set(channels)}")
        for one in coming
    }


def _is_of(message: Message, occasion: Occasion) -> bool:
    return (message.about_id, message.starts_at) == (occasion.about_id, occasion.starts_at)


def _next(occasion: Occasion, listed: list[Message], way: Channel, *, now: datetime) -> str:
    zone, by_ahead = occasion.place.zone, {m.ahead: m for m in listed}
    coming: list[datetime] = []
    why: Why | None = None
    for slot in slots(occasion.starts_at, zone, now=now):
        message = by_ahead.get(slot.ahead)
        if message is None and slot.why is None:
            coming.append(slot.due_at)
        elif message is not None and message.state is MessageState.WAITING:
            coming.append(message.next_at)
        else:
            why = message.why if message is not None else slot.why
    if coming:
        return f"Rappel prévu {_moment(min(coming), zone)} {BY[way]}"
    sent = [m for m in listed if m.state is MessageState.SENT and m.channel]
    if sent:
        last = max(sent, key=lambda m: m.changed_at)
        return f"Rappel envoyé {_moment(last.changed_at, zone)} {BY[last.channel or way]}"
    return _none(why or Why.TOO_LATE)


def _none(why: Why | None) -> str:
    return f"Pas de rappel\u00a0: {WHY[why or Why.NO_ADDRESS]}"


def _in_language(code: str) -> str:
    if code == FRENCH:
        return ""
    unread = "" if is_reviewed(code) else ", traduction à relire"
    return f" (en {IN_FRENCH[code]}{unread})"


def stuck(db: ReadSession, channels: frozenset[Channel]) -> str:
    """Say that reminders wait because their way of sending is not set; nothing when none does."""
    count = messages.count_stuck(db, channels)
    if not count:
        return ""
    waiting = f"Les messages attendent\u00a0: {_not_set(channels)} ({plural(count, 'rappel')})."
    return f"{waiting} Prévenez votre administrateur."


def _not_set(channels: frozenset[Channel]) -> str:
    if not channels:
        return "aucun envoi n’est réglé"
    missing = next(channel for channel in Channel if channel not in channels)
    return f"l’envoi {BY[missing]} n’est pas réglé"


def _moment(instant: datetime, zone: str) -> str:
    there = instant.astimezone(ZoneInfo(zone))
    return f"{day(there.date())} à {clock_time(there)}"


def told(db: ReadSession, resident_id: UUID, zone: str) -> list[Event]:
    """Tell the reminders that went, those that should have, and that she stopped them herself."""
    events = []
    for message in messages.for_resident(db, resident_id):
        about = f"Pour le {_moment(message.starts_at, zone)}"
        on = civil_day(message.changed_at, zone)
        if message.state is MessageState.SENT and message.channel:
            events.append(Event(on, "send", "", f"Rappel envoyé {BY[message.channel]}", about))
        elif message.why in WORTH_TELLING:
            details = f"{about}\u00a0: {WHY[message.why]}."
            events.append(Event(on, "circle-alert", "warn", "Rappel pas envoyé", details))
    for ended in agreements.stopped(db, resident_id):
        if ended.ended_on and ended.stopped_by:
            by = STOPPED_BY[ended.stopped_by]
            events.append(Event(ended.ended_on, "bell", "", "A arrêté les rappels", by))
    return events
