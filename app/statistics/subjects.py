"""Subjects: the random id that stands for a person in the figures of one year."""

from uuid import UUID, uuid4

from sqlmodel import col, select

from app.core.db import WriteSession
from app.statistics.models import StatisticsSubject


class Subjects:
    """The subjects of some years; the same person has one a year, wherever she is counted."""

    def __init__(self, db: WriteSession) -> None:
        self._db = db
        self._known = {
            (row.resident_id, row.year): row.subject for row in db.exec(select(StatisticsSubject))
        }
        self._named = set(self._known.values())

    def of(self, resident_id: UUID | None, year: int) -> UUID | None:
        """Give a person's subject, made if need be; nobody known has none."""
        if resident_id is None:
            return None
        key = (resident_id, year)
        if key not in self._known:
            self._known[key] = uuid4()
            self._named.add(self._known[key])
            self._db.add(
                StatisticsSubject(subject=self._known[key], year=year, resident_id=resident_id)
            )
        return self._known[key]

    def names_somebody(self, subject: UUID | None) -> bool:
        """Tell whether a subject still leads to a person; not once she is erased."""
        return subject in self._named


def forget_resident(db: WriteSession, resident_id: UUID) -> None:
    """Cut what leads from figures to a person who is erased; the figures stay."""
    rows = select(StatisticsSubject).where(col(StatisticsSubject.resident_id) == resident_id)
    for row in db.exec(rows):
        db.delete(row)
    db.flush()
