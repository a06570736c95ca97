"""How a French reader says a name: one key for 'Philippe' and 'Filip', 'Giraud' and 'Jiro'.

Rules of French spelling to sound, with the usual ways of writing names from Arabic, Turkish and
Slavic languages. Keys are compared in memory only (security-privacy C3).
"""

import re
from functools import lru_cache

_CONSONANT_OR_END = r"(?=[bcdfgjklpqrstvwxz]|$)"
_RULES = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^h+", ""),
        (r"t?sch|tch|sh", "ch"),
        (r"ph", "f"),
        (r"(?<=[tdrkgl])h|(?<=a)h(?=[mnlrd])", ""),
        (r"dj|dz", "j"),
        (r"ch(?=[rl])", "k"),
        (r"cqu?|qu?|ck|kh", "k"),
        (r"[sc]?c(?=[eiy])", "s"),
        (r"c(?!h)", "k"),
        (r"ge(?=[ao])|g(?=[eiy])", "j"),
        (r"gu(?=[eiy])", "g"),
        (r"gn", "n"),
        (r"(?:eau|au|o)(?:l[tdx]|[stdx])?[sx]?$|eau|au", "o"),
        (r"o[uw]|oo", "u"),
        (r"(?<=[aeiu])ill?(?=[aeou])", "y"),
        (r"ill(?=[aeou])", "iy"),
        (r"oi|oy", "wa"),
        (r"oe?u|eu|oe", "e"),
        (rf"(?:ai|ei|ey|[iy])[nm]{_CONSONANT_OR_END}", "1"),
        (rf"[ae][nm]{_CONSONANT_OR_END}", "2"),
        (rf"o[nm]{_CONSONANT_OR_END}", "3"),
        (rf"u[nm]{_CONSONANT_OR_END}", "1"),
        (r"a[iy]|e[iy]|e[rztd]$|ee", "e"),
        (r"y", "i"),
        (r"w(?=[eiou])|v", "v"),
        (r"h", ""),
        (r"z", "s"),
        (r"x$", ""),
        (r"x", "ks"),
        (r"(.)\1+", r"\1"),
        (r"(?<=[23])[pgk]+s?$|(?<=.{2})[std]+$", ""),
        (r"(?<=.{2})e$", ""),
        (r"(.)\1+", r"\1"),
    )
]


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """Give the key of one folded word: ASCII letters, no accents."""
    for pattern, said in _RULES:
        word = pattern.sub(said, word)
    return word
