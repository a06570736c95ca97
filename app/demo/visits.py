"""Makes one activity of the demonstration: whom, what for, and the rows that tell it."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlmodel import SQLModel

from app.core.crypto import Sealed
from app.core.db import WriteSession
from app.demo import world
from app.demo.people import Helped, Person, draw_person, draw_procedure, pick
from app.organisations.keys import KeyMaker
from app.organisations.models import Organisation, Place, SubjectKey
from app.procedures.models import ProcedureCase
from app.procedures.service import Catalogue
from app.reference import vocabularies
from app.residents.models import Resident
from app.sessions.forms import ADMINISTRATIVE_HELP
from app.sessions.models import (
    AssistedSession,
    Attendance,
    ProcedureHelp,
    SessionKind,
    SessionTheme,
    Source,
)

FOLLOWED = 0.42
BACK_AGAIN = 0.72
UNKNOWN = Person("non_communique", "non_communique", "non_communique", [], [], None)


@dataclass
class Known:
    """A followed person of the demonstration and her file."""

    person: Person
    resident: Resident
    cases: dict[str, ProcedureCase] = field(default_factory=dict)


@dataclass
class Team:
    """A structure at work."""

    organisation: Organisation
    places: list[Place]
    advisers: list[UUID]
    keys: KeyMaker
    more: random.Random  # for what came to the demonstration later: it moves nothing else
    known: list[Known] = field(default_factory=list)


class Pending:
    """Rows waiting to be written together, those referred to first."""

    def __init__(self, db: WriteSession) -> None:
        self._db = db
        self._kinds: dict[type[SQLModel], list[SQLModel]] = {
            kind: [] for kind in (SubjectKey, Resident, ProcedureCase, AssistedSession)
        }

    def add(self, row: SQLModel) -> None:
        """Keep a row for the next writing."""
        self._kinds[type(row)].append(row)

    def write(self) -> None:
        """Write all that waits."""
        for rows in self._kinds.values():
            self._db.add_all(rows)
            self._db.flush()
            rows.clear()


def one_session(
    pending: Pending, rng: random.Random, team: Team, known: Catalogue, day: date
) -> None:
    """Make one activity of a day: a passage, a workshop, a skill or a procedure."""
    person, resident = _whom(pending, rng, team, day)
    if resident is None and rng.random() < 0.08:
        _add(
            pending,
            team,
            rng,
            day,
            SessionKind.PASSAGE,
            Person("non_communique", "non_communique", "non_communique", [], [], None),
            None,
            [],
            {},
        )
        return
    if rng.random() < 0.02:
        _workshop(pending, rng, team, day)
        return
    if rng.random() < 0.24:
        skill = pick(rng, world.SKILLS)
        autonomy = pick(
            rng, (("entierement_accompagne", 5), ("partiellement_autonome", 4), ("autonome", 1))
        )
        _add(
            pending, team, rng, day, SessionKind.INDIVIDUAL, person, resident, [], {skill: autonomy}
        )
        return
    helped = draw_procedure(rng, person, day)
    national = known.find(helped.slug).national_theme
    themes: dict[str, str | None] = {national: None}
    if vocabularies.theme(national).family == "administrative":
        themes[ADMINISTRATIVE_HELP] = None
    _add(pending, team, rng, day, SessionKind.INDIVIDUAL, person, resident, [helped], themes)


def _whom(
    pending: Pending, rng: random.Random, team: Team, day: date
) -> tuple[Person, Known | None]:
    if rng.random() >= FOLLOWED:
        return draw_person(rng, named=False), None
    if team.known and rng.random() < BACK_AGAIN:
        recent = team.known[-240:]
        known = rng.choice(recent)
    else:
        known = _open_file(pending, rng, team, day)
    known.resident.visits += 1
    known.resident.last_contact_on = day
    return known.person, known


def _open_file(pending: Pending, rng: random.Random, team: Team, day: date) -> Known:
    person = draw_person(rng, named=True)
    key, cipher = team.keys.make()
    pending.add(key)
    resident = Resident(
        organisation_id=team.organisation.id,
        key_id=key.id,
        given_name=Sealed(),
        family_name=Sealed(),
        commune=team.organisation.commune,
        age_band=person.age_band,
        gender=person.gender,
        status=person.status,
        informed_on=day,
        informed_how=rng.choice(("oral", "papier", "affiche")),
        informed_by=rng.choice(team.advisers),
        created_at=_instant(rng, day),
        last_contact_on=day,
    )
    digits = f"+336{rng.randint(10_000_000, 99_999_999)}"
    mail = f"{person.given_name}.{person.family_name}{rng.randint(1, 99)}@exemple.fr"
    facts = {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "birth_year": str(person.birth_year) if person.birth_year else "",
        "phone": digits if rng.random() < 0.7 else "",
        "email": mail.lower().replace(" ", "") if rng.random() < 0.3 else "",
    }
    for name, value in facts.items():
        if value:
            sealed = cipher.seal(value, table="resident", column=name, row=resident.id)
            setattr(resident, name, sealed)
    pending.add(resident)
    known = Known(person, resident)
    team.known.append(known)
    return known


def _add(
    pending: Pending,
    team: Team,
    rng: random.Random,
    day: date,
    kind: SessionKind,
    person: Person,
    known: Known | None,
    helps: list[Helped],
    themes: dict[str, str | None],
) -> None:
    place = team.places[0] if rng.random() < 0.75 else team.places[-1]
    at = _instant(rng, day)
    session_id = _id(rng, at)
    mode = _mode(session_id, kind)
    is_here = mode == world.HERE
    session = AssistedSession(
        id=session_id,
        organisation_id=team.organisation.id,
        place_id=place.id if is_here else None,
        mode=mode,
        commune=None if is_here else team.organisation.commune,
        author_id=rng.choice(team.advisers),
        kind=kind,
        held_on=day,
        duration_min=None if kind is SessionKind.PASSAGE else pick(rng, world.DURATIONS),
        recorded_at=at,
        material=[] if kind is SessionKind.PASSAGE else [pick(team.more, world.MATERIAL)],
        source=Source.DEMO,
        attendances=[],
        themes=[
            SessionTheme(
                id=_id(rng, at),
                organisation_id=team.organisation.id,
                session_id=team.organisation.id,
                theme=theme,
                autonomy=autonomy,
            )
            for theme, autonomy in themes.items()
        ],
    )
    attendance = Attendance(
        id=_id(rng, at),
        organisation_id=team.organisation.id,
        session_id=session.id,
        resident_id=known.resident.id if known else None,
        age_band=person.age_band,
        gender=person.gender,
        status=person.status,
        commune=team.organisation.commune if known else None,
        is_first=known.resident.visits == 1 if known else None,
        autonomy=next((a for a in themes.values() if a), None),
        clicked_by=pick(rng, (("together", 5), ("adviser", 4), ("resident", 1))) if helps else None,
        divides=person.divides,
        equipment=person.equipment,
        home_connection=person.home_connection,
        referral=_referral(team, kind),
        procedures=[],
    )
    attendance.is_referred = True if attendance.referral else None
    for theme in session.themes:
        theme.session_id = session.id
    session.attendances.append(attendance)
    for helped in helps:
        case = _case(pending, rng, team, known, helped, day, at) if known else None
        attendance.procedures.append(
            ProcedureHelp(
                id=_id(rng, at),
                organisation_id=team.organisation.id,
                attendance_id=attendance.id,
                session_id=session.id,
                case_id=case.id if case else None,
                procedure=helped.slug,
                outcome=helped.outcome,
                blockers=helped.blockers,
                papers=[],
            )
        )
    pending.add(session)


def _mode(session: UUID, kind: SessionKind) -> str:
    """Draw where an individual session is held, by its id: what was drawn before stays."""
    if kind is not SessionKind.INDIVIDUAL:
        return world.HERE
    return pick(random.Random(session.int), world.MODES)


def _referral(team: Team, kind: SessionKind) -> str | None:
    is_sent = kind is SessionKind.INDIVIDUAL and team.more.random() < world.REFERRED
    return team.more.choice(vocabularies.codes("referral")) if is_sent else None


def _workshop(pending: Pending, rng: random.Random, team: Team, day: date) -> None:
    """Hold a workshop: anonymous people, each with a profile of her own."""
    at, (title, theme) = _instant(rng, day), rng.choice(world.WORKSHOPS)
    session = AssistedSession(
        id=_id(rng, at),
        organisation_id=team.organisation.id,
        place_id=team.places[0].id,
        author_id=rng.choice(team.advisers),
        kind=SessionKind.WORKSHOP,
        held_on=day,
        duration_min=rng.choice((90, 120)),
        title=title,
        level=pick(team.more, world.LEVELS),
        material=[pick(team.more, world.MATERIAL)],
        recorded_at=at,
        source=Source.DEMO,
        attendances=[],
        themes=[],
    )
    session.themes.append(
        SessionTheme(
            id=_id(rng, at),
            organisation_id=team.organisation.id,
            session_id=session.id,
            theme=theme,
        )
    )
    for _ in range(rng.randint(4, 8)):
        person = draw_person(rng, named=False)
        session.attendances.append(
            Attendance(
                id=_id(rng, at),
                organisation_id=team.organisation.id,
                session_id=session.id,
                age_band=person.age_band,
                gender=person.gender,
                status=person.status,
                divides=person.divides,
                equipment=person.equipment,
                home_connection=person.home_connection,
                procedures=[],
            )
        )
    pending.add(session)


def _case(
    pending: Pending,
    rng: random.Random,
    team: Team,
    known: Known,
    helped: Helped,
    day: date,
    at: datetime,
) -> ProcedureCase:
    case = known.cases.get(helped.slug)
    if case is None:
        case = ProcedureCase(
            id=_id(rng, at),
            organisation_id=team.organisation.id,
            resident_id=known.resident.id,
            procedure=helped.slug,
            outcome=helped.outcome,
            opened_on=day,
            moved_on=day,
        )
        pending.add(case)
        known.cases[helped.slug] = case
    case.outcome, case.moved_on, case.blockers = helped.outcome, day, helped.blockers
    if helped.outcome.closes:
        case.closed_on = day
        del known.cases[helped.slug]
    return case


def _instant(rng: random.Random, day: date) -> datetime:
    minute = rng.choice((9, 9, 10, 10, 11, 14, 14, 15, 16)) * 60 + rng.randrange(60)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute - 60)


def _id(rng: random.Random, at: datetime) -> UUID:
    """Make a UUIDv7 from the seed, so that the same seed gives the same demonstration."""
    number = int(at.timestamp() * 1000) << 80 | rng.getrandbits(80)
    number = number & ~(0xF << 76) | 7 << 76
    return UUID(int=number & ~(0x3 << 62) | 2 << 62)
