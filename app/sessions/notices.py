"""What a page says once a gesture is done: one sentence, and the way to undo it."""

from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from app.web.forms import Form, Submitted, submitted
from app.web.security import local_path

ENDINGS = {
    "fait": "Fait",
    "reporte": "Reporté",
    "pas-venu": "Noté : pas venu",
    "annule-par-moi": "Rendez-vous annulé par vous",
    "annule-par-elle": "Rendez-vous annulé par la personne",
}


@dataclass(frozen=True)
class Notice:
    """A toast: `undo_action` is the address that undoes the gesture, None when nothing can."""

    message: str
    undo_action: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


class BackForm(Form):
    """Where to go once a gesture is done: a page of ours."""

    back: str = Field(default="", title="Retour", max_length=2048)


SubmittedBack = Annotated[Submitted[BackForm], Depends(submitted(BackForm))]


@dataclass(frozen=True)
class Done:
    """The gesture that led here, as the address says it."""

    note: UUID | None = None
    corrige: UUID | None = None
    retire: UUID | None = None
    suivi: UUID | None = None
    geste: str = ""

    def notice(self, here: str) -> Notice | None:
        """Say it; undoing comes back `here`."""
        back = {"back": here}
        if self.note:
            return Notice("Enregistré", f"/activites/{self.note}/retirer", back)
        if self.retire:
            return Notice("Supprimé", f"/activites/{self.retire}/rendre", back)
        if self.corrige:
            return Notice("Corrigé")
        if self.suivi and self.geste in ENDINGS:
            return Notice(ENDINGS[self.geste], f"/suivis/{self.suivi}/annuler", back)
        if self.suivi and self.geste == "prevu":
            return Notice("C’est prévu", f"/suivis/{self.suivi}/retirer", back)
        if self.geste == "reunies":
            return Notice("Fiches réunies", f"{here}/separer", back)
        if self.geste == "passage":
            return Notice("1 passage compté", "/passages/retirer", back)
        said_alone = {
            "annule": "Annulé",
            "efface": "Fiche effacée",
            "enregistre": "Enregistré",
            "rendu": "Activité rendue",
            "separees": "Fiches séparées",
            "passage-retire": "Passage retiré",
        }
        return Notice(said_alone[self.geste]) if self.geste in said_alone else None


async def what_was_done(
    note: UUID | None = None,
    corrige: UUID | None = None,
    retire: UUID | None = None,
    suivi: UUID | None = None,
    geste: Annotated[str, Query(max_length=20)] = "",
) -> Done:
    """Read the gesture from the address."""
    return Done(note, corrige, retire, suivi, geste)


JustDone = Annotated[Done, Depends(what_was_done)]


def back_with(typed: str, default: str, **said: object) -> str:
    """Give the address to go back to, with the gesture to say there."""
    target = local_path(typed, default)
    return target + ("&" if "?" in target else "?") + "&".join(f"{k}={v}" for k, v in said.items())
