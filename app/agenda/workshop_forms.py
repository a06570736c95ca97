"""What an adviser types to plan a workshop."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from app.agenda.moments import Hour
from app.core.sensitive import no_secret
from app.core.text import clean
from app.reference import vocabularies
from app.web.forms import Form

LONGEST_TITLE = 120
MOST_PEOPLE = 200
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


class WorkshopForm(Form):
    """One workshop to come."""

    title: Title = Field(
        title="Titre",
        min_length=1,
        max_length=LONGEST_TITLE,
        json_schema_extra={"messages": {"missing": "Donnez un titre à l’atelier."}},
    )
    level: Level | None = Field(default=None, title="Niveau")
    themes: Themes = Field(default_factory=list, title="Sujets")
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
    capacity: int | None = Field(
        default=None,
        title="Nombre de places",
        ge=1,
        le=MOST_PEOPLE,
        json_schema_extra={"messages": {"*": f"Écrivez un nombre entre 1 et {MOST_PEOPLE}."}},
    )
    version: int | None = Field(default=None, title="Version")

    def problems(self) -> Iterator[tuple[str, str]]:
        """Ask what it is about: the figures need a theme."""
        if not self.themes:
            yield "themes", "Choisissez au moins un sujet."
