"""A commune as people type it in a form, and as the form gives it back."""

import re

from app.core.errors import Invalid
from app.core.text import fold
from app.reference import geography
from app.reference.geography import FoundCommune

MOST = 50  # more communes than share any one name or postal code
OFFERED = 12
_POSTCODE = re.compile(r"\b\d{5}\b")


def commune_code(typed: str | None, field: str) -> str | None:
    """Take a commune by its code, its postal code or its name, when only one has it.

    Raises Invalid(field).
    """
    if not typed:
        return None
    exact, close = _candidates(typed)
    if len(exact) != 1:
        names = ", ".join(f.label for f in (exact or close)[:3])
        if not names:
            raise Invalid(field, "Aucune commune à ce nom. Écrivez-le comme sur une adresse.")
        raise Invalid(field, f"Précisez la commune : {names}")
    return exact[0].commune.insee


def communes_offered(typed: str) -> list[dict[str, str]]:
    """List what may be meant by a commune that was refused, the likeliest first.

    `code` is what `commune_code` takes; `label` leaves out a département that they share.
    """
    exact, close = _candidates(typed)
    offered = (exact or close)[:OFFERED]
    near = len({found.commune.departement for found in offered}) == 1
    return [
        {
            "code": found.commune.label,
            "label": geography.typeset(found.commune.name) if near else found.label,
        }
        for found in offered
    ]


def commune_typed(code: str | None) -> str | None:
    """Write a commune as one would type it, so that `commune_code` takes it back."""
    return geography.commune(code).label if code else None


def _candidates(typed: str) -> tuple[list[FoundCommune], list[FoundCommune]]:
    """Give the communes that what was typed names exactly, and those that look like it.

    Five digits may be the code of one commune and the postal code of others: both count.
    """
    close = geography.search_communes(typed.partition(" (")[0], limit=MOST)
    code = typed.strip().upper()
    alone = [f for f in close if code in f.commune.postcodes]
    if code in geography.communes():
        alone.append(FoundCommune(geography.communes()[code], None))
    if alone:
        return list({f.commune.insee: f for f in alone}.values()), close
    postcode = _POSTCODE.search(typed)
    name = fold(_POSTCODE.sub(" ", typed))
    fitting = [f for f in close if not postcode or postcode.group() in f.commune.postcodes]
    return [f for f in fitting if name in (fold(f.label), fold(f.commune.name))], close
