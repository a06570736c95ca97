"""What a person accepted, and took back: reminders, sharing, her procedures named on her sheet.

A file rests on information given, not on agreement (security-privacy E1); these do rest on it
(art. 6.1.a and 7 RGPD), are told apart, and end in one tap.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select

from app.accounts.actor import Actor
from app.audit.models import Did
from app.audit.service import record
from app.core.db import ReadSession, WriteSession
from app.messages.models import Channel
from app.residents.agreement_models import Accepts, Agreement
from app.residents.service import note_deed, resident_row

SAID = {
    Accepts.REMINDERS: ("Rappels", "Recevoir un message avant un rendez-vous."),
    Accepts.SHARING: ("Partage", "Donner ses coordonnées à un autre service, pour l’y orienter."),
    Accepts.NAMED_SHEET: ("Fiche à emporter", "Écrire le nom de ses démarches sur la fiche."),
}


@dataclass(frozen=True)
class Standing:
    """Whether a person accepts something today, and since when."""

    accepts: Accepts
    label: str
    meaning: str
    since: date | None

    @property
    def is_given(self) -> bool:
        """Tell whether it stands."""
        return self.since is not None


def standings(db: ReadSession, resident_id: UUID) -> list[Standing]:
    """Say where each agreement of a person stands."""
    given = {row.accepts: row.given_on for row in _standing(db, resident_id)}
    return [Standing(one, *SAID[one], given.get(one)) for one in Accepts]


def set_agreement(
    db: WriteSession,
    actor: Actor,
    resident_id: UUID,
    what: Accepts,
    *,
    is_given: bool,
    today: date,
    now: datetime,
) -> None:
    """Note that a person accepts, or no more; saying it twice changes nothing. Raises Invalid."""
    resident_row(db, resident_id)
    standing = next((r for r in _standing(db, resident_id) if r.accepts is what), None)
    if is_given is (standing is not None):
        return
    if standing is not None:
        standing.ended_on = today
    else:
        db.add(
            Agreement(
                organisation_id=actor.organisation_id,
                resident_id=resident_id,
                accepts=what,
                given_on=today,
                given_to=actor.account_id,
            )
        )
    db.flush()
    note_deed(db, actor, Did.CHANGE_AGREEMENT, resident_id, now=now)


def accepts(db: ReadSession, resident_id: UUID, what: Accepts) -> bool:
    """Tell whether a person accepts something at this moment."""
    return any(row.accepts is what for row in _standing(db, resident_id))


def stop_reminders(
    db: WriteSession,
    organisation_id: UUID,
    resident_id: UUID,
    by: Channel,
    *,
    today: date,
    now: datetime,
) -> None:
    """End the agreement to reminders, as the person herself asked; the record says so."""
    for row in _standing(db, resident_id):
        if row.accepts is Accepts.REMINDERS:
            row.ended_on, row.stopped_by = today, by
            record(
                db,
                Did.STOP_REMINDERS,
                at=now,
                organisation_id=organisation_id,
                subject_id=resident_id,
            )
    db.flush()


def stopped(db: ReadSession, resident_id: UUID) -> list[Agreement]:
    """List the times that a person stopped her reminders by herself."""
    return list(
        db.exec(
            select(Agreement).where(
                col(Agreement.resident_id) == resident_id, col(Agreement.stopped_by).is_not(None)
            )
        )
    )


def _standing(db: ReadSession, resident_id: UUID) -> list[Agreement]:
    return list(
        db.exec(
            select(Agreement).where(
                col(Agreement.resident_id) == resident_id, col(Agreement.ended_on).is_(None)
            )
        )
    )
