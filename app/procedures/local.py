"""What a structure adds to the catalogue and hides from it: proposed, accepted, changed, retired.

An adviser proposes; a coordinator or an administrator of that very structure writes.
"""

from collections import Counter
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlmodel import col, select

from app.accounts.actor import Actor
from app.accounts.permissions import Role
from app.audit.models import Did
from app.audit.service import record
from app.core.db import ReadSession, WriteSession
from app.core.errors import Invalid, NotFound
from app.core.text import fold
from app.procedures.forms import LocalProcedureForm, listed
from app.procedures.models import HiddenProcedure, LocalProcedure, Procedure
from app.procedures.service import LOCAL, NO_PROVIDER, catalogue, changed

WRITERS = frozenset({Role.COORDINATOR, Role.ADMIN})
PROPOSERS = WRITERS | {Role.ADVISER}
STAND_IN = "Démarche propre à une structure"  # what figures and other structures may know
WEIGHT = 50.0  # as a procedure people often come for: a structure took the trouble to write it


def structures_of(actor: Actor, roles: frozenset[Role]) -> list[UUID]:
    """List the structures in which somebody has one of these roles, the current one first."""
    here = actor.current.organisation_id if actor.current else None
    found = [s.organisation_id for s in actor.standings if s.roles & roles]
    return sorted(dict.fromkeys(found), key=lambda organisation_id: organisation_id != here)


def structure_for(actor: Actor, asked: UUID | None, roles: frozenset[Role]) -> UUID:
    """Choose the structure a gesture is about. Raises NotFound when it is not for this person."""
    mine = structures_of(actor, roles)
    if not mine or (asked is not None and asked not in mine):
        raise NotFound
    return asked or mine[0]


def own_procedures(db: ReadSession, organisation_id: UUID) -> list[LocalProcedure]:
    """List a structure's own procedures: proposals first, those out of use last, then by title."""
    rows = db.exec(
        select(LocalProcedure).where(col(LocalProcedure.organisation_id) == organisation_id)
    )
    return sorted(rows, key=lambda p: (p.retired_on is not None, not p.is_proposed, fold(p.title)))


def hidden_procedures(db: ReadSession, organisation_id: UUID) -> list[Procedure]:
    """List the official procedures that a structure hides, by title."""
    rows = db.exec(
        select(HiddenProcedure.procedure).where(
            col(HiddenProcedure.organisation_id) == organisation_id
        )
    ).all()
    found = (catalogue(db).get(slug) for slug in rows)
    return sorted(filter(None, found), key=lambda procedure: fold(procedure.title))


def own_procedure(db: ReadSession, actor: Actor, slug: str) -> LocalProcedure:
    """Find a local procedure that this person may write. Raises NotFound."""
    row = db.get(LocalProcedure, slug)
    if row is None or row.organisation_id not in structures_of(actor, WRITERS):
        raise NotFound("Cette démarche n’est pas une de celles de votre structure.")
    return row


def add(
    db: WriteSession, actor: Actor, data: LocalProcedureForm, *, now: datetime
) -> LocalProcedure:
    """Write a procedure for a structure, or propose it when one may not write.

    Raises NotFound for another structure, Invalid when the name is taken.
    """
    organisation_id = structure_for(actor, data.organisation_id, PROPOSERS)
    _refuse_taken(db, organisation_id, data.title)
    slug = f"{LOCAL}{uuid4().hex[:12]}"
    db.add(
        Procedure(
            slug=slug,
            title=STAND_IN,
            short_title=STAND_IN,
            synonyms=[],
            theme=data.theme,
            national_theme=_national_theme(db, data.theme),
            provider_code=NO_PROVIDER,
            provider="",
            host="",
            documents=[],
            weight=WEIGHT,
            is_local=True,
        )
    )
    db.flush()
    row = LocalProcedure(
        organisation_id=organisation_id,
        slug=slug,
        title=data.title,
        short_title=data.short_title,
        theme=data.theme,
        is_proposed=organisation_id not in structures_of(actor, WRITERS),
    )
    _fill(row, data)
    db.add(row)
    _note(db, actor, organisation_id, now)
    return row


def change(
    db: WriteSession, actor: Actor, slug: str, data: LocalProcedureForm, *, now: datetime
) -> None:
    """Change a local procedure; a proposal is accepted by that. Raises NotFound, Invalid."""
    row = own_procedure(db, actor, slug)
    _refuse_taken(db, row.organisation_id, data.title, but=slug)
    stand_in = db.get_one(Procedure, slug)
    stand_in.theme = data.theme
    stand_in.national_theme = _national_theme(db, data.theme)
    _fill(row, data)
    row.is_proposed = False
    _note(db, actor, row.organisation_id, now)


def set_use(
    db: WriteSession, actor: Actor, slug: str, *, in_use: bool, today: date, now: datetime
) -> None:
    """Take a local procedure out of use, or back (a proposal: accept it). Raises NotFound."""
    row = own_procedure(db, actor, slug)
    row.retired_on = None if in_use else today
    row.is_proposed = False
    _note(db, actor, row.organisation_id, now)


def set_hidden(
    db: WriteSession,
    actor: Actor,
    slug: str,
    asked: UUID | None,
    *,
    hidden: bool,
    today: date,
    now: datetime,
) -> None:
    """Hide an official procedure in a structure, or show it again. Raises NotFound."""
    organisation_id = structure_for(actor, asked, WRITERS)
    procedure = db.get(Procedure, slug)
    if procedure is None or procedure.is_local:
        raise NotFound("Cette démarche n’est pas au catalogue.")
    row = db.exec(
        select(HiddenProcedure).where(
            col(HiddenProcedure.organisation_id) == organisation_id,
            col(HiddenProcedure.procedure) == slug,
        )
    ).first()
    if hidden and row is None:
        db.add(HiddenProcedure(organisation_id=organisation_id, procedure=slug, hidden_on=today))
    elif row is not None and not hidden:
        db.delete(row)
    else:
        return
    _note(db, actor, organisation_id, now)


def _fill(row: LocalProcedure, data: LocalProcedureForm) -> None:
    row.title = data.title
    row.short_title = data.short_title
    row.theme = data.theme
    row.provider = data.provider
    row.host = data.address.removeprefix("https://")
    row.synonyms = listed(data.synonyms)
    row.documents = listed(data.documents)


def _national_theme(db: ReadSession, theme: str) -> str:
    """Give the national theme under which most official procedures of a theme are counted."""
    rows = db.exec(
        select(Procedure.national_theme).where(
            col(Procedure.theme) == theme, col(Procedure.is_local).is_(False)
        )
    )
    return Counter(rows).most_common(1)[0][0]


def _refuse_taken(db: ReadSession, organisation_id: UUID, title: str, but: str = "") -> None:
    own = {p.slug: p.title for p in own_procedures(db, organisation_id)}
    if any(fold(known) == fold(title) for slug, known in own.items() if slug != but):
        raise Invalid("title", "Votre structure a déjà une démarche de ce nom.")
    if any(fold(p.title) == fold(title) for p in catalogue(db) if not p.is_local):
        raise Invalid("title", "Cette démarche est déjà au catalogue.")


def _note(db: WriteSession, actor: Actor, organisation_id: UUID, now: datetime) -> None:
    changed(db)
    record(
        db,
        Did.CHANGE_PROCEDURES,
        at=now,
        account_id=actor.account_id,
        organisation_id=organisation_id,
    )
