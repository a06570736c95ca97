"""Writes activities by batches: the new ones, those that changed, and nothing for the others."""

import hashlib
import hmac
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import SQLModel, col, select

from app.core.db import WriteSession
from app.imports.activities import Person, canonical
from app.imports.gathering import Activity
from app.imports.places import Places
from app.imports.report import ImportReport, Remark
from app.imports.rows import Rows, Values
from app.organisations.keys import organisation_cipher
from app.organisations.models import Organisation
from app.sessions.models import AssistedSession, Attendance, SessionTheme, Source
from app.sessions.service import WHOLE


@dataclass(frozen=True)
class _Stored:
    """What is known of an activity that came in before."""

    id: UUID
    digest: str | None
    is_removed: bool


class Store:
    """Where the activities of one import go."""

    def __init__(
        self,
        db: WriteSession,
        organisation: Organisation,
        report: ImportReport,
        *,
        now: datetime,
        dry_run: bool,
    ) -> None:
        self._db = db
        self._organisation_id = organisation.id
        self._report = report
        self._now = now
        self._dry_run = dry_run
        # A bare digest of a short note could be guessed; this one needs the installation's key.
        self._digest_key = db.keys.derive("import digest")
        self._places = Places(db, organisation, report, dry_run=dry_run)
        cipher = organisation_cipher(db, organisation.id)
        self._rows = Rows(organisation.id, cipher, self._places, now=now)

    def keep(self, batch: list[Activity]) -> None:
        """Write one batch: two statements to know, and those of the flush."""
        stored = self._stored([activity.source_id for activity in batch])
        new: list[tuple[type[SQLModel], Values]] = []
        changed: dict[UUID, tuple[Activity, str]] = {}
        for activity in batch:
            digest, before = self._digest(activity), stored.get(activity.source_id)
            if before is None:
                self._report.created += 1
                self._report.attendances += len(activity.persons)
                new.extend(self._rows.of(activity, digest))
            elif before.digest == digest or before.is_removed:
                self._report.unchanged += 1
                self._report.remarks[Remark.REMOVED] += before.digest != digest
            else:
                changed[before.id] = (activity, digest)
        self._change(changed)
        if not self._dry_run:
            # Once written, nothing holds them: the database session only knows them weakly.
            self._db.add_all(model(**values) for model, values in new)
            self._db.flush()

    def finish(self) -> None:
        """Settle what depends on the whole file."""
        self._places.settle()

    def _stored(self, source_ids: list[str]) -> dict[str, _Stored]:
        rows = self._db.exec(
            select(
                AssistedSession.source_id,
                AssistedSession.id,
                AssistedSession.source_digest,
                AssistedSession.removed_at,
            ).where(
                col(AssistedSession.organisation_id) == self._organisation_id,
                col(AssistedSession.source) == Source.COOP,
                col(AssistedSession.source_id).in_(source_ids),
            )
        )
        return {
            source_id: _Stored(id_, digest, removed_at is not None)
            for source_id, id_, digest, removed_at in rows
            if source_id is not None
        }

    def _digest(self, activity: Activity) -> str:
        content = canonical(activity.facts, activity.persons, activity.note)
        return hmac.new(self._digest_key, content, hashlib.sha256).hexdigest()

    def _change(self, changed: dict[UUID, tuple[Activity, str]]) -> None:
        if not changed:
            return
        sessions = self._db.exec(
            select(AssistedSession).where(col(AssistedSession.id).in_(changed)).options(*WHOLE)
        ).all()
        for session in sessions:
            activity, digest = changed[session.id]
            if activity.is_cut and len(session.attendances) >= len(activity.persons):
                self._report.unchanged += 1  # a cut file takes nobody away
                continue
            self._report.updated += 1
            self._report.attendances += len(activity.persons)
            if not self._dry_run:
                self._rewrite(session, activity, digest)
        self._db.flush()

    def _rewrite(self, session: AssistedSession, activity: Activity, digest: str) -> None:
        """Say in the stored activity what the file now says; what is ours alone stays."""
        for name, value in self._rows.session(activity, session.id, digest).items():
            setattr(session, name, value)
        session.changed_at = session.changed_at or self._now
        session.version += 1
        before = {theme.theme: theme for theme in session.themes}
        for name in before.keys() - set(activity.facts.themes):
            session.themes.remove(before[name])
        for name in activity.facts.themes:
            if name not in before:
                session.themes.append(SessionTheme(**self._rows.theme(session.id, name)))
        self._rewrite_attendances(session, activity)

    def _rewrite_attendances(self, session: AssistedSession, activity: Activity) -> None:
        """Pair people by profile, since rows of a workshop name nobody (dictionary § 14).

        An attendance goes on under its id: the figures of a closed month know it so.
        """
        by_profile: defaultdict[Person, list[Attendance]] = defaultdict(list)
        for attendance in session.attendances:
            by_profile[_profile(attendance)].append(attendance)
        others = []
        for person in activity.persons:
            alike = by_profile[person]
            if alike:
                alike.pop().has_random_profile = activity.facts.has_random_profiles
            else:
                others.append(person)
        free = [attendance for alike in by_profile.values() for attendance in alike]
        free.sort(key=lambda attendance: attendance.resident_id is None)  # named ones stay
        for attendance, person in zip(free, others, strict=False):
            for name, value in person._asdict().items():
                setattr(attendance, name, value)
            attendance.has_random_profile = activity.facts.has_random_profiles
        for attendance in free[len(others) :]:
            session.attendances.remove(attendance)
        for person in others[len(free) :]:
            values = self._rows.attendance(session.id, person, activity)
            session.attendances.append(Attendance(**values))


def _profile(attendance: Attendance) -> Person:
    return Person(**{name: getattr(attendance, name) for name in Person._fields})
