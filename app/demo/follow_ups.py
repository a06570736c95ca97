"""Follow-ups of the demonstration: late today, soon, and those of the past with their end."""

import random
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from app.agenda.models import FollowUp, FollowUpState
from app.core.crypto import Cipher, Sealed
from app.core.db import WriteSession
from app.demo.people import pick
from app.demo.visits import Known, Team
from app.reference import vocabularies
from app.residents.service import subject_ciphers

PLANNED = (  # days from today, and the hour of an appointment
    *((-3, None), (-1, None), (-8, None), (-2, time(11)), (0, None), (0, time(10, 15))),
    *((1, time(9, 30)), (3, time(10, 30)), (6, time(14)), (0, time(15)), (1, time(16)), (2, None)),
)
FOLLOWED_UP = 0.75  # of people known, in the past
TIMES = ((1, 6), (2, 3), (3, 1))
HOURS = (*((None, 4), (time(9, 30), 2), (time(10, 30), 2)), *((time(14), 2), (time(16), 1)))
ENDS = (
    (FollowUpState.DONE, 68),
    (FollowUpState.NO_SHOW, 22),
    (FollowUpState.CALLED_OFF, 5),
    (FollowUpState.DECLINED, 5),
)
REASONS = ("Voir où en est la réponse", "Revoir les papiers", "Reprendre la messagerie")
SUNDAY = 6


def plan_follow_ups(
    db: WriteSession, rng: random.Random, team: Team, until: date, now: datetime
) -> None:
    """Plan to come back to people whose procedure is stuck: some late today, some soon."""
    stuck = [k for k in team.known[-160:] if k.cases]
    for rank, known in enumerate(rng.sample(stuck, min(len(stuck), 4 * len(PLANNED)))):
        gap, starts_at = PLANNED[rank % len(PLANNED)]
        case = next(iter(known.cases.values()))
        blocker = vocabularies.blocker(case.blockers[0]) if case.blockers else None
        reason = (
            f"{blocker.short_label} : {blocker.what_helps[0].lower()}"
            if blocker and blocker.what_helps
            else REASONS[0]
        )
        row = _row(
            team,
            known,
            (until + timedelta(days=gap), starts_at),
            team.places[0].id,
            team.advisers[rank // len(PLANNED) % len(team.advisers)],
            now - timedelta(days=10),
        )
        row.procedure = case.procedure
        cipher = subject_ciphers(db, {known.resident.id})[known.resident.id]
        _write(db, row, reason, cipher)


def end_follow_ups(db: WriteSession, rng: random.Random, team: Team, until: date) -> None:
    """Make the follow-ups of the past: most done, some where nobody came, a few cancelled."""
    people = [known for known in team.known if rng.random() < FOLLOWED_UP]
    ciphers = subject_ciphers(db, {known.resident.id for known in people})
    for known in people:
        due = known.resident.created_at.date()
        for _ in range(pick(rng, TIMES)):
            due += timedelta(days=rng.randint(5, 40))
            due += timedelta(days=due.weekday() == SUNDAY)
            if due >= until:
                break
            settled = datetime(due.year, due.month, due.day, 17, tzinfo=UTC)
            row = _row(
                team,
                known,
                (due, pick(rng, HOURS)),
                rng.choice(team.places).id,
                rng.choice(team.advisers),
                settled - timedelta(days=5),
            )
            row.state, row.settled_at = pick(rng, ENDS), settled
            _write(db, row, rng.choice(REASONS), ciphers[known.resident.id])
    db.flush()


def _row(
    team: Team,
    known: Known,
    due: tuple[date, time | None],
    place_id: UUID,
    adviser_id: UUID,
    created_at: datetime,
) -> FollowUp:
    return FollowUp(
        organisation_id=team.organisation.id,
        resident_id=known.resident.id,
        place_id=place_id,
        adviser_id=adviser_id,
        due_on=due[0],
        starts_at=due[1],
        duration_min=45 if due[1] else None,
        reason=Sealed(),
        created_at=created_at,
    )


def _write(db: WriteSession, row: FollowUp, reason: str, cipher: Cipher) -> None:
    row.reason = cipher.seal(reason, table="follow_up", column="reason", row=row.id)
    db.add(row)
