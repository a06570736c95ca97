"""Private links by which an adviser reads her agenda elsewhere; the link itself is never stored."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from app.accounts.actor import Actor
from app.accounts.links import digest, new_secret
from app.accounts.permissions import Permission
from app.accounts.service import actor_of
from app.agenda.models import CalendarFeed
from app.audit.models import Did
from app.audit.service import record
from app.core.db import ReadSession, WriteSession
from app.core.errors import Invalid, NotFound

MOST_FEEDS = 5


@dataclass(frozen=True)
class Reader:
    """Who a link reads for, in the structure it was made in."""

    actor: Actor
    shows_initials: bool


def make(db: WriteSession, actor: Actor, *, shows_initials: bool, now: datetime) -> str:
    """Make a link; give its secret, which is shown once. Raises Invalid past five links."""
    if len(own(db, actor)) >= MOST_FEEDS:
        raise Invalid("", "Vous avez déjà cinq liens. Coupez-en un d’abord.")
    secret, secret_digest = new_secret()
    feed = CalendarFeed(
        organisation_id=actor.organisation_id,
        account_id=actor.account_id,
        token_digest=secret_digest,
        shows_initials=shows_initials,
        created_at=now,
    )
    db.add(feed)
    db.flush()
    _note(db, actor, Did.MAKE_FEED, feed, now)
    return secret


def own(db: ReadSession, actor: Actor) -> list[CalendarFeed]:
    """List one's links of the present structure, the latest first."""
    query = (
        select(CalendarFeed)
        .where(
            col(CalendarFeed.account_id) == actor.account_id,
            col(CalendarFeed.organisation_id) == actor.organisation_id,
        )
        .order_by(col(CalendarFeed.created_at).desc())
    )
    return list(db.exec(query))


def revoke(db: WriteSession, actor: Actor, feed_id: UUID, *, now: datetime) -> None:
    """Cut one of one's links: it opens nothing from the next request on. Raises NotFound."""
    feed = db.get(CalendarFeed, feed_id)
    if feed is None or feed.account_id != actor.account_id:
        raise NotFound
    db.delete(feed)
    _note(db, actor, Did.CUT_FEED, feed, now)


def reader(db: ReadSession, secret: str, *, now: datetime) -> Reader | None:
    """Find who a link reads for, by the rights she has now (B5); None for any link that is not one.

    Asked under the system's scope: nobody is signed in. The secret is found by its digest only.
    """
    feed = db.exec(
        select(CalendarFeed).where(col(CalendarFeed.token_digest) == digest(secret))
    ).first()
    actor = actor_of(db, feed.account_id, now=now) if feed else None
    if feed is None or actor is None:
        return None
    standing = next((s for s in actor.standings if s.organisation_id == feed.organisation_id), None)
    actor = replace(actor, current=standing)
    if standing is None or Permission.PLAN not in actor.permissions:
        return None
    return Reader(actor, feed.shows_initials)


def _note(db: WriteSession, actor: Actor, did: Did, feed: CalendarFeed, now: datetime) -> None:
    record(
        db,
        did,
        at=now,
        account_id=actor.account_id,
        organisation_id=feed.organisation_id,
        subject_id=feed.id,
    )
