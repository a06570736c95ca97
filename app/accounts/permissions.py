"""Roles and what they may do: one table, role × permission."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody is in a structure, or for the instance."""

    ADVISER = "adviser"
    COORDINATOR = "coordinator"
    FUNDER = "funder"
    ADMIN = "admin"
    DPO = "dpo"
    INSTANCE_ADMIN = "instance_admin"

    @property
    def label(self) -> str:
        """The role as people say it."""
        return ROLE_LABELS[self]


ROLE_LABELS = {
    Role.ADVISER: "Conseiller numérique",
    Role.COORDINATOR: "Coordinateur",
    Role.FUNDER: "Financeur",
    Role.ADMIN: "Administrateur",
    Role.DPO: "DPO",
    Role.INSTANCE_ADMIN: "Administrateur de l’instance",
}


class Permission(StrEnum):
    """A gesture that a route declares."""

    PUBLIC = "public"  # no sign-in
    OWN_ACCOUNT = "own_account"  # anybody signed in
    LOG_SESSION = "log_session"
    READ_SESSIONS = "read_sessions"
    READ_RESIDENTS = "read_residents"
    WRITE_RESIDENTS = "write_residents"
    PLAN = "plan"
    READ_CATALOGUE = "read_catalogue"
    PROPOSE_PROCEDURES = "propose_procedures"
    WRITE_PROCEDURES = "write_procedures"  # of one's structure: accept, change, hide
    READ_STATISTICS = "read_statistics"
    SHARE_REPORTS = "share_reports"
    READ_REPORTS = "read_reports"
    ADMINISTER = "administer"  # one's structure: places, team, settings
    OVERSEE = "oversee"  # as DPO: what is to be known of who reads and asks


_ADVISER = {
    Permission.PROPOSE_PROCEDURES,
    Permission.LOG_SESSION,
    Permission.READ_SESSIONS,
    Permission.READ_RESIDENTS,
    Permission.WRITE_RESIDENTS,
    Permission.PLAN,
    Permission.READ_CATALOGUE,
    Permission.READ_STATISTICS,
}
HELD_IN_A_STRUCTURE = frozenset({Role.ADVISER, Role.COORDINATOR, Role.ADMIN})
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADVISER: frozenset(_ADVISER),
    Role.COORDINATOR: frozenset(
        {
            Permission.PROPOSE_PROCEDURES,
            Permission.WRITE_PROCEDURES,
            Permission.READ_CATALOGUE,
            Permission.READ_STATISTICS,
            Permission.SHARE_REPORTS,
            Permission.READ_REPORTS,
        }
    ),
    Role.FUNDER: frozenset({Permission.READ_REPORTS}),
    Role.ADMIN: frozenset(
        {
            Permission.PROPOSE_PROCEDURES,
            Permission.WRITE_PROCEDURES,
            Permission.READ_CATALOGUE,
            Permission.READ_STATISTICS,
            Permission.READ_REPORTS,
            Permission.ADMINISTER,
        }
    ),
    Role.DPO: frozenset({Permission.READ_CATALOGUE, Permission.OVERSEE}),
    Role.INSTANCE_ADMIN: frozenset({Permission.READ_CATALOGUE}),
}


def granted(roles: frozenset[Role]) -> frozenset[Permission]:
    """Give all that a set of roles may do, once signed in."""
    own = {Permission.PUBLIC, Permission.OWN_ACCOUNT}
    return frozenset(own).union(*(GRANTS[role] for role in roles))
