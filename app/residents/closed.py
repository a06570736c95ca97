"""Files as they are read, closed, with the keys that open them."""

from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam
from sqlmodel import col, select

from app.organisations.keys import wraps
from app.organisations.models import OrganisationKey, SubjectKey
from app.residents.models import Resident

FILES = (  # built once, as what each page with names asks
    select(Resident, SubjectKey, OrganisationKey)
    .join(SubjectKey, col(SubjectKey.id) == col(Resident.key_id))
    .join(OrganisationKey, wraps())
    .where(
        col(Resident.id).in_(bindparam("wanted", expanding=True)),
        col(Resident.merged_into).is_(None),
    )
)


class ClosedFile(NamedTuple):
    """A file as read, with the keys that open it."""

    resident: Resident
    key: SubjectKey
    own: OrganisationKey


def with_closed_files(query: Any, resident_id: Any) -> Select[Any]:
    """Read along the file of whoever a column names, three columns more; `name_read` opens it."""
    return (  # type: ignore[no-any-return]
        query.add_columns(Resident, SubjectKey, OrganisationKey)
        .outerjoin(
            Resident, and_(col(Resident.id) == resident_id, col(Resident.merged_into).is_(None))
        )
        .outerjoin(SubjectKey, col(SubjectKey.id) == col(Resident.key_id))
        .outerjoin(OrganisationKey, wraps())
    )
