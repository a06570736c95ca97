"""Finds, in a free text, what must never be kept: numbers of accounts and cards, NIR, passwords.

Numbers are refused; words (passwords written out, health, religion, justice) only warn, with the
sentence to write instead (security-privacy C7; art. 9 RGPD).
"""

import re
from dataclasses import dataclass

_NIR = re.compile(
    r"\b([1-478])\s?(\d{2})\s?(\d{2})\s?(\d{2}|2[AB])\s?(\d{3})\s?(\d{3})\s?(\d{2})\b", re.I
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b", re.I)
_CARD = re.compile(r"(?<!\d)(?:\d[ -]?){13,19}(?!\d)")
_PASSWORD = re.compile(
    r"\b(?:mot de passe|mdp|password|code (?:secret|d.acc[eè]s|pin))\b\s*(?:est|:|=)?\s*\S*\d\S*"
    r"|\b(?:mot de passe|mdp|password)\b\s*(?::|=|est)\s*\S+",
    re.I,
)
_WORDS = {
    "santé": r"cancer|diab[eè]t\w*|d[ée]pressi\w*|handicap\w*|maladi\w*|malade|s[ée]ropositi\w*|vih"
    r"|alcooli\w*|toxicoman\w*|schizophr\w*|bipolaire|enceinte|grossesse|hospitalis\w*|psychiatr\w*",
    "religion": r"musulman\w*|catholique\w*|juif|juive|protestant\w*|islam\w*|t[ée]moin de j[ée]hovah",
    "justice": r"condamn\w*|prison|d[ée]tenu\w*|garde [àa] vue|bracelet [ée]lectronique|casier charg[ée]",
}
_HEALTH_LIKE = {name: re.compile(rf"\b(?:{words})\b", re.I) for name, words in _WORDS.items()}
INSTEAD = "Écrivez plutôt ce qui aide : « a besoin de plus de temps », « place près de l’écran »."


@dataclass(frozen=True)
class Finding:
    """Something that should not be in the note. `is_refused`: the note cannot be saved with it."""

    sentence: str
    is_refused: bool


def findings(text: str) -> list[Finding]:
    """List what a text holds that it should not, gravest first."""
    found = [Finding(sentence, True) for sentence in _numbers(text)]
    if _PASSWORD.search(text):
        found.append(
            Finding(
                "Un mot de passe ou un code ne se garde pas ici. Retirez-le : "
                "il va dans le carnet qui reste à la maison.",
                True,
            )
        )
    for name, pattern in _HEALTH_LIKE.items():
        if pattern.search(text):
            found.append(
                Finding(
                    f"Cette note semble parler de {name}, ce qui n’est pas utile ici. {INSTEAD}",
                    False,
                )
            )
    return found


def no_secret(text: str) -> str:
    """Give a text back when it may be kept. Raises ValueError with the sentence to show."""
    for finding in findings(text):
        if finding.is_refused:
            raise ValueError(finding.sentence)
    return text


def to_confirm(text: str | None) -> str | None:
    """Give what must be read before some words of a note are kept; None when nothing is wrong."""
    doubtful = [f.sentence for f in findings(text or "") if not f.is_refused]
    return f"{doubtful[0]} Vous pouvez aussi la garder telle quelle." if doubtful else None


def _numbers(text: str) -> list[str]:
    sentences = []
    if any(is_nir(match.group()) for match in _NIR.finditer(text)):
        sentences.append("Un numéro de sécurité sociale ne se garde pas ici. Retirez-le.")
    if any(is_iban(match.group()) for match in _IBAN.finditer(text)):
        sentences.append("Un IBAN ne se garde pas ici. Retirez-le.")
    if any(is_card(match.group()) for match in _CARD.finditer(text)):
        sentences.append("Un numéro de carte bancaire ne se garde pas ici. Retirez-le.")
    return sentences


def is_nir(text: str) -> bool:
    """Check a social security number by its key, 97 − n mod 97, Corsica included."""
    plain = re.sub(r"\s", "", text).upper()
    body, key = plain[:13], plain[13:]
    digits = body.replace("2A", "19").replace("2B", "18") if body[5:7] in ("2A", "2B") else body
    return digits.isdigit() and key.isdigit() and 97 - int(digits) % 97 == int(key)


def is_iban(text: str) -> bool:
    """Check an IBAN (ISO 13616): moved and turned to digits, it is 1 modulo 97."""
    plain = re.sub(r"\s", "", text).upper()
    if not 15 <= len(plain) <= 34:
        return False
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def is_card(text: str) -> bool:
    """Check a card number by Luhn's sum (ISO/IEC 7812)."""
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [d * 2 - 9 if d > 4 else d * 2 for d in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
