"""What was noted: the list of `/activites`, and taking one away or giving it back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.core import clock
from app.core.db import WriteSession
from app.core.errors import NotFound
from app.organisations import service as organisations
from app.organisations.models import Place
from app.procedures.service import catalogue
from app.reference import vocabularies
from app.residents import service as residents
from app.sessions import history, logging_page, service, tallies
from app.sessions.listed import Listed
from app.sessions.models import SessionKind
from app.sessions.notices import JustDone, SubmittedBack, back_with
from app.web.render import done, page

router = APIRouter()
PERIODS = {"jour": "Aujourd’hui", "semaine": "Cette semaine", "mois": "Ce mois", "tout": "Tout"}


@dataclass(frozen=True)
class Row:
    """One activity of the list, with the name of a followed person."""

    id: str
    title: str
    icon: str
    details: str
    person: str
    is_individual: bool
    can_be_corrected: bool


@dataclass(frozen=True)
class DayGroup:
    """The activities of one day."""

    day: date
    people: int
    rows: list[Row]


def asked(
    today: date, periode: str, lieu: str, theme: str, demarche: str, personne: str, genre: str
) -> history.Filters:
    """Read the filters of the address; what is not a value is ignored, as nothing was asked."""
    since = {
        "jour": today,
        "semaine": today - timedelta(days=today.weekday()),
        "mois": today.replace(day=1),
    }.get(periode)
    kinds = {kind.value for kind in SessionKind}
    return history.Filters(
        since=since,
        place_id=_uuid(lieu),
        theme=theme if theme in vocabularies.codes("theme") else None,
        procedure=demarche or None,
        resident_id=_uuid(personne),
        kind=SessionKind(genre) if genre in kinds else None,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@router.get("/activites", dependencies=[allow(Permission.READ_SESSIONS)])
def activities(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    just_done: JustDone,
    periode: str = "semaine",
    lieu: str = "",
    theme: str = "",
    demarche: str = "",
    personne: str = "",
    genre: str = "",
    apres: str | None = None,
) -> Response:
    """List activities by day, with tallies; the address is the state."""
    where = logging_page.here(db, actor, now=clock.now())
    filters = asked(where.today, periode, lieu, theme, demarche, personne, genre)
    after = history.Cursor.parse(apres)
    rows, more = history.sessions_page(db, filters, after=after, with_names=True)
    own_day = history.Filters(on=where.today)
    beside = tallies.summary(db, filters, own_day)
    tally, today_tally = beside.tallies
    state = {
        "periode": periode,
        "lieu": lieu,
        "theme": theme,
        "demarche": demarche,
        "personne": personne,
        "genre": genre,
    }
    following = urlencode({k: v for k, v in state.items() if v} | {"apres": str(more)})
    return page(
        request,
        "sessions/list.html",
        block="results",
        days=_days(db, actor, rows, where.every),
        today=where.today,
        tally=tally,
        today_tally=today_tally,
        state=state,
        active=_active(db, actor, state),
        more=f"/activites?{following}" if more else None,
        periods=[{"code": code, "label": label} for code, label in PERIODS.items()],
        places_all=[{"code": p.id, "label": p.name} for p in where.every],
        themes=[t for t in vocabularies.themes() if t.code in beside.themes],
        kinds=vocabularies.values("kind"),
        procedures=[
            {"code": p.slug, "label": p.short_title} for p in catalogue(db).among(beside.procedures)
        ],
        toast=just_done.notice("/activites"),
    )


def _days(db: WriteSession, actor: Actor, rows: list[Listed], every: list[Place]) -> list[DayGroup]:
    closed = [seat.closed for row in rows for seat in row.attendances if seat.closed]
    named = residents.name_read(db, actor, closed, now=clock.now())
    places: dict[UUID | None, str] = {p.id: p.name for p in every}
    groups = []
    for held_on, same_day in groupby(rows, key=lambda row: row.held_on):
        of_day = list(same_day)
        lines = [_row(history.line(db, row), row, named, places) for row in of_day]
        groups.append(DayGroup(held_on, sum(len(row.attendances) for row in of_day), lines))
    return groups


def _row(
    line: history.Line, listed: Listed, named: Mapping[UUID, str], places: Mapping[UUID | None, str]
) -> Row:
    people = (named[seat.closed.resident_id] for seat in listed.attendances if seat.closed)
    known = (line.details, listed.author, places.get(listed.place_id))
    return Row(
        id=str(line.id),
        title=line.title,
        icon=line.icon,
        details=" · ".join(filter(None, known)),
        person=next(people, ""),
        is_individual=listed.kind is SessionKind.INDIVIDUAL,
        can_be_corrected=listed.kind is not SessionKind.PASSAGE,
    )


def _active(db: WriteSession, actor: Actor, state: dict[str, str]) -> list[dict[str, str]]:
    """Describe each filter in force, with the address that takes it away."""
    words: dict[str, Callable[[str], str]] = {
        "theme": lambda code: vocabularies.label("theme", code),
        "demarche": lambda slug: p.short_title if (p := catalogue(db).get(slug)) else slug,
        "genre": lambda code: vocabularies.label("kind", code),
        "personne": lambda number: _person(db, actor, number),
        "lieu": lambda number: organisations.place(db, actor.organisation_id, UUID(number)).name,
    }
    found = []
    for name, say in words.items():
        if not state[name]:
            continue
        try:
            label = say(state[name])
        except (LookupError, NotFound, ValueError):
            continue
        rest = urlencode({k: v for k, v in state.items() if v and k != name})
        found.append({"label": label, "href": f"/activites?{rest}"})
    return found


def _person(db: WriteSession, actor: Actor, number: str) -> str:
    wanted = UUID(number)
    return residents.name_residents(db, actor, [wanted], now=clock.now())[wanted].name


@router.post("/activites/{session_id}/retirer", dependencies=[allow(Permission.LOG_SESSION)])
def remove(
    request: Request, db: WriteDb, actor: CurrentActor, session_id: UUID, form: SubmittedBack
) -> Response:
    """Take an activity away; the next page offers to give it back."""
    service.remove_session(db, actor, session_id, now=clock.now())
    return done(request, back_with(form.value("back"), "/activites", retire=session_id))


@router.post("/activites/{session_id}/rendre", dependencies=[allow(Permission.LOG_SESSION)])
def restore(
    request: Request, db: WriteDb, actor: CurrentActor, session_id: UUID, form: SubmittedBack
) -> Response:
    """Give an activity back."""
    service.restore_session(db, actor, session_id, now=clock.now())
    return done(request, back_with(form.value("back"), "/activites", geste="rendu"))
