"""National figures to read beside local ones, each with its population, period and source.

Only figures that were read in a document are here. They are landmarks: residents who come for
help are not a sample of the population, so a gap with one is never computed.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from app.reference import files


@dataclass(frozen=True, slots=True)
class Landmark:
    """One national figure.

    `topic` is `connexion`, `equipement`, `competences` (the three divides), `demarches`, `offre`
    or `dispositif`. `unit` may say that the source rounds. `first_hand`: read in the producer's own
    publication, not in a text that quotes it.
    """

    id: str
    topic: str
    indicator: str
    value: Decimal
    unit: str
    period: str
    population: str
    source: str
    first_hand: bool
    note: str


@cache
def landmarks(topic: str | None = None) -> tuple[Landmark, ...]:
    """Every landmark, or those of one topic."""
    found = (
        Landmark(
            id=row["id"],
            topic=row["divide"],
            indicator=row["indicator"],
            value=Decimal(row["value"]),
            unit=row["unit"],
            period=row["reference_period"],
            population=row["population"],
            source=row["source"],
            first_hand=row["confidence"] == "verified-primary",
            note=row["note"],
        )
        for row in files.rows("national-benchmarks.csv")
    )
    return tuple(landmark for landmark in found if topic in (None, landmark.topic))


def landmark(id: str) -> Landmark:
    """One landmark by its key; raise LookupError."""
    for candidate in landmarks():
        if candidate.id == id:
            return candidate
    raise LookupError(id)
