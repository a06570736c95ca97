"""What an adviser types of the hours when she is at a place."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import Field

from app.agenda.moments import Hour
from app.agenda.repeat import Repeat
from app.agenda.workshop_forms import CENTURY
from app.web.forms import Form

REPEATS = (Repeat.WEEKLY, Repeat.FORTNIGHTLY)
SLOTS_MIN = (15, 20, 30, 45, 60)
_HOUR: dict[str, Any] = {"messages": {"*": "Écrivez l’heure ainsi\u00a0: 14:30."}}


class OfficeForm(Form):
    """Office hours, once a week or every other week."""

    place_id: UUID = Field(
        title="Lieu", json_schema_extra={"messages": {"*": "Choisissez le lieu."}}
    )
    first_on: date = Field(title="À partir du")
    until_on: date | None = Field(default=None, title="Jusqu’au")
    repeat: Repeat = Field(default=Repeat.WEEKLY, title="Revient")
    starts_at: Hour = Field(title="De", json_schema_extra=_HOUR)
    ends_at: Hour = Field(title="À", json_schema_extra=_HOUR)
    slot_min: int = Field(
        default=30,
        title="Créneaux de",
        json_schema_extra={"messages": {"*": "Choisissez une des durées proposées."}},
    )
    keep_holidays: bool = Field(default=False, title="Aussi les jours fériés")
    version: int | None = Field(default=None, title="Version")

    def problems(self) -> Iterator[tuple[str, str]]:
        """Refuse what holds no slot, or ends before it begins."""
        if self.first_on.year not in CENTURY:
            yield "first_on", "Choisissez une date plus proche."
        if self.until_on is not None and self.until_on < self.first_on:
            yield "until_on", "La dernière date est avant la première."
        if self.repeat not in REPEATS:
            yield "repeat", "Choisissez une des réponses proposées."
        if self.slot_min not in SLOTS_MIN:
            yield "slot_min", "Choisissez une des durées proposées."
        elif self._length() < timedelta(minutes=self.slot_min):
            yield "ends_at", "Il n’y a pas la place d’un créneau. Finissez plus tard."

    def _length(self) -> timedelta:
        day = date(2000, 1, 1)
        return datetime.combine(day, self.ends_at) - datetime.combine(day, self.starts_at)


class NewOfficeForm(OfficeForm):
    """New office hours; the same form sent twice adds them once."""

    number: UUID | None = Field(default=None, title="Numéro")


class DayForm(Form):
    """One day of some office hours."""

    on: date = Field(title="Jour")
