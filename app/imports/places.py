"""Finds the places that a file names among those of the structure; makes the others, closed."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.core.db import WriteSession
from app.core.text import fold
from app.imports.activities import PlaceName
from app.imports.report import ImportReport, Remark
from app.organisations import service as organisations
from app.organisations.models import Organisation, Place

LONGEST_NAME = 200


@dataclass
class _Known:
    """A place, and the days between which the file saw activities there."""

    place: Place | None  # None when nothing is written
    commune: str
    first: date | None = None
    last: date | None = None


class Places:
    """The places of one structure during one import."""

    def __init__(
        self, db: WriteSession, organisation: Organisation, report: ImportReport, *, dry_run: bool
    ) -> None:
        self._db = db
        self._organisation = organisation
        self._report = report
        self._dry_run = dry_run
        self._by_name: dict[str, list[_Known]] = {}
        self._resolved: dict[tuple[str, str | None], _Known] = {}
        for place in organisations.places(db, organisation.id):
            known = _Known(place, place.commune)
            self._by_name.setdefault(fold(place.name), []).append(known)

    def id_of(self, written: PlaceName, held_on: date) -> UUID | None:
        """Give the id of a place where an activity was held; makes it when nobody knows it."""
        asked = (written.name, written.commune)
        known = self._resolved.get(asked)
        if known is None:
            known = self._resolved[asked] = self._find(written) or self._make(written, held_on)
        known.first = min(known.first or held_on, held_on)
        known.last = max(known.last or held_on, held_on)
        return known.place.id if known.place else None

    def settle(self) -> None:
        """Widen the days on which places were open to those of the activities held there."""
        for known in self._resolved.values():
            place = known.place
            if place is None or known.first is None or known.last is None:
                continue
            place.opened_on = min(place.opened_on, known.first)
            if place.closed_on is not None:
                place.closed_on = max(place.closed_on, known.last + timedelta(days=1))
        self._db.flush()

    def _find(self, written: PlaceName) -> _Known | None:
        """Match name and commune; without a commune, a name that one place only carries."""
        named = self._by_name.get(fold(written.name), [])
        if written.commune is None and len(named) == 1:
            return named[0]
        commune = written.commune or self._organisation.commune
        return next((known for known in named if known.commune == commune), None)

    def _make(self, written: PlaceName, held_on: date) -> _Known:
        if written.commune is None:
            self._report.remarks[Remark.PLACES_WITHOUT_COMMUNE] += 1
        commune = written.commune or self._organisation.commune
        self._report.places_created.append(written.name[:LONGEST_NAME])
        known = _Known(None, commune)
        if not self._dry_run:
            known.place = organisations.create_place(
                self._db,
                self._organisation,
                name=written.name[:LONGEST_NAME],
                address=written.address[:LONGEST_NAME],
                commune=commune,
                opened_on=held_on,
                closed_on=held_on + timedelta(days=1),
            )
        self._by_name.setdefault(fold(written.name), []).append(known)
        return known
