"""Workshops held: one activity, an attendance for each person who came, named or not."""

from collections.abc import Mapping
from datetime import datetime
from random import Random
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.accounts.actor import Actor
from app.agenda import workshops as planned
from app.audit.models import Did
from app.core.clock import civil_day
from app.core.db import WriteSession
from app.core.errors import Conflict, NotFound
from app.reference.communes import commune_code
from app.sessions import service
from app.sessions.models import AssistedSession, SessionKind, SessionTheme
from app.sessions.notes import write_note
from app.sessions.seats import seat_anonymous, seat_named
from app.sessions.tags import known_tags
from app.sessions.workshop_forms import HeldForm

UNSAID = "non_communique"
PROFILES = ("gender", "age_band", "status")


def hold(db: WriteSession, actor: Actor, data: HeldForm, *, now: datetime) -> AssistedSession:
    """Record a workshop held; the same id sent again changes nothing.

    Raises Conflict when that id was removed meanwhile, AlreadyHeld when another activity tells
    this workshop, and Invalid for a place or person of another structure, a place closed that
    day, a day to come.
    """
    session = service.new_session(actor, data.id, SessionKind.WORKSHOP, data.held_on, now=now)
    try:
        with db.begin_nested():
            _fill(db, actor, session, data, now=now)
            db.add(session)
    except IntegrityError:  # a second tap: the first one's activity stands
        return service.already_there(db, data.id)
    if data.workshop is not None:
        planned.mark_held(db, data.workshop, session.id)
    service.note_deed(db, actor, Did.LOG_SESSION, session, now)
    return session


def correct(
    db: WriteSession, actor: Actor, session_id: UUID, data: HeldForm, *, now: datetime
) -> AssistedSession:
    """Tell a workshop anew; nobody is counted twice. Raises NotFound, Conflict or Invalid."""
    session = _a_workshop(service.held_session(db, session_id, data.present))
    if data.version != session.version:
        raise Conflict("Cet atelier a été corrigé dans un autre onglet pendant ce temps.")
    service.take_back_visits(db, session)
    session.themes.clear()
    db.flush()
    _fill(db, actor, session, data, now=now)
    session.version += 1
    session.changed_at = now
    db.flush()
    service.note_deed(db, actor, Did.CORRECT_SESSION, session, now)
    return session


def held(db: WriteSession, session_id: UUID) -> AssistedSession:
    """Find a workshop held, with all that belongs to it. Raises NotFound."""
    return _a_workshop(service.whole_session(db, session_id))


def _a_workshop(session: AssistedSession) -> AssistedSession:
    if session.kind is not SessionKind.WORKSHOP:
        raise NotFound("Cette activité n’est pas un atelier.")
    return session


def _fill(
    db: WriteSession, actor: Actor, session: AssistedSession, data: HeldForm, *, now: datetime
) -> None:
    place, zone = service.where_held(db, actor, data)
    service.refuse_other_days(data.held_on, civil_day(now, zone))
    session.place_id = place.id if place else None
    session.commune = None if place else commune_code(data.commune, "commune")
    session.held_on, session.duration_min = data.held_on, data.duration_min
    session.mode, session.material = data.mode, list(data.material)
    session.title, session.level = data.title, data.level
    session.tags = known_tags(db, actor, data.tags, kept=session.tags, on=data.held_on)
    write_note(db, session, data.note, None)
    session.themes.extend(
        SessionTheme(organisation_id=session.organisation_id, session_id=session.id, theme=theme)
        for theme in data.themes
    )
    seat_named(db, session, data.present, "present")
    _deal_profiles(session, data)


def _deal_profiles(session: AssistedSession, data: HeldForm) -> None:
    """Give those who stay anonymous the profiles that were counted, dealt at random.

    Which woman was the one of 70 was not asked: nothing may cross what was dealt
    (disclosure-control, profiles dealt at random). The same form deals the same way again.
    """
    seats = seat_anonymous(session, data.anonymous)
    deal = Random(session.id.int)  # noqa: S311 - it deals cards, it hides nothing
    hands = {name: _deal(getattr(data, name), len(seats), deal) for name in PROFILES}
    is_dealt = sum(len(set(hand)) > 1 for hand in hands.values()) > 1
    for rank, seat in enumerate(seats):
        seat.gender, seat.age_band = hands["gender"][rank], hands["age_band"][rank]
        seat.status = hands["status"][rank]
        seat.has_random_profile = is_dealt
        seat.is_first = None if data.already is None else rank >= data.already


def _deal(counts: Mapping[str, int], people: int, deal: Random) -> list[str]:
    hand = [code for code, count in counts.items() for _ in range(count)]
    hand += [UNSAID] * (people - len(hand))
    deal.shuffle(hand)
    return hand
