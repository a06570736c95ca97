"""What a structure holds after an import, to be compared: ids and keys aside."""

from typing import Any

from sqlmodel import col, select

from app.imports.people import known_people
from app.organisations.models import Place
from app.residents.service import NamedResident
from app.sessions.models import AssistedSession
from app.sessions.notes import note_of
from app.sessions.service import WHOLE
from tests.support.build import Builder


def activities(build: Builder, who: str) -> list[tuple[Any, ...]]:
    """Read all that the activities of somebody's structure say."""
    actor = build.actor(who)
    with build.database.reading(actor.scope) as db:
        names = {p.id: p.name for p in known_people(db, actor.organisation_id)}
        places = {place.id: place.name for place in db.exec(select(Place))}
        query = select(AssistedSession).order_by(col(AssistedSession.source_id))
        return [
            (
                s.source_id,
                s.kind,
                s.held_on,
                s.duration_min,
                s.mode,
                s.commune,
                places[s.place_id] if s.place_id else None,
                tuple(s.material),
                s.title,
                s.level,
                tuple(s.tags),
                s.recorded_at,
                note_of(db, s),
                tuple(sorted(t.theme for t in s.themes)),
                tuple(
                    sorted(
                        repr(
                            (
                                names.get(a.resident_id) if a.resident_id else None,
                                *(a.age_band, a.gender, a.status, a.commune),
                                *(a.autonomy, a.is_referred, a.referral, a.has_random_profile),
                            )
                        )
                        for a in s.attendances
                    )
                ),
            )
            for s in db.exec(query.options(*WHOLE))
        ]


def files_of(build: Builder, who: str) -> list[NamedResident]:
    """Open all the files of somebody's structure, the oldest first."""
    actor = build.actor(who)
    with build.database.reading(actor.scope) as db:
        return known_people(db, actor.organisation_id)


def people(build: Builder, who: str) -> list[tuple[Any, ...]]:
    """Read all that the files of somebody's structure say."""
    return sorted(
        (
            *(p.name, str(p.birth_year), p.phone, p.email, p.note, p.commune),
            *(p.age_band, p.gender, p.status, p.informed_how, p.visits, p.version),
        )
        for p in files_of(build, who)
    )


def places(build: Builder, who: str) -> list[tuple[Any, ...]]:
    """Read the places of somebody's structure."""
    with build.database.reading(build.actor(who).scope) as db:
        return sorted((p.name, p.commune, p.opened_on, p.closed_on) for p in db.exec(select(Place)))
