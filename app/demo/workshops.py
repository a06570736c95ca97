"""Workshops to come in the demonstration: one today, with its people, and others after."""

import random
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from app.agenda.workshop_models import Registration, Workshop
from app.core.db import WriteSession
from app.organisations.models import Organisation, Place, Tag

PLANNED = (
    (0, "Premiers e-mails", "debutant", ["email"], 8),
    (6, "Ranger ses photos", "intermediaire", ["gere_ses_contenus_numeriques"], 6),
    (9, "Éviter les arnaques", "debutant", ["securite_numerique"], 10),
)
TAGS = ("Bus numérique", "Quartier prioritaire", "Visio")


def plan_workshops(
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
    """Plan some workshops of one adviser, six people registered for each, and make the tags."""
    for gap, title, level, themes, capacity in PLANNED:
        row = Workshop(
            organisation_id=organisation.id,
            place_id=place.id,
            adviser_id=adviser_id,
            title=title,
            level=level,
            themes=themes,
            planned_on=until + timedelta(days=gap),
            starts_at=time(14),
            duration_min=90,
            capacity=capacity,
            created_at=now,
        )
        db.add(row)
        db.flush()
        db.add_all(
            Registration(
                organisation_id=organisation.id,
                workshop_id=row.id,
                resident_id=resident_id,
                registered_at=now,
            )
            for resident_id in rng.sample(people, min(6, len(people)))
        )
    db.add_all(Tag(organisation_id=organisation.id, label=label) for label in TAGS)
    db.flush()
