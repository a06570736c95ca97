"""What an adviser taps and types to note an activity. Limits and labels stand here only."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, field_validator

from app.agenda.forms import Reason, When
from app.core import clock
from app.core.sensitive import to_confirm
from app.procedures.models import Outcome
from app.reference import vocabularies
from app.residents.forms import (
    INFORMED_HOW,
    NOTE_LENGTH,
    NOTE_MESSAGES,
    YEAR_MESSAGES,
    AgeBand,
    BirthYear,
    Gender,
    InformedHow,
    Name,
    Note,
    Status,
)
from app.web.forms import Form

SHORTEST_MIN, LONGEST_MIN = 5, 480
MOST_PROCEDURES = 12
MOST_OTHERS = 9
ADMINISTRATIVE_HELP = "aide_aux_demarches_administratives"


class Who(StrEnum):
    """Whether the person is named."""

    ANONYMOUS = "anonymous"
    RESIDENT = "resident"
    NEW = "new"


def _known(name: str) -> Callable[[str], str]:
    def check(code: str) -> str:
        if code not in vocabularies.codes(name):
            raise ValueError("Choisissez une des réponses proposées.")
        return code

    return check


def _codes(name: str) -> AfterValidator:
    check = _known(name)
    return AfterValidator(lambda codes: list(dict.fromkeys(check(code) for code in codes)))


def _code(name: str) -> AfterValidator:
    return AfterValidator(_known(name))


DAY_TO_COME = "Ce jour est à venir. Pour prévoir, utilisez les suivis ou les ateliers."


def _not_to_come(day: date) -> date:
    """Refuse a day that has begun nowhere on Earth; the place's own day is checked later."""
    if day > (clock.now() + timedelta(hours=14)).date():
        raise ValueError(DAY_TO_COME)
    return day


DayHeld = Annotated[date, AfterValidator(_not_to_come)]
Mode = Annotated[str, _code("mode")]
Material = Annotated[list[str], _codes("material")]
DURATION = f"Choisissez une durée entre {SHORTEST_MIN} min et 8 h."


class SessionForm(Form):
    """An individual session. Keyed fields (`outcome-SLUG`) answer for each thing chosen."""

    id: UUID = Field(title="Numéro")  # made with the form: sent twice, saved once
    version: int | None = Field(default=None, title="Version")
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
    who: Who = Field(default=Who.ANONYMOUS, title="Qui")
    resident_id: UUID | None = Field(default=None, title="Bénéficiaire")
    given_name: Name | None = Field(default=None, title="Prénom", max_length=100)
    family_name: Name | None = Field(default=None, title="Nom", max_length=100)
    birth_year: BirthYear | None = Field(
        default=None, title="Année de naissance", json_schema_extra=YEAR_MESSAGES
    )
    informed_how: InformedHow | None = Field(default=None, title="La personne a été informée")
    age_band: AgeBand = Field(default="non_communique", title="Âge")
    gender: Gender = Field(default="non_communique", title="Genre")
    status: Status = Field(default="non_communique", title="Situation")
    home_commune: str | None = Field(default=None, title="Commune où elle vit", max_length=120)
    is_first: bool | None = Field(default=None, title="Première visite")
    others: list[UUID] = Field(
        default_factory=list,
        title="Autres personnes",
        max_length=MOST_OTHERS,
        json_schema_extra={
            "messages": {"too_long": f"Au-delà de {MOST_OTHERS}, notez un atelier."}
        },
    )
    companions: int = Field(
        default=0,
        title="Autres personnes, anonymes",
        ge=0,
        le=MOST_OTHERS,
        json_schema_extra={
            "messages": {
                "*": f"Écrivez un nombre entre 0 et {MOST_OTHERS}. Au-delà, c’est un atelier."
            }
        },
    )
    procedures: list[str] = Field(
        default_factory=list,
        title="Démarches",
        max_length=MOST_PROCEDURES,
        json_schema_extra={
            "messages": {
                "too_long": f"Choisissez {MOST_PROCEDURES} démarches au plus. "
                "Notez les autres dans une autre activité."
            }
        },
    )
    themes: Annotated[list[str], _codes("theme")] = Field(default_factory=list, title="Sujets")
    outcome: dict[str, Outcome] = Field(default_factory=dict, title="Où en est-on")
    blockers: dict[str, list[str]] = Field(default_factory=dict, title="Ce qui a bloqué")
    papers: dict[str, list[str]] = Field(default_factory=dict, title="Papiers apportés")
    skill: dict[str, Annotated[str, _code("autonomy")]] = Field(
        default_factory=dict, title="Autonomie"
    )
    clicked_by: Annotated[str, _code("clicked_by")] | None = Field(
        default=None, title="Qui a cliqué"
    )
    autonomy_before: Annotated[str, _code("autonomy")] | None = Field(
        default=None, title="Autonomie avant"
    )
    autonomy: Annotated[str, _code("autonomy")] | None = Field(
        default=None, title="Autonomie après"
    )
    divides: Annotated[list[str], _codes("divide")] = Field(
        default_factory=list, title="Ce qui l’éloigne du numérique"
    )
    equipment: Annotated[list[str], _codes("equipment")] = Field(
        default_factory=list, title="Son matériel"
    )
    home_connection: Annotated[str, _code("home_connection")] | None = Field(
        default=None, title="Internet chez elle"
    )
    material: Material = Field(default_factory=list, title="Matériel utilisé ici")
    tags: list[str] = Field(default_factory=list, title="Étiquettes", max_length=20)
    referral: Annotated[str, _code("referral")] | None = Field(default=None, title="Orientée vers")
    note: Note | None = Field(
        default=None, title="Note", max_length=NOTE_LENGTH, json_schema_extra=NOTE_MESSAGES
    )
    note_confirmed: bool = Field(default=False, title="Garder la note telle quelle")
    follow_up: When = Field(default=When.NEVER, title="Prévoir un suivi")
    follow_up_on: date | None = Field(default=None, title="Date du suivi")
    follow_up_reason: Reason | None = Field(default=None, title="Pour quoi revenir", max_length=140)
    settles: UUID | None = Field(default=None, title="Suivi réglé par cette visite")

    @field_validator("procedures")
    @classmethod
    def _each_once(cls, slugs: list[str]) -> list[str]:
        return list(dict.fromkeys(slugs))

    @field_validator("blockers")
    @classmethod
    def _known_blockers(cls, chosen: dict[str, list[str]]) -> dict[str, list[str]]:
        known = {blocker.code for blocker in vocabularies.blockers()}
        for codes in chosen.values():
            if not set(codes) <= known:
                raise ValueError("Choisissez un des blocages proposés.")
        return {slug: list(dict.fromkeys(codes)) for slug, codes in chosen.items()}

    def problems(self) -> Iterator[tuple[str, str]]:
        """Give what is missing once each field is right by itself."""
        if not self.procedures and not self.themes:
            yield "procedures", "Choisissez une démarche ou un sujet."
        for slug in self.procedures:
            if slug not in self.outcome:
                yield f"outcome-{slug}", "Dites où en est cette démarche."
        if self.mode == "lieu_activite" and self.place_id is None:
            yield "place_id", "Choisissez le lieu."
        yield from self._who_problems()
        if self.follow_up is When.DATE and self.follow_up_on is None:
            yield "follow_up_on", "Choisissez la date du suivi."
        doubt = to_confirm(self.note)
        if doubt and not self.note_confirmed:
            yield "note", doubt

    def _who_problems(self) -> Iterator[tuple[str, str]]:
        if self.who is Who.RESIDENT and self.resident_id is None:
            yield "resident_id", "Choisissez la personne, ou notez-la comme anonyme."
        if self.who is not Who.NEW:
            return
        if not self.given_name:
            yield "given_name", "Écrivez le prénom."
        if not self.family_name:
            yield "family_name", "Écrivez le nom."
        if self.informed_how not in INFORMED_HOW:
            yield (
                "informed_how",
                "Dites comment la personne a été informée, ou notez-la comme anonyme.",
            )
