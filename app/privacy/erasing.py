"""Erasing a person (art. 17 RGPD), or leaving her anonymous when she objects (art. 21).

Her key goes first: what it closed cannot be read any more, in a copy either (security-privacy C5).
Visits stay in counts, without her.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import col, delete, func, or_, select, update

from app.agenda.models import FollowUp
from app.agenda.workshop_models import Registration
from app.assessments.models import Assessment
from app.audit.models import Did
from app.audit.service import record
from app.core.db import WriteSession
from app.core.errors import NotFound
from app.imports.forgetting import forget_person
from app.messages.models import Message
from app.organisations.models import SubjectKey
from app.procedures.models import ProcedureCase
from app.residents.agreement_models import Agreement
from app.residents.mandate_models import Mandate
from app.residents.merge_models import Merge, TwoPeople
from app.residents.models import Resident
from app.residents.referral_models import Referral
from app.residents.service import names_changed, open_joined
from app.sessions.drafts import drop_drafts_of
from app.sessions.models import AssistedSession, Attendance, ProcedureHelp, SessionKind
from app.statistics.subjects import forget_resident

_HERS = (
    ProcedureCase,
    FollowUp,
    Registration,
    Agreement,
    Mandate,
    Referral,
    Assessment,
    Message,
)


class Why(StrEnum):
    """Why a person is erased. Only the code is kept, in the access record."""

    ASKED = "demande"
    OBJECTS = "opposition"
    MISTAKE = "erreur"


@dataclass(frozen=True)
class Erased:
    """What an erasure left without a name, and what it took away."""

    visits: int
    follow_ups: int


def erase(
    db: WriteSession, resident_id: UUID, *, why: Why, by: UUID | None, now: datetime
) -> Erased:
    """Erase a person's file and those joined with it; visits stay, anonymous. Raises NotFound.

    `by`: an account; None for a command. Needs the system's scope: figures are cut from her too.
    """
    row = db.get(Resident, resident_id, with_for_update=True, populate_existing=True)
    if row is None or row.merged_into is not None:
        raise NotFound("Cette fiche n’existe pas.")
    ids, key_ids = _files(db, row)
    for person in open_joined(db, ids):
        forget_person(db, row.organisation_id, person.given_name, person.family_name)
    drop_drafts_of(db, row.organisation_id, ids)
    _take_notes_away(db, ids, key_ids)
    visits = _count(db, Attendance, ids)
    db.execute(
        update(Attendance).where(col(Attendance.resident_id).in_(ids)).values(resident_id=None)
    )
    follow_ups = _count(db, FollowUp, ids)
    cases = select(ProcedureCase.id).where(col(ProcedureCase.resident_id).in_(ids))
    db.execute(
        update(ProcedureHelp).where(col(ProcedureHelp.case_id).in_(cases)).values(case_id=None)
    )
    for model in _HERS:
        db.execute(delete(model).where(col(model.resident_id).in_(ids)))
    db.execute(delete(Merge).where(or_(col(Merge.kept_id).in_(ids), col(Merge.gone_id).in_(ids))))
    db.execute(
        delete(TwoPeople).where(
            or_(col(TwoPeople.first_id).in_(ids), col(TwoPeople.second_id).in_(ids))
        )
    )
    for one in ids:
        forget_resident(db, one)
    db.execute(update(Resident).where(col(Resident.id).in_(ids)).values(merged_into=None))
    db.execute(delete(Resident).where(col(Resident.id).in_(ids)))
    db.execute(delete(SubjectKey).where(col(SubjectKey.id).in_(key_ids)))
    names_changed(db, row.organisation_id)
    record(
        db,
        Did.OBJECT_RESIDENT if why is Why.OBJECTS else Did.ERASE_RESIDENT,
        at=now,
        account_id=by,
        organisation_id=row.organisation_id,
        subject_id=resident_id,
    )
    return Erased(visits, follow_ups)


def _take_notes_away(db: WriteSession, ids: list[UUID], key_ids: list[UUID]) -> None:
    """Take away what was written of her: notes and free texts of the visits that she came to.

    A workshop's note tells of a group; it stays unless it was closed under her key.
    """
    came = select(col(Attendance.session_id)).where(col(Attendance.resident_id).in_(ids))
    db.execute(
        update(AssistedSession)
        .where(
            or_(
                col(AssistedSession.note_key_id).in_(key_ids),
                col(AssistedSession.id).in_(came)
                & (col(AssistedSession.kind) != SessionKind.WORKSHOP),
            )
        )
        .values(note=None, note_key_id=None, precision=None)
    )


def _files(db: WriteSession, row: Resident) -> tuple[list[UUID], list[UUID]]:
    """List a file and all that was joined into it, with their keys."""
    found = {row.id: row.key_id}
    while True:
        more = db.exec(
            select(Resident.id, Resident.key_id).where(
                col(Resident.merged_into).in_(found), col(Resident.id).not_in(found)
            )
        ).all()
        if not more:
            return list(found), list(found.values())
        found |= dict(more)


def _count(db: WriteSession, model: type[Attendance] | type[FollowUp], ids: list[UUID]) -> int:
    return db.exec(select(func.count(col(model.id))).where(col(model.resident_id).in_(ids))).one()
