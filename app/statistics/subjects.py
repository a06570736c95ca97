"""Subjects: the random id that stands for a person in the figures of one year."""

from collections.abc import Iterable
from uuid import UUID, uuid4

from sqlmodel import col, select

from app.core.db import WriteSession
from app.statistics.models import StatisticsSubject


class Subjects:
    """The subjects of some people, a batch at a time: those of a country do not fit in memory.

    The same person has one subject a year, wherever she is counted.
    """

    def __init__(self, db: WriteSession) -> None:
        self._db = db
        self._known: dict[tuple[UUID, int], UUID] = {}
        self._named: set[UUID] = set()

    def turn_to(
        self, residents: Iterable[UUID | None], subjects: Iterable[UUID | None] = ()
    ) -> None:
        """Read the subjects of the people of a batch, and who still stands behind some subjects.

        Those of the batch before are forgotten.
        """
        self._db.flush()
        people = {resident for resident in residents if resident is not None}
        found = select(
            StatisticsSubject.resident_id, StatisticsSubject.year, StatisticsSubject.subject
        ).where(col(StatisticsSubject.resident_id).in_(people))
        self._known = {
            (resident, year): of_year for resident, year, of_year in self._db.exec(found)
        }
        asked = {subject for subject in subjects if subject is not None}
        named = select(StatisticsSubject.subject).where(col(StatisticsSubject.subject).in_(asked))
        self._named = set(self._db.exec(named)) if asked else set()

    def of(self, resident_id: UUID | None, year: int) -> UUID | None:
        """Give the subject of a person of the batch, made if need be; nobody known has none."""
        if resident_id is None:
            return None
        key = (resident_id, year)
        if key not in self._known:
            self._known[key] = uuid4()
            self._db.add(
                StatisticsSubject(subject=self._known[key], year=year, resident_id=resident_id)
            )
        return self._known[key]

    def names_somebody(self, subject: UUID | None) -> bool:
        """Tell whether a subject of the batch still leads to a person; not once she is erased."""
        return subject in self._named


def forget_resident(db: WriteSession, resident_id: UUID) -> None:
    """Cut what leads from figures to a person who is erased; the figures stay."""
    rows = select(StatisticsSubject).where(col(StatisticsSubject.resident_id) == resident_id)
    for row in db.exec(rows):
        db.delete(row)
    db.flush()
