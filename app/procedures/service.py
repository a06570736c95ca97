"""The catalogue in the database: loading, listing, searching."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from math import inf
from threading import RLock
from time import monotonic
from typing import Any, Self, TypeVar
from uuid import UUID

from sqlalchemy import event
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.core.db import ReadSession, WriteSession
from app.core.errors import NotFound
from app.procedures.catalogue import LICENCE, SOURCE, ProcedureEntry, load_csv
from app.procedures.catalogue import gathered_on as shipped_on
from app.procedures.models import CatalogueState, HiddenProcedure, LocalProcedure, Procedure
from app.procedures.search import Match, ProcedureIndex
from app.reference import vocabularies
from app.reference.vocabularies import Blocker

USUAL_BLOCKERS = 5
NO_PROVIDER = "aucun"
LOCAL = "local-"  # how the code of a structure’s own procedure begins
ALWAYS_USUAL = ("email-acces", "mot-de-passe", "piece-manquante", "site-peu-clair", "formulaire")

STATE = 1  # the one row
FRESH_S = 2.0
MOST_VIEWS = 500  # structures, each with an index of a few hundred procedures once it searched
Viewers = frozenset[UUID] | None
Row = TypeVar("Row", LocalProcedure, HiddenProcedure)


@dataclass(frozen=True)
class About:
    """Age and origin of the catalogue, shown wherever it is consulted."""

    version: int
    gathered_on: date
    source: str
    licence: str

    @classmethod
    def of(cls, state: CatalogueState | None) -> Self:
        """Read it; what was never updated is as shipped."""
        if state is None:
            return cls(0, shipped_on(), SOURCE, LICENCE)
        return cls(state.version, state.gathered_on, state.source, state.licence)


def load_catalogue(db: WriteSession) -> int:
    """Bring the shipped catalogue into the database; give how many procedures it holds.

    What an update brought since is newer: then only what is missing is added.
    """
    known = {procedure.slug: procedure for procedure in db.exec(select(Procedure))}
    state = db.get(CatalogueState, STATE)
    is_newer = state is None or shipped_on() > state.gathered_on
    entries = load_csv()
    for entry in entries:
        row = known.get(entry.slug)
        if row is None:
            db.add(Procedure(slug=entry.slug, **facts_of(entry)))
        elif is_newer:
            for name, value in facts_of(entry).items():
                if getattr(row, name) != value:
                    setattr(row, name, value)
    if is_newer or len({entry.slug for entry in entries} - known.keys()):
        changed(db, gathered_on=shipped_on() if is_newer else None)
    return len(entries)


def facts_of(entry: ProcedureEntry) -> dict[str, Any]:
    """Give the columns of a row of the catalogue."""
    return {
        "title": entry.title,
        "short_title": entry.name,
        "synonyms": list(entry.synonyms),
        "theme": entry.theme,
        "national_theme": entry.coop_theme,
        "provider_code": entry.provider_code,
        "provider": entry.provider,
        "host": entry.host,
        "is_franceconnect": entry.franceconnect,
        "documents": list(entry.documents),
        "fiche_id": entry.fiche_id,
        "service_id": entry.service_id,
        "weight": entry.weight,
    }


class Catalogue:
    """The procedures as one person sees them, held in memory: few, and read at every page.

    What her structure hides is out of use from the day it was hidden; past activities keep its
    title.
    """

    def __init__(
        self, procedures: Sequence[Procedure], about: About, hidden: Mapping[str, date]
    ) -> None:
        self.about = about
        self.hidden = hidden
        self._by_slug = {p.slug: _out_of_use(p, hidden.get(p.slug)) for p in procedures}

    @cached_property
    def _index(self) -> ProcedureIndex:
        return ProcedureIndex([p for p in self if p.retired_on is None])

    def __iter__(self) -> Iterator[Procedure]:
        """Go through the procedures, by title."""
        return iter(self._by_slug.values())

    def among(self, slugs: Collection[str]) -> list[Procedure]:
        """Give those of some slugs, by title."""
        return [procedure for slug, procedure in self._by_slug.items() if slug in slugs]

    def get(self, slug: str) -> Procedure | None:
        """Find a procedure, retired or not."""
        return self._by_slug.get(slug)

    def find(self, slug: str) -> Procedure:
        """Find a procedure. Raises NotFound."""
        procedure = self._by_slug.get(slug)
        if procedure is None:
            raise NotFound("Cette démarche n’est pas au catalogue.")
        return procedure

    def search(self, text: str, *, limit: int = 8) -> list[Match]:
        """Find procedures and skills by what people say, typos and beginnings included."""
        return self._index.search(text, limit)

    def by_theme(self) -> dict[str, list[Procedure]]:
        """Group procedures in use by theme, themes in the reference order."""
        groups: dict[str, list[Procedure]] = {t.code: [] for t in vocabularies.procedure_themes()}
        for procedure in self:
            if procedure.retired_on is None:
                groups[procedure.theme].append(procedure)
        return {theme: found for theme, found in groups.items() if found}

    def providers(self) -> list[tuple[str, str, int]]:
        """List the bodies in charge: code, name, number of procedures; the busiest first."""
        names: dict[str, str] = {}
        counts: Counter[str] = Counter()
        for procedure in self:
            if procedure.provider_code != NO_PROVIDER and procedure.retired_on is None:
                names[procedure.provider_code] = procedure.provider
                counts[procedure.provider_code] += 1
        return [(code, names[code], count) for code, count in counts.most_common()]


@dataclass
class _Held:
    """One version of an installation's catalogue: what is everybody's, and views of structures."""

    about: About
    national: list[Procedure]
    local: list[Procedure]
    views: dict[Viewers, Catalogue] = field(default_factory=dict)

    def view(self, db: ReadSession, viewers: Viewers) -> Catalogue:
        if viewers not in self.views:
            if len(self.views) >= MOST_VIEWS:
                self.views.clear()
            self.views[viewers] = self._make(db, viewers)
        return self.views[viewers]

    def _make(self, db: ReadSession, viewers: Viewers) -> Catalogue:
        if viewers is None:  # figures count every structure: local ones stand there without a name
            return Catalogue([*self.national, *self.local], self.about, {})
        stand_ins = {p.slug: p for p in self.local}
        own = [
            _named(stand_ins[row.slug], row)
            for row in db.exec(_of(LocalProcedure, viewers))
            if not row.is_proposed and row.slug in stand_ins
        ]
        rows = db.exec(_of(HiddenProcedure, viewers)).all()
        counts = Counter(row.procedure for row in rows)
        hidden = {
            row.procedure: row.hidden_on for row in rows if counts[row.procedure] == len(viewers)
        }
        if not own and not hidden and viewers:
            return self.view(db, frozenset())
        found = sorted([*self.national, *own], key=lambda p: p.title)
        return Catalogue(found, self.about, hidden)


_held: dict[str, tuple[float, _Held]] = {}  # by database, with when its version was asked
_lock = RLock()


def catalogue(db: ReadSession) -> Catalogue:
    """Give the catalogue as this session's person sees it.

    Read again when its version has grown: asked every FRESH_S seconds, so that a running server
    notices another process's update; this one's own shows at once. What this person may see of
    it is told by her session's scope: a withdrawn right acts at the next request.
    """
    found: Catalogue | None = db.info.get("catalogue")
    if found is None:
        viewers = None if db.scope.is_system else db.scope.work or db.scope.structures
        with db.no_autoflush:
            found = _newest(db).view(db, viewers)
        db.info["catalogue"] = found
    return found


def about(db: ReadSession) -> About:
    """Give the age and origin of the catalogue."""
    return About.of(db.exec(select(CatalogueState)).first())


def _newest(db: ReadSession) -> _Held:
    if db.info.get("catalogue_changed"):  # may still be undone: nobody else’s yet
        return _read(db, about(db))
    where, instant = _where(db), monotonic()
    with _lock:
        asked, held = _held.get(where, (-inf, None))
        if held is not None and instant - asked < FRESH_S:
            return held
        now = about(db)
        if held is None or held.about != now:
            held = _read(db, now)
        _held[where] = (instant, held)
        return held


def _where(db: ReadSession) -> str:
    return str(db.get_bind().engine.url)


def _read(db: ReadSession, now: About) -> _Held:
    rows = db.exec(select(Procedure).order_by(col(Procedure.title))).all()
    copies = [copied(row) for row in rows]
    return _Held(
        now,
        national=[p for p in copies if not p.is_local],
        local=[p for p in copies if p.is_local],
    )


def changed(db: WriteSession, *, gathered_on: date | None = None, source: str = SOURCE) -> None:
    """Say that the catalogue has changed, and its new age if it has one; servers read it again."""
    state = db.get(CatalogueState, STATE, with_for_update=True)
    if state is None:
        state = CatalogueState(id=STATE, gathered_on=shipped_on(), source=source, licence=LICENCE)
        db.add(state)
    state.version += 1
    if gathered_on is not None:
        state.gathered_on = gathered_on
        state.source = source
    db.flush()
    db.info.pop("catalogue", None)
    if not db.info.get("catalogue_changed"):
        db.info["catalogue_changed"] = True
        event.listen(db, "after_commit", lambda _: _held.pop(_where(db), None), once=True)


def copied(procedure: Procedure, **changes: Any) -> Procedure:
    """Copy a procedure out of its session, changed where told."""
    return Procedure(**procedure.model_dump() | changes)


def _named(stand_in: Procedure, row: LocalProcedure) -> Procedure:
    return copied(
        stand_in,
        title=row.title,
        short_title=row.short_title,
        synonyms=row.synonyms,
        provider=row.provider,
        host=row.host,
        documents=row.documents,
        retired_on=row.retired_on,
    )


def _out_of_use(procedure: Procedure, since: date | None) -> Procedure:
    if since is None or procedure.retired_on is not None:
        return procedure
    return copied(procedure, retired_on=since)


def _of(model: type[Row], organisations: frozenset[UUID]) -> SelectOfScalar[Row]:
    return select(model).where(col(model.organisation_id).in_(organisations))


def usual_blockers(procedure: Procedure, frequent: Sequence[str] = ()) -> list[Blocker]:
    """Choose the blockers to show first: those of the theme, those most met here, the usual.

    `frequent`: codes met for this procedure in the structure, most frequent first.
    """
    of_theme = [b.code for b in vocabularies.blockers() if procedure.theme in b.usual_themes]
    order = dict.fromkeys([*frequent[:2], *of_theme[:2], *frequent, *ALWAYS_USUAL, *of_theme])
    return [vocabularies.blocker(code) for code in list(order)[:USUAL_BLOCKERS]]
