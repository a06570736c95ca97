"""What a structure writes of a procedure of its own. Limits and labels stand here only."""

import re
from collections.abc import Iterable
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, Field, field_validator

from app.core.text import clean
from app.procedures.archive import host_of
from app.reference import vocabularies
from app.web.forms import Form

GESTURES = "numerique"  # everyday gestures are national skills: no structure has its own
MOST_WORDS, MOST_PAPERS, LONGEST_ITEM = 20, 12, 80
_SEPARATORS = re.compile(r"[;\r\n]+")
_PATH = re.compile(r"[\w./~%+-]*", re.ASCII)
Tidy = Annotated[str, AfterValidator(clean)]


def listed(text: str) -> list[str]:
    """Split what stands one a line, or between semicolons; each once."""
    return list(dict.fromkeys(filter(None, map(clean, _SEPARATORS.split(text)))))


def _listed_within(most: int) -> AfterValidator:
    def check(text: str) -> str:
        items = listed(text)
        if len(items) > most:
            raise ValueError(f"{most} au plus, un par ligne.")
        if any(len(item) > LONGEST_ITEM for item in items):
            raise ValueError(f"Chacun tient en {LONGEST_ITEM} caractères, un par ligne.")
        return text

    return AfterValidator(check)


class LocalProcedureForm(Form):
    """A procedure of one structure, as proposed or written."""

    organisation_id: UUID | None = Field(default=None, title="Structure")
    title: Tidy = Field(title="Nom complet", min_length=3, max_length=120)
    short_title: Tidy = Field(
        title="Nom court", description="Ce qui tient sur un bouton.", min_length=2, max_length=40
    )
    theme: str = Field(title="Thème")
    provider: Tidy = Field(default="", title="Organisme", max_length=80)
    address: Tidy = Field(
        default="",
        title="Adresse du site",
        description="Elle commence par https://",
        max_length=200,
    )
    synonyms: Annotated[str, _listed_within(MOST_WORDS)] = Field(
        default="",
        title="Ce que disent les gens",
        description="Un par ligne.",
        max_length=1_700,
    )
    documents: Annotated[str, _listed_within(MOST_PAPERS)] = Field(
        default="", title="Papiers à préparer", description="Un par ligne.", max_length=1_000
    )

    @field_validator("theme")
    @classmethod
    def _known_theme(cls, code: str) -> str:
        if code not in {theme.code for theme in theme_choices()}:
            raise ValueError("Choisissez un des thèmes proposés.")
        return code

    @field_validator("address")
    @classmethod
    def _https(cls, address: str) -> str:
        """Accept the address of a page on https, without a question, an account or a port."""
        if not address:
            return ""
        if "://" not in address:
            address = f"https://{address}"
        if not address.casefold().startswith("https://"):
            raise ValueError("L’adresse doit commencer par https://, celle d’un site sûr.")
        host = host_of(address)
        path = address[len("https://") + len(host) :]
        if not host or host.rsplit(".", 1)[-1].isdecimal() or not _is_page(address, path):
            raise ValueError("Écrivez l’adresse du site, par exemple https://bus.exemple.fr")
        return f"https://{host}{path.rstrip('/')}"

    def problems(self) -> Iterable[tuple[str, str]]:
        """Give what is empty once tidied."""
        for name in ("title", "short_title"):
            if not getattr(self, name):
                yield name, f"Remplissez «\u00a0{self.__class__.model_fields[name].title}\u00a0»."


class HideForm(Form):
    """In which structure an official procedure is hidden or shown again."""

    organisation_id: UUID | None = Field(default=None, title="Structure")


def theme_choices() -> list[vocabularies.ProcedureTheme]:
    """List the themes that a structure's own procedure can have."""
    return [theme for theme in vocabularies.procedure_themes() if theme.code != GESTURES]


def _is_page(address: str, path: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or "@" in parts.netloc)
    return plain and ":" not in parts.netloc and bool(_PATH.fullmatch(path))
