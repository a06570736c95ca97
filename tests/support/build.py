"""Builders of valid data, and the people of every test: those of the demo accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlmodel import select

from app.accounts import service as accounts
from app.accounts.actor import Actor
from app.accounts.models import Account, Login
from app.accounts.permissions import Role
from app.agenda.registrations import register
from app.agenda.workshop_forms import PlanForm
from app.agenda.workshop_models import Workshop
from app.agenda.workshop_planning import plan_workshops
from app.core import clock
from app.core.db import Database
from app.core.ids import new_id
from app.core.scope import Scope
from app.organisations import service as organisations
from app.organisations.models import Organisation, Place
from app.residents import service as residents
from app.residents.forms import ResidentForm
from app.residents.service import NamedResident
from app.sessions import service as sessions
from app.sessions.forms import SessionForm
from app.sessions.models import AssistedSession

NOW = datetime(2026, 11, 24, 9, 8, tzinfo=UTC)  # Tuesday, 10 h 08 in Paris
TODAY = date(2026, 11, 24)
PASSWORD = "un mot de passe assez long"
PEOPLE = {
    "awa": ("Awa Diallo", [(Role.ADVISER, "mediatheque-des-quais")]),
    "bruno": ("Bruno Petit", [(Role.ADVISER, "france-services-du-val")]),
    "claire": (
        "Claire Lefort",
        [(Role.COORDINATOR, "mediatheque-des-quais"), (Role.COORDINATOR, "france-services-du-val")],
    ),
    "farid": ("Farid Rahmani", [(Role.FUNDER, None)]),
    "alix": ("Alix Moreau", [(Role.ADMIN, "mediatheque-des-quais")]),
    "dora": (
        "Dora Klein",
        [(Role.DPO, "mediatheque-des-quais"), (Role.DPO, "france-services-du-val")],
    ),
    "root": ("Rose Instance", [(Role.INSTANCE_ADMIN, None)]),
}


@cache
def _password_hash() -> str:
    return accounts.hasher().hash(PASSWORD)


@dataclass(frozen=True)
class Structure:
    """One structure of the tests, and its place."""

    organisation: Organisation
    place: Place


class Builder:
    """Makes what a test is about; everything else is valid by default."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.structures: dict[str, Structure] = {}
        self._accounts: dict[str, UUID] = {}

    def everybody(self) -> None:
        """Make the two structures and the seven people, once."""
        if self._accounts or self._meet():
            return
        with self.database.writing(Scope.system("tests")) as db:
            for name, commune in (
                ("Médiathèque des Quais", "35238"),
                ("France services du Val", "35047"),
            ):
                organisation = organisations.create_organisation(
                    db, name=name, commune=commune, now=NOW, first_day_on=date(2025, 1, 1)
                )
                place = organisations.create_place(
                    db, organisation, name=name, commune=commune, opened_on=date(2020, 1, 1)
                )
                self.structures[organisation.slug] = Structure(organisation, place)
            for login, (name, roles) in PEOPLE.items():
                self._accounts[login] = self._account(db, login, name, roles)

    def _meet(self) -> bool:
        """Find the usual people where the template of the database has them."""
        with self.database.reading(Scope.system("tests")) as db:
            places = {place.organisation_id: place for place in db.exec(select(Place))}
            for organisation in db.exec(select(Organisation)):
                self.structures[organisation.slug] = Structure(
                    organisation, places[organisation.id]
                )
            found = {row.email: row.id for row in db.exec(select(Account))}
        self._accounts = {login: found[f"{login}@exemple.fr"] for login in PEOPLE if found}
        return bool(found)

    def _account(self, db: Any, login: str, name: str, roles: list[Any]) -> UUID:
        account = Account(
            email=f"{login}@exemple.fr", name=name, password_hash=_password_hash(), created_at=NOW
        )
        db.add(account)
        db.flush()
        for role, slug in roles:
            organisation_id = self.structures[slug].organisation.id if slug else None
            accounts.add_membership(
                db, account.id, role, organisation_id, now=datetime(2025, 1, 1, tzinfo=UTC)
            )
        return account.id

    def account_id(self, who: str) -> UUID:
        """Give the id of one of the usual people."""
        self.everybody()
        return self._accounts[who]

    def actor(self, who: str) -> Actor:
        """Give one of the usual people as an actor."""
        account_id = self.account_id(who)
        with self.database.reading(Scope.system("tests")) as db:
            found = accounts.actor_of(db, account_id, now=NOW)
        assert found is not None
        return found

    def structure_of(self, who: str) -> Structure:
        """Give the structure in which somebody works."""
        slug = PEOPLE[who][1][0][1]
        self.everybody()
        return self.structures[str(slug)]

    def token(self, who: str, *, now: datetime | None = None) -> str:
        """Sign somebody in without the cost of a password; give the cookie's value."""
        account_id = self.account_id(who)
        token = new_id().hex
        start = now or clock.now()
        with self.database.writing(Scope.system("tests")) as db:
            db.add(
                Login(
                    account_id=account_id,
                    token_digest=accounts._digest(token),
                    created_at=start,
                    seen_at=start,
                    ends_at=start + timedelta(days=3650),
                )
            )
        return token

    def a_resident(self, *, of: str = "awa", **facts: Any) -> NamedResident:
        """Make a resident file in the structure of one of the usual people."""
        actor = self.actor(of)
        typed = {
            "given_name": "Nicole",
            "family_name": "Leroux",
            "birth_year": 1951,
            "gender": "feminin",
            "informed_how": "oral",
        } | facts
        with self.database.writing(actor.scope) as db:
            return residents.create_resident(db, actor, ResidentForm(**typed), today=TODAY, now=NOW)

    def a_workshop(
        self, people: Sequence[NamedResident] = (), *, by: str = "awa", planned_on: date = TODAY
    ) -> Workshop:
        """Plan a workshop, today's if no day is said, with some people registered."""
        actor = self.actor(by)
        data = PlanForm(
            title="Premiers e-mails",
            themes=["email"],
            planned_on=planned_on,
            starts_at=time(14),
            place_id=self.structure_of(by).place.id,
        )
        with self.database.writing(actor.scope) as db:
            (planned,) = plan_workshops(db, actor, data, today=TODAY, now=NOW)
            for person in people:
                register(db, actor, planned.id, person.id, now=NOW)
            return planned

    def a_form(self, *, by: str = "awa", **facts: Any) -> SessionForm:
        """Fill the form of an individual session."""
        typed = {
            "id": new_id(),
            "held_on": TODAY,
            "place_id": self.structure_of(by).place.id,
            "duration_min": 30,
            "procedures": ["aide-logement"],
            "outcome": {"aide-logement": "finished"},
        } | facts
        return SessionForm(**typed)

    def a_session(self, *, by: str = "awa", now: datetime = NOW, **facts: Any) -> AssistedSession:
        """Log an individual session."""
        actor = self.actor(by)
        form = self.a_form(by=by, **facts)
        with self.database.writing(actor.scope) as db:
            return sessions.log_session(db, actor, form, now=now)
