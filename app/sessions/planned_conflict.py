"""Two people changed what is planned at once: what differs, said as both wrote it."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from app.agenda.repeat import Repeat
from app.core.text import day, minutes
from app.reference import vocabularies
from app.web.conflict import Difference, differences
from app.web.forms import F, Submitted

LEFT_OUT = {"version", "reach"}


def _said_day(value: str) -> str:
    return day(date.fromisoformat(value), year=True)


def _length(value: str) -> str:
    return minutes(int(value))


SAID: dict[str, Callable[[str], str]] = {
    "level": lambda code: vocabularies.label("level", code),
    "themes": lambda code: vocabularies.theme(code).label,
    "planned_on": _said_day,
    "first_on": _said_day,
    "until_on": _said_day,
    "duration_min": _length,
    "slot_min": _length,
    "repeat": lambda code: Repeat(code).label,
    "keep_holidays": lambda value: "oui" if value == "true" else "non",
}


def planned_differences(
    stored: Submitted[F], typed: Submitted[F], places: dict[UUID, str]
) -> list[Difference]:
    """List what differs between what is stored and a form that was valid."""
    own = SAID | {"place_id": lambda number: places.get(UUID(number), "")}
    return differences(
        stored,
        typed,
        [name for name in stored.model.model_fields if name not in LEFT_OUT],
        label=lambda name: stored.field(name).label,
        say=lambda name: own.get(name, str),
        normal=lambda name, value: value or "false" if name == "keep_holidays" else value,
    )
