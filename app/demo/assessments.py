"""Assessments in the demonstration: a few people, some of them twice, one stopped on the way."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.assessments import service
from app.assessments.bank import UNKNOWN, Bank, bank
from app.assessments.models import Assessment
from app.core.crypto import Cipher, Sealed
from app.core.db import WriteSession
from app.demo.visits import Team
from app.organisations.models import Organisation
from app.residents.service import subject_ciphers

PEOPLE = 10
STOPPED_AT = 6  # answers given by who stopped
AT_EASE = {
    "equipment": 3.0,
    "connection": 3.0,
    "gestures": 2.0,
    "messages": 1.0,
    "procedures": 0.5,
    "safety": 1.5,
}
MONTHS_AGO = (7, 1)
PROGRESS = 0.8
ASSESSED, ON_THE_FIRST_DAY = 0.15, 0.7
SUNDAY = 6


def assess(
    db: WriteSession,
    rng: random.Random,
    organisation: Organisation,
    adviser_id: UUID,
    people: Sequence[UUID],
    *,
    now: datetime,
) -> None:
    """Assess some people: one in two a second time, with progress; the last one stopped."""
    chosen = rng.sample(people, min(PEOPLE, len(people)))
    ciphers = subject_ciphers(db, set(chosen))
    for rank, resident_id in enumerate(chosen):
        ease = rng.uniform(-0.8, 0.8)
        times = MONTHS_AGO if rank % 2 else MONTHS_AGO[1:]
        for turn, months in enumerate(times):
            at = now - timedelta(days=30 * months + rng.randint(0, 20))
            at -= timedelta(days=at.weekday() == SUNDAY)
            row = Assessment(
                organisation_id=organisation.id,
                resident_id=resident_id,
                bank_version=bank().version,
                answers=Sealed(),
                started_at=at,
                started_by=adviser_id,
            )
            answers = _answers(rng, bank(), ease + turn * PROGRESS)
            is_stopped = rank == len(chosen) - 1 and turn == len(times) - 1
            _write(row, answers, ciphers[resident_id], is_stopped=is_stopped)
            db.add(row)
    db.flush()


def assess_in_the_past(db: WriteSession, rng: random.Random, team: Team, *, now: datetime) -> None:
    """Assess some of those who first came long ago: most of them on that day."""
    people = [known.resident for known in team.known[:-60] if rng.random() < ASSESSED]
    ciphers = subject_ciphers(db, {resident.id for resident in people})
    for resident in people:
        later = 0 if rng.random() < ON_THE_FIRST_DAY else rng.randint(1, 40)
        at = min(resident.created_at + timedelta(days=later), now - timedelta(days=1))
        row = Assessment(
            organisation_id=team.organisation.id,
            resident_id=resident.id,
            bank_version=bank().version,
            answers=Sealed(),
            started_at=at,
            started_by=rng.choice(team.advisers),
        )
        answers = _answers(rng, bank(), rng.uniform(-0.8, 0.8))
        _write(row, answers, ciphers[resident.id], is_stopped=False)
        db.add(row)
    db.flush()


def _answers(rng: random.Random, questions: Bank, ease: float) -> dict[str, str]:
    """Draw the answer nearest to how much at ease the person is in the theme."""
    found = {}
    for question in questions.questions:
        level = AT_EASE[question.theme] + ease + rng.uniform(-1, 1)
        nearest = min(question.answers, key=lambda one: abs(one.level - level))
        found[question.id] = UNKNOWN if rng.random() < 0.05 else nearest.code
    return found


def _write(row: Assessment, answers: dict[str, str], cipher: Cipher, *, is_stopped: bool) -> None:
    given = dict(list(answers.items())[:STOPPED_AT]) if is_stopped else answers
    row.answers = service.seal(row, "answers", given, cipher)
    if not is_stopped:
        ended = row.started_at + timedelta(minutes=15)
        service.settle(row, bank(row.bank_version), answers, cipher, now=ended)
