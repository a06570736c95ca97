"""What a DPO is told of: who asked the statistics more than a day or a quarter has."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select

from app.accounts import service as accounts
from app.accounts.actor import Actor
from app.accounts.models import Membership
from app.accounts.permissions import Role
from app.audit.models import AccessRecord
from app.core.db import Database
from app.core.scope import Scope
from app.statistics.budget import PASSED, Span

KEPT = timedelta(days=365)  # as the access record (security-privacy D3)
LISTED = 100


@dataclass(frozen=True)
class AskedMuch:
    """Somebody passed a budget of questions, told once a day."""

    name: str
    at: datetime
    span: Span


def asked_much(database: Database, actor: Actor, *, now: datetime) -> list[AskedMuch]:
    """List, the latest first, who passed a budget among the members of a DPO's structures.

    What somebody asked over several structures stands in one chain: so it is looked for by who
    asked, outside the DPO's own scope.
    """
    structures = {s.organisation_id for s in actor.standings if Role.DPO in s.roles}
    with database.reading(Scope.system("notices to the DPO")) as db:
        members = select(Membership.account_id).where(
            col(Membership.organisation_id).in_(structures)
        )
        rows = db.exec(
            select(AccessRecord)
            .where(
                col(AccessRecord.did).in_(PASSED),
                col(AccessRecord.account_id).in_(members),
                col(AccessRecord.at) >= now - KEPT,
            )
            .order_by(col(AccessRecord.at).desc())
            .limit(LISTED)
        ).all()
        names = accounts.names(db, {row.account_id for row in rows if row.account_id})
    return [
        AskedMuch(names[row.account_id], row.at, PASSED[row.did])
        for row in rows
        if row.account_id in names
    ]
