"""Remembers, for a structure, what the labels of its files mean."""

from collections.abc import Mapping
from uuid import UUID

from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.core.errors import Invalid
from app.core.text import fold
from app.imports.labels import IGNORED
from app.imports.models import ImportLabel
from app.organisations import service as organisations
from app.reference import vocabularies

PLACE = "place"
LISTS = {
    "kind": "Type",
    "mode": "Canal",
    "theme": "Thématique",
    "material": "Matériel",
    "age_band": "Âge",
    "gender": "Genre",
    "status": "Statut",
    "referral": "Orientation",
    "level": "Niveau",
    "autonomy": "Autonomie",
    PLACE: "Lieu",
}
NEEDED = frozenset({"kind", "mode"})  # an activity has one: its label cannot be left out


LEAVE = "-"  # what the page sends for a label to leave out


def can_leave(name: str) -> bool:
    """Tell whether a label of a list may be left out."""
    return name not in NEEDED and name != PLACE


def first_choice(name: str) -> str:
    """Say what happens while nobody gives a meaning."""
    return "Créer ce lieu, fermé" if name == PLACE else "Refuser ces lignes"


def meanings(db: ReadSession, organisation_id: UUID) -> dict[tuple[str, str], str]:
    """Give what a structure said, by list and folded label."""
    found = db.exec(select(ImportLabel).where(col(ImportLabel.organisation_id) == organisation_id))
    return {(row.field, row.label): row.code for row in found}


def choices(db: ReadSession, organisation_id: UUID, name: str) -> list[tuple[str, str]]:
    """List what a label of a list may mean: code and label, places of the structure included."""
    if name == PLACE:
        return [(str(p.id), p.name) for p in organisations.places(db, organisation_id)]
    return [(v.code, v.label) for v in vocabularies.values(name) if v.national_label]


def remember(db: WriteSession, organisation_id: UUID, said: Mapping[tuple[str, str], str]) -> None:
    """Keep what labels mean. Raises Invalid for a list, a code or a place that is none."""
    known = {
        (row.field, row.label): row
        for row in db.exec(
            select(ImportLabel).where(col(ImportLabel.organisation_id) == organisation_id)
        )
    }
    for (name, label), code in said.items():
        if name not in LISTS or code not in _accepted(db, organisation_id, name):
            raise Invalid("label", "Choisissez une des réponses proposées.")
        row = known.get((name, fold(label)))
        if row is not None:
            row.code = code
            continue
        row = ImportLabel(organisation_id=organisation_id, field=name, label=fold(label), code=code)
        known[name, row.label] = row
        db.add(row)
    db.flush()


def _accepted(db: ReadSession, organisation_id: UUID, name: str) -> set[str]:
    codes = {code for code, _ in choices(db, organisation_id, name)}
    return codes | {IGNORED} if can_leave(name) else codes
