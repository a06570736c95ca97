"""Workshops to come as lists show them: how many are registered, how many wait, where."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.accounts.actor import Actor
from app.agenda.registrations import count_people
from app.agenda.workshop_models import Workshop
from app.core.db import ReadSession
from app.core.text import plural
from app.organisations import service as organisations

MOST_SAID = 5  # of those who moved up, in one sentence


@dataclass(frozen=True)
class WorkshopLine:
    """One workshop as a list shows it."""

    row: Workshop
    registered: str
    place: str


def workshop_lines(db: ReadSession, actor: Actor, rows: Sequence[Workshop]) -> list[WorkshopLine]:
    """Put places and numbers on some workshops, in two queries."""
    counts = count_people(db, [row.id for row in rows])
    places = {p.id: p.name for p in organisations.places(db, actor.organisation_id)}
    return [
        WorkshopLine(row, said_people(counts.get(row.id, 0), row.capacity), places[row.place_id])
        for row in rows
    ]


def said_people(count: int, capacity: int | None) -> str:
    """Say « 6 inscrits sur 8 », « complet, 8 sur 8 · 2 en liste d’attente »."""
    if capacity is None:
        return plural(count, "inscrit")
    if count < capacity:
        return f"{plural(count, 'inscrit')} sur {capacity}"
    full = f"complet, {capacity} sur {capacity}"
    waiting = count - capacity
    return f"{full} · {waiting}\u00a0en liste d’attente" if waiting else full


def moved_up_path(row: Workshop, moved_up: Sequence[UUID], **said: object) -> str:
    """Give the address of a workshop, saying a gesture and who has a place by it."""
    words = [f"{name}={value}" for name, value in said.items() if value is not None]
    words += [f"monte={number}" for number in moved_up[:MOST_SAID]]
    return f"/ateliers/{row.id}?" + "&".join(words)
