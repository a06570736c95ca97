"""Which passwords are refused: short, common, made of one's own name, or easily foreseen (A1).

No rule of composition: length, a list, and what NIST SP 800-63B § 5.1.1.2 names besides, that is
repeated or following signs, and words of the place (the service, the structure).
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from app.core.errors import Invalid
from app.core.text import fold
from app.reference import files

MIN_PASSWORD = 12
OWN_WORD = 4  # a shorter part of a name is met by chance
UNFORESEEN = 7  # signs that must be left once what can be foreseen is put aside
DIFFERENT = 5  # signs that differ from each other
SHORTEST_RUN = 3
SERVICE = "escale"
COMMON_STARTS = frozenset(("bonjour", "conseiller", "conseillere", "motdepasse", "password"))
_BETWEEN = re.compile(r"[\s.,_/-]+")
_ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_ROUND = ("abcdefghijklmnopqrstuvwxyz" * 2, "0123456789" * 2)  # after z comes a, after 9 comes 0
_ORDERS = tuple(order[::way] for order in _ROWS + _ROUND for way in (1, -1))


@cache
def _common() -> frozenset[str]:
    """The commonest passwords long enough to be chosen, as `_plain` writes them."""
    return frozenset(_plain(line) for line in files.text("common-passwords.txt").split())


def _plain(password: str) -> str:
    return fold(password).replace(" ", "")


def refuse_weak(password: str, *, email: str, name: str, structures: Iterable[str] = ()) -> None:
    """Refuse a password too short, too common, foreseeable, or made of one's own words.

    `structures`: the names of those the person belongs to, as they are on screen.
    Raises Invalid("password").
    """
    if len(password) < MIN_PASSWORD:
        raise Invalid("password", f"Choisissez un mot de passe d’au moins {MIN_PASSWORD} signes.")
    plain = _plain(password)
    if plain in _common() or plain.rstrip("0123456789") in COMMON_STARTS:
        raise Invalid(
            "password",
            "Ce mot de passe est trop courant. Choisissez plusieurs mots sans lien entre eux.",
        )
    address = [_plain(part) for part in (email.partition("@")[0], email)]
    own = [word for word in (*_words(name), *address) if len(word) >= OWN_WORD]
    if _is_of_own_words(password, plain, own):
        raise Invalid("password", "Choisissez un mot de passe sans votre nom ni votre adresse.")
    if _is_foreseen(password):
        raise Invalid(
            "password",
            "Ce mot de passe se devine : il se répète, ou suit l’ordre des lettres, des chiffres "
            "ou du clavier. Choisissez plusieurs mots sans lien entre eux.",
        )
    if _is_of_the_place(plain, structures):
        raise Invalid(
            "password",
            "Ce mot de passe se devine : il est fait du nom d’Escale ou de votre structure. "
            "Choisissez d’autres mots.",
        )


def _is_of_own_words(password: str, plain: str, own: Iterable[str]) -> bool:
    """Tell whether an own word stands there by itself, or makes most of the password.

    Within a longer word it tells nothing: Mrs Petit may choose « trois petites tortues ».
    """
    typed = set(fold(password).split())
    return any(
        word in typed or (word in plain and len(plain.replace(word, "")) < UNFORESEEN)
        for word in own
    )


def _words(name: str) -> list[str]:
    """Give the parts of a name that are not met by chance, and the whole of it."""
    whole = _plain(name)
    return [word for word in {*fold(name).split(), whole} if len(word) >= OWN_WORD]


def _is_foreseen(password: str) -> bool:
    """Tell whether most signs follow from those before: « aaaa… », « 12341234… », « azerty… »."""
    signs = _BETWEEN.sub("", unicodedata.normalize("NFKC", password).casefold())
    longest = min(MIN_PASSWORD - 1, len(signs) // 2)  # a longer piece would do by itself
    repeats = any(signs[gap:] == signs[:-gap] for gap in range(1, longest + 1))
    return repeats or len(set(signs)) < DIFFERENT or _counted_once(signs) < UNFORESEEN


def _counted_once(signs: str) -> int:
    """Count signs, a run of the same or of following ones as a single sign."""
    count = start = 0
    while start < len(signs):
        end = start + 1
        while end < len(signs) and _is_run(signs[start : end + 1]):
            end += 1
        start = end if end - start >= SHORTEST_RUN else start + 1
        count += 1
    return count


def _is_run(signs: str) -> bool:
    return len(set(signs)) == 1 or any(signs in order for order in _ORDERS)


def _is_of_the_place(plain: str, places: Iterable[str]) -> bool:
    """Tell whether too little is left without the words of the service and of the structures."""
    words = {word for place in places for word in _words(place)} | {SERVICE}
    left = plain
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return left != plain and len(left) < UNFORESEEN
