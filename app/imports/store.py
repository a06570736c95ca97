"""Writes activities by batches: the new ones, those that changed, and nothing for the others."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.core.ids import new_id
from app.imports.activities import Facts
from app.imports.gathering import OLD_ID, Activity
from app.imports.models import ImportRun
from app.imports.places import Places
from app.imports.report import ImportReport, Remark
from app.imports.rows import TABLE, Rows
from app.imports.stored import completed, lost_persons, pairs, told, told_persons
from app.organisations.keys import organisation_cipher
from app.organisations.models import Organisation
from app.sessions.models import AssistedSession, Attendance, SessionTheme, Source
from app.sessions.notes import note_of
from app.sessions.service import WHOLE


@dataclass(frozen=True)
class _Stored:
    """What is known of an activity that came in before."""

    id: UUID
    digest: str | None
    is_removed: bool
    changed_at: datetime | None
    is_corrected: bool  # by somebody, in Escale


@dataclass(frozen=True)
class Plan:
    """What is to be written of a batch."""

    new: list[tuple[Activity, str]]  # with the digest of its content
    changed: dict[UUID, tuple[Activity, str]]


class Store:
    """Where the activities of one import go; each batch in a database session of its own."""

    def __init__(
        self,
        db: ReadSession,
        organisation: Organisation,
        report: ImportReport,
        *,
        now: datetime,
        run: ImportRun | None,
        own: Mapping[str, str],
    ) -> None:
        """Prepare; without a run, nothing is written. `own`: places told by name."""
        self._organisation_id = organisation.id
        self._run_id = run.id if run else None
        self._is_taken_up = run is not None and run.written > 0
        self._report = report
        self.absent: Set[str] = frozenset()  # columns that the file has not
        # A bare digest of a short note could be guessed; this one needs the installation's key.
        self._digest_key = db.keys.derive("import digest")
        self.places = Places(db, organisation, report, own, made=run.places if run else [])
        self._cipher = organisation_cipher(db, organisation.id)
        self._rows = Rows(organisation.id, self._cipher, self.places, now=now, run_id=self._run_id)

    def plan(self, db: ReadSession, batch: list[Activity]) -> Plan:
        """Tell what is new and what changed, and count it."""
        stored = self._stored(db, [activity.source_id for activity in batch])
        plan = Plan([], {})
        ours, mine = self._ours(db, batch), self._mine(db, stored.values())
        digests = [self._digest(activity) for activity in batch]
        opened = self._opened(db, batch, digests, stored)
        for activity, digest in zip(batch, digests, strict=True):
            before = stored.get(activity.source_id)
            if before is None and activity.source_id in ours:
                self._report.unchanged += 1  # noted in Escale, and come back with its export
            elif before is None:
                self._count_new(activity)
                plan.new.append((activity, digest))
            else:
                self._plan_known(plan, (activity, digest), before, opened.get(before.id), mine)
        for activity, _ in (*plan.new, *plan.changed.values()):
            if activity.facts.place is not None:
                self.places.note(activity.facts.place, activity.facts.held_on)
        return plan

    def _plan_known(
        self,
        plan: Plan,
        said: tuple[Activity, str],
        before: _Stored,
        stored: Activity | None,
        mine: Set[UUID],
    ) -> None:
        """Plan what becomes of an activity that came in before: the newest of both stays."""
        (activity, digest), known = said, {before.digest}
        if stored is not None:
            known.add(self._digest(stored))  # our own export says what is stored
            self._tell_namesakes(activity, stored)
            lost = lost_persons(activity, stored, self.absent)
            activity = completed(activity, stored, self.absent)
            self._report.remarks[Remark.CUT_CHANGED] += lost
            digest = self._digest(activity)
        if before.digest == digest and before.id in mine:
            self._count_new(activity)
        elif digest in known or before.is_removed:
            self._report.unchanged += 1
            self._report.remarks[Remark.REMOVED] += before.digest != digest and before.is_removed
        elif self._is_older(activity, before):
            self._report.unchanged += 1
            self._report.remark_at(Remark.OLDER, activity.line)
        else:
            self._report.updated += 1
            self._report.attendances += len(activity.persons)
            plan.changed[before.id] = (activity, digest)

    def _count_new(self, activity: Activity) -> None:
        self._report.created += 1
        self._report.attendances += len(activity.persons)

    def _is_older(self, activity: Activity, before: _Stored) -> bool:
        """Tell whether the file says something older than what is stored (dictionary § 14.2).

        A file without the column cannot tell: what somebody corrected in Escale stays then.
        """
        said = activity.facts.changed_at or activity.facts.recorded_at
        if said is None or "changed_at" in self.absent:
            return before.is_corrected
        # The national tool writes minutes.
        return before.changed_at is not None and said < before.changed_at.replace(
            second=0, microsecond=0
        )

    def _tell_namesakes(self, activity: Activity, stored: Activity) -> None:
        """Know a person among her namesakes by the link that this activity has already."""
        linked = {person.resident_id for person in stored.persons}
        for place, files in activity.namesakes.items():
            hers = linked.intersection(files)
            if len(hers) == 1:
                [resident_id] = hers
                linked.remove(resident_id)
                activity.persons[place] = activity.persons[place]._replace(resident_id=resident_id)
                self._report.remarks[Remark.NAMESAKES] -= 1

    def _opened(
        self,
        db: ReadSession,
        batch: list[Activity],
        digests: list[str],
        stored: Mapping[str, _Stored],
    ) -> dict[UUID, Activity]:
        """Open what is stored of the activities about which a file says something else."""
        asked = [
            before.id
            for activity, digest in zip(batch, digests, strict=True)
            if (before := stored.get(activity.source_id)) is not None
            and not before.is_removed
            and (activity.namesakes or before.digest != digest)
        ]
        if not asked:
            return {}
        query = select(AssistedSession).where(col(AssistedSession.id).in_(asked))
        return {session.id: self._open(db, session) for session in db.exec(query.options(*WHOLE))}

    def _open(self, db: ReadSession, session: AssistedSession) -> Activity:
        place = self.places.written(session.place_id) if session.place_id else None
        texts = {
            name: self._cipher.open(sealed, table=TABLE, column=name, row=session.id)
            for name in ("note", "precision")
            if (sealed := getattr(session, name)) is not None
            and (name == "precision" or session.note_key_id is None)
        }
        note = note_of(db, session) if session.note_key_id else texts.get("note", "")
        return told(session, place, note, texts.get("precision", ""))

    def write(self, db: WriteSession, plan: Plan) -> list[UUID]:
        """Write what was planned, once its places are made; gives the residents it is about."""
        self._add(db, plan.new)
        met = {person.resident_id for a, _ in plan.new for person in a.persons}
        met |= self._change(db, plan.changed)
        return [resident_id for resident_id in met if resident_id is not None]

    def _mine(self, db: ReadSession, stored: Iterable[_Stored]) -> set[UUID]:
        """Find what this very import brought in before it stopped half way."""
        if not self._is_taken_up:
            return set()
        query = select(AssistedSession.id).where(
            col(AssistedSession.id).in_([before.id for before in stored]),
            col(AssistedSession.import_run_id) == self._run_id,
        )
        return set(db.exec(query))

    def _add(self, db: WriteSession, new: list[tuple[Activity, str]]) -> None:
        sessions, attendances, themes = [], [], []
        for activity, digest in new:
            id_ = new_id()
            sessions.append(self._rows.new(id_, activity, digest))
            for person in activity.persons:
                attendances.append(self._rows.attendance(id_, person, activity))
            for theme in activity.facts.themes:
                themes.append(self._rows.theme(id_, theme))
        db.insert_many(AssistedSession, sessions)
        db.insert_many(Attendance, attendances)
        db.insert_many(SessionTheme, themes)

    def _stored(self, db: ReadSession, source_ids: list[str]) -> dict[str, _Stored]:
        rows = db.execute(
            sa.select(
                col(AssistedSession.source_id),
                col(AssistedSession.id),
                col(AssistedSession.source_digest),
                col(AssistedSession.removed_at).is_not(None),
                col(AssistedSession.changed_at),
                col(AssistedSession.version) > 1 + col(AssistedSession.import_updates),
            ).where(
                col(AssistedSession.organisation_id) == self._organisation_id,
                col(AssistedSession.source) == Source.COOP,
                col(AssistedSession.source_id).in_(source_ids),
            )
        )
        return {source_id: _Stored(*known) for source_id, *known in rows}

    def _ours(self, db: ReadSession, batch: list[Activity]) -> set[str]:
        """Find the activities that Escale's own export named by their id."""
        ids = [UUID(a.source_id) for a in batch if not a.source_id.startswith(OLD_ID)]
        query = select(AssistedSession.id).where(
            col(AssistedSession.organisation_id) == self._organisation_id,
            col(AssistedSession.id).in_(ids),
        )
        return set(map(str, db.exec(query)))

    def _digest(self, activity: Activity) -> str:
        return hmac.new(self._digest_key, activity.content, hashlib.sha256).hexdigest()

    def _change(
        self, db: WriteSession, changed: dict[UUID, tuple[Activity, str]]
    ) -> set[UUID | None]:
        if not changed:
            return set()
        sessions = db.exec(
            select(AssistedSession).where(col(AssistedSession.id).in_(changed)).options(*WHOLE)
        ).all()
        met: set[UUID | None] = set()
        for session in sessions:
            met.update(attendance.resident_id for attendance in session.attendances)
            self._rewrite(session, *changed[session.id])
            met.update(attendance.resident_id for attendance in session.attendances)
        db.flush()
        return met

    def _rewrite(self, session: AssistedSession, activity: Activity, digest: str) -> None:
        """Say in the stored activity what the file now says; what is ours alone stays."""
        values = self._rows.session(activity, session.id, digest)
        for name in values.keys() - self._left_alone(session, activity.facts):
            setattr(session, name, values[name])
        session.version += 1
        session.import_updates += 1
        session.updated_run_id = self._run_id
        before = {theme.theme: theme for theme in session.themes}
        for name in before.keys() - set(activity.facts.themes):
            session.themes.remove(before[name])
        for name in activity.facts.themes:
            if name not in before:
                session.themes.append(SessionTheme(**self._rows.theme(session.id, name)))
        self._rewrite_attendances(session, activity)

    def _left_alone(self, session: AssistedSession, facts: Facts) -> set[str]:
        """Name what a file says nothing of: a text stays under the key that sealed it."""
        left = {name for name in ("note", "precision") if name in self.absent}
        left |= {name for name in ("recorded_at", "changed_at") if getattr(facts, name) is None}
        if "note" in self.absent:
            left.add("note_key_id")
        if "place" in self.absent and session.mode == facts.mode:
            left.add("place_id")
        return left

    def _rewrite_attendances(self, session: AssistedSession, activity: Activity) -> None:
        """Pair people by profile, since rows of a workshop name nobody (dictionary § 14).

        An attendance goes on under its id: the figures of a closed month know it so.
        """
        seated = list(session.attendances)
        paired = pairs(activity.persons, told_persons(session))
        free = [at for at in range(len(seated)) if at not in paired.values()]
        free.sort(key=lambda at: seated[at].resident_id is None)  # named ones stay
        others = [place for place in range(len(activity.persons)) if place not in paired]
        paired |= dict(zip(others, free, strict=False))
        for place, at in paired.items():
            person, attendance = activity.persons[place], seated[at]
            for name, value in person._asdict().items():
                if name != "resident_id" or attendance.resident_id is None:
                    setattr(attendance, name, value)  # a link made here stays
            attendance.has_random_profile = activity.facts.has_random_profiles
        for at in free[len(others) :]:
            session.attendances.remove(seated[at])
        for place in others[len(free) :]:
            values = self._rows.attendance(session.id, activity.persons[place], activity)
            session.attendances.append(Attendance(**values))
