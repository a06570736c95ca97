"""Entries of the access record, one chain a structure and one for the instance (D2)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, UniqueConstraint
from sqlmodel import Field, SQLModel, col

from app.core.db import coded
from app.core.ids import new_id
from app.core.personal import Keep, Purpose, personal
from app.core.scope import Scope, among


class Did(StrEnum):
    """What was done, as domain.gesture."""

    SIGN_IN = "account.sign_in"
    SIGN_IN_FAILED = "account.sign_in_failed"
    SIGN_OUT = "account.sign_out"
    SWITCH = "account.switch"
    REFUSED = "access.refused"
    LOG_SESSION = "session.log"
    CORRECT_SESSION = "session.correct"
    REMOVE_SESSION = "session.remove"
    RESTORE_SESSION = "session.restore"
    CREATE_RESIDENT = "resident.create"
    READ_RESIDENT = "resident.read"
    CHANGE_RESIDENT = "resident.change"
    LIST_RESIDENTS = "resident.list"
    MERGE_RESIDENTS = "resident.merge"
    PART_RESIDENTS = "resident.part"
    CHANGE_AGREEMENT = "resident.agreement"
    STOP_REMINDERS = "resident.stop_reminders"  # by herself: no account
    REMIND_RESIDENT = "resident.remind"
    CHANGE_CASE = "resident.case"
    CHANGE_MANDATE = "resident.mandate"
    REFER = "resident.refer"
    GIVE_SHEET = "resident.sheet"
    START_ASSESSMENT = "assessment.start"
    FINISH_ASSESSMENT = "assessment.finish"
    READ_ASSESSMENT = "assessment.read"
    EXPORT_RESIDENT = "resident.export"
    ERASE_RESIDENT = "resident.erase"
    OBJECT_RESIDENT = "resident.object"
    PLAN_FOLLOW_UP = "follow_up.plan"
    CHANGE_FOLLOW_UP = "follow_up.change"
    MAKE_FEED = "agenda.make_feed"
    CUT_FEED = "agenda.cut_feed"
    CHANGE_WORKSHOP = "workshop.change"
    CHANGE_OFFICE_HOURS = "office_hours.change"
    UPDATE_CATALOGUE = "catalogue.update"
    CHANGE_PROCEDURES = "procedure.change"
    IMPORT = "import.run"
    UNDO_IMPORT = "import.undo"
    EXPORT = "export.take"
    SHARE_REPORT = "report.share"
    WITHDRAW_REPORT = "report.withdraw"
    CLOSE_MONTH = "statistics.close"
    ASK_PAST_DAY = "statistics.past_day"  # more new questions than a day has
    ASK_PAST_QUARTER = "statistics.past_quarter"
    ACCOUNT_CREATE = "account.create"
    ACCOUNT_DISABLE = "account.disable"
    CHANGE_PASSWORD = "account.change_password"  # noqa: S105 - the name of a deed
    RESET_PASSWORD = "account.reset_password"  # noqa: S105 - the name of a deed
    CANCEL_RESET = "account.cancel_reset"
    LEND_DEVICE = "account.lend_device"
    TAKE_DEVICE_BACK = "account.take_device_back"
    REVOKE_DEVICE = "account.revoke_device"
    CHANGE_STRUCTURE = "structure.change"
    CHANGE_PLACE = "structure.place"
    INVITE = "team.invite"
    JOIN_TEAM = "team.join"
    CHANGE_TEAM = "team.change"


class AccessRecord(SQLModel, table=True):
    """Who did what, when, on which opaque id. No personal data beside the account's id.

    Under any scope every act may be recorded, hence no `is_within`; the database lets nobody
    change an entry.
    """

    __tablename__ = "access_record"
    __table_args__ = (UniqueConstraint("chain", "position"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    chain: str  # the structure's id, or "instance"
    position: int
    at: datetime = Field(sa_column_kwargs=personal(Purpose.SECURITY, Keep.ACCESS))
    account_id: UUID | None = Field(
        default=None, sa_column_kwargs=personal(Purpose.SECURITY, Keep.ACCESS)
    )
    organisation_id: UUID | None = Field(default=None, index=True)
    did: Did = Field(sa_type=coded(Did))
    subject_id: UUID | None = None
    shown: int | None = None  # how many persons were shown
    succeeded: bool = True
    previous: str
    digest: str

    @classmethod
    def within(cls, scope: Scope) -> ColumnElement[bool]:
        """The record of one's structures."""
        return among(col(cls.organisation_id), scope.structures)


class ChainHead(SQLModel, table=True):
    """Where each chain stands, locked while an entry is added."""

    __tablename__ = "access_chain"

    chain: str = Field(primary_key=True)
    position: int = 0
    digest: str = ""
