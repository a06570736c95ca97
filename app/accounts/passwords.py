"""Which passwords are refused: short, among the commonest, or made of one's own name (A1)."""

from functools import cache

from app.core.errors import Invalid
from app.core.text import fold
from app.reference import files

MIN_PASSWORD = 12
OWN_WORD = 4  # a shorter part of a name is met by chance


@cache
def _common() -> frozenset[str]:
    """The commonest passwords long enough to be chosen, as `_plain` writes them."""
    return frozenset(_plain(line) for line in files.text("common-passwords.txt").split())


def _plain(password: str) -> str:
    return fold(password).replace(" ", "")


def refuse_weak(password: str, *, email: str, name: str) -> None:
    """Refuse a password too short, too common, or made of the person's own name or address.

    Raises Invalid("password").
    """
    if len(password) < MIN_PASSWORD:
        raise Invalid("password", f"Choisissez un mot de passe d’au moins {MIN_PASSWORD} signes.")
    if _plain(password) in _common():
        raise Invalid(
            "password",
            "Ce mot de passe est trop courant. Choisissez plusieurs mots sans lien entre eux.",
        )
    own = [*fold(name).split(), fold(email.partition("@")[0]), fold(email)]
    if any(len(word) >= OWN_WORD and word in fold(password) for word in own):
        raise Invalid("password", "Choisissez un mot de passe sans votre nom ni votre adresse.")
