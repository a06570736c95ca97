"""What one adviser of the demonstration plans: workshops with their people, office hours."""

import random
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from app.agenda.office_models import OfficeHours
from app.agenda.repeat import Repeat
from app.agenda.workshop_models import Registration, Workshop
from app.core.db import WriteSession
from app.core.ids import new_id
from app.organisations.models import Organisation, Place, Tag

PLANNED = (  # days from today, what, seats, how many registered, how many times a week apart
    (0, "Premiers e-mails", "debutant", ["email"], 8, 6, 1),
    (6, "Ranger ses photos", "intermediaire", ["gere_ses_contenus_numeriques"], 6, 8, 1),
    (9, "Éviter les arnaques", "debutant", ["securite_numerique"], 10, 6, 1),
    (4, "Découvrir son smartphone", "debutant", ["prendre_en_main_du_materiel"], 8, 3, 6),
)
OFFICE_WEEKDAY = 1  # Tuesdays
TAGS = ("Bus numérique", "Quartier prioritaire", "Visio")


def plan_agenda(
    db: WriteSession,
    rng: random.Random,
    organisation: Organisation,
    place: Place,
    adviser_id: UUID,
    people: Sequence[UUID],
    *,
    until: date,
    now: datetime,
) -> None:
    """Plan workshops of one adviser, people registered for each, office hours, and the tags.

    One is full, with two who wait; one comes back every week, with a place taken without a name.
    """
    for gap, title, level, themes, capacity, registered, times in PLANNED:
        series_id = new_id() if times > 1 else None
        for week in range(times):
            row = Workshop(
                organisation_id=organisation.id,
                place_id=place.id,
                adviser_id=adviser_id,
                title=title,
                level=level,
                themes=themes,
                planned_on=until + timedelta(days=gap, weeks=week),
                starts_at=time(14),
                duration_min=90,
                capacity=capacity,
                series_id=series_id,
                created_at=now,
            )
            db.add(row)
            db.flush()
            seats: list[UUID | None] = list(rng.sample(people, min(registered, len(people))))
            db.add_all(
                Registration(
                    organisation_id=organisation.id,
                    workshop_id=row.id,
                    resident_id=resident_id,
                    rank=rank + 1,
                    waited=rank >= capacity,
                    registered_at=now,
                )
                for rank, resident_id in enumerate([*seats, None] if series_id else seats)
            )
    db.add(
        OfficeHours(
            organisation_id=organisation.id,
            adviser_id=adviser_id,
            place_id=place.id,
            repeat=Repeat.WEEKLY,
            first_on=until - timedelta(days=until.weekday() + 7 * 8 - OFFICE_WEEKDAY),
            starts_at=time(9),
            ends_at=time(12),
            slot_min=30,
            created_at=now,
        )
    )
    db.add_all(Tag(organisation_id=organisation.id, label=label) for label in TAGS)
    db.flush()
