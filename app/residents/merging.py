"""Joining two files of one person, parting them again, and saying that they are two people.

What hangs on a file (visits, procedures, follow-ups) is moved by the domains it belongs to;
`app/sessions/merging.py` calls them all in one transaction.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import col, select

from app.accounts.actor import Actor
from app.audit.models import Did
from app.core.crypto import Cipher, Sealed
from app.core.db import ReadSession, WriteSession
from app.core.errors import Invalid, NotFound
from app.organisations.keys import KeyRing
from app.residents import finding, service
from app.residents.doubles import Likeness, likeness, pairs
from app.residents.informing import TO_TELL
from app.residents.merge_models import Merge, TwoPeople
from app.residents.models import Resident
from app.residents.search import Entry
from app.residents.service import SEALED_FIELDS, TABLE, NamedResident

UNDONE_WITHIN = timedelta(days=30)
CODED_FIELDS = ("commune", "age_band", "gender", "status", "language", "reached_by")
UNSAID = (None, "", "non_communique")
SHOWN_PAIRS = 20


@dataclass(frozen=True)
class Pair:
    """Two files that may be one person's, and why."""

    first: NamedResident
    second: NamedResident
    likeness: Likeness


def likely_doubles(db: WriteSession, actor: Actor, *, now: datetime) -> tuple[list[Pair], int]:
    """Give the likeliest pairs, opened, and how many there are; two people known are left out."""
    found = finding.index(db, actor.organisation_id).remembered(pairs)
    two = {frozenset((row.first_id, row.second_id)) for row in db.exec(select(TwoPeople))}
    left = [p for p in found if frozenset((p[0].resident_id, p[1].resident_id)) not in two]
    shown = left[:SHOWN_PAIRS]
    ids = [entry.resident_id for one, other, _ in shown for entry in (one, other)]
    opened = service.name_residents(db, actor, ids, now=now)
    return [
        Pair(opened[one.resident_id], opened[other.resident_id], why)
        for one, other, why in shown
        if one.resident_id in opened and other.resident_id in opened
    ], len(left)


def alike(
    db: WriteSession, actor: Actor, typed: Entry, *, now: datetime
) -> list[tuple[NamedResident, Likeness]]:
    """Find the files that may already be the person whose file is being opened."""
    index = finding.index(db, actor.organisation_id)
    asked = [" ".join(typed.tokens), typed.phone, typed.email]
    ids = dict.fromkeys(i for text in asked if text for i in index.search(text, 12))
    found = [(i, why) for i in ids if (why := likeness(typed, index.entry(i), is_new=True))]
    found.sort(key=lambda one: -one[1].score)
    opened = service.name_residents(db, actor, [i for i, _ in found[:3]], now=now)
    return [(opened[i], why) for i, why in found[:3] if i in opened]


def say_two(db: WriteSession, actor: Actor, one: UUID, other: UUID, *, now: datetime) -> None:
    """Remember that two files are two people's; twice is once. Raises NotFound."""
    first, second = sorted((one, other))
    for resident_id in (first, second):
        service.held_resident(db, resident_id)
    known = db.exec(
        select(TwoPeople).where(
            col(TwoPeople.first_id) == first, col(TwoPeople.second_id) == second
        )
    ).first()
    if known is None:
        db.add(
            TwoPeople(
                organisation_id=actor.organisation_id,
                first_id=first,
                second_id=second,
                said_at=now,
                said_by=actor.account_id,
            )
        )
        db.flush()


def join(
    db: WriteSession,
    actor: Actor,
    kept: Resident,
    gone: Resident,
    *,
    from_gone: frozenset[str],
    moved: Mapping[str, list[UUID]],
    now: datetime,
) -> Merge:
    """Make one file of two: the kept one takes the chosen values, and what only the other knew.

    Both are held (`hold`) before anything of theirs is moved.
    """
    ring = KeyRing(db)
    own, other = ring.cipher_of(kept.key_id), ring.cipher_of(gone.key_id)
    before = {name: _read(kept, name, own) for name in SEALED_FIELDS}
    theirs = {name: _read(gone, name, other) for name in SEALED_FIELDS}
    merge = Merge(
        organisation_id=actor.organisation_id,
        kept_id=kept.id,
        gone_id=gone.id,
        former=Sealed(),
        moved={kind: [str(i) for i in ids] for kind, ids in moved.items()},
        merged_at=now,
        merged_by=actor.account_id,
    )
    former = _facts(kept, before)
    for name in SEALED_FIELDS:
        if theirs[name] and (name in from_gone or not before[name]):
            value = theirs[name]
            setattr(kept, name, own.seal(str(value), table=TABLE, column=name, row=kept.id))
    for name in CODED_FIELDS:
        if getattr(gone, name) not in UNSAID and (
            name in from_gone or getattr(kept, name) in UNSAID
        ):
            setattr(kept, name, getattr(gone, name))
    if _was_told_first(gone, kept):
        kept.informed_on, kept.informed_how = gone.informed_on, gone.informed_how
        kept.informed_by = gone.informed_by
    kept.last_contact_on = max(kept.last_contact_on, gone.last_contact_on)
    gone.merged_into = kept.id
    after = _facts(kept, {name: _read(kept, name, own) for name in SEALED_FIELDS})
    taken = {name: [former[name], after[name]] for name in after if after[name] != former[name]}
    merge.former = own.seal(
        json.dumps(taken), table="resident_merge", column="former", row=merge.id
    )
    _changed(db, actor, kept, gone)
    db.add(merge)
    db.flush()
    _note(db, actor, Did.MERGE_RESIDENTS, merge, now)
    return merge


def part(db: WriteSession, actor: Actor, merge: Merge, *, now: datetime) -> None:
    """Make two files again; what was written since on the kept one stays there."""
    kept, gone = db.get(Resident, merge.kept_id), db.get(Resident, merge.gone_id)
    if kept is None or gone is None or gone.merged_into != kept.id:
        raise NotFound
    own = KeyRing(db).cipher_of(kept.key_id)
    taken: dict[str, list[str | None]] = json.loads(
        own.open(merge.former, table="resident_merge", column="former", row=merge.id)
    )
    current = _facts(kept, {name: _read(kept, name, own) for name in SEALED_FIELDS})
    for name, (before, after) in taken.items():
        if current[name] == after:  # nobody changed it since
            _give_back(kept, name, before, own)
    gone.merged_into = None
    merge.undone_at = now
    _changed(db, actor, kept, gone)
    db.flush()
    _note(db, actor, Did.PART_RESIDENTS, merge, now)


def forget_joined(db: WriteSession, *, now: datetime) -> int:
    """Take the words away from files joined 30 days ago or more: they cannot be parted any more.

    Their rows stay, nameless, so that an old link leads to the file they joined. Gives how many.
    """
    past = db.exec(
        select(Merge)
        .where(
            col(Merge.merged_at) <= now - UNDONE_WITHIN,
            col(Merge.undone_at).is_(None),
            col(Merge.forgotten_at).is_(None),
        )
        .with_for_update()
    ).all()
    ring = KeyRing(db)
    for merge in past:
        kept, gone = db.get(Resident, merge.kept_id), db.get(Resident, merge.gone_id)
        if kept is None or gone is None:
            continue
        cipher = ring.cipher_of(gone.key_id)
        for name in SEALED_FIELDS:
            named = name in ("given_name", "family_name")
            nothing = cipher.seal("", table=TABLE, column=name, row=gone.id) if named else None
            setattr(gone, name, nothing)
        merge.former = ring.cipher_of(kept.key_id).seal(
            "{}", table="resident_merge", column="former", row=merge.id
        )
        merge.moved, merge.forgotten_at = {}, now
    db.flush()
    return len(past)


def last_merge(db: ReadSession, kept_id: UUID, *, now: datetime) -> Merge | None:
    """Find the last joining of a file that can still be undone."""
    return db.exec(
        select(Merge)
        .where(
            col(Merge.kept_id) == kept_id,
            col(Merge.undone_at).is_(None),
            col(Merge.merged_at) > now - UNDONE_WITHIN,
        )
        .order_by(col(Merge.merged_at).desc())
        .limit(1)
    ).first()


def _facts(row: Resident, opened: Mapping[str, str | None]) -> dict[str, str | None]:
    return {
        **opened,
        **{name: getattr(row, name) for name in CODED_FIELDS},
        "informed_how": row.informed_how,
        "informed_on": row.informed_on.isoformat(),
        "last_contact_on": row.last_contact_on.isoformat(),
    }


def _give_back(row: Resident, name: str, value: str | None, cipher: Cipher) -> None:
    if name in SEALED_FIELDS:
        sealed = cipher.seal(value, table=TABLE, column=name, row=row.id) if value else None
        setattr(row, name, sealed)
    elif name.endswith("_on"):
        setattr(row, name, date.fromisoformat(value or ""))
    else:
        setattr(row, name, value)


def _was_told_first(one: Resident, other: Resident) -> bool:
    """Tell who was told first; what came from another tool was told to nobody."""
    told, known = one.informed_how != TO_TELL, other.informed_how != TO_TELL
    return told and (not known or one.informed_on < other.informed_on)


def hold(db: WriteSession, kept_id: UUID, gone_id: UUID) -> tuple[Resident, Resident]:
    """Hold two files, in an order that two tabs share. Raises NotFound, Conflict, Invalid."""
    if kept_id == gone_id:
        raise Invalid("", "C’est la même fiche. Choisissez-en une autre.")
    first, second = (service.held_resident(db, i) for i in sorted((kept_id, gone_id)))
    return (first, second) if first.id == kept_id else (second, first)


def _read(row: Resident, name: str, cipher: Cipher) -> str | None:
    sealed: Sealed | None = getattr(row, name)
    return cipher.open(sealed, table=TABLE, column=name, row=row.id) if sealed else None


def _changed(db: WriteSession, actor: Actor, *rows: Resident) -> None:
    for row in rows:
        row.version += 1
    service.names_changed(db, actor.organisation_id)


def _note(db: WriteSession, actor: Actor, did: Did, merge: Merge, now: datetime) -> None:
    for subject in (merge.kept_id, merge.gone_id):
        service.note_deed(db, actor, did, subject, now=now)
