"""Adds entries to the access record, in the transaction of the act, and checks the chains."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import rfc8785
import sqlalchemy as sa
from sqlalchemy import Row
from sqlmodel import col, func, select

from app.audit.models import AccessRecord, ChainHead, Did
from app.core.db import ReadSession, WriteSession
from app.core.ids import new_id

INSTANCE = "instance"
# The deed as text: one that is none of ours is a broken link, not an error of reading.
CHAINED = (
    *(col(AccessRecord.chain), col(AccessRecord.position), col(AccessRecord.at)),
    *(col(AccessRecord.account_id), sa.type_coerce(AccessRecord.did, sa.String).label("did")),
    *(col(AccessRecord.subject_id), col(AccessRecord.shown), col(AccessRecord.succeeded)),
    *(col(AccessRecord.previous), col(AccessRecord.digest)),
)
_HEAD = (
    sa.select(col(ChainHead.position), col(ChainHead.digest))
    .where(col(ChainHead.chain) == sa.bindparam("of"))
    .with_for_update()
)


@dataclass(frozen=True)
class BrokenLink:
    """The first entry of a chain that does not follow from the one before."""

    chain: str
    position: int


def record(
    db: WriteSession,
    did: Did,
    *,
    at: datetime,
    account_id: UUID | None = None,
    organisation_id: UUID | None = None,
    subject_id: UUID | None = None,
    shown: int | None = None,
    succeeded: bool = True,
) -> None:
    """Add one entry. If it cannot be written, the act fails with it (D4)."""
    chain = str(organisation_id) if organisation_id else INSTANCE
    with db.no_autoflush:  # the act is written when it is whole
        head = db.execute(_HEAD, {"of": chain}).first()
    if head is None:
        db.write_open(ChainHead, {"chain": chain, "position": 0, "digest": ""})
    position, previous = head or (0, "")
    entry: dict[str, Any] = {
        "id": new_id(),
        "chain": chain,
        "position": position + 1,
        "at": at,
        "account_id": account_id,
        "organisation_id": organisation_id,
        "did": did,
        "subject_id": subject_id,
        "shown": shown,
        "succeeded": succeeded,
        "previous": previous,
    }
    digest = digest_of(entry)
    db.write_open(AccessRecord, entry | {"digest": digest})
    head_now = {"chain": chain, "position": position + 1, "digest": digest}
    db.write_open(ChainHead, head_now, in_place=True)


def digest_of(entry: Mapping[Any, Any]) -> str:
    """Compute the digest of an entry's columns: SHA-256 of its canonical JSON (RFC 8785)."""
    facts: dict[str, str | int | bool | None] = {
        "chain": entry["chain"],
        "position": entry["position"],
        "at": entry["at"].isoformat(timespec="microseconds"),
        "account": str(entry["account_id"] or ""),
        "did": str(entry["did"]),
        "subject": str(entry["subject_id"] or ""),
        "shown": entry["shown"],
        "succeeded": entry["succeeded"],
        "previous": entry["previous"],
    }
    return hashlib.sha256(rfc8785.dumps(dict(facts))).hexdigest()


def count(db: ReadSession, organisation_id: UUID, did: Did) -> int:
    """Count how often a structure did something, as far as the record goes back."""
    return db.exec(
        select(func.count(col(AccessRecord.id))).where(
            col(AccessRecord.organisation_id) == organisation_id, col(AccessRecord.did) == did
        )
    ).one()


def verify(db: ReadSession) -> BrokenLink | None:
    """Walk every chain; find change, removal, insertion, reordering and truncation."""
    heads = db.exec(select(ChainHead).order_by(col(ChainHead.chain))).all()
    for head in heads:
        with db.execute(
            sa.select(*CHAINED)
            .where(col(AccessRecord.chain) == head.chain)
            .order_by(col(AccessRecord.position))
            .execution_options(yield_per=1_000)
        ) as entries:
            broken = _first_break(head, entries)
        if broken is not None:
            return broken
    return None


def _first_break(head: ChainHead, entries: Iterable[Row[Any]]) -> BrokenLink | None:
    previous, position = "", 0
    for entry in entries:
        position += 1
        follows = entry.position == position and entry.previous == previous
        if not follows or entry.digest != digest_of(entry._mapping):
            return BrokenLink(head.chain, position)
        previous = entry.digest
    if position != head.position or previous != head.digest:
        return BrokenLink(head.chain, position + 1)
    return None
