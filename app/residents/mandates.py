"""Noting mandates, telling whether one stands, and which are about to end.

Acting in somebody's name needs a written mandate (art. 1984 and following of the Code civil;
decree 2021-1650 on Aidants Connect). Escale keeps that it exists, its scope and its end; the paper
stays with the structure.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field
from sqlalchemy import ColumnElement
from sqlmodel import col, select

from app.accounts.actor import Actor
from app.audit.models import Did
from app.core.db import ReadSession, WriteSession
from app.core.errors import Invalid, NotFound
from app.core.text import day
from app.reference import vocabularies
from app.residents.forms import among
from app.residents.mandate_models import Mandate, MandateKind
from app.residents.service import note_deed, resident_row
from app.web.forms import Form

KINDS = {
    MandateKind.AIDANTS_CONNECT.value: "Aidants Connect",
    MandateKind.PAPER.value: "Papier signé",
}
LONGEST = timedelta(days=366)  # Aidants Connect offers a day, a month, six months or a year
ENDS_SOON = timedelta(days=14)


def themes() -> list[vocabularies.ProcedureTheme]:
    """Give what a mandate can be for: procedures, not digital gestures."""
    return [theme for theme in vocabularies.procedure_themes() if theme.code != "numerique"]


def _themes(codes: list[str]) -> list[str]:
    known = {theme.code for theme in themes()}
    if not codes or not set(codes) <= known:
        raise ValueError(
            "Choisissez au moins un domaine\u00a0: un mandat dit pour quoi il est donné."
        )
    return list(dict.fromkeys(codes))


class MandateForm(Form):
    """A mandate, as its paper says it."""

    kind: Annotated[str, among(KINDS)] = Field(
        title="Comment a-t-il été signé\u00a0?",
        json_schema_extra={"messages": {"missing": "Choisissez comment il a été signé."}},
    )
    themes: Annotated[list[str], AfterValidator(_themes)] = Field(
        default_factory=list, title="Pour quoi\u00a0?", validate_default=True
    )
    signed_on: date = Field(
        title="Signé le",
        json_schema_extra={"messages": {"missing": "Écrivez le jour de la signature."}},
    )
    ends_on: date = Field(
        title="Valable jusqu’au",
        description="Un an au plus après la signature.",
        json_schema_extra={"messages": {"missing": "Écrivez son dernier jour."}},
    )


@dataclass(frozen=True)
class Standing:
    """A mandate as it stands today."""

    id: UUID
    resident_id: UUID
    kind: str
    themes: list[str]  # labels
    signed_on: date
    last_day: date
    is_valid: bool
    ends_soon: bool
    was_taken_back: bool


def note_mandate(
    db: WriteSession, actor: Actor, resident_id: UUID, data: MandateForm, *,
    today: date, now: datetime,
) -> None:  # fmt: skip
    """Keep that a mandate was signed; the same one noted twice is one.

    Raises Invalid for days that do not hold together.
    """
    resident_row(db, resident_id)
    if data.signed_on > today:
        raise Invalid("signed_on", "Ce jour est dans l’avenir. Un mandat se note une fois signé.")
    if data.ends_on < data.signed_on:
        raise Invalid("ends_on", "Choisissez un jour après la signature.")
    if data.ends_on > data.signed_on + LONGEST:
        last = day(data.signed_on + LONGEST, year=True)
        raise Invalid("ends_on", f"Un mandat dure un an au plus\u00a0: jusqu’au {last}.")
    if _is_noted(db, resident_id, data):  # a second tap
        return
    db.add(
        Mandate(
            organisation_id=actor.organisation_id,
            resident_id=resident_id,
            kind=MandateKind(data.kind),
            themes=data.themes,
            signed_on=data.signed_on,
            ends_on=data.ends_on,
            noted_by=actor.account_id,
        )
    )
    db.flush()
    note_deed(db, actor, Did.CHANGE_MANDATE, resident_id, now=now)


def _is_noted(db: ReadSession, resident_id: UUID, data: MandateForm) -> bool:
    rows = db.exec(
        select(Mandate).where(
            col(Mandate.resident_id) == resident_id,
            col(Mandate.kind) == MandateKind(data.kind),
            col(Mandate.signed_on) == data.signed_on,
            col(Mandate.ends_on) == data.ends_on,
            col(Mandate.ended_on).is_(None),
        )
    )
    return any(set(row.themes) == set(data.themes) for row in rows)


def end_mandate(
    db: WriteSession, actor: Actor, resident_id: UUID, mandate_id: UUID, *,
    today: date, now: datetime,
) -> None:  # fmt: skip
    """Note that the person took her mandate back; saying it twice changes nothing."""
    row = db.get(Mandate, mandate_id, with_for_update=True)
    if row is None or row.resident_id != resident_id:
        raise NotFound("Ce mandat n’existe pas.")
    if row.ended_on is None and row.ends_on >= today:
        row.ended_on = today
        note_deed(db, actor, Did.CHANGE_MANDATE, resident_id, now=now)


def mandates_of(db: ReadSession, resident_id: UUID, *, today: date) -> list[Standing]:
    """List a person's mandates, the latest to end first."""
    rows = db.exec(
        select(Mandate)
        .where(col(Mandate.resident_id) == resident_id)
        .order_by(col(Mandate.ends_on).desc(), col(Mandate.id).desc())
    )
    return [_standing(row, today) for row in rows]


def ending(db: ReadSession, actor: Actor, *, today: date) -> list[Standing]:
    """List mandates that this adviser noted and that end within two weeks, the first first.

    One that the same person has renewed for longer, for all that it is for, is left out.
    """
    rows = _standing_after(db, today, col(Mandate.noted_by) == actor.account_id)
    soon = [row for row in rows if row.ends_on - today <= ENDS_SOON]
    theirs = col(Mandate.resident_id).in_({row.resident_id for row in soon})
    every = _standing_after(db, today, theirs) if soon else []
    return [_standing(row, today) for row in soon if not any(_renews(one, row) for one in every)]


def _standing_after(db: ReadSession, today: date, whose: ColumnElement[bool]) -> list[Mandate]:
    query = select(Mandate).where(
        whose, col(Mandate.ended_on).is_(None), col(Mandate.ends_on) >= today
    )
    return list(db.exec(query.order_by(col(Mandate.ends_on), col(Mandate.id))))


def _renews(later: Mandate, row: Mandate) -> bool:
    return (
        later.resident_id == row.resident_id
        and later.ends_on > row.ends_on
        and set(row.themes) <= set(later.themes)
    )


def _standing(row: Mandate, today: date) -> Standing:
    labels = {theme.code: theme.label for theme in themes()}
    is_valid = row.ended_on is None and row.signed_on <= today <= row.ends_on
    return Standing(
        id=row.id,
        resident_id=row.resident_id,
        kind=KINDS[row.kind.value],
        themes=[labels.get(code, code) for code in row.themes],
        signed_on=row.signed_on,
        last_day=row.ended_on or row.ends_on,
        is_valid=is_valid,
        ends_soon=is_valid and row.ends_on - today <= ENDS_SOON,
        was_taken_back=row.ended_on is not None,
    )
