"""What hangs on a file and is closed under no key goes with it, when files are joined or parted."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select, update

from app.core.db import WriteSession
from app.residents.agreement_models import Agreement
from app.residents.mandate_models import Mandate

Held = Agreement | Mandate


def move_rows(
    db: WriteSession,
    before: UUID,
    after: UUID,
    ids: Sequence[UUID] | None = None,
    *,
    model: type[Held],
) -> list[UUID]:
    """Move rows of a table (all, or some) to another file of the same person; give those moved."""
    query = select(model.id).where(col(model.resident_id) == before)
    found = list(db.exec(query if ids is None else query.where(col(model.id).in_(ids))))
    db.execute(update(model).where(col(model.id).in_(found)).values(resident_id=after))
    return found
