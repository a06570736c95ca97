"""What an adviser chooses to come back to somebody or something."""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from app.agenda.models import FollowUpState
from app.agenda.moments import Hour, Moment
from app.core.errors import Invalid
from app.core.sensitive import no_secret
from app.core.text import clean
from app.web.forms import Form

USUAL_LENGTH_MIN, SHORTEST_MIN, LONGEST_MIN = 30, 5, 480


class When(StrEnum):
    """When to come back, in one tap."""

    NEVER = "never"
    TOMORROW = "tomorrow"
    WEEK = "week"
    MONTH = "month"
    DATE = "date"

    def day_after(self, today: date, chosen: date | None) -> date | None:
        """Give the day; None when nothing is planned or no date was chosen."""
        gaps = {When.TOMORROW: 1, When.WEEK: 7, When.MONTH: 28}
        if self in gaps:
            return today + timedelta(days=gaps[self])
        return chosen if self is When.DATE else None


Reason = Annotated[str, AfterValidator(clean), AfterValidator(no_secret)]


class MomentForm(Form):
    """When and where: a day in one tap or a date; with an hour, it is an appointment."""

    when: When | None = Field(default=None, title="Quand")
    on: date | None = Field(default=None, title="Date")
    starts_at: Hour | None = Field(
        default=None,
        title="Heure",
        json_schema_extra={"messages": {"*": "Écrivez l’heure ainsi\u00a0: 14:30."}},
    )
    duration_min: int = Field(
        default=USUAL_LENGTH_MIN,
        title="Durée",
        ge=SHORTEST_MIN,
        le=LONGEST_MIN,
        json_schema_extra={"messages": {"*": "Choisissez une durée entre 5 min et 8 h."}},
    )
    place_id: UUID | None = Field(default=None, title="Lieu")

    def problems(self) -> Iterator[tuple[str, str]]:
        """Ask for a day."""
        if self.when is None:
            yield "when", "Choisissez quand revenir."
        if self.when is When.DATE and self.on is None:
            yield "on", "Choisissez la date du suivi."

    def due_on(self, today: date) -> date | None:
        """Give the day chosen; None when there is none."""
        return self.when.day_after(today, self.on) if self.when else None

    def moment(self, today: date, here: UUID | None) -> Moment:
        """Give when and where it will be, `here` if no place was chosen. Raises Invalid."""
        due_on, place_id = self.due_on(today), self.place_id or here
        if due_on is None or place_id is None:
            raise Invalid("when", "Choisissez d’abord un lieu, en haut de la page.")
        if self.starts_at is None:
            return Moment(due_on, place_id)
        return Moment(due_on, place_id, self.starts_at, self.duration_min)


class FollowUpForm(MomentForm):
    """One follow-up, or an appointment, planned from a resident's page."""

    procedure: str | None = Field(default=None, title="Démarche", max_length=80)
    reason: Reason = Field(default="", title="Pour quoi", max_length=140)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Ask for all that is missing at once."""
        yield from super().problems()
        if not self.reason:
            yield "reason", "Dites pour quoi revenir, en quelques mots."


class AgendaForm(MomentForm):
    """One follow-up, or an appointment, planned from the agenda: with somebody, or not."""

    when: When | None = When.DATE
    resident_id: UUID | None = Field(default=None, title="Avec qui")
    person_q: str = Field(default="", title="Chercher une personne", max_length=80)
    reason: Reason = Field(default="", title="Pour quoi", max_length=140)
    office_hours_id: UUID | None = Field(default=None, title="Permanence")  # whose slot it is

    def problems(self) -> Iterator[tuple[str, str]]:
        """Ask for all that is missing at once."""
        yield from super().problems()
        if not self.reason:
            yield "reason", "Dites pour quoi, en quelques mots."


class HourForm(Form):
    """An hour and a length alone, read before the rest is right."""

    starts_at: Hour
    duration_min: int = Field(ge=SHORTEST_MIN, le=LONGEST_MIN)


class MoveForm(MomentForm):
    """Another day, hour or place for a follow-up."""

    version: int = Field(title="Version")
    back: str = Field(default="/", title="Retour", max_length=2048)
    confirmed: str = Field(default="", title="Confirmé", max_length=100)  # the moment warned of


class Nudge(StrEnum):
    """A small move, without filling the form."""

    EARLIER = "earlier"
    LATER = "later"
    DAY_BEFORE = "day_before"
    DAY_AFTER = "day_after"

    @property
    def gap(self) -> timedelta:
        """How far it moves, on the clocks of the place."""
        half, day = timedelta(minutes=30), timedelta(days=1)
        return {"earlier": -half, "later": half, "day_before": -day, "day_after": day}[self.value]


class NudgeForm(Form):
    """One small move of an entry, as the page saw it."""

    by: Nudge = Field(title="Déplacer")
    version: int = Field(title="Version")
    back: str = Field(default="/", title="Retour", max_length=2048)


class Ending(StrEnum):
    """How a follow-up ends without a visit, as the page offers it."""

    DONE = FollowUpState.DONE.value
    NO_SHOW = FollowUpState.NO_SHOW.value
    CALLED_OFF = FollowUpState.CALLED_OFF.value
    DECLINED = FollowUpState.DECLINED.value


class EndingForm(Form):
    """How it ended."""

    ending: Ending = Field(title="Ce qui s’est passé")
    back: str = Field(default="/", title="Retour", max_length=2048)
