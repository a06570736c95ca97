"""The outgoing list: putting a message on it once, trying it, noting what became of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, delete, func, select

from app.core.db import ReadSession, WriteSession
from app.messages.delivery import Outcome
from app.messages.models import Channel, Message, MessageState, Why

DELAYS_MIN = (5, 15, 45, 120, 240)  # growing; the last one for every try after
KEPT = timedelta(days=365)  # security-privacy E3: messages, 12 months
BATCH = 10_000  # things asked about at once
Key = tuple[UUID, UUID, datetime, str]


def key_of(message: Message) -> Key:
    """Give what makes a message the only one of its kind."""
    return message.about_id, message.resident_id, message.starts_at, message.ahead.value


def about(db: ReadSession, about_ids: Iterable[UUID]) -> list[Message]:
    """List the messages about some things, by the time they remind of.

    Asked in parts: a statement takes 32 766 values (SQLite) or 65 535 (PostgreSQL), and the days to
    come of a country are more.
    """
    wanted = list(about_ids)
    found = [
        message
        for start in range(0, len(wanted), BATCH)
        for message in db.exec(
            select(Message)
            .where(col(Message.about_id).in_(wanted[start : start + BATCH]))
            .order_by(col(Message.starts_at), col(Message.ahead).desc())
        )
    ]
    return sorted(found, key=lambda one: one.starts_at)  # stable: parts keep their own order


def for_resident(db: ReadSession, resident_id: UUID) -> list[Message]:
    """List one person's messages, by the time they remind of."""
    return list(
        db.exec(
            select(Message)
            .where(col(Message.resident_id) == resident_id)
            .order_by(col(Message.starts_at), col(Message.ahead).desc())
        )
    )


def due(db: ReadSession, *, now: datetime) -> list[UUID]:
    """List what is to be tried now, the most pressing first."""
    return list(
        db.exec(
            select(Message.id)
            .where(col(Message.state) == MessageState.WAITING, col(Message.next_at) <= now)
            .order_by(col(Message.until_at), col(Message.id))
        )
    )


def held(db: WriteSession, message_id: UUID) -> Message | None:
    """Hold a message until the transaction ends; None when it is gone."""
    return db.get(Message, message_id, with_for_update=True, populate_existing=True)


def start(message: Message, channel: Channel, *, now: datetime) -> None:
    """Say that it is being sent: committed before it is tried."""
    message.state, message.channel, message.why = MessageState.SENDING, channel, None
    message.attempts += 1
    message.changed_at = now


def leave(message: Message, why: Why, *, now: datetime) -> None:
    """Say why it does not go. One that may have gone already keeps its doubt."""
    message.state, message.changed_at = MessageState.UNSENT, now
    message.why = Why.UNKNOWN if message.in_doubt else why


def put_off(message: Message, until: datetime, *, now: datetime) -> None:
    """Try it later."""
    message.state, message.next_at, message.changed_at = MessageState.WAITING, until, now


def note(message: Message, outcome: Outcome, *, now: datetime) -> None:
    """Note what is known of a try.

    An e-mail that may have gone is not sent again; an SMS is, under the same key, which its
    provider sends once (docs/decisions/0009).
    """
    if outcome is Outcome.ACCEPTED:
        message.state, message.changed_at = MessageState.SENT, now
        message.why, message.in_doubt = None, False
    elif outcome is Outcome.REFUSED:
        leave(message, Why.REFUSED, now=now)
    elif outcome is Outcome.LATER:
        put_off(message, now + delay_after(message.attempts), now=now)
    else:
        message.in_doubt = True
        if message.channel is Channel.SMS:
            put_off(message, now + delay_after(message.attempts), now=now)
        else:
            leave(message, Why.UNKNOWN, now=now)


def delay_after(attempts: int) -> timedelta:
    """Give how long to wait after some tries."""
    return timedelta(minutes=DELAYS_MIN[min(attempts, len(DELAYS_MIN)) - 1])


def take_up(db: WriteSession, *, now: datetime) -> int:
    """Judge what was being sent when a process died: nobody knows whether it went."""
    lost = db.exec(
        select(Message).where(col(Message.state) == MessageState.SENDING).with_for_update()
    ).all()
    for message in lost:
        note(message, Outcome.UNKNOWN, now=now)
        if message.state is MessageState.WAITING:
            message.next_at = now
    return len(lost)


def count_stuck(db: ReadSession, channels: frozenset[Channel]) -> int:
    """Count what is due and waits only because its way of sending is not set."""
    return db.exec(
        select(func.count(col(Message.id))).where(
            col(Message.state) == MessageState.WAITING,
            col(Message.channel).is_not(None),
            col(Message.channel).not_in(channels),
        )
    ).one()


def forget_old(db: WriteSession, *, now: datetime) -> None:
    """Remove what is older than is kept."""
    db.execute(delete(Message).where(col(Message.starts_at) < now - KEPT))


def move(db: WriteSession, before: UUID, after: UUID, about_ids: Sequence[UUID]) -> None:
    """Give messages about some things to another file of the same person.

    Where both files have the same one, the one that was tried stays: it must not go again.
    """
    theirs: Mapping[Key, Message] = {
        (m.about_id, after, m.starts_at, m.ahead.value): m for m in for_resident(db, after)
    }
    for message in for_resident(db, before):
        if message.about_id not in about_ids:
            continue
        twin = theirs.get((message.about_id, after, message.starts_at, message.ahead.value))
        if twin is not None and (twin.attempts or not message.attempts):
            db.delete(message)
            continue
        if twin is not None:
            db.delete(twin)
            db.flush()  # before the other takes its key
        message.resident_id = after
    db.flush()
