"""What a database session may see: one filter for every scoped table, in one place, failing closed.

First wall: criteria added to every ORM statement. Second: everything that would escape them is
refused. Third: PostgreSQL's row policies, which read what the transaction sets.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar, Self
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, ColumnElement, Executable, Uuid, event, false, or_
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, UOWTransaction, with_loader_criteria
from sqlalchemy.orm.interfaces import CriteriaOption
from sqlmodel import Field, SQLModel, col

MOST_SCOPES = 1_000  # of people who are at work at once, not all who ever were
MOST_WALLED = 32  # of a statement, 12 kB each


class ScopeViolation(Exception):
    """The code went round the walls: a defect of ours, never a person's mistake."""


class UnscopedQuery(ScopeViolation):
    """A session without a scope was asked something."""


class OutsideScope(ScopeViolation):
    """A row outside the scope was about to be written."""


@dataclass(frozen=True)
class Scope:
    """What a person may reach: rows of work, rows of structures, her own rows.

    `work`: structures whose residents, activities and follow-ups are read and written.
    `structures`: structures whose places, team and settings are seen.
    """

    work: frozenset[UUID] = field(default_factory=frozenset)
    structures: frozenset[UUID] = field(default_factory=frozenset)
    account: UUID | None = None
    reason: str | None = None

    @classmethod
    def system(cls, reason: str) -> Self:
        """See everything, for a job, sign-in or an import; the callers are listed in a test."""
        if not reason:
            raise ScopeViolation("a system scope says why")
        return cls(reason=reason)

    @property
    def is_system(self) -> bool:
        """Tell whether the walls are open."""
        return self.reason is not None


class Wall(StrEnum):
    """Which part of a scope opens a table."""

    WORK = "work"
    STRUCTURES = "structures"
    ACCOUNT = "account"


def among(column: Mapped[Any], ids: Collection[UUID]) -> ColumnElement[bool]:
    """Narrow a column to a few ids, or to nothing when there is none.

    One id, as in most scopes, is compared as such: a list is written anew into each statement that
    runs, which a page with names did twenty times.
    """
    if len(ids) == 1:
        return column == _Told(None, next(iter(ids)), type_=Uuid(), unique=True)
    return column.in_(sorted(ids)) if ids else false()


class _Told(BindParameter[UUID]):
    """A value of the criteria, which stays itself where SQLAlchemy would annotate copies of it.

    Copies have one hash, and to tell them apart is written as SQL, at each statement that runs:
    forty expressions and a twentieth of a page.
    """

    inherit_cache = True

    def _annotate(self, values: Any) -> Self:
        return self


class Scoped(SQLModel):
    """Mixin of tables that hold rows of a structure's work."""

    model_config = {"arbitrary_types_allowed": True}

    __wall__: ClassVar[Wall] = Wall.WORK

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)

    @classmethod
    def within(cls, scope: Scope) -> ColumnElement[bool]:
        """Give the filter for a scope that is not the system's."""
        opened = scope.work if cls.__wall__ is Wall.WORK else scope.structures
        return among(col(cls.organisation_id), opened)

    def is_within(self, scope: Scope) -> bool:
        """Tell whether this row may be written under the scope."""
        opened = scope.work if self.__wall__ is Wall.WORK else scope.structures
        return self.organisation_id in opened


def either(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Join ways of being visible; none at all sees nothing."""
    return or_(false(), *conditions)


def scoped_models() -> list[type[Any]]:
    """List every table that a scope filters: those that say what is `within` one."""
    return sorted(
        (
            mapper.class_
            for mapper in SQLModel._sa_registry.mappers
            if hasattr(mapper.class_, "within")
        ),
        key=lambda model: str(model.__tablename__),
    )


class Walls(CriteriaOption):
    """The criteria of every scoped table as one option, of which a statement's cache key is quick.

    SQLAlchemy makes such a key for each statement that runs, of all its options: for forty tables
    that is a tenth of a page. Scopes whose criteria read alike share a name, hence one compiled
    statement; their values are told to it each time, as those of the statement itself are.
    """

    propagate_to_loaders = False  # the guard meets what loads a relationship too
    _names: ClassVar[dict[Any, int]] = {}

    def __init__(self, scope: Scope) -> None:
        self._criteria = [
            with_loader_criteria(model, model.within(scope), include_aliases=True)
            for model in scoped_models()
        ]
        keys = [one._generate_cache_key() for one in self._criteria]
        if None in keys:
            raise ScopeViolation("a criterion without a cache key would be compiled each time")
        self._name = self._names.setdefault(tuple(k.key for k in keys if k), len(self._names))
        self._values = [value for k in keys if k for value in k.bindparams]

    def _gen_cache_key(self, anon_map: Any, bindparams: list[Any]) -> tuple[Any, ...]:
        bindparams.extend(self._values)
        return type(self), self._name

    def process_compile_state(self, compile_state: Any) -> None:
        """Put the criteria on a statement that is compiled."""
        for one in self._criteria:
            one.process_compile_state(compile_state)

    def process_compile_state_replaced_entities(
        self, compile_state: Any, mapper_entities: Any
    ) -> None:
        """Put them on a statement whose entities were replaced."""
        self.process_compile_state(compile_state)

    def get_global_criteria(self, attributes: dict[Any, Any]) -> None:
        """Put them on an update or delete."""
        for one in self._criteria:
            one.get_global_criteria(attributes)


@lru_cache(maxsize=MOST_SCOPES)
def walls_of(scope: Scope) -> Walls:
    """Build the walls, once for a scope."""
    return Walls(scope)


_walled: WeakKeyDictionary[Executable, dict[Scope, Executable]] = WeakKeyDictionary()


def walled(statement: Executable, scope: Scope) -> Executable:
    """Put the walls on a statement, once for a scope while the statement lasts.

    One built once and for all then keeps its cache key too, which took a twentieth of a page. One
    made of it by `where` is another statement, hence without its walls.
    """
    known = _walled.setdefault(statement, {})
    found = known.get(scope)
    if found is None:
        if len(known) >= MOST_WALLED:
            known.clear()
        found = known[scope] = statement.options(walls_of(scope))
    return found


def guard(state: ORMExecuteState) -> None:
    """Filter an ORM statement by the session's scope; refuse what the criteria would not reach.

    Raises UnscopedQuery, or ScopeViolation for raw SQL, `from_statement` and bulk inserts.
    """
    scope = state.session.info.get("scope")
    if scope is None:
        raise UnscopedQuery("this session has no scope")
    if not state.is_orm_statement or state.is_from_statement or state.is_insert:
        raise ScopeViolation("only ORM select, update and delete pass the scope")
    if not scope.is_system:
        state.statement = walled(state.statement, scope)


def refuse_foreign_rows(session: Session, _: UOWTransaction, __: Any) -> None:
    """Refuse to write a row outside the scope. Raises OutsideScope."""
    scope = session.info.get("scope")
    if scope is None:
        raise UnscopedQuery("this session has no scope")
    if scope.is_system:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if hasattr(row, "is_within") and not row.is_within(scope):
            raise OutsideScope(f"{type(row).__name__} outside the scope")


def refuse_foreign_values(
    session: Session, model: type[Any], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Refuse values of new rows outside the scope, by the table's own rule. Raises OutsideScope."""
    scope = session.info.get("scope")
    if scope is None:
        raise UnscopedQuery("this session has no scope")
    if scope.is_system or not hasattr(model, "is_within"):
        return
    if getattr(model, "is_within", None) is not Scoped.is_within:
        raise OutsideScope(f"{model.__name__} is written one object at a time")
    for organisation_id in {row.get("organisation_id") for row in rows}:
        if not model(organisation_id=organisation_id).is_within(scope):
            raise OutsideScope(f"{model.__name__} outside the scope")


def refuse_closed(session: Session, model: type[Any]) -> None:
    """Refuse a table that not every scope may write to. Raises UnscopedQuery, OutsideScope."""
    if session.info.get("scope") is None:
        raise UnscopedQuery("this session has no scope")
    if hasattr(model, "is_within"):
        raise OutsideScope(f"{model.__name__} is not open to every scope")


def install(session_class: type[Session]) -> None:
    """Put the guard on every session of a class."""
    event.listen(session_class, "do_orm_execute", guard)
    event.listen(session_class, "before_flush", refuse_foreign_rows)


def listed(name: str) -> str:
    """Write the SQL of the ids that the transaction allows; nothing set allows nothing.

    A setting is read in a subquery: once a statement, where it would be for each row.
    """
    setting = f"NULLIF(current_setting('escale.{name}', true), '')"
    return f"ANY((SELECT string_to_array({setting}, ',')::uuid[])::uuid[])"


SYSTEM_SQL = "(SELECT current_setting('escale.system', true)) = 'on'"
WORK_SQL = f"organisation_id = {listed('work')}"
STRUCTURES_SQL = f"organisation_id = {listed('structures')}"
ACCOUNT_SQL = "{column} = (SELECT NULLIF(current_setting('escale.account', true), '')::uuid)"


def transaction_settings(scope: Scope) -> dict[str, str]:
    """Give what a PostgreSQL transaction sets for its row policies."""
    return {
        "escale.system": "on" if scope.is_system else "off",
        "escale.work": ",".join(sorted(map(str, scope.work))),
        "escale.structures": ",".join(sorted(map(str, scope.structures))),
        "escale.account": str(scope.account or ""),
    }


def row_policy(table: str, visible: str, writable: str | None = None) -> list[str]:
    """Write the statements that put a table behind PostgreSQL's row security, owner included."""
    check = writable or visible
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
        f'CREATE POLICY scope ON "{table}" USING ({SYSTEM_SQL} OR ({visible})) '
        f"WITH CHECK ({SYSTEM_SQL} OR ({check}))",
    ]
