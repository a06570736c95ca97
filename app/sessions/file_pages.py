"""A resident's page: one story of what was done, what is planned, and where it stands."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import service as accounts
from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, WriteDb, allow, settings_of
from app.accounts.permissions import Permission
from app.agenda import service as agenda
from app.agenda.forms import FollowUpForm
from app.agenda.models import FollowUpState
from app.agenda.service import Planned
from app.assessments import service as assessments
from app.core import clock
from app.core.clock import civil_day
from app.core.db import WriteSession
from app.core.languages import LANGUAGES
from app.core.phones import spoken_phone
from app.core.text import lower_first, minutes
from app.messages.delivery import channels_set
from app.organisations.keys import KeyRing
from app.procedures.models import Outcome
from app.reference import vocabularies
from app.residents import agreements, merging
from app.residents import service as residents
from app.residents.forms import INFORMED_HOW, REACHED_BY
from app.residents.informing import TO_TELL
from app.residents.pages import commune_label
from app.residents.referrals import Told
from app.residents.service import NamedResident
from app.sessions import assessment_view, history, logging_page, reminder_lines
from app.sessions.assessment_view import Result
from app.sessions.case_view import cases_of
from app.sessions.events import Event
from app.sessions.models import AssistedSession
from app.sessions.notes import note_of
from app.sessions.notices import JustDone, Notice
from app.sessions.support import support
from app.web.forms import Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
ENDED = {  # icon, tone, title
    FollowUpState.DONE: ("phone", "good", "Suivi fait"),
    FollowUpState.NO_SHOW: ("x", "warn", "Pas venu au rendez-vous"),
    FollowUpState.DECLINED: ("x", "", "Rendez-vous annulé par la personne"),
    FollowUpState.CALLED_OFF: ("x", "", "Rendez-vous annulé par nous"),
}


@router.get("/beneficiaires/{resident_id}", dependencies=[allow(Permission.READ_RESIDENTS)])
def file(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    resident_id: UUID,
    just_done: JustDone,
) -> Response:
    """Show one file; the reading is in the access record. An old one leads to that it joined."""
    joined = residents.joined_with(db, resident_id)
    if joined is not None:
        return done(request, f"/beneficiaires/{joined}")
    toast = just_done.notice(f"/beneficiaires/{resident_id}")
    return _show(request, db, actor, resident_id, blank(FollowUpForm), toast=toast)


def _show(
    request: Request,
    db: WriteSession,
    actor: Actor,
    resident_id: UUID,
    form: Submitted[FollowUpForm],
    *,
    status: int = 200,
    toast: Notice | None = None,
    gone: bool = False,
) -> Response:
    now = clock.now()
    person = residents.read_resident(db, actor, resident_id, now=now)
    where = logging_page.here(db, actor, now=now)
    planned = agenda.coming_of(db, actor, resident_id)
    sessions = history.whole_of(db, resident_id, most=60)
    joined = merging.last_merge(db, resident_id, now=now)
    channels = channels_set(settings_of(request))
    cipher = KeyRing.of(db).cipher_of(person.key_id)
    cases = cases_of(db, resident_id, sessions, cipher)
    assessed = assessments.of_resident(db, resident_id)
    beside = support(db, resident_id, sessions, cipher, today=where.today)
    return page(
        request,
        "residents/file.html",
        status=status,
        person=person,
        phone=spoken_phone(person.phone) if person.phone else "",
        commune=commune_label(person.commune),
        informed=_informed(db, person),
        to_tell=INFORMED_HOW if person.informed_how == TO_TELL else {},
        today=where.today,
        cases=[case for case in cases if case.is_open],
        closed=[case for case in cases if not case.is_open],
        coming=[p for p in planned if p.state is FollowUpState.TO_DO],
        support=beside,
        reminders=reminder_lines.of_coming(db, person, planned, channels, now=now),
        events=_by_day(
            _events(db, sessions, planned)
            + reminder_lines.told(db, person.id, where.zone)
            + _sent(beside.referrals)
            + _assessed(assessment_view.results(assessed, where.zone))
        ),
        form=form,
        gone=gone,
        place_names={p.id: p.name for p in where.every},
        toast=toast,
        assessment=assessment_view.standing(assessed, where.zone),
        agreements=agreements.standings(db, resident_id),
        language=LANGUAGES[person.language] if person.language != "fr" else "",
        reached_by=REACHED_BY.get(person.reached_by, ""),
        joined=civil_day(joined.merged_at, where.zone) if joined else None,
        **logging_page.moment_choices(db, actor, form),
    )


def _informed(db: WriteSession, person: NamedResident) -> str:
    """Say how the person was told of her file, and by whom."""
    told = INFORMED_HOW.get(person.informed_how, "").lower()
    by = accounts.names(db, {person.informed_by}) if person.informed_by else {}
    return ", par ".join([told, *(name.split(" ")[0] for name in by.values())])


def _events(
    db: WriteSession,
    sessions: list[AssistedSession],
    planned: list[Planned],
) -> list[Event]:
    """Tell visits and settled follow-ups."""
    authors = accounts.names(db, {s.author_id for s in sessions if s.author_id})
    events = [_visit(db, session, authors) for session in sessions]
    events += [
        Event(p.settled_at.date(), *ENDED[p.state], details=p.reason)
        for p in planned
        if p.state in ENDED and p.settled_at and p.done_session_id is None
    ]
    return events


def _sent(referrals: list[Told]) -> list[Event]:
    events = []
    for one in referrals:
        sent = f"Orientation vers {one.service}"
        events.append(Event(one.sent_on, "signpost", "", sent, details=one.reason))
        if one.came_back_on:
            back = f"{sent}\u00a0: {one.said.lower()}"
            events.append(Event(one.came_back_on, "undo-2", "", back, details=one.answer))
    return events


def _assessed(results: list[Result]) -> list[Event]:
    events = []
    for one in results:
        moved = [
            f"{c.label}\u00a0: de {c.before} à {c.now}" for c in one.changes if c.before != c.now
        ]
        title = "Diagnostic refait" if one.before_on else "Diagnostic fait"
        events.append(Event(one.on, "list-checks", "", title, details=" · ".join(moved)))
    return events


def _by_day(events: list[Event]) -> list[Event]:
    """Make one story, the latest first."""
    return sorted(events, key=lambda event: event.on, reverse=True)


def _visit(db: WriteSession, session: AssistedSession, authors: dict[UUID, str]) -> Event:
    line = history.line(db, session)
    helps = [h for a in session.attendances for h in a.procedures]
    outcomes = [vocabularies.label("outcome", h.outcome.value).lower() for h in helps]
    stuck = [vocabularies.blocker(b).short_label for h in helps for b in h.blockers]
    blockers = [lower_first(label) for label in stuck]
    who = authors.get(session.author_id, "").split(" ")[0] if session.author_id else ""
    parts = [
        minutes(session.duration_min) if session.duration_min else "",
        f"avec {who}" if who else "",
    ]
    parts += [f"bloquée : {', '.join(blockers)}"] if blockers else []
    finished = any(h.outcome is Outcome.FINISHED for h in helps)
    return Event(
        on=session.held_on,
        icon="check" if finished else line.icon,
        tone="good" if finished else "warn" if blockers else "",
        title=f"{line.title} {outcomes[0]}" if len(outcomes) == 1 else line.title,
        details=" · ".join(part for part in parts if part),
        note=note_of(db, session),
    )


@router.get("/beneficiaires/{resident_id}/suivis", dependencies=[allow(Permission.PLAN)])
def refused_plan(request: Request, resident_id: UUID) -> Response:
    """Lead on from the address that a refused follow-up leaves behind."""
    return done(request, f"/beneficiaires/{resident_id}")


@router.post("/beneficiaires/{resident_id}/suivis", dependencies=[allow(Permission.PLAN)])
def plan(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    resident_id: UUID,
    form: Annotated[Submitted[FollowUpForm], Depends(submitted(FollowUpForm))],
) -> Response:
    """Plan a follow-up from the person's page."""
    row, gone = None, False
    if form.valid:
        row, gone = logging_page.plan_from(
            db,
            actor,
            form,
            resident_id=resident_id,
            procedure=form.data.procedure or None,
            now=clock.now(),
        )
    if row is not None:
        return done(request, f"/beneficiaires/{resident_id}?suivi={row.id}&geste=prevu")
    return _show(request, db, actor, resident_id, form, status=422, gone=gone)
