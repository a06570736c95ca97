"""People whose file came from another tool: they are still to be told that it is here.

RGPD art. 14: who did not give the data herself is told of it, at the latest when one first speaks
to her.
"""

from datetime import date, datetime
from functools import cache
from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from app.accounts.actor import Actor
from app.audit.models import Did
from app.core.db import ReadSession, WriteSession, written
from app.residents.models import Resident
from app.residents.service import NamedResident, held_resident, name_residents, note_deed

TO_TELL = "reprise"  # the way of a file that an import opened: nobody told the person yet
PAGE = 25
MOST_COUNTED = 1_000  # docs/decisions/0004
_TO_TELL = select(Resident.id).where(
    col(Resident.informed_how) == TO_TELL, col(Resident.merged_into).is_(None)
)


def how_many_to_tell(db: ReadSession) -> int:
    """Count the files whose person is to be told; stops after 1,000, and gives 1,001 then."""
    return db.exec(_count(MOST_COUNTED)).one()


@cache
def _count(most: int) -> SelectOfScalar[int]:
    return select(func.count()).select_from(_TO_TELL.limit(written(most + 1)).subquery())


def to_tell(
    db: WriteSession, actor: Actor, *, after: UUID | None, now: datetime
) -> tuple[list[NamedResident], UUID | None]:
    """Give a page of the people to tell, in the order of their files, and where the next begins."""
    query = _TO_TELL
    if after is not None:
        query = query.where(col(Resident.id) > after)
    ids = db.exec(query.order_by(col(Resident.id)).limit(PAGE + 1)).all()
    shown = ids[:PAGE]
    opened = name_residents(db, actor, shown, now=now)
    return [opened[i] for i in shown], shown[-1] if len(ids) > PAGE else None


def tell(
    db: WriteSession, actor: Actor, resident_id: UUID, how: str, *, today: date, now: datetime
) -> None:
    """Note that a person was told, by whom and how; once: who was told first stays.

    Raises NotFound, Conflict.
    """
    resident = held_resident(db, resident_id)
    if resident.informed_how != TO_TELL:
        return
    resident.informed_how, resident.informed_on = how, today
    resident.informed_by = actor.account_id
    resident.version += 1
    note_deed(db, actor, Did.CHANGE_RESIDENT, resident.id, now=now)
