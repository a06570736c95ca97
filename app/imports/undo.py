"""Takes an import back as a whole, as long as nothing was built on what it brought."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, func, select

from app.agenda.models import FollowUp
from app.agenda.workshop_models import Registration, Workshop
from app.audit.models import Did
from app.audit.service import record
from app.core.db import Database, ReadSession, WriteSession
from app.core.errors import Conflict
from app.core.scope import Scope
from app.core.text import plural
from app.imports.models import ImportRun, RunState
from app.imports.people import met_in, names_changed, recount
from app.imports.runs import Target, run_of
from app.organisations.models import Place, SubjectKey
from app.procedures.models import ProcedureCase
from app.residents.models import Resident
from app.sessions.models import AssistedSession, Attendance, ProcedureHelp, SessionTheme
from app.statistics.models import StatisticsLedger, StatisticsSubject

BATCH = 500


def undo(target: Target, run_id: UUID) -> ImportRun:
    """Remove what an import created. Raises NotFound, or Conflict with what was built on it.

    All of it goes in one transaction, or nothing does.
    """
    closed = _closed_figures(target.database, run_id)
    with target.database.writing(target.scope) as db:
        run = run_of(db, run_id)
        if run.state not in (RunState.DONE, RunState.STOPPED):
            raise Conflict("Cette reprise n’a rien écrit, ou elle est déjà annulée.")
        _refuse(db, run, closed)
        sessions = _ids(db, AssistedSession, run)
        residents = _ids(db, Resident, run)
        keys = db.exec(select(Resident.key_id).where(col(Resident.import_run_id) == run.id)).all()
        met = met_in(db, run.id)
        for part in _parts(sessions):
            for model in (Attendance, SessionTheme):
                db.execute(delete(model).where(col(model.session_id).in_(part)))
            db.execute(delete(AssistedSession).where(col(AssistedSession.id).in_(part)))
        for part in _parts(residents):
            db.execute(delete(Resident).where(col(Resident.id).in_(part)))
        for part in _parts(keys):
            db.execute(delete(SubjectKey).where(col(SubjectKey.id).in_(part)))
        _remove_places(db, run)
        recount(db, met)
        names_changed(db, run.organisation_id)
        run.state, run.moved_at, run.ended_at = RunState.UNDONE, target.now, target.now
        run.refused_rows = run.report = None
        _note(db, target, run)
    return run


def why_not(db: ReadSession, run: ImportRun) -> str:
    """Say what was built on an import, figures aside; empty when it can be taken back."""
    corrected = _count(
        db,
        select(AssistedSession.id).where(
            col(AssistedSession.import_run_id) == run.id,
            col(AssistedSession.version) > 1,
            col(AssistedSession.removed_at).is_(None),
        ),
    )
    if corrected:
        many = plural(corrected, "activité a été corrigée", "activités ont été corrigées")
        return f"{many} depuis cette reprise. Elle ne peut plus être annulée en entier."
    mine = select(Resident.id).where(col(Resident.import_run_id) == run.id)
    here = select(AssistedSession.id).where(col(AssistedSession.import_run_id) == run.id)
    people = select(Attendance.id).where(col(Attendance.session_id).in_(here))
    for query in (
        select(Resident.id).where(col(Resident.import_run_id) == run.id, col(Resident.version) > 1),
        select(Attendance.id).where(
            col(Attendance.resident_id).in_(mine), col(Attendance.session_id).not_in(here)
        ),
        select(FollowUp.id).where(col(FollowUp.resident_id).in_(mine)),
        select(Registration.id).where(col(Registration.resident_id).in_(mine)),
        select(ProcedureCase.id).where(col(ProcedureCase.resident_id).in_(mine)),
        select(ProcedureHelp.id).where(col(ProcedureHelp.attendance_id).in_(people)),
        select(Workshop.id).where(col(Workshop.session_id).in_(here)),
    ):
        if _count(db, query):
            return (
                "Des fiches ou des activités de cette reprise servent déjà. "
                "Elle ne peut plus être annulée en entier."
            )
    return ""


def _refuse(db: ReadSession, run: ImportRun, closed: int) -> None:
    built = why_not(db, run)
    if built:
        raise Conflict(built)
    if closed:
        raise Conflict(
            "Les chiffres des mois repris sont clos, et comptent déjà ces activités. "
            "La reprise ne peut plus être annulée."
        )


def _closed_figures(database: Database, run_id: UUID) -> int:
    """Count the attendances of an import that a closed month holds: figures never go back."""
    with database.reading(Scope.system("has a month closed on an import")) as db:
        subjects = select(StatisticsSubject.subject).join(
            Resident, col(Resident.id) == col(StatisticsSubject.resident_id)
        )
        return _count(db, subjects.where(col(Resident.import_run_id) == run_id)) + _count(
            db,
            select(StatisticsLedger.attendance_id)
            .join(Attendance, col(Attendance.id) == col(StatisticsLedger.attendance_id))
            .join(AssistedSession, col(AssistedSession.id) == col(Attendance.session_id))
            .where(col(AssistedSession.import_run_id) == run_id),
        )


def _remove_places(db: WriteSession, run: ImportRun) -> None:
    """Remove the places that an import made and that nothing else uses."""
    for place_id in map(UUID, run.places):
        uses: Sequence[Any] = (
            select(AssistedSession.id).where(col(AssistedSession.place_id) == place_id),
            select(FollowUp.id).where(col(FollowUp.place_id) == place_id),
            select(Workshop.id).where(col(Workshop.place_id) == place_id),
        )
        place = db.get(Place, place_id)
        is_reopened = place is not None and place.closed_on is None
        if place is not None and not is_reopened and not any(_count(db, use) for use in uses):
            db.delete(place)
    db.flush()


def _note(db: WriteSession, target: Target, run: ImportRun) -> None:
    record(
        db,
        Did.UNDO_IMPORT,
        at=target.now,
        account_id=target.account_id,
        organisation_id=run.organisation_id,
        subject_id=run.id,
    )


def _ids(db: ReadSession, model: Any, run: ImportRun) -> Sequence[UUID]:
    return db.exec(select(model.id).where(col(model.import_run_id) == run.id)).all()


def _parts(ids: Sequence[UUID]) -> list[Sequence[UUID]]:
    return [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]


def _count(db: ReadSession, query: Any) -> int:
    found: int = db.exec(select(func.count()).select_from(query.subquery())).one()
    return found
