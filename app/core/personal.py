"""What a personal column is for and how long it is kept, declared on the column itself.

The register (art. 30 RGPD), the notice (art. 13) and the retention schedule read it from there.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Purpose(StrEnum):
    """Why a piece of personal data is held."""

    SIGN_IN = "ouvrir une session et savoir qui agit"
    FOLLOW_UP = "suivre la personne d’une visite à l’autre"
    CONTACT = "joindre la personne"
    STATISTICS = "compter, sans nom, qui est aidé et pour quoi"
    PROOF = "montrer que la personne a été informée"
    SECURITY = "savoir qui a lu ou changé quoi"


class Keep(StrEnum):
    """How long, at most (security-privacy: art. 5(1)(e) RGPD)."""

    RESIDENT = "24 mois après le dernier contact"
    FOLLOW_UP = "12 mois"
    ACCESS = "12 mois"
    SIGN_IN = "6 mois"
    DAY = "24 heures"
    QUARTER = "jusqu’à la fin du trimestre"
    ACCOUNT = "6 mois après la dernière appartenance"
    STATISTICS = "sans limite, sans identité"


@dataclass(frozen=True)
class Personal:
    """The declaration found in a column's `info`."""

    purpose: Purpose
    keep: Keep


def personal(purpose: Purpose, keep: Keep) -> dict[str, Any]:
    """Declare a column as personal: pass the result as `sa_column_kwargs`."""
    return {"info": {"personal": Personal(purpose, keep)}}
