"""Files as they are read, closed, with the keys that open them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlmodel import col

from app.core.crypto import Sealed
from app.core.db import one_of
from app.organisations.keys import CLOSED_KEYS, ClosedKeys, wraps
from app.organisations.models import OrganisationKey, SubjectKey
from app.residents.models import Resident


@lru_cache(maxsize=64)
def files(count: int) -> Any:
    """Read so many files whole, each with the keys that open it; `numbered` gives their ids."""
    return (
        select(Resident, *CLOSED_KEYS)
        .join(SubjectKey, col(SubjectKey.id) == col(Resident.key_id))
        .join(OrganisationKey, wraps())
        .where(one_of(col(Resident.id), count), col(Resident.merged_into).is_(None))
    )


class ClosedName(NamedTuple):
    """The name in a file as read, with the keys that open it."""

    resident_id: UUID
    given_name: Sealed
    family_name: Sealed
    keys: ClosedKeys

    @classmethod
    def read(cls, columns: Sequence[Any]) -> "ClosedName | None":
        """Read the columns that `with_closed_names` adds; None where they name nobody."""
        resident_id, given_name, family_name, *keys = columns
        if keys[-1] is None:
            return None
        return cls(resident_id, given_name, family_name, ClosedKeys(*keys))


def with_closed_names(query: Any, resident_id: Any) -> Select[Any]:
    """Read along the name of whoever a column names, closed; `name_read` opens it."""
    return (  # type: ignore[no-any-return]
        query.add_columns(
            *(col(Resident.id), col(Resident.given_name), col(Resident.family_name)), *CLOSED_KEYS
        )
        .outerjoin(
            Resident, and_(col(Resident.id) == resident_id, col(Resident.merged_into).is_(None))
        )
        .outerjoin(SubjectKey, col(SubjectKey.id) == col(Resident.key_id))
        .outerjoin(OrganisationKey, wraps())
    )
