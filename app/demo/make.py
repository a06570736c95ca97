"""Makes the demonstration: structures, people, two years of activities, follow-ups late today."""

import random
from bisect import bisect
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from uuid import UUID

from sqlmodel import select

from app.accounts import service as accounts
from app.accounts.models import Account
from app.accounts.permissions import Role
from app.core.db import Database, WriteSession
from app.core.errors import Forbidden
from app.core.scope import Scope
from app.core.settings import Settings
from app.demo import world
from app.demo.assessments import assess, assess_in_the_past
from app.demo.follow_ups import end_follow_ups, plan_follow_ups
from app.demo.visits import Pending, Team, one_session
from app.demo.workshops import plan_agenda
from app.organisations import service as organisations
from app.organisations.keys import KeyMaker
from app.organisations.models import Organisation
from app.procedures.service import catalogue

PASSWORD = "escale-demo-2026"  # noqa: S105  public, refused in production
SESSIONS_A_STRUCTURE = 3_000
BATCH = 500
Progress = Callable[[int, int], None]


def is_empty(database: Database) -> bool:
    """Tell whether nobody has an account yet."""
    with database.reading(Scope.system("demo")) as db:
        return db.exec(select(Account).limit(1)).first() is None


def has_demo(database: Database) -> bool:
    """Tell whether demonstration accounts can sign in here."""
    with database.reading(Scope.system("demo")) as db:
        return db.exec(select(Account).where(Account.is_demo).limit(1)).first() is not None


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
        teams = _teams(db, max(2, sessions // SESSIONS_A_STRUCTURE), first_day, until, seed)
        total = round(sessions * ((until - first_day).days + 1) / 365)
        known, pending = catalogue(db), Pending(db)
        for number, day in enumerate(_days(rng, first_day, until, total)):
            one_session(pending, rng, rng.choice(teams), known, day)
            if number % BATCH == 0:
                pending.write()
                if progress:
                    progress(number, total)
        pending.write()
        for team in teams:
            _finish_files(team)
            plan_follow_ups(db, rng, team, until, now)
            plan_agenda(
                db,
                rng,
                team.organisation,
                team.places[0],
                team.advisers[0],
                [known.resident.id for known in team.known[-60:]],
                until=until,
                now=now,
            )
        for team in teams:  # last: what is drawn before does not depend on it
            people = list(dict.fromkeys(known.resident.id for known in team.known[-60:]))
            assess(db, rng, team.organisation, team.advisers[0], people, now=now)
        for team in teams:
            end_follow_ups(db, rng, team, until)
            assess_in_the_past(db, rng, team, now=now)
    return total


def _teams(db: WriteSession, count: int, first_day: date, until: date, seed: int) -> list[Team]:
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
                db,
                organisation,
                name=f"{place}{suffix}",
                commune=commune,
                opened_on=first_day,
                address=world.STREETS[number % len(world.STREETS)],
            )
            for number, place in enumerate(places, start=rank)
        ]
        for number, place in enumerate(made):
            place.hours = world.HOURS
            place.phone = f"+3326191{rank % 100:02d}{number:02d}"
        advisers = _advisers(db, organisation, rank, start)
        more = random.Random(f"{seed}, {rank}")
        teams.append(Team(organisation, made, advisers, KeyMaker(db, organisation.id), more))
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


def _finish_files(team: Team) -> None:
    team.organisation.files_version += 1
