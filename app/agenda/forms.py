"""What an adviser chooses to come back to somebody or something."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

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


Reason = Annotated[str, AfterValidator(clean)]


class FollowUpForm(Form):
    """One follow-up planned from a resident's page."""

    resident_id: UUID | None = Field(default=None, title="Personne")
    procedure: str | None = Field(default=None, title="Démarche", max_length=80)
    when: When = Field(
        title="Quand",
        json_schema_extra={"messages": {"*": "Choisissez quand revenir."}},
    )
    on: date | None = Field(default=None, title="Date")
    reason: Reason = Field(
        title="Pour quoi",
        max_length=140,
        json_schema_extra={"messages": {"missing": "Dites pour quoi revenir, en quelques mots."}},
    )


class PostponeForm(Form):
    """Another day for a follow-up."""

    when: When = Field(default=When.WEEK, title="Quand")
    on: date | None = Field(default=None, title="Date")
    version: int = Field(title="Version")
