"""Finds the places that a file names among those of the structure; makes the others, closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.core.db import Database, ReadSession, WriteSession
from app.core.scope import Scope
from app.core.text import fold
from app.imports import runs
from app.imports.activities import PlaceName
from app.imports.models import ImportRun
from app.imports.report import ImportReport, Remark
from app.organisations import service as organisations
from app.organisations.models import Organisation, Place

LONGEST_NAME = 200


@dataclass
class _Known:
    """A place, and the days between which the file saw activities there."""

    id: UUID | None  # None until it is made
    commune: str
    written: PlaceName | None = None
    first: date | None = None
    last: date | None = None


class Places:
    """The places of one structure during one import, whose batches have their own sessions."""

    def __init__(
        self,
        db: ReadSession,
        organisation: Organisation,
        report: ImportReport,
        own: Mapping[str, str],
        *,
        made: Sequence[str],
    ) -> None:
        """Prepare. `own`: places told by name; `made`: by this import, before it stopped."""
        self._organisation = organisation
        self._report = report
        self._promised: list[_Known] = []
        self._by_name: dict[str, list[_Known]] = {}
        self._resolved: dict[tuple[str, str | None], _Known] = {}
        self._written: dict[UUID, PlaceName] = {}
        by_id = {}
        for place in organisations.places(db, organisation.id):
            known = by_id[str(place.id)] = _Known(place.id, place.commune)
            self._written[place.id] = PlaceName(place.name, place.address, place.commune)
            self._by_name.setdefault(fold(place.name), []).append(known)
            if str(place.id) in made:
                report.places_created.append(place.name)
        self._told = {name: by_id[code] for name, code in own.items() if code in by_id}

    def note(self, written: PlaceName, held_on: date) -> None:
        """Look a place up, and keep the days on which the file saw activities there."""
        asked = (written.name, written.commune)
        known = self._resolved.get(asked)
        if known is None:
            known = self._resolved[asked] = self._find(written) or self._promise(written)
        known.first = min(known.first or held_on, held_on)
        known.last = max(known.last or held_on, held_on)

    def id_of(self, written: PlaceName) -> UUID | None:
        """Give the id of a place that was noted, and made since when nobody knew it."""
        return self._resolved[written.name, written.commune].id

    def written(self, place_id: UUID) -> PlaceName | None:
        """Tell a place of the structure as our own export does."""
        return self._written.get(place_id)

    def make(self, database: Database, run: ImportRun) -> None:
        """Make the places that nobody knows, and note them as this import's. Raises Overtaken.

        A place's code is unique in the whole instance: its transaction sees all of it.
        """
        if not self._promised:
            return
        with database.writing(Scope.system("code of an imported place")) as db:
            made = [self._make(db, known) for known in self._promised]
            runs.made_places(db, run, [place_id for place_id in made if place_id is not None])
        self._promised.clear()

    def settle(self, db: WriteSession) -> None:
        """Widen the days on which places were open to those of the activities held there."""
        for known in self._resolved.values():
            place = db.get(Place, known.id) if known.id else None
            if place is None or known.first is None or known.last is None:
                continue
            place.opened_on = min(place.opened_on, known.first)
            if place.closed_on is not None:
                place.closed_on = max(place.closed_on, known.last + timedelta(days=1))
        db.flush()

    def _find(self, written: PlaceName) -> _Known | None:
        """Match what was told, then name and commune, then a name that one place only carries."""
        name = fold(written.name)
        if name in self._told:
            return self._told[name]
        named = self._by_name.get(name, [])
        if written.commune is None and len(named) == 1:
            return named[0]
        commune = written.commune or self._organisation.commune
        return next((known for known in named if known.commune == commune), None)

    def _promise(self, written: PlaceName) -> _Known:
        if written.commune is None:
            self._report.remarks[Remark.PLACES_WITHOUT_COMMUNE] += 1
        self._report.places_created.append(written.name[:LONGEST_NAME])
        known = _Known(None, written.commune or self._organisation.commune, written)
        self._promised.append(known)
        self._by_name.setdefault(fold(written.name), []).append(known)
        return known

    def _make(self, db: WriteSession, known: _Known) -> UUID | None:
        if known.written is None or known.first is None or known.last is None:
            return None
        place = organisations.create_place(
            db,
            self._organisation,
            name=known.written.name[:LONGEST_NAME],
            address=known.written.address[:LONGEST_NAME],
            commune=known.commune,
            opened_on=known.first,
            closed_on=known.last + timedelta(days=1),
        )
        known.id = place.id
        self._written[place.id] = PlaceName(place.name, place.address, place.commune)
        return place.id
