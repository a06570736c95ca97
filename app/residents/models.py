"""What is kept about one resident: identity encrypted, codes for statistics beside it."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlmodel import Field

from app.core.crypto import EncryptedText, Sealed
from app.core.ids import new_id
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scoped, Wall

_IDENTITY = personal(Purpose.FOLLOW_UP, Keep.RESIDENT)
_CONTACT = personal(Purpose.CONTACT, Keep.RESIDENT)
_PROFILE = personal(Purpose.STATISTICS, Keep.RESIDENT)


class Resident(Scoped, table=True):
    """A resident file of one structure. A file needs that the person was told (RGPD art. 13)."""

    __tablename__ = "resident"
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    key_id: UUID = Field(foreign_key="subject_key.id")
    given_name: Sealed = Field(sa_type=EncryptedText, sa_column_kwargs=_IDENTITY)
    family_name: Sealed = Field(sa_type=EncryptedText, sa_column_kwargs=_IDENTITY)
    birth_year: Sealed | None = Field(
        default=None, sa_type=EncryptedText, sa_column_kwargs=_IDENTITY
    )
    phone: Sealed | None = Field(default=None, sa_type=EncryptedText, sa_column_kwargs=_CONTACT)
    email: Sealed | None = Field(default=None, sa_type=EncryptedText, sa_column_kwargs=_CONTACT)
    note: Sealed | None = Field(default=None, sa_type=EncryptedText, sa_column_kwargs=_IDENTITY)
    commune: str | None = Field(default=None, sa_column_kwargs=_PROFILE)  # Insee code
    age_band: str = Field(default="non_communique", sa_column_kwargs=_PROFILE)
    gender: str = Field(default="non_communique", sa_column_kwargs=_PROFILE)
    status: str = Field(default="non_communique", sa_column_kwargs=_PROFILE)
    language: str = Field(default="fr", sa_column_kwargs=_PROFILE)
    reached_by: str = Field(default="", sa_column_kwargs=_CONTACT)
    informed_on: date = Field(sa_column_kwargs=personal(Purpose.PROOF, Keep.RESIDENT))
    informed_how: str = Field(sa_column_kwargs=personal(Purpose.PROOF, Keep.RESIDENT))
    informed_by: UUID | None = Field(default=None, foreign_key="account.id")
    created_at: datetime
    last_contact_on: date = Field(sa_column_kwargs=personal(Purpose.FOLLOW_UP, Keep.RESIDENT))
    visits: int = 0
    import_run_id: UUID | None = Field(default=None, index=True)  # the import that brought it in
    updated_run_id: UUID | None = Field(default=None, index=True)  # the last that changed it
    import_updates: int = 0  # how many of its versions are of imports
    merged_into: UUID | None = Field(default=None, foreign_key="resident.id", index=True)
    version: int = 1
