"""The catalogue in the database: loading, listing, searching."""

from collections import Counter
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any

from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.core.errors import NotFound
from app.procedures.catalogue import ProcedureEntry, load_csv
from app.procedures.models import Procedure
from app.procedures.search import Match, ProcedureIndex
from app.reference import vocabularies
from app.reference.vocabularies import Blocker

USUAL_BLOCKERS = 5
NO_PROVIDER = "aucun"
ALWAYS_USUAL = ("email-acces", "mot-de-passe", "piece-manquante", "site-peu-clair", "formulaire")


def load_catalogue(db: WriteSession) -> int:
    """Bring the shipped catalogue into the database; give how many procedures it holds."""
    known = {procedure.slug: procedure for procedure in db.exec(select(Procedure))}
    entries = load_csv()
    for entry in entries:
        facts = _facts(entry)
        row = known.get(entry.slug)
        if row is None:
            db.add(Procedure(slug=entry.slug, **facts))
            continue
        for name, value in facts.items():
            if getattr(row, name) != value:
                setattr(row, name, value)
    db.flush()
    forget_catalogue()
    return len(entries)


def _facts(entry: ProcedureEntry) -> dict[str, Any]:
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
    """The procedures, held in memory: they are few, public, and the same for everybody."""

    def __init__(self, procedures: Sequence[Procedure]) -> None:
        self._by_slug = {procedure.slug: procedure for procedure in procedures}
        self._index = ProcedureIndex([p for p in procedures if p.retired_on is None])

    def __iter__(self) -> Iterator[Procedure]:
        """Go through the procedures, by title."""
        return iter(self._by_slug.values())

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


_held: dict[str, Catalogue] = {}
_lock = Lock()


def catalogue(db: ReadSession) -> Catalogue:
    """Give this installation's catalogue, read once."""
    where = str(db.get_bind().engine.url)
    with _lock:
        if where not in _held:
            rows = db.exec(select(Procedure).order_by(col(Procedure.title))).all()
            for row in rows:
                db.expunge(row)
            _held[where] = Catalogue(rows)
        return _held[where]


def forget_catalogue() -> None:
    """Read the catalogue again at the next question."""
    with _lock:
        _held.clear()


def usual_blockers(procedure: Procedure, frequent: Sequence[str] = ()) -> list[Blocker]:
    """Choose the blockers to show first: those of the theme, those most met here, the usual.

    `frequent`: codes met for this procedure in the structure, most frequent first.
    """
    of_theme = [b.code for b in vocabularies.blockers() if procedure.theme in b.usual_themes]
    order = dict.fromkeys([*frequent[:2], *of_theme[:2], *frequent, *ALWAYS_USUAL, *of_theme])
    return [vocabularies.blocker(code) for code in list(order)[:USUAL_BLOCKERS]]
