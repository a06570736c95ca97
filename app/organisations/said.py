"""What the pages of administration say once a gesture is done."""

from app.accounts.said import Said

SENTENCES = {
    "enregistre": "Enregistré",
    "lieu-ajoute": "Lieu ajouté",
    "lieu-ferme": "Lieu fermé. Ce qui y a été noté reste.",
    "lieu-rouvert": "Lieu rouvert",
    "etiquette-ajoutee": "Étiquette ajoutée",
    "etiquette-retiree": "Étiquette retirée. Les activités qui la portent la gardent.",
    "retire": "Accès retiré. Les notes restent à la structure.",
    "role": "Rôle changé",
    "invitation-retiree": "Invitation retirée : son lien n’ouvre plus rien.",
}


def said(gesture: str) -> Said | None:
    """Say the gesture that the address names."""
    return Said(SENTENCES[gesture]) if gesture in SENTENCES else None
