"""Drafts: what was being noted, sealed under the structure's key, for its author, for a day."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from app.accounts.actor import Actor
from app.core.db import ReadSession, WriteSession
from app.core.errors import NotFound
from app.organisations.keys import organisation_cipher
from app.sessions.draft_models import Draft

TABLE, COLUMN = "draft", "typed"
KEPT = timedelta(hours=24)
LONGEST = 64_000  # characters: a form of ours never comes near
NOT_KEPT = {"step", "pick", "pick_person", "then", "q", "person_q"}


@dataclass(frozen=True)
class Resumable:
    """A draft to take up again."""

    id: UUID
    saved_at: datetime


def keep_draft(
    db: WriteSession, actor: Actor, draft_id: UUID, raw: dict[str, list[str]], *, now: datetime
) -> None:
    """Keep what is typed so far; drafts older than a day go. Too long a form is left out."""
    db.exec(
        delete(Draft).where(
            col(Draft.account_id) == actor.account_id, col(Draft.saved_at) < now - KEPT
        )
    )
    kept = {name: values for name, values in raw.items() if name not in NOT_KEPT and any(values)}
    text = json.dumps(kept, ensure_ascii=False)
    if len(text) > LONGEST:
        return
    cipher = organisation_cipher(db, actor.organisation_id)
    typed = cipher.seal(text, table=TABLE, column=COLUMN, row=draft_id)
    row = db.get(Draft, draft_id)
    if row is not None:
        row.typed, row.saved_at = typed, now
        return
    try:
        with db.begin_nested():
            db.add(
                Draft(
                    id=draft_id,
                    organisation_id=actor.organisation_id,
                    account_id=actor.account_id,
                    typed=typed,
                    saved_at=now,
                )
            )
    except IntegrityError:  # the same a moment ago, or somebody else's number: nothing is said
        return


_DROP = (
    delete(Draft)
    .where(col(Draft.id) == bindparam("number"))
    .execution_options(synchronize_session=False)  # nothing of it is at hand
)


def last_draft(db: ReadSession, actor: Actor, *, now: datetime) -> Resumable | None:
    """Find the latest draft of this adviser here, of less than a day."""
    row = db.exec(
        select(Draft)
        .where(col(Draft.account_id) == actor.account_id, col(Draft.saved_at) >= now - KEPT)
        .order_by(col(Draft.saved_at).desc())
        .limit(1)
    ).first()
    return Resumable(row.id, row.saved_at) if row is not None else None


def open_draft(db: ReadSession, actor: Actor, draft_id: UUID) -> dict[str, list[str]]:
    """Give back what was typed. Raises NotFound."""
    row = db.get(Draft, draft_id)
    if row is None:
        raise NotFound("Cette note a été enregistrée ou jetée.")
    cipher = organisation_cipher(db, actor.organisation_id)
    typed: dict[str, list[str]] = json.loads(
        cipher.open(row.typed, table=TABLE, column=COLUMN, row=row.id)
    )
    return typed


def drop_drafts_of(db: WriteSession, organisation_id: UUID, resident_ids: list[UUID]) -> None:
    """Throw away every draft that names some residents, once they are erased."""
    cipher = organisation_cipher(db, organisation_id)
    for row in db.exec(select(Draft).where(col(Draft.organisation_id) == organisation_id)):
        typed = cipher.open(row.typed, table=TABLE, column=COLUMN, row=row.id)
        if any(str(number) in typed for number in resident_ids):
            db.delete(row)


def drop_draft(db: WriteSession, draft_id: UUID) -> None:
    """Throw a draft away: it was saved, or is not wanted any more."""
    db.execute(_DROP, {"number": draft_id})
