"""How one procedure of a person is shown: how far it is, papers, deadline, and what moved it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.core.crypto import Cipher
from app.core.db import ReadSession
from app.procedures import progress
from app.procedures.models import Outcome, Procedure, ProcedureCase
from app.procedures.service import catalogue
from app.reference import vocabularies
from app.sessions.cases import reference_of
from app.sessions.models import AssistedSession

BEFORE_SENDING = (Outcome.PREPARED, Outcome.STARTED)
STEPS = (Outcome.PREPARED, Outcome.STARTED, Outcome.WAITING, Outcome.FINISHED)


@dataclass(frozen=True)
class Move:
    """One visit that moved a procedure, and what blocked it then."""

    on: date
    outcome: str
    blockers: list[str]


@dataclass(frozen=True)
class CaseView:
    """Where one procedure of the person stands."""

    procedure: Procedure
    outcome: str
    is_open: bool
    moved_on: date
    steps: list[tuple[str, str]]
    blockers: list[str]
    brought: list[str]
    to_bring: list[str]
    id: UUID
    deadline_on: date | None
    reference: str
    moves: list[Move]


def cases_of(
    db: ReadSession, resident_id: UUID, sessions: list[AssistedSession], cipher: Cipher
) -> list[CaseView]:
    """Show a person's procedures, the last moved first, each with those of her visits about it."""
    return [
        _view(db, case, reference_of(case, cipher), _moves(case.id, sessions))
        for case in progress.cases_of(db, [resident_id])
    ]


def _moves(case_id: UUID, sessions: list[AssistedSession]) -> list[Move]:
    return [
        Move(session.held_on, _label(help_.outcome), _blockers(help_.blockers))
        for session in sessions
        for attendance in session.attendances
        for help_ in attendance.procedures
        if help_.case_id == case_id
    ]


def _view(db: ReadSession, case: ProcedureCase, reference: str, moves: list[Move]) -> CaseView:
    procedure = catalogue(db).find(case.procedure)
    return CaseView(
        procedure=procedure,
        outcome=_label(case.outcome),
        is_open=case.closed_on is None,
        moved_on=case.moved_on,
        steps=_steps(case),
        blockers=_blockers(case.blockers),
        id=case.id,
        deadline_on=case.deadline_on,
        reference=reference,
        brought=case.brought,
        to_bring=[
            document
            for document in procedure.documents
            if document not in case.brought and case.outcome in BEFORE_SENDING
        ],
        moves=moves,
    )


def _steps(case: ProcedureCase) -> list[tuple[str, str]]:
    reached = STEPS.index(case.outcome) if case.outcome in STEPS else 0
    states = []
    for rank in range(len(STEPS)):
        is_done = rank < reached or case.outcome is Outcome.FINISHED
        is_now = rank == reached and case.closed_on is None
        states.append("done" if is_done else "now" if is_now else "")
    return [(_label(step), state) for step, state in zip(STEPS, states, strict=True)]


def _label(outcome: Outcome) -> str:
    return vocabularies.label("outcome", outcome.value)


def _blockers(codes: list[str]) -> list[str]:
    return [vocabularies.blocker(code).short_label for code in codes]
