"""Takes an import back as a whole, as long as nothing was built on what it brought.

What an import wrote in rows that were there before is not kept twice: it goes with these rows, when
what created them is taken back, and until then the import itself stays. A change that an import
made is nobody's correction: it holds no earlier import back.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select

from app.agenda.models import FollowUp
from app.agenda.office_models import OfficeHours
from app.agenda.workshop_models import Registration, Workshop
from app.assessments.models import Assessment
from app.audit.models import Did
from app.audit.service import record
from app.core.db import Database, ReadSession, WriteSession
from app.core.errors import Conflict
from app.core.scope import Scope
from app.core.text import plural
from app.imports.models import ImportRun, RunState
from app.imports.people import met_in, names_changed
from app.imports.runs import Target, locked, may_have_written
from app.messages.models import Message
from app.organisations.models import Place, SubjectKey
from app.procedures.models import ProcedureCase
from app.residents.agreement_models import Agreement
from app.residents.mandate_models import Mandate
from app.residents.merge_models import Merge, TwoPeople
from app.residents.models import Resident
from app.residents.referral_models import Referral
from app.sessions.models import AssistedSession, Attendance, ProcedureHelp, SessionTheme
from app.sessions.visits import recount
from app.statistics.models import StatisticsAct, StatisticsLedger, StatisticsSubject

BATCH = 500
_MODELS: tuple[Any, ...] = (AssistedSession, Resident)  # what imports create and change
_NO_MORE = "La reprise ne peut plus être annulée en entier."


class Brought(NamedTuple):
    """What an import created and is still there; taking it back removes just that."""

    activities: int
    files: int
    updated: int  # of both, that later imports changed: their changes go too


def undo(target: Target, run_id: UUID) -> ImportRun:
    """Remove what an import created. Raises NotFound, or Conflict with what was built on it.

    All of it goes in one transaction, or nothing does. An import that stopped without a word is
    taken back too: a process that would still work on it can write nothing more.
    """
    closed = _closed_figures(target.database, run_id)
    try:
        with target.database.writing(target.scope) as db:
            run = locked(db, run_id)
            if not may_have_written(run, now=target.now):
                raise Conflict(_why_nothing(run))
            _refuse(db, run, closed)
            _remove(db, run)
            run.state, run.moved_at, run.ended_at = RunState.UNDONE, target.now, target.now
            run.refused_rows = run.report = None
            _note(db, target, run)
    except IntegrityError as error:  # built between our look and our gesture
        raise Conflict(f"Une de ces fiches vient de servir. {_NO_MORE}") from error
    return run


def _remove(db: WriteSession, run: ImportRun) -> None:
    sessions = _ids(db, AssistedSession, run)
    residents = _ids(db, Resident, run)
    keys = db.exec(select(Resident.key_id).where(col(Resident.import_run_id) == run.id)).all()
    met = met_in(db, run.id)
    for part in _parts(sessions):
        for model in (Attendance, SessionTheme):
            db.execute(delete(model).where(col(model.session_id).in_(part)))
        db.execute(delete(AssistedSession).where(col(AssistedSession.id).in_(part)))
    for part in _parts(residents):
        seen = col(TwoPeople.first_id).in_(part) | col(TwoPeople.second_id).in_(part)
        db.execute(delete(TwoPeople).where(seen))
        past = col(Merge.kept_id).in_(part) | col(Merge.gone_id).in_(part)
        db.execute(delete(Merge).where(past))
        db.execute(delete(Message).where(col(Message.resident_id).in_(part)))
        db.execute(delete(Resident).where(col(Resident.id).in_(part)))
    for part in _parts(keys):
        db.execute(delete(SubjectKey).where(col(SubjectKey.id).in_(part)))
    _remove_places(db, run)
    recount(db, met)
    names_changed(db, run.organisation_id)


def _why_nothing(run: ImportRun) -> str:
    if run.state is RunState.WRITING:
        return (
            "Cette reprise est en cours. Attendez sa fin pour l’annuler, "
            "ou 5\u00a0minutes sans nouvelles d’elle."
        )
    return "Cette reprise n’a rien écrit, ou elle est déjà annulée."


def why_not(db: ReadSession, run: ImportRun) -> str:
    """Say what was built on an import, figures aside; empty when it can be taken back."""
    counts = [(_count(db, query), words) for words, query in _built_on(run).items()]
    built = [plural(count, *words) for count, words in counts if count]
    if built:
        met = _that_met(db, run) if len(built) == 1 else []
        return f"Depuis cette reprise\u00a0: {', '.join(built)}. {_first(met) or _NO_MORE}"
    return _why_updates_stay(db, run)


def brought(db: ReadSession, run: ImportRun) -> Brought:
    """Count what taking an import back would remove."""
    found = [select(model.id).where(col(model.import_run_id) == run.id) for model in _MODELS]
    touched = [
        query.where(col(model.import_updates) > 0)
        for query, model in zip(found, _MODELS, strict=True)
    ]
    activities, files = (_count(db, query) for query in found)
    return Brought(activities, files, sum(_count(db, query) for query in touched))


def _why_updates_stay(db: ReadSession, run: ImportRun) -> str:
    """Say what an import changed of what was there before it; empty when nothing of it is left.

    Of a row that a later import changed too, nothing says whether this one did: it may have.
    """
    mine = []
    for model in _MODELS:
        last = col(model.updated_run_id)
        its = or_(last == run.id, (last > run.id) & (col(model.import_updates) > 1))
        query = select(model.import_run_id).where(its, _is_not_of(model, run))
        mine.append(query.where(_is_there(model)))
    activities, files = (_count(db, query) for query in mine) if run.updated else (0, 0)
    if not activities + files:
        return ""
    words = (
        (activities, "activité mise à jour", "activités mises à jour"),
        (files, "fiche complétée", "fiches complétées"),
    )
    told = " et ".join(plural(count, one, many) for count, one, many in words if count)
    origins = {origin for query in mine for origin in db.exec(query.distinct())}
    said = f"Cette reprise a changé ce qui était là avant elle\u00a0: {told}. "
    said += "Escale n’en garde pas les anciennes valeurs. "
    if None in origins:  # a file that somebody opened here: nothing takes it back
        return f"{said}{_NO_MORE}"
    return f"{said}{_first(_named(db, origins))}"


def _is_not_of(model: Any, run: ImportRun) -> Any:
    return or_(col(model.import_run_id).is_(None), col(model.import_run_id) != run.id)


def _is_there(model: Any) -> Any:
    gone = model.removed_at if model is AssistedSession else model.merged_into
    return col(gone).is_(None)


def _that_met(db: ReadSession, run: ImportRun) -> list[str]:
    """Name the imports whose activities are about the residents of this one.

    None when some are of the team: taking imports back would not be enough.
    """
    mine = select(Resident.id).where(col(Resident.import_run_id) == run.id)
    query = (
        select(AssistedSession.import_run_id)
        .join(Attendance, col(Attendance.session_id) == col(AssistedSession.id))
        .where(col(Attendance.resident_id).in_(mine), _is_not_of(AssistedSession, run))
    )
    found = set(db.exec(query.distinct()))
    return [] if None in found else _named(db, found)


def _named(db: ReadSession, run_ids: set[UUID | None]) -> list[str]:
    query = select(ImportRun.file_name).where(col(ImportRun.id).in_(run_ids - {None}))
    return sorted(db.exec(query.distinct()))


def _first(names: Sequence[str]) -> str:
    """Say which imports to take back first; nothing when none helps."""
    if not names:
        return ""
    listed = ", ".join(f"«\u00a0{name}\u00a0»" for name in names)
    return f"Annulez d’abord\u00a0: {listed}. Celle-ci pourra l’être ensuite."


def _built_on(run: ImportRun) -> dict[tuple[str, str], Any]:
    """List what may refer to what an import created, each with its words, one and several."""
    mine = select(Resident.id).where(col(Resident.import_run_id) == run.id)
    here = select(AssistedSession.id).where(col(AssistedSession.import_run_id) == run.id)
    people = select(Attendance.id).where(col(Attendance.session_id).in_(here))
    return {
        ("activité corrigée", "activités corrigées"): here.where(
            col(AssistedSession.version) > 1 + col(AssistedSession.import_updates),
            col(AssistedSession.removed_at).is_(None),
        ),
        ("fiche complétée", "fiches complétées"): mine.where(
            col(Resident.version) > 1 + col(Resident.import_updates)
        ),
        ("accompagnement noté", "accompagnements notés"): select(Attendance.id).where(
            col(Attendance.resident_id).in_(mine), col(Attendance.session_id).not_in(here)
        ),
        ("réunion de fiches", "réunions de fiches"): select(Merge.id).where(
            or_(col(Merge.kept_id).in_(mine), col(Merge.gone_id).in_(mine)),
            col(Merge.undone_at).is_(None),
        ),
        ("suivi prévu", "suivis prévus"): select(FollowUp.id).where(
            or_(
                col(FollowUp.resident_id).in_(mine),
                col(FollowUp.session_id).in_(here),
                col(FollowUp.done_session_id).in_(here),
            )
        ),
        ("inscription à un atelier", "inscriptions à des ateliers"): _of(Registration, mine),
        ("accord noté", "accords notés"): _of(Agreement, mine),
        ("mandat noté", "mandats notés"): _of(Mandate, mine),
        ("orientation notée", "orientations notées"): _of(Referral, mine),
        ("diagnostic", "diagnostics"): _of(Assessment, mine),
        ("démarche suivie", "démarches suivies"): _of(ProcedureCase, mine),
        ("démarche notée", "démarches notées"): select(ProcedureHelp.id).where(
            col(ProcedureHelp.attendance_id).in_(people)
        ),
        ("atelier prévu", "ateliers prévus"): select(Workshop.id).where(
            col(Workshop.session_id).in_(here)
        ),
    }


def _of(model: Any, people: Any) -> Any:
    return select(model.id).where(col(model.resident_id).in_(people))


def _refuse(db: ReadSession, run: ImportRun, closed: int) -> None:
    built = why_not(db, run)
    if built:
        raise Conflict(built)
    if closed:
        raise Conflict(
            f"Les chiffres des mois repris sont clos, et comptent déjà ces activités. {_NO_MORE}"
        )


def _closed_figures(database: Database, run_id: UUID) -> int:
    """Count what a closed month holds of an import: figures never go back."""
    with database.reading(Scope.system("has a month closed on an import")) as db:
        subjects = select(StatisticsSubject.subject).join(
            Resident, col(Resident.id) == col(StatisticsSubject.resident_id)
        )
        return (
            _count(db, subjects.where(col(Resident.import_run_id) == run_id))
            + _count(
                db,
                select(StatisticsLedger.attendance_id)
                .join(Attendance, col(Attendance.id) == col(StatisticsLedger.attendance_id))
                .join(AssistedSession, col(AssistedSession.id) == col(Attendance.session_id))
                .where(col(AssistedSession.import_run_id) == run_id),
            )
            + _count(
                db,
                select(StatisticsAct.act_id)
                .join(AssistedSession, col(AssistedSession.id) == col(StatisticsAct.act_id))
                .where(col(AssistedSession.import_run_id) == run_id),
            )
        )


def _remove_places(db: WriteSession, run: ImportRun) -> None:
    """Remove the places that an import made and that nothing else uses."""
    for place_id in map(UUID, run.places):
        uses: Sequence[Any] = (
            select(AssistedSession.id).where(col(AssistedSession.place_id) == place_id),
            select(FollowUp.id).where(
                or_(col(FollowUp.place_id) == place_id, col(FollowUp.former_place_id) == place_id)
            ),
            select(Workshop.id).where(col(Workshop.place_id) == place_id),
            select(OfficeHours.id).where(col(OfficeHours.place_id) == place_id),
        )
        place = db.get(Place, place_id)
        is_reopened = place is not None and place.closed_on is None
        if place is None or is_reopened or any(_count(db, use) for use in uses):
            continue
        try:
            with db.begin_nested():
                db.delete(place)
        except IntegrityError:
            db.expire(place)  # somebody once signed in there: it stays, closed
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
