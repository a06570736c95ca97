"""The person behind a request: who she is, where she stands, what she may reach."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.accounts.permissions import Permission, Role, granted
from app.core.scope import Scope
from app.core.text import initials

WORK_ROLES = {Role.ADVISER}
COUNTING_ROLES = {Role.ADVISER, Role.COORDINATOR, Role.ADMIN}


@dataclass(frozen=True)
class Standing:
    """One structure a person belongs to, with her roles there."""

    organisation_id: UUID
    roles: frozenset[Role]


@dataclass(frozen=True)
class Actor:
    """Who acts. An adviser of several structures works in one at a time (`current`).

    `reset_at`: when a link to choose her password was made, until she says that she saw it.
    `lent_to`: the assessment that this browser is lent to (`app/accounts/lending.py`).
    """

    account_id: UUID
    name: str
    email: str
    login_id: UUID | None
    standings: tuple[Standing, ...]
    instance_roles: frozenset[Role] = field(default_factory=frozenset)
    current: Standing | None = None
    place_id: UUID | None = None
    seen_at: datetime | None = None
    reset_at: datetime | None = None
    lent_to: UUID | None = None

    @property
    def roles(self) -> frozenset[Role]:
        """Roles that count now: those of the current structure, and of the whole instance.

        A coordinator's or funder's roles do not depend on one structure.
        """
        wide = {
            role
            for standing in self.standings
            for role in standing.roles
            if role in (Role.COORDINATOR, Role.FUNDER, Role.DPO)
        }
        here = self.current.roles if self.current else frozenset()
        return self.instance_roles | wide | here

    @property
    def permissions(self) -> frozenset[Permission]:
        """What this person may do now."""
        own = granted(self.roles)
        return own if self.administered is None else own | {Permission.ADMINISTER}

    @property
    def administered(self) -> UUID | None:
        """The structure this person runs: the current one if she may, else the first she may."""
        run = [s.organisation_id for s in self.standings if Role.ADMIN in s.roles]
        if self.current is not None and self.current.organisation_id in run:
            return self.current.organisation_id
        return next(iter(run), None)

    @property
    def administered_id(self) -> UUID:
        """The structure this person runs. Only for routes of administration."""
        if self.administered is None:
            raise LookupError("this person runs no structure")
        return self.administered

    @property
    def scope(self) -> Scope:
        """Rows this person reaches: work in the current structure only, if she is an adviser."""
        works = self.current is not None and bool(self.current.roles & WORK_ROLES)
        organisation = self.current.organisation_id if self.current else None
        return Scope(
            work=frozenset({organisation}) if works and organisation else frozenset(),
            structures=frozenset(s.organisation_id for s in self.standings),
            account=self.account_id,
        )

    @property
    def counted(self) -> frozenset[UUID]:
        """Structures whose protected figures this person may ask for."""
        coordinated = {s.organisation_id for s in self.standings if Role.COORDINATOR in s.roles}
        if coordinated:
            return frozenset(coordinated)
        if self.current is not None and self.current.roles & COUNTING_ROLES:
            return frozenset({self.current.organisation_id})
        return frozenset()

    @property
    def organisation_id(self) -> UUID:
        """The structure in which this person works now. Only for routes of work."""
        if self.current is None:
            raise LookupError("this person works in no structure")
        return self.current.organisation_id

    @property
    def first_name(self) -> str:
        """What a colleague says."""
        return self.name.split()[0]

    @property
    def initials(self) -> str:
        """Letters of the avatar."""
        return initials(self.name)
