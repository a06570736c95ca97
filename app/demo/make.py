"""Makes the demonstration: structures, people, two years of activities, follow-ups late today."""

import random
from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from uuid import UUID

from sqlmodel import SQLModel, select

from app.accounts import service as accounts
from app.accounts.models import Account
from app.accounts.permissions import Role
from app.agenda.models import FollowUp
from app.core.crypto import Sealed
from app.core.db import Database, WriteSession
from app.core.errors import Forbidden
from app.core.scope import Scope
from app.core.settings import Settings
from app.demo import world
from app.demo.people import Helped, Person, draw_person, draw_procedure, pick
from app.organisations import service as organisations
from app.organisations.keys import KeyMaker
from app.organisations.models import Organisation, Place, SubjectKey
from app.procedures.models import ProcedureCase
from app.procedures.service import Catalogue, catalogue
from app.reference import vocabularies
from app.residents.models import Resident
from app.residents.service import subject_ciphers
from app.sessions.forms import ADMINISTRATIVE_HELP
from app.sessions.models import (
    AssistedSession,
    Attendance,
    ProcedureHelp,
    SessionKind,
    SessionTheme,
    Source,
)

PASSWORD = "escale-demo-2026"  # noqa: S105  public, refused in production
SESSIONS_A_STRUCTURE = 3_000
FOLLOWED = 0.42
BACK_AGAIN = 0.72
BATCH = 500
UNKNOWN = Person("non_communique", "non_communique", "non_communique", [], [], None)
Progress = Callable[[int, int], None]


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


def is_empty(database: Database) -> bool:
    """Tell whether nobody has an account yet."""
    with database.reading(Scope.system("demo")) as db:
        return db.exec(select(Account).limit(1)).first() is None


def make(
    database: Database,
    settings: Settings,
    *,
    sessions: int,
    seed: int,
    until: date,
    force: bool = False,
    progress: Progress | None = None,
) -> int:
    """Make the demonstration; give how many activities it holds.

    Raises Forbidden on a production installation unless forced.
    """
    if settings.is_production and not force:
        raise Forbidden("Une base de production ne reçoit pas de données de démonstration.")
    rng = random.Random(seed)
    now = datetime(until.year, until.month, until.day, 8, tzinfo=UTC)
    first_day = date(until.year - 1, 1, 1)
    with database.writing(Scope.system("demo")) as db:
        teams = _teams(db, max(2, sessions // SESSIONS_A_STRUCTURE), first_day, until)
        total = round(sessions * ((until - first_day).days + 1) / 365)
        known, pending = catalogue(db), Pending(db)
        for number, day in enumerate(_days(rng, first_day, until, total)):
            _one_session(pending, rng, rng.choice(teams), known, day)
            if number % BATCH == 0:
                pending.write()
                if progress:
                    progress(number, total)
        pending.write()
        for team in teams:
            _finish_files(team)
            _follow_ups(db, rng, team, until, now)
    return total


def _teams(db: WriteSession, count: int, first_day: date, until: date) -> list[Team]:
    teams = []
    start = datetime(first_day.year, 1, 1, tzinfo=UTC)
    for rank in range(count):
        name, commune, places = world.STRUCTURES[rank % len(world.STRUCTURES)]
        suffix = "" if rank < len(world.STRUCTURES) else f" {rank // len(world.STRUCTURES) + 1}"
        organisation = organisations.create_organisation(
            db,
            name=f"{name}{suffix}",
            commune=commune,
            now=start,
            first_day_on=until,
            is_demo=True,
        )
        made = [
            organisations.create_place(
                db, organisation, name=f"{place}{suffix}", commune=commune, opened_on=first_day
            )
            for place in places
        ]
        advisers = _advisers(db, organisation, rank, start)
        teams.append(Team(organisation, made, advisers, KeyMaker(db, organisation.id)))
    _others(db, teams, start)
    return teams


def _account(
    db: WriteSession, email: str, name: str, held: list[tuple[Role, UUID | None]], start: datetime
) -> UUID:
    account = accounts.create_account(
        db, email=email, name=name, password=PASSWORD, memberships=held, now=start, is_demo=True
    )
    return account.id


def _advisers(
    db: WriteSession, organisation: Organisation, rank: int, start: datetime
) -> list[UUID]:
    names = world.ADVISERS[rank % 2]
    domain = ("mediatheque", "france-services")[rank] if rank < 2 else organisation.slug
    return [
        _account(
            db,
            f"{name.split()[0].lower().replace('ë', 'e').replace('é', 'e')}@{domain}.example",
            name,
            [(Role.ADVISER, organisation.id)],
            start,
        )
        for name in names
    ]


def _others(db: WriteSession, teams: list[Team], start: datetime) -> None:
    """Make the five other people of the demonstration."""
    every = [team.organisation.id for team in teams]
    first_two = every[:2] if len(every) == 2 else every
    for email, name, held in (
        ("claire@departement.example", "Claire Lefort", [(Role.COORDINATOR, o) for o in first_two]),
        ("farid@financeur.example", "Farid Rahmani", [(Role.FUNDER, None)]),
        ("alix@mediatheque.example", "Alix Moreau", [(Role.ADMIN, every[0])]),
        ("dora@departement.example", "Dora Klein", [(Role.DPO, o) for o in every]),
        ("root@escale.example", "Rose Instance", [(Role.INSTANCE_ADMIN, None)]),
    ):
        _account(db, email, name, list(held), start)


def _days(rng: random.Random, first: date, until: date, total: int) -> list[date]:
    """Draw the day of each activity by how busy days are."""
    days = [first + timedelta(days=i) for i in range((until - first).days + 1)]
    bounds = list(accumulate(world.busyness(day) for day in days))
    return sorted(days[bisect(bounds, rng.random() * bounds[-1])] for _ in range(total))


def _one_session(
    pending: Pending, rng: random.Random, team: Team, known: Catalogue, day: date
) -> None:
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
    session = AssistedSession(
        id=_id(rng, at),
        organisation_id=team.organisation.id,
        place_id=place.id,
        author_id=rng.choice(team.advisers),
        kind=kind,
        held_on=day,
        duration_min=None if kind is SessionKind.PASSAGE else pick(rng, world.DURATIONS),
        recorded_at=at,
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
        procedures=[],
    )
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
                case_id=case.id if case else None,
                procedure=helped.slug,
                outcome=helped.outcome,
                blockers=helped.blockers,
                papers=[],
            )
        )
    pending.add(session)


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
        level="debutant",
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


def _finish_files(team: Team) -> None:
    team.organisation.files_version += 1


def _follow_ups(
    db: WriteSession, rng: random.Random, team: Team, until: date, now: datetime
) -> None:
    """Plan to come back to people whose procedure is stuck: some late today, some soon."""
    stuck = [k for k in team.known[-160:] if k.cases]
    gaps = (-3, -1, -8, -2, 0, 0, 1, 3, 6)
    for rank, known in enumerate(rng.sample(stuck, min(len(stuck), 4 * len(gaps)))):
        case = next(iter(known.cases.values()))
        blocker = vocabularies.blocker(case.blockers[0]) if case.blockers else None
        reason = (
            f"{blocker.short_label} : {blocker.what_helps[0].lower()}"
            if blocker and blocker.what_helps
            else "Voir où en est la réponse"
        )
        _plan(
            db,
            team,
            known,
            case,
            until + timedelta(days=gaps[rank % len(gaps)]),
            team.advisers[rank // len(gaps) % len(team.advisers)],
            reason,
            now,
        )


def _plan(
    db: WriteSession,
    team: Team,
    known: Known,
    case: ProcedureCase,
    due_on: date,
    adviser_id: UUID,
    reason: str,
    now: datetime,
) -> None:
    row = FollowUp(
        organisation_id=team.organisation.id,
        resident_id=known.resident.id,
        procedure=case.procedure,
        place_id=team.places[0].id,
        adviser_id=adviser_id,
        due_on=due_on,
        reason=Sealed(),
        created_at=now - timedelta(days=10),
    )
    cipher = subject_ciphers(db, {known.resident.id})[known.resident.id]
    row.reason = cipher.seal(reason, table="follow_up", column="reason", row=row.id)
    db.add(row)
    db.flush()


def _instant(rng: random.Random, day: date) -> datetime:
    minute = rng.choice((9, 9, 10, 10, 11, 14, 14, 15, 16)) * 60 + rng.randrange(60)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute - 60)


def _id(rng: random.Random, at: datetime) -> UUID:
    """Make a UUIDv7 from the seed, so that the same seed gives the same demonstration."""
    number = int(at.timestamp() * 1000) << 80 | rng.getrandbits(80)
    number = number & ~(0xF << 76) | 7 << 76
    return UUID(int=number & ~(0x3 << 62) | 2 << 62)
