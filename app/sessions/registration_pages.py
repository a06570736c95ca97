"""One workshop to come (`/ateliers/{id}`): who has a place, who waits, and the sheet to sign."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from app.accounts import service as accounts
from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.agenda import registrations, workshops
from app.agenda import workshop_planning as planning
from app.agenda.registrations import People
from app.agenda.workshop_models import Registration, Workshop, WorkshopState
from app.core import clock
from app.core.db import WriteSession
from app.organisations import service as organisations
from app.reference import vocabularies
from app.reference.days_off import public_holiday, school_holiday
from app.residents import finding
from app.residents import service as residents
from app.residents.service import NamedResident
from app.sessions import logging_page
from app.sessions.notices import Notice
from app.sessions.workshop_lines import MOST_SAID, moved_up_path, workshop_lines
from app.web.forms import Form, Submitted, blank, submitted
from app.web.render import done, fragment, page

router = APIRouter()
PLAN = [allow(Permission.PLAN)]
ANONYMOUS = "Une personne anonyme"
SHEET_LINES = 15


class PersonForm(Form):
    """Who registers; nobody's number is an anonymous place."""

    resident_id: UUID | None = Field(default=None, title="Personne")


class RegistrationForm(Form):
    """Who leaves the list, or goes up it."""

    registration_id: UUID = Field(title="Inscription")


class TakenBackForm(Form):
    """Who left the list by mistake, and where she was."""

    resident_id: UUID | None = Field(default=None, title="Personne")
    rank: int = Field(title="Rang", ge=1, le=100_000)


class SearchForm(Form):
    """What is typed to find somebody; a name never stands in an address."""

    person_q: str = Field(default="", title="Recherche", max_length=80)


SubmittedPerson = Annotated[Submitted[PersonForm], Depends(submitted(PersonForm))]
SubmittedRegistration = Annotated[Submitted[RegistrationForm], Depends(submitted(RegistrationForm))]
SubmittedTakenBack = Annotated[Submitted[TakenBackForm], Depends(submitted(TakenBackForm))]
SubmittedSearch = Annotated[Submitted[SearchForm], Depends(submitted(SearchForm))]


@dataclass(frozen=True)
class Row:
    """One line of the list: `person` is None for somebody anonymous."""

    id: UUID
    person: NamedResident | None
    moved_up: bool

    @property
    def name(self) -> str:
        """Say who."""
        return self.person.name if self.person else ANONYMOUS


@dataclass(frozen=True)
class Gesture:
    """What was done just before, as the address says it, without any name."""

    said: str = ""
    left: UUID | None = None
    rank: int | None = None
    moved_up: tuple[UUID, ...] = ()


async def gesture(
    geste: Annotated[str, Query(max_length=20)] = "",
    personne: UUID | None = None,
    rang: int | None = None,
    monte: Annotated[list[UUID] | None, Query(max_length=MOST_SAID)] = None,
) -> Gesture:
    """Read the gesture from the address."""
    return Gesture(geste, personne, rang, tuple(monte or ()))


SAID = {
    "enregistre": "Enregistré",
    "serie": "Les ateliers sont prévus",
    "inscrit": "Inscription enregistrée",
    "attente": "C’est complet : en liste d’attente",
    "deja": "Cette personne est déjà sur la liste. Rien n’a changé",
    "monte": "Elle passe devant",
    "remis": "Annulé",
    "retire": "Retiré de la liste",
}


@router.get("/ateliers/{workshop_id}", dependencies=PLAN)
def one(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    workshop_id: UUID,
    just_done: Annotated[Gesture, Depends(gesture)],
) -> Response:
    """Show one workshop, with who registered."""
    return _one(request, db, actor, workshop_id, blank(SearchForm), just_done=just_done)


@router.post("/ateliers/{workshop_id}/recherche", dependencies=PLAN)
def search(
    request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID, form: SubmittedSearch
) -> Response:
    """Find somebody to register."""
    typed = form.data.person_q.strip() if form.valid else ""
    found = finding.search_residents(db, actor, typed, now=clock.now()) if typed else []
    if request.headers.get("hx-request"):
        return fragment(request, "agenda/workshop.html", "found", found_people=found, typed=typed)
    return _one(request, db, actor, workshop_id, form, found_people=found, typed=typed)


@router.post("/ateliers/{workshop_id}/inscrits", dependencies=PLAN)
def register(
    request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID, form: SubmittedPerson
) -> Response:
    """Register somebody, who waits when it is full."""
    if form.valid:
        with form.collecting_errors(db):
            made, is_new = registrations.register(
                db, actor, workshop_id, form.data.resident_id, now=clock.now()
            )
    if not form.valid:
        return _refused(request, db, actor, workshop_id, form)
    said = ("attente" if made.waited else "inscrit") if is_new else "deja"
    return done(request, f"/ateliers/{workshop_id}?geste={said}")


@router.post("/ateliers/{workshop_id}/desinscrire", dependencies=PLAN)
def unregister(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    workshop_id: UUID,
    form: SubmittedRegistration,
) -> Response:
    """Take somebody off the list; the next page says who has the place, and offers to undo."""
    left = None
    if form.valid:
        with form.collecting_errors(db):
            left = registrations.unregister(
                db, actor, workshop_id, form.data.registration_id, now=clock.now()
            )
    if not form.valid:
        return _refused(request, db, actor, workshop_id, form)
    if left is None:
        return done(request, f"/ateliers/{workshop_id}")
    row = workshops.workshop(db, workshop_id)
    said = {"geste": "retire", "personne": left.resident_id, "rang": left.rank}
    return done(request, moved_up_path(row, left.moved_up, **said))


@router.post("/ateliers/{workshop_id}/remettre", dependencies=PLAN)
def take_back(
    request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID, form: SubmittedTakenBack
) -> Response:
    """Undo « Retirer de la liste »."""
    if form.valid:
        with form.collecting_errors(db):
            typed = form.data
            registrations.take_back(
                db, actor, workshop_id, typed.resident_id, typed.rank, now=clock.now()
            )
    if not form.valid:
        return _refused(request, db, actor, workshop_id, form)
    return done(request, f"/ateliers/{workshop_id}?geste=remis")


@router.post("/ateliers/{workshop_id}/monter", dependencies=PLAN)
def move_up(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    workshop_id: UUID,
    form: SubmittedRegistration,
) -> Response:
    """Let somebody who waits go before the one just ahead."""
    if form.valid:
        with form.collecting_errors(db):
            number = form.data.registration_id
            registrations.move_up(db, actor, workshop_id, number, now=clock.now())
    if not form.valid:
        return _refused(request, db, actor, workshop_id, form)
    return done(request, f"/ateliers/{workshop_id}?geste=monte")


@router.get("/ateliers/{workshop_id}/emargement", dependencies=PLAN)
def sheet(request: Request, db: WriteDb, actor: CurrentActor, workshop_id: UUID) -> Response:
    """Show the attendance sheet, to print: whoever is registered, and lines for others."""
    row = workshops.workshop(db, workshop_id)
    people = registrations.people_of(db, row)
    seated = _rows(db, actor, people.seated)
    return page(
        request,
        "agenda/sheet.html",
        row=row,
        place=organisations.place(db, actor.organisation_id, row.place_id),
        adviser=accounts.names(db, {row.adviser_id}).get(row.adviser_id, ""),
        people=seated,
        blank_lines=max(SHEET_LINES - len(seated), 3),
    )


def _refused(
    request: Request, db: WriteSession, actor: Actor, workshop_id: UUID, form: Submitted[Any]
) -> Response:
    shown: Submitted[SearchForm] = blank(SearchForm)
    for name, message in form.errors.items():
        shown.errors["person_q" if name else ""] = message
    return _one(request, db, actor, workshop_id, shown, status=422)


def _rows(db: WriteSession, actor: Actor, people: list[Registration]) -> list[Row]:
    """Name some people of a list; the record says who read them."""
    numbers = [one.resident_id for one in people if one.resident_id is not None]
    named = residents.name_residents(db, actor, numbers, now=clock.now())
    return [
        Row(one.id, named.get(one.resident_id) if one.resident_id else None, one.waited)
        for one in people
    ]


def _one(
    request: Request,
    db: WriteSession,
    actor: Actor,
    workshop_id: UUID,
    form: Submitted[SearchForm],
    *,
    status: int = 200,
    just_done: Gesture | None = None,
    **extra: Any,
) -> Response:
    row = workshops.workshop(db, workshop_id)
    place = organisations.place(db, actor.organisation_id, row.place_id)
    today = logging_page.here(db, actor, now=clock.now()).today
    people = registrations.people_of(db, row)
    rows = _rows(db, actor, people.everybody)
    context: dict[str, Any] = {
        "line": workshop_lines(db, actor, [row])[0],
        "row": row,
        "public_holiday": public_holiday(row.planned_on, place.commune),
        "school_holiday": school_holiday(row.planned_on, place.commune),
        "is_planned": row.state is WorkshopState.PLANNED,
        "is_held": row.state is WorkshopState.HELD,
        "has_come": row.planned_on <= today,
        "is_full": row.capacity is not None and len(rows) >= row.capacity,
        "level": vocabularies.label("level", row.level) if row.level else "",
        "themes": [vocabularies.theme(code).label for code in row.themes],
        "today": today,
        "seated": rows[: len(people.seated)],
        "waiting": rows[len(people.seated) :],
        "series": planning.series_of(db, row) if row.series_id else [],
        "cancelled_with": len(planning.cancelled_together(db, row)),
        "form": form,
        "found_people": [],
        "typed": "",
        "toast": _toast(row, people, rows, just_done) if just_done else None,
    }
    return page(request, "agenda/workshop.html", status=status, **(context | extra))


def _toast(row: Workshop, people: People, rows: list[Row], just_done: Gesture) -> Notice | None:
    """Say the gesture, who has a place by it, and how to undo it."""
    if just_done.said not in SAID:
        return None
    seated = {one.id for one in people.seated}
    up = [line.name for line in rows if line.id in just_done.moved_up and line.id in seated]
    said = SAID[just_done.said]
    if up:
        verb = "monte" if len(up) == 1 else "montent"
        said += f". {', '.join(up)} {verb} de la liste d’attente"
    if just_done.said != "retire" or just_done.rank is None:
        return Notice(said)
    fields = {"rank": str(just_done.rank)}
    if just_done.left:
        fields["resident_id"] = str(just_done.left)
    return Notice(said, f"/ateliers/{row.id}/remettre", fields)
