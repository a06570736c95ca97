"""Follow-ups as lists show them: with a name, a title and a phone."""

from dataclasses import dataclass

from app.accounts.actor import Actor
from app.agenda.service import Planned
from app.core import clock
from app.core.db import WriteSession
from app.core.phones import spoken_phone
from app.procedures.service import catalogue
from app.residents import service as residents
from app.residents.service import NamedResident


@dataclass(frozen=True)
class Line:
    """One follow-up as a list shows it."""

    planned: Planned
    person: NamedResident | None
    title: str
    phone: str


def follow_up_lines(db: WriteSession, actor: Actor, waiting: list[Planned]) -> list[Line]:
    """Put names and titles on follow-ups, with one line in the record for all."""
    ids = [p.resident_id for p in waiting if p.resident_id]
    named = residents.name_residents(db, actor, ids, now=clock.now())
    lines = []
    for planned in waiting:
        person = named.get(planned.resident_id) if planned.resident_id else None
        procedure = catalogue(db).get(planned.procedure) if planned.procedure else None
        title = person.name if person else (procedure.short_title if procedure else "Suivi")
        phone = spoken_phone(person.phone) if person and person.phone else ""
        lines.append(Line(planned, person, title, phone))
    return lines
