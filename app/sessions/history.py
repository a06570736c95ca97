"""What was noted: lists with filters, tallies, and what is noted most often here."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, CompoundSelect, exists, literal, union_all
from sqlalchemy.orm import joinedload
from sqlmodel import col, func, select

from app.accounts.actor import Actor
from app.accounts.models import Account
from app.core.db import ReadSession
from app.core.text import minutes, plural
from app.procedures.service import catalogue
from app.reference import vocabularies
from app.sessions.forms import ADMINISTRATIVE_HELP
from app.sessions.models import (
    AssistedSession,
    Attendance,
    ProcedureHelp,
    SessionKind,
    SessionTheme,
)
from app.sessions.service import PEOPLE

IN_A_LIST = (
    PEOPLE,
    joinedload(AssistedSession.themes),  # type: ignore[arg-type]
    joinedload(AssistedSession.author).load_only(Account.name),  # type: ignore[arg-type]
)
MOST_COUNTED = 1_000
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

    since: date | None = None
    until: date | None = None
    place_id: UUID | None = None
    kind: SessionKind | None = None
    theme: str | None = None
    procedure: str | None = None
    resident_id: UUID | None = None
    author_id: UUID | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Give the filter, deleted activities always left out."""
        found: list[ColumnElement[bool]] = [col(AssistedSession.removed_at).is_(None)]
        if self.since:
            found.append(col(AssistedSession.held_on) >= self.since)
        if self.until:
            found.append(col(AssistedSession.held_on) <= self.until)
        if self.place_id:
            found.append(col(AssistedSession.place_id) == self.place_id)
        if self.kind:
            found.append(col(AssistedSession.kind) == self.kind)
        if self.author_id:
            found.append(col(AssistedSession.author_id) == self.author_id)
        if self.theme:
            found.append(
                exists().where(
                    col(SessionTheme.session_id) == col(AssistedSession.id),
                    col(SessionTheme.theme) == self.theme,
                )
            )
        found.extend(self._about_somebody())
        return found

    def _about_somebody(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.procedure:
            found.append(
                exists()
                .where(col(Attendance.session_id) == col(AssistedSession.id))
                .where(col(ProcedureHelp.attendance_id) == col(Attendance.id))
                .where(col(ProcedureHelp.procedure) == self.procedure)
            )
        if self.resident_id:
            came = select(Attendance.session_id).where(
                col(Attendance.resident_id) == self.resident_id
            )
            found.append(col(AssistedSession.id).in_(came))
        return found


@dataclass(frozen=True)
class Tally:
    """How much was noted: activities, people, minutes."""

    activities: int
    attendances: int
    minutes: int

    @property
    def is_cut(self) -> bool:
        """Tell whether there are more than were counted."""
        return self.activities > MOST_COUNTED


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
    db: ReadSession, filters: Filters, *, after: Cursor | None = None, size: int = PAGE_SIZE
) -> tuple[list[AssistedSession], Cursor | None]:
    """Give one page of activities, the latest first, and where the next one starts."""
    query = select(AssistedSession).where(*filters.conditions()).options(*IN_A_LIST)
    if after is not None:
        day, last = col(AssistedSession.held_on), col(AssistedSession.id)
        query = query.where((day < after.held_on) | ((day == after.held_on) & (last < after.id)))
    found = db.exec(
        query.order_by(col(AssistedSession.held_on).desc(), col(AssistedSession.id).desc()).limit(
            size + 1
        )
    )
    rows = found.unique().all()
    more = Cursor(rows[size - 1].held_on, rows[size - 1].id) if len(rows) > size else None
    return list(rows[:size]), more


def tally(db: ReadSession, filters: Filters) -> Tally:
    """Count activities, people and minutes under some filters."""
    return tallies(db, filters)[0]


def tallies(db: ReadSession, *several: Filters) -> list[Tally]:
    """Count activities, people and minutes under each of several filters, in one statement.

    Past MOST_COUNTED activities the count stops: a list is to work in, figures are elsewhere.
    """
    parts = []
    for filters in several:
        found = (
            select(col(AssistedSession.id), col(AssistedSession.duration_min))
            .where(*filters.conditions())
            .limit(MOST_COUNTED + 1)
            .cte()
        )
        people = select(func.count(col(Attendance.id))).where(
            col(Attendance.session_id).in_(select(found.c.id))
        )
        parts += [
            select(func.count()).select_from(found).scalar_subquery(),
            select(func.coalesce(func.sum(found.c.duration_min), 0)).scalar_subquery(),
            people.scalar_subquery(),
        ]
    row = db.execute(select(*parts)).one()
    return [Tally(row[at], row[at + 2], row[at + 1]) for at in range(0, len(row), 3)]


def by_day(db: ReadSession, filters: Filters) -> dict[date, int]:
    """Count people by day under some filters."""
    rows = db.exec(
        select(col(AssistedSession.held_on), func.count(col(Attendance.id)))
        .join(Attendance, col(Attendance.session_id) == col(AssistedSession.id))
        .where(*filters.conditions())
        .group_by(col(AssistedSession.held_on))
    )
    return dict(rows.all())


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
        .join(Attendance, col(ProcedureHelp.attendance_id) == col(Attendance.id))
        .join(AssistedSession, col(Attendance.session_id) == col(AssistedSession.id))
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


def noted_here(db: ReadSession) -> tuple[set[str], set[str]]:
    """Give the procedures and the themes that this structure ever noted: what a filter can be.

    Each is the next one in an index after the last: to list what is in the rows would read them
    all, and PostgreSQL's plan for any value would too.
    """
    found = db.execute(_ever_noted()).all()
    return {code for one, code in found if one}, {code for one, code in found if not one}


@cache
def _ever_noted() -> CompoundSelect[Any]:
    return union_all(
        _each_of(literal(True), col(ProcedureHelp.procedure)),
        _each_of(literal(False), col(SessionTheme.theme)),
    )


def _each_of(mark: ColumnElement[bool], column: Any) -> Any:
    each = select(func.min(column).label("code")).cte(recursive=True)
    following = select(func.min(column)).where(column > each.c.code).scalar_subquery()
    each = each.union_all(select(following).where(each.c.code.is_not(None)))
    return select(mark, each.c.code).where(each.c.code.is_not(None))


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
    return next((t.icon for t in vocabularies.procedure_themes() if t.code == code), "list-checks")


@dataclass(frozen=True)
class Line:
    """One activity as a list shows it, without any name."""

    id: UUID
    title: str
    icon: str
    details: str
    recorded_at: datetime
    kind: SessionKind


def line(db: ReadSession, session: AssistedSession) -> Line:
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


def _details(session: AssistedSession) -> str:
    parts = []
    if session.kind is SessionKind.WORKSHOP:
        parts.append(plural(len(session.attendances), "personne"))
    elif session.attendances:
        parts.append(_person(session.attendances[0]))
    if session.duration_min:
        parts.append(minutes(session.duration_min))
    for help_ in session.attendances[0].procedures if session.attendances else []:
        parts.append(vocabularies.label("outcome", help_.outcome.value).lower())
        parts += [vocabularies.blocker(code).short_label.lower() for code in help_.blockers[:2]]
    return " · ".join(parts)


def _person(attendance: Attendance) -> str:
    known = [
        vocabularies.label(name, code).lower()
        for name, code in (("gender", attendance.gender), ("age_band", attendance.age_band))
        if code != "non_communique"
    ]
    who = "Bénéficiaire" if attendance.resident_id else "Anonyme"
    return ", ".join([who, *known])


def noted_today(db: ReadSession, actor: Actor, today: date, *, limit: int = 2) -> list[Line]:
    """Give the last activities this adviser noted today, for « Encore un pareil »."""
    filters = Filters(
        since=today, until=today, author_id=actor.account_id, kind=SessionKind.INDIVIDUAL
    )
    rows, _ = sessions_page(db, filters, size=limit)
    return [line(db, row) for row in rows]
