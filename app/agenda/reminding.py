"""The job that sends reminders: it reads committed state, and sends nothing twice.

Each message is said "being sent", and committed, before it is tried. A process that dies leaves
that word behind: the next run takes it up (docs/decisions/0009).
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from app.agenda.occasions import coming, of_message
from app.agenda.reminder_texts import letter
from app.agenda.reminders import Occasion, by_day, slots, way_to
from app.audit.models import Did
from app.audit.service import record
from app.core import clock
from app.core.db import Database, WriteSession
from app.core.errors import Unavailable
from app.core.jobs import release_lease, take_lease
from app.core.scope import Scope
from app.core.settings import Settings
from app.messages import service as messages
from app.messages.delivery import Carrier, Letter, channels_set
from app.messages.mail import MailServer
from app.messages.models import Channel, Message, MessageState, Why
from app.messages.sms import SmsProvider
from app.residents.agreement_models import Accepts
from app.residents.agreements import accepts
from app.residents.service import NamedResident, open_residents
from app.residents.stopping import stop_link

logger = logging.getLogger("escale")
SYSTEM = Scope.system("reminders")
LEASE, LEASE_LENGTH = "reminders", timedelta(minutes=5)
WORKS_FOR = LEASE_LENGTH / 2  # the other half is for the last try to end in
LOOKS_AGAIN = timedelta(minutes=10)  # at what waits for a way of sending
TAKEN_BACK = frozenset({Why.CANCELLED, Why.MOVED, Why.SETTLED})  # what an adviser can undo


def remind(
    database: Database, settings: Settings, *, tick: Callable[[], datetime] = clock.now
) -> int:
    """Put what is coming on the list and send what is due; give how many were tried.

    Raises Unavailable when another process is at it.
    """
    began = tick()
    with database.writing(SYSTEM) as db:
        if not take_lease(db, LEASE, now=began, length=LEASE_LENGTH):
            raise Unavailable("Des rappels partent déjà. Réessayez dans quelques minutes.")
        messages.take_up(db, now=began)
    try:
        with database.writing(SYSTEM) as db:
            put_on_list(db, now=began)
            messages.forget_old(db, now=began)
        with database.reading(SYSTEM) as reading:
            due = messages.due(reading, now=began)
        carriers, tried = carriers_of(settings), 0
        for message_id in due:
            if tick() - began >= WORKS_FOR:
                break  # the rest is for the next run
            try:
                tried += _try(database, settings, carriers, message_id, tick)
            except Exception as error:  # one that cannot be written holds back no other
                logger.error("reminder", exc_info=error)
    finally:
        with database.writing(SYSTEM) as db:
            release_lease(db, LEASE)
    return tried


def carriers_of(settings: Settings) -> dict[Channel, Carrier]:
    """Give the ways of sending that are set."""
    known: dict[Channel, Callable[[Settings], Carrier]] = {
        Channel.EMAIL: MailServer,
        Channel.SMS: SmsProvider,
    }
    return {channel: known[channel](settings) for channel in channels_set(settings)}


def put_on_list(db: WriteSession, *, now: datetime) -> None:
    """Put the reminders of what is coming on the list, once; what is planned again goes again."""
    occasions = coming(db, now=now)
    listed = {messages.key_of(m): m for m in messages.about(db, {o.about_id for o in occasions})}
    for one in occasions:
        for slot in slots(one.starts_at, one.place.zone, now=now):
            key = (one.about_id, one.resident_id, one.starts_at, slot.ahead.value)
            old = listed.get(key)
            if old is None:
                db.add(
                    Message(
                        organisation_id=one.organisation_id,
                        resident_id=one.resident_id,
                        about_id=one.about_id,
                        ahead=slot.ahead,
                        starts_at=one.starts_at,
                        next_at=slot.due_at,
                        until_at=slot.until_at,
                        state=MessageState.UNSENT if slot.why else MessageState.WAITING,
                        why=slot.why,
                        changed_at=now,
                    )
                )
            elif old.why in TAKEN_BACK and not old.attempts:
                old.why = None
                messages.put_off(old, max(slot.due_at, now), now=now)
    db.flush()


def _try(
    database: Database,
    settings: Settings,
    carriers: Mapping[Channel, Carrier],
    message_id: UUID,
    tick: Callable[[], datetime],
) -> bool:
    with database.writing(SYSTEM) as db:
        ready = _ready(db, settings, carriers, message_id, now=tick())
    if ready is None:
        return False
    channel, written, attempt = ready
    outcome = carriers[channel].carry(written)
    with database.writing(SYSTEM) as db:
        message = messages.held(db, message_id)  # None: erased meanwhile
        if message is not None and message.attempts == attempt:
            messages.note(message, outcome, now=tick())
    return True


def _ready(
    db: WriteSession,
    settings: Settings,
    carriers: Mapping[Channel, Carrier],
    message_id: UUID,
    *,
    now: datetime,
) -> tuple[Channel, Letter, int] | None:
    """Look at everything again; say that it is being sent, or why not, or when."""
    seen = db.get(Message, message_id)
    occasion = of_message(db, seen) if seen is not None else Why.CANCELLED
    message = messages.held(db, message_id)
    if message is None or message.state is not MessageState.WAITING or message.next_at > now:
        return None
    if isinstance(occasion, Why):
        messages.leave(message, occasion, now=now)
        return None
    person, channel = _reached(db, message, occasion, carriers, now=now)
    if person is None or channel is None:
        return None
    to = person.phone if channel is Channel.SMS else person.email
    messages.start(message, channel, now=now)
    record(
        db,
        Did.REMIND_RESIDENT,
        at=now,
        organisation_id=message.organisation_id,
        subject_id=person.id,
    )
    written = letter(
        occasion,
        channel,
        key=str(message.id),
        to=to or "",
        language=person.language,
        stop_link=stop_link(db.keys, settings, person.id),
        now=now,
    )
    return channel, written, message.attempts


def _reached(
    db: WriteSession,
    message: Message,
    occasion: Occasion,
    carriers: Mapping[Channel, Carrier],
    *,
    now: datetime,
) -> tuple[NamedResident | None, Channel | None]:
    """Find whom to write to and by which way; note on the message why not, or why not now."""
    person = open_residents(db, [occasion.resident_id]).get(occasion.resident_id)
    channel = way_to(person.phone, person.email, person.reached_by, carriers) if person else None
    later = by_day(now, occasion.place.zone)
    if later >= message.until_at:
        messages.leave(message, _too_late(message, carriers, now=now), now=now)
    elif later > now:
        messages.put_off(message, later, now=now)
    elif person is None or not accepts(db, person.id, Accepts.REMINDERS):
        messages.leave(message, Why.NO_AGREEMENT, now=now)
    elif channel is None:
        messages.leave(message, Why.NO_ADDRESS, now=now)
    elif message.in_doubt and channel is not message.channel:
        messages.leave(message, Why.UNKNOWN, now=now)  # another way would not know the key
    elif channel not in carriers:
        message.channel = channel
        messages.put_off(message, now + LOOKS_AGAIN, now=now)
    else:
        return person, channel
    return None, None


def _too_late(message: Message, carriers: Mapping[Channel, Carrier], *, now: datetime) -> Why:
    if message.attempts:
        return Why.UNREACHABLE
    if message.channel is not None and message.channel not in carriers:
        return Why.NOT_SET
    return Why.NIGHT if now < message.until_at else Why.TOO_LATE
