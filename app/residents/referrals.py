"""Sending a resident on to another service, and noting what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field
from sqlmodel import col, select

from app.accounts.actor import Actor
from app.audit.models import Did
from app.core.crypto import Cipher, Sealed
from app.core.db import ReadSession, WriteSession
from app.core.errors import Conflict, Invalid, NotFound
from app.core.sensitive import no_secret
from app.core.text import clean
from app.residents.agreement_models import Accepts
from app.residents.agreements import accepts
from app.residents.forms import among
from app.residents.referral_models import CameBack, Referral
from app.residents.service import note_deed, resident_row, subject_ciphers
from app.web.forms import Form

TABLE = "referral"
SEALED = ("service", "reason", "answer")
ANSWERS = {
    CameBack.HELPED.value: "Reçue et aidée",
    CameBack.NOT_HELPED.value: "Reçue, pas aidée",
    CameBack.NOT_GONE.value: "N’y est pas allée",
    CameBack.NO_NEWS.value: "Sans nouvelles",
}
Words = Annotated[str, AfterValidator(clean), AfterValidator(no_secret)]


class ReferralForm(Form):
    """Where somebody is sent, and why."""

    service: Words = Field(
        title="Vers quel service\u00a0?",
        description="Un lieu de la liste, ou son nom.",
        min_length=1,
        max_length=120,
        json_schema_extra={"messages": {"*": "Écrivez le nom du service."}},
    )
    reason: Words = Field(
        default="",
        title="Pour quoi\u00a0?",
        description="Ce qu’elle y trouvera. Rien sur sa santé.",
        max_length=200,
    )
    gave_contact: bool = Field(default=False, title="Nous avons donné ses coordonnées à ce service")
    ask_later: bool = Field(default=False, title="Prendre des nouvelles dans 2 semaines")


class AnswerForm(Form):
    """What came of it."""

    came_back: Annotated[str, among(ANSWERS)] = Field(
        title="Qu’en est-il\u00a0?",
        json_schema_extra={"messages": {"missing": "Choisissez une des réponses proposées."}},
    )
    answer: Words = Field(default="", title="En quelques mots", max_length=200)
    version: int = Field(title="Version")


@dataclass(frozen=True)
class Told:
    """A referral, opened. Lives for one request."""

    id: UUID
    service: str
    reason: str
    answer: str
    gave_contact: bool
    sent_on: date
    came_back: CameBack
    came_back_on: date | None
    version: int

    @property
    def is_waiting(self) -> bool:
        """Tell whether nothing has come back yet."""
        return self.came_back is CameBack.WAITING

    @property
    def said(self) -> str:
        """What came of it, in words."""
        return ANSWERS.get(self.came_back.value, "En attente de nouvelles")


def refer(
    db: WriteSession, actor: Actor, resident_id: UUID, data: ReferralForm, *,
    today: date, now: datetime,
) -> bool:  # fmt: skip
    """Send somebody on; False when the same was noted today already, as by a second tap.

    Raises Invalid when her contact was given without her agreement.
    """
    resident_row(db, resident_id)
    if data.gave_contact and not accepts(db, resident_id, Accepts.SHARING):
        raise Invalid(
            "gave_contact",
            "Cette personne n’a pas accepté le partage. "
            "Demandez-lui, puis notez son accord sur sa fiche.",
        )
    cipher = subject_ciphers(db, {resident_id})[resident_id]
    wanted = (today, data.service, data.reason, data.gave_contact)
    if any(
        one.is_waiting and (one.sent_on, one.service, one.reason, one.gave_contact) == wanted
        for one in referrals_of(db, resident_id, cipher)
    ):
        return False
    row = Referral(
        organisation_id=actor.organisation_id,
        resident_id=resident_id,
        service=Sealed(),
        gave_contact=data.gave_contact,
        sent_on=today,
        sent_by=actor.account_id,
    )
    _seal(row, cipher, service=data.service, reason=data.reason)
    db.add(row)
    db.flush()
    note_deed(db, actor, Did.REFER, resident_id, now=now)
    return True


def note_answer(
    db: WriteSession, actor: Actor, resident_id: UUID, referral_id: UUID, data: AnswerForm, *,
    today: date, now: datetime,
) -> None:  # fmt: skip
    """Keep what came of a referral. Raises NotFound, Conflict when another tab was first."""
    row = db.get(Referral, referral_id, with_for_update=True, populate_existing=True)
    if row is None or row.resident_id != resident_id:
        raise NotFound("Cette orientation n’existe pas.")
    if row.version != data.version:
        raise Conflict("Cette orientation a été changée pendant ce temps. Voici où elle en est.")
    row.came_back, row.came_back_on = CameBack(data.came_back), today
    _seal(row, subject_ciphers(db, {resident_id})[resident_id], answer=data.answer)
    row.version += 1
    note_deed(db, actor, Did.REFER, resident_id, now=now)


def referrals_of(db: ReadSession, resident_id: UUID, cipher: Cipher) -> list[Told]:
    """List where somebody was sent, the latest first."""
    rows = db.exec(
        select(Referral)
        .where(col(Referral.resident_id) == resident_id)
        .order_by(col(Referral.sent_on).desc(), col(Referral.id).desc())
    )
    return [_opened(row, cipher) for row in rows]


def move_referrals(
    db: WriteSession, before: UUID, after: UUID, ids: Sequence[UUID] | None = None
) -> list[UUID]:
    """Move referrals (all, or some) to another file, their words closed under its key."""
    query = select(Referral).where(col(Referral.resident_id) == before)
    rows = db.exec(query if ids is None else query.where(col(Referral.id).in_(ids))).all()
    if rows:
        ciphers = subject_ciphers(db, {before, after})
        for row in rows:
            words = _words(row, ciphers[before])
            _seal(row, ciphers[after], **words)
            row.resident_id = after
            row.version += 1
        db.flush()
    return [row.id for row in rows]


def _opened(row: Referral, cipher: Cipher) -> Told:
    return Told(
        id=row.id,
        **_words(row, cipher),
        gave_contact=row.gave_contact,
        sent_on=row.sent_on,
        came_back=row.came_back,
        came_back_on=row.came_back_on,
        version=row.version,
    )


def _words(row: Referral, cipher: Cipher) -> dict[str, str]:
    sealed = {name: getattr(row, name) for name in SEALED}
    return {
        name: cipher.open(value, table=TABLE, column=name, row=row.id) if value else ""
        for name, value in sealed.items()
    }


def _seal(row: Referral, cipher: Cipher, **words: str) -> None:
    for name, text in words.items():
        sealed = cipher.seal(text, table=TABLE, column=name, row=row.id) if text else None
        setattr(row, name, sealed)
