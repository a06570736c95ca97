"""Noting an activity and what follows from it; correcting, removing and giving it back."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload
from sqlmodel import col, select

from app.accounts.actor import Actor
from app.agenda import service as agenda
from app.agenda import workshops
from app.agenda.forms import When
from app.agenda.moments import Moment
from app.agenda.moving import give_follow_ups
from app.audit.models import Did
from app.audit.service import record
from app.core.clock import civil_day
from app.core.db import ReadSession, WriteSession
from app.core.errors import Conflict, Invalid, NotFound
from app.organisations import service as organisations
from app.organisations.models import Place
from app.procedures.models import Outcome
from app.procedures.service import catalogue
from app.reference import vocabularies
from app.reference.communes import commune_code
from app.residents import service as residents
from app.residents.forms import ResidentForm
from app.residents.models import Resident
from app.sessions import case_moves
from app.sessions.drafts import drop_draft
from app.sessions.forms import ADMINISTRATIVE_HELP, DAY_TO_COME, SessionForm, Who
from app.sessions.models import (
    AssistedSession,
    Attendance,
    ProcedureHelp,
    SessionKind,
    SessionTheme,
)
from app.sessions.notes import write_note
from app.sessions.seats import change_seats, new_seat, seat_anonymous, seat_named
from app.sessions.tags import known_tags
from app.sessions.workshop_forms import HeldForm

OLDEST = date(2015, 1, 1)


def log_session(
    db: WriteSession, actor: Actor, data: SessionForm, *, now: datetime
) -> AssistedSession:
    """Record one activity and what follows from it; the same id sent again changes nothing.

    What was already there has another `recorded_at` than `now`.

    Raises Conflict when that id was removed meanwhile, and Invalid for a place or person of
    another structure, a place closed that day, a day to come, an unknown procedure.
    """
    session = new_session(actor, data.id, SessionKind.INDIVIDUAL, data.held_on, now=now)
    try:
        with db.begin_nested():
            _fill(db, actor, session, data, now=now)
            db.add(session)
    except IntegrityError:  # a second tap: the first one's activity stands
        return already_there(db, data.id)
    case_moves.move(db, session)
    drop_draft(db, session.id)
    _plan_follow_up(db, actor, session, data, now=now)
    if data.settles is not None:
        agenda.settle(db, actor, data.settles, now=now, session_id=session.id)
    note_deed(db, actor, Did.LOG_SESSION, session, now)
    return session


def new_session(
    actor: Actor, number: UUID, kind: SessionKind, held_on: date, *, now: datetime
) -> AssistedSession:
    """Begin an activity of this adviser, nobody counted yet."""
    return AssistedSession(
        id=number,
        organisation_id=actor.organisation_id,
        author_id=actor.account_id,
        kind=kind,
        held_on=held_on,
        recorded_at=now,
        attendances=[],
        themes=[],
    )


def already_there(db: ReadSession, session_id: UUID) -> AssistedSession:
    """Give the activity that has this id already. Raises Conflict when it was removed."""
    try:
        return whole_session(db, session_id)
    except NotFound:
        raise Conflict(
            "Cette activité a été supprimée pendant ce temps. Enregistrez à nouveau pour la noter."
        ) from None


def correct_session(
    db: WriteSession, actor: Actor, session_id: UUID, data: SessionForm, *, now: datetime
) -> AssistedSession:
    """Rewrite an activity. Raises NotFound, or Conflict when another tab changed it first."""
    session = held_session(db, session_id, [*data.others, data.resident_id])
    if session.kind is not SessionKind.INDIVIDUAL:
        raise NotFound("Cette activité ne se corrige pas ici.")
    if data.version != session.version:
        raise Conflict("Cette activité a été corrigée dans un autre onglet pendant ce temps.")
    touched, before = case_moves.cases_of(session), session.attendances[0].resident_id
    kept = {help_.procedure for a in session.attendances for help_ in a.procedures}
    take_back_visits(db, session)
    session.attendances[0].procedures.clear()
    session.themes.clear()
    db.flush()
    first_id = data.resident_id if data.who is Who.RESIDENT else None
    change_seats(db, session, first_id, data.others)
    _fill(db, actor, session, data, now=now, kept=kept)
    session.version += 1
    session.changed_at = now
    db.flush()
    case_moves.replay(db, touched)
    case_moves.move(db, session)
    after = session.attendances[0].resident_id
    if before != after:
        give_follow_ups(db, session.organisation_id, session.id, before, after)
    note_deed(db, actor, Did.CORRECT_SESSION, session, now)
    return session


def remove_session(
    db: WriteSession, actor: Actor, session_id: UUID, *, now: datetime
) -> AssistedSession:
    """Take an activity away, with what followed from it; `restore_session` gives it back."""
    session = held_session(db, session_id)
    session.removed_at = now
    session.version += 1
    db.flush()
    take_back_visits(db, session)
    case_moves.replay(db, case_moves.cases_of(session))
    agenda.unplan_of_session(db, session.id)
    workshops.session_removed(db, session.id, removed=True)
    agenda.unsettle_of_session(db, session.id)
    note_deed(db, actor, Did.REMOVE_SESSION, session, now)
    return session


def restore_session(
    db: WriteSession, actor: Actor, session_id: UUID, *, now: datetime
) -> AssistedSession:
    """Undo a removal."""
    session = held_session(db, session_id, removed=True)
    workshops.session_removed(db, session.id, removed=False)
    session.removed_at = None
    session.version += 1
    for attendance in session.attendances:
        if attendance.resident_id is not None:
            resident = residents.resident_row(db, attendance.resident_id)
            residents.was_seen(resident, session.held_on)
    db.flush()
    case_moves.move(db, session)
    agenda.replan_of_session(db, session.id)
    note_deed(db, actor, Did.RESTORE_SESSION, session, now)
    return session


def held_session(
    db: WriteSession, session_id: UUID, people: Iterable[UUID | None] = (), *, removed: bool = False
) -> AssistedSession:
    """Load one activity to change it, and hold it: of two taps at once, the second sees the first.

    `people`: who else it will be about. Files are held before the activity, as joining and erasing
    do. Raises NotFound.
    """
    seen = whole_session(db, session_id, removed=removed)
    named = (*people, *(one.resident_id for one in seen.attendances))
    residents.held_files(db, {one for one in named if one is not None})
    return whole_session(db, session_id, removed=removed, hold=True)


def whole_session(
    db: ReadSession, session_id: UUID, *, removed: bool = False, hold: bool = False
) -> AssistedSession:
    """Load one activity with all that belongs to it; `held_session` holds it. Raises NotFound."""
    query = select(AssistedSession).where(col(AssistedSession.id) == session_id)
    if hold:  # before what belongs to it is read: it may have changed while one waited
        db.exec(query.with_for_update()).first()
    session = db.exec(query.options(*WHOLE).execution_options(populate_existing=True)).first()
    if session is None or (session.removed_at is not None) is not removed:
        raise NotFound("Cette activité n’existe pas, ou a été supprimée.")
    return session


PEOPLE = selectinload(AssistedSession.attendances).joinedload(Attendance.procedures)  # type: ignore[arg-type]
WHOLE = (PEOPLE, selectinload(AssistedSession.themes))  # type: ignore[arg-type]


def _fill(
    db: WriteSession,
    actor: Actor,
    session: AssistedSession,
    data: SessionForm,
    *,
    now: datetime,
    kept: AbstractSet[str] = frozenset(),
) -> None:
    place, zone = where_held(db, actor, data)
    refuse_other_days(data.held_on, civil_day(now, zone))
    session.place_id = place.id if place else None
    session.held_on, session.duration_min = data.held_on, data.duration_min
    session.mode, session.material = data.mode, list(data.material)
    session.commune = None if place else commune_code(data.commune, "commune")
    session.tags = known_tags(db, actor, data.tags, kept=session.tags, on=data.held_on)
    resident = _resident(db, actor, data, now=now)
    write_note(db, session, data.note, resident)
    themes = _themes(db, data, kept)
    session.themes.extend(
        SessionTheme(
            organisation_id=actor.organisation_id,
            session_id=session.id,
            theme=theme,
            autonomy=data.skill.get(theme),
        )
        for theme in themes
    )
    attendance = _attendance(session, data, resident)
    if resident is not None:
        residents.was_seen(resident, data.held_on)
    seat_named(db, session, [n for n in data.others if n != data.resident_id], "others")
    seat_anonymous(session, data.companions)
    for slug in data.procedures:
        outcome = data.outcome[slug]
        blocked = outcome is not Outcome.FINISHED
        attendance.procedures.append(
            ProcedureHelp(
                organisation_id=actor.organisation_id,
                attendance_id=attendance.id,
                session_id=session.id,
                procedure=slug,
                outcome=outcome,
                blockers=data.blockers.get(slug, []) if blocked else [],
                papers=_papers(db, slug, data.papers.get(slug, [])),
            )
        )


def _papers(db: ReadSession, slug: str, brought: list[str]) -> list[str]:
    """Keep the papers that the catalogue asks for: nothing else has a place in clear (C1)."""
    return [paper for paper in catalogue(db).find(slug).documents if paper in brought]


def where_held(
    db: ReadSession, actor: Actor, data: SessionForm | HeldForm
) -> tuple[Place | None, str]:
    """Find the place and the time zone of an activity; elsewhere, the structure's own zone."""
    if data.mode == "lieu_activite" and data.place_id is not None:
        place = organisations.open_place(db, actor.organisation_id, data.place_id, on=data.held_on)
        return place, place.zone
    own = organisations.places(db, actor.organisation_id)
    return None, own[0].zone if own else "Europe/Paris"


def refuse_other_days(held_on: date, today: date) -> None:
    """Raise Invalid for a day to come at the place, or before any history."""
    if held_on > today:
        raise Invalid("held_on", DAY_TO_COME)
    if held_on < OLDEST:
        raise Invalid("held_on", f"Choisissez un jour depuis {OLDEST.year}.")


def _resident(
    db: WriteSession, actor: Actor, data: SessionForm, *, now: datetime
) -> Resident | None:
    if data.who is Who.RESIDENT and data.resident_id is not None:
        return residents.resident_row(db, data.resident_id)
    if data.who is not Who.NEW:
        return None
    form = ResidentForm(
        given_name=data.given_name or "",
        family_name=data.family_name or "",
        birth_year=data.birth_year,
        commune=data.home_commune,
        age_band=data.age_band,
        gender=data.gender,
        status=data.status,
        informed_how=data.informed_how or "",
    )
    made = residents.create_resident(db, actor, form, today=data.held_on, now=now)
    return residents.resident_row(db, made.id)


def _attendance(
    session: AssistedSession, data: SessionForm, resident: Resident | None
) -> Attendance:
    """Fill the one attendance of an individual session; a named person brings her own profile.

    A correction keeps the attendance: the figures of a closed month know it by its id.
    """
    attendance = session.attendances[0] if session.attendances else new_seat(session)
    profile = resident or data
    home = resident.commune if resident else commune_code(data.home_commune, "home_commune")
    attendance.resident_id = resident.id if resident else None
    attendance.age_band, attendance.gender = profile.age_band, profile.gender
    attendance.status, attendance.commune = profile.status, home
    attendance.is_first = resident.visits == 0 if resident else data.is_first
    attendance.autonomy_before = data.autonomy_before
    attendance.autonomy = data.autonomy or _least(data.skill.values())
    attendance.clicked_by = data.clicked_by
    attendance.divides, attendance.equipment = list(data.divides), list(data.equipment)
    attendance.home_connection = data.home_connection
    attendance.is_referred, attendance.referral = bool(data.referral) or None, data.referral
    return attendance


def _least(reached: Iterable[str]) -> str | None:
    """Choose one autonomy for the whole activity, as the national field wants: the least."""
    order = vocabularies.codes("autonomy")
    return min(reached, key=order.index, default=None)


def _themes(db: ReadSession, data: SessionForm, kept: AbstractSet[str]) -> list[str]:
    """Give the national themes: those tapped, and those of the procedures (dictionary § 3).

    A procedure retired or hidden since stays in the activities that have it (`kept`).
    """
    known = catalogue(db)
    themes = list(data.themes)
    for slug in data.procedures:
        procedure = known.get(slug)
        if procedure is None or (procedure.retired_on is not None and slug not in kept):
            raise Invalid("procedures", "Choisissez une démarche du catalogue.")
        if vocabularies.theme(procedure.national_theme).family == "administrative":
            themes.append(ADMINISTRATIVE_HELP)
        themes.append(procedure.national_theme)
    return list(dict.fromkeys(themes))


def take_back_visits(db: WriteSession, session: AssistedSession) -> None:
    """Take back the visit of each named person, before the activity is removed or told anew."""
    for attendance in session.attendances:
        if attendance.resident_id is not None:
            resident = residents.resident_row(db, attendance.resident_id)
            residents.was_seen(resident, session.held_on, visits=-1)


def _plan_follow_up(
    db: WriteSession, actor: Actor, session: AssistedSession, data: SessionForm, *, now: datetime
) -> None:
    if data.follow_up is When.NEVER:
        return
    place, zone = where_held(db, actor, data)
    today = civil_day(now, zone)
    due_on = data.follow_up.day_after(today, data.follow_up_on)
    if due_on is None:
        return
    own = organisations.places(db, actor.organisation_id)
    agenda.plan(
        db,
        actor,
        Moment(due_on, place.id if place else own[0].id),
        reason=data.follow_up_reason or _usual_reason(db, data),
        now=now,
        resident_id=session.attendances[0].resident_id,
        procedure=next(iter(data.procedures), None),
        session_id=session.id,
        field="follow_up_on",
    )


def _usual_reason(db: ReadSession, data: SessionForm) -> str:
    """Say why to come back: what helps with the first blocker, else the thing itself."""
    for slug in data.procedures:
        for code in data.blockers.get(slug, []):
            blocker = vocabularies.blocker(code)
            return " : ".join([blocker.short_label, *blocker.what_helps[:1]])
    procedure = catalogue(db).get(data.procedures[0]) if data.procedures else None
    return procedure.short_title if procedure else vocabularies.theme(data.themes[0]).label


def note_deed(
    db: WriteSession, actor: Actor, did: Did, session: AssistedSession, now: datetime
) -> None:
    """Write in the access record what was done to an activity."""
    record(
        db,
        did,
        at=now,
        account_id=actor.account_id,
        organisation_id=actor.organisation_id,
        subject_id=session.id,
    )
