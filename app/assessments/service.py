"""Assessments of residents: starting, answering one question at a time, finishing, reading again.

Answers are written one by one, so that nothing is lost when the tablet is put down. The deed in the
access record is the assessment's start, its end, each reading: not each of the twenty answers.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from app.accounts.actor import Actor
from app.assessments import scoring
from app.assessments.bank import CURRENT, Bank, Question, bank
from app.assessments.models import Assessment
from app.audit.models import Did
from app.core.crypto import Cipher, Sealed
from app.core.db import ReadSession, WriteSession
from app.core.errors import Conflict, Invalid, NotFound
from app.residents.service import held_resident, note_deed, subject_ciphers

TABLE = "assessment"
FINISHED = "Ce diagnostic est terminé. Voici son résultat\u00a0: rien n’a été changé."
CHOOSE = "Choisissez une réponse. Si vous hésitez, choisissez «\u00a0Je ne sais pas\u00a0»."


@dataclass(frozen=True)
class Opened:
    """One assessment, its answers opened. Lives for one request."""

    id: UUID
    resident_id: UUID
    bank: Bank
    answers: dict[str, str]
    scores: dict[str, int | None]  # empty until it is finished
    divides: list[str]
    started_at: datetime
    finished_at: datetime | None

    @property
    def to_answer(self) -> Question | None:
        """The first question left; None when all are answered."""
        return next(iter(self.bank.unanswered(self.answers)), None)


def start(
    db: WriteSession, actor: Actor, resident_id: UUID, *, again: bool = False, now: datetime
) -> Assessment:
    """Start an assessment, or take up the one under way; `again` begins it from the first question.

    Raises NotFound, or Conflict for a file joined with another.
    """
    held_resident(db, resident_id)  # two tablets start one only
    under_way = _under_way(db, resident_id)
    if under_way is not None and not again:
        note_deed(db, actor, Did.READ_ASSESSMENT, resident_id, now=now)
        return under_way
    if under_way is not None:
        db.delete(under_way)
    row = Assessment(
        organisation_id=actor.organisation_id,
        resident_id=resident_id,
        bank_version=CURRENT,
        answers=Sealed(),
        started_at=now,
        started_by=actor.account_id,
    )
    row.answers = seal(row, "answers", {}, _cipher(db, resident_id))
    db.add(row)
    db.flush()
    note_deed(db, actor, Did.START_ASSESSMENT, resident_id, now=now)
    return row


def _under_way(db: WriteSession, resident_id: UUID) -> Assessment | None:
    return db.exec(
        select(Assessment)
        .where(col(Assessment.resident_id) == resident_id, col(Assessment.finished_at).is_(None))
        .order_by(col(Assessment.started_at).desc())
        .limit(1)
        .with_for_update()  # one that another tablet ends at this instant is not under way any more
    ).first()


def answer(
    db: WriteSession, resident_id: UUID, assessment_id: UUID, question: Question, code: str
) -> Opened:
    """Keep one answer; the later one of a question counts.

    Raises NotFound, Invalid("answer") for what is no answer, Conflict once it is finished.
    """
    row = _held(db, resident_id, assessment_id)
    if not question.takes(code):
        raise Invalid("answer", CHOOSE)
    cipher = _cipher(db, resident_id)
    answers = _read(row, "answers", cipher) | {question.id: code}
    row.answers = seal(row, "answers", answers, cipher)
    db.flush()
    return _opened(row, cipher)


def finish(
    db: WriteSession, actor: Actor, resident_id: UUID, assessment_id: UUID, *, now: datetime
) -> Opened:
    """Work the scores out, once every question is answered.

    Raises NotFound, Invalid("answer") while one is left, Conflict once it is finished.
    """
    row = _held(db, resident_id, assessment_id)
    cipher = _cipher(db, resident_id)
    opened = _opened(row, cipher)
    if opened.to_answer is not None:
        raise Invalid("answer", CHOOSE)
    settle(row, opened.bank, opened.answers, cipher, now=now)
    db.flush()
    note_deed(db, actor, Did.FINISH_ASSESSMENT, resident_id, now=now)
    return _opened(row, cipher)


def settle(
    row: Assessment, questions: Bank, answers: dict[str, str], cipher: Cipher, *, now: datetime
) -> None:
    """Write on a row what its answers say."""
    row.scores = seal(row, "scores", scoring.scores(questions, answers), cipher)
    row.divides = list(scoring.told(questions, answers).divides)
    row.finished_at = now


def read(db: ReadSession, resident_id: UUID, assessment_id: UUID) -> Opened:
    """Open one assessment of a resident. Raises NotFound. The caller writes the record."""
    row = db.get(Assessment, assessment_id)
    if row is None or row.resident_id != resident_id:
        raise NotFound("Ce diagnostic n’existe pas, ou n’est pas de cette personne.")
    return _opened(row, _cipher(db, resident_id))


def whose(db: ReadSession, assessment_id: UUID) -> UUID | None:
    """Find whose assessment it is; None for one that is not there any more."""
    row = db.get(Assessment, assessment_id)
    return row.resident_id if row else None


def of_resident(db: ReadSession, resident_id: UUID) -> list[Opened]:
    """Open every assessment of a resident, the latest first. The caller writes the record."""
    rows = db.exec(
        select(Assessment)
        .where(col(Assessment.resident_id) == resident_id)
        .order_by(col(Assessment.started_at).desc(), col(Assessment.id))
    ).all()
    if not rows:
        return []
    cipher = _cipher(db, resident_id)
    return [_opened(row, cipher) for row in rows]


def move_assessments(
    db: WriteSession, before: UUID, after: UUID, ids: Sequence[UUID] | None = None
) -> list[UUID]:
    """Move assessments (all, or some) to another file, closed under its key."""
    query = select(Assessment).where(col(Assessment.resident_id) == before).with_for_update()
    rows = db.exec(query if ids is None else query.where(col(Assessment.id).in_(ids))).all()
    ciphers = subject_ciphers(db, {before, after}) if rows else {}
    for row in rows:
        for name in ("answers", "scores"):
            if getattr(row, name) is not None:
                setattr(
                    row, name, seal(row, name, _read(row, name, ciphers[before]), ciphers[after])
                )
        row.resident_id = after
    db.flush()
    return [row.id for row in rows]


def seal(row: Assessment, name: str, value: object, cipher: Cipher) -> Sealed:
    """Close answers or scores for their column."""
    return cipher.seal(json.dumps(value), table=TABLE, column=name, row=row.id)


def _read(row: Assessment, name: str, cipher: Cipher) -> dict[str, str]:
    found: dict[str, str] = json.loads(
        cipher.open(getattr(row, name), table=TABLE, column=name, row=row.id)
    )
    return found


def _held(db: WriteSession, resident_id: UUID, assessment_id: UUID) -> Assessment:
    """Hold an assessment until the transaction ends: two tablets may answer at once."""
    row = db.get(Assessment, assessment_id, with_for_update=True, populate_existing=True)
    if row is None or row.resident_id != resident_id:
        raise NotFound("Ce diagnostic n’existe pas, ou n’est pas de cette personne.")
    if row.finished_at is not None:
        raise Conflict(FINISHED)
    return row


def _cipher(db: ReadSession, resident_id: UUID) -> Cipher:
    return subject_ciphers(db, {resident_id})[resident_id]


def _opened(row: Assessment, cipher: Cipher) -> Opened:
    scored = cipher.open(row.scores, table=TABLE, column="scores", row=row.id) if row.scores else ""
    return Opened(
        id=row.id,
        resident_id=row.resident_id,
        bank=bank(row.bank_version),
        answers=_read(row, "answers", cipher),
        scores=json.loads(scored) if scored else {},
        divides=row.divides,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
