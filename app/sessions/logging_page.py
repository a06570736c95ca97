"""What the page « Noter un accompagnement » shows: finished values for its template."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from app.accounts.actor import Actor
from app.agenda import service as agenda
from app.agenda.forms import AgendaForm, FollowUpForm, When
from app.agenda.models import FollowUp
from app.agenda.moments import is_gone
from app.agenda.office_hours import book
from app.core import text
from app.core.clock import civil_day
from app.core.db import ReadSession, WriteSession
from app.core.ids import new_id
from app.organisations import service as organisations
from app.organisations.models import Place
from app.organisations.shell import current_place_id
from app.procedures.models import Procedure
from app.procedures.service import catalogue, usual_blockers
from app.reference import vocabularies
from app.reference.communes import commune_typed
from app.reference.vocabularies import Blocker
from app.residents import finding
from app.residents import service as residents
from app.residents.forms import INFORMED_HOW
from app.residents.service import NamedResident
from app.sessions import history
from app.sessions.forms import SessionForm, Who
from app.sessions.models import AssistedSession, ProcedureHelp
from app.sessions.notes import note_of
from app.sessions.tags import tag_choices
from app.web.forms import Submitted, blank

USUAL_LENGTH_MIN = 30
RECENT_PEOPLE = 4
LENGTH_DAYS = 60
OUTCOME_ORDER = ("finished", "waiting", "started", "prepared", "redirected", "abandoned")
FOLLOW_UP_CHOICES = (
    (When.TOMORROW.value, "Demain"),
    (When.WEEK.value, "Dans 1 semaine"),
    (When.MONTH.value, "Dans 1 mois"),
    (When.DATE.value, "Autre date"),
)
YES_NO = (
    {"code": "true", "label": "Oui", "short_label": "Oui"},
    {"code": "false", "label": "Non", "short_label": "Non"},
)


@dataclass(frozen=True)
class Here:
    """Where and when somebody notes: the current place, its zone, its day."""

    place: Place | None
    places: list[Place]  # open
    every: list[Place]
    zone: str
    today: date


@dataclass(frozen=True)
class Card:
    """One thing chosen: a procedure with its questions, or a skill."""

    code: str
    title: str
    subtitle: str
    procedure: Procedure | None
    blockers: list[Blocker]
    other_blockers: list[tuple[str, list[Blocker]]]

    @property
    def is_skill(self) -> bool:
        """Tell the two kinds apart."""
        return self.procedure is None


def here(db: ReadSession, actor: Actor, *, now: datetime) -> Here:
    """Find where an adviser is, and which day it is there."""
    every = organisations.places(db, actor.organisation_id)
    opened = [place for place in every if place.closed_on is None]
    chosen = current_place_id(actor, [place.id for place in opened])
    place = next((p for p in opened if p.id == chosen), None)
    zone = place.zone if place else (every[0].zone if every else "Europe/Paris")
    return Here(place, opened, every, zone, civil_day(now, zone))


def moment_choices(db: ReadSession, actor: Actor, form: Submitted[Any]) -> dict[str, Any]:
    """Give what the questions « Quand » and « Où » of a follow-up choose from.

    The length typed or stored is always among the choices: a list never changes it unseen.
    """
    opened = [p for p in organisations.places(db, actor.organisation_id) if p.closed_on is None]
    typed = form.value("duration_min")
    own = {int(typed)} if typed.isdecimal() and len(typed) < 4 else {USUAL_LENGTH_MIN}
    lengths = sorted(own.union(organisations.usual_durations(db, actor.organisation_id)))
    form.raw.setdefault("duration_min", [str(USUAL_LENGTH_MIN)])
    return {
        "choices": FOLLOW_UP_CHOICES,
        "lengths": [{"code": length, "label": text.minutes(length)} for length in lengths],
        "places_open": [{"code": place.id, "label": place.name} for place in opened],
    }


def fresh_form(
    db: ReadSession, actor: Actor, where: Here, *, now: datetime, **known: Any
) -> Submitted[SessionForm]:
    """Prefill the form with all that can be known: day, place, way, usual length."""
    facts: dict[str, Any] = {
        "id": new_id(),
        "held_on": where.today.isoformat(),
        "place_id": where.place.id if where.place else None,
        "mode": "lieu_activite",
        "duration_min": usual_length(db, actor, now=now),
        "who": Who.ANONYMOUS.value,
    }
    return blank(SessionForm, **(facts | known))


def plan_from(
    db: WriteSession,
    actor: Actor,
    form: Submitted[FollowUpForm] | Submitted[AgendaForm],
    *,
    resident_id: UUID | None,
    procedure: str | None,
    now: datetime,
    office_hours_id: UUID | None = None,
) -> tuple[FollowUp | None, bool]:
    """Plan what a valid form says, at the current place unless it names one.

    `office_hours_id`: those whose slot it takes, maybe a colleague's.
    Gives None when it could not be, the form then saying why, and whether its moment is gone.
    """
    where = here(db, actor, now=now)
    row, is_past = None, False
    with form.collecting_errors(db):
        moment = form.data.moment(where.today, where.place.id if where.place else None)
        is_past = is_gone(db, actor, moment, now=now)
        whose = book(db, actor, office_hours_id, moment, now=now) if office_hours_id else None
        row = agenda.plan(
            db,
            actor,
            moment,
            reason=form.data.reason,
            now=now,
            resident_id=resident_id,
            procedure=procedure,
            adviser_id=whose,
        )
    return row, is_past


def usual_length(
    db: ReadSession, actor: Actor, *, now: datetime, procedure: str | None = None
) -> int:
    """Give the length this adviser noted most lately, for a procedure when one is known."""
    query = select(AssistedSession.duration_min).where(
        col(AssistedSession.author_id) == actor.account_id,
        col(AssistedSession.duration_min).is_not(None),
        col(AssistedSession.removed_at).is_(None),
        col(AssistedSession.held_on) >= now.date() - timedelta(days=LENGTH_DAYS),
    )
    if procedure is None:
        return USUAL_LENGTH_MIN
    helped = select(ProcedureHelp.session_id).where(col(ProcedureHelp.procedure) == procedure)
    lengths = Counter(db.exec(query.where(col(AssistedSession.id).in_(helped)).limit(50)))
    return next((m for m, _ in lengths.most_common(1) if m), USUAL_LENGTH_MIN)


def same_again(session: AssistedSession) -> dict[str, Any]:
    """Give all of an activity but the person, for « Encore un pareil »."""
    attendance = session.attendances[0]
    facts: dict[str, Any] = {
        "duration_min": session.duration_min,
        "mode": session.mode,
        "commune": commune_typed(session.commune),
        "material": session.material,
        "clicked_by": attendance.clicked_by,
        "procedures": [help_.procedure for help_ in attendance.procedures],
        "themes": [t.theme for t in session.themes if t.theme in history.skill_codes()],
    }
    for theme in session.themes:
        if theme.autonomy:
            facts[f"skill-{theme.theme}"] = theme.autonomy
    for help_ in attendance.procedures:
        facts[f"outcome-{help_.procedure}"] = help_.outcome.value
        facts[f"blockers-{help_.procedure}"] = help_.blockers
    return facts


def as_typed(db: ReadSession, session: AssistedSession) -> dict[str, Any]:
    """Give a stored activity as the form would have been filled, to correct it."""
    attendance = session.attendances[0]
    facts = same_again(session) | {
        "id": session.id,
        "version": session.version,
        "held_on": session.held_on.isoformat(),
        "place_id": session.place_id,
        "who": Who.RESIDENT.value if attendance.resident_id else Who.ANONYMOUS.value,
        "resident_id": attendance.resident_id,
        "age_band": attendance.age_band,
        "gender": attendance.gender,
        "status": attendance.status,
        "home_commune": commune_typed(attendance.commune),
        "autonomy_before": attendance.autonomy_before,
        "autonomy": attendance.autonomy,
        "divides": attendance.divides,
        "equipment": attendance.equipment,
        "home_connection": attendance.home_connection,
        "referral": attendance.referral,
        "note": note_of(db, session) or None,
        "tags": session.tags,
        "others": [a.resident_id for a in session.attendances[1:] if a.resident_id],
        "companions": sum(a.resident_id is None for a in session.attendances[1:]) or None,
    }
    if attendance.is_first is not None:
        facts["is_first"] = "true" if attendance.is_first else "false"
    for help_ in attendance.procedures:
        facts[f"papers-{help_.procedure}"] = help_.papers
    return facts


def cards(db: ReadSession, form: Submitted[SessionForm]) -> list[Card]:
    """Make the card of each thing chosen, in the order chosen; unknown codes are left out."""
    chosen = [("procedures", code) for code in form.values("procedures")]
    chosen += [("themes", code) for code in form.values("themes")]
    made = (card(db, kind, code) for kind, code in dict.fromkeys(chosen))
    return [found for found in made if found is not None]


def card(db: ReadSession, kind: str, code: str) -> Card | None:
    """Make the card of a procedure (`procedures`) or a skill (`themes`)."""
    if kind == "themes":
        if code not in history.skill_codes():
            return None
        theme = vocabularies.theme(code)
        return Card(code, theme.label, "Compétence numérique", None, [], [])
    procedure = catalogue(db).get(code)
    if procedure is None:
        return None
    usual = usual_blockers(procedure, met_here(db, code))
    shown = {blocker.code for blocker in usual}
    families = [
        (
            family.label,
            [b for b in vocabularies.blockers() if b.family == family.code and b.code not in shown],
        )
        for family in vocabularies.values("blocker_family")
    ]
    subtitle = " · ".join(text for text in (procedure.provider, procedure.host) if text)
    return Card(code, procedure.title, subtitle, procedure, usual, families)


def met_here(db: ReadSession, procedure: str) -> list[str]:
    """List the blockers met most in the structure for a procedure."""
    rows = db.exec(
        select(ProcedureHelp.blockers)
        .where(col(ProcedureHelp.procedure) == procedure)
        .order_by(col(ProcedureHelp.id).desc())
        .limit(200)
    )
    met = Counter(code for blockers in rows for code in blockers)
    return [code for code, _ in met.most_common(3)]


def people_here(
    db: WriteSession, actor: Actor, where: Here, *, now: datetime
) -> list[NamedResident]:
    """Give the people likely to sit down: those to come back to today, then the last seen."""
    due = agenda.waiting(db, actor, until=where.today)
    expected = [p.resident_id for p in due if p.due_on == where.today and p.resident_id]
    named = residents.name_residents(db, actor, expected[:RECENT_PEOPLE], now=now)
    recent = finding.recent_residents(db, actor, now=now, limit=RECENT_PEOPLE)
    people = {p.id: p for p in [*named.values(), *recent]}
    return list(people.values())[:RECENT_PEOPLE]


def chosen_person(
    db: WriteSession, actor: Actor, form: Submitted[SessionForm], *, now: datetime
) -> NamedResident | None:
    """Open the file of the person chosen, if there is one."""
    try:
        resident_id = UUID(form.value("resident_id"))
    except ValueError:
        return None
    return residents.name_residents(db, actor, [resident_id], now=now).get(resident_id)


def other_people(
    db: WriteSession, actor: Actor, form: Submitted[SessionForm], *, now: datetime
) -> list[NamedResident]:
    """Open the files of those who were helped at the same time."""
    wanted = readable_ids(form.values("others"))
    named = residents.name_residents(db, actor, wanted, now=now)
    return [named[number] for number in wanted if number in named]


def readable_ids(numbers: Sequence[str]) -> list[UUID]:
    """Read numbers as a page of ours sends them; the form's own check refuses the others."""
    found = []
    for number in dict.fromkeys(numbers):
        try:
            found.append(UUID(number))
        except ValueError:
            continue
    return found


def _youngest_first() -> list[Any]:
    """Order age bands as one reads them, « non précisé » last."""
    *bands, unknown = vocabularies.values("age_band")
    return [*reversed(bands), unknown]


def card_context() -> dict[str, Any]:
    """Give the fixed lists that cards and the form choose from."""
    outcomes = {value.code: value for value in vocabularies.values("outcome")}
    return {
        "vocabulary": vocabularies.values,
        "outcome_order": [outcomes[code] for code in OUTCOME_ORDER],
        "skills": [vocabularies.theme(code) for code in history.skill_codes()],
        "follow_up_choices": FOLLOW_UP_CHOICES,
        "yes_no": YES_NO,
        "ages": _youngest_first(),
    }


def day_said(typed: str, today: date) -> str:
    """Say the day typed as the button shows it; what is no date is shown as it was typed."""
    try:
        return text.relative_day(date.fromisoformat(typed), today).capitalize()
    except ValueError:
        return typed or "Jour"


def context(
    db: WriteSession, actor: Actor, form: Submitted[SessionForm], *, now: datetime
) -> dict[str, Any]:
    """Gather all that the page shows."""
    where = here(db, actor, now=now)
    is_named = form.value("who") in (Who.RESIDENT.value, "")
    return card_context() | {
        "form": form,
        "here": where,
        "day_said": day_said(form.value("held_on"), where.today),
        "places_open": where.places,
        "durations": organisations.usual_durations(db, actor.organisation_id),
        "tags": tag_choices(db, actor, form.values("tags"), on=where.today),
        "frequent": history.frequent(
            db, actor, where.place.id if where.place else None, zone=where.zone, now=now
        ),
        "cards": cards(db, form),
        "person": chosen_person(db, actor, form, now=now) if is_named else None,
        "people": people_here(db, actor, where, now=now),
        "informed_how": INFORMED_HOW,
        "today_list": history.noted_today(db, actor, where.today),
        "others": other_people(db, actor, form, now=now),
        "found_others": [],
        "found": [],
        "found_people": [],
    }
