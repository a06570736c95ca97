"""What tests of a team share: its links, who holds which role, and what was recorded."""

import re
from uuid import UUID

from sqlmodel import col, select

from app.accounts.models import Membership
from app.accounts.permissions import Role
from app.audit.models import AccessRecord, Did
from app.core.db import Database
from app.core.scope import Scope
from tests.support.client import Browser

LINK = re.compile(r"/(?:invitation|mot-de-passe)/[\w-]{43}")
NEXT = "quatre vélos jaunes"  # another password that is taken
WITHDRAW = {"word": "retirer"}


def invited(client: Browser, email: str = "zoe@exemple.fr", role: str = "adviser") -> str:
    """Invite somebody as Alix; give the path of the link."""
    page = client.as_("alix").post("/administration/equipe", data={"email": email, "role": role})
    found = LINK.search(page.text)
    assert found, page.text
    client.cookies.clear()
    return found.group()


def roles_of(database: Database, account_id: UUID) -> set[Role]:
    """Tell which roles somebody holds now."""
    with database.reading(Scope.system("tests")) as db:
        rows = db.exec(select(Membership).where(col(Membership.account_id) == account_id))
        return {row.role for row in rows if row.ended_at is None}


def recorded(database: Database, did: Did) -> list[AccessRecord]:
    """List what the access record says of one deed, the oldest first."""
    with database.reading(Scope.system("tests")) as db:
        rows = select(AccessRecord).where(col(AccessRecord.did) == did)
        return list(db.exec(rows.order_by(col(AccessRecord.at))))
