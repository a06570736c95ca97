"""What an adviser taps to note a workshop held: who came, and how many stay anonymous."""

from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.agenda.workshop_forms import LONGEST_TITLE, MOST_PEOPLE, Level, Themes, Title
from app.core.sensitive import to_confirm
from app.reference import vocabularies
from app.residents.forms import NOTE_LENGTH, NOTE_MESSAGES, Note
from app.sessions.forms import DURATION, LONGEST_MIN, SHORTEST_MIN, DayHeld, Material, Mode
from app.web.forms import Form

HOW_MANY = f"Écrivez un nombre entre 0 et {MOST_PEOPLE}."
Count = Annotated[int, Field(ge=0, le=MOST_PEOPLE)]
_COUNTED: dict[str, Any] = {"messages": {"*": HOW_MANY}}


class HeldForm(Form):
    """A workshop held. Keyed fields (`gender-feminin`) count those who stay anonymous."""

    id: UUID = Field(title="Numéro")  # made with the form: sent twice, saved once
    version: int | None = Field(default=None, title="Version")
    workshop: UUID | None = Field(default=None, title="Atelier prévu")
    title: Title = Field(
        title="Titre",
        min_length=1,
        max_length=LONGEST_TITLE,
        json_schema_extra={"messages": {"missing": "Donnez un titre à l’atelier."}},
    )
    level: Level | None = Field(default=None, title="Niveau")
    themes: Themes = Field(default_factory=list, title="Sujets")
    held_on: DayHeld = Field(title="Jour")
    place_id: UUID | None = Field(default=None, title="Lieu")
    mode: Mode = Field(default="lieu_activite", title="Comment")
    commune: str | None = Field(default=None, title="Commune", max_length=120)
    duration_min: int = Field(
        title="Durée",
        ge=SHORTEST_MIN,
        le=LONGEST_MIN,
        json_schema_extra={"messages": {"*": DURATION}},
    )
    material: Material = Field(default_factory=list, title="Matériel utilisé ici")
    people: list[UUID] = Field(default_factory=list, title="Personnes de la liste", max_length=200)
    waiting: list[UUID] = Field(
        default_factory=list, title="Personnes en liste d’attente", max_length=200
    )
    present: list[UUID] = Field(default_factory=list, title="Qui est venu", max_length=200)
    anonymous: Count = Field(default=0, title="Venus sans s’inscrire", json_schema_extra=_COUNTED)
    already: Count | None = Field(
        default=None, title="Dont déjà aidés avant", json_schema_extra=_COUNTED
    )
    gender: dict[str, Count] = Field(
        default_factory=dict, title="Genre", json_schema_extra=_COUNTED
    )
    age_band: dict[str, Count] = Field(
        default_factory=dict, title="Âge", json_schema_extra=_COUNTED
    )
    status: dict[str, Count] = Field(
        default_factory=dict, title="Situation", json_schema_extra=_COUNTED
    )
    tags: list[str] = Field(default_factory=list, title="Étiquettes", max_length=20)
    note: Note | None = Field(
        default=None, title="Note", max_length=NOTE_LENGTH, json_schema_extra=NOTE_MESSAGES
    )
    note_confirmed: bool = Field(default=False, title="Garder la note telle quelle")

    def problems(self) -> Iterator[tuple[str, str]]:
        """Give what is missing, and the counts that go past those who came."""
        if not self.themes:
            yield "themes", "Choisissez au moins un sujet."
        if self.mode == "lieu_activite" and self.place_id is None:
            yield "place_id", "Choisissez le lieu."
        if not self.present and not self.anonymous:
            yield "present", "Dites qui est venu, ou combien de personnes."
        for name, title in (("gender", "genre"), ("age_band", "âge"), ("status", "situation")):
            counts: dict[str, int] = getattr(self, name)
            if not set(counts) <= set(vocabularies.codes(name)):
                yield name, "Choisissez une des réponses proposées."
            counted = sum(counts.values())
            if counted > self.anonymous:
                yield name, _too_many(title, counted, self.anonymous)
        if (self.already or 0) > self.anonymous:
            yield "already", _too_many("déjà aidés", self.already or 0, self.anonymous)
        doubt = to_confirm(self.note)
        if doubt and not self.note_confirmed:
            yield "note", doubt


def _too_many(what: str, counted: int, came: int) -> str:
    return (
        f"{what.capitalize()}\u00a0: {counted} comptés, pour {came} venus sans s’inscrire. "
        "Corrigez l’un ou l’autre."
    )
