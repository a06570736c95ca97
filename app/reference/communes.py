"""A commune as people type it in a form, and as the form gives it back."""

from app.core.errors import Invalid
from app.core.text import fold
from app.reference import geography

SAME_NAME = 40  # more communes than share any one name


def commune_code(typed: str | None, field: str) -> str | None:
    """Take a commune by its code, or by a name that only one has. Raises Invalid(field)."""
    if not typed:
        return None
    if typed in geography.communes():
        return typed
    found = geography.search_communes(typed.partition(" (")[0], limit=SAME_NAME)
    exact = [f for f in found if fold(typed) in (fold(f.label), fold(f.commune.name))]
    if len(exact) != 1:
        names = ", ".join(f.label for f in (exact or found)[:3])
        if not names:
            raise Invalid(field, "Aucune commune à ce nom. Écrivez-le comme sur une adresse.")
        raise Invalid(field, f"Précisez la commune : {names}")
    return exact[0].commune.insee


def commune_typed(code: str | None) -> str | None:
    """Write a commune as one would type it, so that `commune_code` takes it back."""
    return geography.commune(code).label if code else None
