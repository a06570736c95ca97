"""Where one resident's procedure stands: moved by each visit about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.procedures.models import Outcome, ProcedureCase


@dataclass(frozen=True)
class Step:
    """What one visit did to a procedure."""

    on: date
    outcome: Outcome
    blockers: Sequence[str]
    papers: Sequence[str]


def record_outcome(
    db: WriteSession, organisation_id: UUID, resident_id: UUID, procedure: str, step: Step
) -> ProcedureCase:
    """Move a resident's open procedure on, or open one; a closed one is not opened again."""
    case = db.exec(
        select(ProcedureCase)
        .where(
            col(ProcedureCase.resident_id) == resident_id,
            col(ProcedureCase.procedure) == procedure,
            col(ProcedureCase.closed_on).is_(None),
        )
        .order_by(col(ProcedureCase.opened_on).desc())
        .with_for_update()
    ).first()
    if case is None:
        case = ProcedureCase(
            organisation_id=organisation_id,
            resident_id=resident_id,
            procedure=procedure,
            outcome=step.outcome,
            opened_on=step.on,
            moved_on=step.on,
        )
        db.add(case)
    _move(case, step)
    case.paper_marks = {p: has for p, has in case.paper_marks.items() if p not in step.papers}
    db.flush()
    return case


def mark_paper(db: WriteSession, case: ProcedureCase, paper: str, *, has: bool) -> None:
    """Tick or untick a paper between two visits; a visit that brings it later has the last word."""
    case.paper_marks = case.paper_marks | {paper: has}
    db.flush()


def replay(db: WriteSession, case_id: UUID, steps: Sequence[Step]) -> None:
    """Tell a procedure's story again after a visit was corrected or removed; none left, no case."""
    case = db.get(ProcedureCase, case_id)
    if case is None:
        return
    if not steps:
        db.delete(case)
        return
    ordered = sorted(steps, key=lambda step: step.on)
    case.opened_on = case.moved_on = ordered[0].on
    case.papers, case.closed_on = [], None
    for step in ordered:
        _move(case, step)


def _move(case: ProcedureCase, step: Step) -> None:
    case.outcome = step.outcome
    case.moved_on = max(case.moved_on, step.on)
    case.blockers = list(step.blockers)
    case.papers = list(dict.fromkeys([*case.papers, *step.papers]))
    case.closed_on = step.on if step.outcome.closes else None


def cases_of(db: ReadSession, resident_ids: Sequence[UUID]) -> list[ProcedureCase]:
    """List some residents' procedures, the last moved first."""
    return list(
        db.exec(
            select(ProcedureCase)
            .where(col(ProcedureCase.resident_id).in_(resident_ids))
            .order_by(col(ProcedureCase.moved_on).desc(), col(ProcedureCase.id).desc())
        )
    )
