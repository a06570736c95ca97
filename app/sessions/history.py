"""What was noted: lists with filters, and what is noted most often here."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, exists
from sqlalchemy import select as sa_select
from sqlmodel import col, select

from app.accounts.actor import Actor
from app.core.db import ReadSession, written
from app.core.text import lower_first, minutes, plural
from app.procedures.service import catalogue
from app.reference import vocabularies
from app.sessions import listed
from app.sessions.forms import ADMINISTRATIVE_HELP
from app.sessions.listed import Listed, Seat
from app.sessions.models import (
    AssistedSession,
    Attendance,
    ProcedureHelp,
    SessionKind,
    SessionTheme,
)
from app.sessions.service import WHOLE

PAGE_SIZE = 25
FREQUENT = 7
FREQUENT_DAYS = 90
HOURS_NEAR = 2
STARTERS = (
    "aide-logement",
    "ameli-compte",
    "france-travail-actualisation",
    "carte-grise-occasion",
    "email",
    "carte-identite-predemande",
    "impots-espace-particulier",
)


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; the address holds it."""

    on: date | None = None  # one day, of which PostgreSQL expects less than of a range
    since: date | None = None
    until: date | None = None
    place_id: UUID | None = None
    kind: SessionKind | None = None
    theme: str | None = None
    procedure: str | None = None
    resident_id: UUID | None = None
    author_id: UUID | None = None

    def values(self, mark: str = "") -> dict[str, Any]:
        """Give what is asked, by the names that `conditions` knows it by."""
        return {f"{name}{mark}": value for name, value in vars(self).items() if value}

    @property
    def asked(self) -> frozenset[str]:
        """Name what is asked: statements that ask the same differ by their values only."""
        return frozenset(self.values())


@cache
def conditions(asked: frozenset[str], mark: str = "") -> tuple[ColumnElement[bool], ...]:
    """Build once the conditions of what is asked, deleted activities always left out.

    Values come with `Filters.values(mark)` when the statement runs; it is refused without them.
    """

    def value(name: str) -> BindParameter[Any]:
        return bindparam(f"{name}{mark}")

    known = {
        "on": col(AssistedSession.held_on) == value("on"),
        "since": col(AssistedSession.held_on) >= value("since"),
        "until": col(AssistedSession.held_on) <= value("until"),
        "place_id": col(AssistedSession.place_id) == value("place_id"),
        "kind": col(AssistedSession.kind) == value("kind"),
        "author_id": col(AssistedSession.author_id) == value("author_id"),
        "theme": exists().where(
            col(SessionTheme.session_id) == col(AssistedSession.id),
            col(SessionTheme.theme) == value("theme"),
        ),
        "procedure": exists().where(
            col(ProcedureHelp.session_id) == col(AssistedSession.id),
            col(ProcedureHelp.procedure) == value("procedure"),
        ),
        "resident_id": col(AssistedSession.id).in_(
            select(Attendance.session_id).where(col(Attendance.resident_id) == value("resident_id"))
        ),
    }
    return (col(AssistedSession.removed_at).is_(None), *(known[name] for name in sorted(asked)))


@dataclass(frozen=True)
class Cursor:
    """Where a page of the list ends: the day and id of its last activity."""

    held_on: date
    id: UUID

    def __str__(self) -> str:
        return f"{self.held_on.isoformat()}_{self.id}"

    @classmethod
    def parse(cls, text: str | None) -> "Cursor | None":
        """Read a cursor from an address; a broken one starts again from the top."""
        try:
            day, _, identifier = (text or "").partition("_")
            return cls(date.fromisoformat(day), UUID(identifier))
        except ValueError:
            return None


def sessions_page(
    db: ReadSession,
    filters: Filters,
    *,
    after: Cursor | None = None,
    size: int = PAGE_SIZE,
    with_names: bool = False,
) -> tuple[list[Listed], Cursor | None]:
    """Give one page of activities, the latest first, and where the next one starts.

    `with_names`: the closed names of followed persons too.
    """
    values = filters.values() | ({"last_on": after.held_on, "last": after.id} if after else {})
    query = _page(filters.asked, after is not None, size + 1)
    rows = listed.read(db, query, values, with_names=with_names)
    more = Cursor(rows[size - 1].held_on, rows[size - 1].id) if len(rows) > size else None
    return rows[:size], more


@cache
def _page(asked: frozenset[str], goes_on: bool, size: int) -> Select[Any]:
    day, identifier = col(AssistedSession.held_on), col(AssistedSession.id)
    query = sa_select(*listed.COLUMNS).where(*conditions(asked))
    if goes_on:
        last_on: BindParameter[date] = bindparam("last_on")
        last: BindParameter[UUID] = bindparam("last")
        query = query.where((day < last_on) | ((day == last_on) & (identifier < last)))
    return listed.with_themes(query.order_by(day.desc(), identifier.desc()).limit(written(size)))


def whole_of(db: ReadSession, resident_id: UUID, *, most: int) -> list[AssistedSession]:
    """Give the last activities that somebody came to, whole."""
    filters = Filters(resident_id=resident_id)
    query = select(AssistedSession).where(*conditions(filters.asked)).options(*WHOLE)
    latest = (col(AssistedSession.held_on).desc(), col(AssistedSession.id).desc())
    return list(db.exec(query.order_by(*latest).limit(most), params=filters.values()))


@dataclass(frozen=True)
class Frequent:
    """A procedure or a skill that comes often here, as a chip shows it."""

    code: str
    label: str
    icon: str
    is_skill: bool


def frequent(
    db: ReadSession, actor: Actor, place_id: UUID | None, *, zone: str, now: datetime
) -> list[Frequent]:
    """Give what this adviser notes most at this place over 90 days, this hour of day first.

    A new adviser gets what people come for most in the country.
    """
    hour = now.astimezone(ZoneInfo(zone)).hour
    counts: Counter[tuple[bool, str]] = Counter()
    for is_skill, code, recorded_at, times in _noted(db, actor, place_id, now):
        near = abs(recorded_at.astimezone(ZoneInfo(zone)).hour - hour) <= HOURS_NEAR
        counts[is_skill, code] += times * (3 if near else 1)
    ranked = [key for key, _ in counts.most_common(FREQUENT)]
    starters = [(code in skill_codes(), code) for code in STARTERS]
    order = dict.fromkeys([*ranked, *starters])
    found = (as_frequent(db, is_skill, code) for is_skill, code in order)
    return [chip for chip in found if chip is not None][:FREQUENT]


def _noted(
    db: ReadSession, actor: Actor, place_id: UUID | None, now: datetime
) -> list[tuple[bool, str, datetime, int]]:
    """List procedures and skills noted lately, with when."""
    recent = (
        col(AssistedSession.removed_at).is_(None),
        col(AssistedSession.author_id) == actor.account_id,
        col(AssistedSession.place_id) == place_id,
        col(AssistedSession.held_on) >= now.date() - timedelta(days=FREQUENT_DAYS),
    )
    procedures = db.exec(
        select(ProcedureHelp.procedure, AssistedSession.recorded_at)
        .join(AssistedSession, col(ProcedureHelp.session_id) == col(AssistedSession.id))
        .where(*recent)
    )
    skills = db.exec(
        select(SessionTheme.theme, AssistedSession.recorded_at)
        .join(AssistedSession, col(SessionTheme.session_id) == col(AssistedSession.id))
        .where(*recent, col(SessionTheme.theme).in_(skill_codes()))
    )
    return [
        *((False, code, at, 1) for code, at in procedures),
        *((True, code, at, 1) for code, at in skills),
    ]


@cache
def skill_codes() -> Sequence[str]:
    """Give the digital themes that one may tap as a skill."""
    return [t.code for t in vocabularies.themes("digital") if t.code != ADMINISTRATIVE_HELP]


def as_frequent(db: ReadSession, is_skill: bool, code: str) -> Frequent | None:
    """Describe a procedure or a skill for a chip; None when it is not, or no more, in use."""
    if is_skill:
        theme = vocabularies.theme(code)
        return Frequent(code, theme.short_label, theme.icon, True)
    procedure = catalogue(db).get(code)
    if procedure is None or procedure.retired_on is not None:
        return None
    icon = theme_icon(procedure.theme)
    return Frequent(code, procedure.short_title, icon, False)


@dataclass(frozen=True)
class Found:
    """One result of the search « Pour quoi ? »."""

    code: str
    label: str
    details: str
    icon: str
    choice: str  # what choosing it sends: `procedures:slug` or `themes:code`


def found(db: ReadSession, text: str, *, limit: int = 6) -> list[Found]:
    """Find procedures and skills by what people say."""
    results = []
    for match in catalogue(db).search(text, limit=limit):
        is_skill = match.kind == "skill"
        chip = as_frequent(db, is_skill, match.entry_slug)
        if chip is None:
            continue
        procedure = None if is_skill else catalogue(db).get(chip.code)
        details = procedure.provider if procedure else "Compétence numérique"
        label = procedure.title if procedure else chip.label
        choice = f"{'themes' if is_skill else 'procedures'}:{chip.code}"
        results.append(Found(chip.code, label, details, chip.icon, choice))
    return results


def theme_icon(code: str) -> str:
    """Give the icon of a theme of the catalogue."""
    return _theme_icons().get(code, "list-checks")


@cache
def _theme_icons() -> dict[str, str]:
    return {theme.code: theme.icon for theme in vocabularies.procedure_themes()}


@dataclass(frozen=True)
class Line:
    """One activity as a list shows it, without any name."""

    id: UUID
    title: str
    icon: str
    details: str
    recorded_at: datetime
    kind: SessionKind


def line(db: ReadSession, session: AssistedSession | Listed) -> Line:
    """Say an activity in a few words: what for, who (never a name), how long, how far it got."""
    if session.kind is SessionKind.PASSAGE:
        return Line(
            session.id, "Passage rapide", "zap", "Anonyme", session.recorded_at, session.kind
        )
    chips = [
        chip
        for attendance in session.attendances[:1]
        for help_ in attendance.procedures
        if (chip := as_frequent(db, False, help_.procedure))
    ]
    chips += [
        chip
        for theme in session.themes
        if theme.theme in skill_codes() and (chip := as_frequent(db, True, theme.theme))
    ]
    labels = [chip.label for chip in chips] or [
        vocabularies.theme(t.theme).label for t in session.themes
    ]
    title = session.title or ", ".join(dict.fromkeys(labels)) or "Accompagnement"
    icon = chips[0].icon if chips else "square-pen"
    return Line(session.id, title, icon, _details(session), session.recorded_at, session.kind)


def _details(session: AssistedSession | Listed) -> str:
    parts = []
    if session.kind is SessionKind.WORKSHOP:
        parts.append(plural(len(session.attendances), "personne"))
    elif session.attendances:
        parts.append(_person(session.attendances[0]))
    if session.duration_min:
        parts.append(minutes(session.duration_min))
    for help_ in session.attendances[0].procedures if session.attendances else []:
        parts.append(vocabularies.label("outcome", help_.outcome.value).lower())
        blockers = [vocabularies.blocker(code).short_label for code in help_.blockers[:2]]
        parts += [lower_first(label) for label in blockers]
    return " · ".join(parts)


def _person(attendance: Attendance | Seat) -> str:
    known = [
        vocabularies.label(name, code).lower()
        for name, code in (("gender", attendance.gender), ("age_band", attendance.age_band))
        if code != "non_communique"
    ]
    who = "Bénéficiaire" if attendance.resident_id else "Anonyme"
    return ", ".join([who, *known])


def noted_today(db: ReadSession, actor: Actor, today: date, *, limit: int = 2) -> list[Line]:
    """Give the last activities this adviser noted today, for « Encore un pareil »."""
    filters = Filters(on=today, author_id=actor.account_id, kind=SessionKind.INDIVIDUAL)
    rows, _ = sessions_page(db, filters, size=limit)
    return [line(db, row) for row in rows]
