"""What an administrator types about her structure: places, settings, tags."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from app.accounts.permissions import Role
from app.accounts.team import ROLES
from app.core.phones import normal_phone
from app.core.text import clean, fold
from app.web.forms import Form

Tidy = Annotated[str, AfterValidator(clean)]
WITHDRAW = "retirer"
SHORTEST, LONGEST, MOST = 5, 480, 6  # minutes, minutes, how many usual durations


def _durations(typed: Any) -> Any:
    """Read « 15, 30, 45 »: each once, the shortest first. Raises ValueError with the sentence."""
    text = typed if isinstance(typed, str) else " ".join(map(str, typed))
    words = [w for w in re.split(r"[\s,;]+|min\b", text) if w]
    if not all(re.fullmatch(r"[0-9]{1,4}", word) for word in words):
        raise ValueError("Écrivez des minutes, par exemple 15, 30, 45.")
    found = sorted({int(word) for word in words})
    if any(not SHORTEST <= minutes <= LONGEST for minutes in found):
        raise ValueError(f"Chaque durée va de {SHORTEST} à {LONGEST} minutes.")
    if len(found) > MOST:
        raise ValueError(f"Gardez {MOST} durées au plus.")
    return tuple(found)


class PlaceForm(Form):
    """A place where people are helped."""

    name: Tidy = Field(
        title="Nom du lieu",
        min_length=1,
        max_length=120,
        json_schema_extra={"messages": {"missing": "Écrivez le nom du lieu."}},
    )
    commune: str = Field(
        title="Commune",
        description="Nom ou code postal",
        max_length=120,
        json_schema_extra={"messages": {"missing": "Écrivez la commune du lieu."}},
    )
    address: Tidy = Field(default="", title="Adresse", description="Numéro et rue", max_length=200)
    hours: Tidy = Field(
        default="",
        title="Horaires",
        description="Par exemple : mardi et jeudi, 9 h – 12 h",
        max_length=200,
    )
    phone: Annotated[str, AfterValidator(normal_phone)] | None = Field(
        default=None,
        title="Téléphone",
        description="Où les bénéficiaires appellent ; il est écrit sur leur fiche.",
        max_length=30,
    )


class CloseForm(Form):
    """Since when a place is closed."""

    closed_on: date = Field(
        title="Fermé depuis le",
        json_schema_extra={"messages": {"missing": "Choisissez le premier jour de fermeture."}},
    )


class StructureForm(Form):
    """What a structure says of itself."""

    name: Tidy = Field(
        title="Nom de la structure",
        min_length=1,
        max_length=120,
        json_schema_extra={"messages": {"missing": "Écrivez le nom de la structure."}},
    )
    durations: Annotated[tuple[int, ...], BeforeValidator(_durations)] = Field(
        default=(),
        title="Durées habituelles",
        description="En minutes, 6 au plus, par exemple 15, 30, 45. "
        "Vide, le formulaire propose 15, 30, 45, 60 et 90.",
    )


class TagForm(Form):
    """A new tag."""

    label: Tidy = Field(
        title="Nouvelle étiquette",
        min_length=1,
        max_length=40,
        json_schema_extra={"messages": {"missing": "Écrivez l’étiquette."}},
    )


class InviteForm(Form):
    """Whom to invite, and as what."""

    email: Tidy = Field(
        title="Adresse e-mail",
        max_length=254,
        json_schema_extra={"messages": {"missing": "Écrivez l’adresse de la personne."}},
    )
    role: Role = Field(
        title="Rôle",
        json_schema_extra={"messages": {"*": "Choisissez un rôle."}},
    )

    def problems(self) -> Iterator[tuple[str, str]]:
        """Refuse a role that a structure does not give."""
        if self.role not in ROLES:
            yield "role", "Choisissez un rôle."


class WithdrawForm(Form):
    """The word that ends somebody's access: a click by mistake ends none."""

    word: str = Field(
        title=f"Tapez le mot « {WITHDRAW} »",
        max_length=40,
        json_schema_extra={"messages": {"*": f"Tapez le mot « {WITHDRAW} » pour continuer."}},
    )

    def problems(self) -> Iterator[tuple[str, str]]:
        """Refuse another word."""
        if fold(self.word) != WITHDRAW:
            yield "word", f"Tapez le mot « {WITHDRAW} » pour continuer."


class RolesForm(Form):
    """What somebody is in the team."""

    roles: list[Role] = Field(
        default_factory=list,
        title="Rôles",
        json_schema_extra={"messages": {"*": "Choisissez parmi les rôles proposés."}},
    )
