"""What an adviser types to plan a workshop."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from itertools import islice
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from app.agenda.moments import Hour
from app.agenda.repeat import LONGEST, MOST_TIMES, Repeat, Rule
from app.core.sensitive import no_secret
from app.core.text import clean
from app.reference import vocabularies
from app.web.forms import Form

LONGEST_TITLE = 120
MOST_PEOPLE = 200
CENTURY = range(2000, 2101)
Title = Annotated[str, AfterValidator(clean), AfterValidator(no_secret)]


def known_level(code: str) -> str:
    """Take a level of the national vocabulary. Raises ValueError with the sentence to show."""
    if code not in vocabularies.codes("level"):
        raise ValueError("Choisissez un des niveaux proposés.")
    return code


def known_themes(codes: list[str]) -> list[str]:
    """Take themes of the national vocabulary, each once. Raises ValueError."""
    if not set(codes) <= set(vocabularies.codes("theme")):
        raise ValueError("Choisissez un des sujets proposés.")
    return list(dict.fromkeys(codes))


Level = Annotated[str, AfterValidator(known_level)]
Themes = Annotated[list[str], AfterValidator(known_themes)]


class WhenForm(Form):
    """When and where a workshop is."""

    planned_on: date = Field(title="Jour")
    starts_at: Hour = Field(
        title="Heure",
        json_schema_extra={"messages": {"*": "Écrivez l’heure ainsi\u00a0: 14:30."}},
    )
    duration_min: int = Field(
        default=90,
        title="Durée, en minutes",
        ge=5,
        le=480,
        json_schema_extra={"messages": {"*": "Choisissez une durée entre 5 min et 8 h."}},
    )
    place_id: UUID = Field(
        title="Lieu", json_schema_extra={"messages": {"*": "Choisissez le lieu."}}
    )

    @property
    def is_near(self) -> bool:
        """Tell whether the day is of this century: what comes after it can be counted."""
        return self.planned_on.year in CENTURY

    def problems(self) -> Iterator[tuple[str, str]]:
        """Refuse another century's day."""
        if not self.is_near:
            yield "planned_on", "Choisissez une date plus proche."


class WorkshopForm(WhenForm):
    """One workshop to come."""

    title: Title = Field(
        title="Titre",
        min_length=1,
        max_length=LONGEST_TITLE,
        json_schema_extra={"messages": {"missing": "Donnez un titre à l’atelier."}},
    )
    level: Level | None = Field(default=None, title="Niveau")
    themes: Themes = Field(default_factory=list, title="Sujets")
    capacity: int | None = Field(
        default=None,
        title="Nombre de places",
        ge=1,
        le=MOST_PEOPLE,
        json_schema_extra={"messages": {"*": f"Écrivez un nombre entre 1 et {MOST_PEOPLE}."}},
    )

    def problems(self) -> Iterator[tuple[str, str]]:
        """Ask what it is about: the figures need a theme."""
        yield from super().problems()
        if not self.themes:
            yield "themes", "Choisissez au moins un sujet."


class RepeatForm(WhenForm):
    """The days of a workshop, read before the rest is right."""

    repeat: Repeat = Field(default=Repeat.ONCE, title="Revient")
    until: date | None = Field(default=None, title="Jusqu’au")
    times: int | None = Field(
        default=None,
        title="Ou nombre de fois",
        ge=2,
        le=MOST_TIMES,
        json_schema_extra={"messages": {"*": f"Écrivez un nombre entre 2 et {MOST_TIMES}."}},
    )
    keep_holidays: bool = Field(default=False, title="Garder les jours fériés")

    @property
    def is_series(self) -> bool:
        """Tell whether it comes back."""
        return self.repeat is not Repeat.ONCE

    @property
    def rule(self) -> Rule:
        """Give the days asked for, as a rule."""
        return Rule(self.planned_on, self.repeat, self.until, self.times)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Ask when a series ends: within a year, 52 times at most."""
        yield from super().problems()
        if not self.is_series or not self.is_near:
            return
        if self.until is None and self.times is None:
            yield "until", "Dites jusqu’à quel jour, ou combien de fois."
        elif self.until is not None and self.until < self.planned_on:
            yield "until", "La dernière date est avant la première."
        else:
            days = list(islice(self.rule.days(), MOST_TIMES + 1))
            if len(days) > MOST_TIMES or days[-1] - self.planned_on > LONGEST:
                field = "times" if self.until is None else "until"
                yield field, f"C’est trop\u00a0: {MOST_TIMES} fois au plus, en un an au plus."


class PlanForm(WorkshopForm, RepeatForm):
    """One workshop to plan, or a series of them; the same form sent twice plans once."""

    number: UUID | None = Field(default=None, title="Numéro")


class Reach(StrEnum):
    """What a change of a workshop touches."""

    THIS = "this"
    FOLLOWING = "following"


class ChangeForm(WorkshopForm):
    """Another day, hour, place… for a workshop, or for those after it too."""

    version: int | None = Field(default=None, title="Version")
    reach: Reach = Field(default=Reach.THIS, title="Ce qui change")


class ReachForm(Form):
    """Whether those after it are cancelled, or given back, too."""

    reach: Reach = Field(default=Reach.THIS, title="Ce qui change")
