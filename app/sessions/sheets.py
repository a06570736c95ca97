"""What the sheet handed to a resident can say: the last day's work, papers, what is next."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from app.accounts import service as accounts
from app.accounts.actor import Actor
from app.agenda import service as agenda
from app.agenda.models import FollowUpState
from app.agenda.service import Planned
from app.core.db import ReadSession
from app.core.languages import LANGUAGES
from app.core.sensitive import no_secret
from app.core.text import clean
from app.organisations import service as organisations
from app.procedures import progress
from app.procedures.models import Outcome, ProcedureCase
from app.procedures.service import catalogue
from app.reference import vocabularies
from app.residents import sheet
from app.residents.forms import among
from app.residents.papers import paper
from app.residents.service import NamedResident
from app.residents.sheet import Appointment, Facts, Visit
from app.sessions import history, logging_page
from app.sessions.logging_page import Here
from app.sessions.models import AssistedSession
from app.web.forms import Form

MOST_SITES = 2
Line = Annotated[str, AfterValidator(clean), AfterValidator(no_secret)]


class SheetForm(Form):
    """What is kept of the sheet, in which language and on which paper."""

    language: Annotated[str, among(LANGUAGES)] = Field(default="fr", title="Langue de la fiche")
    paper: Annotated[str, among(sheet.PAPERS)] = Field(default="a4", title="Papier")
    names: bool = Field(
        default=False, title="La personne est d’accord pour écrire le nom de ses démarches"
    )
    as_page: bool = Field(default=False, title="Comme une page")
    done: list[str] = Field(default_factory=list, title="C’est fait")
    bring: list[str] = Field(default_factory=list, title="À apporter la prochaine fois")
    blocks: list[str] = Field(default_factory=list, title="Aussi sur la fiche")
    more_done: Line = Field(
        default="",
        title="Une autre chose faite",
        description="Une phrase courte. Jamais de mot de passe ni de numéro.",
        max_length=120,
    )
    more_to_bring: Line = Field(default="", title="Une autre chose à apporter", max_length=120)


@dataclass(frozen=True)
class Choice:
    """A line that can be kept or removed, as the adviser reads it."""

    code: str
    label: str


@dataclass(frozen=True)
class Material:
    """All that one resident's sheet could say, each with the code that keeps it."""

    facts: Facts
    done: dict[str, Visit]
    blocks: list[Choice]

    def choices(self) -> list[Choice]:
        """Give the lines of what was done, in French and in full."""
        lines = [replace(self.facts, done=[visit]) for visit in self.done.values()]
        said = [sheet.compose(one, "fr", names=True).done[0] for one in lines]
        return [Choice(code, line) for code, line in zip(self.done, said, strict=True)]

    def papers(self) -> list[Choice]:
        """Give the papers to bring, as the sheet says them in French."""
        return [Choice(code, paper(code).said) for code in self.facts.papers]

    def kept(self, form: SheetForm) -> Facts:
        """Keep what was chosen; what is not of this person is not there to be chosen."""
        facts, blocks = self.facts, form.blocks
        return replace(
            facts,
            done=[visit for code, visit in self.done.items() if code in form.done],
            papers=[code for code in facts.papers if code in form.bring],
            deadlines=facts.deadlines if "deadlines" in blocks else [],
            meeting=facts.meeting if "meeting" in blocks else None,
            hosts=facts.hosts if "sites" in blocks else [],
            more_done=form.more_done,
            more_to_bring=form.more_to_bring,
        )


def material(db: ReadSession, actor: Actor, person: NamedResident, *, now: datetime) -> Material:
    """Gather what a person's sheet can say: the last day she came, and what is to come."""
    where = logging_page.here(db, actor, now=now)
    recent = history.whole_of(db, person.id, most=history.PAGE_SIZE)
    last = [one for one in recent if one.held_on == recent[0].held_on]
    done = _done(db, last, person.id)
    cases = [case for case in progress.cases_of(db, [person.id]) if case.closed_on is None]
    planned = _appointment(db, actor, person.id, where.today)
    author = last[0].author_id if last else actor.account_id
    names = accounts.names(db, {one for one in (author, planned and planned.adviser_id) if one})
    place = where.place
    slugs = [code.split(":")[1] for code, one in done.items() if one.kind in sheet.DONE]
    facts = Facts(
        name=person.name,
        adviser=_first(names, author, actor),
        structure=place.name if place else _structure(db, actor),
        today=where.today,
        visited_on=last[0].held_on if last else None,
        done=list(done.values()),
        papers=_papers(db, cases),
        deadlines=_deadlines(db, cases, where.today),
        meeting=_told(planned, where, _first(names, planned.adviser_id, actor))
        if planned
        else None,
        phone=place.phone if place else "",
        hours=place.hours if place else "",
        hosts=_hosts(db, [*slugs, *(case.procedure for case in cases)]),
    )
    return Material(facts, done, _blocks(facts))


def _structure(db: ReadSession, actor: Actor) -> str:
    return organisations.organisations(db, frozenset({actor.organisation_id}))[0].name


def _first(names: dict[UUID, str], account_id: UUID | None, actor: Actor) -> str:
    name = names.get(account_id) if account_id else None
    return (name or actor.name).split(" ")[0]


def _appointment(db: ReadSession, actor: Actor, resident_id: UUID, today: date) -> Planned | None:
    """Find the next appointment that is set; a follow-up with no hour is not one."""
    coming = agenda.coming_of(db, actor, resident_id)
    return next(
        (
            one
            for one in coming
            if one.state is FollowUpState.TO_DO and one.starts_at and one.due_on >= today
        ),
        None,
    )


def _told(planned: Planned, where: Here, adviser: str) -> Appointment | None:
    place = next((one for one in where.every if one.id == planned.place_id), None)
    told = [place.name, place.address] if place else []
    if planned.starts_at is None:
        return None
    return Appointment(planned.due_on, planned.starts_at, [t for t in told if t], adviser)


def _done(db: ReadSession, sessions: list[AssistedSession], resident_id: UUID) -> dict[str, Visit]:
    """Say each thing once; a procedure seen twice that day at its latest outcome."""
    found: dict[str, Visit] = {}
    reached: dict[str, Outcome] = {}
    for session in reversed(sessions):
        for attendance in session.attendances:
            if attendance.resident_id == resident_id:
                reached |= {help_.procedure: help_.outcome for help_ in attendance.procedures}
        if session.title:
            found[f"workshop:{session.id}"] = Visit("workshop", session.title)
        for theme in map(vocabularies.theme, (one.theme for one in session.themes)):
            if theme.family == "digital":  # the others say again what the procedure says
                found[f"learnt:{theme.code}"] = Visit("learnt", theme.short_label)
    for slug, outcome in reached.items():
        found[f"{outcome.value}:{slug}"] = Visit(outcome.value, catalogue(db).find(slug).title)
    return found


def _papers(db: ReadSession, cases: list[ProcedureCase]) -> list[str]:
    missing = [
        document
        for case in cases
        if case.outcome in (Outcome.PREPARED, Outcome.STARTED)
        for document in catalogue(db).find(case.procedure).documents
        if document not in case.brought
    ]
    return list(dict.fromkeys(missing))


def _deadlines(db: ReadSession, cases: list[ProcedureCase], today: date) -> list[tuple[str, date]]:
    return [
        (catalogue(db).find(case.procedure).title, case.deadline_on)
        for case in cases
        if case.deadline_on and case.deadline_on >= today
    ]


def _hosts(db: ReadSession, slugs: list[str]) -> list[str]:
    """Official sites only: a structure's own procedure has none that we can vouch for."""
    procedures = [catalogue(db).find(slug) for slug in slugs]
    hosts = [one.host for one in procedures if not one.is_local and sheet.is_host(one.host)]
    return list(dict.fromkeys(hosts))[:MOST_SITES]


def _blocks(facts: Facts) -> list[Choice]:
    offered = [
        ("meeting", "Le prochain rendez-vous", facts.meeting),
        ("deadlines", "À faire avant une date", facts.deadlines),
        ("sites", f"Le bon site\u00a0: {', '.join(facts.hosts)}", facts.hosts),
    ]
    return [Choice(code, label) for code, label, value in offered if value]
