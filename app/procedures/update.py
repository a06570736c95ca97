"""Brings the catalogue up to date from the official archive of fiches, or from a CSV of ours.

Official rows are added, changed, retired, taken back; never removed, since activities refer to
them. What structures added is not touched.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlmodel import select

from app.core.db import WriteSession
from app.core.errors import Invalid
from app.core.text import fold, plural, slugify
from app.procedures.archive import Archive, Service, is_archive, read_archive
from app.procedures.catalogue import FACTS, ProcedureEntry, UnreadableRow, read_rows
from app.procedures.models import Procedure
from app.procedures.service import LOCAL, NO_PROVIDER, about, changed, facts_of

MOST_CSV_BYTES = 20 * 1024**2
NEW_WEIGHT = 10.0  # somewhere among the less usual: nothing says how often people come for it
LONGEST_SLUG = 60

_SAID = {
    "title": "titre",
    "short_title": "titre court",
    "synonyms": "autres noms",
    "theme": "thème",
    "national_theme": "thème national",
    "provider_code": "code de l’organisme",
    "provider": "organisme",
    "host": "adresse",
    "is_franceconnect": "FranceConnect",
    "documents": "papiers",
    "fiche_id": "fiche",
    "service_id": "service",
    "weight": "fréquence",
}


@dataclass(frozen=True)
class Line:
    """One thing done to one procedure. `facts`: which columns changed, as said."""

    done: str
    slug: str
    title: str
    facts: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it."""
        detail = f" ({', '.join(self.facts)})" if self.facts else ""
        return f"{self.done}\u00a0: {self.title}{detail}"


@dataclass
class Update:
    """What a file asks for, then what was done. `refused`: rows left aside, and why."""

    wanted: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    dated: date | None = None

    def count(self, done: str) -> int:
        """Count the procedures to which one thing was done."""
        return sum(line.done == done for line in self.lines)

    def summary(self) -> str:
        """Say the counts."""
        counts = [
            plural(self.count(done), f"démarche {done}", f"démarches {done}s")
            for done in ("ajoutée", "changée", "retirée", "reprise")
        ]
        return ", ".join(counts) + f", {plural(len(self.refused), 'laissée')} de côté."

    def to_json(self, *, dry_run: bool) -> dict[str, Any]:
        """Give it as a document."""
        named = {"added": "ajoutée", "changed": "changée", "retired": "retirée"}
        named["restored"] = "reprise"
        found: dict[str, Any] = {"dry_run": dry_run}
        for name, done in named.items():
            found[name] = [
                {"slug": line.slug, "title": line.title, "facts": list(line.facts)}
                for line in self.lines
                if line.done == done
            ]
        counts = {name: len(found[name]) for name in named}
        found["refused"] = self.refused
        found["counts"] = counts | {"refused": len(self.refused)}
        found["dated"] = self.dated.isoformat() if self.dated else None
        return found


def read_source(path: Path, *, progress: Callable[[int, int], None]) -> Archive | list[Any]:
    """Read the file, an archive or a CSV, before anything is written. Raises Invalid."""
    if not path.is_file():
        raise Invalid("file", f"Le fichier {path.name} n’existe pas.")
    if is_archive(path):
        return read_archive(path, progress=progress)
    if path.suffix.casefold() in (".zip", ".xml"):
        raise Invalid("file", "Ce fichier n’est pas une archive zip\u00a0: rien n’a changé.")
    if path.stat().st_size > MOST_CSV_BYTES:
        raise Invalid("file", "Ce CSV dépasse 20\u00a0Mio.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(read_rows(file, FACTS))
    except UnicodeDecodeError as error:
        raise Invalid("file", "Ce CSV n’est pas en UTF-8\u00a0: enregistrez-le ainsi.") from error
    except csv.Error as error:
        raise Invalid("file", "Ce CSV est mal formé.") from error
    except UnreadableRow as error:
        raise Invalid("file", str(error)) from error


def update_catalogue(
    db: WriteSession, source: Archive | list[Any], *, today: date, dry_run: bool = False
) -> Update:
    """Compare the file with the catalogue, and write the difference unless `dry_run`."""
    known = {p.slug: p for p in db.exec(select(Procedure)) if not p.is_local}
    if isinstance(source, Archive):
        update = _from_archive(source, known)
    else:
        update = _from_rows(source, known)
    for slug, facts in update.wanted.items():
        _take(db, update, known.get(slug), slug, facts, dry_run=dry_run)
    for slug in sorted(update.gone):
        update.lines.append(Line("retirée", slug, known[slug].title))
        if not dry_run:
            known[slug].retired_on = today
    if dry_run:
        return update
    before = about(db).gathered_on
    dated = max(before, min(update.dated or today, today))
    if update.lines or (update.dated and dated != before):
        changed(db, gathered_on=dated)
    return update


def _take(
    db: WriteSession,
    update: Update,
    row: Procedure | None,
    slug: str,
    facts: Mapping[str, Any],
    *,
    dry_run: bool,
) -> None:
    if row is None:
        update.lines.append(Line("ajoutée", slug, facts["title"]))
        if not dry_run:
            db.add(Procedure(slug=slug, **facts))
        return
    different = {name: value for name, value in facts.items() if getattr(row, name) != value}
    if row.retired_on is not None:
        update.lines.append(Line("reprise", slug, row.title))
    if different:
        said = tuple(_SAID[name] for name in different)
        update.lines.append(Line("changée", slug, str(facts.get("title", row.title)), said))
    if dry_run:
        return
    row.retired_on = None
    for name, value in different.items():
        setattr(row, name, value)


def _from_rows(
    rows: Iterable[ProcedureEntry | UnreadableRow], known: Mapping[str, Procedure]
) -> Update:
    update = Update()
    kept: set[str] = set()
    for row in rows:
        kept.add(row.slug)
        if isinstance(row, UnreadableRow):
            named = f" ({row.slug})" if row.slug else ""
            update.refused.append(f"{row}{named}")
        elif row.slug.startswith(LOCAL):
            update.refused.append(f"{row.slug}\u00a0: ce code est celui d’une démarche locale.")
        else:
            update.wanted[row.slug] = facts_of(row)
    if not update.wanted:
        raise Invalid("file", "Aucune démarche à prendre dans ce CSV\u00a0: rien n’a changé.")
    update.gone = {p.slug for p in known.values() if p.retired_on is None and p.slug not in kept}
    return update


def _from_archive(archive: Archive, known: Mapping[str, Procedure]) -> Update:
    update = Update(dated=archive.modified_on)
    by_service: dict[str, list[Procedure]] = {}
    untied = {fold(p.title): p for p in known.values() if not p.service_id}
    for procedure in known.values():
        by_service.setdefault(procedure.service_id, []).append(procedure)
    lists = _Lists(known.values())
    for service_id, service in archive.services.items():
        ours = by_service.get(service_id)
        if ours is None and service.is_online and fold(service.title) in untied:
            ours = [untied.pop(fold(service.title))]
        for procedure in ours or ():
            update.wanted[procedure.slug] = _changes(
                procedure, service, archive.cited_by[service_id], is_alone=len(ours or ()) == 1
            )
        if ours is None and service.is_online:
            if service.theme is None:
                update.refused.append(
                    f"{service_id}, «\u00a0{service.title}\u00a0»\u00a0: "
                    f"thème «\u00a0{service.said_theme}\u00a0» inconnu."
                )
                continue
            slug = _new_slug(service, known.keys() | update.wanted.keys())
            update.wanted[slug] = lists.facts(service, service.theme)
    update.gone = {
        p.slug
        for p in known.values()
        if p.retired_on is None and p.service_id and p.service_id not in archive.services
    }
    return update


def _changes(
    procedure: Procedure, service: Service, cited_by: set[str], *, is_alone: bool
) -> dict[str, Any]:
    """Say what the archive knows better than we do; synonyms, theme and body in charge are ours."""
    facts: dict[str, Any] = {"service_id": service.service_id}
    if is_alone:  # of two procedures behind one service, each keeps its own title
        facts["title"] = service.title
        if procedure.short_title == procedure.title:
            facts["short_title"] = service.title
    if service.host and _bare(service.host) != _bare(procedure.host):
        facts["host"] = service.host
    if procedure.fiche_id not in cited_by:
        facts["fiche_id"] = service.fiche_id
    return facts


def _bare(host: str) -> str:
    return host.removeprefix("www.")


def _new_slug(service: Service, taken: Iterable[str]) -> str:
    slug = slugify(service.title)[:LONGEST_SLUG].strip("-") or service.service_id.casefold()
    if slug in taken or slug.startswith(LOCAL):
        return f"demarche-{service.service_id.casefold()}"
    return slug


class _Lists:
    """What the catalogue already knows: national theme of each theme, code of each body."""

    def __init__(self, procedures: Iterable[Procedure]) -> None:
        counts = Counter((p.theme, p.national_theme) for p in procedures)
        self.national = {theme: national for (theme, national), _ in reversed(counts.most_common())}
        self.codes = {fold(p.provider): p.provider_code for p in procedures if p.provider}

    def facts(self, service: Service, theme: str) -> dict[str, Any]:
        """Give the columns of a procedure that is new to us."""
        code = self.codes.get(fold(service.provider)) or slugify(service.provider)[:40]
        return {
            "title": service.title,
            "short_title": service.title,
            "synonyms": [],
            "theme": theme,
            "national_theme": self.national[theme],
            "provider_code": code or NO_PROVIDER,
            "provider": service.provider,
            "host": service.host,
            "documents": [],
            "fiche_id": service.fiche_id,
            "service_id": service.service_id,
            "weight": NEW_WEIGHT,
        }
