"""What an adviser chooses to come back to somebody or something."""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from app.core.sensitive import no_secret
from app.core.text import clean
from app.web.forms import Form


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


class DayForm(Form):
    """The day of a follow-up: in one tap, or a date."""

    when: When | None = Field(default=None, title="Quand")
    on: date | None = Field(default=None, title="Date")

    def problems(self) -> Iterator[tuple[str, str]]:
        """Ask for a day."""
        if self.when is None:
            yield "when", "Choisissez quand revenir."
        if self.when is When.DATE and self.on is None:
            yield "on", "Choisissez la date du suivi."

    def due_on(self, today: date) -> date | None:
        """Give the day chosen; None when there is none."""
        return self.when.day_after(today, self.on) if self.when else None


class FollowUpForm(DayForm):
    """One follow-up planned from a resident's page."""

    procedure: str | None = Field(default=None, title="Démarche", max_length=80)
    reason: Reason = Field(default="", title="Pour quoi", max_length=140)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Ask for all that is missing at once."""
        yield from super().problems()
        if not self.reason:
            yield "reason", "Dites pour quoi revenir, en quelques mots."


class PostponeForm(DayForm):
    """Another day for a follow-up."""

    version: int = Field(title="Version")
    back: str = Field(default="/", title="Retour", max_length=2048)
