"""Mandates: what allows an adviser to act in a resident's name, for what and until when."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field

from app.core.db import coded, empty_list
from app.core.ids import new_id
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scoped, Wall

_PROOF = personal(Purpose.PROOF, Keep.RESIDENT)


class MandateKind(StrEnum):
    """How the mandate was signed."""

    AIDANTS_CONNECT = "aidants_connect"
    PAPER = "paper"


class Mandate(Scoped, table=True):
    """One written mandate: its paper or its entry in Aidants Connect stays where it was signed."""

    __tablename__ = "mandate"
    __wall__: ClassVar[Wall] = Wall.WORK

    id: UUID = Field(default_factory=new_id, primary_key=True)
    resident_id: UUID = Field(foreign_key="resident.id", index=True)
    kind: MandateKind = Field(sa_type=coded(MandateKind), sa_column_kwargs=_PROOF)
    themes: list[str] = Field(
        default_factory=empty_list, sa_type=JSON, sa_column_kwargs=_PROOF
    )  # of procedures
    signed_on: date = Field(sa_column_kwargs=_PROOF)
    ends_on: date = Field(sa_column_kwargs=_PROOF)  # its last day
    ended_on: date | None = Field(default=None, sa_column_kwargs=_PROOF)  # taken back before
    noted_by: UUID | None = Field(default=None, foreign_key="account.id")
