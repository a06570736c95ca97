"""What an adviser writes on a resident file; the least that the work needs."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from app.core import clock
from app.core.languages import LANGUAGES
from app.core.phones import normal_phone
from app.core.sensitive import no_secret, to_confirm
from app.core.text import clean, clean_lines
from app.reference import vocabularies
from app.web.forms import Form

OLDEST_YEAR = 1900
INFORMED_HOW = {
    "oral": "De vive voix",
    "affiche": "Affiche ou écran",
    "papier": "Feuille remise",
}


def _email(text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        raise ValueError("Écrivez une adresse complète, par exemple nicole@exemple.fr.")
    return text.lower()


def _birth_year(year: int) -> int:
    if not OLDEST_YEAR <= year <= clock.now().year:
        raise ValueError(f"Écrivez une année entre {OLDEST_YEAR} et cette année.")
    return year


def _informed_how(code: str) -> str:
    if code not in INFORMED_HOW:
        raise ValueError("Choisissez une des réponses proposées.")
    return code


def _of(name: str) -> AfterValidator:
    def known(code: str) -> str:
        if code not in vocabularies.codes(name):
            raise ValueError("Choisissez une des réponses proposées.")
        return code

    return AfterValidator(known)


Name = Annotated[str, AfterValidator(clean), AfterValidator(no_secret)]
YEAR_MESSAGES: dict[str, Any] = {"messages": {"int_parsing": "Écrivez l’année en 4 chiffres."}}
BirthYear = Annotated[int, AfterValidator(_birth_year)]
NOTE_LENGTH = 500
NOTE_MESSAGES: dict[str, Any] = {
    "messages": {"string_too_long": f"Raccourcissez la note : {NOTE_LENGTH} caractères au plus."}
}
Note = Annotated[str, AfterValidator(clean_lines), AfterValidator(no_secret)]
InformedHow = Annotated[str, AfterValidator(_informed_how)]
AgeBand = Annotated[str, _of("age_band")]
Gender = Annotated[str, _of("gender")]
Status = Annotated[str, _of("status")]


REACHED_BY = {"telephone": "Appel", "sms": "SMS", "email": "E-mail", "courrier": "Courrier"}


def among(known: dict[str, str]) -> AfterValidator:
    """Refuse a code that is not among those offered, with the sentence to show."""

    def check(code: str) -> str:
        if code and code not in known:
            raise ValueError("Choisissez une des réponses proposées.")
        return code

    return AfterValidator(check)


class ToldForm(Form):
    """How a person whose file came from another tool was told of it."""

    informed_how: InformedHow = Field(
        title="La personne a été informée",
        json_schema_extra={"messages": {"missing": "Dites comment la personne a été informée."}},
    )


class ResidentForm(Form):
    """One resident file."""

    given_name: Name = Field(
        title="Prénom",
        min_length=1,
        max_length=100,
        json_schema_extra={"messages": {"missing": "Écrivez le prénom."}},
    )
    family_name: Name = Field(
        title="Nom",
        min_length=1,
        max_length=100,
        json_schema_extra={"messages": {"missing": "Écrivez le nom."}},
    )
    birth_year: BirthYear | None = Field(
        default=None,
        title="Année de naissance",
        description="4 chiffres, par exemple 1951",
        json_schema_extra=YEAR_MESSAGES,
    )
    commune: str | None = Field(default=None, title="Commune", max_length=120)
    phone: Annotated[str, AfterValidator(normal_phone)] | None = Field(
        default=None, title="Téléphone", max_length=40
    )
    email: Annotated[str, AfterValidator(_email)] | None = Field(
        default=None, title="E-mail", max_length=254
    )
    age_band: AgeBand = Field(default="non_communique", title="Âge")
    gender: Gender = Field(default="non_communique", title="Genre")
    status: Status = Field(default="non_communique", title="Situation")
    language: Annotated[str, among(LANGUAGES)] = Field(default="fr", title="Langue")
    reached_by: Annotated[str, among(REACHED_BY)] = Field(default="", title="Contact préféré")
    note: Note | None = Field(
        default=None,
        title="Note",
        max_length=NOTE_LENGTH,
        json_schema_extra=NOTE_MESSAGES,
        description="Ce qui aide à accueillir la personne. Jamais de mot de passe ni de santé.",
    )
    note_confirmed: bool = Field(default=False, title="Garder la note telle quelle")
    informed_how: InformedHow = Field(
        title="La personne a été informée",
        description="De ce que vous notez, pourquoi, et de ses droits.",
        json_schema_extra={
            "messages": {
                "missing": "Dites comment la personne a été informée, "
                "ou notez l’accompagnement sans nom."
            }
        },
    )
    version: int | None = Field(default=None, title="Version")

    def problems(self) -> Iterator[tuple[str, str]]:
        """Ask before words of health, religion or justice are kept (C7)."""
        doubt = to_confirm(self.note)
        if doubt and not self.note_confirmed:
            yield "note", doubt
